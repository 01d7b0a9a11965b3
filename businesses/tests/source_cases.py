"""Every source with a cell in which it finds a few bakeries and others, and with the failures that it can meet.

A new source adds a function to CASES; the contract in test_sources.py asks nothing else of it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from businesses.sources.base import CellAnswer, OrderedSource, Rectangle, Source
from businesses.sources.csv_file import CsvFile
from businesses.sources.osm_file import OsmFile
from businesses.sources.outscraper import Outscraper
from businesses.sources.overpass import Overpass
from businesses.sources.overture_file import OvertureFile
from businesses.sources.sample import BOUNDS, SampleTown
from businesses.tests import outscraper_server, overpass_server
from businesses.tests.extract import AREA, write_extract
from businesses.tests.loopback import Reply, serving
from businesses.tests.outscraper_server import KEY, Service, record, told
from businesses.tests.places_file import place, write_places

# Where businesses lie in the files and services made here: corner and border that belong to AREA, inside, and out.
INSIDE = [(10.05, 20.05), (10.00, 20.00), (10.06, 20.06), (10.0999, 20.0999)]
OUTSIDE = [(10.10, 20.05), (10.05, 20.10), (10.05, 20.20)]


@dataclass
class Case:
    """broken: what it is asked like when something is wrong with it, by the name of what is wrong."""

    source: Source
    cell: Rectangle
    unready: Source | None = None
    broken: dict[str, Callable[[], object]] = field(default_factory=dict)


def ask(source: Source, cell: Rectangle, categories: tuple[str, ...] = ()) -> CellAnswer:
    """The answer of any source, waited for where it is ordered."""
    if not isinstance(source, OrderedSource):
        return source.search(cell, categories=categories)
    reference = source.order(cell, categories=categories)
    for _ in range(5):
        if answer := source.collect(reference):
            return answer
    raise AssertionError("the order was never answered")


def asked_and_parsed(source: Source, cell: Rectangle) -> bool:
    """Whether the answer is taken for everything there is."""
    parsed = source.parse(ask(source, cell).body, cell)
    return parsed.complete and not parsed.saturated


@contextmanager
def sample(folder: Path) -> Iterator[Case]:
    yield Case(SampleTown(), BOUNDS)


@contextmanager
def osm_file(folder: Path) -> Iterator[Case]:
    extract = write_extract(folder / "town.osm.pbf")
    torn, none = folder / "torn.osm.pbf", folder / "none.osm.pbf"
    torn.write_bytes(extract.read_bytes()[:-40])
    yield Case(
        OsmFile(extract),
        AREA,
        unready=OsmFile(none),
        broken={
            "cut off": lambda: asked_and_parsed(OsmFile(torn), AREA),
            "not there": lambda: asked_and_parsed(OsmFile(none), AREA),
            "elsewhere": lambda: asked_and_parsed(OsmFile(extract), Rectangle(50, 50, 51, 51)),
        },
    )


OVERPASS_FAILURES = {
    "timed out": Reply(body=overpass_server.TIMED_OUT),
    "out of memory": Reply(body=overpass_server.OUT_OF_MEMORY),
    "another runtime error": Reply(body=overpass_server.OTHER_ERROR),
    "hung dispatcher": Reply(body=overpass_server.HUNG, content_type="text/html; charset=utf-8"),
    "a page that says it is JSON": Reply(body=overpass_server.HUNG),
    "truncated": Reply(body=overpass_server.answer([{"type": "node", "id": 1}])[:-30]),
    "broken off": Reply(body=b'{"elements": [', promised=5000),
    "nothing at all": Reply(body=b""),
    "no word": Reply(status=0),
    "query error": Reply(400, overpass_server.NOT_UNDERSTOOD, "text/html"),
    "too often": Reply(429, overpass_server.TOO_OFTEN, "text/html"),
    "too busy": Reply(504, overpass_server.TOO_BUSY, "text/html"),
    "moved": Reply(302, b"", "text/html", {"Location": "/elsewhere"}),
    "forbidden": Reply(403, b"Forbidden", "text/html"),
    "too large": Reply(body=(b" " * 65536 for _ in range(40))),
}


@contextmanager
def overpass(folder: Path) -> Iterator[Case]:
    stand_in = overpass_server.Overpass(write_extract(folder / "town.osm.pbf"))
    with overpass_server.overpass(stand_in) as (url, _):
        source = Overpass(url, max_bytes=2 * 1024 * 1024)

        def failing(reply: Reply) -> Callable[[], object]:
            def fail() -> object:
                stand_in.scripted = [reply]
                return asked_and_parsed(source, AREA)

            return fail

        broken = {name: failing(reply) for name, reply in OVERPASS_FAILURES.items()}
        broken["nobody there"] = lambda: asked_and_parsed(Overpass(unused_address()), AREA)
        yield Case(source, AREA, unready=Overpass(""), broken=broken)


@contextmanager
def overture_file(folder: Path) -> Iterator[Case]:
    places = [place(n, lat, lon) for n, (lat, lon) in enumerate([*INSIDE, *OUTSIDE])]
    places.append(place(20, 10.07, 20.07, categories={"primary": "florist"}, names={"primary": "Ana"}))
    path = write_places(folder / "places.parquet", places)
    torn, none = folder / "torn.parquet", folder / "none.parquet"
    torn.write_bytes(path.read_bytes()[:-100])
    yield Case(
        OvertureFile(path),
        AREA,
        unready=OvertureFile(none),
        broken={
            "cut off": lambda: asked_and_parsed(OvertureFile(torn), AREA),
            "not there": lambda: asked_and_parsed(OvertureFile(none), AREA),
            "elsewhere": lambda: asked_and_parsed(OvertureFile(path), Rectangle(50, 50, 51, 51)),
            "too many": lambda: asked_and_parsed(OvertureFile(path, cap=2), AREA),
        },
    )


@contextmanager
def csv_file(folder: Path) -> Iterator[Case]:
    rows = [f"Bakery {n},{lat},{lon},Bakery" for n, (lat, lon) in enumerate([*INSIDE, *OUTSIDE])]
    path = folder / "list.csv"
    path.write_text("\n".join(["name,lat,lon,category", *rows, "Ana,10.07,20.07,Florist"]))
    headless = folder / "headless.csv"
    headless.write_text("\n".join(rows))
    yield Case(
        CsvFile(path),
        AREA,
        unready=CsvFile(folder / "none.csv"),
        broken={
            "not there": lambda: asked_and_parsed(CsvFile(folder / "none.csv"), AREA),
            "without a header": lambda: asked_and_parsed(CsvFile(headless), AREA),
            "too many": lambda: asked_and_parsed(CsvFile(path, cap=2), AREA),
        },
    )


OUTSCRAPER_FAILURES: dict[str, list[Reply]] = {
    "no credit": [told(402, {"error": True, "errorMessage": "Payment required"})],
    "unknown key": [told(401, {"error": True, "errorMessage": "Invalid API key"})],
    "error in a good answer": [told(200, {"error": True, "errorMessage": "Internal trouble"})],
    "too often": [told(429, {"error": True, "errorMessage": "Slow down"})],
    "order broken off": [Reply(202, b'{"id": "or', promised=500)],
    "order without an id": [told(202, {"status": "Pending"})],
    "order lost": [Reply(status=0)],
    "order failed inside": [Reply(502, b"<html>", "text/html")],
    "answer broken off": [told(202, {"id": "o1"}), Reply(body=b'{"id": "o1", "data": [[{"name": ')],
    "answer too late": [told(202, {"id": "o1"}), told(404, {"error": True, "errorMessage": "Not found"})],
    "failed": [told(202, {"id": "o1"}), told(200, {"id": "o1", "status": "Failure"})],
    "a number": [told(202, {"id": "o1"}), told(200, {"id": "o1", "status": "Success", "data": 0})],
    "all elsewhere": [
        told(202, {"id": "o1"}),
        told(200, {"status": "Success", "data": [[record(1, "Far", "Bakery", 50.0, 50.0)]]}),
    ],
    "cut at its cap": [
        told(202, {"id": "o1"}),
        told(
            200, {"status": "Success", "data": [[record(n, "A", "Bakery", 10.05, 20.05) for n in range(400)]]}
        ),
    ],
}


@contextmanager
def outscraper(folder: Path) -> Iterator[Case]:
    places = [record(n, f"Bakery {n}", "Bakery", *at) for n, at in enumerate([*INSIDE, *OUTSIDE])]
    places.append(record(20, "Ana", "Florist", 10.07, 20.07, subtypes="Florist, Gift shop"))
    service = Service(places)
    with outscraper_server.outscraper(service) as server:
        source = Outscraper(server.url, KEY)

        def failing(replies: list[Reply]) -> Callable[[], object]:
            def fail() -> object:
                service.scripted = list(replies)
                return asked_and_parsed(source, AREA)

            return fail

        broken = {name: failing(replies) for name, replies in OUTSCRAPER_FAILURES.items()}
        yield Case(source, AREA, unready=Outscraper(server.url, ""), broken=broken)


def unused_address() -> str:
    """An address at which nobody listens any more."""
    with serving(lambda asked: Reply()) as server:
        return f"{server.url}/api/interpreter"


CASES: dict[str, Callable[[Path], Any]] = {
    "sample": sample,
    "osm_file": osm_file,
    "overpass": overpass,
    "overture_file": overture_file,
    "csv_file": csv_file,
    "outscraper": outscraper,
}


@contextmanager
def case_of(name: str, folder: Path) -> Iterator[Case]:
    with ExitStack() as stack:
        yield stack.enter_context(CASES[name](folder))
