"""The facts once more for machines: schema.org JSON-LD of the most specific type, without ratings."""

import json
from typing import Any

from sites.categories import find_category
from sites.facts import FactSheet
from sites.opening_hours import DAY_MINUTES, OpeningWeek

SCHEMA_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What could end a script element or an attribute is written as an escape; the JSON stays the same.
_ESCAPED = "<>&'"


def structured_data(facts: FactSheet, url: str) -> dict[str, Any]:
    """`url` is the address of the home page, ending in a slash."""
    category = find_category(facts.category, facts.family)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": category.schema_type,
        "@id": f"{url}#business",
        "name": facts.value("name"),
        "url": url,
    }
    for key, term in (("phone", "telephone"), ("email", "email")):
        if facts.has(key):
            data[term] = facts.value(key)
    terms = {
        "streetAddress": "address",
        "addressLocality": "city",
        "addressRegion": "region",
        "postalCode": "postcode",
        "addressCountry": "country",
    }
    address = {term: facts.value(key) for term, key in terms.items() if facts.has(key)}
    if address:
        data["address"] = {"@type": "PostalAddress", **address}
    if facts.has("lat", "lon"):
        data["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": float(facts.value("lat")),
            "longitude": float(facts.value("lon")),
        }
    week = facts.week()
    if week:
        data["openingHoursSpecification"] = _hours(week)
    socials = [facts.value(network) for network in ("facebook", "instagram") if facts.has(network)]
    if socials:
        data["sameAs"] = socials
    return data


def json_ld(data: dict[str, Any]) -> str:
    """ASCII JSON that is safe inside a script element."""
    written = json.dumps(data, separators=(",", ":"))
    for sign in _ESCAPED:
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written


def _hours(week: OpeningWeek) -> list[dict[str, Any]]:
    """One entry for each set of times; closed and unknown days are left out."""
    by_span: dict[tuple[int, int], list[str]] = {}
    for name, day in zip(SCHEMA_DAYS, week.days, strict=True):
        for span in day or ():
            by_span.setdefault(span, []).append(name)
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": days,
            "opens": _clock(start),
            "closes": "23:59" if (start, end) == (0, DAY_MINUTES) else _clock(end),
        }
        for (start, end), days in sorted(by_span.items())
    ]


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
