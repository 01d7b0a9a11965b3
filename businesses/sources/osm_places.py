"""The businesses of a map file, found once and kept in a file of their own, sorted by place.

A map file can only be read from its beginning to its end, and businesses are a hundredth of it: every cell would
cost as much as the whole file. Kept under VAR_DIR/maps, for as long as the map file stays as it is.
"""

import fcntl
import hashlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson
import osmium
from django.conf import settings
from osmium.filter import KeyFilter
from osmium.osm import NODE, WAY, osm_entity_bits

from businesses.sources import osm
from businesses.sources.base import Rectangle
from pipeline.errors import Transient

type Point = tuple[float, float]  # lat, lon

_KEYS: Final = ("shop", "craft", "office", "amenity", "tourism", "leisure")
# What is kept, and how: a file of another choice or another shape is another file.
_KIND: Final = repr((1, osm.BUSINESS_FILTERS))
_FIRST: Final = (
    "PRAGMA journal_mode = OFF",  # it is made whole or not at all, and then renamed
    "PRAGMA synchronous = OFF",
    "BEGIN",
    "CREATE TABLE point (id INTEGER PRIMARY KEY, lat REAL, lon REAL, element TEXT)",
    "CREATE TABLE shape (id INTEGER, kind TEXT, south REAL, west REAL, north REAL, east REAL, lines TEXT,"
    " element TEXT)",
)
_AT_ONCE: Final = 1000


def places_in(path: Path, cell: Rectangle) -> Iterator[str]:
    """Every business that touches the cell or has its centre in it, as an Overpass element in JSON: nodes, ways,
    relations, each by id.

    Raises RuntimeError, OSError or ValueError where the map file cannot be read, Transient where there is no room
    to keep what is in it.
    """
    try:
        with closing(sqlite3.connect(_kept(path))) as kept:
            box = (cell.south, cell.north, cell.west, cell.east)
            # As Overpass sees a box, with all four borders; which cell owns a place is settled later.
            yield from _firsts(
                kept.execute(
                    "SELECT element FROM point WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ? ORDER BY id",
                    box,
                )
            )
            yield from _shapes_in(kept, cell, "way")
            yield from _shapes_in(kept, cell, "relation")
    except sqlite3.Error as error:
        raise Transient(f"The businesses of {path} cannot be kept in {_folder()} ({error})") from error


def _firsts(rows: Iterator[tuple[str]]) -> Iterator[str]:
    return (text for (text,) in rows)


def _shapes_in(kept: sqlite3.Connection, cell: Rectangle, kind: str) -> Iterator[str]:
    rows = kept.execute(
        "SELECT south, west, north, east, lines, element FROM shape "
        "WHERE kind = ? AND south <= ? AND north >= ? AND west <= ? AND east >= ? ORDER BY id",
        (kind, cell.north, cell.south, cell.east, cell.west),
    )
    for south, west, north, east, lines, element in rows:
        # An outline that runs round a whole cell touches it nowhere, and yet no other cell owns it.
        if cell.contains((south + north) / 2, (west + east) / 2) or any(
            _touches(line, cell) for line in orjson.loads(lines)
        ):
            yield element


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "maps"


def _kept(path: Path) -> Path:
    """The file with the businesses of a map file as it is now; made where there is none yet."""
    stat = path.stat()
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    state = hashlib.sha256(f"{stat.st_mtime_ns} {stat.st_size} {_KIND}".encode()).hexdigest()[:16]
    kept = _folder() / f"{name}-{state}.sqlite3"
    if kept.exists():
        return kept
    _folder().mkdir(parents=True, exist_ok=True)
    with (_folder() / f"{name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # of several workers one makes it and the others wait for that
        if not kept.exists():
            with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=_folder()) as made:
                _keep(path, Path(made))
                (Path(made) / "kept").replace(kept)
            for old in _folder().glob(f"{name}-*.sqlite3"):
                if old != kept:
                    old.unlink(missing_ok=True)
    return kept


