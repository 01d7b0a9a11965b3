"""Every address leads somewhere: files exist, fragments exist, and no scheme runs code."""

import re
from urllib.parse import urlsplit

from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import Page, read_page
from sites.spec import SiteSpec

_CSS_ADDRESS = re.compile(r"url\(\s*[\"']?([^\"')]+)")
_TEL = re.compile(r"tel:\+[1-9][0-9]{6,14}")
_MAIL = re.compile(r"mailto:[^\s@<>\"?]+@[^\s@<>\"?]+\.[A-Za-z]{2,}")
_LOCATION = re.compile(r"<loc>([^<]+)</loc>")


def check_links(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    canonical = _canonical(read_page(files["index.html"]))
    root = urlsplit(canonical).path
    if not root.endswith("/"):
        return ["the home page states no canonical address"]
    findings = []
    for path in files:
        if path.endswith(".html"):
            findings += [f"{path}: {finding}" for finding in _page_findings(files, path, root)]
    picture = read_page(files["index.html"]).meta("og:image")
    if not picture.startswith(canonical) or picture.removeprefix(canonical) not in files:
        findings.append(f"the picture for shared links, {picture!r}, is no file of the site")
    for location in _LOCATION.findall(files["sitemap.xml"].decode()):
        if not location.startswith(canonical) or _file_of(location.removeprefix(canonical)) not in files:
            findings.append(f"the sitemap names {location}, which is no page of the site")
    return findings


def _canonical(page: Page) -> str:
    for link in page.all("link"):
        if link.attributes.get("rel") == "canonical":
            return link.attributes.get("href", "")
    return ""


def _page_findings(files: Files, path: str, root: str) -> list[str]:
    page = read_page(files[path])
    ids = set(page.ids())
    addresses = [element.attributes["href"] for element in page.elements if "href" in element.attributes]
    addresses += [element.attributes["src"] for element in page.elements if "src" in element.attributes]
    addresses += [address for style in page.all("style") for address in _CSS_ADDRESS.findall(style.content)]
    findings = []
    for address in addresses:
        if address.startswith("#"):
            if address[1:] not in ids:
                findings.append(f"nothing has the id {address}")
        elif address.startswith(root) and not address.startswith("//"):
            findings += _inside(files, address.removeprefix(root))
        elif not _leads_out(address):
            findings.append(f"{address!r} is not an address a page may have")
    return findings


def _inside(files: Files, address: str) -> list[str]:
    target, _, fragment = address.partition("#")
    name = _file_of(target)
    if name not in files:
        return [] if fragment == "" and _is_of_the_agency(target) else [f"there is no file {target!r}"]
    if fragment and fragment not in read_page(files[name]).ids():
        return [f"{name} has no id {fragment!r}"]
    return []


def _file_of(target: str) -> str:
    return target or "index.html"


def _is_of_the_agency(target: str) -> bool:
    """A site at the root of its host shares it with the pages behind the proposal bar, which end in a slash."""
    return target.endswith("/")


def _leads_out(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme in {"http", "https"}:
        return bool(parts.netloc) and "@" not in parts.netloc
    if parts.scheme:
        return bool(_TEL.fullmatch(address) or _MAIL.fullmatch(address))
    return address.startswith("/") and not address.startswith("//")
