"""Reads OpenStreetMap objects, in the JSON shape of the Overpass API, into listings.

Shared by every source whose answer has that shape.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from math import nan
from typing import Any, Final

from businesses.categories import category_of_osm_tags, raw_categories_of_osm_tags
from businesses.sources.base import Listing, OperatingStatus, ParsedCell, Rectangle
from pipeline.errors import BadData

LICENCE: Final = "ODbL-1.0"
ATTRIBUTION: Final = "(c) OpenStreetMap contributors"
ATTRIBUTION_URL: Final = "https://www.openstreetmap.org/copyright"

# The first tag that has a value wins.
_WEBSITE_TAGS: Final = ("website", "contact:website", "url", "website:official")
_PHONE_TAGS: Final = ("phone", "contact:phone", "mobile", "contact:mobile")
_EMAIL_TAGS: Final = ("email", "contact:email")
_SOCIAL_NETWORKS: Final = ("facebook", "instagram", "twitter", "tiktok")
_BUSINESS_KEYS: Final = ("shop", "craft", "office", "amenity", "tourism", "leisure")
_LIFECYCLE_PREFIXES: Final = ("disused", "was", "abandoned", "demolished", "removed", "razed")
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_business(tags: Mapping[str, str]) -> bool:
    """Whether the project's Overpass query would choose an object with these tags."""
    if not tags.get("name"):
        return False
    return bool(
        ("shop" in tags and tags["shop"] not in _NOT_SHOPS)
        or "craft" in tags
        or ("office" in tags and tags["office"] not in _NOT_OFFICES)
        or tags.get("amenity") in _AMENITIES
        or tags.get("tourism") in _TOURISM
        or tags.get("leisure") in _LEISURE
    )


_NOT_SHOPS: Final = frozenset({"no", "vacant"})
_NOT_OFFICES: Final = frozenset({"government", "diplomatic", "political_party", "ngo"})
_AMENITIES: Final = frozenset(
    "restaurant cafe bar pub fast_food ice_cream dentist doctors clinic veterinary pharmacy car_rental car_wash "
    "driving_school childcare language_school nightclub fuel studio".split()
)
_TOURISM: Final = frozenset("hotel guest_house hostel motel apartment".split())
_LEISURE: Final = frozenset("fitness_centre dance escape_game sauna".split())


def parse_elements(body: str, cell: Rectangle) -> ParsedCell:
    """The listings of an Overpass-shaped answer that the cell owns by their centre point.

    An element without a believable centre counts as outside: a server puts a relation whose members it does
    not hold on another continent. Raises BadData where the text is not such an answer.
    """
    answer = _load(body)
    remark = str(answer.get("remark", ""))
    if "runtime error" in remark:
        # The server gave up half-way and still answered 200: whatever it sent is not everything.
        return ParsedCell((), 0, complete=False, saturated=False, reason=remark)
    data_day = str((answer.get("osm3s") or {}).get("timestamp_osm_base", ""))[:10]
    listings: dict[str, Listing] = {}
    outside = 0
    for element in answer["elements"]:
        point = element if element["type"] == "node" else element.get("center") or {}
        lat, lon = _degrees(point.get("lat")), _degrees(point.get("lon"))
        if not cell.contains(lat, lon):
            outside += 1
            continue
        listing = _listing(element, lat, lon, data_day=data_day)
        listings[listing.source_id] = listing
    return ParsedCell(tuple(listings.values()), outside, complete=True, saturated=False)


def data_timestamp(value: str) -> datetime | None:
    """The time of the data as OSM writes it (2023-12-26T21:21:22Z), or None."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _load(body: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise BadData(f"The map source did not answer with JSON: {body[:80]!r}") from error
    if not isinstance(answer, dict) or not _are_elements(answer.get("elements")):
        raise BadData("The map source answered with JSON that holds no list of elements")
    return answer


def _are_elements(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(e, dict) and e.get("type") in {"node", "way", "relation"} and isinstance(e.get("id"), int)
        for e in value
    )


def _degrees(value: Any) -> float:
    """Not a number where none is told: no cell contains that."""
    return float(value) if isinstance(value, int | float) else nan


def _storable(value: Any) -> str:
    """As text that every database takes: PostgreSQL refuses NUL and half characters."""
    return str(value).replace("\0", "").encode("utf-8", "ignore").decode()


def _listing(element: dict[str, Any], lat: float, lon: float, *, data_day: str) -> Listing:
    tags = {_storable(key): _storable(value) for key, value in (element.get("tags") or {}).items()}
    country = tags.get("addr:country", "").strip().upper()
    return Listing(
        source_id=f"{element['type']}/{element['id']}",
        name=tags.get("name", ""),
        lat=lat,
        lon=lon,
        category=category_of_osm_tags(tags),
        raw_categories=raw_categories_of_osm_tags(tags),
        phones=_first(tags, _PHONE_TAGS),
        emails=_first(tags, _EMAIL_TAGS),
        websites=_first(tags, _WEBSITE_TAGS),
        socials=_socials(tags),
        opening_hours=tags.get("opening_hours", ""),
        street=tags.get("addr:street") or tags.get("addr:place", ""),
        housenumber=tags.get("addr:housenumber", ""),
        city=tags.get("addr:city", ""),
        postcode=tags.get("addr:postcode", ""),
        region=tags.get("addr:state", ""),
        country=country if re.fullmatch("[A-Z]{2}", country) else "",
        brand=tags.get("brand", ""),
        brand_wikidata=tags.get("brand:wikidata", ""),
        operating_status=operating_status(tags, data_day=data_day),
        checked_on=_checked_on(tags),
        raw={
            "name": tags.get("name", ""),
            "type": element["type"],
            "id": element["id"],
            "lat": lat,
            "lon": lon,
            "tags": tags,
        },
    )


def _first(tags: Mapping[str, str], keys: tuple[str, ...]) -> tuple[str, ...]:
    for key in keys:
        values = tuple(value.strip() for value in tags.get(key, "").split(";") if value.strip())
        if values:
            return values
    return ()


def _socials(tags: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for network in _SOCIAL_NETWORKS:
        if values := _first(tags, (f"contact:{network}", network)):
            found[network] = values[0]
    return found


def _checked_on(tags: Mapping[str, str]) -> str:
    for key in ("check_date", "survey:date", "check_date:opening_hours"):
        if _ISO_DATE.fullmatch(tags.get(key, "")):
            return tags[key]
    return ""


def operating_status(tags: Mapping[str, str], *, data_day: str) -> OperatingStatus:
    """What the tags say about the business being alive; data_day (YYYY-MM-DD) is the age of the data.

    A live tag says open. "unknown" is a record that contradicts itself, such as a shop that is disused too.
    """
    if any(tags.get(prefix) == "yes" for prefix in _LIFECYCLE_PREFIXES) or tags.get("closed") == "yes":
        return "closed"
    end = tags.get("end_date", "")
    if end:
        # Years and months compare as well as days do: "2024" and "2024-03" sort before "2024-03-15".
        ended = bool(re.match(r"\d{4}", end)) and bool(data_day) and end <= data_day
        return "closed" if ended else "unknown"
    hours = tags.get("opening_hours", "").strip().lower()
    if hours in {"closed", "off"}:
        return "closed"
    if re.fullmatch(r'(closed|off) *".*"', hours):
        return "temporarily_closed"
    live = [key for key in _BUSINESS_KEYS if key in tags]
    if any(f"{prefix}:{key}" in tags for prefix in _LIFECYCLE_PREFIXES for key in live if prefix != "was"):
        return "unknown"
    return "open"
