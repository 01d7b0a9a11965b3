"""How fast mails go: per mailbox, per domain of ours, per provider of the recipient, per company.

The rates of a mail are rows that the claim locks in one order and draws from all together; whatever refuses, nothing
is drawn. A worker that dies after its claim has drawn for nothing: the rates err on the low side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, Subquery

from businesses.webhosts import registrable_domain
from campaigns import mailboxes, windows
from campaigns.models import Campaign, Mailbox, RateBucket
from pipeline.budgets import budget_day, day_bounds
from pipeline.bulk import insert_each
from pipeline.stages import Wait

BULK_LINE: Final = 5_000  # mails a day from one domain; who passes it is a bulk sender for ever
BETWEEN_MAILS: Final = timedelta(days=3)  # to one company
AFTER_A_SEQUENCE: Final = timedelta(days=365)  # before a company hears of another site
_BURST: Final = 5  # mails to one provider that may go at once after a pause
_JITTER: Final = 0.55  # of a mailbox's gap, on top of it
_SLOW_FOR: Final = timedelta(hours=1)
_SAME_TROUBLE: Final = timedelta(minutes=5)  # one throttling refuses all that is under way
_SLOWEST: Final = 1 / 16
_BACK_PER_HOUR: Final = 0.1
_ASK_AGAIN: Final = timedelta(hours=1)  # after what a person has to change
_IN_HAND: Final = (Campaign.Status.SENDING, Campaign.Status.HELD)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail may not go now and when to ask again; `of_mailbox`: no other mail of its mailbox may either."""

    code: str
    text: str
    until: datetime
    of_mailbox: bool = False


@dataclass(frozen=True, slots=True)
class _Written:
    """A campaign of which something went out or is in hand, and when its last mail went."""

    pk: int
    status: str
    last: datetime | None
    stopped_at: datetime | None


type _WrittenTo = dict[str, list[_Written]]


def admit(campaigns: Sequence[Campaign], now: datetime, most: int) -> Sequence[Wait | None]:
    """Draw what `most` of these mails need from their rates, in the transaction of their claim; a Wait for those that
    one of them refuses."""
    boxes = {campaign.pk: mailbox_of(campaign, now=now) for campaign in campaigns}
    going = [campaign for campaign in campaigns if not is_over(campaign, now)]
    buckets = _locked({key for each in going for key in _keys(each, boxes[each.pk])}, now)
    written = _written_to(going)
    drawn: set[str] = set()
    waits: list[Wait | None] = []
    for campaign in campaigns:
        mailbox = boxes[campaign.pk]
        refusal = None  # one whose time is over is taken to be called off
        if not is_over(campaign, now):
            refusal = first_refusal(campaign, mailbox, buckets, written, now=now)
            if refusal is None:
                drawn.update(_draw(campaign, mailbox, buckets, now=now))
                _note_in_hand(campaign, written)
        waits.append(_wait_for(refusal, campaign) if refusal else None)
        if (refusal and refusal.of_mailbox) or waits.count(None) == most:
            break
    RateBucket.objects.bulk_update([buckets[key] for key in sorted(drawn)], ["used", "day", "open_at"])
    return waits


def _wait_for(refusal: Refusal, campaign: Campaign) -> Wait:
    until = min(refusal.until, campaign.expires_at) if campaign.expires_at else refusal.until
    return Wait(until, refusal.text, ends_lane=refusal.of_mailbox)


