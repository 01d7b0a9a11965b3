"""What a listing tells in our words: cleaned, checked, without what it does not tell. Nothing is guessed."""

import hashlib
import json
from datetime import date
from math import isfinite
from typing import Any, Final

import orjson

from businesses import contacts, merging
from businesses.phones import parse_phones
from businesses.sources.base import Listing, Source

_ALWAYS_TOLD: Final = frozenset(("name", "lat", "lon"))
# Lines of text, and the most characters that are kept of each.
_LINES: Final = (
    ("street", 120), ("housenumber", 20), ("postcode", 20), ("city", 80), ("region", 80), ("opening_hours", 500),
    ("brand", 80), ("operating_words", 40),
)  # fmt: skip


def facts_of_listing(listing: Listing, source: Source, *, territory_country: str) -> dict[str, Any]:
    """Return what SourceRecord.listing keeps: by the names of a business's columns where it has such."""
    country = (listing.country or territory_country).upper()[:2]
    facts: dict[str, Any] = {
        "name": contacts.clean_name(listing.name),
        "lat": listing.lat,
        "lon": listing.lon,
        "category": listing.category,
        "raw_categories": list(listing.raw_categories),
        "country": country,
        "websites": [url[:500] for url in listing.websites[:10]],
        "socials": dict(listing.socials),
        "operating_status": "" if listing.operating_status == "unknown" else listing.operating_status,
        "brand_wikidata": listing.brand_wikidata[:20],
        "same_as": list(listing.same_as),
        "upstream": merging.upstream_of(source.name, listing.licence or source.licence, listing.raw),
    }
    for name, limit in _LINES:
        if text := getattr(listing, name):
            facts[name] = contacts.clean_text(text, limit=limit)
    if listing.phones:
        phones = parse_phones(listing.phones, region=country)
        facts["phones"] = [phone.e164 for phone in phones if phone.e164]
        best = next((phone for phone in phones if phone.e164), phones[0] if phones else None)
        facts["phone_raw"] = best.raw[:80] if best else ""
    if listing.emails:
        facts["emails"] = list(contacts.parse_emails(listing.emails))
    if _is_day(listing.checked_on):
        facts["checked_on"] = listing.checked_on
    if _is_rating(listing.rating):
        facts["rating"] = listing.rating
    if listing.review_count and listing.review_count > 0:
        facts["review_count"] = listing.review_count
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
