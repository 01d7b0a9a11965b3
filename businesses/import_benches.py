"""What the leads' own work costs: the import of a map extract, and how well a second map is matched with a first."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import osmium
from django.conf import settings
from django.db import connection, transaction
from osmium.osm import Box, Location
from osmium.osm.mutable import Node

from businesses import intake
from businesses.candidates import facts_of
from businesses.fetching import fetch_cell, rectangle_of
from businesses.listings import facts_of_listing
from businesses.matching import SAME_NAME, Facts, compare, pair_up
from businesses.models import Business, SourceRecord
from businesses.sources.base import Rectangle
from businesses.sources.osm_file import OsmFile
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench
from pipeline.runner import Run
from territories.coverage import add_territory
from territories.models import CoverageGrid

_REAL: Final = Path(settings.BASE_DIR).parent / "shared" / "data" / "osm"
TOWN_IN_TWO_YEARS: Final = (_REAL / "monaco-2021.osm.pbf", _REAL / "monaco-2023.osm.pbf")
TOWN: Final = Rectangle(43.72, 7.40, 43.76, 7.45)
FEW, MANY = 10_000, 100_000
A_CELL: Final = 10_000  # records of one answer

_TRADES: Final = (
    {"shop": "bakery"}, {"craft": "plumber"}, {"amenity": "restaurant", "cuisine": "pizza"}, {"shop": "florist"},
    {"office": "lawyer"}, {"tourism": "guest_house"}, {"shop": "hairdresser"}, {"amenity": "cafe"},
)  # fmt: skip
_WORDS: Final = (
    "Alder", "Brook", "Cedar", "Dune", "Élan", "Fern", "Granite", "Harbour", "Ivy", "Juniper", "Kestrel", "Linden",
    "Maple", "Nörd", "Orchard", "Pebble", "Quarry", "River", "Sable", "Thistle", "Umber", "Vale", "Willow", "Yarrow",
)  # fmt: skip
_AREAS: Final = (
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 "
    "253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 "
    "321 323 325 330 334 336 337 347 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 "
    "425 432 434 435 440 443 469 478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530"
).split()


@bench
def import_of_a_map(folder: Path) -> list[Figure]:
    """Store a made-up extract, cell by cell as workers do, beside a bare copy of the rows that this makes."""
    few = _import(_write_town(folder / "few.osm.pbf", FEW), workers=1)
    _forget()
    town = _write_town(folder / "many.osm.pbf", MANY)
    alone = _import(town, workers=1)
    floor = MANY / (_copy(folder) if connection.vendor == "postgresql" else _insert())
    _forget()
    pair = _import(town, workers=2)
    growth = alone.peak / few.peak
    return [
        _rate("two workers", MANY / pair.seconds, floor, goal=connection.vendor == "postgresql"),
        _rate("one worker", MANY / alone.seconds, floor, goal=False),
        _processor_time("two workers", pair, MANY),
        _processor_time("one worker", alone, MANY),
        Figure(
            f"peak memory of {MANY:,} records, of {FEW:,} the multiple",
            growth,
            "x",
            goal="at most 1.5",
            reached=growth <= 1.5,
        ),
    ]


def _processor_time(workers: str, imported: "_Imported", count: int) -> Figure:
    own, databases = (1e6 * seconds / count for seconds in (imported.own_seconds, imported.database_seconds))
    parts = f" ({own:.0f} its own, {databases:.0f} the database's)" if databases else ""
    return Figure(f"processor time of a record with {workers}{parts}", own + databases, "us")


def _rate(workers: str, rate: float, floor: float, *, goal: bool) -> Figure:
    return Figure(
        f"map records imported by {workers}: read, kept raw, parsed, stored, merged",
        rate,
        "/s",
        "the same rows copied bare" if connection.vendor == "postgresql" else "the same rows inserted bare",
        floor,
        goal="5,000 a second" if goal else "",
        reached=rate >= 5_000 if goal else None,
    )


@bench
def matching_of_two_years(folder: Path) -> list[Figure]:
    """Match a real town with itself two years later as if a second source told of it; nothing where it is absent."""
    if not all(path.exists() for path in TOWN_IN_TWO_YEARS):
        return []
    precision, recall = match_of_two_years(*TOWN_IN_TWO_YEARS, TOWN, country="MC")
    return [
        Figure("matches that are right", precision, "", goal="0.99", reached=precision >= 0.99),
        Figure("businesses found again", recall, "", goal="0.96", reached=recall >= 0.96),
    ]


def match_of_two_years(before: Path, after: Path, town: Rectangle, *, country: str) -> tuple[float, float]:
    """Return precision and recall of matching without ids, judged by them.

    An id that is there in both years is one business. Where neither id of a pair is there in the other year, the
    same name within 60 m is a place that was drawn again.
    """
    old, new = (_facts_in(path, town, country=country) for path in (before, after))
    matches = (
        (match, new_id, old_id)
        for new_id, record in new.items()
        for old_id, business in old.items()
        if (match := compare(record, business, is_same_source=False))
    )
    given = pair_up(matches)
    right = {new_id for new_id, (old_id, _) in given.items() if new_id == old_id}
    drawn_again = {
        new_id
        for new_id, (old_id, match) in given.items()
        if new_id not in old and old_id not in new and match.score >= SAME_NAME and match.metres <= 60
    }
    return len(right | drawn_again) / len(given), len(right) / len(old.keys() & new.keys())


def _facts_in(path: Path, town: Rectangle, *, country: str) -> dict[str, Facts]:
    source = OsmFile(path)
    told = {
        listing.source_id: facts_of_listing(listing, source, territory_country=country)
        for listing in source.parse(source.search(town, categories=()).body, town).listings
    }
    return {key: replace(facts_of("", "", each), ids=frozenset()) for key, each in told.items()}


@dataclass(frozen=True)
class _Imported:
    """seconds: from the word to the last row. own_seconds, database_seconds: processor time of all workers and of
    the processes that serve them. peak: of one worker, in kB."""

    seconds: float
    own_seconds: float
    database_seconds: float
    peak: int


def _import(town: "_Town", *, workers: int) -> _Imported:
    """Have the extract stored by so many processes; what they take to start is not counted."""
    territory = add_territory(
        f"Bench {town.count} {workers}", south=town.south, west=town.west, north=town.north, east=town.east,
        source="sample", country="US", now=SYSTEM_CLOCK.now(),
    )  # fmt: skip
    cells = [
        CoverageGrid.objects.create(
            territory=territory, depth=1,
            south=rectangle.south, west=rectangle.west, north=rectangle.north, east=rectangle.east,
        ).pk
        for rectangle in town.cells()
    ]  # fmt: skip
    shares = [cells[n::workers] for n in range(workers)]
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(  # noqa: S603  # ourselves
                    [sys.executable, "-c", _WORKER, str(town.path), *map(str, share)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR,
                )
            )
            for share in shares
        ]  # fmt: skip
        for worker in running:
            _line_of(worker)
        begun = time.perf_counter()
        for worker in running:
            if worker.stdin:
                worker.stdin.write("begin\n")
                worker.stdin.flush()
        told = [_line_of(worker).split() for worker in running]
        seconds = time.perf_counter() - begun
    stored = SourceRecord.objects.filter(grid__territory=territory).count()
    if stored != town.count:
        raise RuntimeError(f"{stored} records were stored of {town.count}")
    own, databases, peaks = zip(*told, strict=True)
    return _Imported(seconds, sum(map(float, own)), sum(map(float, databases)), max(map(int, peaks)))


_WORKER: Final = (
    "import django, sys; django.setup(); from businesses import import_benches as b; b.work(sys.argv[1:])"
)


def _line_of(worker: "subprocess.Popen[str]") -> str:
    line = worker.stdout.readline() if worker.stdout else ""
    if not line:
        raise RuntimeError("A worker of the measurement ended before its work was done")
    return line


def work(arguments: list[str]) -> None:
    """What one worker does, a process of its own: the cells (keys) of an extract (path), after a word to begin.

    Prints the processor time in seconds that it took and that the database took for it, and its peak memory in kB.
    """
    path, *cells = arguments
    source = OsmFile(path)
    run = Run(by="bench")
    connection.ensure_connection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    begun, served = time.process_time(), _database_seconds()
    for key in cells:
        cell = CoverageGrid.objects.select_related("territory").get(pk=key)
        parsed = source.parse(fetch_cell(cell, source, run).body, rectangle_of(cell))
        with transaction.atomic():
            intake.store_listings(
                cell, source, parsed.listings, now=SYSTEM_CLOCK.now(), by="bench", whole=rectangle_of(cell)
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(f"{time.process_time() - begun} {_database_seconds() - served} {peak}\n")


def _database_seconds() -> float:
    """Processor time in seconds of the process that serves this connection; 0 where there is none or it is not on
    this machine."""
    if connection.vendor != "postgresql" or not connection.get_connection_params().get("host", "").startswith(
        "/"
    ):
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _forget() -> None:
    """Empty the tables; row by row it would take longer than all that is measured."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(_TABLES)} CASCADE")
            return
        for table in reversed(_TABLES):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608


