"""What every source of businesses promises, in plain values.

To add a source:

1. Write one module in this folder with a class that has the attributes and methods of `Source`.
   `search` makes the outside call and returns the raw answer as text, untouched: it is stored before
   anyone parses it, so that a crash in between costs nothing. `parse` is pure and turns that text into
   listings; it may be called again, years later, on the stored text.
2. Let failures leave `search` as the errors of `pipeline.errors`: Transient (try again later),
   SourcePaused (quota, credit, key), BadData (this cell cannot be answered, with the reason).
   A failure that looks like an empty answer is the worst of all: say `complete=False`.
3. Name it in the SOURCES setting by its dotted path and give the contract test in businesses/tests/
   one way to make it with a small answer. Nothing else changes.

Cells are half-open, [south, north) x [west, east), and own a business by its centre point: sources answer
with everything that touches the cell, `parse` keeps what the cell owns and counts the rest in `outside`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol, runtime_checkable

from pipeline.http import Fetcher

type OperatingStatus = Literal["open", "closed", "temporarily_closed", "unknown"]

_NOTHING_TOLD: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Degrees, half-open: the south and west borders belong to it, the north and east ones do not, except where
    the world ends."""

    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        if not all(isfinite(degrees) for degrees in (self.south, self.west, self.north, self.east)):
            raise ValueError("A rectangle needs four finite numbers: south, west, north, east")
        if not (-90 <= self.south < self.north <= 90 and -180 <= self.west < self.east <= 180):
            raise ValueError(
                f"Not a rectangle on the map: south {self.south}, west {self.west}, "
                f"north {self.north}, east {self.east}"
            )

    def contains(self, lat: float, lon: float) -> bool:
        return (self.south <= lat < self.north or lat == self.north == 90) and (
            self.west <= lon < self.east or lon == self.east == 180
        )

    def overlaps(self, other: "Rectangle") -> bool:
        return (
            self.south < other.north
            and other.south < self.north
            and self.west < other.east
            and other.west < self.east
        )

    def holds(self, other: "Rectangle") -> bool:
        """Whether no point of the other lies outside."""
        return (
            self.south <= other.south
            and other.north <= self.north
            and self.west <= other.west
            and other.east <= self.east
        )

    def common(self, other: "Rectangle") -> "Rectangle | None":
        """What lies in both; None where nothing does."""
        if not self.overlaps(other):
            return None
        return Rectangle(
            max(self.south, other.south),
            max(self.west, other.west),
            min(self.north, other.north),
            min(self.east, other.east),
        )


class Listing(NamedTuple):
    """One business as one source tells it; nothing is corrected here, "" and () mean "not told".

    source_id is unique and lasting within the source. category is a slug of businesses.categories or "".
    country is ISO 3166-1 alpha-2. operating_words is what it says of being open in words that are not understood.
    checked_on is the day (YYYY-MM-DD) on which somebody saw it alive.
    rating is 0 to 5. same_as are its ids elsewhere, "facebook:1234". licence is its own where it differs
    from the source's.
    raw is the source's own record, JSON-able, without NUL characters; raw["name"] is the name before any
    cleaning, which is what qualification judges.
    """

    source_id: str
    name: str
    lat: float
    lon: float
    category: str = ""
    raw_categories: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    websites: tuple[str, ...] = ()
    socials: Mapping[str, str] = _NOTHING_TOLD
    opening_hours: str = ""
    street: str = ""
    housenumber: str = ""
    city: str = ""
    postcode: str = ""
    region: str = ""
    country: str = ""
    brand: str = ""
    brand_wikidata: str = ""
    operating_status: OperatingStatus = "unknown"
    operating_words: str = ""
    checked_on: str = ""
    rating: float | None = None
    review_count: int | None = None
    same_as: tuple[str, ...] = ()
    licence: str = ""
    raw: Mapping[str, Any] = _NOTHING_TOLD


@dataclass(frozen=True, slots=True)
class CellAnswer:
    """The raw answer for one cell: body as it came, the calls made, what they cost, the age of the data."""

    body: str
    calls: int
    cost: Decimal
    data_timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record of an answer that cannot be taken. place: its id or line; excerpt: what it looked like.

    source_id is what the record would be known by, "" where that cannot be read: nothing is then known to be
    missing from the answer.
    """

    place: str
    reason: str
    excerpt: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class ParsedCell:
    """What a raw answer holds for a cell.

    outside counts what the answer holds and the cell does not own. complete=False means that the answer
    cannot be taken for everything there is, and reason says why. saturated means that the source cut its
    answer at its cap, or could not answer for so much at once, so the cell must be split. refused are
    records that were left out, each with its reason; they do not make a cell incomplete. covered: the part of the
    cell of which the answer holds everything, where that is not all of a complete cell or none of an incomplete one.
    """

    listings: tuple[Listing, ...]
    outside: int
    complete: bool
    saturated: bool
    reason: str = ""
    refused: tuple[Refusal, ...] = ()
    covered: Rectangle | None = None


class Source(Protocol):
    """title: what people call it, as it reads after "on" ("OpenStreetMap"). cap: most results of one call, None
    for no cap. trade_groups: the families of businesses.categories that it can be asked for one by one, as a
    second way to split a cell; () where it cannot. A group is asked for by its trades: `categories` holds
    trades_of(group). smallest_edge: metres below which a cell is not split any further.
    cost_per_call: USD, the most that one call or order costs. calls_budget, money_budget: names of the day
    budgets (settings.DAY_BUDGETS) that its calls and their cost draw from, "" for none. suffixes: the top-level
    names under which this source's businesses have their sites, for guessing; () leaves it to the country.
    """

    name: str
    title: str
    cap: int | None
    licence: str
    attribution: str
    attribution_url: str
    trade_groups: tuple[str, ...]
    smallest_edge: float
    cost_per_call: Decimal
    calls_budget: str
    money_budget: str
    suffixes: tuple[str, ...]

    def check_ready(self) -> None:
        """Raise BadData where the source cannot be asked as it is configured (no file, no key)."""
        ...

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        """Ask the outside for everything in the cell; categories () asks for all of them.

        Raises Transient, SourcePaused or BadData.
        """
        ...

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        """Read a stored answer. Pure. Raises BadData where the text is not an answer of this source."""
        ...

    def web(self) -> Fetcher | None:
        """The web that this source's businesses live in; None is the live one."""
        ...


@runtime_checkable
class OrderedSource(Source, Protocol):
    """A source that takes an order and answers it later; its `search` is never called.

    order: place it, paid or not; returns the reference to ask with. collect: the answer, None while it is
    not there yet. Both raise what `search` raises. order raises Uncertain where the order may have been placed
    although no answer came; collect raises BadData where the order has failed.
    """

    collect_after: float  # seconds to wait before asking, and between asking

    def order(self, cell: Rectangle, *, categories: tuple[str, ...]) -> str: ...

    def collect(self, reference: str) -> CellAnswer | None: ...
