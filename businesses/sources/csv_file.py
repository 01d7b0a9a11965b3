"""Businesses from a CSV file: a list that the agency was given or keeps itself.

Columns are known by their usual names, and by settings.CSV_COLUMNS where they have others. A row that cannot be
taken is refused with its line and its reason; the rest of the file goes on.
"""

import hashlib
import json
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from businesses.sources.base import CellAnswer, Listing, OperatingStatus, ParsedCell, Rectangle, Refusal
from businesses.sources.csv_headers import HEADERS
from businesses.sources.csv_rows import CsvRows, Row
from businesses.sources.reading import (
    as_count,
    as_number,
    as_object,
    as_objects,
    as_rating,
    as_raw,
    as_text,
    read_object,
    why_not_on_map,
)
from businesses.sources.trade_names import category_of_name
from pipeline.errors import BadData
from pipeline.http import Fetcher
from pipeline.tables import read_cell

FIELDS: Final = tuple(HEADERS)
NEEDED: Final = ("name", "lat", "lon")
_NOT_TOLD: Final = frozenset({"-", "--", "n/a", "na", "none", "null", "nan", "unknown", "?"})
_CLOSED: Final[dict[str, OperatingStatus]] = {
    "closed": "closed",
    "permanently_closed": "closed",
    "closed_permanently": "closed",
    "temporarily_closed": "temporarily_closed",
    "closed_temporarily": "temporarily_closed",
    "open": "open",
    "operational": "open",
    "active": "open",
}
_NOT_KNOWN: Final = frozenset({"unknown", "?"})  # as a status: the list says that it does not know
_WORLD: Final = Rectangle(-90, -180, 90, 180)
_OF_AN_ID: Final = ("id", "name", "street", "housenumber")
_MOST_REFUSED: Final = 1000  # are told one by one, the rest as a number
_LARGEST_ANSWER: Final = 32 * 1024 * 1024  # characters; more is cut, and the cell is split


