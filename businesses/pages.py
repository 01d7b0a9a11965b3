"""Reads one fetched page: what a visitor would see on it, and whether it is a site, a shell or a placeholder.

Pure functions over the bytes of an answer. Pages are written by strangers: nothing here raises on them.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final, Literal

type PageKind = Literal["site", "parked", "placeholder", "blank", "script_shell", "bot_wall"]

_INVISIBLE: Final = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object"})
_PARKED_TEXT: Final = re.compile(
    r"domain (name )?(is|may be|could be) (available )?for sale|buy this domain|this domain (is|has been) parked"
    r"|parked (free|domain)|domain parking|future home of|domain has expired|make (an|your) offer (on|for) this domain",
)
_PARKED_SOURCE: Final = re.compile(
    r"sedoparking|parkingcrew|bodis\.com|afternic|dan\.com/|hugedomains|/lander\b|above\.com/|cashparking",
)
_PLACEHOLDER_TEXT: Final = re.compile(
    r"welcome to nginx|apache2 (ubuntu|debian) default page|^it works!$|iis windows server|index of /"
    r"|default (web ?site )?page|account (has been )?suspended|website is not (yet )?(available|configured)",
)
_ANNOUNCED_TEXT: Final = re.compile(r"under construction|coming soon|site is being built|launching soon")
_BOT_WALL: Final = re.compile(
    r"just a moment\.\.\.|attention required|checking your browser|verify (that )?you are (a )?human"
    r"|enable javascript and cookies to continue|access denied|are you a robot|captcha",
)
# A placeholder says little else; a real page may well offer something that is "coming soon".
_LITTLE_TEXT: Final = 600
_VERY_LITTLE_TEXT: Final = 200
_SOME_TEXT: Final = 30


@dataclass(frozen=True, slots=True)
class Page:
    """text is what is visible, in one line; links are the targets of a, area and frame elements."""

    title: str
    text: str
    links: tuple[str, ...]
    source: str
    has_viewport: bool
    generator: str
    has_script: bool
    has_picture: bool
    has_frames: bool


def is_html(headers: Mapping[str, str]) -> bool:
    """Whether the answer is a page by its type; an answer without a type is read as one, as browsers do."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in {"", "text/html", "application/xhtml+xml"}


def read_page(body: bytes, headers: Mapping[str, str]) -> Page:
    source = _decode(body, headers.get("content-type", ""))
    reader = _Reader()
    reader.read(source)
    return Page(
        title=_one_line(unescape("".join(reader.title))),
        text=_one_line(unescape(" ".join(reader.text))),
        links=tuple(reader.links),
        source=source,
        has_viewport=reader.has_viewport,
        generator=reader.generator,
        has_script=reader.has_script,
        has_picture=reader.has_picture,
        has_frames=reader.has_frames,
    )


def kind_of_page(page: Page) -> PageKind:
    """What the page is, by what is on it. A shell that scripts fill in cannot be judged without running them."""
    text = f"{page.title} {page.text}".strip().casefold()
    little = len(page.text) < _LITTLE_TEXT
    if little and _BOT_WALL.search(text):
        return "bot_wall"
    if little and (_PARKED_TEXT.search(text) or _PARKED_SOURCE.search(page.source.casefold())):
        return "parked"
    if little and (_PLACEHOLDER_TEXT.search(text) or _PLACEHOLDER_TEXT.search(page.text.casefold())):
        return "placeholder"
    if len(page.text) < _VERY_LITTLE_TEXT and _ANNOUNCED_TEXT.search(text):
        return "placeholder"
    if len(page.text) < _SOME_TEXT and not page.has_frames:
        if page.has_script:
            return "script_shell"
        if not page.has_picture and not page.links:
            return "blank"
    return "site"


def weaknesses_of_page(page: Page, *, is_https: bool) -> tuple[str, ...]:
    """What speaks against a page that works: "not_mobile", "outdated" (two signs of age or more)."""
    source = page.source.casefold()
    signs = (
        not is_https,
        page.has_frames,
        bool(
            re.search(
                r"frontpage|joomla! (1|2|3)|wordpress [1-4]\.|dreamweaver|golive", page.generator.casefold()
            )
        ),
        bool(re.search(r"\.swf\b|jquery[-.]1\.", source)),
        bool(re.search(r"<(font|marquee|center|blink)\b", source)),
    )
    found = [] if page.has_viewport else ["not_mobile"]
    if sum(signs) >= 2:
        found.append("outdated")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a page of this business's own would show. phones are E.164; empty fields are not known."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    street: str = ""
    housenumber: str = ""
    city: str = ""


def match_page(page: Page, signs: Signs) -> str:
    """What shows that the page is this business's own, in words, or "" where nothing does."""
    digits = {
        re.sub(r"\D", "", found) for found in _DIGIT_RUNS.findall(f"{page.text} {' '.join(page.links)}")
    }
    for phone in signs.phones:
        # Nine digits at most: pages leave out the country code or write a 0 before the area. Anywhere in the
        # run: a post code may follow.
        tail = phone.lstrip("+")[-9:]
        if len(tail) >= 7 and any(tail in run for run in digits):
            return f"the page shows the phone number {phone}"
    everything = f"{page.text} {' '.join(page.links)}".casefold()
    for address in signs.emails:
        if address in everything:
            return f"the page shows the address {address}"
    words = f" {plain_words(page.title)} {plain_words(page.text)} "
    street, number = _short_street(signs.street), plain_words(signs.housenumber)
    if street and number and mentions(words, signs.city or signs.name):
        # Every town has a 12 Main Street, so the town has to be there too.
        short = f" {_short_street(words)} "
        if f" {number} {street} " in short or f" {street} {number} " in short:
            return f"the page shows the street address {signs.housenumber} {signs.street}"
    if mentions(words, signs.name) and mentions(words, signs.city):
        return f"the page names {signs.name} and {signs.city}"
    return ""


