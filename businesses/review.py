"""The review queue: doubtful businesses, the best first, each with what is known about it, decided by a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from businesses import leads, twins
from businesses.models import Business
from pipeline import states

NEIGHBOURS_SHOWN: Final = 6
SHOWN: Final = 20  # cases after the one in hand
COUNTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A business that could be the same one; why: what the two share, in words."""

    business: Business
    why: str


@dataclass(frozen=True, slots=True)
class Queue:
    """One case (None: the queue is empty) with what follows it; waiting counts the queue up to COUNTED + 1."""

    case: Business | None
    following: list[Business]
    waiting: int

    @property
    def next_case(self) -> Business | None:
        """The case that Next leads to."""
        return self.following[0] if self.following else None


def doubtful() -> QuerySet[Business]:
    """Return every case, in no order; a row that a worker holds or that was merged away is none."""
    return Business.objects.filter(status=Business.Status.REVIEW, claimed_by="", merged_into=None)


def queue_around(pk: int | None) -> Queue:
    """Return the queue from the case `pk` on; from its beginning where that is no case (any more)."""
    case = doubtful().filter(pk=pk).first() if pk is not None else None
    shown = [case, *_following(case, SHOWN)] if case else _following(None, SHOWN + 1)
    waiting = doubtful().order_by()[: COUNTED + 1].count()
    return Queue(shown[0] if shown else None, shown[1:], waiting)


def case_after(business: Business) -> int | None:
    """Return the id of the case that follows this one in the queue, whatever became of this one itself."""
    following = _following(business, 1)
    return following[0].pk if following else None


def _following(business: Business | None, limit: int) -> list[Business]:
    """Return the next cases: the best score first, those without a score last."""
    scored = doubtful().filter(score__isnull=False).order_by("-score", "pk")
    bare = doubtful().filter(score__isnull=True).order_by("pk")
    if business is not None and business.score is not None:
        scored = scored.filter(Q(score__lt=business.score) | Q(score=business.score, pk__gt=business.pk))
    elif business is not None:
        scored, bare = scored.none(), bare.filter(pk__gt=business.pk)
    found = list(scored[:limit])
    return found + list(bare[: limit - len(found)]) if len(found) < limit else found


def neighbours(business: Business) -> list[Neighbour]:
    """Return the businesses that share its name, number, domain or mailbox, its twins first."""
    shared = Q()
    if business.name_key:
        shared |= Q(territory_id=business.territory_id, name_key=business.name_key)
    else:
        shared |= Q(territory_id=business.territory_id, name=business.name)
    if business.phone:
        shared |= Q(phone=business.phone)
    if business.website_domain:
        shared |= Q(website_domain=business.website_domain)
    alike = [Neighbour(twin.business, twin.shared) for twin in twins.find_twins(business, settled=True)]
    known = [business.pk, *(each.business.pk for each in alike)]
    others = Business.objects.filter(shared, merged_into=None).exclude(pk__in=known).order_by("pk")
    found = [Neighbour(other, _shared(business, other)) for other in others[:NEIGHBOURS_SHOWN]]
    return [*alike, *found][:NEIGHBOURS_SHOWN]


def undo_decision(business: Business, *, now: datetime, by: str) -> None:
    """Put a case back into the queue as it was before a person decided on it.

    Raises StaleState where no person decided, or where it moved on meanwhile.
    """
    if not business.decided_by or business.status not in leads.DECIDABLE:
        raise states.StaleState(f"{states.label(business)} was not decided by a person")
    with transaction.atomic():
        twins.take_back(business)
        states.move(
            business, Business.Status.REVIEW, now=now, by=by, reason="Decision taken back", decided_by=""
        )


def _shared(business: Business, other: Business) -> str:
    signs = (
        ("the phone number", business.phone and other.phone == business.phone),
        ("the domain", business.website_domain and other.website_domain == business.website_domain),
        (
            "the name",
            other.name_key == business.name_key if business.name_key else other.name == business.name,
        ),
    )
    return " and ".join(words for words, is_shared in signs if is_shared)
