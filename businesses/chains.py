"""Whether a business belongs to a chain: by the index of names, by one name at several addresses, by one domain."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Final

from django.db.models import QuerySet

from businesses.brands import is_generic_name, is_known_chain, plain_key
from businesses.models import Business

MOST_READ: Final = 50  # places of one name or domain that are looked at; far more than any rule asks for
SAME_PLACE: Final = 100  # metres
DEGREE: Final = 111_320  # metres of latitude


@dataclass(frozen=True, slots=True)
class ChainSigns:
    """in_index: the index of chains knows the name, for this trade and country. of_name, of_domain: places
    in the territory that carry its name, or send to its domain, this one included; two records of one address
    or within 100 m are one place.
    """

    in_index: bool
    of_name: int
    of_domain: int


def find_chain_signs(business: Business) -> ChainSigns:
    """Look at what is stored of the territory; asks the outside nothing."""
    return ChainSigns(
        in_index=is_known_chain(
            business.name,
            category=business.category,
            country=business.country,
            places=(business.city, business.territory.name),
        ),
        of_name=count_places(_of_its_name(business)),
        of_domain=count_places(_of_its_domain(business)),
    )


def leads_like(business: Business) -> set[int]:
    """The keys of the other leads in its territory, decided by rules, that carry its name or send to its domain."""
    leads = Business.objects.filter(
        territory_id=business.territory_id,
        merged_into=None,
        decided_by="",
        status__in=("qualified", "call_list"),
    ).exclude(pk=business.pk)
    found: set[int] = set()
    if business.website_domain:
        found.update(leads.filter(website_domain=business.website_domain).values_list("pk", flat=True))
    if key := _repeated_key(business):
        column = "name_key" if business.name_key else "name"
        same = leads.filter(**{column: getattr(business, column)}).values_list("pk", "name")
        found.update(pk for pk, name in same if plain_key(name) == key)
    return found


def count_places(businesses: Iterable[Business]) -> int:
    """Count addresses, not records: a shop drawn twice is one."""
    places: list[Business] = []
    for business in businesses:
        if not any(_is_same_place(business, place) for place in places):
            places.append(business)
    return len(places)


def _of_its_name(business: Business) -> list[Business]:
    key = _repeated_key(business)
    if not key:
        return [business]
    column = "name_key" if business.name_key else "name"
    same = _others(business).filter(**{column: getattr(business, column)})[:MOST_READ]
    # The stored key leaves out words such as "café": places that differ in those have different names.
    return [business, *(other for other in same if plain_key(other.name) == key)]


def _repeated_key(business: Business) -> str:
    """The name as it is compared, "" where its repetition says nothing: half of a trade is called "Barber Shop"."""
    return "" if is_generic_name(business.name) else plain_key(business.name)


def _of_its_domain(business: Business) -> list[Business]:
    if not business.website_domain:
        return [business]
    return [business, *_others(business).filter(website_domain=business.website_domain)[:MOST_READ]]


def _others(business: Business) -> QuerySet[Business]:
    return (
        Business.objects.filter(territory_id=business.territory_id, merged_into=None)
        .exclude(pk=business.pk)
        .only("name", "street", "housenumber", "lat", "lon")
        .order_by("pk")
    )


def _is_same_place(one: Business, other: Business) -> bool:
    if one.street and one.housenumber:
        address = (plain_key(one.street), plain_key(one.housenumber))
        if address == (plain_key(other.street), plain_key(other.housenumber)):
            return True
    east = (one.lon - other.lon) * cos(radians(one.lat)) * DEGREE
    north = (one.lat - other.lat) * DEGREE
    return hypot(east, north) < SAME_PLACE
