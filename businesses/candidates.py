"""Finds the businesses that new records may belong to, for many records at once.

Only what lies near, has the number or has the domain is compared, so the cost grows with the records and not with
the businesses that are stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import batched
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform

from businesses.matching import Facts, Match, block_of, blocks_near, compare, own_domain, pair_up
from businesses.matching import name_key_of as key_of
from businesses.models import Business, SourceRecord

# Not by name, "listing__upstream": Django keeps every query of that kind, and what was at hand when it was asked,
# until the next collection of garbage.
_ITS_IDS = (KeyTransform("upstream", "listing"), KeyTransform("same_as", "listing"))
_AT_ONCE = 1000
_FIELDS = ("pk", "name_key", "lat", "lon", "category", "phones", "website_domain", "brand")


def find_businesses(
    source: str, listings: Mapping[str, Mapping[str, Any]], *, never: Mapping[str, int]
) -> dict[str, tuple[int, Match]]:
    """Return the business that each new record belongs to, for those that belong to one.

    listings: source id to SourceRecord.listing. A business that has a standing record of the source is not asked:
    distinct ids that a source tells of at one time are distinct businesses. never: the business that a record is
    known not to belong to.
    """
    matches: list[tuple[Match, str, int]] = []
    for some in batched(listings.items(), _AT_ONCE):
        matches += _matches(source, dict(some), never=never)
    return pair_up(matches)


def _matches(
    source: str, listings: Mapping[str, Mapping[str, Any]], *, never: Mapping[str, int]
) -> Iterator[tuple[Match, str, int]]:
    """Every pair of a record and a business that may be one."""
    businesses, had_source = _candidates(source, listings.values())
    if not businesses:
        return
    near, called, named, known_as = _by_what_is_compared(businesses)
    for source_id, told in listings.items():
        record = facts_of(source, source_id, told)
        keys = {key for block in blocks_near([(record.lat, record.lon)]) for key in near.get(block, ())}
        keys |= {key for phone in record.phones for key in called.get(phone, ())}
        keys |= set(named.get(record.domain, ()))
        keys |= {key for other in record.ids for key in known_as.get(other, ())}
        for key in keys - {never.get(source_id, 0)}:
            match = compare(
                record,
                businesses[key],
                is_same_source=key in had_source,
                is_only_with_phone=all(len(called.get(phone, ())) == 1 for phone in record.phones),
            )
            if match:
                yield match, source_id, key


def facts_of(source: str, source_id: str, told: Mapping[str, Any]) -> Facts:
    """What of a record is compared."""
    return Facts(
        name_key=key_of(told["name"]),
        lat=told["lat"],
        lon=told["lon"],
        category=told.get("category", ""),
        phones=tuple(told.get("phones", ())),
        domain=own_domain(told.get("websites", ())),
        brand=told.get("brand", ""),
        ids=_ids(source, source_id, told.get("upstream"), told.get("same_as")),
    )


def _ids(source: str, source_id: str, upstream: str | None, same_as: Iterable[str] | None) -> frozenset[str]:
    """Two sources that read one map call a place by one id."""
    return frozenset((f"{source}:{source_id}", f"{upstream or source}:{source_id}", *(same_as or ())))


def _candidates(source: str, listings: Iterable[Mapping[str, Any]]) -> tuple[dict[int, Facts], set[int]]:
    """The businesses worth comparing, and which of them had a record of the source before."""
    points: list[tuple[float, float]] = []
    phones: set[str] = set()
    domains: set[str] = set()
    links: set[str] = set()
    for told in listings:
        points.append((told["lat"], told["lon"]))
        phones.update(told.get("phones", ()))
        links.update(told.get("same_as", ()))
        if domain := own_domain(told.get("websites", ())):
            domains.add(domain)
    free = _free(source)
    found: dict[int, Facts] = {}
    for rows in (
        free.filter(block__in=blocks_near(points)),
        # Both indexes leave out what is empty, and are used for what says so too.
        free.filter(phone__in=phones).exclude(phone=""),
        free.filter(website_domain__in=domains).exclude(website_domain=""),
        free.filter(pk__in=_linked(source, links)),
    ):
        found.update(_read(rows))
    had_source: set[int] = set()
    for key, its_source, its_id, upstream, same_as in SourceRecord.objects.filter(
        business_id__in=found, is_current=True
    ).values_list("business_id", "source", "source_id", *_ITS_IDS):
        ids = _ids(its_source, its_id, upstream, same_as)
        found[key] = replace(found[key], ids=found[key].ids | ids)
        if its_source == source:
            had_source.add(key)
    return found, had_source


def _free(source: str) -> QuerySet[Business]:
    """The businesses of which the source tells nothing at present."""
    standing = SourceRecord.objects.filter(
        business=OuterRef("pk"), source=source, is_current=True, missing_since__isnull=True
    )
    # One record asked for and not whether there are any: the latter is answered by reading all of the source's.
    return (
        Business.objects.filter(merged_into__isnull=True)
        .alias(standing=Subquery(standing.values("pk")[:1]))
        .filter(standing__isnull=True)
    )


def _read(rows: QuerySet[Business]) -> dict[int, Facts]:
    return {
        key: Facts(name_key, lat, lon, category, tuple(phones), domain, brand)
        for key, name_key, lat, lon, category, phones, domain, brand in rows.values_list(*_FIELDS)
    }


def _linked(source: str, ids: Iterable[str]) -> set[int]:
    """The businesses of the records that are named outright: "overture:0a1b" is record 0a1b of that source."""
    by_source = defaultdict(list)
    for link in ids:
        name, _, source_id = link.partition(":")
        if name in settings.SOURCES and name != source:
            by_source[name].append(source_id)
    found: set[int] = set()
    for name, source_ids in by_source.items():
        records = SourceRecord.objects.filter(source=name, source_id__in=source_ids, is_current=True)
        found.update(records.values_list("business_id", flat=True))
    return found


type _Index = dict[str, list[int]]


def _by_what_is_compared(businesses: Mapping[int, Facts]) -> tuple[_Index, _Index, _Index, _Index]:
    near, called, named, known_as = (defaultdict(list) for _ in range(4))
    for key, facts in businesses.items():
        near[block_of(facts.lat, facts.lon)].append(key)
        for phone in facts.phones:
            called[phone].append(key)
        if facts.domain:
            named[facts.domain].append(key)
        for other in facts.ids:
            known_as[other].append(key)
    return near, called, named, known_as
