"""How far a territory is covered, what it took, and what is left; and what a new one would take.

What is not known is None, never 0: a source that caps its answers needs as many cells as there are businesses,
so without an idea of those nobody can say what it will cost.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, Literal

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.module_loading import import_string

from pipeline import budgets
from territories.coverage import SCRAPE
from territories.density import count_places
from territories.models import CoverageGrid, Territory
from territories.splitting import Bounds

# Cells that a cap of N results needs for each N businesses: measured 2.9 to 4.9 over real towns.
LEAST_CELLS_PER_CAP, MOST_CELLS_PER_CAP = 2.9, 5.0

type Row = Mapping[str, Any]  # the cells of one territory that have one status and one coverage
type Basis = Literal["staff", "density", "cells"]
BASES: dict[Basis, str] = {
    "staff": "as staff expects",
    "density": "by the density file",
    "cells": "by its own complete cells",
}
EXCEEDED: dict[Basis, str] = {
    "staff": "more than staff expects",
    "density": "more than the density file expects",
    "cells": "more than its own complete cells let expect",
}


@dataclass(frozen=True)
class Expected:
    """About how many businesses there are, and how that is known."""

    businesses: int
    basis: Basis

    def __str__(self) -> str:
        return f"{self.about} ({BASES[self.basis]})"

    @property
    def about(self) -> str:
        """The number in words."""
        return f"about {self.businesses:,} {'business' if self.businesses == 1 else 'businesses'}"


@dataclass(frozen=True)
class Effort:
    """Cells to ask for, calls, USD, days at the budgets as they are set.

    Before anything is known of the prices that are really paid, every call counts for the most it can cost.
    """

    cells: int
    calls: int
    cost: Decimal
    days: int | None  # None: never, a budget is set to nothing


@dataclass(frozen=True)
class Forecast:
    """What it will take, between what evenly spread and what crowded towns took; no bound: a budget is one."""

    least: Effort
    most: Effort

    def __str__(self) -> str:
        least, most = self.least, self.most
        money = _between(f"${least.cost:,.2f}", f"${most.cost:,.2f}") if most.cost else "no cost"
        if most.days is None or least.days is None:
            days = "never: a day budget is 0"
        else:
            days = _counted(least.days, most.days, "day")
        cells = _counted(least.cells, most.cells, "cell")
        return f"{cells}, {_counted(least.calls, most.calls, 'call')}, {money}, {days}"


@dataclass(frozen=True)
class Estimate:
    """What a territory would take before it is added; None: not known."""

    expected: Expected | None
    forecast: Forecast | None

    def __str__(self) -> str:
        expected = str(self.expected) if self.expected else "how many businesses there are is not known"
        forecast = f"about {self.forecast}" if self.forecast else "cells, calls and cost are not known"
        return f"{expected[0].upper()}{expected[1:]}; {forecast}."


@dataclass(frozen=True)
class Progress:
    """How far a territory is. `cells` counts every cell by status; the leaves are those that are not split.

    `found` is what the leaves hold, `completeness` that against `expected` (1.0 is all of it), `calls` and
    `cost` (USD) are of the last pass over each cell, `left` is for every leaf that is not proved complete. What is
    None is not known.
    """

    cells: dict[str, int]
    leaves: int
    complete: int
    unresolved: int
    failed: int
    found: int
    expected: Expected | None
    completeness: float | None
    calls: int
    cost: Decimal
    left: Forecast | None

    @property
    def share(self) -> str:
        """What was found of what is expected, in words; a share above all of it says nothing. "" where not known."""
        if self.expected is None or self.completeness is None:
            return ""
        return EXCEEDED[self.expected.basis] if self.completeness > 1 else f"{self.completeness:.0%}"

    @property
    def trouble(self) -> str:
        """What of the rest does not come by itself, or not for certain, and what to do; "" where nothing is so."""
        failed = "failed: read why in the list of cells, and choose “Scrape in the next run” there"
        unresolved = "not proved complete: asked again by itself after a rest"
        counted = ((self.failed, failed), (self.unresolved, unresolved))
        said = [f"{_counted(number, number, 'cell')} {words}" for number, words in counted if number]
        return ". ".join(said)

    @property
    def is_complete(self) -> bool:
        """Whether every leaf is proved to be complete."""
        return self.complete == self.leaves > 0


def estimate(source: str, bounds: Bounds, *, expected: int | None = None) -> Estimate:
    """Return what covering `bounds` from the source of that name would take; `expected` is what staff knows."""
    adapter = _adapter(source)
    known = _expected(expected, bounds)
    businesses = known.businesses if known else None
    return Estimate(known, _forecast(adapter, budgets.limits(), cells=1, businesses=businesses))


def most_cost(cells: QuerySet[CoverageGrid]) -> Decimal:
    """Return the USD that asking for these cells once costs at most."""
    by_source = cells.order_by().values_list("territory__source").annotate(n=Count("pk"))
    counted = ((source, n) for source, n in by_source if source in settings.SOURCES)
    return sum((n * _adapter(source).cost_per_call for source, n in counted), Decimal(0))


def progress(territory: Territory) -> Progress:
    """Return how far a territory is."""
    return progress_of([territory])[territory.pk]


def refused_rows(territory: Territory) -> int:
    """Return how many records of the last answers could not be taken; one that several cells name counts once."""
    leaves = territory.grids.exclude(status=CoverageGrid.Status.SPLIT)
    places: int = leaves.aggregate(n=Count("refused_records__place", distinct=True))["n"]
    return places


def progress_of(territories: Iterable[Territory]) -> dict[int, Progress]:
    """Return how far each territory is, by its id: two queries for all of them."""
    asked = list(territories)
    is_leaf = ~Q(status=CoverageGrid.Status.SPLIT)
    area = Sum((F("north") - F("south")) * (F("east") - F("west")), filter=Q(trades=""))
    groups = CoverageGrid.objects.filter(territory__in=asked).values("territory", "status", "coverage")
    told = groups.order_by().annotate(
        n=Count("pk"),
        held=Sum("found", filter=is_leaf, default=0),
        held_by_area=Sum("found", filter=is_leaf & Q(trades=""), default=0),
        made=Sum("calls"),
        spent=Sum("cost"),
        asked=Count("pk", filter=Q(scraped_at__isnull=False)),
        area=area,
    )
    rows: dict[int, list[Row]] = {territory.pk: [] for territory in asked}
    for row in told:
        rows[row["territory"]].append(row)
    limits = budgets.limits()
    return {territory.pk: _progress(territory, rows[territory.pk], limits) for territory in asked}


def _progress(territory: Territory, rows: list[Row], limits: Mapping[str, Decimal]) -> Progress:
    cells: Counter[str] = Counter()
    for row in rows:
        cells[row["status"]] += row["n"]
    leaves = [row for row in rows if row["status"] != CoverageGrid.Status.SPLIT]
    complete = [row for row in leaves if row["coverage"] == CoverageGrid.Coverage.COMPLETE]
    left = [row for row in leaves if not _is_done(row)]
    found, calls = sum(row["held"] for row in leaves), sum(row["made"] for row in rows)
    cost = sum((row["spent"] for row in rows), Decimal(0))
    expected = _expected(territory.expected, _bounds(territory)) or _by_own_cells(territory, complete)
    missing = None
    if expected:
        done = sum(row["held"] for row in leaves if _is_done(row))
        missing = max(expected.businesses - done, 0)
    answers = sum(row["asked"] for row in rows)
    return Progress(
        cells={status: cells[status] for status in CoverageGrid.Status.values},
        leaves=sum(row["n"] for row in leaves),
        complete=sum(row["n"] for row in complete),
        unresolved=sum(r["n"] for r in leaves if r["coverage"] == CoverageGrid.Coverage.UNRESOLVED),
        failed=cells[CoverageGrid.Status.FAILED],
        found=found,
        expected=expected,
        completeness=found / expected.businesses if expected else None,
        calls=calls,
        cost=cost,
        left=_left(
            territory.source,
            limits,
            sum(row["n"] for row in left),
            missing,
            calls_per_cell=calls / answers if answers else 1.0,
            cost_per_call=cost / calls if calls else None,
        ),
    )


def _is_done(row: Row) -> bool:
    """Whether cells of this kind need nothing before their rest ends: asked for, and proved to be complete."""
    return bool(
        row["status"] == CoverageGrid.Status.COOLDOWN and row["coverage"] == CoverageGrid.Coverage.COMPLETE
    )


def _left(
    source: str, limits: Mapping[str, Decimal], cells: int, businesses: int | None, **prices: Any
) -> Forecast | None:
    if source not in settings.SOURCES:
        return None  # it was taken out of the settings
    return _forecast(_adapter(source), limits, cells=cells, businesses=businesses, **prices)


def _forecast(
    adapter: Any,
    limits: Mapping[str, Decimal],
    *,
    cells: int,
    businesses: int | None,
    calls_per_cell: float = 1.0,
    cost_per_call: Decimal | None = None,
) -> Forecast | None:
    """Return what `cells` cells that hold `businesses` together take, the parts they split into included."""
    least = most = cells
    if cells and adapter.cap is not None:
        if businesses is None:
            return None
        if businesses / cells >= adapter.cap:
            least = max(cells, ceil(LEAST_CELLS_PER_CAP * businesses / adapter.cap))
        if businesses >= adapter.cap:  # they may all lie in a few of the cells
            most = cells + ceil(MOST_CELLS_PER_CAP * businesses / adapter.cap)
    price: Decimal = adapter.cost_per_call if cost_per_call is None else cost_per_call

    def effort(cells: int) -> Effort:
        calls = ceil(cells * calls_per_cell)
        return Effort(cells, calls, calls * price, _days(adapter, limits, cells, calls, calls * price))

    return Forecast(effort(least), effort(most))


def _days(adapter: Any, limits: Mapping[str, Decimal], cells: int, calls: int, cost: Decimal) -> int | None:
    """Return how many days the day budgets stretch it over."""
    needs = [(SCRAPE.budget, Decimal(cells))]
    needs += [(adapter.calls_budget, Decimal(calls))] if adapter.calls_budget else []
    needs += [(adapter.money_budget, cost)] if adapter.money_budget else []
    days = 0
    for name, need in needs:
        limit = limits.get(name, Decimal(0))
        if need and not limit:
            return None
        days = max(days, ceil(need / limit) if need else 0)
    return days


def _expected(by_staff: int | None, bounds: Bounds) -> Expected | None:
    if by_staff:
        return Expected(by_staff, "staff")
    counted = count_places(bounds)
    return Expected(counted, "density") if counted else None


def _by_own_cells(territory: Territory, complete: list[Row]) -> Expected | None:
    """Carry the density of the complete leaves over to the rest. Sparse cells are complete first, so this grows."""
    area = sum(row["area"] or 0 for row in complete)
    found = sum(row["held_by_area"] for row in complete)
    whole = (territory.north - territory.south) * (territory.east - territory.west)
    return Expected(max(round(found * whole / area), 1), "cells") if area and found else None


def _bounds(territory: Territory) -> Bounds:
    return Bounds(territory.south, territory.west, territory.north, territory.east)


def _adapter(source: str) -> Any:
    return import_string(settings.SOURCES[source])()


def _counted(least: int, most: int, word: str) -> str:
    return f"{_between(f'{least:,}', f'{most:,}')} {word}{'' if most == 1 else 's'}"


def _between(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"
