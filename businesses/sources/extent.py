"""How much of a cell a file proves: one that ends within the cell holds nothing beyond, whatever is there."""

from dataclasses import replace
from math import cos, radians
from typing import Any

from businesses.sources.base import ParsedCell, Rectangle

_METRES_A_DEGREE = 111_320.0


def as_stored(bounds: Rectangle | None) -> list[float] | None:
    """The bounds of a file as a stored answer keeps them: south, west, north, east."""
    return [bounds.south, bounds.west, bounds.north, bounds.east] if bounds else None


def read_bounds(stored: Any) -> Rectangle | None:
    """What `as_stored` wrote; None for anything else."""
    try:
        return Rectangle(*map(float, stored))
    except (TypeError, ValueError, OverflowError):
        return None


def spoken(area: Rectangle) -> str:
    return f"{area.south:.4f},{area.west:.4f} to {area.north:.4f},{area.east:.4f}"


def as_far_as(
    parsed: ParsedCell, cell: Rectangle, bounds: Rectangle | None, *, file: str, seam: float = 0.0
) -> ParsedCell:
    """Take an answer for no more than its file shows.

    bounds: what the file covers, None where it does not tell. file begins the reason. seam: metres beyond the
    bounds that are taken for empty; nothing that was known there is taken for gone.
    """
    if not parsed.complete:
        return parsed
    if bounds is None:
        reason = f"{file} does not say which area it covers: there may be more here than it holds"
        return replace(parsed, complete=False, reason=reason)
    if bounds.holds(cell):
        return parsed
    common = bounds.common(cell)
    if common and _grown(bounds, seam).holds(cell):
        return replace(parsed, covered=common)
    share = min(round(100 * _area(common) / _area(cell)), 99) if common else 0
    reason = f"{file} ends within this cell: it covers {spoken(bounds)}, which is {share} % of it"
    return replace(parsed, complete=False, reason=reason, covered=common)


def _area(of: Rectangle) -> float:
    return (of.north - of.south) * (of.east - of.west)


def _grown(bounds: Rectangle, metres: float) -> Rectangle:
    up = metres / _METRES_A_DEGREE
    north, south = min(bounds.north + up, 90.0), max(bounds.south - up, -90.0)
    across = up / max(cos(radians(max(abs(north), abs(south)))), 0.01)
    return Rectangle(south, max(bounds.west - across, -180.0), north, min(bounds.east + across, 180.0))
