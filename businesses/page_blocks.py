"""Where on a page the links to write to and to call stand: in which blocks of text, and nothing that guests wrote.

Pages are written by strangers: nothing here raises on them, and the cost grows with the length of the page alone.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_UNSEEN: Final = frozenset("script style noscript template svg iframe object title textarea select".split())
_NEVER_CLOSED: Final = frozenset("area base br col embed hr img input link meta source track wbr".split())
_INLINE: Final = frozenset(
    "a abbr b bdi bdo big center code em font i label mark small span strong sub sup time tt u".split()
)
_WHOLE_PAGE: Final = frozenset({"html", "body", "head", "main"})
_QUOTES: Final = frozenset({"blockquote", "cite", "q"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TAG: Final = re.compile(
    r"<(?:(?P<comment>!--)|(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]*)(?P<inside>[^<>]*)>?)"
)
_ENDS: Final = {name: re.compile(rf"</{name}(?![a-zA-Z0-9:-])[^<>]*>?", re.IGNORECASE) for name in _UNSEEN}
_MARKED: Final = re.compile(
    r"\b(?:class|id|itemprop|itemtype|role)\s*=[^=]*?(?<![a-z])"
    r"(?:reviews?|testimonials?|comments?|guest-?book|gaestebuch|feedback|ratings?|kommentare?|bewertung(?:en)?"
    r"|rezension(?:en)?|avis|quotes?|opinion\w*|recension\w*)(?![a-z])",
    re.IGNORECASE,
)
_HREF: Final = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_MOST_LINKS: Final = 100
_MOST_ATTRIBUTES: Final = 2_000  # characters of one tag
_NEAREST: Final = 5  # blocks around a link that are looked at
_SMALL: Final = 400  # characters of a block that is about one thing


@dataclass(slots=True)
class _Element:
    name: str
    start: int
    is_guests: bool
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link to write to or to call, where it stands in the text, and the blocks around it, the innermost first."""

    target: str
    at: int
    around: tuple[_Element, ...]


@dataclass
class Blocks:
    """A page in blocks. text: what is visible, without what stands in quotes, reviews and comments."""

    text: str = ""
    links: list[Link] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)

    def nearby(self, link: Link) -> list[str]:
        """Return the texts of the small blocks around a link, from the heading before it to the next one."""
        before = bisect_right(self.headings, link.at)
        first = self.headings[before - 1] if before else 0
        after = bisect_left(self.headings, link.at + 1)
        last = self.headings[after] if after < len(self.headings) else len(self.text)
        spans = {
            (max(first, each.start), min(last, len(self.text) if each.end is None else each.end))
            for each in link.around
        }
        return [self.text[start:end] for start, end in sorted(spans) if end - start <= _SMALL]

    def line_of(self, link: Link, *, before: int, after: int) -> str:
        """Return the text right before and behind the start of a link, within its innermost block."""
        start = link.around[0].start if link.around else 0
        return self.text[max(start, link.at - before) : link.at + after]


def read_blocks(source: str) -> Blocks:
    """Cut the source of a page into blocks."""
    return _Cutter(source).cut()


class _Cutter:
    def __init__(self, source: str) -> None:
        self._source = source
        self._blocks = Blocks()
        self._texts: list[str] = []
        self._length = 0
        self._open: list[_Element] = []
        self._open_blocks: list[_Element] = []
        self._names: Counter[str] = Counter()
        self._guests = 0  # open elements that hold what guests wrote

    def cut(self) -> Blocks:
        at = 0
        while found := _TAG.search(self._source, at):
            self._say(self._source[at : found.start()])
            at = self._after(found)
        self._say(self._source[at:])
        self._blocks.text = "".join(self._texts)
        return self._blocks

    def _say(self, raw: str) -> None:
        if self._guests or not (words := unescape(raw).split()):
            return
        self._texts.append(" ".join(words) + " ")
        self._length += len(self._texts[-1])

    def _after(self, found: re.Match[str]) -> int:
        """Take in one tag or comment; returns where the visible page goes on."""
        if found["comment"]:
            end = self._source.find("-->", found.start() + 4)
            return len(self._source) if end < 0 else end + 3
        name = found["name"].lower()
        if found["end"]:
            self._close(name)
        elif name in _UNSEEN and not found["inside"].endswith("/"):
            end_tag = _ENDS[name].search(self._source, found.end())
            return len(self._source) if end_tag is None else end_tag.end()
        else:
            self._start(name, found["inside"][:_MOST_ATTRIBUTES])
        return found.end()

    def _start(self, name: str, inside: str) -> None:
        if name in _HEADINGS and not self._guests:
            self._blocks.headings.append(self._length)
        if name in {"a", "area"}:
            self._link(inside)
        if name in _NEVER_CLOSED:
            return
        is_guests = name in _QUOTES or (name not in _WHOLE_PAGE and bool(_MARKED.search(inside)))
        element = _Element(name, self._length, is_guests)
        self._open.append(element)
        self._names[name] += 1
        self._guests += is_guests
        if name not in _INLINE and name not in _WHOLE_PAGE:
            self._open_blocks.append(element)

    def _link(self, inside: str) -> None:
        found = _HREF.search(inside)
        if self._guests or found is None or len(self._blocks.links) >= _MOST_LINKS:
            return
        target = unescape(found[1] or found[2] or found[3] or "").strip()[:300]
        if target[:7].lower() == "mailto:" or target[:4].lower() == "tel:":
            around = tuple(reversed(self._open_blocks[-_NEAREST:]))
            self._blocks.links.append(Link(target, self._length, around))

    def _close(self, name: str) -> None:
        # Names that are not open are not looked for, so that each element is taken off once.
        while self._names[name]:
            element = self._open.pop()
            element.end = self._length
            self._names[element.name] -= 1
            self._guests -= element.is_guests
            if self._open_blocks and self._open_blocks[-1] is element:
                self._open_blocks.pop()
            if element.name == name:
                return
