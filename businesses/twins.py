"""What one source tells of twice: two ids, one name, one number or mailbox, side by side.

Half of these are one shop, drawn as a point and as its house; the others are a hotel and its restaurant. Nothing here
joins them: neither is a lead until a person has said whether they are one or two, and that is kept.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from businesses.matching import NAME_METRES, SAME_NAME, distance, name_score
from businesses.models import Apart, Business, SourceRecord
from pipeline import states

CODE: Final = "twice"  # of the reason
_DEGREE: Final = 111_320.0  # metres of latitude


@dataclass(frozen=True, slots=True)
class Twin:
    """A business that could be this one. shared: the number or address of both; source: the one that tells of both."""

    business: Business
    metres: float
    shared: str
    source: str

    def __str__(self) -> str:
        return (
            f"{self.source} tells of it twice: {self.business} ({self.business.pk}), {self.metres:.0f} m away, has "
            f"{self.shared} too. Join the two, or decide on this one if it is another"
        )


def find_twins(business: Business, *, settled: bool = False) -> list[Twin]:
    """Return the twins of a business, the nearest first; with `settled` those too that a person told apart."""
    if business.merged_into_id or not (business.phones or business.emails):
        return []
    near = [
        (distance(business.lat, business.lon, other.lat, other.lon), other, shared)
        for other in _candidates(business)
        if (shared := _shared(business, other)) and name_score(business.name_key, other.name_key) >= SAME_NAME
    ]
    near = [each for each in near if each[0] <= NAME_METRES]
    if not near:
        return []
    told = _tellers([business, *(other for _, other, _ in near)])
    apart = set() if settled else _told_apart(business)
    return [
        Twin(other, metres, shared, min(told[business.pk] & told[other.pk]))
        for metres, other, shared in sorted(near, key=lambda each: (each[0], each[1].pk))
        if told[business.pk] & told[other.pk] and other.pk not in apart
    ]


def tell_apart(business: Business, *, now: datetime, by: str) -> None:
    """Keep that a person took a business and its twins for different ones, and let rules look at the twins that only
    waited for that."""
    for twin in find_twins(business):
        other = twin.business
        keep_apart(business, other, now=now, by=by)
        if is_asked(other) and not other.decided_by and not find_twins(other):
            why = {other.pk: f"{business} ({business.pk}) is another business, says {by}"}
            new = Business.Status.NEW
            states.move_all(Business, why, new, now=now, by=by, attempts=0, next_attempt_at=now)


def keep_apart(one: Business, other: Business, *, now: datetime, by: str) -> None:
    """Keep that a person took the two for different ones."""
    first, second = sorted((one.pk, other.pk))
    Apart.objects.get_or_create(first_id=first, second_id=second, defaults={"at": now, "by": by[:120]})


def take_back(business: Business) -> None:
    """Forget what whoever decided on this business told it apart from."""
    Apart.objects.filter(Q(first=business) | Q(second=business), by=business.decided_by).delete()


def is_asked(business: Business) -> bool:
    """Whether a business waits for a person to say if it is one of two."""
    asked = any(reason.get("code") == CODE for reason in business.reasons)
    return asked and business.status == Business.Status.REVIEW


def _candidates(business: Business) -> QuerySet[Business]:
    """What lies near and has one of its numbers or mailboxes; both are looked up by index."""
    up = NAME_METRES / _DEGREE
    across = up / max(cos(radians(business.lat)), 0.01)
    shared = Q()
    if business.phones:
        # The index leaves out what is empty, and is used for what says so too.
        shared |= Q(phone__in=business.phones) & ~Q(phone="")
    if business.emails:
        shared |= Q(upper_email__in=[email.upper() for email in business.emails])
    return (
        Business.objects.alias(upper_email=Upper("email"))
        .filter(shared, merged_into=None)
        .filter(lat__range=(business.lat - up, business.lat + up))
        .filter(lon__range=(business.lon - across, business.lon + across))
        .exclude(pk=business.pk)
    )


def _shared(business: Business, other: Business) -> str:
    if phone := next((phone for phone in business.phones if phone == other.phone), ""):
        return f"the phone number {phone}"
    mailbox = other.email.casefold()
    return f"the address {mailbox}" if mailbox in map(str.casefold, business.emails) else ""


def _tellers(businesses: Iterable[Business]) -> dict[int, set[str]]:
    """By business the sources that tell of it at present."""
    found: dict[int, set[str]] = defaultdict(set)
    records = SourceRecord.objects.filter(
        business__in=businesses, is_current=True, missing_since__isnull=True
    )
    for key, source in records.values_list("business_id", "source"):
        found[key].add(source)
    return found


def _told_apart(business: Business) -> set[int]:
    """The businesses that a person took for others than this one."""
    pairs = Apart.objects.filter(Q(first=business) | Q(second=business)).values_list("first", "second")
    return {key for pair in pairs for key in pair}
