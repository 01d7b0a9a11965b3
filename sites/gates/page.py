"""Reads a finished HTML page as any browser would see it: elements, texts and where they stand."""

from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
SVG_SHAPES = frozenset({"path", "circle", "rect", "use", "line", "polygon"})


@dataclass
class Element:
    """`within` are the tags around it, outermost first; `text` is everything inside, on one line."""

    tag: str
    attributes: dict[str, str]
    within: tuple[str, ...]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


@dataclass(frozen=True)
class Text:
    """A run of text between two tags."""

    text: str
    within: tuple[str, ...]


@dataclass
class Page:
    elements: list[Element] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    doctype: str = ""

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]

    def visible(self) -> list[Text]:
        """Texts that a visitor sees or hears, without the proposal bar, which is the agency's."""
        return [text for text in self.texts if not {"head", "script", "style", "aside"} & set(text.within)]

    def meta(self, name: str) -> str:
        for element in self.all("meta"):
            if name in (element.attributes.get("name"), element.attributes.get("property")):
                return element.attributes.get("content", "")
        return ""


@lru_cache(maxsize=8)
def read_page(content: bytes) -> Page:
    """The page; what is not well formed is noted in its `errors`. Shared by the gates: do not change it."""
    reader = _Reader()
    reader.feed(content.decode())
    reader.close()
    if reader.open:
        reader.page.errors.append(f"not closed: {', '.join(element.tag for element in reader.open)}")
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Element] = []

    def handle_decl(self, decl: str) -> None:
        self.page.doctype = decl.lower()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._within())
        if len(element.attributes) != len(attrs):
            self.page.errors.append(f"an attribute is given twice on {tag}")
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in SVG_SHAPES:
            self.open.pop()
        elif tag not in VOID:
            self.page.errors.append(f"{tag} is closed like an XML element")

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.page.errors.append(f"{tag} is closed where it is not open")

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.parts.append(data)
        if data.strip():
            self.page.texts.append(Text(" ".join(data.split()), self._within()))

    def _within(self) -> tuple[str, ...]:
        return tuple(element.tag for element in self.open)
