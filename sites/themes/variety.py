"""No two neighbours look alike: a site takes a layout that is far from those of the sites around it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from businesses.categories import Family
from sites.dice import Dice
from sites.spec import SiteSpec
from sites.themes import THEMES

LAYOUTS_FILE = Path(__file__).with_name("layouts.json")
FAR = 80  # of 256 bits: no visitor takes two such first screens for one template
NEIGHBOURS = 5

Layout = tuple[str, str]  # theme, hero


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
    """The wanted layout where it suits the family and is far from all neighbours; else the first in the order of
    the seed that is; else the farthest there is."""
    suiting = layouts_for(family)
    shuffled = sorted(suiting, key=lambda layout: Dice(seed).number(f"layout.{'.'.join(layout)}"))
    candidates = [wanted, *shuffled] if wanted in suiting else shuffled
    for layout in candidates:
        if least_distance(layout, neighbours) >= FAR:
            return layout
    return max(candidates, key=lambda layout: least_distance(layout, neighbours))


def dress(spec: SiteSpec, theme: str, hero: str) -> SiteSpec:
    """The same site in another layout; its font stays where the theme has it."""
    offered = THEMES[theme].fonts
    font = spec.look.font if spec.look.font in offered else Dice(spec.look.seed).pick("look.font", offered)
    look = spec.look.model_copy(update={"theme": theme, "hero": hero, "font": font})
    first = spec.sections[0].model_copy(update={"variant": hero})
    return spec.model_copy(update={"look": look, "sections": (first, *spec.sections[1:])})


def vary(spec: SiteSpec, neighbours: Sequence[Layout]) -> SiteSpec:
    """The site in a layout that sets it apart from its neighbours; unchanged where it is apart already."""
    wanted = (spec.look.theme, spec.look.hero)
    layout = choose_layout(spec.look.seed, spec.family, wanted, neighbours)
    return spec if layout == wanted else dress(spec, *layout)
