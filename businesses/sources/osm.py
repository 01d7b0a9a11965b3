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
from businesses.garbage import no_search_for_garbage
from businesses.sources.base import Listing, OperatingStatus, ParsedCell, Rectangle, Refusal
from businesses.sources.reading import read_json
from pipeline.errors import BadData, storable

LICENCE: Final = "ODbL-1.0"
ATTRIBUTION: Final = "(c) OpenStreetMap contributors"
ATTRIBUTION_URL: Final = "https://www.openstreetmap.org/copyright"

# The first tag that has a value wins.
_WEBSITE_TAGS: Final = ("website", "contact:website", "url", "website:official")
_PHONE_TAGS: Final = ("phone", "contact:phone", "mobile", "contact:mobile")
_EMAIL_TAGS: Final = ("email", "contact:email")
_SOCIAL_NETWORKS: Final = ("facebook", "instagram", "twitter", "tiktok")
_SOCIAL_TAGS: Final = frozenset(f"{of}{name}" for of in ("", "contact:") for name in _SOCIAL_NETWORKS)
_BUSINESS_KEYS: Final = ("shop", "craft", "office", "amenity", "tourism", "leisure")
_LIFECYCLE_PREFIXES: Final = ("disused", "was", "abandoned", "demolished", "removed", "razed")
_ENDED_KEYS: Final = frozenset((*_LIFECYCLE_PREFIXES, "closed"))
_ENDED_TAGS: Final = {
    f"{prefix}:{key}": key for prefix in _LIFECYCLE_PREFIXES for key in _BUSINESS_KEYS if prefix != "was"
}
_SIGNS_OF_AN_END: Final = _ENDED_KEYS | _ENDED_TAGS.keys()
_BELIEVABLE: Final = 0.5  # degrees round a cell in which the centre of something that touches it may lie
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_business(tags: Mapping[str, str]) -> bool:
    """Whether `BUSINESS_FILTERS` would choose an object with these tags."""
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


_NOT_SHOPS: Final = ("no", "vacant")
_NOT_OFFICES: Final = ("government", "diplomatic", "political_party", "ngo")
_AMENITIES: Final = tuple(
    "restaurant cafe bar pub fast_food ice_cream dentist doctors clinic veterinary pharmacy car_rental car_wash "
    "driving_school childcare language_school nightclub fuel studio".split()
)
_TOURISM: Final = ("hotel", "guest_house", "hostel", "motel", "apartment")
_LEISURE: Final = ("fitness_centre", "dance", "escape_game", "sauna")


def _one_of(values: tuple[str, ...]) -> str:
    return f'"^({"|".join(values)})$"'


# The same choice in the language of the Overpass API.
BUSINESS_FILTERS: Final = (
    f'["name"]["shop"]["shop"!~{_one_of(_NOT_SHOPS)}]',
    '["name"]["craft"]',
    f'["name"]["office"]["office"!~{_one_of(_NOT_OFFICES)}]',
    f'["name"]["amenity"~{_one_of(_AMENITIES)}]',
    f'["name"]["tourism"~{_one_of(_TOURISM)}]',
    f'["name"]["leisure"~{_one_of(_LEISURE)}]',
)


def is_wanted(tags: Mapping[str, str], categories: tuple[str, ...]) -> bool:
    """Whether these tags are those of a business of one of the trades; () stands for all of them."""
    return is_business(tags) and (not categories or category_of_osm_tags(tags) in categories)


def parse_elements(body: str, cell: Rectangle) -> ParsedCell:
    """The listings of the text of an Overpass-shaped answer; see `read_elements`. Raises BadData where it is none."""
    return read_elements(load_answer(body), cell)


@no_search_for_garbage()
def read_elements(answer: Mapping[str, Any], cell: Rectangle) -> ParsedCell:
    """The listings of an Overpass-shaped answer that the cell owns by their centre point.

    What cannot be a business of this cell or of a neighbour is refused one by one: a server puts a relation
    whose members it does not hold on another continent. A remark of the server is no part of a whole answer: none
    is known that would be.
    """
    if remark := failure_of(answer):
        # The server gave up half-way and still answered 200: whatever it sent is not everything.
        return ParsedCell((), 0, complete=False, saturated=is_too_big(remark), reason=remark)
    remark = _remark_of(answer)
    data_day = timestamp_of(answer)[:10]
    listings: dict[str, Listing] = {}
    refused: list[Refusal] = []
    outside = 0
    for number, element in enumerate(answer["elements"], start=1):
        lat, lon = _point_of(element)
        if reason := _why_not(element, lat, lon, cell):
            source_id = f"{element['type']}/{element['id']}" if _is_element(element) else ""
            excerpt = storable(json.dumps(element))[:200]
            refused.append(Refusal(source_id or f"element {number}", reason, excerpt, source_id))
        elif cell.contains(lat, lon):
            listing = _listing(element, lat, lon, data_day=data_day)
            listings[listing.source_id] = listing
        else:
            outside += 1
    return ParsedCell(
        tuple(listings.values()),
        outside,
        complete=not remark,
        saturated=is_too_big(remark),
        reason=f"The map server remarked: {remark}" if remark else "",
        refused=tuple(refused),
    )


