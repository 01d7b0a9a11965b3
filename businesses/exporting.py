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
    records = Prefetch(
        "records", SourceRecord.objects.filter(is_current=True).order_by("pk"), to_attr="current"
    )
    for business in businesses.order_by("pk").prefetch_related(records).iterator(chunk_size=AT_ONCE):
        yield [safe_cell(value) for value in _values(business)]


def _values(business: Business) -> tuple[object, ...]:
    current: list[SourceRecord] = business.current  # type: ignore[attr-defined]
    return (
        business.pk, business.name, business.category, business.get_status_display(), business.evidence,
        business.score, business.reasons[0]["text"] if business.reasons else "", business.phone, business.email,
        " ".join(business.websites), business.website_state, business.street, business.housenumber,
        business.postcode, business.city, business.region, business.country, business.lat, business.lon,
        business.found_at.isoformat(), _each(record.source for record in current),
        _each(record.licence for record in current), _each(record.attribution for record in current),
    )  # fmt: skip


def _each(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value))
