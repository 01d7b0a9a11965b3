"""What must always be true of outreach."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from businesses.erased import SOURCE, erased_keys, is_erased
from businesses.models import Business, SourceRecord
from campaigns.erasing import ERASED
from campaigns.leaving import delivery_key
from campaigns.models import Campaign, Message, Suppression
from pipeline.doctor import invariant
from pipeline.models import Effect


@invariant(cheap=False)
def sent_mail_is_in_the_ledger(now: datetime) -> Iterator[str]:
    """A mail counts as sent only if its effect is done, a campaign only if its first mail is sent."""
    for message in Message.objects.filter(sent_at__isnull=False).select_related("campaign"):
        effect = Effect.objects.filter(key=delivery_key(message)).first()
        if effect is None or effect.status != Effect.Status.DONE:
            yield f"{message.campaign} counts as sent, its ledger says {effect.status if effect else 'nothing'}"
    sent = Message.objects.filter(campaign=OuterRef("pk"), sent_at__isnull=False)
    for campaign in Campaign.objects.filter(~Exists(sent), status=Campaign.Status.SENT)[:20]:
        yield f"{campaign} counts as sent, none of its mails does"


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
    """A campaign that waits or goes has the mail in hand, with its bytes."""
    frozen = Message.objects.filter(campaign=OuterRef("pk"), step=OuterRef("step")).exclude(body_sha256="")
    going = Campaign.objects.filter(status__in=["pending", "sending"])
    for campaign in going.filter(Q(written_at__isnull=True) | ~Exists(frozen))[:20]:
        yield f"{campaign} is {campaign.status} without a frozen mail"


@invariant()
def stopped_campaign_plans_nothing(now: datetime) -> Iterator[str]:
    """No further mail is planned for a campaign that was stopped."""
    for campaign in Campaign.objects.filter(stopped_at__isnull=False, next_step_at__isnull=False)[:20]:
        yield f"{campaign} was stopped and still has a mail planned"


@invariant(cheap=False)
def erased_stays_erased(now: datetime) -> Iterator[str]:
    """No row of an erased business holds an address, and none has come back."""
    erased = erased_keys()
    if not erased:
        return
    marked = Business.objects.filter(records__source=SOURCE).distinct()
    for business in marked.exclude(email="", phone="", name=ERASED)[:20]:
        yield f"Business {business.pk} was erased and holds data again"
    for message in Message.objects.filter(campaign__business__in=marked).exclude(recipient="")[:20]:
        yield f"Mail {message.pk} to an erased business still names its recipient"
    for record in SourceRecord.objects.exclude(source=SOURCE).iterator():
        if is_erased(erased, record.source, record.source_id, []):
            yield f"Record {record.pk} of an erased business has come back"
