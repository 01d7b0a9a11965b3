"""Reads one fetched page: what a visitor would see on it, and whether it is a site, a shell or a placeholder.

Pure functions over the bytes of an answer. Pages are written by strangers: nothing here raises on them.
"""

import codecs
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final, Literal

import phonenumbers

from businesses.webhosts import host_of, is_parking_host

type PageKind = Literal[
    "site", "parked", "placeholder", "blank",
    # What can be seen of these is not what a visitor sees, so nothing is known of the site.
    "script_shell", "wrapper", "forwarding", "cut_off", "bot_wall",
]  # fmt: skip

_INVISIBLE: Final = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object"})
_PARKED_TEXT: Final = re.compile(
    r"domain (name )?(is|may be|could be) (available )?for sale|buy this domain|this domain (is|has been) parked"
    r"|parked (free|domain)|domain parking|domain has expired|make (an|your) offer (on|for) this domain",
)
# Words that stand in the scripts of parking places and on no page of a business.
_PARKED_SOURCE: Final = re.compile(r"""sedoparking|parkingcrew|cashparking|["']/lander["'?]""")
_PLACEHOLDER_TEXT: Final = re.compile(
    r"welcome to nginx|apache2 (ubuntu|debian) default page|^it works!$|iis windows server|index of /"
    r"|default (web ?site )?page|account (has been )?suspended|website is not (yet )?(available|configured)"
    r"|future home of (www\.)?[\w-]+\.[a-z]{2,}",
)
_ANNOUNCED_TEXT: Final = re.compile(r"under construction|coming soon|site is being built|launching soon")
_BOT_WALL: Final = re.compile(
    r"just a moment\.\.\.|one moment, please|attention required|checking your browser|request unsuccessful"
    r"|verify (that )?you are (a )?human|request is being verified|please enable js|access denied|are you a robot"
    r"|enable javascript and cookies to continue|captcha",
)
_BOT_WALL_SOURCE: Final = re.compile(
    r"_incapsula_|sgcaptcha|/cdn-cgi/challenge|captcha-delivery|awswaf|px-captcha|ddos-guard"
)
# A placeholder says little else; a real page may well offer something that is "coming soon".
_LITTLE_TEXT: Final = 600
_VERY_LITTLE_TEXT: Final = 200
_SOME_TEXT: Final = 30


@dataclass(frozen=True, slots=True)
class Page:
    """text is what is visible, in one line; links are the targets of a, area and frame elements; loaded are the
    addresses that scripts and inner pages come from; refresh is where it sends its visitors on to, "" for nowhere.

    is_whole: the server had no more of it.
    """

    title: str
    text: str
    links: tuple[str, ...]
    source: str
    has_viewport: bool
    generator: str
    has_script: bool
    has_picture: bool
    has_frames: bool
    has_inner_page: bool
    loaded: tuple[str, ...] = ()
    refresh: str = ""
    is_whole: bool = True
    year: int = 0  # in which it was answered, as its server says; 0: not said
    changed: int = 0  # in which it was last changed, as its server says


