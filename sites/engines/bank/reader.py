"""Reads the sentences of one language from its text files, one for each family, `common.txt` and `owner.txt`.

A plain line is a sentence. The others say where the sentences after them belong:

    == bar pub            the trades they are about; `== *` is the whole family
    :tagline
    :topic A tap that drips     its title; each sentence after it is one way to put its text
    :step Save it | phone       the same; after the bar, facts without which the card does not stand
    :slot about.hours | hours   the name of a slot, and facts that its sentences need beyond their placeholders
    :tier phone                 a further tier of the same slot, for businesses of which less is known
    :needs hours                other needs from here on
    :question phone             each line after it is "question | answer"; the answers need these facts

In `owner.txt` {prices} stands for each price of the owner and what it is for.
"""

from collections.abc import Iterator
from pathlib import Path

from businesses.categories import FAMILIES
from sites.engines.bank.base import Bank, Item, Line, Pack, Question, Slot, call, line
from sites.facts import PRICE_KEYS

FAMILY_PACK = "*"


def read_bank(folder: Path) -> Bank:
    """Raises ValueError, with the file and the number of the line, for a line that belongs nowhere."""
    common = _Reader(folder / "common.txt")
    owner = dict(_Reader(folder / "owner.txt").packs()[FAMILY_PACK].slots)
    answers = [one for tier in owner.pop("prices.answer") for one in tier]
    families = {family: _Reader(folder / f"{family}.txt").packs() for family in FAMILIES}
    return Bank(
        slots=common.packs()[FAMILY_PACK].slots,
        questions=common.questions(),
        families={family: packs[FAMILY_PACK] for family, packs in families.items()},
        packs={
            slug: pack for packs in families.values() for slug, pack in packs.items() if slug != FAMILY_PACK
        },
        owner=owner,
        prices=tuple(
            tuple(_priced(one, count) for one in answers) for count in range(1, len(PRICE_KEYS) + 1)
        ),
    )


def _priced(one: Line, count: int) -> Line:
    """The line with the first `count` prices in it."""
    prices = " ".join(f"{{{key}_for}}: {{{key}}}." for key in PRICE_KEYS[:count])
    return line(one.text.replace("{prices}", prices))


class _Block:
    """One directive with the lines below it, each with its needs; a tier starts where `breaks` says."""

    def __init__(self, pack: str, word: str, title: str, needs: tuple[str, ...]) -> None:
        self.pack, self.word, self.title, self.needs = pack, word, title, needs
        self.tiers: list[list[tuple[str, tuple[str, ...]]]] = [[]]

    def lines(self, *, button: bool = False) -> Slot:
        make = call if button else line
        return tuple(tuple(make(text, *needs) for text, needs in tier) for tier in self.tiers)

    def flat(self) -> tuple[Line, ...]:
        return tuple(one for tier in self.lines() for one in tier)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._blocks = list(_blocks(path))

    def packs(self) -> dict[str, Pack]:
        found: dict[str, Pack] = {}
        for slugs in dict.fromkeys([FAMILY_PACK, *(block.pack for block in self._blocks)]):
            mine = [block for block in self._blocks if block.pack == slugs]
            pack = Pack(
                taglines=tuple(one for block in mine if block.word == "tagline" for one in block.flat()),
                topics=tuple(
                    Item(line(block.title), block.flat()) for block in mine if block.word == "topic"
                ),
                steps=tuple(Item(line(block.title), block.flat()) for block in mine if block.word == "step"),
                slots={
                    block.title: block.lines(button=block.title.startswith("action."))
                    for block in mine
                    if block.word == "slot"
                },
            )
            found |= dict.fromkeys(slugs.split(), pack)
        return found

    def questions(self) -> tuple[Question, ...]:
        return tuple(
            tuple(
                (line(asked), line(answer, *needs))
                for text, needs in block.tiers[0]
                for asked, _, answer in [text.partition(" | ")]
            )
            for block in self._blocks
            if block.word == "question"
        )


def _blocks(path: Path) -> Iterator[_Block]:
    pack, block = FAMILY_PACK, None
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = raw.strip()
        word, _, rest = text.partition(" ")
        if not text:
            continue
        if word == "==":
            pack = rest
        elif word in {":tagline", ":topic", ":step", ":slot", ":question"}:
            if block is not None:
                yield block
            title, _, needs = ("", "", rest) if word == ":question" else rest.partition(" | ")
            block = _Block(pack, word[1:], title, tuple(needs.split()))
        elif block is None or (word.startswith(":") and word not in {":tier", ":needs"}):
            raise ValueError(f"{path.name}, line {number}: {text!r} belongs nowhere")
        elif word.startswith(":"):
            block.needs = tuple(rest.split())
            if word == ":tier":
                block.tiers.append([])
        else:
            block.tiers[-1].append((text, block.needs))
    if block is not None:
        yield block
