"""The facts for machines: known terms of schema.org only, and the same values as on the page."""

import json
import re
from typing import Any

from sites.categories import CATEGORIES, FAMILY_CATEGORIES
from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import read_page
from sites.opening_hours import DAY_MINUTES
from sites.spec import SiteSpec

TYPES = {category.schema_type for category in (*CATEGORIES.values(), *FAMILY_CATEGORIES.values())}
BUSINESS_TERMS = set(
    "@context @type @id name url telephone email address geo openingHoursSpecification sameAs".split()
)
TERMS = {
    "PostalAddress": set(
        "@type streetAddress addressLocality addressRegion postalCode addressCountry".split()
    ),
    "GeoCoordinates": set("@type latitude longitude".split()),
    "OpeningHoursSpecification": set("@type dayOfWeek opens closes".split()),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def check_structured_data(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    scripts = read_page(files["index.html"]).all("script")
    if len(scripts) != 1:
        return [f"{len(scripts)} script elements instead of the one with the structured data"]
    try:
        data = json.loads(scripts[0].content)
    except json.JSONDecodeError as error:
        return [f"the structured data is no JSON: {error}"]
    if not isinstance(data, dict):
        return ["the structured data is not one object"]
    return _vocabulary(data) + _values(data, facts) + _hours(data, facts)


def _vocabulary(data: dict[str, Any]) -> list[str]:
    findings = [] if data.get("@type") in TYPES else [f"unknown type {data.get('@type')!r}"]
    if data.get("@context") != "https://schema.org":
        findings.append("the context is not schema.org")
    findings += [f"unknown term {term!r}" for term in data if term not in BUSINESS_TERMS]
    parts = [data.get("address"), data.get("geo"), *data.get("openingHoursSpecification", [])]
    for part in filter(None, parts):
        known = TERMS.get(part.get("@type"), set())
        findings += [f"unknown term {term!r} of {part.get('@type')}" for term in part if term not in known]
        for key in ("opens", "closes"):
            if key in part and not _TIME.fullmatch(str(part[key])):
                findings.append(f"{part[key]!r} is not a time of day")
    return findings


def _values(data: dict[str, Any], facts: FactSheet) -> list[str]:
    address, geo = data.get("address", {}), data.get("geo", {})
    stated = {
        "name": data.get("name", ""),
        "phone": data.get("telephone", ""),
        "email": data.get("email", ""),
        "address": address.get("streetAddress", ""),
        "city": address.get("addressLocality", ""),
        "region": address.get("addressRegion", ""),
        "postcode": address.get("postalCode", ""),
        "country": address.get("addressCountry", ""),
        "lat": f"{geo['latitude']:.5f}" if "latitude" in geo else "",
        "lon": f"{geo['longitude']:.5f}" if "longitude" in geo else "",
    }
    findings = [
        f"{key} is {value!r} in the structured data"
        for key, value in stated.items()
        if value != facts.value(key)
    ]
    socials = {facts.value(network) for network in ("facebook", "instagram")} - {""}
    return (
        findings if set(data.get("sameAs", [])) == socials else [*findings, "sameAs differs from the facts"]
    )


def _hours(data: dict[str, Any], facts: FactSheet) -> list[str]:
    stated = {
        (day, entry.get("opens"), entry.get("closes"))
        for entry in data.get("openingHoursSpecification", [])
        for day in entry.get("dayOfWeek", [])
    }
    week = facts.week()
    known = {
        (name, *_times(*span))
        for name, day in zip(DAYS, week.days if week else [()] * 7, strict=True)
        for span in day or ()
    }
    return [] if stated == known else ["the opening hours differ from the facts"]


def _times(start: int, end: int) -> tuple[str, str]:
    if (start, end) == (0, DAY_MINUTES):
        return "00:00", "23:59"
    return (f"{start // 60:02d}:{start % 60:02d}", f"{end // 60 % 24:02d}:{end % 60:02d}")