class CsvFile:
    """The file is settings.CSV_FILE, looked at when it is needed; a path may be given instead.

    columns: our field to the header that stands for it, where a person has said so. prefix: what the ids of its rows
    begin with, so that those of two lists never meet.
    """

    name = "csv_file"
    title = "the agency's own list"
    cap: int | None = 10_000
    attribution_url = ""
    cost_per_call = Decimal(0)
    trade_groups: tuple[str, ...] = ()
    smallest_edge = 100.0
    calls_budget = ""
    money_budget = ""
    suffixes: tuple[str, ...] = ()

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        cap: int | None = None,
        columns: Mapping[str, str] | None = None,
        prefix: str = "",
    ) -> None:
        self._path = path
        self._columns = columns
        self._prefix = prefix
        self.cap = cap or self.cap
        self.licence: str = settings.CSV_LICENCE
        self.attribution: str = settings.CSV_ATTRIBUTION

    def check_ready(self) -> None:
        self._rows()

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        rows, columns = self._rows()
        answer = _Selection(cell, categories, columns, rows.header, self.cap or 0)
        for row in rows:
            answer.take(row)
            if answer.cut:
                break
        body = answer.as_json()
        age = datetime.fromtimestamp(self._file().stat().st_mtime, UTC)
        return CellAnswer(body=body, calls=1, cost=Decimal(0), data_timestamp=age)

    def look_through(self, *, patience: float = inf) -> Iterator[tuple[Refusal | None, float, float]]:
        """Every row of the file in turn: why it would be refused, and where it lies (degrees; nan for nowhere).

        After `patience` seconds only its place is looked at, no longer its name and whether it is there twice.
        Raises BadData like `search`.
        """
        rows, columns = self._rows()
        look = _Look(columns, rows.header)
        lines: dict[int, int] = {}
        ends = time.monotonic() + patience
        for row in rows:
            look.take(row)
            if look.refused is None and isinstance(row, Row) and time.monotonic() < ends:
                told = {field: _told(look.value(row, field)) for field in _OF_AN_ID}
                source_id = self._prefix + _id_of(told, *look.at)
                first = lines.setdefault(hash(source_id), row.line)
                seen = {} if first == row.line else {source_id: first}
                if reason := _why_not(told, source_id, seen):
                    look.refused = Refusal(f"line {row.line}", reason, as_text(", ".join(row.values)[:200]))
            yield look.refused, *look.at

    def _prefixed(self, own_id: str) -> str:
        return self._prefix + own_id if own_id else ""

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        answer = read_object(body, self.title)
        if not isinstance(answer.get("rows"), list):
            raise BadData("The stored answer of the list holds no rows")
        columns = {str(ours): str(theirs) for ours, theirs in as_object(answer.get("columns")).items()}
        listings: dict[str, Listing] = {}
        lines: dict[str, int] = {}
        refused = [
            Refusal(
                as_text(one.get("place")),
                as_text(one.get("reason")),
                as_text(one.get("excerpt")),
                self._prefixed(as_text(one.get("id"))),
            )
            for one in as_objects(answer.get("refused"))
        ]
        outside = 0
        for row in as_objects(answer["rows"]):
            line, values = as_count(row.get("line")) or 0, as_object(row.get("values"))
            told = {ours: _told(values.get(theirs)) for ours, theirs in columns.items()}
            lat, lon = as_number(told.get("lat")), as_number(told.get("lon"))
            source_id = self._prefix + _id_of(told, lat, lon)
            if reason := why_not_on_map(lat, lon) or _why_not(told, source_id, lines):
                known = source_id if source_id in lines else self._prefixed(told.get("id", ""))
                refused.append(Refusal(f"line {line}", reason, _excerpt(values), known))
            elif cell.contains(lat, lon):
                lines[source_id] = line
                status = as_text(values.get(columns["status"])) if "status" in columns else ""
                listings[source_id] = _listing(told, values, source_id, lat, lon, status)
            else:
                outside += 1
        cut = bool(answer.get("cut"))
        return ParsedCell(
            listings=tuple(listings.values()),
            outside=outside,
            complete=not cut,
            saturated=cut,
            reason="There are more rows than one answer takes" if cut else "",
            refused=tuple(refused),
        )

    def web(self) -> Fetcher | None:
        return None

    def _file(self) -> Path:
        path = self._path or settings.CSV_FILE
        if not path:
            raise BadData(
                "No list is set. Import one under Leads, or put the path of a CSV file into CSV_FILE"
            )
        return Path(path)

    def _rows(self) -> tuple[CsvRows, dict[str, str]]:
        path = self._file()
        if self._columns is not None and not path.is_file():
            raise BadData(
                f"The file of this list is gone ({path}). Import the list again on the territory's page"
            )
        if not path.is_file():
            raise BadData(f"The file {path} does not exist. CSV_FILE must name a CSV file with a header")
        rows = CsvRows(path)
        if self._columns is not None:
            return rows, _checked(path, rows.header, dict(self._columns))
        columns = guess_columns(rows.header) | read_columns(settings.CSV_COLUMNS)
        return rows, _checked(path, rows.header, columns)


def read_columns(text: str) -> dict[str, str]:
    """Our field to their header, as CSV_COLUMNS says: name=Company;lat=Latitude. Raises BadData."""
    columns = {}
    for part in filter(str.strip, text.split(";")):
        ours, _, theirs = (piece.strip() for piece in part.partition("="))
        if ours not in FIELDS or not theirs:
            raise BadData(
                f"CSV_COLUMNS does not understand {part.strip()!r}. Write field=header, separated by semicolons; "
                f"the fields are {', '.join(FIELDS)}"
            )
        columns[ours] = theirs
    return columns


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Our field to the header that stands for it by its name, as far as there is one."""
    known = {_folded(name): name for name in reversed(header)}
    found = {ours: next((known[name] for name in usual.split() if name in known), "")
             for ours, usual in HEADERS.items()}  # fmt: skip
    return {ours: theirs for ours, theirs in found.items() if theirs}


def _folded(name: str) -> str:
    """The header in plain letters: "Länge (WGS 84)" is lange_wgs_84."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _checked(path: Path, header: tuple[str, ...], columns: dict[str, str]) -> dict[str, str]:
    """The same columns. Raises BadData where the header lacks one of them, or they one that is needed."""
    missing = [ours for ours in NEEDED if ours not in columns]
    missing += [ours for ours, theirs in columns.items() if theirs not in header]
    if missing:
        there = ", ".join(header)[:200]
        raise BadData(
            f"{path} has no column for {', '.join(missing)}; its columns are {there}. "
            f"Name it in CSV_COLUMNS, such as {missing[0]}={header[0][:40]}"
        )
    if repeated := next((theirs for theirs in columns.values() if header.count(theirs) > 1), ""):
        raise BadData(
            f"{path} has more than one column {repeated}: nobody can tell which is meant. Rename the others"
        )
    return columns


