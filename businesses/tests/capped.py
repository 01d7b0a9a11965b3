"""A provider for tests and measurements: it knows every business of a place and shows at most so many of a cell.

Like the real ones it answers in pages of twenty, each a call, with what touches the cell's borders too, in an order
of its own, and says of nothing that it was left out.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zlib import crc32

from businesses.sources.base import CellAnswer, Listing, ParsedCell, Rectangle, Refusal
from pipeline.errors import BadData
from pipeline.http import Fetcher

PAGE = 20
SETTINGS = {"SOURCES": {"capped": "businesses.tests.capped.provider"}}


@dataclass(frozen=True)
class Place:
    """One business of the provider."""

    source_id: str
    lat: float
    lon: float
    name: str = ""
    category: str = "bakery"


@dataclass
class Capped:
    """The provider. `calls` counts pages, `asked` holds the cells and trades that it was asked for.

    `before_answer` is called with each question; what it raises, the call raises.
    """

    places: Iterable[Place]
    cap: int | None = 60
    smallest_edge: float = 100.0
    trade_groups: tuple[str, ...] = ()
    cost_per_call: Decimal = Decimal(0)
    calls_budget: str = ""
    money_budget: str = ""
    refuses: tuple[Refusal, ...] = ()
    incomplete: str = ""
    before_answer: Callable[[Rectangle], object] = lambda cell: None
    calls: int = 0
    asked: list[tuple[Rectangle, tuple[str, ...]]] = field(default_factory=list)

    name = "capped"
    title = "the capped map"
    licence = "CC0-1.0"
    attribution = "Made up"
    attribution_url = ""
    suffixes: tuple[str, ...] = ("example",)

    def __post_init__(self) -> None:
        self.know(self.places)

    def know(self, places: Iterable[Place]) -> None:
        """From now on, these are the businesses there are."""
        self._sorted = sorted(places, key=lambda place: place.lat)
        self._lats = [place.lat for place in self._sorted]

    def check_ready(self) -> None:
        """It always is."""

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        self.asked.append((cell, categories))
        self.before_answer(cell)
        body = self.answer(cell, categories)
        shown = len(json.loads(body)["places"])
        pages = shown // PAGE + 1
        if self.cap is not None:
            pages = min(pages, -(-self.cap // PAGE))
        self.calls += pages
        return CellAnswer(body, calls=pages, cost=pages * self.cost_per_call)

    def answer(self, cell: Rectangle, categories: tuple[str, ...]) -> str:
        """Return what it shows of the cell: the most prominent first, which is as good as any order."""
        near = self._sorted[bisect_left(self._lats, cell.south) : bisect_right(self._lats, cell.north)]
        touching = [
            place
            for place in near
            if cell.west <= place.lon <= cell.east and (not categories or place.category in categories)
        ]
        touching.sort(key=lambda place: crc32(place.source_id.encode()))
        rows = [[p.source_id, p.name or p.source_id, p.lat, p.lon, p.category] for p in touching[: self.cap]]
        return json.dumps({"places": rows})

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        try:
            rows = json.loads(body)["places"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadData("That is no answer of the capped map") from error
        listings = tuple(
            Listing(source_id, name, lat, lon, category=category, raw={"name": name})
            for source_id, name, lat, lon, category in rows
            if cell.contains(lat, lon)
        )
        return ParsedCell(
            listings,
            outside=len(rows) - len(listings),
            complete=not self.incomplete,
            saturated=self.cap is not None and len(rows) >= self.cap,
            reason=self.incomplete,
            refused=self.refuses,
        )

    def web(self) -> Fetcher | None:
        return None


@dataclass
class Ordered(Capped):
    """The same as a service that takes an order now and has its answer later: when it is asked `polls` times more.

    The order costs what `cost_per_call` says, of which `price` is kept when its answer is collected.
    """

    polls: int = 0
    price: Decimal = Decimal("0.01")
    orders: list[str] = field(default_factory=list)
    collected: list[str] = field(default_factory=list)
    collect_after: float = 30.0
    _answers: dict[str, str] = field(default_factory=dict)

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        raise AssertionError("It takes orders")

    def order(self, cell: Rectangle, *, categories: tuple[str, ...]) -> str:
        self.before_answer(cell)
        reference = f"order-{len(self.orders) + 1}"
        self.orders.append(reference)
        self._answers[reference] = self.answer(cell, categories)
        return reference

    def collect(self, reference: str) -> CellAnswer | None:
        self.collected.append(reference)
        if self.polls:
            self.polls -= 1
            return None
        return CellAnswer(self._answers[reference], calls=1, cost=self.price)


_current: Capped | None = None


def provider() -> Any:
    """Return the provider that is in use; the SOURCES setting names this function."""
    assert _current is not None
    return _current


@contextmanager
def in_use[P: Capped](source: P) -> Iterator[P]:
    """Let `source` be the source "capped" for a while."""
    global _current
    before, _current = _current, source
    try:
        yield source
    finally:
        _current = before
