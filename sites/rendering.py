"""Turns a spec and its facts into the files of a site. The same input gives the same bytes."""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from django.utils.safestring import SafeString

from sites.facts import FactSheet
from sites.pages import SHARE_CARD, SiteView, drawings_of, view_site
from sites.publishers.base import digest
from sites.publishers.headers import HEADERS_FILE
from sites.spec import Look, SiteSpec
from sites.structured_data import json_ld, structured_data
from sites.themes import THEMES
from sites.themes.base import Theme
from sites.themes.share_card import draw_card
from sites.themes.templates import render_template
from sites.words import WORDS

_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BASE_URL = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/")
_LINK = re.compile(r"(?:https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?)?/(?!/)[A-Za-z0-9._~%/?#=&:+-]*")

_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]+")
# For the templates, which look for an attribute first and for a key only then.
_WORDS = {lang: SimpleNamespace(**words) for lang, words in WORDS.items()}


class SiteFiles(dict[str, bytes]):
    """Path inside the site -> content."""

    @property
    def digest(self) -> str:
        """sha256 over paths and contents: what the publishers call a release."""
        return digest(self)


@dataclass(frozen=True)
class Agency:
    """Who made the site and answers for it."""

    name: str
    address: str
    email: str


@dataclass(frozen=True)
class Links:
    """Where the proposal bar leads; absolute addresses or paths on the same host.

    `mark` is the path of a picture of one pixel on the host of the site, asked for when somebody reads the page;
    "" where nothing may be measured.
    """

    claim: str
    remove: str
    about: str
    mark: str = ""


@dataclass(frozen=True)
class _Page:
    """`hidden` pages are kept from search engines whatever the site is."""

    title: str
    drawings: SafeString
    description: str = ""
    canonical: str = ""
    json_ld: str = ""
    home: bool = False
    hidden: bool = False


def render_site(
    spec: SiteSpec, facts: FactSheet, *, agency: Agency, links: Links | None, base_url: str
) -> SiteFiles:
    """All files of the site. `base_url` is its address with the final slash.

    With `links` the site is a proposal: it carries the proposal bar and is kept from search engines. Without
    them it is its owner's. Raises ValueError for facts the spec was not written for, an unknown look, or an
    address that is not one.
    """
    if spec.facts != facts.facts:
        raise ValueError("the spec was written for other facts")
    if not _BASE_URL.fullmatch(base_url):
        raise ValueError(f"not the address of a site (http... with a final slash): {base_url!r}")
    for link in (links.claim, links.remove, links.about) if links else ():
        if not _LINK.fullmatch(link):
            raise ValueError(f"not an address for the proposal bar: {link!r}")
    if links and links.mark and not _PATH.fullmatch(links.mark):
        raise ValueError(f"not a path on the host of the site: {links.mark!r}")
    theme = THEMES.get(spec.look.theme)
    if theme is None:
        raise ValueError(f"no theme {spec.look.theme!r}")
    theme.check_look(spec.look)
    site = view_site(
        spec, facts, theme, url=base_url, root=urlsplit(base_url).path, proposal=links is not None
    )
    site.css = _stylesheet(site, theme, spec.look)
    context: dict[str, Any] = {"site": site, "agency": agency, "links": links, "words": _WORDS[spec.lang]}
    # The same on every page, and rendered by templates that escape: once is enough.
    context["foot"] = SafeString(render_template("sites/shared/foot.html", context))
    files = SiteFiles({font.path: font.content for font in site.fonts})
    files |= {
        "index.html": _page(theme.template("index.html"), _home(spec, facts, site), context),
        "privacy.html": _page(theme.template("privacy.html"), _privacy(site), context),
        "404.html": _page(theme.template("404.html"), _lost(site), context),
        "favicon.svg": _file("sites/shared/favicon.svg", context),
        "sitemap.xml": _file("sites/shared/sitemap.xml", context),
        SHARE_CARD: draw_card(site.card),
        HEADERS_FILE: _headers(site),
    }
    return files


