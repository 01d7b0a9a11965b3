"""Sending: an approved mail goes out once, through the ledger, and never to somebody who said no."""

import contextlib
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from businesses.leads import recheck_before_mail
from businesses.models import Business
from campaigns import breakers, mailboxes, rates, sequences, suppression
from campaigns.models import Campaign, Mailbox, Message, Suppression
from campaigns.transports.base import RecipientRefused, Transport
from pipeline import claims, effects, faults, incidents, states
from pipeline.clock import SYSTEM_CLOCK, clock_trouble, database_now
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, NotYet, SourcePaused, StageError, Transient, Uncertain
from pipeline.models import Effect, WorkItem
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage
from sites.lifetime import note_offer
from sites.models import Site

StopReason = Campaign.StopReason
LEADS = sequences.LEADS
A_DAY = 86_400.0  # seconds
AN_HOUR = 3_600.0  # seconds
_WHY_NOT: dict[str, str] = {
    StopReason.OPTED_OUT: "The business said no",
    StopReason.NO_LEAD: "The business is no longer a lead, or its site is not online any more",
}


def _nobody_said_no(now: datetime) -> Q:
    address = Suppression.objects.filter(address_hash=OuterRef("recipient_hash"))
    company = Suppression.objects.filter(
        address_hash=OuterRef("company_hash"), scope=Suppression.Scope.COMPANY
    )
    return Q(~Exists(address), ~Exists(company), business__suppressed=False)


def _stuck(row: WorkItem) -> str:
    """A stuck mail goes back to draft, unless it may have left the house: then a person decides."""
    in_hand = Message.objects.filter(campaign=row.pk, step=cast(Campaign, row).step)
    keys = [delivery_key(message) for message in in_hand]
    effects_of_it = Effect.objects.filter(key__in=keys)
    if effects_of_it.filter(status=Effect.Status.DONE).exists():
        return Campaign.Status.PENDING  # it went out; the next claim finds that in the ledger and records it
    open_calls = effects_of_it.filter(status__in=[Effect.Status.CALLING, Effect.Status.UNKNOWN])
    return Campaign.Status.HELD if open_calls.exists() else Campaign.Status.DRAFT


SEND = Stage(
    name="send",
    queue="campaigns",
    model=Campaign,
    ready=Campaign.Status.PENDING,
    busy=Campaign.Status.SENDING,
    failed=Campaign.Status.FAILED,
    uncertain=Campaign.Status.HELD,
    retries=3,
    retry_delay=timedelta(minutes=5),
    stuck=_stuck,
    budget="mails",
    row_task="send_campaign",
    where=_nobody_said_no,
    admit=rates.admit,
    lanes=rates.open_lanes,
    related=("business", "site", "mailbox__domain"),
)


class CalledOff(StageError):
    """The mail must not go out any more; `stop` is what that means for the mails after it."""

    def __init__(self, message: str, stop: str) -> None:
        super().__init__(message)
        self.stop = stop


def mail_kind(transport: Transport) -> EffectKind:
    """Return the kind of a delivery: what a crash in the middle means depends on the transport."""
    return EffectKind(
        f"mail.{transport.name}", Policy(transport.policy), (SEND.switch, f"source:{transport.name}")
    )


def send_campaigns(run: Run, *, limit: int, pk: int | None = None) -> StageResult:
    """Send up to `limit` approved mails, or the campaign `pk`; none while this machine's clock is wrong."""
    if trouble := clock_trouble(SYSTEM_CLOCK.now(), database_now()):
        return StageResult(SEND.name, ended=trouble)
    breakers.check_senders(now=run.now())
    return run_stage(SEND, _send, run, limit=limit, pk=pk)


def retry_failed(run: Run, *, limit: int) -> StageResult:
    """Give up to `limit` mails that failed for a passing cause another round, oldest first."""
    result = StageResult("retry_campaigns")
    reopened = claims.reopen(SEND, now=run.now(), by=run.by, limit=limit)
    if reopened:
        result.rows["reopened"] = reopened
    return result