def is_html(headers: Mapping[str, str]) -> bool:
    """Whether the answer is a page by its type; an answer without a type is read as one, as browsers do."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in {"", "text/html", "application/xhtml+xml"}


def read_page(body: bytes, headers: Mapping[str, str], *, is_whole: bool = True) -> Page:
    """Read the body of an answer; is_whole: it is not cut off."""
    source = _decode(body, headers.get("content-type", ""))
    reader = _Reader()
    reader.read(source)
    return Page(
        title=_one_line(unescape(reader.title)),
        text=_one_line(unescape(_ANY_TAG.sub(" ", " ".join(reader.text)))),
        links=tuple(reader.links),
        source=source,
        has_viewport=reader.has_viewport,
        generator=reader.generator,
        has_script=reader.has_script,
        has_picture=reader.has_picture,
        has_frames=reader.has_frames,
        has_inner_page=reader.has_inner_page,
        loaded=tuple(reader.loaded),
        refresh=reader.refresh,
        is_whole=is_whole,
        year=_year_of(headers.get("date", "")),
        changed=_year_of(headers.get("last-modified", "")),
    )


def _year_of(http_date: str) -> int:
    found = re.search(r"\b(19|20)\d\d\b", http_date[:40])
    return int(found[0]) if found else 0


def kind_of_page(page: Page) -> PageKind:
    """What the page is, by what is on it.

    A shell that scripts fill in cannot be judged without running them, nor a page whose rest was not read.
    """
    if len(page.text) >= _LITTLE_TEXT:
        return "site"
    text, source = f"{page.title} {page.text}".strip().casefold(), page.source.casefold()
    if _BOT_WALL.search(text) or _BOT_WALL_SOURCE.search(source):
        return "bot_wall"
    if not page.is_whole and len(page.text) < _VERY_LITTLE_TEXT:
        return "cut_off"
    if _PARKED_TEXT.search(text) or _PARKED_SOURCE.search(source) or _loads_from_parking_place(page):
        return "parked"
    if page.refresh:
        return "forwarding"
    if _is_placeholder(page, text):
        return "placeholder"
    if len(page.text) < _SOME_TEXT and not page.has_frames:
        return _kind_without_text(page, source)
    return "site"


def _loads_from_parking_place(page: Page) -> bool:
    return any(is_parking_host(host_of(address)) for address in (*page.loaded, page.refresh))


def _is_placeholder(page: Page, text: str) -> bool:
    """It says little else, and no visitor could reach anybody by it."""
    if _shows_contact(page):
        return False
    announced = len(page.text) < _VERY_LITTLE_TEXT and _ANNOUNCED_TEXT.search(text)
    return bool(announced or _PLACEHOLDER_TEXT.search(text) or _PLACEHOLDER_TEXT.search(page.text.casefold()))


def _shows_contact(page: Page) -> bool:
    if any(link.lower().startswith(("tel:", "mailto:")) for link in page.links):
        return True
    return any(len(re.sub(r"\D", "", found)) >= 7 for found in _DIGIT_RUNS.findall(page.text))


def _kind_without_text(page: Page, source: str) -> PageKind:
    if page.has_script:
        return "script_shell"
    if page.has_picture or page.links or _shows_contact(page):
        return "site"
    return "wrapper" if page.has_inner_page or "url(" in source else "blank"


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
        bool(_FLASH.search(source) or _OLD_JQUERY.search(source)),
        bool(_OLD_TAG.search(source)),
        _was_left_alone(page.year, page.changed),
        _was_left_alone(page.year, _copyright_year(page.text)),
    )
    found = [] if page.has_viewport else ["not_mobile"]
    if sum(signs) >= 2:
        found.append("outdated")
    return tuple(found)


def _was_left_alone(year: int, since: int) -> bool:
    return bool(year and since) and since <= year - _YEARS_OLD


def _copyright_year(text: str) -> int:
    """The last year of its copyright notice; 0 where it has none."""
    folded = text.casefold()
    return max((int(year) for notice in _COPYRIGHTS for year in notice.findall(folded)), default=0)


_YEARS_OLD: Final = 4
# One pattern for each sign, over text in lower case: a search for plain characters takes a fifth of the time that a
# choice among signs takes, and it runs over every page.
_FLASH: Final = re.compile(r"\.swf\b")
_OLD_JQUERY: Final = re.compile(r"jquery[-.]1\.")
_OLD_TAG: Final = re.compile(r"<(font|marquee|center|blink)\b")
_COPYRIGHTS: Final = tuple(
    re.compile(rf"{sign}\s{{0,3}}(?:(?:19|20)\d\d\s{{0,2}}[-–]\s{{0,2}})?((?:19|20)\d\d)\b")
    for sign in ("©", r"\(c\)", "copyright")
)


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
        if _is_among(phone, digits):
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
    if mentions(words, plain_name(signs.name)) and mentions(words, signs.city):
        return f"the page names {signs.name} and {signs.city}"
    return ""


def _is_among(phone: str, runs: Collection[str]) -> bool:
    """Whether one of these runs of digits is that number, an E.164 one. Pages leave out the country code, and write
    a 0 before the area; in a long run a post code may follow."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return False
    national = phonenumbers.national_significant_number(number)
    if len(national) >= 7:
        return any(national in run for run in runs)
    code = str(number.country_code)  # in small countries six digits are a whole number
    return not {national, code + national, f"00{code}{national}"}.isdisjoint(runs)


def names_somebody_else(page: Page, signs: Signs) -> bool:
    """Whether the page is clearly another's: it shows a phone number, and neither ours nor our town nor our name.

    One with our name on it may be ours under another number, and so may one of which the rest was not read.
    """
    words = f" {plain_words(page.title)} {plain_words(page.text)} "
    has_phone = any(link.lower().startswith("tel:") for link in page.links) or any(
        # Nine and more, so that "2010 - 2024" is no phone number.
        9 <= len(re.sub(r"\D", "", found)) <= 15
        for found in _DIGIT_RUNS.findall(page.text)
    )
    is_clear = page.is_whole and has_phone and len(page.text) >= _SOME_TEXT and bool(signs.city)
    return is_clear and not mentions(words, signs.city) and not mentions(words, plain_name(signs.name))


def mentions(words: str, phrase: str) -> bool:
    plain = plain_words(phrase)
    return bool(plain) and f" {plain} " in words


_PUNCTUATION: Final = re.compile(r"[^\w\s]|_")
_APOSTROPHES: Final = re.compile(r"['’`]")