def _keep(path: Path, folder: Path) -> None:
    """Memory grows with the outlines of businesses, not with the file."""
    lines = folder / "named.opl"
    _export(path, lines)
    with closing(sqlite3.connect(folder / "kept", isolation_level=None)) as kept:
        for statement in _FIRST:
            kept.execute(statement)
        outlines = _keep_points(kept, lines)
        kept.executemany("INSERT INTO shape VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _shapes(path, outlines))
        kept.execute("CREATE INDEX point_place ON point (lat, lon)")
        kept.execute("COMMIT")


def _export(path: Path, to: Path) -> None:
    """Write what has a name and one of the keys as lines of text: libosmium writes and Python splits these in a
    third of the time that it takes to hand over the tags one by one."""
    with osmium.SimpleWriter(osmium.io.File(str(to), "opl,add_metadata=false")) as writer:
        reader = osmium.io.Reader(osmium.io.File(str(path), "pbf"), osm_entity_bits.OBJECT)
        with closing(reader):
            osmium.apply(reader, KeyFilter("name"), KeyFilter(*_KEYS), writer)


type _Outline = tuple[str, int, dict[str, str], list[tuple[str, int]]]  # kind, id, tags, its nodes and ways


def _keep_points(kept: sqlite3.Connection, lines: Path) -> list[_Outline]:
    """Keep the businesses that are points; returns those that are not."""
    outlines: list[_Outline] = []
    rows: list[tuple[int, float, float, str]] = []
    with lines.open(encoding="utf-8", newline="\n") as text:
        for line in text:
            what, *fields = line.rstrip("\n").split(" ")
            parts = {field[:1]: field[1:] for field in fields}
            tags = _tags(parts["T"])
            if not osm.is_business(tags):
                continue
            osm_id = int(what[1:])
            if what[0] != "n":
                outlines.append((_LONG[what[0]], osm_id, tags, _members(parts)))
            elif parts["x"] and parts["y"]:
                lat, lon = float(parts["y"]), float(parts["x"])
                element = {"type": "node", "id": osm_id, "lat": lat, "lon": lon, "tags": tags}
                rows.append((osm_id, lat, lon, orjson.dumps(element).decode()))
                if len(rows) == _AT_ONCE:
                    kept.executemany("INSERT INTO point VALUES (?, ?, ?, ?)", rows)
                    rows.clear()
    kept.executemany("INSERT INTO point VALUES (?, ?, ?, ?)", rows)
    return outlines


_LONG: Final = {"w": "way", "r": "relation"}


def _tags(text: str) -> dict[str, str]:
    told = text.replace(",", "\0").replace("=", "\0")
    if "%" in told:
        pieces = told.split("%")  # every second one stands between two of them: the number of a character
        pieces[1::2] = map(_character, pieces[1::2])
        told = "".join(pieces)
    words = told.split("\0")  # a key, its value, a key, ...
    return dict(zip(words[::2], words[1::2], strict=True))


@lru_cache(maxsize=1024)
def _character(number: str) -> str:
    """What is written by its number. Control characters and half ones no database takes."""
    code = int(number, 16)
    return "" if code < 0x20 or 0xD800 <= code < 0xE000 else chr(code)


def _members(parts: dict[str, str]) -> list[tuple[str, int]]:
    """("n" or "w", id) of each: the nodes of a way, the members of a relation."""
    if nodes := parts.get("N"):
        return [("n", int(re.split("[xy]", node[1:], maxsplit=1)[0])) for node in nodes.split(",")]
    members = parts.get("M", "")
    return [(part[0], int(part[1:].partition("@")[0])) for part in members.split(",") if part]


def _shapes(path: Path, outlines: Sequence[_Outline]) -> Iterator[tuple[Any, ...]]:
    """The rows of what is no point: the box round every known point of its lines, as Overpass computes the centre.

    Parts that the extract does not hold are left out of it.
    """
    relations = [members for kind, _, _, members in outlines if kind == "relation"]
    wanted = {ref for members in relations for kind, ref in members if kind == "w"}
    ways = {o.id: [n.ref for n in o.nodes] for o in _by_id(path, WAY, wanted)}
    needed = {ref for nodes in ways.values() for ref in nodes}
    needed |= {ref for _, _, _, members in outlines for kind, ref in members if kind == "n"}
    points: dict[int, Point] = {
        o.id: (o.location.lat, o.location.lon) for o in _by_id(path, NODE, needed) if o.location.valid()
    }
    for kind, osm_id, tags, members in outlines:
        refs = [ref for of, ref in members if of == "n"]
        drawn = [refs] if kind == "way" else [[ref] for ref in refs]
        drawn += [ways[ref] for of, ref in members if of == "w" and ref in ways]
        lines = [[points[ref] for ref in line if ref in points] for line in drawn]
        known = [point for line in lines for point in line]
        if not known:
            continue
        lats, lons = [lat for lat, _ in known], [lon for _, lon in known]
        south, west, north, east = min(lats), min(lons), max(lats), max(lons)
        centre = {"lat": round((south + north) / 2, 7), "lon": round((west + east) / 2, 7)}
        element = {"type": kind, "id": osm_id, "center": centre, "tags": tags}
        texts = (orjson.dumps(each).decode() for each in (lines, element))
        yield osm_id, kind, south, west, north, east, *texts


def _by_id(path: Path, entity: osm_entity_bits, ids: set[int]) -> Iterator[Any]:
    # Not osmium's IdFilter: it is faster, but its bit field takes hundreds of MB for a handful of ids.
    if ids:
        for o in osmium.FileProcessor(osmium.io.File(str(path), "pbf"), entity):
            if o.id in ids:
                yield o


def _touches(line: Sequence[Point], cell: Rectangle) -> bool:
    """Whether a point of the line is in the cell or one of its segments runs through it."""
    if any(cell.south <= lat <= cell.north and cell.west <= lon <= cell.east for lat, lon in line):
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
