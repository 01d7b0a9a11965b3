"""A made-up town that ships with the project: businesses, and the web they live in, with no network and no key.

Nothing in it is real: names are invented, phone numbers are from the range kept for fiction, every web and
mail domain ends in .example. Its answers have the shape of the Overpass API and are read by the same code;
its web is recorded in sample_town/web.json and sample_town/pages/, the domains that take mail in mail.json.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from businesses.categories import category_of_osm_tags
from businesses.sources import osm
from businesses.sources.base import CellAnswer, ParsedCell, Rectangle
from pipeline.http import Fetched, Fetcher, FetchFailed

TOWN: Final = "Alder Falls, Vermont"
COUNTRY: Final = "US"
BOUNDS: Final = Rectangle(44.06, -72.90, 44.09, -72.86)

_FOLDER: Final = Path(__file__).parent / "sample_town"
_MOST_REDIRECTS: Final = 5


class SampleTown:
    name = "sample"
    title = "the made-up map of the sample town"
    cap: int | None = None
    licence = "CC0-1.0"
    attribution = "Sample data, made up for WebMagic"
    attribution_url = ""
    cost_per_call = Decimal(0)
    trade_groups: tuple[str, ...] = ()
    smallest_edge = 0.0
    calls_budget = ""
    money_budget = ""
    suffixes: tuple[str, ...] = ("example",)

    def check_ready(self) -> None:
        """It always is."""

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        answer = _read_json("town.json")
        answer["elements"] = [
            element
            for element in answer["elements"]
            if _is_in(cell, element)
            and (not categories or category_of_osm_tags(element["tags"]) in categories)
        ]
        return CellAnswer(
            body=json.dumps(answer, ensure_ascii=False),
            calls=1,
            cost=Decimal(0),
            data_timestamp=osm.data_timestamp(answer["osm3s"]["timestamp_osm_base"]),
        )

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        return osm.parse_elements(body, cell)

    def web(self) -> Fetcher | None:
        return RecordedWeb()


class RecordedWeb:
    """A web, with its DNS, that holds the hosts of sample_town/web.json and no others: no other name exists."""

    def fetch(self, url: str) -> Fetched:
        """Answer as the recording does, redirects followed. Raises FetchFailed as the live client would."""
        address = url
        for _ in range(_MOST_REDIRECTS + 1):
            answer = _answer_of(address)
            if "fail" in answer:
                raise FetchFailed(answer["fail"], address, "so it was recorded")
            if "location" not in answer:
                return Fetched(
                    url=url,
                    final_url=address,
                    status=answer.get("status", 200),
                    headers={"content-type": "text/html; charset=utf-8", **answer.get("headers", {})},
                    body=(_FOLDER / "pages" / answer["page"]).read_bytes(),
                    truncated=False,
                )
            address = urljoin(address, answer["location"])
        raise FetchFailed("protocol", address, "redirects without end")

    def mail_hosts(self, domain: str) -> Sequence[str]:
        """Return the mail hosts of a domain; none for those that sample_town/mail.json does not name."""
        return [f"mail.{domain}"] if domain in _mail_domains() else []

    def is_there(self, host: str) -> bool:
        """Tell whether a host name has an address: every mail host has one."""
        return host.removeprefix("mail.") in _mail_domains()


def _answer_of(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    hosts = _web()
    if parts.hostname not in hosts:
        return {"fail": "nxdomain"}
    host = hosts[parts.hostname]
    answer: dict[str, Any] = host.get(parts.scheme) or host.get("any") or {"fail": "refused"}
    if "page" in answer and parts.path not in {"", *answer.get("paths", ["/"])}:
        return {"status": 404, "page": "not-found.html"}
    return answer


def _is_in(cell: Rectangle, element: dict[str, Any]) -> bool:
    point = element.get("center") or element
    return cell.contains(point["lat"], point["lon"])


@cache
def _web() -> dict[str, Any]:
    hosts: dict[str, Any] = _read_json("web.json")
    return hosts


@cache
def _mail_domains() -> frozenset[str]:
    return frozenset(_read_json("mail.json"))


def _read_json(name: str) -> Any:
    content: Any = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return content
