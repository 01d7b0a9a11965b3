"""Judging who was behind the hits, and what that sets: the times that count, and the end of the follow-ups."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns import classifying, hits, policy, sequences
from campaigns.classifying import RULE_VERSION, Judgement, Seen
from campaigns.models import Campaign, Event, Message
from pipeline.runner import Run, StageResult

Kind = Event.Kind
Actor = Event.Actor
HITS: Final = (Kind.OPENED, Kind.CLICKED, Kind.OPT_OUT_OPENED, Kind.READ, Kind.CLAIM_OPENED)
PEOPLE: Final = (Actor.HUMAN, Actor.PROXY)
SETTLES: Final = classifying.A_WHILE  # what comes after a hit tells of it too
A_ROUND: Final = 5000
AT_ONCE: Final = 500
KEPT: Final = timedelta(days=365)  # hits are surely there for so long


def judge_hits(run: Run) -> StageResult:
    """Take in what is spooled and judge what has settled."""
    result = StageResult("hits")
    if taken := hits.take_in():
        result.rows["hits taken in"] = taken
    fresh = Event.objects.filter(rule_version=0, kind__in=HITS, at__lte=run.now() - SETTLES)
    if judged := _judge(fresh.order_by("at", "pk")[:A_ROUND], now=run.now(), by=run.by):
        result.rows["hits judged"] = judged
    return result


def reclassify(*, since: datetime, now: datetime, by: str) -> int:
    """Judge the hits since a day anew by the rules of today; returns how many. Times follow, stops stay."""
    old = Event.objects.filter(kind__in=HITS, at__gte=since, at__lte=now - SETTLES)
    old = old.exclude(user_agent="", network="")  # who that was is forgotten, what was said of it stands
    return _judge(old.order_by("at", "pk"), now=now, by=by)


def _judge(events: QuerySet[Event], *, now: datetime, by: str) -> int:
    judged = 0
    for batch in batched(events.select_related("message__campaign__business").iterator(AT_ONCE), AT_ONCE):
        around = _Around(batch)
        tracking = policy.tracking_in(event.message.campaign.business.country for event in batch)
        for event in batch:
            said = classifying.judge(_seen(event), around.of(event))
            _note(event, said, tracking[event.message.campaign.business.country])
        with transaction.atomic():
            Event.objects.bulk_update(
                batch, ["actor", "reasons", "rule_version", "user_agent", "network"], batch_size=AT_ONCE
            )
            for message_id in dict.fromkeys(event.message_id for event in batch):
                settle_times(message_id, now=now, by=by)
        judged += len(batch)
    return judged


def _note(event: Event, said: Judgement, tracking: str) -> None:
    event.actor, event.reasons, event.rule_version = said.actor, list(said.reasons), RULE_VERSION
    if tracking != "individual":
        event.user_agent, event.network = "", ""  # it was needed to tell a machine, and is not kept


class _Around:
    """The hits beside those of a batch: on the same mails, and from the same networks, at about that time."""

    def __init__(self, batch: Iterable[Event]) -> None:
        batch = list(batch)
        begin, end = batch[0].at - SETTLES, batch[-1].at + SETTLES
        beside = Event.objects.filter(at__range=(begin, end), kind__in=HITS).exclude(kind=Kind.OPENED)
        here = Q(message__in={event.message_id for event in batch})
        here |= Q(network__in={event.network for event in batch} - {""})
        self._of_mail: dict[int, list[Event]] = defaultdict(list)
        self._of_network: dict[str, list[Event]] = defaultdict(list)
        for event in beside.filter(here).select_related("message"):
            self._of_mail[event.message_id].append(event)
            if event.network:
                self._of_network[event.network].append(event)

    def of(self, event: Event) -> list[Seen]:
        """Return what was asked for beside one hit."""
        near = {each.pk: each for each in self._of_mail[event.message_id]}
        near |= {each.pk: each for each in self._of_network.get(event.network, [])}
        return [_seen(each) for key, each in near.items() if key != event.pk]


def _seen(event: Event) -> Seen:
    sent_at = event.message.sent_at
    return Seen(
        event.message_id,
        event.kind,
        event.link,
        event.method,
        event.user_agent,
        event.network,
        at=event.at - datetime(2020, 1, 1, tzinfo=event.at.tzinfo),
        age=event.at - sent_at if sent_at else None,
    )


def settle_times(message_id: int, *, now: datetime, by: str) -> None:
    """Set the times of a mail from the hits that count, and end its follow-ups where a person followed a link."""
    message = Message.objects.select_for_update().get(pk=message_id)
    seen = Event.objects.filter(message=message_id, kind__in=HITS).order_by("at")
    times = times_of(seen)
    if message.created_at < now - KEPT:  # its first hits may be deleted
        times |= {name: getattr(message, name) for name in times if getattr(message, name)}
    Message.objects.filter(pk=message_id).update(**times)
    if times["engaged_at"] and message.engaged_at is None:
        _stop(message.campaign_id, Campaign.StopReason.ENGAGED, now=now, by=by)
    elif times["clicked_at"] and message.clicked_at is None:
        _stop(message.campaign_id, Campaign.StopReason.CLICKED, now=now, by=by)


def times_of(seen: Iterable[Event]) -> dict[str, datetime | None]:
    """Return when a mail was first opened by a person and by a machine, followed and surely read; `seen` by time."""
    times: dict[str, datetime | None] = dict.fromkeys(
        ("opened_at", "machine_opened_at", "clicked_at", "engaged_at")
    )
    links: set[int] = set()
    for hit in seen:
        kind, is_person = hit.kind, hit.actor in PEOPLE
        if kind == Kind.OPENED and is_person:
            _once(times, "opened_at", hit.at)
        elif kind == Kind.OPENED and hit.actor == Actor.MACHINE:
            _once(times, "machine_opened_at", hit.at)
        elif kind == Kind.CLICKED and is_person:
            _once(times, "clicked_at", hit.at)
            links.add(hit.link)
        if is_person and (kind in (Kind.READ, Kind.CLAIM_OPENED) or len(links) > 1):
            _once(times, "engaged_at", hit.at)
    return times


def _once(times: dict[str, datetime | None], name: str, at: datetime) -> None:
    if times[name] is None:
        times[name] = at


def _stop(campaign_id: int, reason: str, *, now: datetime, by: str) -> None:
    sequences.stop_company(Campaign.objects.get(pk=campaign_id), reason, now=now, by=by)


def forget_visitors(*, now: datetime, keep_programs: timedelta, keep_events: timedelta) -> dict[str, int]:
    """Wipe program and network of old hits, and delete very old ones; times that were set from them stay."""
    until = now - keep_programs
    wiped = Event.objects.filter(at__lt=until).exclude(network="").update(user_agent="", network="")
    # Those of no known network are few; no index finds them, so only the last week's are looked through.
    bare = Event.objects.filter(kind__in=HITS, at__range=(until - timedelta(days=7), until), network="")
    wiped += bare.exclude(user_agent="").update(user_agent="")
    gone, _ = Event.objects.filter(at__lt=now - keep_events, kind__in=HITS).delete()
    return {"visitors forgotten": wiped, "old hits deleted": gone}
