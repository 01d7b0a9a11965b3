"""Follow-ups: when the next mail of a campaign is due, and all that lets it never go.

A campaign rests as sent between its mails. A stop holds at once: what waits is called off here, and what a worker has
in hand at this moment is refused by the gate right before it leaves.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from businesses.models import Business
from campaigns import windows
from campaigns.models import Campaign
from pipeline import states
from pipeline.errors import BadData
from sites.models import Site

Status = Campaign.Status
StopReason = Campaign.StopReason
LEADS: Final = (Business.Status.QUALIFIED, Business.Status.CALL_LIST)
MOST_MAILS: Final = 3
# What may be called off here; what is being sent is refused by its gate, what is uncertain waits for a person.
_WAITS: Final = (Status.DRAFT, Status.PENDING, Status.FAILED)
_OVER: Final = (Status.CANCELLED,)


def plan_next(campaigns: Sequence[Campaign], *, now: datetime) -> None:
    """Write down when the mails after these may be written, or that they were the last; call it as they go out."""
    days = settings.FOLLOW_UP_DAYS[: MOST_MAILS - 1]
    by_calendar: dict[tuple[int, str, str], list[int]] = {}
    for campaign in campaigns:
        calendar = (campaign.step, campaign.time_zone, campaign.business.country)
        by_calendar.setdefault(calendar, []).append(campaign.pk)
    for (step, zone, country), keys in by_calendar.items():
        resting = Campaign.objects.filter(pk__in=keys, status=Status.SENT, stopped_at__isnull=True)
        if step > len(days):
            resting.update(next_step_at=None, stopped_at=now, stop_reason=StopReason.FINISHED)
        else:
            due = windows.add_business_days(now, days[step - 1], zone=zone, country=country)
            resting.update(next_step_at=due)


def open_due(*, now: datetime, limit: int) -> int:
    """Make drafts of up to `limit` follow-ups that are due, or stop those with nobody to write to; returns how many."""
    due = Campaign.objects.filter(status=Status.SENT, stopped_at__isnull=True, next_step_at__lte=now)
    opened = 0
    for campaign in due.select_related("business", "site").order_by("next_step_at", "pk")[:limit]:
        with contextlib.suppress(states.StaleState):
            if reason := reason_to_stop(campaign):
                stop(campaign, reason, now=now, by="pipeline")
                continue
            states.swap(
                campaign,
                Status.DRAFT,
                {"status": Status.SENT, "claimed_by": "", "stopped_at__isnull": True, "step": campaign.step},
                now=now,
                by="pipeline",
                reason=f"Mail {campaign.step + 1} is due",
                fields=_fresh(campaign.step + 1, now),
            )
            opened += 1
    return opened


def reason_to_stop(campaign: Campaign) -> str:
    """Return why no further mail may follow, as far as the business and its site tell; "" where it may."""
    business, site = campaign.business, campaign.site
    if site.status == Site.Status.TAKEN_DOWN:
        return StopReason.REMOVED
    if business.suppressed:
        return StopReason.OPTED_OUT
    if not site.is_proposal:
        return StopReason.SOLD
    if business.status not in LEADS or site.status in (Site.Status.EXPIRED, Site.Status.FAILED):
        return StopReason.NO_LEAD
    return ""


def stop(campaign: Campaign, reason: str, *, now: datetime, by: str) -> bool:
    """Let no further mail of a campaign go; False when that was so before.

    What has not gone out is called off: a campaign of which nothing went out ends, any other rests as sent.
    """
    with transaction.atomic():
        open_one = Campaign.objects.filter(pk=campaign.pk, stopped_at__isnull=True).exclude(status__in=_OVER)
        stopped = open_one.update(stopped_at=now, stop_reason=reason, next_step_at=None, waits_for="")
        campaign.refresh_from_db()
        if stopped and campaign.status in _WAITS:
            with contextlib.suppress(states.StaleState):  # a worker has it in hand: its gate refuses
                called_off = StopReason(reason).label
                states.move(campaign, status_when_called_off(campaign), now=now, by=by, reason=called_off)
    return bool(stopped)


def stop_company(campaign: Campaign, reason: str, *, now: datetime, by: str) -> int:
    """Stop a campaign and every other one to the same company; returns how many were not stopped before."""
    stopped = int(stop(campaign, reason, now=now, by=by))
    if campaign.company_hash:
        others = Campaign.objects.filter(company_hash=campaign.company_hash, stopped_at__isnull=True)
        for other in others.exclude(pk=campaign.pk).exclude(status__in=_OVER):
            stopped += stop(other, StopReason.COMPANY, now=now, by=by)
    return stopped


def stop_business(business: Business, reason: str, *, now: datetime, by: str) -> int:
    """Stop what is under way to a business and to its company, as `stop_company` does."""
    return sum(
        stop_company(campaign, reason, now=now, by=by)
        for campaign in Campaign.objects.filter(business=business)
    )


def delay(campaign: Campaign, *, until: datetime, why: str, now: datetime, by: str) -> None:
    """Let no further mail go before `until`: somebody is away. A mail that waits keeps as many days to go out."""
    with transaction.atomic():
        mine = Campaign.objects.filter(pk=campaign.pk, stopped_at__isnull=True, sent_at__isnull=False)
        mine.filter(status=Status.SENT, next_step_at__lt=until).update(next_step_at=until)
        waiting = mine.filter(
            status__in=[Status.DRAFT, Status.PENDING], claimed_by="", next_attempt_at__lt=until
        )
        waiting.update(next_attempt_at=until, waits_for=f"{why} (by {by})"[:200])
        mine.filter(expires_at__lt=until + lasts_for()).update(expires_at=until + lasts_for())
    campaign.refresh_from_db()


def skip(campaign: Campaign, *, now: datetime, by: str) -> None:
    """Leave out the follow-up in hand; the one after it is planned. Raises BadData for a first mail or a sent one."""
    if campaign.sent_at is None:
        raise BadData("The first mail cannot be skipped. Call the campaign off")
    if campaign.status not in _WAITS:
        raise BadData(f"Nothing waits to be sent: the campaign is {campaign.get_status_display().lower()}")
    with transaction.atomic():
        states.move(
            campaign,
            Status.SENT,
            now=now,
            by=by,
            reason=f"Mail {campaign.step} skipped",
            waits_for="",
            **_rested(now),
        )
        plan_next([campaign], now=now)
    campaign.refresh_from_db()


def status_when_called_off(campaign: Campaign) -> str:
    """Return what a campaign becomes whose mail in hand does not go: it counts as sent once its first mail went."""
    return Status.CANCELLED if campaign.sent_at is None else Status.SENT


def last_sent_at(campaign: Campaign) -> datetime | None:
    """Return when the newest mail of a campaign went out."""
    last: datetime | None = campaign.messages.aggregate(last=Max("sent_at"))["last"]
    return last


def lasts_for() -> timedelta:
    """Return how long an approved mail may wait."""
    return timedelta(days=settings.MAIL_DAYS)


def _fresh(step: int, now: datetime) -> dict[str, object]:
    """Return the fields of a mail that is still to be written."""
    return {
        "step": step,
        "written_at": None,
        "review_reason": "",
        "approved_at": None,
        "approved_by": "",
        "expires_at": None,
        "next_step_at": None,
    } | _rested(now)


def _rested(now: datetime) -> dict[str, object]:
    return {"attempts": 0, "next_attempt_at": now, "reopened_count": 0, "error_kind": "", "last_error": ""}
