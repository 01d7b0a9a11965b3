"""The form of the sentence bank: every line knows which facts make it true."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from businesses.categories import Family
from sites.spec import PLACEHOLDER, Sentence

Kind = Literal["fact", "generic", "cta"]


@dataclass(frozen=True)
class Line:
    """A curated sentence. `needs` are the facts that entail it; its placeholders are always among them."""

    text: str
    kind: Kind
    needs: tuple[str, ...]

    @cached_property
    def sentence(self) -> Sentence:
        """The line as it stands in a spec; checked once, as the bank does not change while we run."""
        return Sentence(text=self.text, facts=self.needs, kind=self.kind, origin="bank")


def line(text: str, *needs: str) -> Line:
    """A statement: about the business where facts carry it, else about the trade or the visitor alone."""
    keys = tuple(dict.fromkeys([*PLACEHOLDER.findall(text), *needs]))
    return Line(text, "fact" if keys else "generic", keys)


def call(text: str, *needs: str) -> Line:
    """An invitation to do something: the label of a button."""
    return Line(text, "cta", tuple(dict.fromkeys([*PLACEHOLDER.findall(text), *needs])))


# A slot is a list of tiers: the first tier that has a line the facts allow is the one to choose from.
Slot = tuple[tuple[Line, ...], ...]
# A question of the visitor and its answer, with alternatives in the words of both.
Question = tuple[tuple[Line, Line], ...]


@dataclass(frozen=True)
class Item:
    """A topic or a piece of advice; neither says what this business does. One of the texts is printed."""

    title: Line
    texts: tuple[Line, ...]


@dataclass(frozen=True)
class Pack:
    """The words of one trade, or of a whole family. Topics are what people ask such a trade about, steps what helps
    them prepare. `slots` replace those of the family, and these those of all trades, by their names."""

    taglines: tuple[Line, ...] = ()
    topics: tuple[Item, ...] = ()
    steps: tuple[Item, ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)


@dataclass(frozen=True)
class Bank:
    """All words of one language. A trade keeps its words whatever family a source puts it in. `owner` are the slots
    of what only an owner can say; `prices` how one, two and more prices are told."""

    slots: Mapping[str, Slot]
    questions: tuple[Question, ...]
    families: Mapping[Family, Pack]
    packs: Mapping[str, Pack]
    owner: Mapping[str, Slot] = field(default_factory=dict)
    prices: tuple[tuple[Line, ...], ...] = ()

    def lines(self) -> list[Line]:
        """Every line of the bank, some of them more than once."""
        found = [one for question in self.questions for pair in question for one in pair]
        found += [one for slot in self.slots.values() for tier in slot for one in tier]
        found += [one for slot in self.owner.values() for tier in slot for one in tier]
        found += [one for lines in self.prices for one in lines]
        for pack in (*self.families.values(), *self.packs.values()):
            found += pack.taglines
            found += [one for slot in pack.slots.values() for tier in slot for one in tier]
            for item in (*pack.topics, *pack.steps):
                found += [item.title, *item.texts]
        return found
