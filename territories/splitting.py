"""Splitting: a cell that its source cannot answer whole becomes parts which together are exactly the cell.

A source with a cap shows at most so many businesses of a cell, so a full answer proves nothing. The cell keeps
what it found and is split: into quarters, down to the smallest edge that the source can tell apart, and there by
groups of trades, where it can be asked for those. The tree is kept: the next pass asks the leaves alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any, NamedTuple

from django.db import transaction

from pipeline import claims, faults
from territories.coverage import SCRAPE
from territories.models import CoverageGrid
from territories.rollup import settle_ancestors

METRES_PER_DEGREE = 111_320.0


class Bounds(NamedTuple):
    """A half-open rectangle in degrees; only where the world ends do its north and east borders belong to it."""

    south: float
    west: float
    north: float
    east: float

    def owns(self, lat: float, lon: float) -> bool:
        """Tell whether a point lies in it: every point of a rectangle lies in exactly one of its quarters."""
        return (self.south <= lat < self.north or lat == self.north == 90) and (
            self.west <= lon < self.east or lon == self.east == 180
        )

    def quarters(self) -> "tuple[Bounds, ...]":
        """Return its four quarters, or nothing where numbers are too coarse to tell them apart."""
        south, west, north, east = self
        lat, lon = (south + north) / 2, (west + east) / 2
        if not (south < lat < north and west < lon < east):
            return ()
        return (
            Bounds(south, west, lat, lon),
            Bounds(south, lon, lat, east),
            Bounds(lat, west, north, lon),
            Bounds(lat, lon, north, east),
        )

    def edge(self) -> float:
        """Return the length of its longer side in metres, where it is widest."""
        nearest_to_equator = 0.0 if self.south < 0 < self.north else min(abs(self.south), abs(self.north))
        width = (self.east - self.west) * cos(radians(nearest_to_equator))
        return max(self.north - self.south, width) * METRES_PER_DEGREE


@dataclass(frozen=True)
class Part:
    """A cell to be: `trades` is the group it is asked for, `found` what is known to be in it already."""

    bounds: Bounds
    trades: str
    found: int = 0


def bounds_of(cell: CoverageGrid) -> Bounds:
    """Return the rectangle of a cell."""
    return Bounds(cell.south, cell.west, cell.north, cell.east)


def parts_of(
    cell: CoverageGrid,
    *,
    smallest_edge: float,
    trade_groups: Sequence[str],
    points: Iterable[tuple[float, float]] = (),
) -> list[Part]:
    """Return what the cell can be split into: quarters, else groups of trades, else nothing.

    `points` (lat, lon) is what its own answer held.
    """
    bounds = bounds_of(cell)
    if bounds.edge() >= smallest_edge and (quarters := bounds.quarters()):
        seen = list(points)
        return [Part(q, cell.trades, sum(q.owns(*point) for point in seen)) for q in quarters]
    if len(trade_groups) > 1 and not cell.trades:
        return [Part(bounds, group) for group in trade_groups]
    return []


def split_cell(
    cell: CoverageGrid, parts: Sequence[Part], *, now: datetime, by: str, reason: str, **fields: Any
) -> list[CoverageGrid]:
    """End the work on a claimed cell by splitting it, and return its parts, due at once.

    All or nothing: a worker that dies in here leaves a cell that was never split. Raises LostClaim.
    """
    with transaction.atomic():
        claims.finish(
            SCRAPE,
            cell,
            CoverageGrid.Status.SPLIT,
            now=now,
            by=by,
            reason=reason,
            coverage=CoverageGrid.Coverage.UNKNOWN,
            coverage_reason="",
            cooldown_until=None,
            **fields,
        )
        faults.point("splitting")
        children = CoverageGrid.objects.bulk_create(
            CoverageGrid(
                territory_id=cell.territory_id,
                parent=cell,
                depth=cell.depth + 1,
                trades=part.trades,
                found=part.found,
                next_attempt_at=now,
                status_changed_at=now,
                **part.bounds._asdict(),
            )
            for part in parts
        )
        settle_ancestors(cell)
    return children
