"""Circuit breakers: a domain of ours whose mails come back or are called spam stops writing before others stop it."""

import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, Q

from campaigns import mailboxes, rates
from campaigns.models import Mailbox, Message, SenderDomain
from pipeline import incidents
from pipeline.models import Incident

WINDOW: Final = timedelta(days=7)
LEAST_MAILS: Final = 50  # fewer tell nothing
BOUNCES: Final = (0.02, 0.04)  # shares at which to warn and to stop
COMPLAINTS: Final = (0.001, 0.0025)
_NEAR_BULK: Final = 0.6
_STOPPED, _WARNED, _NEAR_LINE = "sender_stopped", "sender_warning", "bulk_line"


@dataclass(frozen=True, slots=True)
class Reputation:
    """How the mails of a domain of ours were taken since `since`."""

    mails: int
    bounces: int
    complaints: int
    since: datetime

    def exceeds(self, level: int) -> str:
        """Return which share is at its limit, of 0 to warn and 1 to stop; "" where none is or too few mails tell."""
        if self.mails < LEAST_MAILS:
            return ""
        for count, limits, text in (
            (self.bounces, BOUNCES, "came back for good"),
            (self.complaints, COMPLAINTS, "were called spam"),
        ):
            if count / self.mails >= limits[level]:
                return f"{count} of {self.mails} mails of the last days {text} ({count / self.mails:.1%})"
        return ""


def reputation_of(domain: SenderDomain, *, now: datetime) -> Reputation:
    """Return how a domain's mails of the last week were taken; those that stopped it before do not count twice."""
    stopped = Incident.objects.filter(kind=_STOPPED, key=domain.name).order_by("-last_seen_at").first()
    since = max(now - WINDOW, stopped.last_seen_at) if stopped else now - WINDOW
    counts = sum(taken(domain.mailboxes.all(), since=since, today=now).values(), Counter[str]())
    return Reputation(
        mails=counts["mails"], bounces=counts["bounces"], complaints=counts["complaints"], since=since
    )


def taken(boxes: Iterable[Mailbox], *, since: datetime, today: datetime) -> dict[int, Counter[str]]:
    """Return by mailbox how its mails after `since` were taken: {mails, today, bounces, complaints}.

    A mail that came back before it was known to have gone out counts too; `today` is when the day began.
    """
    mails = Message.objects.filter(mailbox__in=list(boxes)).order_by()
    # Each of the two is counted from an index alone; asked as one condition, both would be read row by row.
    parts = [mails.filter(sent_at__gt=since), mails.filter(sent_at__isnull=True, bounced_at__gt=since)]
    counted = [
        part.values_list("mailbox").annotate(
            Count("mailbox"),
            today=Count("mailbox", filter=Q(sent_at__gte=today)),
            bounces=Count("mailbox", filter=Q(bounce=Message.Bounce.HARD)),
            complaints=Count("mailbox", filter=Q(complained_at__isnull=False)),
        )
        for part in parts
    ]
    found: dict[int, Counter[str]] = {}
    for box, *numbers in counted[0].union(*counted[1:], all=True):
        told = dict(zip(("mails", "today", "bounces", "complaints"), numbers, strict=True))
        found.setdefault(box, Counter()).update(told)
    return found


def check_senders(*, now: datetime) -> None:
    """Pause the mailboxes of every domain of ours whose mails are taken badly, and warn before that."""
    for domain in SenderDomain.objects.filter(mailboxes__state=Mailbox.State.ACTIVE).distinct():
        reputation = reputation_of(domain, now=now)
        if why := reputation.exceeds(1):
            _stop(domain, why, now=now)
        else:
            _warn(domain, _WARNED, reputation.exceeds(0), "Look at what is written, and to whom", now=now)
        used = rates.domain_used(domain.name, now=now)
        near = f"{used} mails left today; {rates.BULK_LINE} a day make a bulk sender for ever"
        _warn(
            domain,
            _NEAR_LINE,
            near if used >= _NEAR_BULK * rates.BULK_LINE else "",
            "Write from another domain",
            now=now,
        )


def _stop(domain: SenderDomain, why: str, *, now: datetime) -> None:
    with transaction.atomic():
        for mailbox in domain.mailboxes.filter(state=Mailbox.State.ACTIVE):
            with contextlib.suppress(mailboxes.MayNotSend):  # a person changed it in this moment
                mailboxes.pause(mailbox, why=why, now=now, by="pipeline")
        incidents.open_incident(
            _STOPPED,
            domain.name,
            title=f"Nothing more is sent from {domain}",
            detail=f"{why}. Find out why, then resume its mailboxes; they begin with a clean count.",
            now=now,
            severity=Incident.Severity.CRITICAL,
        )


def _warn(domain: SenderDomain, kind: str, why: str, advice: str, *, now: datetime) -> None:
    """Open the warning once, and close it when its reason is gone."""
    if not why:
        incidents.resolve_incident(kind, domain.name, now=now, resolution="It has become better by itself")
    elif not Incident.objects.filter(kind=kind, key=domain.name, resolved_at__isnull=True).exists():
        incidents.open_incident(kind, domain.name, title=f"{domain}: {why}", detail=f"{advice}.", now=now)
