"""Drafting: a published site gets its campaign, each mail is written and frozen, a person or the autopilot approves."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from campaigns import (
    freezing,
    legal_basis,
    mailboxes,
    preflight,
    rates,
    recipients,
    sequences,
    suppression,
    variants,
)
from campaigns.freezing import Letter
from campaigns.models import Campaign, Mailbox, Message
from campaigns.writers.base import Pitch
from campaigns.writing import write_letter
from pipeline import claims, states
from pipeline.errors import BadData
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage
from sites.models import Site

STAFF = "staff"  # the writer of a letter that a person changed


def _unwritten(now: datetime) -> Q:
    return Q(written_at__isnull=True)


WRITE = Stage(
    name="write",
    queue="campaigns",
    model=Campaign,
    ready=Campaign.Status.DRAFT,
    busy=Campaign.Status.DRAFT,
    failed=Campaign.Status.FAILED,
    retries=3,
    retry_delay=timedelta(minutes=5),
    stuck=lambda row: Campaign.Status.DRAFT,
    row_task="create_campaign_for_site",
    row_argument="site_id",
    where=_unwritten,
)


class MayNotWrite(BadData):
    """This business may not be written to; `stop` is what that means for a campaign that is under way."""

    def __init__(self, message: str, stop: str) -> None:
        super().__init__(message)
        self.stop = stop


def create_campaigns(run: Run, *, limit: int, site_id: int | None = None) -> StageResult:
    """Write the mails about up to `limit` published sites (or about `site_id`), then let the autopilot approve."""
    _open_campaigns(limit, now=run.now(), site_id=site_id)
    sequences.open_due(now=run.now(), limit=limit)
    pk = None
    if site_id is not None:
        pk = Campaign.objects.filter(site_id=site_id).values_list("pk", flat=True).first() or -1
    result = run_stage(WRITE, _write, run, limit=limit, pk=pk)
    approved = approve_by_rule(now=run.now(), limit=limit)
    if approved:
        result.rows["approved by the autopilot"] = approved
    return result


def approve(campaign: Campaign, *, now: datetime, by: str) -> None:
    """Let a written draft go out; raises StaleState, or BadData when it is not written yet or must not go as it is."""
    if campaign.written_at is None:
        raise BadData("This mail is not written yet")
    decision = legal_basis.may_write(campaign.business, now=now)
    if not decision.is_allowed:
        raise BadData(f"{decision.reason}. Note the proof under Legal bases first")
    report = campaign.messages.filter(step=campaign.step).values_list("preflight", flat=True).first()
    if errors := preflight.errors_of(report or {}):
        raise BadData(f"This mail must not go out as it is. {'. '.join(errors)}")
    turn = rates.first_turn(campaign, now=max(now, campaign.next_attempt_at))  # it may have been put off
    states.move(
        campaign,
        Campaign.Status.PENDING,
        now=now,
        by=by,
        reason=f"Approved by {by}",
        approved_at=now,
        approved_by=by[:120],
        next_attempt_at=turn,
        expires_at=turn + sequences.lasts_for(),
        attempts=0,
    )


def rewrite(campaign: Campaign, pitch: Pitch, *, now: datetime, by: str) -> Message:
    """Give a written draft other words, and freeze it anew; returns the mail as it would go out.

    A follow-up keeps the first mail's subject, so that it stays in its thread. The words pass the same checks as any
    other: raises BadData, with nothing changed, for what may not go out, and StaleState for what is no draft any more.
    """
    if campaign.status != Campaign.Status.DRAFT or campaign.written_at is None:
        raise BadData("Only a written draft can be changed. Call its approval back first")
    mail = campaign.messages.get(step=campaign.step)
    facts = freezing.facts_of(campaign, variant=campaign.variant or mail.variant)
    pitch = replace(pitch, subject=facts.subject or pitch.subject, language=facts.language)
    letter = Letter(pitch, facts, STAFF, rates.mailbox_of(campaign, now=now), note=f"Changed by {by}"[:300])
    letter = freezing.with_spam_score(letter, campaign, now=now)
    with transaction.atomic():
        message = freezing.freeze(letter, campaign, now=now)
        if errors := preflight.errors_of(message.preflight):
            raise BadData(". ".join(errors))
        # Written at the same moment as it was read, and by nobody in hand: else it is somebody else's by now.
        unchanged = Campaign.objects.filter(
            pk=campaign.pk,
            status=Campaign.Status.DRAFT,
            step=campaign.step,
            written_at=campaign.written_at,
            claimed_by="",
        )
        if not unchanged.update(
            written_at=now,
            review_reason=preflight.reason_to_ask(message.preflight) or f"Changed by {by}"[:300],
        ):
            raise states.StaleState("This draft was changed by somebody else; look again")
    campaign.refresh_from_db()
    return message


def cancel(campaign: Campaign, *, now: datetime, by: str) -> None:
    """Call off a mail that has not gone out, and those after it; raises StaleState or IllegalTransition."""
    if campaign.sent_at is not None:
        sequences.stop(campaign, Campaign.StopReason.STAFF, now=now, by=by)
        return
    states.move(campaign, Campaign.Status.CANCELLED, now=now, by=by, reason=f"Called off by {by}")


def approve_by_rule(*, now: datetime, limit: int) -> int:
    """Approve what the autopilot may: written drafts without a reason to ask a person. Returns how many."""
    if not settings.AUTOPILOT:
        return 0
    drafts = Campaign.objects.filter(
        status=Campaign.Status.DRAFT, written_at__isnull=False, review_reason="", claimed_by=""
    )
    approved = 0
    for campaign in drafts.order_by("written_at", "pk")[:limit]:
        try:
            approve(campaign, now=now, by="autopilot")
        except states.StaleState:
            continue
        except BadData as error:  # a rule was changed since it was written
            Campaign.objects.filter(pk=campaign.pk).update(review_reason=str(error)[:300])
            continue
        approved += 1
    return approved


def _open_campaigns(limit: int, *, now: datetime, site_id: int | None) -> None:
    """Give published sites their campaign row; the row's uniqueness is what keeps it at one."""
    sites = Site.objects.filter(
        status=Site.Status.PUBLISHED, campaign__isnull=True, business__suppressed=False
    ).exclude(business__email="")
    if site_id is not None:
        sites = sites.filter(pk=site_id)
    for site in sites.order_by("published_at", "pk")[:limit]:
        try:
            with transaction.atomic():
                Campaign.objects.create(
                    site=site,
                    business_id=site.business_id,
                    created_at=now,
                    next_attempt_at=now,
                    status_changed_at=now,
                )
        except IntegrityError:
            continue  # another worker opened it


