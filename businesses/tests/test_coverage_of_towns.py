"""The proof that nothing is overlooked: a provider that caps its answers, over places that are really there."""

from typing import Any

import pytest

from businesses.models import SourceRecord
from businesses.scraping import _is_full, _parts, scrape_grids
from businesses.sources.base import Rectangle
from businesses.tests.capped import SETTINGS, Capped, in_use
from businesses.tests.real_places import DATA, MADE_UP, load_town, town_names
from pipeline.clock import VirtualClock
from pipeline.runner import Run
from territories.coverage import add_territory
from territories.models import CoverageGrid, Territory
from territories.splitting import bounds_of

MOST_CALLS_PER_BUSINESS = 0.15  # at a cap of sixty


def walk(source: Capped, bounds: Rectangle) -> tuple[list[str], list[CoverageGrid]]:
    """Ask for the cells as scraping does, in memory; returns what the leaves own, and those that stay incomplete."""
    root = CoverageGrid(
        territory=Territory(), south=bounds.south, west=bounds.west, north=bounds.north, east=bounds.east
    )
    waiting, owned, unresolved = [root], [], []
    while waiting:
        cell = waiting.pop()
        area = Rectangle(cell.south, cell.west, cell.north, cell.east)
        parsed = source.parse(source.search(area, categories=()).body, area)
        parts = _parts(cell, source, parsed.listings) if _is_full(source, parsed) else []
        if parts:
            waiting += [CoverageGrid(territory=root.territory, **part.bounds._asdict()) for part in parts]
            continue
        owned += [listing.source_id for listing in parsed.listings]
        if _is_full(source, parsed):
            unresolved.append(cell)
    return owned, unresolved


def test_the_recorded_data_is_there() -> None:
    if not DATA.is_dir():
        pytest.skip(f"no recorded data at {DATA}: only the made-up city is proved")
    assert len(town_names()) == 9


@pytest.mark.parametrize("name", town_names())
@pytest.mark.parametrize("cap", [20, 60, 120])
def test_every_business_is_found_once(name: str, cap: int) -> None:
    town = load_town(name)
    source = Capped(town.places, cap=cap, smallest_edge=100 if name == MADE_UP else 0)
    owned, unresolved = walk(source, town.bounds)
    assert len(owned) == len(set(owned))
    missing = [place for place in town.places if place.source_id not in set(owned)]
    # One house of the made-up city holds forty: what is not found lies in a cell that says so.
    assert bool(unresolved) == (name == MADE_UP and cap == 20)
    assert all(any(bounds_of(cell).owns(place.lat, place.lon) for cell in unresolved) for place in missing)
    if cap == 60:
        assert source.calls <= MOST_CALLS_PER_BUSINESS * len(town.places)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in town_names() if name in ("Monaco, Overpass", MADE_UP)])
def test_the_whole_way_finds_every_business_and_says_so(
    name: str, clock: VirtualClock, settings: Any
) -> None:
    town = load_town(name)
    settings.SOURCES = SETTINGS["SOURCES"]
    settings.DAY_BUDGETS = {"grids": 1000}
    bounds = town.bounds
    with in_use(Capped(town.places)) as source:
        territory = add_territory(
            "Town", south=bounds.south, west=bounds.west, north=bounds.north, east=bounds.east,
            source="capped", now=clock.now(),
        )  # fmt: skip
        scrape_grids(Run(by="test", clock=clock), limit=1000)
    stored = SourceRecord.objects.values_list("source_id", flat=True)
    assert set(stored) == {place.source_id for place in town.places}
    assert territory.grids.get(parent=None).coverage == "complete"
    assert source.calls <= MOST_CALLS_PER_BUSINESS * len(town.places)
