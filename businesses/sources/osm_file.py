"""Businesses from a local .osm.pbf extract: real places with no network and no key.

It chooses what the project's Overpass query would choose for the same rectangle, and answers in the shape of
that server, so both are read by the same code.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import osmium
from django.conf import settings
from osmium.filter import KeyFilter
from osmium.osm import NODE, RELATION, WAY, osm_entity_bits

from businesses.sources import osm
from businesses.sources.base import CellAnswer, ParsedCell, Rectangle
from pipeline.errors import BadData
from pipeline.http import Fetcher

type Point = tuple[float, float]  # lat, lon

_KEYS: Final = ("shop", "craft", "office", "amenity", "tourism", "leisure")


class OsmFile:
    """The file is settings.OSM_FILE, looked at when it is needed; a path may be given instead."""

    name = "osm_file"
    title = "OpenStreetMap"
    cap: int | None = None
    licence = osm.LICENCE
    attribution = osm.ATTRIBUTION
    attribution_url = osm.ATTRIBUTION_URL
    cost_per_call = Decimal(0)
    trade_groups: tuple[str, ...] = ()
    smallest_edge = 0.0
    calls_budget = ""
    money_budget = ""
    suffixes: tuple[str, ...] = ()

    def __init__(self, path: str | Path | None = None) -> None:
        self._path = path

    def check_ready(self) -> None:
        check_file(self._file())

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        path = self._file()
        header = check_file(path)
        if header.bounds and not header.bounds.overlaps(cell):
            raise BadData(
                f"{path} covers {_spoken(header.bounds)}; the cell {_spoken(cell)} lies outside of it"
            )
        elements = _elements(path, cell, categories)
        answer = {
            "generator": "webmagic osm_file",
            "osm3s": {"timestamp_osm_base": header.timestamp, "copyright": osm.ATTRIBUTION},
            "elements": elements,
        }
        return CellAnswer(
            body=json.dumps(answer, ensure_ascii=False),
            calls=1,
            cost=Decimal(0),
            data_timestamp=osm.data_timestamp(header.timestamp),
        )

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        return osm.parse_elements(body, cell)

    def web(self) -> Fetcher | None:
        return None

    def _file(self) -> Path:
        path = self._path or settings.OSM_FILE
        if not path:
            raise BadData("No map file is set. Put the path of an .osm.pbf file into OSM_FILE")
        return Path(path)


@dataclass(frozen=True, slots=True)
class FileHeader:
    """bounds is None and timestamp "" where the file does not tell."""

    bounds: Rectangle | None
    timestamp: str


def check_file(path: str | Path) -> FileHeader:
    """Read a map file to its end, without keeping any of it, and return what its header says.

    About a second per 100 MB, once as long as the file stays as it is. Raises BadData with one clear sentence for
    a file that is missing, unreadable, of another kind or cut off. (A file cut exactly between two blocks is a
    whole, smaller file: nothing in the format tells.)
    """
    path = Path(path)
    if not path.is_file():
        raise BadData(f"The map file {path} does not exist. OSM_FILE must name an .osm.pbf file")
    stat = path.stat()
    return _read_through(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read_through(path: Path, changed_at: int, size: int) -> FileHeader:
    try:
        file = osmium.io.File(str(path), "pbf")
        # Every block is read and unpacked; changesets, which extracts never hold, are all that is handed out.
        for _ in osmium.FileProcessor(file, osm_entity_bits.CHANGESET):
            pass
        header = osmium.io.Reader(file, osm_entity_bits.NOTHING).header()
    except (RuntimeError, OSError) as error:
        raise BadData(_unreadable(path, error)) from error
    box = header.box()
    bounds = None
    if box.valid() and box.bottom_left.lat < box.top_right.lat and box.bottom_left.lon < box.top_right.lon:
        bounds = Rectangle(box.bottom_left.lat, box.bottom_left.lon, box.top_right.lat, box.top_right.lon)
    return FileHeader(bounds, header.get("osmosis_replication_timestamp"))


def _unreadable(path: Path, error: Exception) -> str:
    return f"The map file {path} cannot be read ({error}). It may be cut off or not an .osm.pbf file: get it again"


def _spoken(area: Rectangle) -> str:
    return f"{area.south:.4f},{area.west:.4f} to {area.north:.4f},{area.east:.4f}"


def _elements(path: Path, cell: Rectangle, categories: tuple[str, ...]) -> list[dict[str, Any]]:
    """Everything the query would return, as Overpass elements: nodes, ways, relations, each by id."""
    try:
        return _read(path, cell, partial(osm.is_wanted, categories=categories))
    except (RuntimeError, OSError) as error:
        raise BadData(_unreadable(path, error)) from error


def _read(path: Path, cell: Rectangle, is_wanted: Callable[[dict[str, str]], bool]) -> list[dict[str, Any]]:
    """Several passes instead of an index of all nodes: memory grows with the businesses, not with the file."""
    relations = [
        (o.id, tags, [(m.type, m.ref) for m in o.members])
        for o, tags in _tagged(path, RELATION)
        if is_wanted(tags)
    ]
    ways = {o.id: (tags, [n.ref for n in o.nodes]) for o, tags in _tagged(path, WAY) if is_wanted(tags)}
    member_ways = {ref for _, _, members in relations for kind, ref in members if kind == "w"}
    lines = {o.id: [n.ref for n in o.nodes] for o in _by_id(path, WAY, member_ways)}
    lines.update({way_id: nodes for way_id, (_, nodes) in ways.items()})
    needed = {ref for nodes in lines.values() for ref in nodes}
    needed |= {ref for _, _, members in relations for kind, ref in members if kind == "n"}
    points: dict[int, Point] = {
        o.id: (o.location.lat, o.location.lon) for o in _by_id(path, NODE, needed) if o.location.valid()
    }

    found = []
    for o in _with_a_key(path, NODE):
        at = o.location
        if at.valid() and _in_box((at.lat, at.lon), cell) and is_wanted(tags := _tags(o)):
            found.append({"type": "node", "id": o.id, "lat": at.lat, "lon": at.lon, "tags": tags})
    for way_id, (tags, nodes) in ways.items():
        shape = [[points[ref] for ref in nodes if ref in points]]
        found += _with_centre("way", way_id, tags, shape, cell)
    for relation_id, tags, members in relations:
        shape = [[points[ref]] for kind, ref in members if kind == "n" and ref in points]
        for kind, ref in members:
            if kind == "w" and ref in lines:
                shape.append([points[node] for node in lines[ref] if node in points])
        found += _with_centre("relation", relation_id, tags, shape, cell)
    order = {"node": 0, "way": 1, "relation": 2}
    return sorted(found, key=lambda element: (order[element["type"]], element["id"]))


def _tagged(path: Path, entity: osm_entity_bits) -> Iterator[tuple[Any, dict[str, str]]]:
    for o in _with_a_key(path, entity):
        yield o, _tags(o)


def _with_a_key(path: Path, entity: osm_entity_bits) -> Iterator[Any]:
    return iter(osmium.FileProcessor(osmium.io.File(str(path), "pbf"), entity).with_filter(KeyFilter(*_KEYS)))


def _tags(o: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in o.tags}


def _by_id(path: Path, entity: osm_entity_bits, ids: set[int]) -> Iterator[Any]:
    # Not osmium's IdFilter: it is faster, but its bit field takes hundreds of MB for a handful of ids.
    if ids:
        for o in osmium.FileProcessor(osmium.io.File(str(path), "pbf"), entity):
            if o.id in ids:
                yield o


def _with_centre(
    kind: str, osm_id: int, tags: dict[str, str], shape: list[list[Point]], cell: Rectangle
) -> list[dict[str, Any]]:
    """The element, if it touches the cell or has its centre in it; shape is one list of points per line.

    The centre is that of the box round every known point, as Overpass computes it. Parts that the extract
    does not hold are left out of it. The second condition is ours: an outline that runs round a whole cell
    touches it nowhere, and yet no other cell owns it.
    """
    known = [point for line in shape for point in line]
    if not known:
        return []
    lats, lons = [lat for lat, _ in known], [lon for _, lon in known]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    if not (cell.contains(lat, lon) or any(_touches(line, cell) for line in shape)):
        return []
    centre = {"lat": round(lat, 7), "lon": round(lon, 7)}
    return [{"type": kind, "id": osm_id, "center": centre, "tags": tags}]


def _in_box(point: Point, cell: Rectangle) -> bool:
    """As Overpass sees a box, with all four borders; which cell owns the point is settled later."""
    return cell.south <= point[0] <= cell.north and cell.west <= point[1] <= cell.east


def _touches(line: list[Point], cell: Rectangle) -> bool:
    """Whether a point of the line is in the cell or one of its segments runs through it."""
    if any(_in_box(point, cell) for point in line):
        return True
    return any(_runs_through(a, b, cell) for a, b in pairwise(line))


def _runs_through(a: Point, b: Point, cell: Rectangle) -> bool:
    """Liang-Barsky: shorten the segment at each border in turn; something is left if it runs through."""
    enter, leave = 0.0, 1.0
    for start, end, low, high in ((a[0], b[0], cell.south, cell.north), (a[1], b[1], cell.west, cell.east)):
        step = end - start
        if step == 0:
            if not low <= start <= high:
                return False
            continue
        first, last = sorted(((low - start) / step, (high - start) / step))
        enter, leave = max(enter, first), min(leave, last)
    return enter <= leave
