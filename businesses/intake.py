"""Intake: what a source tells becomes source records, and businesses are made of them."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from businesses import contacts
from businesses.models import Business, SourceRecord
from businesses.sources.base import Listing, Source
from pipeline import states
from territories.models import CoverageGrid

# A changed record is looked at again, unless a person has decided on the business.
RECHECKED = (
    Business.Status.QUALIFIED,
    Business.Status.REVIEW,
    Business.Status.CALL_LIST,
    Business.Status.REJECTED,
)


@dataclass(frozen=True)
class Intake:
    """What one answer brought."""

    new: int
    changed: int
    seen: int

    def __str__(self) -> str:
        return f"{self.new} new, {self.changed} changed, {self.seen} as before"


def store_listings(
    cell: CoverageGrid, source: Source, listings: tuple[Listing, ...], *, now: datetime, by: str
) -> Intake:
    """Upsert businesses and their source records by (source, source id)."""
    ids = [listing.source_id for listing in listings]
    known = {
        record.source_id: record
        for record in SourceRecord.objects.filter(source=source.name, source_id__in=ids).select_related(
            "business"
        )
    }
    counts: Counter[str] = Counter()
    for listing in listings:
        record = known.get(listing.source_id)
        if record is None:
            _add(cell, source, listing, now)
            counts["new"] += 1
        else:
            counts[_update(record, cell, source, listing, now, by)] += 1
    return Intake(new=counts["new"], changed=counts["changed"], seen=counts["seen"])


def _add(cell: CoverageGrid, source: Source, listing: Listing, now: datetime) -> None:
    business = Business.objects.create(
        territory=cell.territory,
        grid=cell,
        found_at=now,
        seen_at=now,
        next_attempt_at=now,
        status_changed_at=now,
        **business_fields(listing, source, territory_country=cell.territory.country, now=now),
    )
    SourceRecord.objects.create(
        source=source.name,
        source_id=listing.source_id,
        business=business,
        payload=dict(listing.raw),
        payload_hash=_hash(listing),
        licence=source.licence,
        attribution=source.attribution,
        first_seen_at=now,
        last_seen_at=now,
    )


def _update(
    record: SourceRecord, cell: CoverageGrid, source: Source, listing: Listing, now: datetime, by: str
) -> str:
    """Refresh what a source says of a business; a person's decision and the history of mail stay as they are."""
    digest = _hash(listing)
    changed = digest != record.payload_hash
    SourceRecord.objects.filter(pk=record.pk).update(
        payload=dict(listing.raw), payload_hash=digest, last_seen_at=now
    )
    business = record.business
    if not changed:
        Business.objects.filter(pk=business.pk).update(seen_at=now)
        return "seen"
    fields = business_fields(listing, source, territory_country=cell.territory.country, now=now)
    Business.objects.filter(pk=business.pk).update(seen_at=now, **fields)
    if business.status in RECHECKED and not business.decided_by and not business.claimed_by:
        states.move(
            business,
            Business.Status.NEW,
            now=now,
            by=by,
            reason="Its record changed",
            attempts=0,
            next_attempt_at=now,
        )
    return "changed"


def business_fields(
    listing: Listing, source: Source, *, territory_country: str, now: datetime
) -> dict[str, Any]:
    """Return the columns of a business as one listing tells them, cleaned; nothing is guessed."""
    country = (listing.country or territory_country).upper()[:2]
    phones = contacts.parse_phones(listing.phones, region=country)
    valid = next((phone for phone in phones if phone.e164), None)
    emails = contacts.parse_emails(listing.emails)
    fields: dict[str, Any] = {
        "name": contacts.clean_name(listing.name),
        "category": listing.category,
        "raw_categories": list(listing.raw_categories),
        "lat": listing.lat,
        "lon": listing.lon,
        "street": contacts.clean_text(listing.street, limit=120),
        "housenumber": contacts.clean_text(listing.housenumber, limit=20),
        "postcode": contacts.clean_text(listing.postcode, limit=20),
        "city": contacts.clean_text(listing.city, limit=80),
        "region": contacts.clean_text(listing.region, limit=80),
        "country": country,
        "phone": valid.e164 if valid else "",
        "phone_raw": (valid.raw if valid else phones[0].raw if phones else "")[:80],
        "email": emails[0] if emails else "",
        "websites": [url[:500] for url in listing.websites[:10]],
        "socials": dict(listing.socials),
        "opening_hours": contacts.clean_text(listing.opening_hours, limit=500),
        "operating_status": listing.operating_status,
        "brand": contacts.clean_text(listing.brand, limit=80),
        "brand_wikidata": listing.brand_wikidata[:20],
    }
    origin = {"source": source.name, "licence": source.licence, "at": now.isoformat()}
    fields["provenance"] = {name: origin for name, value in fields.items() if value not in ("", [], {}, None)}
    return fields


def _hash(listing: Listing) -> str:
    return hashlib.sha256(json.dumps(listing.raw, sort_keys=True, default=str).encode()).hexdigest()
