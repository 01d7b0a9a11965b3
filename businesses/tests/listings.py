"""Listings and sources for tests of what is made of them. Every field may be overridden by name."""

from datetime import datetime
from typing import Any

from django.db import transaction

from businesses.fetching import rectangle_of
from businesses.intake import Intake, store_listings
from businesses.models import Business, SourceRecord
from businesses.sources.base import Listing
from businesses.sources.sample import SampleTown
from territories.models import CoverageGrid
from territories.tests.factories import NOW

LAT, LON = 44.05, -72.95  # in the cell of the factories
METRE = 1 / 111_320  # in degrees of latitude


class Told(SampleTown):
    """A source of that name; nothing asks it, it only gives its name and licence to records."""

    def __init__(self, name: str = "map", licence: str = "CC0-1.0") -> None:
        self.name = name
        self.licence = licence


def make_listing(source_id: str = "node/1", **over: Any) -> Listing:
    """Return a bakery in the middle of the cell, as a source might tell it."""
    fields: dict[str, Any] = {
        "name": "Brook Lane Bakery",
        "lat": LAT,
        "lon": LON,
        "category": "bakery",
        "raw_categories": ("shop=bakery",),
        "operating_status": "open",
    } | over
    raw = {"name": fields["name"], "id": source_id} | {
        key: list(value) if isinstance(value, tuple) else value for key, value in over.items()
    }
    return Listing(source_id=source_id, **({"raw": raw} | fields))


def store(
    cell: CoverageGrid,
    *listings: Listing,
    source: str = "map",
    now: datetime = NOW,
    complete: bool = True,
    **over: Any,
) -> Intake:
    """Store an answer, whole unless told otherwise."""
    whole = rectangle_of(cell) if complete else None
    with transaction.atomic():
        return store_listings(cell, Told(source), listings, now=now, by="test", **({"whole": whole} | over))


def business_of(source_id: str, source: str = "map") -> Business:
    """The business that the current record of that id belongs to, as it is stored now."""
    return (
        SourceRecord.objects.select_related("business")
        .get(source=source, source_id=source_id, is_current=True)
        .business
    )