class _Selection:
    """What of a file an answer holds: the rows of a cell and of its trades, and what could not be placed."""

    def __init__(
        self,
        cell: Rectangle,
        categories: tuple[str, ...],
        columns: Mapping[str, str],
        header: tuple[str, ...],
        cap: int,
    ) -> None:
        self._cell = cell
        self._categories = categories
        self._columns = columns
        self._header = header
        self._cap = cap
        self._at = {ours: header.index(theirs) for ours, theirs in columns.items()}
        self._rows: list[dict[str, Any]] = []
        self._refused: list[dict[str, str]] = []
        self._more_refused = 0
        self._size = 0
        self.cut = False

    def take(self, row: Row | Refusal) -> None:
        if isinstance(row, Refusal):
            self._refuse(row.place, row.reason, row.excerpt)
            return
        place = f"line {row.line}"
        if len(row.values) > len(self._header):
            reason = f"It has {len(row.values)} fields, the header has {len(self._header)}"
            self._refuse(place, reason, ", ".join(row.values))
            return
        lat, lon = self._point_of(row)
        if reason := why_not_on_map(lat, lon) or self._why_elsewhere(lat, lon):
            self._refuse(place, reason, ", ".join(row.values), source_id=_told(self._value(row, "id")))
        elif self._is_near(lat, lon) and self._is_asked_for(row):
            self._keep(row)

    def _point_of(self, row: Row) -> tuple[float, float]:
        try:  # as most rows have them: a file may hold millions
            lat, lon = float(row.values[self._at["lat"]]), float(row.values[self._at["lon"]])
        except (ValueError, IndexError):
            return as_number(self._value(row, "lat")), as_number(self._value(row, "lon"))
        return (lat, lon) if isfinite(lat) and isfinite(lon) else (nan, nan)

    def _value(self, row: Row, field: str) -> str:
        at = self._at.get(field, len(row.values))
        return row.values[at] if at < len(row.values) else ""

    def _is_near(self, lat: float, lon: float) -> bool:
        cell = self._cell
        return cell.south <= lat <= cell.north and cell.west <= lon <= cell.east

    def _why_elsewhere(self, lat: float, lon: float) -> str:
        if self._cell.contains(lon, lat) and not self._is_near(lat, lon):
            return f"Latitude {lat:g} and longitude {lon:g} are swapped"
        return ""

    def _is_asked_for(self, row: Row) -> bool:
        return not self._categories or category_of_name(self._value(row, "category")) in self._categories

    def _keep(self, row: Row) -> None:
        self._size += sum(map(len, row.values)) + 20 * len(row.values)
        if len(self._rows) >= self._cap or self._size > _LARGEST_ANSWER:
            self.cut = True
            return
        values = dict(zip(self._header, map(as_raw, row.values), strict=False))
        self._rows.append({"line": row.line, "values": values})

    def _refuse(self, place: str, reason: str, excerpt: str, *, source_id: str = "") -> None:
        if len(self._refused) >= _MOST_REFUSED:
            self._more_refused += 1
        else:
            told = {"place": place, "reason": reason, "excerpt": as_text(excerpt[:200])}
            self._refused.append(told | {"id": source_id})

    def as_json(self) -> str:
        if self._more_refused:
            told = {"place": "further lines", "reason": f"{self._more_refused} more could not be taken"}
            self._refused.append({**told, "excerpt": ""})
        answer = {
            "generator": "webmagic csv_file",
            "columns": self._columns,
            "cut": self.cut,
            "rows": self._rows,
            "refused": self._refused,
        }
        return json.dumps(answer, ensure_ascii=False)


