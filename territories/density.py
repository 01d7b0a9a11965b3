"""How many businesses a place holds, from a file of counts per H3 cell: a prior, before anybody is asked.

The file is a CSV with the columns `h3,places` (any resolution, .gz or plain), such as those that are made from the
Overture places. It is read as a stream; memory does not grow with it.
"""

import csv
import gzip
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from math import cos, radians
from pathlib import Path
from typing import IO

import h3
from django.conf import settings

from territories.splitting import METRES_PER_DEGREE, Bounds

type Point = tuple[float, float]  # lat, lon

logger = logging.getLogger(__name__)


def count_places(bounds: Bounds) -> int | None:
    """Return about how many businesses lie in `bounds` by settings.DENSITY_FILE.

    None where no file is set, where it cannot be read, and where it tells nothing of the place: never 0.
    """
    if not settings.DENSITY_FILE:
        return None
    path = Path(settings.DENSITY_FILE)
    try:
        return _count(path, path.stat().st_mtime_ns, bounds)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        logger.warning("DENSITY_FILE %s cannot be read (%s); nothing is expected from it", path, error)
        return None


@lru_cache(maxsize=256)
def _count(path: Path, changed_at: int, bounds: Bounds) -> int | None:
    total, refused = 0.0, 0
    with _open(path) as file:
        rows = csv.reader(file)
        next(rows, None)  # the names of the columns
        for row in rows:
            try:
                cell, places = row[0], int(row[1])
                lat, lon = h3.cell_to_latlng(cell)
            except (IndexError, ValueError, h3.H3BaseException):
                refused += 1
                continue
            if places > 0 and _may_touch(lat, lon, h3.get_resolution(cell), bounds):
                total += places * _share_inside(cell, lon, bounds)
    if refused:
        logger.warning("DENSITY_FILE %s: %s rows are not a cell and a count", path, refused)
    return round(total) or None


@contextmanager
def _open(path: Path) -> Iterator[IO[str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield file
    else:
        with path.open(encoding="utf-8", newline="") as file:
            yield file


def _may_touch(lat: float, lon: float, resolution: int, bounds: Bounds) -> bool:
    """Tell quickly whether a cell with this centre is near enough to be looked at."""
    reach = 2 * _edge_in_degrees(resolution)
    if not bounds.south - reach <= lat <= bounds.north + reach:
        return False
    reach_east = reach / max(cos(radians(min(abs(lat) + reach, 90))), 0.001)
    return any(bounds.west - reach_east <= lon + turn <= bounds.east + reach_east for turn in (-360, 0, 360))


@lru_cache(maxsize=16)
def _edge_in_degrees(resolution: int) -> float:
    return float(h3.average_hexagon_edge_length(resolution, unit="m")) / METRES_PER_DEGREE


def _share_inside(cell: str, lon: float, bounds: Bounds) -> float:
    """Return the share of a cell's area, 0 to 1, that lies in `bounds`."""
    # Across the 180th meridian the corners jump by a full turn; they are laid beside the centre.
    corners = [(at, lon + (east - lon + 180) % 360 - 180) for at, east in h3.cell_to_boundary(cell)]
    whole = _area(corners)
    inside = sum(
        _area(_clipped([(at, east + turn) for at, east in corners], bounds)) for turn in (-360, 0, 360)
    )
    return min(inside / whole, 1.0) if whole else 0.0


def _clipped(corners: list[Point], bounds: Bounds) -> list[Point]:
    """Cut a convex shape along each border in turn (Sutherland and Hodgman)."""
    borders = ((0, bounds.south, 1), (0, bounds.north, -1), (1, bounds.west, 1), (1, bounds.east, -1))
    for axis, border, side in borders:
        kept: list[Point] = []
        for at, corner in enumerate(corners):
            before = corners[at - 1]
            is_in, was_in = (corner[axis] - border) * side >= 0, (before[axis] - border) * side >= 0
            if is_in != was_in:
                part = (border - before[axis]) / (corner[axis] - before[axis])
                kept.append(
                    (before[0] + part * (corner[0] - before[0]), before[1] + part * (corner[1] - before[1]))
                )
            if is_in:
                kept.append(corner)
        corners = kept
    return corners


def _area(corners: list[Point]) -> float:
    """Return the area in square degrees: good enough to compare two pieces of one small cell."""
    pairs = ((corners[at - 1], corner) for at, corner in enumerate(corners))
    return abs(sum(a[1] * b[0] - b[1] * a[0] for a, b in pairs)) / 2