def settle_held(campaign: Campaign, *, went_out: bool, now: datetime, by: str) -> None:
    """Settle an uncertain delivery by a person's word: it counts as sent, or it may be sent again.

    Raises IllegalTransition for a campaign that is not held, StaleState when it is no longer.
    """
    if campaign.status != Campaign.Status.HELD:
        raise states.IllegalTransition(f"{states.label(campaign)} is {campaign.status}, not held")
    message = campaign.messages.get(step=campaign.step)
    with transaction.atomic():
        effect = Effect.objects.filter(key=delivery_key(message)).first()
        if effect is not None and effect.status in (Effect.Status.UNKNOWN, Effect.Status.CALLING):
            effects.decide(effect, happened=went_out, now=now, by=by)
        if went_out:
            fields = _gone(campaign, message, now=now)
            states.move(
                campaign, Campaign.Status.SENT, now=now, by=by, reason=f"{by} says it went out", **fields
            )
            sequences.plan_next(campaign, now=now)
        else:
            states.move(
                campaign,
                Campaign.Status.PENDING,
                now=now,
                by=by,
                reason=f"{by} says it did not go out",
                attempts=0,
                next_attempt_at=now,
            )


def delivery_key(message: Message) -> str:
    """Return the ledger's key of a mail: one for its whole life, whatever resends it."""
    return f"mail:{message.pk}"


def _send(campaign: Campaign, run: Run) -> str:
    message = campaign.messages.get(step=campaign.step)
    mailbox = rates.mailbox_of(campaign, now=run.now())
    try:
        effect = _deliver(campaign, message, mailbox, run)
    except CalledOff as refusal:
        _call_off(campaign, refusal, run)
        return "called off"
    except NotYet:
        _give_back(campaign, run)
        raise
    except SourcePaused as error:
        if error.retry_after is not None:
            raise
        _give_back(campaign, run)
        pause_mailbox(mailbox, error.reason, now=run.now())
        raise NotYet(f"{mailbox} is paused: {error.reason}", retry_after=AN_HOUR) from error
    except Transient as error:
        if error.retry_after is not None:  # the other side asked for fewer mails
            rates.slow_down(mailbox, campaign.provider, now=run.now())
        raise
    except RecipientRefused:
        _note_refusal(campaign, message, run)
        raise
    now = run.now()
    with transaction.atomic():
        fields = _gone(campaign, message, now=effect.settled_at or now, reference=effect.reference)
        claims.finish(SEND, campaign, Campaign.Status.SENT, now=now, by=run.by, **fields)
        sequences.plan_next(campaign, now=now)
    faults.point("applied")
    return "done"


def _deliver(campaign: Campaign, message: Message, mailbox: Mailbox, run: Run) -> Effect:
    """Bring the mail's effect to its end."""
    try:
        transport = mailboxes.transport_of(mailbox)
    except ImproperlyConfigured as error:
        raise SourcePaused(mailbox.transport, str(error)) from error
    kind = mail_kind(transport)

    def call(effect: Effect) -> Outcome:
        check_nobody_said_no(campaign, message)  # what was said since the gate's own look counts too
        delivery = transport.deliver(
            bytes(message.body),
            sender=message.sender,
            recipient=message.recipient,
            message_id=message.message_id,
            envelope_sender=message.envelope_sender,
        )
        return Outcome(response=delivery.reply, reference=delivery.ref)

    def ask(effect: Effect) -> Outcome | None:
        found = transport.find(message.message_id)
        if found is None:
            raise Uncertain("The mail server cannot say whether the mail went out")
        return Outcome(response="found by Message-ID") if found else None

    effect = _planned(kind, campaign, message, now=run.now())
    if effect.status == Effect.Status.PLANNED:
        _check_still_a_lead(campaign, run)

    def gate() -> None:
        _check_may_go(campaign, message, now=run.now())

    return effects.run(kind, effect, call, now=run.now, ask=ask, gate=gate)


def _planned(kind: EffectKind, campaign: Campaign, message: Message, *, now: datetime) -> Effect:
    key, subject = delivery_key(message), states.label(campaign)
    request = {"message_id": message.message_id, "body": message.body_sha256}
    try:
        return effects.plan(kind, key, subject=subject, request=request, now=now)
    except effects.KeyConflict:
        if not effects.reroute(kind, key):  # MAIL_URL may have changed since; what has begun stays as it is
            raise
        return effects.plan(kind, key, subject=subject, request=request, now=now)


def pause_mailbox(mailbox: Mailbox, why: str, *, now: datetime) -> None:
    """Let nothing more go out of a mailbox whose mails are refused for what they are, and tell a person."""
    with transaction.atomic(), contextlib.suppress(mailboxes.MayNotSend):  # somebody else changed it just now
        mailboxes.pause(Mailbox.objects.get(pk=mailbox.pk), why=why, now=now, by="pipeline")
    incidents.open_incident(
        "mailbox_paused",
        mailbox.address,
        title=f"The mailbox {mailbox} is paused",
        detail=f"{why}. Its mails wait until you resume it under Mailboxes.",
        now=now,
    )


