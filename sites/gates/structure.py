"""The skeleton of each page: what search engines, screen readers and the content policy rely on."""

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import Page, read_page
from sites.publishers.headers import HEADERS_FILE
from sites.spec import SiteSpec

TITLE_LIMIT, H1_LIMIT, DESCRIPTION_LIMITS = 60, 60, (70, 155)
FORBIDDEN = frozenset(
    "iframe object embed form input button base applet frame template slot video audio".split()
)
ACTING = frozenset({"style", "srcdoc", "ping", "formaction"})
# Most of a page in any of our languages; whatever is not among them is looked at sign by sign.
PLAIN = bytes(range(0x20, 0x7F)) + b"\n"
_EXTERNAL_CSS = re.compile(r"url\(\s*[\"']?(?:[a-z]+:|//)")
_UNFILLED = re.compile(r"\{(?:\{|%|[a-z_]+\})")


def check_structure(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    findings = [
        f"{name} is missing"
        for name in ("404.html", "privacy.html", "favicon.svg", "sitemap.xml")
        if name not in files
    ]
    policy = files[HEADERS_FILE].decode()
    for path, content in files.items():
        if path.endswith(".html"):
            page = read_page(content)
            found = _skeleton(page, spec) + _nothing_runs(page) + _policy(page, policy) + _characters(content)
            findings += [f"{path}: {finding}" for finding in found]
    return findings + _home(read_page(files["index.html"]))


def _skeleton(page: Page, spec: SiteSpec) -> list[str]:
    findings = list(page.errors)
    if page.doctype != "doctype html":
        findings.append("no doctype")
    if [element.attributes.get("lang") for element in page.all("html")] != [spec.lang]:
        findings.append("the language is not stated")
    if "width=device-width" not in page.meta("viewport"):
        findings.append("no viewport for phones")
    for tag in ("h1", "main", "title"):
        if len(page.all(tag)) != 1:
            findings.append(f"{len(page.all(tag))} {tag} elements instead of one")
    findings += [f"no {tag}" for tag in ("header", "footer") if not page.all(tag)]
    links = page.all("a")
    if not links or links[0].attributes.get("href") != "#main":
        findings.append("the first link does not skip to the content")
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    jumps = any(later - earlier > 1 for earlier, later in pairwise(levels))
    if jumps or levels[:1] != [1]:
        findings.append(f"headings skip a level: {levels}")
    findings += [f"the id {name!r} is given twice" for name in sorted(_repeated(page.ids()))]
    findings += [f"an empty {element.tag}" for element in page.all("a", "h1", "h2", "h3") if not element.text]
    return findings


def _repeated(names: list[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _nothing_runs(page: Page) -> list[str]:
    findings = [f"a {element.tag} element" for element in page.elements if element.tag in FORBIDDEN]
    used = {name for element in page.elements for name in element.attributes}
    acting = {name for name in used if name.startswith("on") or name in ACTING}
    findings += [
        f"the attribute {name} on {element.tag}"
        for name in sorted(acting)
        for element in page.elements
        if name in element.attributes
    ]
    scripts = page.all("script")
    if any(script.attributes.get("type") != "application/ld+json" for script in scripts):
        findings.append("a script that runs")
    if any("http-equiv" in meta.attributes for meta in page.all("meta")):
        findings.append("a meta element that acts")
    for element in page.all("link", "img", "source"):
        address = element.attributes.get("href") or element.attributes.get("src", "")
        if element.attributes.get("rel") != "canonical" and (
            not address.startswith("/") or address.startswith("//")
        ):
            findings.append(f"loads {address!r} from elsewhere")
    findings += ["the style loads from elsewhere" for style in page.all("style") if _loads(style.content)]
    return findings


@lru_cache(maxsize=32)
def _loads(style: str) -> bool:
    """The pages of a site have one style."""
    style = style.lower()
    return "@import" in style or "expression(" in style or _EXTERNAL_CSS.search(style) is not None


def _policy(page: Page, policy: str) -> list[str]:
    """The one style element is the one that the content policy lets through."""
    styles = [style.content for style in page.all("style")]
    if len(styles) != 1:
        return [f"{len(styles)} style elements instead of one"]
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    return [] if f"'sha256-{digest}'" in policy else ["the content policy does not know the style"]


def _characters(content: bytes) -> list[str]:
    others = set(content.translate(None, PLAIN).decode())
    odd = {sign for sign in others if unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs"}}
    findings = [f"the character U+{ord(sign):04X}" for sign in sorted(odd)]
    body = content.decode().partition("</style>")[2]
    return [*findings, "a placeholder that was not filled"] if _UNFILLED.search(body) else findings


def _home(page: Page) -> list[str]:
    findings = []
    title, description = page.all("title")[0].text, page.meta("description")
    if len(title) > TITLE_LIMIT:
        findings.append(f"the title has {len(title)} characters, more than {TITLE_LIMIT}")
    if not DESCRIPTION_LIMITS[0] <= len(description) <= DESCRIPTION_LIMITS[1]:
        findings.append(f"the description has {len(description)} characters, not {DESCRIPTION_LIMITS}")
    if any(len(element.text) > H1_LIMIT for element in page.all("h1")):
        findings.append(f"the main heading is longer than {H1_LIMIT}")
    bars = page.all("aside")
    if len(bars) > 1 or (bars and bars[0].attributes.get("class") != "proposal"):
        findings.append("an aside that is not the proposal bar")
    if bars and page.meta("robots") != "noindex,nofollow":
        findings.append("a proposal that search engines may list")
    return findings