def content_policy(css: str) -> str:
    """The Content-Security-Policy of a page with this one style element: nothing runs, nothing comes from elsewhere.

    Nothing on the page connects; "connect-src" is for tools that look for robots.txt in its name.
    """
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _home(spec: SiteSpec, facts: FactSheet, site: SiteView) -> _Page:
    return _Page(
        title=spec.seo.title.fill(facts),
        drawings=drawings_of(site, site.mosaic, site.frieze),
        description=spec.seo.description.fill(facts),
        canonical=site.url,
        json_ld=json_ld(structured_data(facts, site.url)),
        home=True,
    )


def _privacy(site: SiteView) -> _Page:
    return _Page(f"{WORDS[site.lang]['privacy']} | {site.name}", drawings_of(site), hidden=True)


def _lost(site: SiteView) -> _Page:
    return _Page(f"{WORDS[site.lang]['lost']} | {site.name}", drawings_of(site, site.lost), hidden=True)


def _page(template: str, page: _Page, context: dict[str, Any]) -> bytes:
    return _file(template, context | {"page": page})


def _file(template: str, context: dict[str, Any]) -> bytes:
    return render_template(template, context).encode()


def _stylesheet(site: SiteView, theme: Theme, look: Look) -> SafeString:
    """The theme's sheet with this site's colours. Its values are ours (hex, font names, a checked path)."""
    own = _fonts(site) + _root(site)
    bar = _sheet("sites/shared/proposal_bar.css") if site.proposal else ""
    others = tuple(name for name in theme.heroes if name != look.hero)
    sheets = (
        _sheet("sites/shared/base.css"),
        _hero_sheet(theme.template("style.css"), others),
        _sheet("sites/shared/print.css"),
    )
    return SafeString(own + "".join(sheets) + bar)


def _fonts(site: SiteView) -> str:
    """Each face, and beside it the system font that takes its room on a visit for which it comes too late."""
    return "".join(
        f'@font-face{{font-family:"{font.family}";src:url("{site.root}{font.path}") format("woff2");'
        f"font-weight:{font.weight};font-display:optional}}"
        f'@font-face{{font-family:"{font.family} Room";src:{",".join(f"""local("{name}")""" for name in font.local)};'
        f"size-adjust:{font.size_adjust};ascent-override:{font.ascent};descent-override:{font.descent};"
        "line-gap-override:0%}"
        for font in site.fonts
    )


def _root(site: SiteView) -> str:
    """What differs from site to site: its colours, its fonts and how long its name is."""
    values = {
        **site.palette.tokens(),
        "display": f'"{site.display.family}","{site.display.family} Room",{site.display_fallback}',
        "text": f'"{site.text.family}","{site.text.family} Room",{site.text_fallback}',
        "chars": site.name_chars,
        "length": site.name_length,
        "display-weight": site.display_weight,
    }
    return f":root{{{';'.join(f'--{name}:{value}' for name, value in values.items())}}}"


@cache
def _sheet(template: str) -> str:
    """A sheet that is the same for every site, read once while we run."""
    return _squeezed(render_template(template))


@cache
def _hero_sheet(sheet: str, others: tuple[str, ...]) -> str:
    """The sheet of a theme without the rules that are for its other heroes alone."""
    other = re.compile(rf"\.(?:on-)?(?:{'|'.join(map(re.escape, others))})(?![\w-])")

    def needed(rule: re.Match[str]) -> str:
        alone = ":not(" not in rule[1] and all(other.search(part) for part in rule[1].split(","))
        return "" if alone else rule[0]

    return re.sub(r"@media[^{}]*\{\}", "", _RULE.sub(needed, _sheet(sheet)))


def _squeezed(css: str) -> str:
    css = re.sub(r"\s*([{};,>])\s*", r"\1", " ".join(_CSS_COMMENT.sub("", css).split()))
    css = re.sub(r"(?<=[ :,(-])0\.(?=[0-9])", ".", re.sub(r":\s+", ":", css))
    return css.replace(";}", "}")


def _headers(site: SiteView) -> bytes:
    lines = [
        "/*",
        f"  Content-Security-Policy: {content_policy(site.css)}",
        "  X-Content-Type-Options: nosniff",
        "  Referrer-Policy: no-referrer",
        "  Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=()",
        "  Cache-Control: public, max-age=60",
    ]
    if site.proposal:
        lines.append("  X-Robots-Tag: noindex, nofollow")
    return (
        "\n".join([*lines, "/fonts/*", "  Cache-Control: public, max-age=31536000, immutable"]) + "\n"
    ).encode()
