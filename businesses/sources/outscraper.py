"""Businesses of Google Maps through the service Outscraper: paid by the record, ordered now and answered later.

Google's terms bind what may be done with its content; the source is off without a key of one's own.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NoReturn

from django.conf import settings

from businesses.categories import CATEGORIES, FAMILIES, trades_of
from businesses.sources.base import CellAnswer, Listing, OperatingStatus, ParsedCell, Rectangle, Refusal
from businesses.sources.calling import Answer, call
from businesses.sources.reading import (
    as_count,
    as_number,
    as_object,
    as_rating,
    as_text,
    read_object,
    why_not_on_map,
)
from businesses.sources.trade_names import category_of_names
from pipeline.errors import BadData, SourcePaused, Transient, Uncertain
from pipeline.http import Fetcher

_MOST_QUERIES: Final = 250  # of one order, by the service's own rule, as the next one
_MOST_PER_QUERY: Final = 400
_SECONDS: Final = 60.0
_LARGEST_ANSWER: Final = 32 * 1024 * 1024  # bytes
_PAUSE: Final = 60.0
_STATUS: Final[dict[str, OperatingStatus]] = {
    "operational": "open",
    "closed_temporarily": "temporarily_closed",
    "closed_permanently": "closed",
}
_SOCIALS: Final = ("facebook", "instagram", "twitter", "tiktok")
_CREDIT: Final = re.compile(r"credit|balance|payment|billing|api.?key|quota|subscri", re.IGNORECASE)


class Outscraper:
    """The service is settings.OUTSCRAPER_URL with OUTSCRAPER_API_KEY; others may be given instead.

    An order asks for one query a trade at the centre of the cell. Fewer than `cap` records come of all of its
    queries together, so that the most an order can cost is known before: the fewer trades, the more of each.
    A query that brings less than its share is exhausted. One that brings it all is cut off, and the cell is
    split where most of that lies in it; where not, the query has gone past the cell, and a smaller one would
    bring the same: then the cell stays incomplete.
    """

    name = "outscraper"
    title = "Google Maps"
    cap: int | None = 2000
    licence = "Google Maps content through Outscraper"
    attribution = "Google Maps, through Outscraper"
    attribution_url = "https://www.google.com/maps"
    trade_groups: tuple[str, ...] = FAMILIES
    smallest_edge = 1000.0
    calls_budget = "outscraper_calls"
    money_budget = "outscraper_usd"
    suffixes: tuple[str, ...] = ()
    collect_after = 10.0

    def __init__(self, url: str = "", key: str = "") -> None:
        self._url = url or settings.OUTSCRAPER_URL
        self._key = key or settings.OUTSCRAPER_API_KEY
        self._price = Decimal(settings.OUTSCRAPER_PRICE) / 1000  # USD a record
        self.cost_per_call = self._price * (self.cap or 0)

    def check_ready(self) -> None:
        if not self._key:
            raise BadData("No key for Outscraper is set. Put yours into OUTSCRAPER_API_KEY")

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        raise BadData("Outscraper takes orders: its answers are collected later")

    def order(self, cell: Rectangle, *, categories: tuple[str, ...]) -> str:
        self.check_ready()
        queries = _queries(categories)
        if not queries:
            raise BadData("None of these trades is one that is written to")
        share = min(max(((self.cap or 0) - 1) // len(queries), 1), _MOST_PER_QUERY)
        centre = f"{(cell.south + cell.north) / 2:.6f},{(cell.west + cell.east) / 2:.6f}"
        answer = self._call(
            "POST",
            "/google-maps-search",
            {
                "query": queries,
                "organizationsPerQueryLimit": share,
                "coordinates": centre,
                # Duplicates are dropped by us: a query that lost some would no longer look cut off.
                "dropDuplicates": False,
                "async": True,
                "language": "en",
            },
        )
        self._check_status(answer)
        if answer.status >= 500:
            raise Uncertain(f"Outscraper failed ({answer.status}) and may have taken the order")
        try:
            told = read_object(answer.body, "Outscraper")
        except BadData as error:
            raise Uncertain(f"Outscraper did not say whether it took the order: {error}") from error
        self._check_error(told)
        if answer.status >= 300:
            raise BadData(f"Outscraper refused the order ({answer.status}): {_said(told)}")
        reference = as_text(told.get("id"))
        if not re.fullmatch(r"[\w.-]{1,200}", reference):
            raise Uncertain("Outscraper took the order and gave it no id to ask with")
        return f"{share}:{reference}"

    def collect(self, reference: str) -> CellAnswer | None:
        share, _, request = reference.partition(":")
        try:
            answer = self._call("GET", f"/requests/{request}")
        except Uncertain as error:  # asking for an answer costs nothing
            raise Transient(str(error)) from error
        self._check_status(answer)
        if answer.status >= 500 and answer.retry_after is not None:
            self._pause(f"it failed ({answer.status})", answer)
        if answer.status >= 500:
            raise Transient(f"Outscraper failed ({answer.status})")
        if answer.status in (404, 410):
            raise BadData("Outscraper no longer has the answer: it keeps one for two hours")
        if answer.too_large:
            raise BadData(f"The answer of Outscraper is larger than {_LARGEST_ANSWER // 1024**2} MB")
        try:
            told = read_object(answer.body, "Outscraper")
        except BadData as error:
            raise Transient(f"Outscraper broke off its answer: {answer.body[-80:]!r}") from error
        self._check_error(told)
        if answer.status >= 300:
            raise BadData(f"Outscraper refused to answer ({answer.status}): {_said(told)}")
        status = as_text(told.get("status"))
        if status == "Pending":
            return None
        if status != "Success":
            raise BadData(f"The order failed at Outscraper: {status or 'no status'}. {_said(told)}".strip())
        if not isinstance(told.get("data"), list):
            # A number stands where the records should when nobody pays for them.
            raise SourcePaused(
                self.name, f"it answered with {as_text(told.get('data')) or 'nothing'!r}: no credit?"
            )
        records = sum(1 for _ in _records(told["data"]))
        # What was asked for stands round the answer as it came: only with it can be told what was cut off.
        body = f'{{"most_per_query": {int(share)}, "answer": {answer.body}}}'
        return CellAnswer(body=body, calls=1, cost=self._price * records)

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        stored = read_object(body, "Outscraper")
        data, most = as_object(stored.get("answer")).get("data"), as_count(stored.get("most_per_query"))
        if not isinstance(data, list) or not most:
            raise BadData("The stored answer of Outscraper holds no records")
        listings: dict[str, Listing] = {}
        refused: list[Refusal] = []
        outside = 0
        brought: Counter[Any] = Counter()
        in_cell: Counter[Any] = Counter()
        for number, (query, record) in enumerate(_records(data), start=1):
            brought[query] += 1
            lat, lon = as_number(record.get("latitude")), as_number(record.get("longitude"))
            if reason := _why_not(record, lat, lon):
                where = _id_of(record)[:120] or f"record {number}"
                refused.append(Refusal(where, reason, json.dumps(record)[:200], _id_of(record)))
            elif cell.contains(lat, lon):
                listing = _listing(record, lat, lon)
                listings[listing.source_id] = listing
                in_cell[query] += 1
            else:
                outside += 1
        full = [query for query, count in brought.items() if count >= most]
        is_cut = any(2 * in_cell[query] > brought[query] for query in full)
        reason = f"{len(full)} of its queries brought all that they may" if full else ""
        if outside and not listings:  # nothing shows that the service looked here at all
            reason = f"All {outside} records lie outside of the cell"
        return ParsedCell(
            listings=tuple(listings.values()),
            outside=outside,
            complete=not reason,
            saturated=is_cut,
            reason=reason,
            refused=tuple(refused),
        )

    def web(self) -> Fetcher | None:
        return None

    def _call(self, method: str, path: str, order: dict[str, Any] | None = None) -> Answer:
        headers = {"X-API-KEY": self._key, "Accept": "application/json"}
        return call(
            method, f"{self._url}{path}", headers=headers, json=order, max_bytes=_LARGEST_ANSWER, seconds=_SECONDS
        )  # fmt: skip

    def _check_status(self, answer: Answer) -> None:
        """Raise what stops the source for every cell, and what surely did not happen."""
        if answer.status in (401, 402, 403):
            why = {
                401: "the key is not known",
                402: "there is no credit left",
                403: "the key may not do this",
            }
            raise SourcePaused(self.name, why[answer.status])
        if answer.status == 429:
            self._pause("it wants us to ask less often", answer)
        if answer.status == 503:
            if answer.retry_after is not None:
                self._pause("it is busy (503)", answer)
            raise Transient("Outscraper is busy (503)")
        if 300 <= answer.status < 400:
            raise SourcePaused(self.name, f"it answered {answer.status}. Is OUTSCRAPER_URL right?")

    def _pause(self, why: str, answer: Answer) -> NoReturn:
        """Leave the service alone for as long as it says; that is no failure of what was asked."""
        raise SourcePaused(self.name, why, retry_after=answer.retry_after or _PAUSE)

    def _check_error(self, told: dict[str, Any]) -> None:
        """An error may come with any status, 200 among them."""
        if told.get("error"):
            said = _said(told)
            if _CREDIT.search(said):
                raise SourcePaused(self.name, said)
            raise BadData(f"Outscraper answered with an error: {said}")


def _queries(categories: tuple[str, ...]) -> list[str]:
    """One query a trade, in the words of the table; () asks for all that are written to."""
    slugs = categories or tuple(slug for family in FAMILIES for slug in trades_of(family))
    return [CATEGORIES[slug].name for slug in slugs if slug in CATEGORIES][:_MOST_QUERIES]


def _records(data: list[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Every record with the query that brought it, from both nestings: [[..], [..]] and [..]."""
    for number, item in enumerate(data):
        for record in item if isinstance(item, list) else [item]:
            if isinstance(record, dict):
                query = number if isinstance(item, list) else as_text(record.get("query"))
                yield query, record


