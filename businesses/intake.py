"""Intake: one cell's source is asked once, its raw answer is kept, and businesses are made of it."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from businesses import contacts
from businesses.models import Business, SourceRecord
from businesses.sources.base import Listing, ParsedCell, Rectangle, Source
from businesses.sources.registry import UnknownSource, get_source
from pipeline import claims, effects, faults, states
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData
from pipeline.models import Effect
from pipeline.runner import Run, StageResult, run_stage
from territories.coverage import SCRAPE
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


def scrape_grids(run: Run, *, limit: int, pk: int | None = None) -> StageResult:
    """Scrape up to `limit` due cells, or the cell `pk`."""
    return run_stage(SCRAPE, _scrape, run, limit=limit, pk=pk)


def source_call(source: Source) -> EffectKind:
    """Return the kind of a call to `source`: free sources may simply be asked again after a crash."""
    return EffectKind(f"scrape.{source.name}", Policy.IDEMPOTENT, (SCRAPE.switch, f"source:{source.name}"))


def _scrape(cell: CoverageGrid, run: Run) -> str:
    territory = cell.territory
    try:
        source = get_source(territory.source)
    except UnknownSource as error:
        raise BadData(str(error)) from error
    rectangle = Rectangle(cell.south, cell.west, cell.north, cell.east)
    categories = tuple(territory.categories)
    kind = source_call(source)
    effect = effects.plan(
        kind,
        f"scrape:{cell.pk}:{cell.cycle}",
        subject=states.label(cell),
        request={
            "source": source.name,
            "cell": [cell.south, cell.west, cell.north, cell.east],
            "trades": categories,
        },
        now=run.now(),
    )

    def call(effect: Effect) -> Outcome:
        answer = source.search(rectangle, categories=categories)
        return Outcome(response=answer.body, cost=answer.cost)

    effect = effects.run(kind, effect, call, now=run.now)
    parsed = source.parse(effect.response, rectangle)
    _apply(cell, source, parsed, run)
    return "done"


def _apply(cell: CoverageGrid, source: Source, parsed: ParsedCell, run: Run) -> None:
    """Store the listings and end the cell in one transaction, so that a crash leaves neither or both."""
    now = run.now()
    with transaction.atomic():
        intake = store_listings(cell, source, parsed.listings, now=now, by=run.by)
        complete = parsed.complete and not parsed.saturated
        claims.finish(
            SCRAPE,
            cell,
            CoverageGrid.Status.COOLDOWN,
            now=now,
            by=run.by,
            reason=f"{intake}{'' if complete else f'; incomplete: {parsed.reason}'}",
            coverage=CoverageGrid.Coverage.COMPLETE if complete else CoverageGrid.Coverage.UNRESOLVED,
            cooldown_until=now + timedelta(days=settings.COOLDOWN_DAYS),
            scraped_at=now,
            found=len(parsed.listings),
            outside=parsed.outside,
        )
    faults.point("applied")


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