def _gone(campaign: Campaign, message: Message, *, now: datetime, reference: str = "") -> dict[str, Any]:
    """Write down that a mail went out; returns what its campaign keeps of it."""
    Message.objects.filter(pk=message.pk).update(sent_at=now, reference=reference or message.reference)
    note_offer(campaign.site, now=now)
    return {"sent_at": campaign.sent_at or now}


def _call_off(campaign: Campaign, refusal: CalledOff, run: Run) -> None:
    now = run.now()
    _give_back(campaign, run)
    with transaction.atomic():
        to = sequences.status_when_called_off(campaign)
        claims.finish(SEND, campaign, to, now=now, by=run.by, reason=str(refusal))
        sequences.stop(campaign, refusal.stop, now=now, by=run.by)


def _give_back(campaign: Campaign, run: Run) -> None:
    if campaign.claimed_at:
        rates.give_back(campaign, taken_at=campaign.claimed_at, now=run.now())


def _note_refusal(campaign: Campaign, message: Message, run: Run) -> None:
    """Keep that the recipient's server knows no such box, and never write to it again."""
    now = run.now()
    with transaction.atomic():
        unnoted = Message.objects.filter(pk=message.pk, bounced_at__isnull=True)
        unnoted.update(bounced_at=now, bounce=Message.Bounce.HARD)
        Campaign.objects.filter(pk=campaign.pk, stopped_at__isnull=True).update(
            stopped_at=now, stop_reason=StopReason.BOUNCED, next_step_at=None
        )
        suppression.suppress(message.recipient, reason=Suppression.Reason.BOUNCED, now=now, by=run.by)


def _check_still_a_lead(campaign: Campaign, run: Run) -> None:
    """Look at the business's website once more, unless that was done lately."""
    business = campaign.business
    if business.status in LEADS:
        verdict = recheck_before_mail(business, now=run.now(), by=run.by)
        if verdict == "no_lead":
            raise CalledOff("The business has a website now", StopReason.NO_LEAD)
        if verdict == "unknown":
            raise NotYet(
                "Whether the business has a website now could not be settled today", retry_after=A_DAY
            )


def _check_may_go(campaign: Campaign, message: Message, *, now: datetime) -> None:
    """Refuse right before the mail leaves, in the transaction that commits it as leaving."""
    check_nobody_said_no(campaign, message)
    fresh = Campaign.objects.select_related("business", "site", "mailbox__domain").get(pk=campaign.pk)
    if fresh.stopped_at is not None:
        raise CalledOff(f"The campaign was stopped: {fresh.get_stop_reason_display()}", fresh.stop_reason)
    if fresh.expires_at is not None and fresh.expires_at <= now:
        raise CalledOff(f"It could not go before {fresh.expires_at:%Y-%m-%d}", StopReason.FINISHED)
    if fresh.business.status in (Business.Status.NEW, Business.Status.REVIEW):
        raise NotYet("Whether the business is still a lead is not decided", retry_after=A_DAY)
    if reason := sequences.reason_to_stop(fresh):
        raise CalledOff(_WHY_NOT.get(reason, StopReason(reason).label), reason)
    if fresh.site.status != Site.Status.PUBLISHED:
        raise NotYet("The site is being built anew and not online at this moment", retry_after=AN_HOUR)
    if why := mailboxes.why_silent(rates.mailbox_of(fresh, now=now)):
        raise NotYet(why, retry_after=AN_HOUR)
    if settings.MAIL_URL and settings.AGENCY_ADDRESS == settings.SAMPLE_AGENCY_ADDRESS:
        raise BadData("AGENCY_ADDRESS is still the sample's; a real mail must carry your postal address")


def check_nobody_said_no(campaign: Campaign, message: Message) -> None:
    """Raise CalledOff where the address, or its whole company, said no."""
    said_no = Q(address_hash=message.recipient_hash)
    if campaign.company_hash:
        said_no |= Q(address_hash=campaign.company_hash, scope=Suppression.Scope.COMPANY)
    if Suppression.objects.filter(said_no).exists():
        raise CalledOff("The address said no", StopReason.OPTED_OUT)
