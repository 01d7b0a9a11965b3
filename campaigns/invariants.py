"""What must always be true of outreach."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, Subquery

from campaigns.models import Campaign, Message, Suppression
from campaigns.sending import delivery_key
from pipeline.doctor import invariant
from pipeline.models import Effect


@invariant(cheap=False)
def sent_mail_is_in_the_ledger(now: datetime) -> Iterator[str]:
    """A campaign counts as sent only if its mail's effect is done."""
    for message in Message.objects.filter(campaign__status=Campaign.Status.SENT).select_related("campaign"):
        effect = Effect.objects.filter(key=delivery_key(message)).first()
        if message.sent_at is None or effect is None or effect.status != Effect.Status.DONE:
            yield f"{message.campaign} counts as sent, its ledger says {effect.status if effect else 'nothing'}"


@invariant()
def one_mail_per_recipient_and_step(now: datetime) -> Iterator[str]:
    """Nobody got the same step twice."""
    twice = Message.objects.values("recipient_hash", "step").annotate(mails=Count("pk")).filter(mails__gt=1)
    for row in twice[:20]:
        yield f"{row['mails']} mails of step {row['step']} go to one address"


@invariant(cheap=False)
def no_mail_after_a_no(now: datetime) -> Iterator[str]:
    """No mail began to leave after its address said no."""
    said_no_at = Suppression.objects.filter(address_hash=OuterRef("recipient_hash")).values("at")[:1]
    for message in Message.objects.annotate(no_at=Subquery(said_no_at)).filter(
        no_at__isnull=False, sent_at__gt=F("no_at")
    ):
        effect = Effect.objects.filter(key=delivery_key(message), status=Effect.Status.DONE).first()
        if effect and effect.called_at and effect.called_at > message.no_at:
            yield f"{message} left at {effect.called_at}, its address had said no at {message.no_at}"


@invariant()
def waiting_mail_is_frozen(now: datetime) -> Iterator[str]:
    """A campaign that waits, goes or went out has its mail, with its bytes."""
    going = Campaign.objects.filter(status__in=["pending", "sending", "sent"]).filter(
        Q(written_at__isnull=True) | Q(messages__isnull=True) | Q(messages__body_sha256="")
    )
    for campaign in going[:20]:
        yield f"{campaign} is {campaign.status} without a frozen mail"
