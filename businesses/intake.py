"""Intake: what a source tells becomes source records, and businesses are made of them.

Records are only ever added to: one that says something else is a new row beside the old one. Answers may be large,
so everything is done for a thousand records at a time, with as many queries whatever their number.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models.fields.json import KeyTransform

from businesses import candidates, merging
from businesses.adding import RowAdder
from businesses.categories import trades_of
from businesses.erased import erased_keys, is_erased
from businesses.garbage import no_search_for_garbage
from businesses.listings import facts_of_listing, hash_of
from businesses.matching import Match, block_of, is_same_name, name_key_of
from businesses.models import Business, SourceRecord
from businesses.sources.base import Listing, Rectangle, Source
from businesses.upshot import Upshot
from territories.models import CoverageGrid

_PLACE_AND_TRADE: Final = tuple(KeyTransform(name, "listing") for name in ("lat", "lon", "category"))
_AT_ONCE: Final = 1000
_LOCK: Final = 0x5745424D  # one number for all that store at one time, on PostgreSQL


@dataclass(frozen=True)
class Intake:
    """What one answer brought. new, changed and seen count records, as does missing: those that it left out.

    merged: new records given to a business that was there already. closed, review: businesses that are no lead any
    more, and those that a person has to look at, as their records say now.
    """

    new: int
    changed: int
    seen: int
    merged: int = 0
    closed: int = 0
    missing: int = 0
    review: int = 0

    def __str__(self) -> str:
        more = (
            (self.merged, "merged"),
            (self.closed, "closed"),
            (self.missing, "gone"),
            (self.review, "for a person"),
        )
        told = "".join(f", {count} {word}" for count, word in more if count)
        return f"{self.new} new, {self.changed} changed, {self.seen} as before{told}"


@no_search_for_garbage()
def store_listings(
    cell: CoverageGrid,
    source: Source,
    listings: tuple[Listing, ...],
    *,
    now: datetime,
    by: str,
    whole: Rectangle | None = None,
    refused: Collection[str] = (),
) -> Intake:
    """Store an answer for a cell; must run in the transaction that ends the cell.

    whole: the area of which the answer holds everything there is, so what it leaves out there is gone; None where it
    proves that of no place. refused: ids of records that it holds and that could not be read: they are not gone.
    """
    by_id = {listing.source_id: listing for listing in listings}
    # Neighbours together, so that a batch is compared with few squares.
    ordered = sorted(
        by_id.values(), key=lambda listing: (block_of(listing.lat, listing.lon), listing.source_id)
    )
    country = cell.territory.country
    # All that can be done beforehand: others wait for their turn meanwhile.
    incoming = [
        _Incoming(listing, facts_of_listing(listing, source, territory_country=country), hash_of(listing))
        for listing in ordered
    ]
    gone = erased_keys()
    incoming = [
        each
        for each in incoming
        if not is_erased(
            gone,
            source.name,
            each.listing.source_id,
            [each.told.get("email", ""), *each.told.get("emails", [])],
        )
    ]
    _wait_for_turn()
    _look_up_by_index()
    with RowAdder() as adder:
        counts: Counter[str] = Counter()
        upshot = Upshot(now, by, counts)
        store = _Store(cell, source, now, adder, counts, upshot)
        if whole:
            store.mark_missing(whole, {*by_id, *refused})
        for batch in batched(incoming, _AT_ONCE):
            store.see_again(batch)
        store.add_new()
        upshot.settle_missing()
    return Intake(**{name: counts[name] for name in Intake.__dataclass_fields__})


def _wait_for_turn() -> None:
    """Two answers stored at one time could not see that they tell of one business."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _look_up_by_index() -> None:
    """Have the database use its indexes to the end of the transaction.

    All is asked by key; but what it believes of tables that are just being filled is out of date, and it would read
    them whole.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


class _Incoming(NamedTuple):
    listing: Listing
    told: dict[str, Any]
    digest: str


@dataclass
class _Store:
    """The storing of one answer."""

    cell: CoverageGrid
    source: Source
    now: datetime
    adder: RowAdder
    counts: Counter[str]
    upshot: Upshot
    # What is new, by id, and of that what replaces a record that is another business's.
    _fresh: dict[str, _Incoming] = field(default_factory=dict)
    _strangers: dict[str, SourceRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._told_at = self.now.isoformat()
        times = ("found_at", "seen_at", "next_attempt_at", "status_changed_at")
        self._of_all_businesses = {
            "territory_id": self.cell.territory_id, "grid_id": self.cell.pk, **dict.fromkeys(times, self.now)
        }  # fmt: skip
        self._of_all_records = {
            "source": self.source.name, "grid_id": self.cell.pk, "attribution": self.source.attribution,
            "first_seen_at": self.now, "last_seen_at": self.now,
        }  # fmt: skip

    def mark_missing(self, whole: Rectangle, present: Collection[str]) -> None:
        """Mark the cell's standing records of an area that the answer leaves out."""
        asked = Rectangle(self.cell.south, self.cell.west, self.cell.north, self.cell.east)
        trades = set(trades_of(self.cell.trades) if self.cell.trades else self.cell.territory.categories)
        gone = {}
        rows = SourceRecord.objects.filter(
            source=self.source.name,
            grid_id__in=_with_ancestors(self.cell),
            is_current=True,
            missing_since__isnull=True,
        ).values_list("pk", "source_id", "business_id", *_PLACE_AND_TRADE)
        for key, source_id, business_id, lat, lon, category in rows.iterator():
            # A question for some trades in a part of the cell says nothing about the others.
            is_told_of = asked.contains(lat, lon) and whole.contains(lat, lon)
            was_asked_for = is_told_of and (not trades or category in trades)
            if was_asked_for and source_id not in present:
                gone[key] = business_id
        for keys in batched(gone, _AT_ONCE):
            SourceRecord.objects.filter(pk__in=keys).update(missing_since=self.now)
        self.counts["missing"] = len(gone)
        self.upshot.bereft = set(gone.values())

    def see_again(self, batch: Iterable[_Incoming]) -> None:
        """Store what is known of one batch: what is as before is marked as seen, what differs becomes rows."""
        incoming = {each.listing.source_id: each for each in batch}
        known = {
            record.source_id: record
            for record in SourceRecord.objects.filter(
                source=self.source.name, source_id__in=incoming, is_current=True
            ).defer("payload")
        }
        same = [record for key, record in known.items() if record.payload_hash == incoming[key].digest]
        self._see(same)
        changed = [record for key, record in known.items() if record.payload_hash != incoming[key].digest]
        renamed, strangers = self._told_apart(changed, incoming)
        SourceRecord.objects.filter(pk__in=[record.pk for record in changed]).update(is_current=False)
        stay = [record for record in changed if record.source_id not in strangers]
        self.adder.add(
            SourceRecord,
            [self._row(incoming[old.source_id], old.business_id, old=old) for old in stay],
            self._of_all_records,
        )
        self.adder.wait()
        self.counts["changed"] += len(changed)
        Business.objects.filter(pk__in={record.business_id for record in (*same, *stay)}).update(
            seen_at=self.now
        )
        returned = [record for record in same if record.missing_since]
        self.upshot.recompute(
            {record.business_id: "It is in its source again" for record in returned}
            | {record.business_id: "Its record changed" for record in stay},
            renamed={
                record.business_id: (record.listing["name"], incoming[record.source_id].told["name"])
                for record in renamed
            },
        )
        self._strangers |= strangers
        self._fresh |= {key: each for key, each in incoming.items() if key not in known or key in strangers}

    def _see(self, same: Iterable[SourceRecord]) -> None:
        keys = [record.pk for record in same]
        SourceRecord.objects.filter(pk__in=keys).update(
            last_seen_at=self.now, missing_since=None, grid=self.cell
        )
        self.counts["seen"] += len(keys)

    def _told_apart(
        self, changed: Iterable[SourceRecord], incoming: Mapping[str, _Incoming]
    ) -> tuple[list[SourceRecord], dict[str, SourceRecord]]:
        """Return, of the changed records, those under quite another name: first those that are all their business
        has, then by id the strangers, whose business lives on under its name in other records.

        A person who said whose record it is knew why: it never becomes a stranger.
        """
        renamed = [
            record for record in changed if not _is_one_name(record, incoming[record.source_id].told["name"])
        ]
        others: dict[int, list[SourceRecord]] = defaultdict(list)
        for other in SourceRecord.objects.filter(
            business_id__in={record.business_id for record in renamed},
            is_current=True,
            missing_since__isnull=True,
        ).exclude(pk__in=[record.pk for record in renamed]):
            others[other.business_id].append(other)
        alone, strangers = [], {}
        for record in renamed:
            name = incoming[record.source_id].told["name"]
            if any(_is_one_name(other, name) for other in others[record.business_id]):
                continue  # the business goes by that name already
            if others[record.business_id] and not record.settled_by:
                strangers[record.source_id] = record
            else:
                alone.append(record)
        return alone, strangers

    def add_new(self) -> None:
        """Store the records of ids that are not known yet, or that tell of another business now."""
        incoming, strangers = self._fresh, self._strangers
        # All are looked up before any is stored: nothing then waits for rows that are on their way.
        given = candidates.find_businesses(
            self.source.name,
            {key: each.told for key, each in incoming.items()},
            never={key: record.business_id for key, record in strangers.items()},
        )
        why = {key: f"Another business than {each.listing['name']} before" for key, each in strangers.items()}
        why |= {key: match.why for key, (_, match) in given.items()}
        self.adder.add(
            SourceRecord,
            [self._row(incoming[key], business_id, why=why[key]) for key, (business_id, _) in given.items()],
            self._of_all_records,
        )
        self.counts["merged"] += len(given.keys() - strangers.keys())
        made = self._found([each for key, each in incoming.items() if key not in given], why)
        self.counts["new"] += len(made.keys() - strangers.keys())
        if not (given or strangers):
            return
        found_again = [business_id for business_id, _ in given.values()]
        Business.objects.filter(pk__in=found_again).update(seen_at=self.now)
        self.upshot.recompute(
            {
                record.business_id: "A record of it tells of another business now"
                for record in strangers.values()
            }
            | {business_id: f"A further record: {match.why}" for business_id, match in given.values()},
            renamed=self._doubtful(incoming, given),
        )
        for key in made.keys() & strangers.keys():
            business = Business.objects.get(pk=made[key])
            self.upshot.ask(business, strangers[key].listing["name"], incoming[key].told["name"])

    def _found(self, lone: Sequence[_Incoming], why: Mapping[str, str]) -> dict[str, int]:
        """Store records with a business of their own each; returns its key by the record's id."""
        made: dict[str, int] = {}
        self.adder.reserve_keys(Business, len(lone))
        for batch in batched(lone, _AT_ONCE):
            keys = self.adder.add_keyed(
                Business, [self._business(each) for each in batch], self._of_all_businesses
            )
            self.adder.add(
                SourceRecord,
                [
                    self._row(each, key, why=why.get(each.listing.source_id, ""))
                    for each, key in zip(batch, keys, strict=True)
                ],
                self._of_all_records,
            )
            made |= zip((each.listing.source_id for each in batch), keys, strict=True)
        self.adder.wait()
        return made

    def _doubtful(
        self, incoming: Mapping[str, _Incoming], given: Mapping[str, tuple[int, Match]]
    ) -> dict[int, tuple[str, str]]:
        """The businesses that got a record under quite another name: the old and the new one."""
        odd = {business_id: key for key, (business_id, match) in given.items() if not match.same_name}
        names = Business.objects.filter(pk__in=odd).values_list("pk", "name")
        return {business_id: (name, incoming[odd[business_id]].told["name"]) for business_id, name in names}

    def _business(self, each: _Incoming) -> dict[str, Any]:
        told = merging.Told(
            self.source.name, each.listing.source_id, self._licence(each), self._told_at, each.told
        )
        return merging.merge([told])

    def _row(
        self, each: _Incoming, business_id: int, *, old: SourceRecord | None = None, why: str = ""
    ) -> dict[str, Any]:
        return {
            "source_id": each.listing.source_id,
            "business_id": business_id,
            "payload": dict(each.listing.raw),
            "payload_hash": each.digest,
            "listing": each.told,
            "matched_by": (old.matched_by if old else why)[:200],
            "settled_by": old.settled_by if old else "",
            "merged_from_id": old.merged_from_id if old else None,
            "licence": self._licence(each),
        }

    def _licence(self, each: _Incoming) -> str:
        return (each.listing.licence or self.source.licence)[:80]


def _is_one_name(record: SourceRecord, name: str) -> bool:
    return is_same_name(name_key_of(record.listing["name"]), name_key_of(name))


def _with_ancestors(cell: CoverageGrid) -> list[int]:
    """The cell and those that it was split from: what these held may lie in it."""
    keys = [cell.pk]
    parent = cell.parent
    while parent is not None:
        keys.append(parent.pk)
        parent = parent.parent
    return keys
