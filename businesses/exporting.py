"""Leads as rows of a table for people's own tools, safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator
from typing import Final

from django.db.models import Prefetch, QuerySet

from businesses.models import Business, SourceRecord
from pipeline.tables import safe_cell

HEAD: Final = (
    "id", "name", "trade", "state", "evidence", "score", "reason", "phone", "email", "website", "website_state",
    "street", "housenumber", "postcode", "city", "region", "country", "lat", "lon", "found_at", "sources",
    "licence", "attribution",
)  # fmt: skip
AT_ONCE: Final = 500


def export_rows(businesses: QuerySet[Business]) -> Iterator[list[str]]:
    """Yield the head, then one row a business in the order of the primary key; memory stays flat."""
    yield list(HEAD)
    for business in with_records(businesses.order_by("pk")).iterator(chunk_size=AT_ONCE):
        yield [safe_cell(value) for value in _values(business)]


def with_records(businesses: QuerySet[Business]) -> QuerySet[Business]:
    """Return the same businesses, each to be read with its current records at once."""
    records = SourceRecord.objects.filter(is_current=True).order_by("pk")
    return businesses.prefetch_related(Prefetch("records", records, to_attr="current"))


def licences_of(business: Business) -> str:
    """Return the licences of a business's current records; of one read `with_records`."""
    return _each(record.licence for record in _current(business))


def attributions_of(business: Business) -> str:
    """Return whom a business's current records are to be attributed to; of one read `with_records`."""
    return _each(record.attribution for record in _current(business))


def _values(business: Business) -> tuple[object, ...]:
    return (
        business.pk, business.name, business.category, business.get_status_display(), business.evidence,
        business.score, business.reasons[0]["text"] if business.reasons else "", business.phone, business.email,
        " ".join(business.websites), business.website_state, business.street, business.housenumber,
        business.postcode, business.city, business.region, business.country, business.lat, business.lon,
        business.found_at.isoformat(), _each(record.source for record in _current(business)),
        licences_of(business), attributions_of(business),
    )  # fmt: skip


def _current(business: Business) -> list[SourceRecord]:
    current: list[SourceRecord] = business.current  # type: ignore[attr-defined]
    return current


def _each(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value))
