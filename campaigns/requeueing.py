"""Another try for a mail that gave up, because a person asks for it."""

from datetime import datetime

from campaigns import drafting
from campaigns.models import Campaign
from pipeline import states


def requeue(campaign: Campaign, *, now: datetime, by: str, why: str) -> None:
    """Let a failed mail be tried again: sent, where it was written, else written anew.

    It passes every check of an approval, and what went out before is never sent again. Raises StaleState,
    IllegalTransition where it did not fail, or BadData when it must not go as it is.
    """
    if campaign.status != Campaign.Status.FAILED:
        raise states.IllegalTransition(f"{states.label(campaign)} did not fail")
    if campaign.written_at is not None:
        drafting.approve(campaign, now=now, by=by)
        return
    states.move(
        campaign,
        Campaign.Status.DRAFT,
        now=now,
        by=by,
        reason=why,
        attempts=0,
        next_attempt_at=now,
        reopened_count=0,
    )
