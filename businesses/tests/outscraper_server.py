"""A stand-in for Outscraper that keeps to its contract: an order, a while of waiting, an answer for two hours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from businesses.tests.loopback import Asked, Reply, Server, serving

KEY = "a-key-for-tests"


def record(number: int, name: str, kind: str, lat: float, lon: float, /, **over: Any) -> dict[str, Any]:
    """A place as the service tells it; what it does not know is null."""
    return {
        "query": kind,
        "name": name,
        "place_id": f"ChIJ{number:08d}",
        "google_id": f"0x{number:x}:0x{number:x}",
        "full_address": "12 Main Street, Alder Falls, VT 00000",
        "street": "12 Main Street",
        "city": "Alder Falls",
        "postal_code": "00000",
        "country_code": "US",
        "us_state": "Vermont",
        "state": "Vermont",
        "latitude": lat,
        "longitude": lon,
        "site": None,
        "phone": "+1 802-555-0143",
        "type": kind,
        "category": kind.lower(),
        "subtypes": f"{kind}, Store",
        "rating": 4.6,
        "reviews": 31,
        "business_status": "OPERATIONAL",
        "working_hours": {"Monday": "8AM-5PM"},
        **over,
    }


@dataclass
class Service:
    """pending: how often an order is not ready yet. scripted replies come before the rules, orders' and answers'."""

    places: list[dict[str, Any]]
    pending: int = 1
    scripted: list[Reply] = field(default_factory=list)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    waited: dict[str, int] = field(default_factory=dict)

    def reply(self, asked: Asked) -> Reply:
        if self.scripted:
            return self.scripted.pop(0)
        if asked.headers.get("x-api-key") != KEY:
            return told(401, {"error": True, "errorMessage": "Invalid API key"})
        if (asked.method, asked.path) == ("POST", "/google-maps-search"):
            return self.take_order(json.loads(asked.body))
        if asked.method == "GET" and asked.path.startswith("/requests/"):
            return self.answer(asked.path.removeprefix("/requests/"))
        return told(404, {"error": True, "errorMessage": "Not found"})

    def take_order(self, order: dict[str, Any]) -> Reply:
        queries, most = order.get("query"), order["organizationsPerQueryLimit"]
        if not (isinstance(queries, list) and 0 < len(queries) <= 250 and 0 < most <= 400 and order["async"]):
            return told(422, {"error": True, "errorMessage": "Wrong parameters"})
        request = f"order-{len(self.orders) + 1}"
        self.orders[request] = order
        return told(202, {"id": request, "status": "Pending", "results_location": f"/requests/{request}"})

    def answer(self, request: str) -> Reply:
        if request not in self.orders:
            return told(404, {"error": True, "errorMessage": "Request not found"})
        self.waited[request] = self.waited.get(request, 0) + 1
        if self.waited[request] <= self.pending:
            return told(202, {"id": request, "status": "Pending"})
        return told(200, {"id": request, "status": "Success", "data": self.data(self.orders[request])})

    def data(self, order: dict[str, Any]) -> list[Any]:
        lat, lon = map(float, order["coordinates"].split(","))
        near = sorted(
            self.places, key=lambda place: abs(place["latitude"] - lat) + abs(place["longitude"] - lon)
        )
        most = order["organizationsPerQueryLimit"]
        return [[p for p in near if p["query"] == query][:most] for query in order["query"]]


def told(status: int, content: Any) -> Reply:
    return Reply(status, json.dumps(content).encode())


@contextmanager
def outscraper(service: Service) -> Iterator[Server]:
    with serving(service.reply) as server:
        yield server