def open_lanes(now: datetime) -> Sequence[Q]:
    """Return the mailboxes that may send now, the one that has been quiet for longest first.

    Claims read one mailbox's due mails after the other by their index, so that the mails of those that may not send
    cost nothing.
    """
    default = mailboxes.default_mailbox(now=now)
    due = Campaign.objects.filter(status=Campaign.Status.PENDING, claimed_by="", next_attempt_at__lte=now)
    first = due.order_by("next_attempt_at").values("pk")
    active = Mailbox.objects.select_related("domain").filter(state=Mailbox.State.ACTIVE)
    # The first due row of each, by its index, however many are due.
    boxes = active.annotate(
        has_due=Subquery(first.filter(mailbox=OuterRef("pk"))[:1]),
        has_others=Subquery(first.filter(mailbox__isnull=True)[:1]),  # of campaigns that name no mailbox
    )
    buckets = _buckets(mailbox_key(box) for box in boxes if mailboxes.is_paced(box))
    ready = [box for box in boxes if mailbox_refusal(box, buckets.get(mailbox_key(box)), now=now) is None]
    ready.sort(key=lambda box: (_opened_at(buckets.get(mailbox_key(box)), now), box.pk))
    lanes: list[Q] = []
    for box in ready:
        if box.has_due:
            lanes.append(Q(mailbox=box.pk))
        if box.has_others and box.pk == default.pk:
            lanes.append(Q(mailbox__isnull=True))
    return lanes


def check(campaign: Campaign, *, now: datetime) -> Refusal | None:
    """Return what a claim would be refused by now; nothing is locked or drawn."""
    mailbox = mailbox_of(campaign, now=now)
    buckets = _buckets(_keys(campaign, mailbox))
    return first_refusal(campaign, mailbox, buckets, _written_to([campaign]), now=now)


def first_refusal(
    campaign: Campaign,
    mailbox: Mailbox,
    buckets: dict[str, RateBucket],
    written: _WrittenTo,
    *,
    now: datetime,
) -> Refusal | None:
    """Return the first of its rates that refuses a mail, in a fixed order; `written` is what its company got."""
    refusal = mailbox_refusal(mailbox, buckets.get(mailbox_key(mailbox)), now=now)
    if refusal and refusal.code == "mailbox":
        return refusal
    if mailboxes.is_paced(mailbox):
        refusal = (
            window_refusal(campaign, now=now)
            or refusal
            or _domain_refusal(mailbox, buckets, now=now)
            or _provider_refusal(campaign, mailbox, buckets, now=now)
        )
    return refusal or _company_refusal(campaign, written, now=now)


def mailbox_refusal(mailbox: Mailbox, bucket: RateBucket | None, *, now: datetime) -> Refusal | None:
    """Return why nothing may go out of a mailbox now."""
    if why := mailboxes.why_silent(mailbox):
        return Refusal("mailbox", why, now + _ASK_AGAIN, of_mailbox=True)
    if not mailboxes.is_paced(mailbox):
        return None
    cap, used = mailboxes.cap_today(mailbox, now=now), used_today(bucket, now=now)
    if used >= cap:
        return Refusal("mailbox_day", f"{mailbox} {used}/{cap} today", _tomorrow(now), of_mailbox=True)
    if bucket and bucket.open_at > now:
        return Refusal("mailbox_gap", f"{mailbox} pauses between two mails", bucket.open_at, of_mailbox=True)
    return None


def window_refusal(campaign: Campaign, *, now: datetime) -> Refusal | None:
    """Return when the recipient may be written to, unless that is now."""
    zone, country = campaign.time_zone, campaign.business.country
    if windows.is_open(zone, country, now):
        return None
    turn = windows.next_turn(zone, country, now, seed=seed_of(campaign))
    return Refusal("window", f"window opens {windows.show(turn, zone)}", turn)


def first_turn(campaign: Campaign, *, now: datetime) -> datetime:
    """Return when an approved mail is due: spread over the window where its mailbox is paced, else at once."""
    if not mailboxes.is_paced(mailbox_of(campaign, now=now)):
        return now
    return windows.next_turn(campaign.time_zone, campaign.business.country, now, seed=seed_of(campaign))


def is_over(campaign: Campaign, now: datetime) -> bool:
    """Tell whether a mail has nothing to wait for: its time has passed, or its campaign was stopped."""
    return campaign.stopped_at is not None or (campaign.expires_at is not None and campaign.expires_at <= now)


