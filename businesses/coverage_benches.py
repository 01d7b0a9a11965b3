"""How completely a map is covered through a provider that shows at most sixty businesses of a cell, and at what cost.

The provider is a stand-in of the tests; the places are real ones, where the recorded data is there, and made up where
it is not. The whole way is measured: claim, call, ledger, intake, split.
"""

from pathlib import Path

from django.test.utils import override_settings

from businesses.models import SourceRecord
from businesses.scraping import scrape_grids
from businesses.tests.capped import SETTINGS, Capped, in_use
from businesses.tests.real_places import load_town, town_names
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench
from pipeline.runner import Run
from territories.coverage import add_territory

CAP = 60
MOST_CALLS = 0.15  # per business
MOST_CELLS = 100_000  # of a run


@bench
def coverage(folder: Path) -> list[Figure]:
    """Cover every town that there is data for."""
    return [figure for number, name in enumerate(town_names()) for figure in _cover(name, number)]


def _cover(name: str, number: int) -> list[Figure]:
    town = load_town(name)
    south, west, north, east = (getattr(town.bounds, side) for side in ("south", "west", "north", "east"))
    limits = {"DAY_BUDGETS": {"grids": MOST_CELLS}}
    with override_settings(**SETTINGS, **limits), in_use(Capped(town.places, cap=CAP)) as source:
        # The same extract seen twice holds the same ids: each town keeps its own.
        source.name = f"capped-{number}"
        add_territory(
            name, south=south, west=west, north=north, east=east, source="capped", now=SYSTEM_CLOCK.now()
        )
        scrape_grids(Run(by="bench"), limit=MOST_CELLS)
    found = SourceRecord.objects.filter(source=source.name).count()
    recall, calls = found / len(town.places), source.calls / len(town.places)
    # The least that would do for a provider which told in advance where its businesses are: full answers alone.
    least = -(-len(town.places) // 20) / len(town.places)
    return [
        Figure(f"found of {len(town.places):,} in {name}", 100 * recall, "%", goal="all", reached=recall == 1),
        Figure(
            f"calls a business in {name}", calls, "", "pages that are all full", least,
            f"at most {MOST_CALLS}", recall == 1 and calls <= MOST_CALLS,
        ),
    ]  # fmt: skip
