"""Businesses from a server of the Overpass API, which answers questions about OpenStreetMap.

One query asks a cell for every trade. A time-out and a lack of memory come as 200 with a remark, a hung server
as 200 with a page: only JSON without such a remark is an answer.
"""

import json
import re
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from businesses.categories import osm_tags_of
from businesses.sources import osm
from businesses.sources.base import CellAnswer, ParsedCell, Rectangle
from businesses.sources.calling import Answer, call
from pipeline.errors import BadData, SourcePaused, Transient, Uncertain
from pipeline.http import Fetcher

_SERVER_SECONDS: Final = 60  # what the server may take
_SECONDS: Final = 180.0  # what we wait: it may hold a call back for 15 s first, and then it sends
_SERVER_MEMORY: Final = 128 * 1024 * 1024
_BUSY_SECONDS: Final = 60.0
_FREE_SLOTS: Final = re.compile(r"^(\d+) slots? available now", re.MULTILINE)
_NEXT_SLOT: Final = re.compile(r"^Slot available after: \S+, in (-?\d{1,6}) seconds", re.MULTILINE)


class Overpass:
    """The server is settings.OVERPASS_URL, looked at when it is needed; another may be given instead."""

    name = "overpass"
    title = "OpenStreetMap"
    cap: int | None = None
    licence = osm.LICENCE
    attribution = osm.ATTRIBUTION
    attribution_url = osm.ATTRIBUTION_URL
    cost_per_call = Decimal(0)
    trade_groups: tuple[str, ...] = ()
    smallest_edge = 500.0
    calls_budget = "overpass_calls"
    money_budget = ""
    suffixes: tuple[str, ...] = ()

    def __init__(self, url: str = "", *, max_bytes: int = 0) -> None:
        self._url = url or settings.OVERPASS_URL
        self._max_bytes = max_bytes or settings.OVERPASS_MAX_MB * 1024 * 1024

    def check_ready(self) -> None:
        if not self._url:
            raise BadData(
                "No map server is set. Put its address into OVERPASS_URL, such as "
                "https://overpass-api.de/api/interpreter"
            )

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        self.check_ready()
        if categories and not osm_tags_of(categories):
            raise BadData(f"No such trades: {', '.join(categories)}")
        answer = self._ask("POST", self._url, {"data": build_query(cell, categories)})
        body = self._whole(answer)
        elements = osm.load_answer(body)
        if categories and not osm.failure_of(elements):
            body = json.dumps(_only(elements, categories), ensure_ascii=False)
        return CellAnswer(
            body=body,
            calls=1,
            cost=Decimal(0),
            data_timestamp=osm.data_timestamp(osm.timestamp_of(elements)),
        )

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        return osm.parse_elements(body, cell)

    def web(self) -> Fetcher | None:
        return None

    def _ask(self, method: str, url: str, data: dict[str, str] | None = None) -> Answer:
        headers = {
            # The servers' rules ask for a name and a way to reach who asks.
            "User-Agent": f"WebMagic/1.0 ({settings.AGENCY_NAME}; {settings.MAIL_FROM})".encode(
                "ascii", "replace"
            ).decode(),
            "Accept": "application/json",
        }
        try:
            return call(method, url, headers=headers, data=data, max_bytes=self._max_bytes, seconds=_SECONDS)
        except Uncertain as error:  # a question may be asked again
            raise Transient(str(error)) from error

    def _whole(self, answer: Answer) -> str:
        """The text of an answer that is one. Raises what the failure means for the cell or the source."""
        if answer.status == 200:
            return self._text(answer)
        said = _said(answer.body)
        if answer.status == 429:
            wait = max(answer.retry_after or 0, self._seconds_to_slot())
            raise SourcePaused(self.name, "the server wants us to ask less often", retry_after=wait)
        if answer.status == 400:
            raise BadData(f"The map server does not understand the question: {said}")
        if answer.status >= 500 or answer.status == 408:
            if answer.retry_after is not None:  # it says itself when to come back: nothing has failed yet
                wait = max(answer.retry_after, _BUSY_SECONDS)
                raise SourcePaused(self.name, f"the server is busy ({answer.status})", retry_after=wait)
            raise Transient(f"The map server is busy ({answer.status}): {said}", retry_after=_BUSY_SECONDS)
        if answer.status in (413, 414):
            raise BadData(f"The map server does not take a question of this size ({answer.status})")
        raise SourcePaused(self.name, f"{self._url} answered {answer.status}: {said}. Is OVERPASS_URL right?")

    def _text(self, answer: Answer) -> str:
        if answer.too_large:
            # In the shape of the server's own refusals; what it sent is not kept.
            most = self._max_bytes // (1024 * 1024)
            remark = f"runtime error: the answer is too large: more than {most} MB (OVERPASS_MAX_MB)"
            return json.dumps({"generator": "webmagic overpass", "elements": [], "remark": remark})
        if answer.content_type != "application/json":
            raise Transient(f"The map server answered 200 with a page: {_said(answer.body)}")
        try:
            elements = osm.load_answer(answer.body)
        except BadData as error:
            raise Transient(f"The map server broke off its answer: {answer.body[-80:]!r}") from error
        remark = osm.failure_of(elements)
        if remark and not osm.is_too_big(remark):
            raise Transient(f"The map server failed: {remark}")
        return answer.body

    def _seconds_to_slot(self) -> float:
        """How long the server has nothing free for us, as it tells; a minute where it does not."""
        try:
            status = self._ask("GET", re.sub(r"/interpreter/?$", "/status", self._url)).body
        except Transient:
            return _BUSY_SECONDS
        if _FREE_SLOTS.search(status):
            return 1.0
        waits = [int(seconds) for seconds in _NEXT_SLOT.findall(status)]
        return float(max(min(waits), 1)) if waits else _BUSY_SECONDS


def build_query(cell: Rectangle, categories: tuple[str, ...]) -> str:
    """The question for a cell; with trades, one that is no narrower than they are."""
    bounds = ",".join(f"{degrees:.7f}" for degrees in (cell.south, cell.west, cell.north, cell.east))
    filters: tuple[str, ...] = osm.BUSINESS_FILTERS
    if categories:
        filters = tuple(
            f'["name"]["{key}"~"(^|;) *({"|".join(values)}) *(;|$)"]'
            for key, values in osm_tags_of(categories).items()
        )
    lines = "\n".join(f"  nwr{one};" for one in filters)
    head = f"[out:json][timeout:{_SERVER_SECONDS}][maxsize:{_SERVER_MEMORY}][bbox:{bounds}];"
    return f"{head}\n(\n{lines}\n);\nout center tags;\n"


def _only(answer: dict[str, Any], categories: tuple[str, ...]) -> dict[str, Any]:
    """The same answer without what the question brought beside the trades; what cannot be read stays."""
    elements = [
        element
        for element in answer["elements"]
        if not isinstance(element, dict)
        or not isinstance(tags := element.get("tags"), dict)
        or osm.is_wanted({str(key): str(value) for key, value in tags.items()}, categories)
    ]
    return answer | {"elements": elements}


def _said(page: str) -> str:
    """The error of a page, without its markup."""
    text = re.sub(r"<[^>]{0,500}>", " ", page[:20_000].partition("<body>")[2] or page[:20_000])
    found = re.search(r"(?:runtime|parse|static) error: .{0,200}", text, re.DOTALL)
    return " ".join((found[0] if found else text).split())[:200]
