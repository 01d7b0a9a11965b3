"""Businesses from a local .osm.pbf extract: real places with no network and no key.

It chooses what the project's Overpass query would choose for the same rectangle, and answers in the shape of
that server, so both are read by the same code. A cell is complete where the file says that it covers all of it.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import orjson
import osmium
from django.conf import settings
from osmium.osm import osm_entity_bits

from businesses.sources import osm
from businesses.sources.base import CellAnswer, ParsedCell, Rectangle
from businesses.sources.extent import as_far_as, as_stored, read_bounds, spoken
from businesses.sources.osm_places import places_in
from pipeline.errors import BadData
from pipeline.http import Fetcher


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
                f"{path} covers {spoken(header.bounds)}; the cell {spoken(cell)} lies outside of it"
            )
        # Of the box alone: an extract of an outline holds less, and nothing in it tells.
        bounds = json.dumps(as_stored(header.bounds))
        head = {"timestamp_osm_base": header.timestamp, "copyright": osm.ATTRIBUTION}
        elements = ",\n".join(_places(path, cell, categories))
        return CellAnswer(
            body=f'{{"generator": "webmagic osm_file", "osm3s": {json.dumps(head)}, "bounds": {bounds}, '
            f'"elements": [{elements}]}}',
            calls=1,
            cost=Decimal(0),
            data_timestamp=osm.data_timestamp(header.timestamp),
        )

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        answer = osm.load_answer(body)
        bounds = read_bounds(answer.get("bounds"))
        return as_far_as(osm.read_elements(answer, cell), cell, bounds, file="The map file")

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


def _places(path: Path, cell: Rectangle, categories: tuple[str, ...]) -> list[str]:
    """Everything the query would return, as Overpass elements in JSON."""
    try:
        found = list(places_in(path, cell))
    except (RuntimeError, OSError, ValueError, IndexError) as error:
        raise BadData(_unreadable(path, error)) from error
    if not categories:
        return found
    return [text for text in found if osm.is_wanted(orjson.loads(text)["tags"], categories)]
