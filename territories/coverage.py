"""Covering the map: adding a territory, and the stage that works on its cells."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from pipeline import states, switches
from pipeline.errors import StageError
from pipeline.models import ErrorKind
from pipeline.stages import Stage
from territories.models import CoverageGrid, Territory
from territories.rollup import make_due
from territories.trades import check_trades


def _source_runs(now: datetime) -> Q:
    return ~Q(territory__source__in=switches.paused_names("source:", now=now))


SCRAPE = Stage(
    name="scrape",
    queue="scraping",
    model=CoverageGrid,
    ready=CoverageGrid.Status.PENDING,
    busy=CoverageGrid.Status.SCRAPING,
    failed=CoverageGrid.Status.FAILED,
    retries=3,
    retry_delay=timedelta(minutes=5),
    stuck=lambda row: CoverageGrid.Status.PENDING,
    budget="grids",
    row_task="scrape_territory",
    where=_source_runs,
)


def choose_source(name: str) -> str:
    """Return the source to use: `name`, or the map file if one is set; raises ValidationError that lists them."""
    known = ", ".join(sorted(settings.SOURCES))
    if not name and not settings.OSM_FILE:
        raise ValidationError(f"Which source? Give one of: {known}.")
    chosen = name or "osm_file"
    if chosen not in settings.SOURCES:
        raise ValidationError(f"There is no source {chosen!r}. There are: {known}.")
    return chosen


def check_source_ready(name: str) -> None:
    """Raise ValidationError when the source cannot be asked as it is configured (no file, no key)."""
    source: Any = import_string(settings.SOURCES[name])()
    try:
        source.check_ready()
    except StageError as error:
        raise ValidationError(str(error)) from error


def add_territory(
    name: str,
    *,
    south: float,
    west: float,
    north: float,
    east: float,
    source: str,
    now: datetime,
    country: str = "",
    categories: list[str] | None = None,
    expected: int | None = None,
    is_ready: bool = False,
) -> Territory:
    """Add a territory with its first cell, which is the whole of it; raises ValidationError and writes nothing.

    Bounds are degrees. A source that caps its answers splits the cell later; one without a cap never does.
    `expected` is about how many businesses there are, where somebody knows. `is_ready`: the caller has made sure that
    its source can be asked.
    """
    territory = Territory(
        name=name.strip(),
        country=country.strip().upper(),
        south=south,
        west=west,
        north=north,
        east=east,
        source=source,
        categories=check_trades(categories or []),
        expected=expected,
        created_at=now,
    )
    territory.full_clean(validate_constraints=False)
    if not is_ready:
        check_source_ready(source)
    with transaction.atomic():
        if Territory.objects.filter(name=territory.name).exists():
            raise ValidationError(f"There is already a territory {territory.name!r}. Choose another name.")
        territory.save()
        cover(territory, now=now)
    return territory


def cover(territory: Territory, *, now: datetime) -> CoverageGrid:
    """Give a territory its first cell."""
    return CoverageGrid.objects.create(
        territory=territory,
        south=territory.south,
        west=territory.west,
        north=territory.north,
        east=territory.east,
        next_attempt_at=now,
        status_changed_at=now,
    )


def requeue_cell(cell: CoverageGrid, *, now: datetime, by: str, why: str = "Asked for by staff") -> None:
    """Let a cell be scraped at once: a failed one or one on cooldown becomes pending, a pending one is made due.

    A split cell is not asked itself: its leaves are. Raises StaleState when a worker holds the cell; of the
    leaves of a split cell, those that a worker holds are left to it.
    """
    if cell.status == CoverageGrid.Status.SPLIT:
        for leaf in leaves_of(cell):
            with suppress(states.StaleState):
                _requeue_leaf(leaf, now=now, by=by, why=why)
        return
    _requeue_leaf(cell, now=now, by=by, why=why)


def leaves_of(cell: CoverageGrid) -> list[CoverageGrid]:
    """Return the cells that hold the work of a split cell, however deep they lie."""
    leaves: list[CoverageGrid] = []
    level = [cell.pk]
    while level:
        parts = list(CoverageGrid.objects.filter(parent__in=level))
        leaves += [part for part in parts if part.status != CoverageGrid.Status.SPLIT]
        level = [part.pk for part in parts if part.status == CoverageGrid.Status.SPLIT]
    return leaves


def _requeue_leaf(cell: CoverageGrid, *, now: datetime, by: str, why: str) -> None:
    if cell.status == CoverageGrid.Status.PENDING:
        free = CoverageGrid.objects.filter(pk=cell.pk, status=cell.status, claimed_by="")
        if not free.update(next_attempt_at=now):
            raise states.StaleState(f"{states.label(cell)} is held by a worker")
        return
    if cell.status == CoverageGrid.Status.SCRAPING:
        raise states.StaleState(f"{states.label(cell)} is held by a worker")
    # A new pass has calls of its own. A cell that failed keeps those it has paid for, unless they were no good.
    is_new_pass = cell.status == CoverageGrid.Status.COOLDOWN or cell.error_kind == ErrorKind.BAD_DATA
    make_due(cell, now=now, by=by, reason=why, cycle=cell.cycle + is_new_pass)
