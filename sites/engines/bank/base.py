"""The form of the sentence bank: every line knows which facts make it true."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from sites.spec import PLACEHOLDER, Sentence

Kind = Literal["fact", "generic", "cta"]


@dataclass(frozen=True)
class Line:
    """A curated sentence. `needs` are the facts that entail it; its placeholders are always among them."""

    text: str
    kind: Kind
    needs: tuple[str, ...]


@cache
def sentence_of(one: Line) -> Sentence:
    """The line as it stands in a spec; checked once, as the bank does not change while we run."""
    return Sentence(text=one.text, facts=one.needs, kind=one.kind, origin="bank")


def line(text: str, *needs: str) -> Line:
    """A statement: about the business where facts carry it, else about the trade or the visitor alone."""
    keys = tuple(dict.fromkeys([*PLACEHOLDER.findall(text), *needs]))
    return Line(text, "fact" if keys else "generic", keys)


def call(text: str, *needs: str) -> Line:
    """An invitation to do something: a button, a closing word."""
    return Line(text, "cta", tuple(dict.fromkeys([*PLACEHOLDER.findall(text), *needs])))


def lines(*texts: str, needs: str = "") -> tuple[Line, ...]:
    return tuple(line(text, *needs.split()) for text in texts)


# A slot is a list of tiers: the first tier that has a line the facts allow is the one to choose from.
Slot = tuple[tuple[Line, ...], ...]
# A topic or a piece of advice: title and text. Neither says what this business does.
Item = tuple[str, str]
# A question of the visitor and its answer, with alternatives in the words of both.
Question = tuple[tuple[Line, Line], ...]


@dataclass(frozen=True)
class Pack:
    """The words of one trade. Topics are what people ask such a trade about, steps what helps them prepare.

    `own` replaces slots of the family or of all trades, by their names, where the tone must be another.
    """

    taglines: tuple[str, ...]
    topics: tuple[Item, ...]
    steps: tuple[Item, ...]
    own: Mapping[str, Slot] = field(default_factory=dict)
    hues: tuple[int, ...] = ()


@dataclass(frozen=True)
class FamilyBank:
    """What is shared by the trades of a family. `orders` lists the sections after the hero."""

    orders: tuple[tuple[str, ...], ...]
    fonts: tuple[str, ...]
    hues: tuple[int, ...]  # degrees of OKLCH; 262 to 305 (indigo) is nobody's
    services_heading: Slot
    services_intro: Slot
    cta_heading: Slot
    default: Pack
    packs: dict[str, Pack] = field(default_factory=dict)
