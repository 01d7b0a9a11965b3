"""Stored businesses for tests. Every field may be overridden by name; nothing else is made or changed."""

from itertools import count
from typing import Any

from businesses.models import Business
from territories.tests.factories import NOW, make_grid

ORIGIN = {"source": "openstreetmap", "licence": "ODbL-1.0", "at": NOW.isoformat()}
STATED = (
    "name category lat lon street housenumber postcode city region country phone email opening_hours socials"
).split()

_numbers = count(1)


def make_business(**over: Any) -> Business:
    """Return a stored qualified lead with an address, a phone and a mailbox of its own.

    Without `grid` it lies in a new cell; its territory is that of its cell.
    """
    grid = over.pop("grid", None) or make_grid()
    fields: dict[str, Any] = {
        "territory": grid.territory,
        "name": "Brook Lane Bakery",
        "category": "bakery",
        "lat": 44.05,
        "lon": -72.95,
        "street": "Brook Lane",
        "housenumber": "12",
        "postcode": "00000",
        "city": "Fernhill",
        "region": "VT",
        "country": "US",
        "phone": "+18025550116",
        "email": f"info{next(_numbers)}@brooklane.example",
        "operating_status": "open",
        "provenance": [ORIGIN | {"fields": STATED}],
        "website_state": "none_known",
        "website_checked_at": NOW,
        "evidence": "confirmed",
        "score": 80,
        "rule_version": 1,
        "decided_at": NOW,
        "found_at": NOW,
        "seen_at": NOW,
        "status": Business.Status.QUALIFIED,
        "next_attempt_at": NOW,
        "status_changed_at": NOW,
    }
    return Business.objects.create(grid=grid, **fields | over)
