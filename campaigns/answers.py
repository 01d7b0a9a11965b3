"""What follows from what came back: it was delivered, it bounced, somebody complained, answered or said no.

All of this is called within the transaction that applies the news, and bears being called twice: an event is kept
once by its key, a time is set once, and what is known for worse is never made better by late news.
"""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from campaigns import reconciling, sequences, suppression
from campaigns.addresses import UnusableAddress
from campaigns.models import Campaign, Event, InboundMail, Message, Suppression
from pipeline import incidents

logger = logging.getLogger(__name__)

REPLY: Final = "reply"  # the kind of the incident
AWAY_FOR: Final = timedelta(days=7)  # where an out-of-office answer names no day
LATEST: Final = 5  # mails to an address, of which
TOO_MANY: Final = 3  # soft bounces are as good as a hard one
SHOWN: Final = 300  # characters of an answer in the mail to staff
_RANK: Final = {"": 0, Message.Bounce.SOFT: 1, Message.Bounce.POLICY: 2, Message.Bounce.HARD: 3}


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news about a mail. `key`: the same for the same news, whoever brings it how often; `by`: who says
    so, as timelines show it; `detail`: codes and texts of the other side; `is_proof`: whether it is surely about this
    very mail."""

    message: Message
    key: str
    at: datetime
    now: datetime
    by: str
    detail: dict[str, Any] = field(default_factory=dict)
    is_proof: bool = True


def note_delivered(news: News) -> None:
    """The other side took the mail."""
    _keep(news, Event.Kind.DELIVERED)
    _set_once(news, "delivered_at")
    _prove_sent(news)


def note_deferred(news: News) -> None:
    """The other side put the mail off; nothing follows."""
    _keep(news, Event.Kind.DEFERRED)


def note_bounce(news: News, verdict: Message.Bounce) -> None:
    """The mail came back. A box that does not exist is never written to again; what they have against us is no
    fault of theirs; three soft bounces of the last five mails to an address are as good as a hard one."""
    _keep(news, Event.Kind.BOUNCED, {"bounce": verdict.value})
    _set_once(news, "bounced_at")
    _prove_sent(news)
    lower = [each for each, rank in _RANK.items() if rank < _RANK[verdict]]
    Message.objects.filter(pk=news.message.pk, bounce__in=lower).update(bounce=verdict)
    if verdict == Message.Bounce.HARD or _is_soft_too_often(news.message):
        _stop_company(news, Campaign.StopReason.BOUNCED)
        suppression.suppress(
            news.message.recipient, reason=Suppression.Reason.BOUNCED, now=news.now, by=news.by
        )


def note_complaint(news: News) -> None:
    """Somebody called the mail spam."""
    _keep(news, Event.Kind.COMPLAINED)
    _set_once(news, "complained_at")
    _prove_sent(news)
    _stop_company(news, Campaign.StopReason.OPTED_OUT)
    suppression.suppress(
        news.message.recipient, reason=Suppression.Reason.COMPLAINED, now=news.now, by=news.by
    )


def note_no(news: News, *, writer: str = "", reason: str = Suppression.Reason.ANSWERED_NO) -> None:
    """Somebody asked not to be written to again; `writer` is the address that asked, where it is another one."""
    _keep(news, Event.Kind.UNSUBSCRIBED, actor=Event.Actor.HUMAN)
    _set_once(news, "unsubscribed_at")
    _prove_sent(news)
    _stop_company(news, Campaign.StopReason.OPTED_OUT)
    for address in dict.fromkeys((news.message.recipient, writer)):
        try:
            suppression.suppress(address, reason=reason, now=news.now, by=news.by)
        except UnusableAddress:
            continue


def note_automatic(news: News, *, back_on: date | None, delays: bool) -> None:
    """A machine answered: nobody said anything, and the next mail waits until somebody is back (for a week, where no
    day is named) if `delays`."""
    is_new = _keep(news, Event.Kind.AUTO_REPLIED)
    _set_once(news, "auto_replied_at")
    _prove_sent(news)
    if not (is_new and delays):
        return
    until = news.at + AWAY_FOR
    if back_on is not None:
        until = datetime.combine(back_on + timedelta(days=1), time(), tzinfo=UTC)
    if until > news.now:
        sequences.delay(news.message.campaign, until=until, why="Out of office", now=news.now, by=news.by)


def note_reply(news: News, mail: InboundMail) -> None:
    """A person answered: no further mail by itself, and staff hears of it within a minute."""
    _keep(news, Event.Kind.REPLIED, actor=Event.Actor.HUMAN)
    _set_once(news, "replied_at")
    _prove_sent(news)
    _stop_company(news, Campaign.StopReason.REPLIED)
    business = news.message.campaign.business
    begins = " ".join(mail.text.split())
    begins = begins[:SHOWN] + ("…" if len(begins) > SHOWN else "")
    incidents.open_incident(
        REPLY,
        str(mail.pk),
        title=f"{business.name} answered",
        detail=f"{begins or mail.subject or 'The mail has no text'}\n\n{address_of(mail)}",
        now=news.now,
        severity="critical",
    )


def address_of(mail: InboundMail) -> str:
    """Return the address of the staff page that shows a mail."""
    return f"{settings.STAFF_BASE_URL}{reverse('campaigns:inbox_mail', args=[mail.pk])}"


def key_of(*parts: object) -> str:
    """Return the key of a piece of news, made of all that tells it from other news."""
    return hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()


def _keep(
    news: News, kind: Event.Kind, more: dict[str, Any] | None = None, actor: str = Event.Actor.MACHINE
) -> bool:
    """Keep the event once; True for news."""
    _, is_new = Event.objects.get_or_create(
        dedup_key=key_of(kind, news.key),
        defaults={
            "message": news.message,
            "kind": kind,
            "at": news.at,
            "actor": actor,
            "detail": news.detail | (more or {}),
        },
    )
    return is_new


def _set_once(news: News, name: str) -> None:
    Message.objects.filter(pk=news.message.pk, **{f"{name}__isnull": True}).update(**{name: news.at})


def _prove_sent(news: News) -> None:
    """Say of a mail whose fate was not known that it went out: what came back of it proves that."""
    if news.is_proof and news.message.campaign.status == Campaign.Status.HELD:
        reconciling.note_evidence(news.message, went_out=True, how=news.by, now=news.now)


def _stop_company(news: News, reason: str) -> None:
    sequences.stop_company(news.message.campaign, reason, now=news.now, by=news.by)


def _is_soft_too_often(message: Message) -> bool:
    latest = Message.objects.filter(recipient_hash=message.recipient_hash).order_by(
        F("sent_at").desc(nulls_last=True), "-pk"
    )[:LATEST]
    return sum(mail.bounce == Message.Bounce.SOFT for mail in latest) >= TOO_MANY
