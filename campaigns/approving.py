"""Approving: what a person decides about a written mail, always about the very letter that the person has read."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When

from campaigns import drafting, preflight, sequences
from campaigns.models import Campaign, Message
from pipeline import states
from pipeline.errors import BadData

Status = Campaign.Status
MOST_ALIKE: Final = 200  # approved at once


def waiting() -> QuerySet[Campaign]:
    """Return the written drafts that go nowhere before a person approves them."""
    drafts = Campaign.objects.filter(status=Status.DRAFT, written_at__isnull=False)
    return drafts.exclude(review_reason="") if settings.AUTOPILOT else drafts


def queue(skipped: Collection[int] = ()) -> QuerySet[Campaign]:
    """Return them as they are read: the oldest first, those put aside last."""
    put_aside = When(pk__in=list(skipped), then=Value(1))
    return waiting().order_by(
        Case(put_aside, default=Value(0), output_field=IntegerField()), "written_at", "pk"
    )


def check_as_read(campaign: Campaign, read: str) -> None:
    """Raise BadData unless the campaign is a written draft and its letter is the one whose SHA-256 is `read`."""
    if campaign.status == Status.PENDING:
        raise BadData(f"It was approved by {campaign.approved_by or 'somebody'} meanwhile")
    if campaign.status != Status.DRAFT or campaign.written_at is None:
        raise BadData(f"It no longer waits for approval: {campaign.get_status_display().lower()}")
    if campaign.messages.filter(step=campaign.step, body_sha256=read).first() is None:
        raise BadData("The letter was changed meanwhile. Read it again")


def approve_as_read(pk: int, read: str, *, now: datetime, by: str) -> Campaign:
    """Let the letter go out that the person has read; raises BadData or StaleState where it is another by now."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=pk)
        check_as_read(campaign, read)
        drafting.approve(campaign, now=now, by=by)
    return campaign


def alike(campaign: Campaign, message: Message) -> list[tuple[int, str]]:
    """Return (campaign, SHA-256 of its letter) of the others that wait with the same wording and for the same reason.

    Nothing is alike to a letter that was not looked at or in which something was found.
    """
    if not _is_clean(message):
        return []
    same = Message.objects.filter(
        campaign__in=waiting().filter(step=campaign.step, review_reason=campaign.review_reason),
        step=campaign.step,
        writer=message.writer,
        variant=message.variant,
        language=message.language,
    ).exclude(pk=message.pk)
    found = same.order_by("campaign__written_at", "campaign_id").defer("body")[: MOST_ALIKE - 1]
    return [(each.campaign_id, each.body_sha256) for each in found if _is_clean(each)]


def approve_alike(
    pk: int, read: str, others: Collection[tuple[int, str]], *, now: datetime, by: str
) -> tuple[int, int]:
    """Approve a letter and those `others` that still are alike to it; returns how many were, and how many were not.

    Raises BadData when the letter itself is another by now.
    """
    campaign = Campaign.objects.get(pk=pk)
    check_as_read(campaign, read)
    still = set(alike(campaign, campaign.messages.get(step=campaign.step)))
    approved = left = 0
    for other, its_letter in [(pk, read), *others]:
        if other != pk and (other, its_letter) not in still:
            left += 1
            continue
        try:
            approve_as_read(other, its_letter, now=now, by=by)
        except (BadData, states.StaleState, Campaign.DoesNotExist):
            left += 1
        else:
            approved += 1
    return approved, left


def take_back(campaign: Campaign, *, now: datetime, by: str) -> None:
    """Make an approved mail a draft again that a person must approve; raises StaleState or IllegalTransition."""
    states.move(
        campaign,
        Status.DRAFT,
        now=now,
        by=by,
        reason=f"Approval taken back by {by}",
        approved_at=None,
        approved_by="",
        expires_at=None,
        review_reason=campaign.review_reason or f"Approval taken back by {by}",
        next_attempt_at=now,
        waits_for="",
    )


def call_off(campaign: Campaign, *, why: str, now: datetime, by: str) -> None:
    """Let this mail and those after it never go, for the reason that a person gives.

    Raises BadData without a reason, StaleState or IllegalTransition where it can no longer be called off.
    """
    why = " ".join(why.split())[:200]
    if not why:
        raise BadData("Say why it is called off, so that others know")
    states.move(
        campaign,
        sequences.status_when_called_off(campaign),
        now=now,
        by=by,
        reason=f"Called off: {why}",
        stopped_at=now,
        stop_reason=Campaign.StopReason.STAFF,
        next_step_at=None,
        waits_for="",
    )


def _is_clean(message: Message) -> bool:
    """Tell whether a letter was looked at and nothing was found; what was not looked at is not clean."""
    return "findings" in message.preflight and not preflight.reason_to_ask(message.preflight)