@no_search_for_garbage()
def load_answer(body: str) -> dict[str, Any]:
    """An answer with its list of elements. Raises BadData where the text holds none."""
    try:
        answer = read_json(body)
    except (ValueError, RecursionError) as error:
        raise BadData(f"The map source did not answer with JSON: {body[:80]!r}") from error
    elements = answer.get("elements") if isinstance(answer, dict) else None
    if not isinstance(elements, list) or (elements and not any(map(_is_element, elements))):
        raise BadData("The map source answered with JSON that holds no list of elements")
    return answer  # type: ignore[no-any-return]  # it is a dict, as `elements` came out of it


def failure_of(answer: Mapping[str, Any]) -> str:
    """The remark of a server that gave up, "" where there is none."""
    remark = _remark_of(answer)
    return remark if "runtime error" in remark else ""


def _remark_of(answer: Mapping[str, Any]) -> str:
    return storable(str(answer.get("remark") or ""))[:300]


def is_too_big(remark: str) -> bool:
    """Whether the server gave up because of how much was asked for; a smaller cell may be answered."""
    return any(word in remark for word in ("timed out", "out of memory", "too large"))


def timestamp_of(answer: Mapping[str, Any]) -> str:
    """When the data was read from the map, as the answer writes it; "" where it does not tell."""
    head = answer.get("osm3s")
    return str(head.get("timestamp_osm_base", "")) if isinstance(head, dict) else ""


def data_timestamp(value: str) -> datetime | None:
    """The time of the data as OSM writes it (2023-12-26T21:21:22Z), or None."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _is_element(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") in ("node", "way", "relation")
        and type(value.get("id")) is int
        and 0 < value["id"] < 2**63
    )


def _point_of(element: Any) -> tuple[float, float]:
    """Latitude and longitude; not a number where none is told: no cell contains that."""
    point = element.get("center", element) if isinstance(element, dict) else None
    if not isinstance(point, dict):
        return nan, nan
    return _degrees(point.get("lat")), _degrees(point.get("lon"))


def _degrees(value: Any) -> float:
    try:
        return float(value) if type(value) in (int, float) else nan
    except OverflowError:  # a whole number of hundreds of digits
        return nan


def _why_not(element: Any, lat: float, lon: float, cell: Rectangle) -> str:
    """Why this element can be no business of this cell or of one beside it, "" where it can."""
    if not _is_element(element):
        return "It has no type or no id"
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return "It has no coordinates on the map"
    slack = max(cell.north - cell.south, cell.east - cell.west, _BELIEVABLE)
    if not (
        cell.south - slack <= lat <= cell.north + slack and cell.west - slack <= lon <= cell.east + slack
    ):
        return f"Its centre, {lat:.4f},{lon:.4f}, is far away from the place that was asked for"
    tags = element.get("tags")
    name = tags.get("name") if isinstance(tags, dict) else None
    if not isinstance(name, str) or not _storable(name).strip():
        return "It has no name"
    return ""


def _storable(text: str) -> str:
    """As text that every database takes: PostgreSQL refuses NUL and half characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _storable_tags(tags: dict[str, Any]) -> dict[str, str]:
    """The tags as `_storable` text, without those that are none; most are that already, which one look at all of
    them tells."""
    try:
        text = "".join((*tags, *tags.values()))
        text.encode()
    except (TypeError, UnicodeEncodeError):
        text = "\0"
    if "\0" not in text:
        return tags
    return {_storable(key): _storable(value) for key, value in tags.items() if isinstance(value, str)}


def _listing(element: dict[str, Any], lat: float, lon: float, *, data_day: str) -> Listing:
    tags = _storable_tags(element["tags"])
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
        country=country if country and re.fullmatch("[A-Z]{2}", country) else "",
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
        text = tags.get(key)
        if text and (values := tuple(value.strip() for value in text.split(";") if value.strip())):
            return values
    return ()


def _socials(tags: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if _SOCIAL_TAGS.isdisjoint(tags):
        return found
    for network in _SOCIAL_NETWORKS:
        if values := _first(tags, (f"contact:{network}", network)):
            found[network] = values[0]
    return found


def _checked_on(tags: Mapping[str, str]) -> str:
    for key in ("check_date", "survey:date", "check_date:opening_hours"):
        if (day := tags.get(key)) and _ISO_DATE.fullmatch(day):
            return day
    return ""


def operating_status(tags: Mapping[str, str], *, data_day: str) -> OperatingStatus:
    """What the tags say about the business being alive; data_day (YYYY-MM-DD) is the age of the data.

    A live tag says open. "unknown" is a record that contradicts itself, such as a shop that is disused too.
    """
    has_ended = not _SIGNS_OF_AN_END.isdisjoint(tags)
    if has_ended and any(tags[key] == "yes" for key in _ENDED_KEYS & tags.keys()):
        return "closed"
    end = tags.get("end_date", "")
    if end:
        # Years and months compare as well as days do: "2024" and "2024-03" sort before "2024-03-15".
        ended = bool(re.match(r"\d{4}", end)) and bool(data_day) and end <= data_day
        return "closed" if ended else "unknown"
    hours = tags.get("opening_hours", "").strip().lower()
    if hours in {"closed", "off"}:
        return "closed"
    if hours.startswith(("closed", "off")) and re.fullmatch(r'(closed|off) *".*"', hours):
        return "temporarily_closed"
    if has_ended and any(_ENDED_TAGS[before] in tags for before in _ENDED_TAGS.keys() & tags.keys()):
        return "unknown"
    return "open"