def names_somebody_else(page: Page, signs: Signs) -> bool:
    """Whether the page is clearly another's: it shows a phone number, and neither ours nor our town."""
    words = f" {plain_words(page.title)} {plain_words(page.text)} "
    has_phone = any(link.lower().startswith("tel:") for link in page.links) or any(
        # Nine and more, so that "2010 - 2024" is no phone number.
        9 <= len(re.sub(r"\D", "", found)) <= 15
        for found in _DIGIT_RUNS.findall(page.text)
    )
    return has_phone and len(page.text) >= _SOME_TEXT and bool(signs.city) and not mentions(words, signs.city)


def mentions(words: str, phrase: str) -> bool:
    plain = plain_words(phrase)
    return bool(plain) and f" {plain} " in words


def plain_words(text: str) -> str:
    """Lower case, no accents, no punctuation, "&" as "and", one space between words."""
    text = unicodedata.normalize("NFKD", text.casefold()).replace("&", " and ")
    text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w\s]|_", " ", re.sub(r"['’`]", "", text)).split())


_DIGIT_RUNS: Final = re.compile(r"\+?\d[\d\s().\-–/]{5,22}\d")
_STREET_WORDS: Final = {
    "street": "st", "road": "rd", "avenue": "ave", "lane": "ln", "drive": "dr", "highway": "hwy", "square": "sq",
    "boulevard": "blvd", "court": "ct", "place": "pl",
}  # fmt: skip


def _short_street(text: str) -> str:
    return " ".join(_STREET_WORDS.get(word, word) for word in plain_words(text).split())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _decode(body: bytes, content_type: str) -> str:
    declared = re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE) or re.search(
        rb"<meta[^>]+charset=[\"']?([\w-]+)", body[:2_048], re.IGNORECASE
    )
    name = declared.group(1) if declared else "utf-8"
    try:
        return body.decode(name if isinstance(name, str) else name.decode("ascii"), errors="replace")
    except (LookupError, UnicodeDecodeError):
        return body.decode("utf-8", errors="replace")


class _Reader:
    """Cuts a page at every "<", so that its cost grows with its length and with nothing else.

    The standard library's parser takes minutes over 64 kB of open tags. What is lost is little: a ">" inside
    an attribute ends the tag.
    """

    def __init__(self) -> None:
        self.title: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.has_viewport = self.has_script = self.has_picture = self.has_frames = False
        self.generator = ""
        self._hidden = ""  # the element or comment whose end is waited for
        self._in_title = False

    def read(self, source: str) -> None:
        first, *pieces = source.split("<")
        self._add(first)
        for piece in pieces:
            if self._hidden == "-->":
                _, ended, text = piece.partition("-->")
                if ended:
                    self._hidden = ""
                    self._add(text)
            elif piece.startswith("!--") and not self._hidden:
                _, ended, text = piece[3:].partition("-->")
                self._hidden = "" if ended else "-->"
                self._add(text)
            elif found := _TAG.match(piece):
                self._tag(found[1].lower(), piece, found.end())
            else:
                self._add("<" + piece)

    def _tag(self, name: str, piece: str, start: int) -> None:
        inside, _, text = piece[start:].partition(">")
        if name.startswith("/"):
            if name[1:] == self._hidden:
                self._hidden = ""
            self._in_title &= name != "/title"
        elif not self._hidden:
            self._open(name, inside)
        self._add(text)

    def _open(self, name: str, inside: str) -> None:
        values = {
            key.lower(): unescape(a or b or c)
            for key, a, b, c in _ATTRIBUTE.findall(inside[:_MOST_ATTRIBUTES])
        }
        if name in _INVISIBLE and not inside.endswith("/"):
            self._hidden = name
        self._in_title = name == "title"
        self.has_script |= name == "script"
        self.has_picture |= name in {"img", "picture", "video"}
        self.has_frames |= name in {"frameset", "frame"}
        if name in {"a", "area"} and values.get("href"):
            self.links.append(values["href"])
        elif name == "frame" and values.get("src"):
            self.links.append(values["src"])
        elif name == "meta":
            self.has_viewport |= values.get("name", "").lower() == "viewport"
            if values.get("name", "").lower() == "generator":
                self.generator = values.get("content", "")[:200]

    def _add(self, text: str) -> None:
        if not self._hidden:
            (self.title if self._in_title else self.text).append(text)


_TAG: Final = re.compile(r"([/!?]?[a-zA-Z][a-zA-Z0-9:-]*)")
_ATTRIBUTE: Final = re.compile(r"""([a-zA-Z-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_MOST_ATTRIBUTES: Final = 2_000  # characters of one tag; links and descriptions are shorter