@dataclass(frozen=True)
class _Town:
    """A made-up town in an extract: rows of cells from west to east, A_CELL records in each."""

    path: Path
    count: int
    south: float = 44.0
    west: float = -73.0
    edge: float = 0.1  # degrees of one cell; A_CELL records in it are the density of a town centre

    @property
    def north(self) -> float:
        return self.south + self.edge

    @property
    def east(self) -> float:
        return self.west + self.edge * (self.count // A_CELL)

    def cells(self) -> Iterator[Rectangle]:
        for n in range(self.count // A_CELL):
            west = self.west + n * self.edge
            yield Rectangle(self.south, west, self.north, west + self.edge)


def _write_town(path: Path, count: int) -> _Town:
    """Write the extract: every second business has a phone number, every fourth a website, every fifth a mailbox."""
    town = _Town(path, count)
    header = osmium.io.Header()
    header.add_box(Box(town.west, town.south, town.east, town.north))
    across = 100
    step = town.edge / across
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for n in range(count):
            cell, place = divmod(n, A_CELL)
            row, column = divmod(place, across)
            lon = town.west + cell * town.edge + (column + 0.5) * step
            at = Location(lon, town.south + (row + 0.5) * step)
            writer.add_node(Node(id=n + 1, location=at, tags=_tags(n)))
    return town


def _tags(n: int) -> dict[str, str]:
    name = f"{_WORDS[n % 24]} {_WORDS[n // 24 % 23]} {n // 7 % 97}"
    tags = {
        "name": name,
        "addr:housenumber": str(n % 200 + 1),
        "addr:street": f"{_WORDS[n // 100 % 24]} Street",
        "addr:city": "Fernhill",
        "addr:postcode": f"{n % 900:05d}",
        "opening_hours": "Mo-Fr 09:00-18:00",
    }
    if n % 2:
        # The range kept for fiction, in every area.
        tags["phone"] = f"+1 {_AREAS[n // 100 % len(_AREAS)]} 555 01{n % 100:02d}"
    if n % 4 == 0:
        tags["website"] = f"www.shop{n}.example/"
    if n % 5 == 0:
        tags["email"] = f"info@shop{n}.example"
    return tags | _TRADES[n % len(_TRADES)]


_TABLES: Final = (Business._meta.db_table, SourceRecord._meta.db_table)


def _copy(folder: Path) -> float:
    """Seconds to COPY the stored rows into empty tables with the same columns, indexes and checks."""
    took = 0.0
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"CREATE TEMPORARY TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
            with (folder / table).open("w+b") as rows:
                cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
                rows.seek(0)
                begun = time.perf_counter()
                cursor.copy_expert(f"COPY bare_{table} FROM STDIN", rows)
                took += time.perf_counter() - begun
            cursor.execute(f"DROP TABLE bare_{table}")
    return took


def _insert() -> float:
    """Seconds to insert the stored rows into empty tables with the same columns, by the driver alone."""
    took = 0.0
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"CREATE TEMPORARY TABLE bare AS SELECT * FROM {table} LIMIT 0")  # noqa: S608
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            marks = ", ".join(["%s"] * len(cursor.description))
            while rows := cursor.fetchmany(5000):
                took += _insert_rows(marks, rows)
            cursor.execute("DROP TABLE bare")
    return took


def _insert_rows(marks: str, rows: list[Any]) -> float:
    with connection.cursor() as cursor:
        begun = time.perf_counter()
        cursor.executemany(f"INSERT INTO bare VALUES ({marks})", rows)  # noqa: S608
        return time.perf_counter() - begun
