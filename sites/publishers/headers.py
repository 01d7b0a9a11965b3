"""The headers a site is served with, in the file format that static hosts agree on.

A line that begins with a slash names the paths, "*" at its end any continuation; the indented lines after it
are their headers.
"""

HEADERS_FILE = "_headers"  # lies in the site, is never served


def headers_for(rules: str, path: str) -> dict[str, str]:
    """The headers of the file at `path`; later rules win."""
    headers: dict[str, str] = {}
    applies = False
    for line in rules.splitlines():
        if line.startswith("/"):
            start = line.rstrip("*")
            applies = f"/{path}".startswith(start) if line.endswith("*") else f"/{path}" == line
        elif applies and line.startswith(" "):
            name, _, value = line.strip().partition(": ")
            headers[name] = value
    return headers
