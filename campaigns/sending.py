"""Sending: an approved mail goes out once, through the ledger, and never to somebody who said no."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from businesses.leads import recheck_before_mail
from businesses.models import Business
from campaigns.models import Campaign, Message, Suppression
from campaigns.transports.base import Transport
from campaigns.transports.registry import transport_from_url
from pipeline import claims, effects, faults, states
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, NotYet, StageError, Uncertain
from pipeline.models import Effect, WorkItem
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage
from sites.lifetime import note_offer
from sites.models import Site


def _nobody_said_no(now: datetime) -> Q:
    said_no = Suppression.objects.filter(address_hash=OuterRef("messages__recipient_hash"))
    return Q(~Exists(said_no), business__suppressed=False, messages__sent_at__isnull=True)


def _stuck(row: WorkItem) -> str:
    """A stuck mail goes back to draft, unless it may have left the house: then a person decides."""
    effects_of_it = Effect.objects.filter(subject=states.label(row))
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
)


LEADS = (Business.Status.QUALIFIED, Business.Status.CALL_LIST)
A_DAY = 86_400.0  # seconds


class CalledOff(StageError):
    """The mail must not go out any more."""


def mail_transport() -> Transport:
    """Return the transport that MAIL_URL names: the outbox folder, or a server."""
    return transport_from_url(settings.MAIL_URL, settings.OUTBOX_DIR)


def mail_kind(transport: Transport) -> EffectKind:
    """Return the kind of a delivery: what a crash in the middle means depends on the transport."""
    return EffectKind(
        f"mail.{transport.name}", Policy(transport.policy), (SEND.switch, f"source:{transport.name}")
    )


def send_campaigns(run: Run, *, limit: int, pk: int | None = None) -> StageResult:
    """Send up to `limit` approved mails, or the campaign `pk`."""
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
    message = campaign.messages.get()
    with transaction.atomic():
        effect = Effect.objects.filter(key=delivery_key(message)).first()
        if effect is not None and effect.status in (Effect.Status.UNKNOWN, Effect.Status.CALLING):
            effects.decide(effect, happened=went_out, now=now, by=by)
        if went_out:
            Message.objects.filter(pk=message.pk).update(sent_at=now)
            note_offer(campaign.site, now=now)
            states.move(
                campaign, Campaign.Status.SENT, now=now, by=by, reason=f"{by} says it went out", sent_at=now
            )
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
    message = campaign.messages.get()
    transport = mail_transport()
    kind = mail_kind(transport)

    def call(effect: Effect) -> Outcome:
        delivery = transport.deliver(
            bytes(message.body),
            sender=message.sender,
            recipient=message.recipient,
            message_id=message.message_id,
        )
        return Outcome(response=delivery.reply, reference=delivery.ref)

    def ask(effect: Effect) -> Outcome | None:
        found = transport.find(message.message_id)
        if found is None:
            raise Uncertain("The mail server cannot say whether the mail went out")
        return Outcome(response="found by Message-ID") if found else None

    try:
        effect = effects.plan(
            kind,
            delivery_key(message),
            subject=states.label(campaign),
            request={"message_id": message.message_id, "body": message.body_sha256},
            now=run.now(),
        )
        if effect.status == Effect.Status.PLANNED:
            _check_still_a_lead(campaign, run)
        effects.run(kind, effect, call, now=run.now, ask=ask, gate=lambda: _check_may_go(campaign, message))
    except CalledOff as reason:
        claims.finish(SEND, campaign, Campaign.Status.CANCELLED, now=run.now(), by=run.by, reason=str(reason))
        return "called off"
    now = run.now()
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(sent_at=now)
        note_offer(campaign.site, now=now)
        claims.finish(SEND, campaign, Campaign.Status.SENT, now=now, by=run.by, sent_at=now)
    faults.point("applied")
    return "done"


def _check_still_a_lead(campaign: Campaign, run: Run) -> None:
    """Look at the business's website once more, unless that was done lately."""
    business = Business.objects.get(pk=campaign.business_id)
    if business.status in LEADS:
        verdict = recheck_before_mail(business, now=run.now(), by=run.by)
        if verdict == "no_lead":
            raise CalledOff("The business has a website now")
        if verdict == "unknown":
            raise NotYet(
                "Whether the business has a website now could not be settled today", retry_after=A_DAY
            )


def _check_may_go(campaign: Campaign, message: Message) -> None:
    """Refuse right before the mail leaves, in the transaction that commits it as leaving."""
    if Suppression.objects.filter(address_hash=message.recipient_hash).exists():
        raise CalledOff("The address said no")
    business = Business.objects.get(pk=campaign.business_id)
    if business.suppressed:
        raise CalledOff("The business said no")
    if business.status in (Business.Status.NEW, Business.Status.REVIEW):
        raise NotYet("Whether the business is still a lead is not decided", retry_after=A_DAY)
    if business.status not in LEADS:
        raise CalledOff("The business is no longer a lead")
    if not Site.objects.filter(pk=campaign.site_id, status=Site.Status.PUBLISHED).exists():
        raise CalledOff("The site is not online any more")
    if settings.MAIL_URL and settings.AGENCY_ADDRESS == settings.SAMPLE_AGENCY_ADDRESS:
        raise BadData("AGENCY_ADDRESS is still the sample's; a real mail must carry your postal address")
