"""Variety: neighbours of one family never look alike."""

import random
from math import dist

import pytest

from businesses.categories import FAMILIES, Family
from businesses.tests.factories import make_business
from sites.dice import Dice
from sites.models import Site
from sites.neighbours import layouts_around
from sites.tests.factories import make_site, make_version
from sites.tests.records import build, business
from sites.themes import THEMES
from sites.themes.variety import (
    FAR,
    NEIGHBOURS,
    choose_layout,
    dress,
    layout_table,
    layouts_for,
    least_distance,
    vary,
)
from territories.tests.factories import make_grid

ALIKE = 60  # of 256 bits: fewer, and two first screens are taken for one


def test_table_covers_every_theme_and_hero() -> None:
    """A new theme needs its distances measured: scripts/judge_themes.py layouts."""
    table = layout_table()
    assert list(table.layouts) == [(name, hero) for name, theme in THEMES.items() for hero in theme.heroes]
    assert len(table.distances) == len(table.layouts) ** 2
    for (first, second), distance in table.distances.items():
        assert distance == table.distances[second, first]
        assert (distance == 0) == (first == second)
        assert 0 <= distance <= 256


def test_layouts_differ_in_structure() -> None:
    pairs = {distance for (first, second), distance in layout_table().distances.items() if first != second}
    assert min(pairs) >= ALIKE


@pytest.mark.parametrize("family", FAMILIES)
def test_nearest_of_500_sites_of_a_family_looks_different(family: Family) -> None:
    """Built one after the other in one town, each against the five nearest that stand already."""
    place = random.Random(family)
    built: list[tuple[tuple[float, float], tuple[str, str]]] = []
    for number in range(500):
        spot = (place.random(), place.random())
        nearest = sorted(built, key=lambda site: dist(site[0], spot))[:NEIGHBOURS]
        wanted = Dice(str(number)).pick("layout", layouts_for(family))
        layout = choose_layout(str(number), family, wanted, [layout for _, layout in nearest])
        built.append((spot, layout))
    far = 0
    for at, (spot, layout) in enumerate(built):
        others = [site for index, site in enumerate(built) if index != at]
        neighbour = min(others, key=lambda site: dist(site[0], spot))
        far += least_distance(layout, [neighbour[1]]) >= ALIKE
    assert far >= 475
    assert len({layout for _, layout in built}) >= len(layouts_for(family)) // 2


def test_wanted_layout_stays_where_nobody_is_near() -> None:
    assert choose_layout("a", "food", ("menu", "jar"), []) == ("menu", "jar")


def test_layout_of_a_neighbour_is_not_taken_again() -> None:
    taken = [("menu", "jar")]
    chosen = choose_layout("a", "food", ("menu", "jar"), taken)
    assert least_distance(chosen, taken) >= FAR


def test_layout_that_does_not_suit_the_family_is_replaced() -> None:
    assert choose_layout("a", "trades", ("menu", "jar"), []) in layouts_for("trades")


def test_neighbour_in_a_look_that_is_gone_is_no_hindrance() -> None:
    assert choose_layout("a", "food", ("menu", "jar"), [("neon", "video")]) == ("menu", "jar")


def test_dressing_changes_the_layout_and_not_a_word() -> None:
    _, spec, _ = build(business())
    for theme, hero in layouts_for("trades"):
        dressed = dress(spec, theme, hero)
        assert dressed.sentences() == spec.sentences()
        assert dressed.look.font in THEMES[theme].fonts
        assert (dressed.look.hero, dressed.sections[0].variant) == (hero, hero)
    assert vary(dressed, []) is dressed


@pytest.mark.django_db
def test_neighbours_are_the_nearest_of_the_family_that_are_there_to_be_seen() -> None:
    grid = make_grid()
    around = [make_business(grid=grid, lat=44.0 + at / 100) for at in range(8)]
    sites = [make_site(business=business) for business in around[1:]]
    for site in sites:
        make_version(site)
    make_version(make_site(business=make_business(grid=grid, category="plumber", lat=44.0)))
    make_version(make_site(business=make_business(grid=grid, lat=44.0), status=Site.Status.PENDING))
    make_site(business=make_business(grid=grid, lat=44.0))  # ordered, nothing to see yet
    make_version(make_site(business=make_business(lat=44.0)))  # another territory
    looks = [site.version.spec["look"] for site in sites[:5] if site.version]
    assert layouts_around(around[0]) == [(look["theme"], look["hero"]) for look in looks]