def give_back(campaign: Campaign, *, taken_at: datetime, now: datetime) -> None:
    """Return what a mail drew that surely did not go out; the pauses between mails stay."""
    mailbox = mailbox_of(campaign, now=now)
    if mailboxes.is_paced(mailbox):
        keys = [mailbox_key(mailbox), _domain_key(mailbox)]
        drawn = RateBucket.objects.filter(key__in=keys, day=budget_day(taken_at), used__gt=0)
        drawn.update(used=F("used") - 1)


def slow_down(mailbox: Mailbox, provider: str, *, now: datetime) -> None:
    """Write at half the speed from a domain of ours to a provider that asked for it; an hour later it grows again."""
    if not mailboxes.is_paced(mailbox):
        return
    key = _provider_key(mailbox, provider)
    with transaction.atomic():
        bucket = _locked([key], now)[key]
        if bucket.slowed_at and now - bucket.slowed_at < _SAME_TROUBLE:
            return
        factor = max(_SLOWEST, speed(bucket, now=now) / 2)
        RateBucket.objects.filter(pk=bucket.pk).update(
            factor=factor, slowed_at=now, open_at=max(bucket.open_at, now + _interval(factor))
        )


def speed(bucket: RateBucket | None, *, now: datetime) -> float:
    """Return the share of the full rate that a provider gets now: a tenth more for each hour without trouble."""
    if bucket is None or bucket.slowed_at is None:
        return 1.0
    return min(1.0, bucket.factor + _BACK_PER_HOUR * ((now - bucket.slowed_at) // _SLOW_FOR))


def mailbox_of(campaign: Campaign, *, now: datetime) -> Mailbox:
    """Return who writes: the campaign's mailbox, else the default one."""
    return campaign.mailbox or mailboxes.default_mailbox(now=now)


def bucket_of(mailbox: Mailbox) -> RateBucket | None:
    """Return what a mailbox has used; None where it never sent."""
    return RateBucket.objects.filter(key=mailbox_key(mailbox)).first()


def domain_used(name: str, *, now: datetime) -> int:
    """Return how many mails left a domain of ours today."""
    return used_today(RateBucket.objects.filter(key=f"domain:{registrable_domain(name)}").first(), now=now)


def used_today(bucket: RateBucket | None, *, now: datetime) -> int:
    """Return what is used of a rate that is counted by the day."""
    return bucket.used if bucket and bucket.day == budget_day(now) else 0


def seed_of(campaign: Campaign) -> str:
    """Return what spreads the mails of campaigns over a day."""
    return f"campaign-{campaign.pk}.{campaign.step}"


def mailbox_key(mailbox: Mailbox) -> str:
    """Return the name of a mailbox's rate."""
    return f"mailbox:{mailbox.pk}"


def _domain_key(mailbox: Mailbox) -> str:
    return f"domain:{registrable_domain(mailbox.domain.name)}"


def _provider_key(mailbox: Mailbox, provider: str) -> str:
    return f"provider:{registrable_domain(mailbox.domain.name)[:130]}:{provider}"


def _keys(campaign: Campaign, mailbox: Mailbox) -> list[str]:
    keys = [f"company:{campaign.company_hash}"] if campaign.company_hash else []
    if mailboxes.is_paced(mailbox):
        keys += [mailbox_key(mailbox), _domain_key(mailbox), _provider_key(mailbox, campaign.provider)]
    return keys


def _domain_refusal(mailbox: Mailbox, buckets: dict[str, RateBucket], *, now: datetime) -> Refusal | None:
    if used_today(buckets.get(_domain_key(mailbox)), now=now) < BULK_LINE:
        return None
    return Refusal("domain_day", f"{mailbox.domain} {BULK_LINE}/{BULK_LINE} today", _tomorrow(now))


def _provider_refusal(
    campaign: Campaign, mailbox: Mailbox, buckets: dict[str, RateBucket], *, now: datetime
) -> Refusal | None:
    bucket = buckets.get(_provider_key(mailbox, campaign.provider))
    if bucket is None or bucket.open_at <= now:
        return None
    name = campaign.provider or "the unknown provider"
    share = speed(bucket, now=now)
    text = f"{name} is slowed to {share:.0%}" if share < 1 else f"{name} has had its mails of this hour"
    return Refusal("provider", text, bucket.open_at)


def _written_to(campaigns: Sequence[Campaign]) -> _WrittenTo:
    """Return the campaigns of which something went to the companies of `campaigns`, or is in hand, by company.

    It is read from their mails; the company's row only makes claims take turns.
    """
    found: _WrittenTo = {each.company_hash: [] for each in campaigns if each.company_hash}
    if not found:
        return found
    written = Campaign.objects.filter(company_hash__in=found).filter(
        Q(status__in=_IN_HAND) | Q(sent_at__isnull=False)
    )
    for company, *rest in written.annotate(last=Max("messages__sent_at")).values_list(
        "company_hash", "pk", "status", "last", "stopped_at"
    ):
        found[company].append(_Written(*rest))
    return found


def _note_in_hand(campaign: Campaign, written: _WrittenTo) -> None:
    """Let the mails after this one of the same claim see it."""
    if campaign.company_hash:
        earlier = [each for each in written[campaign.company_hash] if each.pk != campaign.pk]
        mine = next((each for each in written[campaign.company_hash] if each.pk == campaign.pk), None)
        in_hand = _Written(campaign.pk, Campaign.Status.SENDING, mine.last if mine else None, None)
        written[campaign.company_hash] = [*earlier, in_hand]


def _company_refusal(campaign: Campaign, written: _WrittenTo, *, now: datetime) -> Refusal | None:
    for each in written.get(campaign.company_hash, ()):
        last, is_mine = each.last, each.pk == campaign.pk
        if last is None:
            if is_mine:
                continue
            text = "its company is being written to about another site"
            return Refusal("company", text, now + (_ASK_AGAIN if each.status in _IN_HAND else BETWEEN_MAILS))
        until = last + BETWEEN_MAILS if is_mine else max(last, each.stopped_at or last) + AFTER_A_SEQUENCE
        if until > now:
            return Refusal("company", f"its company got a mail on {windows.show(last)}", until)
    return None


def _draw(
    campaign: Campaign, mailbox: Mailbox, buckets: dict[str, RateBucket], *, now: datetime
) -> Sequence[str]:
    """Draw one mail from its rates, in memory; returns the keys of those that changed."""
    if not mailboxes.is_paced(mailbox):
        return ()
    keys = (mailbox_key(mailbox), _domain_key(mailbox), _provider_key(mailbox, campaign.provider))
    box, domain, provider = (buckets[key] for key in keys)
    for bucket in (box, domain):
        bucket.used = used_today(bucket, now=now) + 1
        bucket.day = budget_day(now)
    jitter = windows.spread(seed_of(campaign), int(mailbox.gap_seconds * _JITTER) + 1)
    box.open_at = now + timedelta(seconds=mailbox.gap_seconds + jitter)
    step = _interval(speed(provider, now=now))
    provider.open_at = max(provider.open_at, now - (_BURST - 1) * step) + step
    return keys


def _interval(factor: float) -> timedelta:
    return timedelta(hours=1) / (settings.PROVIDER_MAILS_PER_HOUR * factor)


def _locked(keys: Iterable[str], now: datetime) -> dict[str, RateBucket]:
    """Return the rows of `keys`, made where they are missing and locked in one order for everybody."""
    names = sorted(keys)
    if not names:
        return {}
    long_ago = now - timedelta(days=1)  # whoever never sent has nothing to wait for
    new = {"open_at": long_ago, "day": None, "used": 0, "factor": 1.0, "slowed_at": None}
    insert_each(RateBucket, "key", names, same=new, unless_there=True)
    rows = RateBucket.objects.select_for_update().filter(key__in=names).order_by("key")
    return {row.key: row for row in rows}


def _buckets(keys: Iterable[str]) -> dict[str, RateBucket]:
    return {row.key: row for row in RateBucket.objects.filter(key__in=list(keys))}


def _opened_at(bucket: RateBucket | None, now: datetime) -> datetime:
    return bucket.open_at if bucket else now - timedelta(days=1)


def _tomorrow(now: datetime) -> datetime:
    return day_bounds(budget_day(now))[1]
