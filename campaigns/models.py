"""Outreach: the campaign to one business about one site, its mails, what came of them, who said no."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from businesses.models import Business
from pipeline.models import WorkItem, work_item_constraints, work_item_indexes
from sites.models import Site


class Campaign(WorkItem):
    """The outreach to one business about one site. What we do is the status; what the world does is an Event."""

    class Status(models.TextChoices):
        DRAFT = "draft", "To approve"
        PENDING = "pending", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        HELD = "held", "Uncertain"
        CANCELLED = "cancelled", "Cancelled"

    TRANSITIONS: ClassVar = {
        Status.DRAFT: [Status.PENDING, Status.FAILED, Status.CANCELLED],
        Status.PENDING: [Status.SENDING, Status.DRAFT, Status.CANCELLED],
        Status.SENDING: [
            Status.SENT,
            Status.PENDING,
            Status.DRAFT,
            Status.FAILED,
            Status.HELD,
            Status.CANCELLED,
        ],
        Status.SENT: [],
        Status.FAILED: [Status.DRAFT, Status.PENDING, Status.CANCELLED],
        Status.HELD: [Status.SENT, Status.PENDING, Status.CANCELLED],
        Status.CANCELLED: [],
    }

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="campaign")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="campaigns")
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True, help_text="Empty: its mail is not written yet.")
    review_reason = models.CharField(
        max_length=300, blank=True, help_text="Why the autopilot leaves it to a person."
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=120, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)

    class Meta:
        constraints = [
            *work_item_constraints(
                "campaign",
                ["draft", "pending", "sending", "sent", "failed", "held", "cancelled"],
                ["sending"],
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["pending", "sending", "sent"]) | Q(approved_at__isnull=False),
                name="campaign_goes_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="campaign_sent_has_time"
            ),
        ]
        indexes = [
            *work_item_indexes("campaign", ["draft", "pending"]),
            models.Index(fields=["sent_at"], name="campaign_sent"),
        ]

    def __str__(self) -> str:
        return f"Outreach to {self.business}"


class Message(models.Model):
    """One mail of a campaign: its bytes are frozen when it is written, a retry sends the same bytes."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="messages")
    step = models.PositiveSmallIntegerField(default=1)
    recipient = models.CharField(max_length=254)
    recipient_hash = models.CharField(
        max_length=64, help_text="Keyed hash of the address, as in Suppression."
    )
    sender = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    message_id = models.CharField(max_length=200, unique=True)
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    links = models.JSONField(default=list, help_text="Targets of the tracked links, by number.")
    writer = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "step"], name="message_step_once"),
            # The promise itself: however a mail came to be, one recipient gets one mail of a step.
            models.UniqueConstraint(fields=["recipient_hash", "step"], name="message_recipient_once"),
        ]
        indexes = [models.Index(fields=["sent_at"], name="message_sent")]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"


class Event(models.Model):
    """Something the world did with a mail or a site; kept as it came."""

    class Kind(models.TextChoices):
        OPENED = "opened", "Opened"
        CLICKED = "clicked", "Clicked"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        WANTED = "wanted", "Wants the site"
        REMOVED = "removed", "Had the site removed"

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    link = models.PositiveSmallIntegerField(default=0)
    user_agent = models.CharField(max_length=300, blank=True)
    network = models.CharField(
        max_length=50, blank=True, help_text="/24 or /48 of the address, never the whole."
    )

    class Meta:
        indexes = [
            models.Index(fields=["message", "kind"], name="event_message"),
            models.Index(fields=["kind", "at"], name="event_kind_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class Suppression(models.Model):
    """An address that said no. Only a keyed hash is kept, so that it outlives the erasure of everything else."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        REMOVED = "removed", "Had the site removed"
        STAFF = "staff", "Entered by staff"
        BOUNCED = "bounced", "Does not exist"

    address_hash = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return f"{self.reason} {self.at:%Y-%m-%d}"
