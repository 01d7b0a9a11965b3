"""Hits on the public doors: kept in a file at once, taken into the database together.

A hit is safe once it is written and synced to the spool, whatever the database does. Taking in may end anywhere and
may be done twice: each hit has a key of its own, and the database keeps a key once.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Final, NamedTuple

import orjson
from django.db import transaction

from campaigns import policy, spool
from campaigns.models import Event, Message
from pipeline.errors import storable

logger = logging.getLogger(__name__)

AT_ONCE: Final = 1000
MOST_A_MINUTE: Final = 30  # of one kind on one thing, in each process: more is a machine in a loop
REMEMBERED: Final = 10_000
_ON_A_SITE: Final = frozenset({Event.Kind.READ, Event.Kind.CLAIM_OPENED})
# Only where each reader may be watched; the links of a mail work, and are counted, everywhere.
_WATCHING: Final = frozenset({Event.Kind.OPENED, Event.Kind.READ})

_counted: dict[tuple[str, int], int] = {}
_minute = 0


class Hit(NamedTuple):
    """One request: `row` is a message, or a site for what happens on one; `network` is never a whole address."""

    key: str
    kind: str
    row: int
    link: int
    method: str
    user_agent: str
    network: str
    at: str


def keep(
    kind: str, row: int, *, link: int = 0, method: str, user_agent: str, network: str, now: datetime
) -> bool:
    """Write a hit where no crash loses it; False where it was one too many, or could not be kept."""
    if _is_too_many(kind, row, now):
        return False
    hit = Hit(
        uuid.uuid4().hex,
        kind,
        row,
        link,
        storable(method[:8]),
        storable(user_agent[:300]),
        network,
        now.isoformat(),
    )
    try:
        spool.append(orjson.dumps(hit._asdict()))
    except OSError:
        logger.exception("A hit could not be kept")
        return False
    return True


def take_in() -> int:
    """Store what is spooled as events; returns how many were new. Raises DatabaseError, and nothing is lost."""
    taken = 0
    for path in spool.set_aside():
        with spool.in_hand(path) as file:
            if file is None:
                continue
            for batch in batched(_read(file), AT_ONCE):
                taken += _store(batch)
            path.unlink()
    return taken


def _store(hits: Sequence[Hit]) -> int:
    """Keep a batch; what is on nothing of ours, or on somebody who said no, is left out."""
    if not hits:
        return 0
    mails = _mails_of(hits)
    tracking = policy.tracking_in(country for _mail, country in mails.values())
    events = []
    for hit in hits:
        mail, country = mails.get((hit.kind in _ON_A_SITE, hit.row), (None, ""))
        if mail is None or (hit.kind in _WATCHING and tracking[country] != "individual"):
            continue
        events.append(
            Event(
                message_id=mail,
                kind=hit.kind,
                at=datetime.fromisoformat(hit.at),
                link=hit.link,
                method=hit.method,
                user_agent=hit.user_agent,
                network=hit.network,
                dedup_key=f"hit:{hit.key}",
            )
        )
    keys = [event.dedup_key for event in events]
    with transaction.atomic():
        before = Event.objects.filter(dedup_key__in=keys).count()
        Event.objects.bulk_create(events, ignore_conflicts=True)
    return len(events) - before


def _mails_of(hits: Sequence[Hit]) -> dict[tuple[bool, int], tuple[int, str]]:
    """Return the mail that each hit is about and its country, by (is it on a site, number).

    On a site it is the last that went out.
    """
    tracked = Message.objects.filter(unsubscribed_at__isnull=True, campaign__business__suppressed=False)
    sites = {hit.row for hit in hits if hit.kind in _ON_A_SITE}
    mails = {hit.row for hit in hits if hit.kind not in _ON_A_SITE}
    told = ("pk", "campaign__business__country")
    found = {(False, pk): (pk, country) for pk, country in tracked.filter(pk__in=mails).values_list(*told)}
    on_sites = tracked.filter(campaign__site_id__in=sites, sent_at__isnull=False).order_by("step")
    for site, pk, country in on_sites.values_list("campaign__site_id", *told):
        found[(True, site)] = (pk, country)
    return found


def _read(lines: Iterable[bytes]) -> Iterator[Hit]:
    for line in lines:
        if not line.strip():
            continue
        try:
            yield Hit(**orjson.loads(line))
        except (ValueError, TypeError):
            logger.warning("A torn line of the spool is left out")


def _is_too_many(kind: str, row: int, now: datetime) -> bool:
    """Tell whether a hit is beyond what is kept of its kind on one thing in a minute."""
    global _minute
    minute = int(now.timestamp()) // 60
    if minute != _minute or len(_counted) >= REMEMBERED:
        _counted.clear()
        _minute = minute
    _counted[(kind, row)] = count = _counted.get((kind, row), 0) + 1
    if count == MOST_A_MINUTE + 1:
        logger.warning(
            "More than %d hits a minute (%s %d): the rest of this minute is not kept",
            MOST_A_MINUTE,
            kind,
            row,
        )
    return count > MOST_A_MINUTE
