"""Stored territories and cells for tests. Every field may be overridden by name; nothing else is made or changed."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from territories.models import CoverageGrid, Territory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # the time at which the clock fixture stands

_numbers = count(1)


def make_territory(**over: Any) -> Territory:
    """Return a stored territory of the sample source, with a name of its own."""
    fields: dict[str, Any] = {
        "name": f"Fernhill {next(_numbers)}",
        "country": "US",
        "south": 44.0,
        "west": -73.0,
        "north": 44.1,
        "east": -72.9,
        "source": "sample",
        "created_at": NOW,
    }
    return Territory.objects.create(**fields | over)


def make_grid(**over: Any) -> CoverageGrid:
    """Return a stored cell that waits to be scraped and is all of its territory (a new one, if none is given)."""
    territory = over.pop("territory", None) or make_territory()
    fields: dict[str, Any] = {
        "south": territory.south,
        "west": territory.west,
        "north": territory.north,
        "east": territory.east,
        "next_attempt_at": NOW,
        "status_changed_at": NOW,
    }
    return CoverageGrid.objects.create(territory=territory, **fields | over)
