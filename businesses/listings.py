"""What a listing tells in our words: cleaned, checked, without what it does not tell. Nothing is guessed."""

import hashlib
import json
from datetime import date
from math import isfinite
from typing import Any, Final

import orjson

from businesses import contacts, merging
from businesses.sources.base import Listing, Source

_ALWAYS_TOLD: Final = ("name", "lat", "lon")


def facts_of_listing(listing: Listing, source: Source, *, territory_country: str) -> dict[str, Any]:
    """Return what SourceRecord.listing keeps: by the names of a business's columns where it has such."""
    country = (listing.country or territory_country).upper()[:2]
    phones = contacts.parse_phones(listing.phones, region=country)
    valid = [phone.e164 for phone in phones if phone.e164]
    raw = next((phone.raw for phone in phones if phone.e164), phones[0].raw if phones else "")
    facts: dict[str, Any] = {
        "name": contacts.clean_name(listing.name),
        "lat": listing.lat,
        "lon": listing.lon,
        "category": listing.category,
        "raw_categories": list(listing.raw_categories),
        "street": contacts.clean_text(listing.street, limit=120),
        "housenumber": contacts.clean_text(listing.housenumber, limit=20),
        "postcode": contacts.clean_text(listing.postcode, limit=20),
        "city": contacts.clean_text(listing.city, limit=80),
        "region": contacts.clean_text(listing.region, limit=80),
        "country": country,
        "phones": valid,
        "phone_raw": raw[:80],
        "emails": list(contacts.parse_emails(listing.emails)),
        "websites": [url[:500] for url in listing.websites[:10]],
        "socials": dict(listing.socials),
        "opening_hours": contacts.clean_text(listing.opening_hours, limit=500),
        "operating_status": "" if listing.operating_status == "unknown" else listing.operating_status,
        "brand": contacts.clean_text(listing.brand, limit=80),
        "brand_wikidata": listing.brand_wikidata[:20],
        "checked_on": listing.checked_on if _is_day(listing.checked_on) else "",
        "rating": listing.rating if _is_rating(listing.rating) else None,
        "review_count": listing.review_count if listing.review_count and listing.review_count > 0 else None,
        "same_as": list(listing.same_as),
        "upstream": merging.upstream_of(source.name, listing.licence or source.licence, listing.raw),
    }
    return {name: value for name, value in facts.items() if value or name in _ALWAYS_TOLD}


def _is_day(text: str) -> bool:
    try:
        return bool(text) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_rating(value: float | None) -> bool:
    return value is not None and isfinite(value) and 0 <= value <= 5


def hash_of(listing: Listing) -> str:
    """Tell two answers for one id apart."""
    try:
        text = orjson.dumps(listing.raw, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # whole numbers of more than 64 bits
        text = json.dumps(listing.raw, sort_keys=True, default=str).encode()
    return hashlib.sha256(text).hexdigest()
