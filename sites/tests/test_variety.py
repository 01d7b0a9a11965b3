"""Variety: neighbours of one family never look alike."""

import random
from itertools import combinations
from math import dist

import pytest

from businesses.categories import FAMILIES, Family
from businesses.tests.factories import make_business
from pipeline.clock import VirtualClock
from pipeline.runner import Run
from sites.dice import Dice
from sites.engines.bank import suiting_hues
from sites.generation import generate_sites
from sites.models import Site
from sites.neighbours import looks_around
from sites.tests.factories import make_site, make_version
from sites.tests.records import build, business
from sites.themes import THEMES
from sites.themes.variety import (
    FAR,
    HUES_APART,
    NEIGHBOURS,
    Seen,
    choose_hue,
    choose_layout,
    dress,
    hue_distance,
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
    assert vary(dressed, [], []) is dressed


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
    assert looks_around(around[0]) == [((look["theme"], look["hero"]), look["hue"]) for look in looks]


@pytest.mark.django_db
def test_neighbours_far_to_every_side_are_found_where_none_is_near() -> None:
    grid = make_grid()
    middle = make_business(grid=grid, lat=60.0, lon=10.0)
    far = [(60.0, 10.03), (60.0, 9.9), (60.1, 10.0), (58.0, 10.0), (60.0, 15.0), (50.0, 10.0)]
    sites = [make_site(business=make_business(grid=grid, lat=lat, lon=lon)) for lat, lon in far]
    for site in sites:
        make_version(site)
    looks = [site.version.spec["look"] for site in sites[:5] if site.version]
    assert looks_around(middle) == [((look["theme"], look["hero"]), look["hue"]) for look in looks]


def test_look_that_is_apart_stays_as_it_was_chosen() -> None:
    _, spec, _ = build(business())
    look = spec.look
    far = [Seen(("neon", "video"), (look.hue + HUES_APART) % 360)]
    assert vary(spec, far, suiting_hues("trades", "plumber")) is spec


def test_look_too_near_becomes_the_most_like_it() -> None:
    """Of the same theme where one of its heroes is far enough."""
    _, spec, _ = build(business())
    for wanted in layouts_for("trades"):
        dressed = dress(spec, *wanted)
        after = vary(dressed, [Seen(wanted, dressed.look.hue)], suiting_hues("trades", "plumber"))
        layout = (after.look.theme, after.look.hero)
        assert least_distance(layout, [wanted]) >= FAR
        own = [one for one in layouts_for("trades") if one[0] == wanted[0]]
        assert (layout[0] == wanted[0]) == any(least_distance(one, [wanted]) >= FAR for one in own)
        assert hue_distance(after.look.hue, dressed.look.hue) >= HUES_APART


def test_hue_is_apart_from_the_nearest_neighbour_whatever_the_others_have() -> None:
    for family in FAMILIES:
        offered = suiting_hues(family, "")
        for nearest in offered:
            crowd = [nearest, *offered[:4]]
            assert hue_distance(choose_hue(nearest, offered, crowd), nearest) >= HUES_APART, (family, nearest)


@pytest.mark.parametrize(
    ("one", "other", "apart"), [(350, 10, 20), (10, 350, 20), (0, 180, 180), (40, 40, 0)]
)
def test_hues_lie_on_a_circle(one: int, other: int, apart: int) -> None:
    assert hue_distance(one, other) == apart


@pytest.mark.django_db(transaction=True)
def test_neighbours_built_one_after_the_other_differ_in_layout_and_colour(clock: VirtualClock) -> None:
    grid = make_grid()
    for at in range(4):
        make_business(grid=grid, category="plumber", lat=44.0 + at / 1000)
    generate_sites(Run(clock=clock), limit=4)
    looks = [site.version.spec["look"] for site in Site.objects.select_related("version") if site.version]
    assert len(looks) == 4
    for one, other in combinations(looks, 2):
        assert hue_distance(one["hue"], other["hue"]) >= HUES_APART
        assert least_distance((one["theme"], one["hero"]), [(other["theme"], other["hero"])]) >= FAR
