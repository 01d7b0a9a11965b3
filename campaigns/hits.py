"""Hits on the public doors: kept in a file at once, taken into the database together.

A hit is safe once it is written and synced to the spool, whatever the database does. Taking in may end anywhere and
may be done twice: each hit has a key of its own, and the database keeps a key once.
"""

import contextlib
import fcntl
import json
import logging
import os
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, transaction

from campaigns import policy
from campaigns.models import Event, Message

logger = logging.getLogger(__name__)

AT_ONCE: Final = 1000
MOST_A_MINUTE: Final = 30  # of one kind on one thing, in each process: more is a machine in a loop
REMEMBERED: Final = 10_000
_ON_A_SITE: Final = frozenset({Event.Kind.READ, Event.Kind.CLAIM_OPENED})
# Only where each reader may be watched; the links of a mail work, and are counted, everywhere.
_WATCHING: Final = frozenset({Event.Kind.OPENED, Event.Kind.READ})

_counted: dict[tuple[str, int], int] = {}
_minute = 0
_taken_in_at = 0.0


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
    hit = Hit(uuid.uuid4().hex, kind, row, link, method[:8], user_agent[:300], network, now.isoformat())
    try:
        _append(json.dumps(hit._asdict()).encode())
    except OSError:
        logger.exception("A hit could not be kept")
        return False
    return True


def take_in_soon() -> None:
    """Take in what is spooled, at most once in HITS_EVERY seconds; a database that is away is left alone."""
    global _taken_in_at
    if time.monotonic() - _taken_in_at < settings.HITS_EVERY:
        return
    _taken_in_at = time.monotonic()
    try:
        take_in()
    except (DatabaseError, OSError) as error:
        logger.warning("Hits wait in their spool: %s", error)


def take_in() -> int:
    """Store what is spooled as events; returns how many were new. Raises DatabaseError, and nothing is lost."""
    _set_aside()
    taken = 0
    for path in sorted(_folder().glob("aside-*.jsonl")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # somebody else has it in hand
            if not path.exists():
                continue
            batch: list[Hit] = []
            for hit in _read(file):
                batch.append(hit)
                if len(batch) == AT_ONCE:
                    taken += _store(batch)
                    batch = []
            taken += _store(batch)
            path.unlink()
    return taken


def waiting() -> int:
    """Return how many bytes wait in the spool."""
    return sum(path.stat().st_size for path in _folder().glob("*.jsonl"))


def _store(hits: list[Hit]) -> int:
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


def _mails_of(hits: list[Hit]) -> dict[tuple[bool, int], tuple[int, str]]:
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


def _append(line: bytes) -> None:
    try:
        spool = _written(line)
    except FileNotFoundError:  # the first hit of all
        _folder().mkdir(parents=True, exist_ok=True)
        spool = _written(line)
    try:
        os.fdatasync(spool)
    finally:
        os.close(spool)


def _written(line: bytes) -> int:
    """Return the open spool with the line at its end; many write at once, none while it is set aside."""
    folder = _folder()
    with _lock(folder, fcntl.LOCK_SH):
        spool = os.open(folder / "spool.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        # A line begins with its line break: what a crash tore before it cannot swallow it.
        os.write(spool, b"\n" + line)
    return spool


def _set_aside() -> None:
    folder = _folder()
    spool = folder / "spool.jsonl"
    if not spool.exists():
        return
    with _lock(folder, fcntl.LOCK_EX), contextlib.suppress(FileNotFoundError):
        spool.rename(folder / f"aside-{time.time_ns()}-{os.getpid()}.jsonl")


@contextlib.contextmanager
def _lock(folder: Path, how: int) -> Iterator[None]:
    lock = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)


def _read(lines: Iterator[bytes]) -> Iterator[Hit]:
    for line in lines:
        if not line.strip():
            continue
        try:
            yield Hit(**json.loads(line))
        except (ValueError, TypeError):
            logger.warning("A torn line of the spool is left out")


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "hits"


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