def plain_words(text: str) -> str:
    """Lower case, no accents, no punctuation, "&" as "and", one space between words."""
    text = text.casefold().replace("&", " and ")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).replace("&", " and ")
        text = "".join(char for char in text if not unicodedata.combining(char))
    if not text.replace(" ", "").isalnum():
        text = _PUNCTUATION.sub(" ", _APOSTROPHES.sub("", text))
    return " ".join(text.split())


_LEGAL_FORMS: Final = frozenset(
    "ltd llc inc corp co company gmbh ag sarl sas srl spa oy ab bv kg plc pllc pc".split()
)


def plain_name(name: str) -> str:
    """The plain words of a name without "the" before it and a legal form after it: what its own page calls it."""
    words = plain_words(name).split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


_DIGIT_RUNS: Final = re.compile(r"\+?\d[\d\s().\-–/]{4,22}\d")
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
        codec = codecs.lookup(name if isinstance(name, str) else name.decode("ascii")).name
        return body.decode("utf-8" if codec in _NO_ENCODING_OF_PAGES else codec, errors="replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", errors="replace")


# Python knows them; browsers do not, and some take long over little.
_NO_ENCODING_OF_PAGES: Final = frozenset(
    {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
)


class _Reader:
    """Cuts a page at the tags that say something; all others are taken out of the text in one go.

    Its cost grows with the length of the page and with nothing else: the standard library's parser takes minutes
    over 64 kB of open tags. What is lost is little: a ">" inside an attribute ends the tag.
    """

    def __init__(self) -> None:
        self.title = ""
        self.text: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.has_viewport = self.has_script = self.has_picture = self.has_frames = self.has_inner_page = False
        self.generator = self.refresh = ""

    def read(self, source: str) -> None:
        at = 0
        while found := _TELLING.search(source, at):
            self.text.append(source[at : found.start()])
            at = self._after(found, source)
        self.text.append(source[at:])

    def _after(self, found: re.Match[str], source: str) -> int:
        """Take in one tag or comment; returns where the visible page goes on."""
        if found["comment"]:
            end = source.find("-->", found.start() + 4)
            return len(source) if end < 0 else end + 3
        name, inside = found["name"].lower(), found["inside"]
        self._open(name, inside)
        if name in _INVISIBLE and not inside.endswith("/"):
            end_tag = _END[name].search(source, found.end())
            return len(source) if end_tag is None else end_tag.end()
        if name == "title":
            next_tag = _ANY_TAG.search(source, found.end())
            end = len(source) if next_tag is None else next_tag.start()
            self.title += source[found.end() : end]
            return end
        return found.end()

    def _open(self, name: str, inside: str) -> None:
        self.has_script |= name == "script"
        self.has_picture |= name in {"img", "picture", "video", "svg", "canvas"}
        self.has_frames |= name in {"frameset", "frame"}
        self.has_inner_page |= name in {"iframe", "object", "embed"}
        if name not in _WITH_ADDRESSES:
            return
        values = {
            key.lower(): unescape(a or b or c)
            for key, a, b, c in _ATTRIBUTE.findall(inside[:_MOST_ATTRIBUTES])
        }
        if name in {"a", "area"} and values.get("href"):
            self.links.append(values["href"])
        elif name == "frame" and values.get("src"):
            self.links.append(values["src"])
        elif name in {"script", "iframe"} and values.get("src"):
            self.loaded.append(values["src"])
        elif name == "meta":
            if values.get("http-equiv", "").lower() == "refresh":
                found = _REFRESH.search(values.get("content", ""))
                self.refresh = found[1] if found else ""
            self.has_viewport |= values.get("name", "").lower() == "viewport"
            if values.get("name", "").lower() == "generator":
                self.generator = values.get("content", "")[:200]


_ANY_TAG: Final = re.compile(r"<[/!?]?[a-zA-Z][^<>]*>?")
_TELLING: Final = re.compile(
    r"<(?:(?P<comment>!--)|(?P<name>title|script|style|noscript|template|svg|iframe|object|a|area|frame|frameset"
    r"|meta|img|picture|video|canvas|embed)(?![a-zA-Z0-9:-])(?P<inside>[^<>]*)>?)",
    re.IGNORECASE,
)
_END: Final = {name: re.compile(rf"</{name}(?![a-zA-Z0-9:-])[^<>]*>?", re.IGNORECASE) for name in _INVISIBLE}
_ATTRIBUTE: Final = re.compile(r"""([a-zA-Z-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_WITH_ADDRESSES: Final = frozenset({"a", "area", "frame", "meta", "script", "iframe"})
_REFRESH: Final = re.compile(r"url\s*=\s*['\"]?([^'\"\s]+)", re.IGNORECASE)
_MOST_ATTRIBUTES: Final = 2_000  # characters of one tag; links and descriptions are shorter
