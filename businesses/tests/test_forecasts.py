"""What a territory is said to take, before it is covered and on the way, beside what it takes in the end."""

from decimal import Decimal
from typing import Any

import pytest

from businesses.scraping import scrape_grids
from businesses.tests.capped import SETTINGS, Capped, in_use
from businesses.tests.real_places import load_town, town_names
from businesses.tests.test_coverage_of_towns import walk
from businesses.tests.test_scraping import BOX, street
from pipeline.clock import VirtualClock
from pipeline.runner import Run
from territories.coverage import add_territory
from territories.models import CoverageGrid
from territories.progress import estimate, progress
from territories.splitting import Bounds

pytestmark = pytest.mark.django_db
PRICE = Decimal("0.02")


def cover(source: Capped, bounds: Bounds, clock: VirtualClock, settings: Any) -> None:
    """Cover the box a few calls a day, and hold each day's forecast against what follows."""
    for name, value in SETTINGS.items():
        setattr(settings, name, value)
    settings.DAY_BUDGETS = {"grids": 10_000, "capped_calls": 5, "capped_usd": Decimal(1)}
    count = len(list(source.places))
    with in_use(source):
        before = estimate("capped", bounds, expected=count).forecast
        territory = add_territory(
            "Town", **bounds._asdict(), source="capped", expected=count, country="US", now=clock.now()
        )
        said = []
        while CoverageGrid.objects.filter(status__in=["pending", "scraping"]).exists():
            said.append((source.calls, progress(territory).left))
            scrape_grids(Run(by="test", clock=clock), limit=500)
            clock.advance(days=1)
        for calls, left in [(0, before), *said]:
            assert left is not None
            assert left.least.calls <= source.calls - calls <= left.most.calls, (calls, str(left))
            assert left.most.cost >= (source.calls - calls) * PRICE


@pytest.mark.parametrize("cap", [20, 60, 120])
@pytest.mark.parametrize("name", town_names())
def test_towns_take_what_was_said(name: str, cap: int, settings: Any) -> None:
    settings.SOURCES = SETTINGS["SOURCES"]
    town = load_town(name)
    source = Capped(town.places, cap=cap)
    bounds = Bounds(*(getattr(town.bounds, side) for side in ("south", "west", "north", "east")))
    with in_use(source):
        forecast = estimate("capped", bounds, expected=len(town.places)).forecast
        walk(source, town.bounds)
    assert forecast is not None
    assert forecast.least.cells <= len(source.asked) <= forecast.most.cells, (
        len(source.asked),
        str(forecast),
    )


def test_crowded_places_take_no_more_than_was_said(clock: VirtualClock, settings: Any) -> None:
    places = street(60, step=0.0015)
    source = Capped(
        places, cap=10, cost_per_call=PRICE, calls_budget="capped_calls", money_budget="capped_usd"
    )
    cover(source, Bounds(**BOX), clock, settings)