def _write(campaign: Campaign, run: Run) -> str:
    now = run.now()
    business = campaign.business
    try:
        review_reason = _check_may_write(campaign, now=now)
        mailbox = _mailbox_of(campaign, now=now)
        variant = campaign.variant or variants.choose_variant(f"campaign-{campaign.pk}", variants.tallies())
        recipient = recipients.look_up(business, mailbox)
        letter = _letter(campaign, mailbox, variant, run)
        with transaction.atomic():
            message = freezing.freeze(letter, campaign, now=now)
            claims.finish(
                WRITE,
                campaign,
                Campaign.Status.DRAFT,
                now=now,
                by=run.by,
                written_at=now,
                review_reason=(review_reason or preflight.reason_to_ask(message.preflight))[:300],
                mailbox=mailbox,
                variant=variant,
                **recipient,
            )
    except MayNotWrite as refusal:
        _give_up(campaign, refusal, run)
        return "not written to"
    return "done"


def _letter(campaign: Campaign, mailbox: Mailbox, variant: str, run: Run) -> Letter:
    facts = freezing.facts_of(campaign, variant=variant)
    is_last_try = campaign.attempts >= WRITE.max_attempts
    written = write_letter(campaign, facts, run=run, is_last_try=is_last_try)
    letter = Letter(written.pitch, facts, written.writer, mailbox, note=written.note)
    return freezing.with_spam_score(letter, campaign, now=run.now())


def _mailbox_of(campaign: Campaign, *, now: datetime) -> Mailbox:
    """Return who writes: the box of the mails before, or one that is chosen once."""
    if campaign.mailbox_id is not None:
        return rates.mailbox_of(campaign, now=now)
    return mailboxes.choose_mailbox(now=now, seed=f"campaign-{campaign.pk}")


def _give_up(campaign: Campaign, refusal: MayNotWrite, run: Run) -> None:
    """Call off a first mail, or stop at those that went out."""
    with transaction.atomic():
        to = sequences.status_when_called_off(campaign)
        claims.finish(WRITE, campaign, to, now=run.now(), by=run.by, reason=str(refusal))
        if campaign.sent_at is not None:
            sequences.stop(campaign, refusal.stop, now=run.now(), by=run.by)


def _check_may_write(campaign: Campaign, *, now: datetime) -> str:
    """Raise MayNotWrite, or return why a person must decide ("" when nobody needs to)."""
    business = campaign.business
    if business.suppressed or suppression.is_suppressed(business.email):
        raise MayNotWrite("The business said no", Campaign.StopReason.OPTED_OUT)
    if campaign.sent_at is not None and (reason := sequences.reason_to_stop(campaign)):
        raise MayNotWrite(Campaign.StopReason(reason).label, reason)
    digest = suppression.address_hash(business.email)
    if Message.objects.filter(recipient_hash=digest, step=campaign.step).exclude(campaign=campaign).exists():
        raise MayNotWrite(
            "This address was written to about another business already", Campaign.StopReason.COMPANY
        )
    legal_basis.learn(business, now=now)
    decision = legal_basis.may_write(business, now=now)
    if decision.outcome == "refused":
        raise MayNotWrite(decision.reason, Campaign.StopReason.NO_LEAD)
    return "" if decision.is_allowed else decision.reason
