"""No two neighbours look alike: a site takes a layout and a colour that are far from those of the sites around it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from businesses.categories import Family
from sites.dice import Dice
from sites.spec import SiteSpec
from sites.themes import THEMES

LAYOUTS_FILE = Path(__file__).with_name("layouts.json")
FAR = 80  # of 256 bits: no visitor takes two such first screens for one template
NEIGHBOURS = 5
HUES_APART = 30  # degrees of OKLCH: nobody calls two such colours the same

Layout = tuple[str, str]  # theme, hero


class Seen(NamedTuple):
    """What visitors remember of a site; the hue in degrees of OKLCH."""

    layout: Layout
    hue: int


@dataclass(frozen=True)
class LayoutTable:
    """How many of 256 bits differ between the first screens of two layouts, measured in a real browser."""

    layouts: tuple[Layout, ...]
    distances: dict[tuple[Layout, Layout], int]


@cache
def layout_table() -> LayoutTable:
    """The table as scripts/judge_themes.py measured it."""
    stored = json.loads(LAYOUTS_FILE.read_text())
    layouts = tuple((theme, hero) for theme, _, hero in (name.partition(".") for name in stored["layouts"]))
    return LayoutTable(
        layouts,
        {
            (layouts[i], layouts[j]): stored["distances"][i][j]
            for i, j in product(range(len(layouts)), repeat=2)
        },
    )


def layouts_for(family: Family) -> list[Layout]:
    """The layouts that suit a family, in the order of the themes."""
    return [
        (theme.name, hero) for theme in THEMES.values() if family in theme.families for hero in theme.heroes
    ]


def least_distance(layout: Layout, neighbours: Sequence[Layout]) -> int:
    """To the most similar of them, 256 where there is none. A layout that no longer exists is like none."""
    known = layout_table().distances
    return min((known.get((layout, other), 256) for other in neighbours), default=256)


def choose_layout(seed: str, family: Family, wanted: Layout, neighbours: Sequence[Layout]) -> Layout:
    """The wanted layout where it suits the family and is far from all neighbours; else the one most like it that is,
    of its own theme if there is one; else the farthest there is."""
    known, dice = layout_table().distances, Dice(seed)

    def likeness(layout: Layout) -> tuple[bool, int, int]:
        tie = dice.number(f"layout.{'.'.join(layout)}")
        return layout[0] != wanted[0], known.get((layout, wanted), 256), tie

    candidates = sorted(layouts_for(family), key=likeness)
    for layout in candidates:
        if least_distance(layout, neighbours) >= FAR:
            return layout
    return max(candidates, key=lambda layout: least_distance(layout, neighbours))


def hue_distance(one: int, other: int) -> int:
    """Degrees on the circle, 0 to 180."""
    apart = abs(one - other) % 360
    return min(apart, 360 - apart)


def choose_hue(wanted: int, offered: Sequence[int], neighbours: Sequence[int]) -> int:
    """The wanted hue, else the most like it of those offered, that is apart from all neighbours.

    Where there is none, the farther neighbours (the last) count no more, one after the other.
    """
    candidates = [wanted, *sorted(offered, key=lambda hue: hue_distance(hue, wanted))]
    for counted in range(len(neighbours), 0, -1):
        for hue in candidates:
            if all(hue_distance(hue, other) >= HUES_APART for other in neighbours[:counted]):
                return hue
    return wanted


def dress(spec: SiteSpec, theme: str, hero: str) -> SiteSpec:
    """The same site in another layout; its font stays where the theme has it."""
    offered = THEMES[theme].fonts
    font = spec.look.font if spec.look.font in offered else Dice(spec.look.seed).pick("look.font", offered)
    look = spec.look.model_copy(update={"theme": theme, "hero": hero, "font": font})
    first = spec.sections[0].model_copy(update={"variant": hero})
    return spec.model_copy(update={"look": look, "sections": (first, *spec.sections[1:])})


def with_hue(spec: SiteSpec, hue: int) -> SiteSpec:
    """The same site in the palette of another hue (degrees of OKLCH)."""
    return spec.model_copy(update={"look": spec.look.model_copy(update={"hue": hue})})


def vary(spec: SiteSpec, neighbours: Sequence[Seen], hues: Sequence[int]) -> SiteSpec:
    """The site in a layout and one of the hues that set it apart from its neighbours, the nearest of them first.

    What sets it apart already stays as it is; else it becomes what is most like it.
    """
    look = spec.look
    wanted = (look.theme, look.hero)
    layout = choose_layout(look.seed, spec.family, wanted, [other.layout for other in neighbours])
    hue = choose_hue(look.hue, hues, [other.hue for other in neighbours])
    varied = spec if layout == wanted else dress(spec, *layout)
    return varied if hue == look.hue else with_hue(varied, hue)
