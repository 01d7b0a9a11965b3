"""Sending: an approved mail goes out once, through the ledger, and never to somebody who said no."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, cast

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from businesses.leads import recheck_before_mail
from businesses.models import Business
from campaigns import breakers, mailboxes, rates, sequences, suppression
from campaigns.leaving import A_DAY, AN_HOUR, CalledOff, Mail, check_may_leave, delivery_key
from campaigns.models import Campaign, Mailbox, Message, Suppression
from campaigns.transports.base import RecipientRefused, Transport
from pipeline import batches, claims, effects, faults, incidents, states
from pipeline.batches import Act
from pipeline.bulk import update_each
from pipeline.clock import SYSTEM_CLOCK, clock_trouble, database_now
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import LostClaim, NotYet, SourcePaused, Transient, Uncertain
from pipeline.models import Effect, WorkItem
from pipeline.runner import Run, StageResult, run_batches
from pipeline.stages import Stage
from sites.lifetime import note_offers

StopReason = Campaign.StopReason
AT_ONCE: Final = 50  # mails that a worker claims and settles together

# What is read of the business of a claimed mail; the rest of its many columns is loaded where it is looked at again.
_READ: Final = {"id", "country", "status", "website_checked_at"}
_UNREAD: Final = (
    *(f"business__{field.name}" for field in Business._meta.concrete_fields if field.name not in _READ),
    "mailbox__domain__dns_report",
)


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
    related=("business", "mailbox__domain"),
    unread=_UNREAD,
)


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
    return run_batches(SEND, _send, run, limit=limit, at_once=AT_ONCE, pk=pk)


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
            _note_gone([(Mail(campaign, message), "")], at=now)
            states.move(
                campaign,
                Campaign.Status.SENT,
                now=now,
                by=by,
                reason=f"{by} says it went out",
                sent_at=campaign.sent_at or now,
            )
            sequences.plan_next([campaign], now=now)
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


def _send(campaigns: Sequence[Campaign], run: Run) -> Iterator[tuple[Campaign, str | Exception]]:
    """Send the mails in hand of campaigns that write from one mailbox."""
    messages = Message.objects.filter(campaign__in=campaigns, step=F("campaign__step"))
    messages = messages.defer("links", "preflight")
    in_hand = {message.campaign_id: message for message in messages}
    mails = [Mail(campaign, in_hand[campaign.pk]) for campaign in campaigns]
    mailbox = rates.mailbox_of(campaigns[0], now=run.now())
    for ended in _deliver(mails, mailbox, run):
        held = _finish([(mail, told) for mail, told in ended if isinstance(told, Effect)], run)
        for mail, told in ended:
            campaign = mail.campaign
            if isinstance(told, Effect):
                yield campaign, "done" if campaign.pk in held else LostClaim("Another worker has it now")
                continue
            try:
                yield campaign, _after(told, mail, mailbox, run)
            except Exception as error:
                yield campaign, error


def _deliver(
    mails: Sequence[Mail], mailbox: Mailbox, run: Run
) -> Iterator[list[tuple[Mail, Effect | Exception]]]:
    """Bring the effects of mails to their ends; yields the done ones, or what they raised, as they are committed."""
    try:
        transport = mailboxes.transport_of(mailbox)
    except ImproperlyConfigured as error:
        yield [(mail, SourcePaused(mailbox.transport, str(error))) for mail in mails]
        return
    kind = mail_kind(transport)
    wanted = {mail.key: (states.label(mail.campaign), mail.request) for mail in mails}
    planned = batches.plan_new(kind, wanted, now=run.now())
    acts: dict[Act, Mail] = {}
    for mail in mails:
        try:
            effect = planned.get(mail.key) or _planned(kind, mail, now=run.now())
            if effect.status == Effect.Status.PLANNED:
                _check_still_a_lead(mail.campaign, run)
        except Exception as error:
            yield [(mail, error)]
        else:
            acts[_act_of(mail, effect, transport, kind, run)] = mail
    for ended in batches.run_together(kind, list(acts), now=run.now, may_begin=run.may_begin):
        yield [(acts[each.act], each.error or each.act.effect) for each in ended]


def _act_of(mail: Mail, effect: Effect, transport: Transport, kind: EffectKind, run: Run) -> Act:
    message = mail.message

    def call(effect: Effect) -> Outcome:
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

    def gate() -> None:
        check_may_leave(mail, kind.scopes, now=run.now())

    return Act(effect, call, gate, ask)


def _planned(kind: EffectKind, mail: Mail, *, now: datetime) -> Effect:
    """Return the effect of a mail that was tried before."""
    subject = states.label(mail.campaign)
    try:
        return effects.plan(kind, mail.key, subject=subject, request=mail.request, now=now)
    except effects.KeyConflict:
        # MAIL_URL may have changed since; what has begun stays as it is.
        if not effects.reroute(kind, mail.key):
            raise
        return effects.plan(kind, mail.key, subject=subject, request=mail.request, now=now)


def _finish(gone: Sequence[tuple[Mail, Effect]], run: Run) -> set[int]:
    """Write down what went out, and when the next mails are due; returns the campaigns that were still ours."""
    if not gone:
        return set()
    now = run.now()
    with transaction.atomic():
        campaigns = [mail.campaign for mail, _ in gone]
        held = claims.finish_all(
            SEND, campaigns, Campaign.Status.SENT, now=now, by=run.by, sent_at=Coalesce("sent_at", now)
        )
        mine = [(mail, effect) for mail, effect in gone if mail.campaign.pk in held]
        for settled_at, group in groupby(mine, key=lambda each: each[1].settled_at):
            _note_gone([(mail, effect.reference) for mail, effect in group], at=settled_at or now)
        sequences.plan_next([mail.campaign for mail, _ in mine], now=now)
    faults.point("applied")
    return held


def _note_gone(gone: Sequence[tuple[Mail, str]], *, at: datetime) -> None:
    """Write down that mails went out, by which references, and that the proposals they tell of have begun."""
    references = [(mail.message.pk, reference or mail.message.reference) for mail, reference in gone]
    update_each(Message, ("reference",), references, same={"sent_at": at})
    note_offers([mail.campaign.site_id for mail, _ in gone], now=at)


def _after(error: Exception, mail: Mail, mailbox: Mailbox, run: Run) -> str | Exception:
    """Write down what a failed delivery says of its mailbox, its recipient or its campaign.

    Returns what became of the campaign, or the error that says it.
    """
    campaign = mail.campaign
    if isinstance(error, CalledOff):
        _call_off(campaign, error, run)
        return "called off"
    if isinstance(error, NotYet):
        _give_back(campaign, run)
    elif isinstance(error, SourcePaused) and error.retry_after is None:
        _give_back(campaign, run)
        pause_mailbox(mailbox, error.reason, now=run.now())
        return NotYet(f"{mailbox} is paused: {error.reason}", retry_after=AN_HOUR)
    elif isinstance(error, Transient) and error.retry_after is not None:
        rates.slow_down(mailbox, campaign.provider, now=run.now())  # the other side asked for fewer mails
    elif isinstance(error, RecipientRefused):
        _note_refusal(campaign, mail.message, run)
    return error


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
    if business.status in sequences.LEADS:
        verdict = recheck_before_mail(business, now=run.now(), by=run.by)
        if verdict == "no_lead":
            raise CalledOff("The business has a website now", StopReason.NO_LEAD)
        if verdict == "review":
            raise NotYet("The business has a website now; a person decides again", retry_after=A_DAY)
        if verdict == "unknown":
            raise NotYet(
                "Whether the business has a website now could not be settled today", retry_after=A_DAY
            )
