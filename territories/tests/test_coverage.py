"""Adding territories, and the rest of their cells between two passes."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from pipeline.clock import VirtualClock
from pipeline.models import ErrorKind
from pipeline.runner import Run
from pipeline.states import StaleState
from territories.cooldowns import reset_expired_cooldowns
from territories.coverage import add_territory, choose_source, requeue_cell
from territories.models import CoverageGrid, Territory
from territories.tests.factories import make_grid

pytestmark = pytest.mark.django_db

BOX: dict[str, Any] = {"south": 44.06, "west": -72.90, "north": 44.09, "east": -72.86}
Status = CoverageGrid.Status


def test_territory_starts_as_one_cell_that_is_the_whole_of_it(clock: VirtualClock) -> None:
    territory = add_territory("Town", **BOX, source="sample", country="us", now=clock.now())
    cell = territory.grids.get()
    assert (cell.depth, cell.status, territory.country) == (0, "pending", "US")
    assert {name: getattr(cell, name) for name in BOX} == BOX


@pytest.mark.parametrize(
    "wrong",
    [
        {"south": 45, "north": 44},
        {"west": -72, "east": -73},
        {"north": 91},
        {"west": -181},
        {"source": "nowhere"},
        {"source": "osm_file"},
    ],
)
def test_territory_that_cannot_be_scraped_is_refused_whole(
    clock: VirtualClock, settings: Any, wrong: dict[str, Any]
) -> None:
    settings.OSM_FILE = ""
    with pytest.raises(ValidationError):
        add_territory("Town", **({"source": "sample"} | BOX | wrong), now=clock.now())
    assert not Territory.objects.exists()
    assert not CoverageGrid.objects.exists()


def test_source_without_a_name_is_the_map_file_only_where_one_is_set(settings: Any) -> None:
    settings.OSM_FILE = "/somewhere/town.osm.pbf"
    assert choose_source("") == "osm_file"
    settings.OSM_FILE = ""
    with pytest.raises(ValidationError, match=r"osm_file.*sample"):
        choose_source("")


@pytest.mark.parametrize(("days", "status"), [(29, "cooldown"), (31, "pending")])
def test_cooldown_lasts_thirty_days(clock: VirtualClock, days: int, status: str) -> None:
    cell = make_grid(status=Status.COOLDOWN, cooldown_until=clock.now() + timedelta(days=30), cycle=1)
    clock.advance(days=days)
    reset_expired_cooldowns(Run(by="test", clock=clock))
    cell.refresh_from_db()
    assert (cell.status, cell.cycle) == (status, 1 if status == "cooldown" else 2)


def test_failed_cell_gets_another_round_with_the_cooldowns(clock: VirtualClock) -> None:
    cell = make_grid(status=Status.FAILED, error_kind=ErrorKind.TRANSIENT, status_changed_at=clock.now())
    broken = make_grid(
        territory=cell.territory,
        depth=1,
        status=Status.FAILED,
        error_kind=ErrorKind.BAD_DATA,
        status_changed_at=clock.now(),
    )
    clock.advance(days=2)
    reset_expired_cooldowns(Run(by="test", clock=clock))
    cell.refresh_from_db()
    broken.refresh_from_db()
    assert (cell.status, broken.status) == ("pending", "failed")


def test_cell_in_a_workers_hand_is_not_requeued(clock: VirtualClock) -> None:
    cell = make_grid(status=Status.SCRAPING, claimed_by="host:1:a", claimed_at=clock.now())
    with pytest.raises(StaleState):
        requeue_cell(cell, now=clock.now(), by="staff")
