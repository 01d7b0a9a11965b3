"""Reconciling: a mail of which nobody knows whether it went out is settled by proof, and never sent again blindly.

Proof is what came back for it, the provider's list, the folder of sent mails, or the provider's answer to the same
key. That a mail is not found proves nothing. What stays open waits for a person.
"""

import logging
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from campaigns import leaving, mailboxes, rates, sending
from campaigns.mailreaders.base import BoxUnreachable
from campaigns.mailreaders.registry import reader_from_url
from campaigns.models import Campaign, Mailbox, Message
from campaigns.transports.base import Transport
from pipeline import effects, states, switches
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import LostClaim, StageError, Uncertain
from pipeline.models import Effect
from pipeline.runner import Run, StageResult

logger = logging.getLogger(__name__)

HELD = Campaign.Status.HELD
# Only what arrived can do these; each is a time on the mail.
_SIGNS: Final = {
    "delivered_at": "its delivery was reported",
    "bounced_at": "it came back",
    "replied_at": "it was answered",
    "auto_replied_at": "a machine answered it",
    "complained_at": "somebody complained about it",
    "unsubscribed_at": "its link to say no was used",
    "clicked_at": "its link was followed",
    "opened_at": "it was opened",
    "machine_opened_at": "it was opened by a machine",
}


def reconcile(run: Run, *, limit: int) -> StageResult:
    """Try to settle up to `limit` uncertain mails, those first that nobody has looked at for longest."""
    result = StageResult("reconcile")
    held = Campaign.objects.filter(status=HELD, claimed_by="").select_related("mailbox__domain")
    for campaign in held.order_by("next_attempt_at", "pk")[:limit]:
        if not run.may_begin():
            break
        result.count("settled" if _reconcile(campaign, run) else "still uncertain")
    return result


def note_evidence(message: Message, *, went_out: bool, how: str, now: datetime) -> bool:
    """Settle the uncertain delivery of a mail by what came back for it; False where nothing was uncertain.

    Only proof may call this: that something is about this very mail must be sure. `how` is told in the timeline.
    """
    campaign = Campaign.objects.get(pk=message.campaign_id)
    if campaign.status != HELD or campaign.step != message.step:
        return False
    try:
        sending.settle_held(campaign, went_out=went_out, now=now, by=how[:120])
    except (states.StaleState, states.IllegalTransition, LostClaim):
        return False  # somebody else settled it
    return True


def _reconcile(campaign: Campaign, run: Run) -> bool:
    # So that the next round begins with another one.
    Campaign.objects.filter(pk=campaign.pk, status=HELD).update(next_attempt_at=run.now())
    message = campaign.messages.get(step=campaign.step)
    for field, sign in _SIGNS.items():
        if getattr(message, field) is not None:
            return note_evidence(message, went_out=True, how=sign, now=run.now())
    effect = Effect.objects.filter(key=leaving.delivery_key(message)).first()
    if effect is None:
        return False
    mailbox = rates.mailbox_of(campaign, now=run.now())
    try:
        transport = mailboxes.transport_of(mailbox)
        if transport.policy == "idempotent":  # the same mail twice is one mail
            return note_evidence(message, went_out=False, how="it may be repeated", now=run.now())
        how = _ask(campaign, message, effect, mailbox, transport, run)
    except (StageError, ImproperlyConfigured) as error:
        logger.info("%s stays uncertain: %s", states.label(campaign), error)
        return False
    return note_evidence(message, went_out=True, how=how, now=run.now())


def _ask(
    campaign: Campaign, message: Message, effect: Effect, mailbox: Mailbox, transport: Transport, run: Run
) -> str:
    """Bring the effect to its end by asking, and return who knew. Raises Uncertain and other errors of a stage."""

    def ask(effect: Effect) -> Outcome:
        if transport.find(message.message_id) is True:
            return Outcome(response="found in the provider's list")
        if mailbox.imap and _is_in_sent(mailbox, message):
            return Outcome(response="found among the sent mails")
        return _ask_by_key(campaign, message, effect, transport, run)

    # Whatever its kind may do by itself: here it is asked, and never called.
    kind = EffectKind(effect.kind, Policy.ASK)
    done = effects.run(kind, effect, _never_called, now=run.now, ask=ask)
    Message.objects.filter(pk=message.pk, reference="").update(reference=done.reference)
    return done.response[:120]


def _never_called(effect: Effect) -> Outcome:
    raise Uncertain("An uncertain mail is asked for, not sent")


def _is_in_sent(mailbox: Mailbox, message: Message) -> bool:
    try:
        with reader_from_url(settings.IMAP_URLS.get(mailbox.imap, "")).open_box() as box:
            return box.has_sent(message.message_id)
    except (BoxUnreachable, ImproperlyConfigured) as error:
        logger.info("The sent mails of %s cannot be read: %s", mailbox, error)
        return False


def _ask_by_key(
    campaign: Campaign, message: Message, effect: Effect, transport: Transport, run: Run
) -> Outcome:
    """Hand the mail over again where the provider surely takes it for the same: its answer is that to the first.

    If the first was not accepted it goes out now, so whoever said no meanwhile is not asked for.
    """
    first = effect.planned_at  # never later than the first try
    if run.now() - first >= transport.repeats_within:
        raise Uncertain("Nobody can tell whether it went out")
    switches.check_on(*sending.mail_kind(transport).scopes, now=run.now())
    leaving.check_nobody_said_no(campaign, message)
    delivery = transport.deliver(
        bytes(message.body),
        sender=message.sender,
        recipient=message.recipient,
        message_id=message.message_id,
        envelope_sender=message.envelope_sender,
    )
    return Outcome(response="its key was asked for again", reference=delivery.ref)