def _said(told: dict[str, Any]) -> str:
    return as_text(told.get("errorMessage") or told.get("message") or told.get("error"))[:200]


def _id_of(record: dict[str, Any]) -> str:
    return as_text(record.get("place_id")) or as_text(record.get("google_id"))


def _why_not(record: dict[str, Any], lat: float, lon: float) -> str:
    if not 0 < len(_id_of(record)) <= 120:
        return "It has no id"
    return why_not_on_map(lat, lon) or ("" if as_text(record.get("name")) else "It has no name")


def _listing(record: dict[str, Any], lat: float, lon: float) -> Listing:
    kinds = [as_text(record.get("type")), as_text(record.get("category")), *_subtypes(record)]
    kinds = list(dict.fromkeys(filter(None, kinds)))
    country = as_text(record.get("country_code")).upper()
    same_as = [f"google:{as_text(record.get('google_id'))}"] if record.get("google_id") else []
    return Listing(
        source_id=_id_of(record),
        name=as_text(record.get("name")),
        lat=lat,
        lon=lon,
        category=category_of_names(kinds),
        raw_categories=tuple(kinds[:10]),
        phones=tuple(filter(None, [as_text(record.get("phone"))])),
        emails=tuple(filter(None, (as_text(record.get(f"email_{n}")) for n in range(1, 4)))),
        websites=tuple(filter(None, [as_text(record.get("website")) or as_text(record.get("site"))])),
        socials={key: as_text(record[key]) for key in _SOCIALS if as_text(record.get(key))},
        street=as_text(record.get("street")),
        city=as_text(record.get("city")),
        postcode=as_text(record.get("postal_code")),
        region=as_text(record.get("us_state")) or as_text(record.get("state")),
        country=country if re.fullmatch("[A-Z]{2}", country) else "",
        operating_status=_STATUS.get(as_text(record.get("business_status")).lower(), "unknown"),
        rating=as_rating(record.get("rating")),
        review_count=as_count(record.get("reviews")),
        same_as=tuple(same_as),
        raw={**record, "name": as_text(record.get("name"))},
    )


def _subtypes(record: dict[str, Any]) -> list[str]:
    """One text with commas; a list in some answers."""
    told = record.get("subtypes")
    parts = told if isinstance(told, list) else as_text(told).split(",")
    return [as_text(part) for part in parts]