class _Look(_Selection):
    """A selection of everything that keeps nothing but what became of the last row."""

    refused: Refusal | None = None
    at = (nan, nan)

    def __init__(self, columns: Mapping[str, str], header: tuple[str, ...]) -> None:
        super().__init__(_WORLD, (), columns, header, 0)

    def value(self, row: Row, field: str) -> str:
        return self._value(row, field)

    def _keep(self, row: Row) -> None:
        self.refused, self.at = None, self._point_of(row)

    def _refuse(self, place: str, reason: str, excerpt: str, *, source_id: str = "") -> None:
        self.refused, self.at = Refusal(place, reason, as_text(excerpt[:200]), source_id), (nan, nan)


def _told(value: Any) -> str:
    text = read_cell(as_text(value))  # as a table of ours writes it
    return "" if text.lower() in _NOT_TOLD else text


def _id_of(told: Mapping[str, str], lat: float, lon: float) -> str:
    """Its own id, or one that lasts as long as its name and its place do."""
    if told.get("id"):
        return told["id"]
    place = [told.get("name", "").casefold(), told.get("street", ""), told.get("housenumber", "")]
    return hashlib.sha256(json.dumps([*place, f"{lat:.5f}", f"{lon:.5f}"]).encode()).hexdigest()[:24]


def _why_not(told: Mapping[str, str], source_id: str, lines: Mapping[str, int]) -> str:
    if not told.get("name"):
        return "It has no name"
    if len(source_id) > 120:
        return "Its id is longer than 120 characters"
    if source_id in lines:
        return f"It is the business of line {lines[source_id]} again"
    return ""


def _excerpt(values: Mapping[str, Any]) -> str:
    return ", ".join(map(as_text, values.values()))[:200]


def _listing(
    told: Mapping[str, str], values: Mapping[str, Any], source_id: str, lat: float, lon: float, status: str
) -> Listing:
    country, category = told.get("country", "").upper(), told.get("category", "")
    operating_status, words = _operating(status)
    return Listing(
        source_id=source_id,
        name=told["name"],
        lat=lat,
        lon=lon,
        category=category_of_name(category),
        raw_categories=(category,) if category else (),
        phones=_list_of(told.get("phone", ""), ";"),
        emails=_list_of(told.get("email", ""), r"[;,\s]"),
        websites=_list_of(told.get("website", ""), r"[;\s]"),
        socials={network: told[network] for network in ("facebook", "instagram") if told.get(network)},
        opening_hours=told.get("opening_hours", ""),
        street=told.get("street", ""),
        housenumber=told.get("housenumber", ""),
        city=told.get("city", ""),
        postcode=told.get("postcode", ""),
        region=told.get("region", ""),
        country=country if re.fullmatch("[A-Z]{2}", country) else "",
        brand=told.get("brand", ""),
        operating_status=operating_status,
        operating_words=words,
        rating=as_rating(told.get("rating")),
        review_count=as_count(told.get("review_count")),
        raw={**values, "name": told["name"]},
    )


def _list_of(text: str, between: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in re.split(between, text))))


def _operating(status: str) -> tuple[OperatingStatus, str]:
    """What a status says, and its words where they are not understood. A list that says nothing of it tells of
    businesses that are open, as a map does."""
    text = status.strip().lower()
    if text in _NOT_KNOWN:
        return "unknown", ""
    if text in _NOT_TOLD or not text:
        return "open", ""
    known = _CLOSED.get(re.sub(r"[^a-z]+", "_", text).strip("_"))
    return (known, "") if known else ("unknown", status.strip())
