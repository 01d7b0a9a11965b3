"""Reads a finished HTML page: elements, texts and where they stand.

Our templates write one plain form of HTML: double quotes, every element closed, no comments, no `<` in a style or
script. Whatever else a browser would take is noted as an error, so there is nothing to guess and nothing that a
browser could read differently.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html import unescape

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
SVG_SHAPES = frozenset({"path", "circle", "rect", "use", "line", "polygon"})
RAW = frozenset({"script", "style"})  # their text is no markup, and "&" in it is itself
TEXT_ONLY = RAW | {"title", "textarea"}
UNSEEN = frozenset({"head", "script", "style", "aside"})
_NAME = r"[A-Za-z][A-Za-z0-9:_.-]*+"
_ATTRIBUTES = re.compile(rf'[ \n]++({_NAME})(?:="([^"]*+)")?+')
# A tag with the text that follows it; what begins like one and is none; text before the first. One of them fits
# everywhere, so that nothing is passed over.
_TOKENS = re.compile(
    rf'<(/)?+([A-Za-z][A-Za-z0-9]*+)((?:[ \n]++{_NAME}(?:="[^"]*+")?+)*+)[ \n]*+(/)?+>([^<]*+)'
    r"|<!([A-Za-z][^<>]*+)>([^<]*+)|(<[^<]*+)|([^<]++)"
)

# A phone number stands by itself in a sentence (pages.py), and a long address may break at <wbr>; to whoever reads it
# each is one text nevertheless.
ISOLATED = re.compile(r"<bdi>([^<]*)</bdi>|<wbr>")


@dataclass(slots=True)
class Element:
    """`within` are the tags around it, outermost first; its text is `chunks[first:last]` of the page."""

    tag: str
    attributes: Mapping[str, str]
    within: tuple[str, ...]
    chunks: list[str] = field(repr=False)
    first: int
    last: int

    @property
    def content(self) -> str:
        """All text inside, as it stands there."""
        return "".join(self.chunks[self.first : self.last])

    @property
    def text(self) -> str:
        """All text inside, on one line."""
        return " ".join(self.content.split())


@dataclass(slots=True)
class Text:
    """A run of text between two tags, on one line."""

    text: str
    within: tuple[str, ...]


@dataclass
class Page:
    elements: list[Element] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    doctype: str = ""

    def all(self, *tags: str) -> list[Element]:
        """The elements with these tags, in the order of the page."""
        if len(tags) == 1:
            return self._by_tag.get(tags[0], [])
        return [element for element in self.elements if element.tag in tags]

    @cached_property
    def _by_tag(self) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for element in self.elements:
            found.setdefault(element.tag, []).append(element)
        return found

    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]

    @cached_property
    def visible(self) -> list[str]:
        """Texts that a visitor sees or hears, without the proposal bar, which is the agency's."""
        return [text.text for text in self.texts if UNSEEN.isdisjoint(text.within)]

    def meta(self, name: str) -> str:
        for element in self.all("meta"):
            if name in (element.attributes.get("name"), element.attributes.get("property")):
                return element.attributes.get("content", "")
        return ""


@lru_cache(maxsize=12)
def read_page(content: bytes) -> Page:
    """The page; what is not well formed is noted in its `errors`. Shared by the gates: do not change it.

    Kept for three pages of as many sites as the threads of a stage judge at once.
    """
    reader = _Reader()
    for end, tag, attributes, empty, after, declared, later, stray, first in _TOKENS.findall(
        ISOLATED.sub(r"\1", content.decode())
    ):
        if end:
            reader.close(tag.lower())
        elif tag:
            reader.start(tag.lower(), attributes, is_empty=bool(empty))
        elif declared:
            reader.declare(declared.lower())
        elif stray:
            reader.page.errors.append(f"{stray[:40]!r} is not written as a tag")
        if text := after or later or stray or first:
            reader.read_text(text)
    return reader.finish()


class _Reader:
    def __init__(self) -> None:
        self.page = Page()
        self._chunks: list[str] = []
        self._open: list[Element] = []
        self._within: tuple[str, ...] = ()  # the tags of the open elements

    def read_text(self, text: str) -> None:
        if "&" in text and not (self._open and self._open[-1].tag in RAW):
            text = unescape(text)
        self._chunks.append(text)
        if line := " ".join(text.split()):
            self.page.texts.append(Text(line, self._within))

    def declare(self, declared: str) -> None:
        if self.page.doctype or self.page.elements:
            self.page.errors.append(f"{declared!r} is declared inside the page")
        else:
            self.page.doctype = declared

    def start(self, tag: str, written: str, *, is_empty: bool) -> None:
        attributes, is_given_twice = _attributes(written)
        if is_given_twice:
            self.page.errors.append(f"an attribute is given twice on {tag}")
        if self._within and self._within[-1] in TEXT_ONLY:
            self.page.errors.append(f"{tag} inside {self._within[-1]}")
        here = len(self._chunks)
        element = Element(tag, attributes, self._within, self._chunks, here, here)
        self.page.elements.append(element)
        if tag in VOID or (is_empty and tag in SVG_SHAPES):
            return
        if is_empty:
            self.page.errors.append(f"{tag} is closed like an XML element")
        self._open.append(element)
        self._within = (*self._within, tag)

    def close(self, tag: str) -> None:
        if self._open and self._open[-1].tag == tag:
            element = self._open.pop()
            element.last = len(self._chunks)
            self._within = element.within
        else:
            self.page.errors.append(f"{tag} is closed where it is not open")

    def finish(self) -> Page:
        if self._open:
            self.page.errors.append(f"not closed: {', '.join(self._within)}")
            for element in self._open:
                element.last = len(self._chunks)
        return self.page


@lru_cache(maxsize=4096)
def _attributes(written: str) -> tuple[Mapping[str, str], bool]:
    """By name in small letters, and whether one is given twice. Pages say the same again and again."""
    found = _ATTRIBUTES.findall(written)
    attributes = {name.lower(): unescape(value) for name, value in found}
    return attributes, len(attributes) != len(found)
