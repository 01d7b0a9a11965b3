"""The page is light: one screen of text on a slow line is there before anybody looks away."""

import gzip

from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import read_page
from sites.spec import SiteSpec

HTML_LIMIT = 30_000  # bytes, as stored
FIRST_LOAD_LIMIT = 60_000  # bytes, as sent: text compressed, fonts as they are
REQUEST_LIMIT = 4  # and one for the reading mark of a proposal
LOADING = frozenset({"preload", "icon", "stylesheet", "modulepreload"})


def check_weight(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    findings = [
        f"{path} has {len(content)} bytes, more than {HTML_LIMIT}"
        for path, content in files.items()
        if path.endswith(".html") and len(content) > HTML_LIMIT
    ]
    page = read_page(files["index.html"])
    loaded = [
        link.attributes.get("href", "") for link in page.all("link") if link.attributes.get("rel") in LOADING
    ]
    pictures = page.all("img", "source")
    loaded += [element.attributes.get("src", "") for element in pictures]
    marks = sum("aside" in picture.within for picture in pictures)
    if marks > 1:
        findings.append(f"{marks} pictures in the proposal bar")
    if 1 + len(loaded) - marks > REQUEST_LIMIT:
        findings.append(f"{1 + len(loaded) - marks} requests, more than {REQUEST_LIMIT}")
    total = _sent("index.html", files["index.html"])
    for path, content in files.items():
        if any(address.endswith(f"/{path}") for address in loaded):
            total += _sent(path, content)
    if total > FIRST_LOAD_LIMIT:
        findings.append(f"the first visit loads {total} bytes, more than {FIRST_LOAD_LIMIT}")
    return findings


def _sent(path: str, content: bytes) -> int:
    """The quickest level: what a web server chooses that was told nothing else."""
    return len(content) if path.endswith(".woff2") else len(gzip.compress(content, 1, mtime=0))
