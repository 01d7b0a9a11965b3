"""Outreach: the campaign to one business about one site, its mails, and what came of them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from businesses.models import Business
from campaigns.models.senders import Mailbox
from pipeline.models import WorkItem, work_item_constraints, work_item_indexes
from sites.models import Site


class Campaign(WorkItem):
    """The outreach to one business about one site. What we do is the status; what the world does is an Event.

    A campaign has one mail in hand at a time: `step` says which, the status is what we do with it. Between two mails
    it rests as sent until `next_step_at`; `sent_at` is the first mail's time and is set once.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "To approve"
        PENDING = "pending", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        HELD = "held", "Uncertain"
        CANCELLED = "cancelled", "Cancelled"

    class StopReason(models.TextChoices):
        FINISHED = "finished", "All its mails went out"
        REPLIED = "replied", "Somebody answered"
        CLICKED = "clicked", "Somebody followed a link"
        ENGAGED = "engaged", "Somebody read the site"
        OPTED_OUT = "opted_out", "Said no"
        BOUNCED = "bounced", "The address takes no mail"
        SOLD = "sold", "Bought"
        REMOVED = "removed", "Had the site removed"
        COMPANY = "company", "The company answered another mail"
        STAFF = "staff", "Stopped by staff"
        NO_LEAD = "no_lead", "No longer a lead"

    TRANSITIONS: ClassVar = {
        # To sent: a follow-up is called off, the mails before it went out.
        Status.DRAFT: [Status.PENDING, Status.FAILED, Status.CANCELLED, Status.SENT],
        Status.PENDING: [Status.SENDING, Status.DRAFT, Status.CANCELLED, Status.SENT],
        Status.SENDING: [
            Status.SENT,
            Status.PENDING,
            Status.DRAFT,
            Status.FAILED,
            Status.HELD,
            Status.CANCELLED,
        ],
        Status.SENT: [Status.DRAFT],  # the next mail of the sequence is due
        Status.FAILED: [Status.DRAFT, Status.PENDING, Status.CANCELLED, Status.SENT],
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
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When its first mail went out.")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)

    step = models.PositiveSmallIntegerField(default=1, help_text="The mail in hand; 1 is the first.")
    next_step_at = models.DateTimeField(
        null=True, blank=True, help_text="When the next mail may be written; empty: none is planned."
    )
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="No further mail follows.")
    stop_reason = models.CharField(max_length=20, choices=StopReason.choices, blank=True, default="")
    mailbox = models.ForeignKey(
        Mailbox, null=True, blank=True, on_delete=models.PROTECT, related_name="campaigns",
        help_text="Who writes: the same box for every mail of a campaign.",
    )  # fmt: skip
    variant = models.CharField(max_length=20, blank=True, default="", help_text="Which wording is tried.")
    recipient_hash = models.CharField(
        max_length=64, blank=True, default="", help_text="Keyed hash of the address, as in Suppression."
    )
    company_hash = models.CharField(
        max_length=64, blank=True, default="", help_text="Keyed hash of what the company's addresses share."
    )
    provider = models.CharField(
        max_length=40, blank=True, default="", help_text="Who runs the recipient's mail, by its MX."
    )
    time_zone = models.CharField(max_length=64, blank=True, default="", help_text="Of the recipient.")
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="A mail that has not gone by then is called off."
    )
    waits_for = models.CharField(
        max_length=200, blank=True, default="", help_text="Why its turn was put off until the next attempt."
    )

    class Meta:
        constraints = [
            *work_item_constraints(
                "campaign",
                ["draft", "pending", "sending", "sent", "failed", "held", "cancelled"],
                ["sending"],
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["pending", "sending"]) | Q(approved_at__isnull=False),
                name="campaign_goes_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="campaign_sent_has_time"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stop_reason="")
                | (Q(stopped_at__isnull=False) & ~Q(stop_reason="")),
                name="campaign_stop_has_reason",
            ),
        ]
        indexes = [
            *work_item_indexes("campaign", ["draft", "pending"]),
            models.Index(fields=["status", "id"], name="campaign_status"),
            models.Index(fields=["sent_at"], name="campaign_sent"),
            models.Index(
                fields=["mailbox", "next_attempt_at", "id"],
                condition=Q(status="pending", claimed_by=""),
                name="campaign_due_by_mailbox",
            ),
            models.Index(
                fields=["next_step_at"],
                condition=Q(status="sent", stopped_at__isnull=True),
                name="campaign_next_step",
            ),
            models.Index(fields=["status_changed_at"], condition=Q(status="held"), name="campaign_held"),
            models.Index(
                fields=["written_at", "id"],
                condition=Q(status="draft", written_at__isnull=False) & ~Q(review_reason=""),
                name="campaign_waits_for_yes",
            ),
            models.Index(fields=["company_hash"], name="campaign_company"),
            models.Index(fields=["recipient_hash"], name="campaign_recipient"),
        ]

    def __str__(self) -> str:
        return f"Outreach to {self.business}"


class Message(models.Model):
    """One mail of a campaign: its bytes are frozen when it is written, a retry sends the same bytes."""

    class Bounce(models.TextChoices):
        HARD = "hard", "The box does not exist"
        SOFT = "soft", "Not now"
        POLICY = "policy", "Refused for what we are"

    # Neither of these two needs an index of its own: message_step_once and message_taken begin with them.
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="messages", db_index=False)
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
    variant = models.CharField(max_length=20, blank=True, default="")
    language = models.CharField(max_length=10, default="en")
    mailbox = models.ForeignKey(
        Mailbox, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    envelope_sender = models.CharField(
        max_length=254, blank=True, default="", help_text="Where a bounce goes; empty: the sender."
    )
    in_reply_to = models.CharField(max_length=200, blank=True, default="", help_text="The mail before it.")
    reference = models.CharField(
        max_length=200, blank=True, default="", help_text="The provider's own id, which its webhooks name."
    )
    preflight = models.JSONField(
        default=dict, blank=True, help_text="Lint and spam score, as found when the bytes were frozen."
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    # What the world did, each set once; machines and people are told apart by the events.
    delivered_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce = models.CharField(max_length=10, choices=Bounce.choices, blank=True, default="")
    machine_opened_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    engaged_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="A person surely looked at the site: followed a second link, read far down.",
    )
    auto_replied_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "step"], name="message_step_once"),
            # The promise itself: however a mail came to be, one recipient gets one mail of a step.
            models.UniqueConstraint(fields=["recipient_hash", "step"], name="message_recipient_once"),
        ]
        indexes = [
            # What came of the mails of a month is added up from the index alone.
            models.Index(
                fields=[
                    "sent_at",
                    "step",
                    "delivered_at",
                    "engaged_at",
                    "replied_at",
                    "bounced_at",
                    "unsubscribed_at",
                    "complained_at",
                ],
                name="message_outcomes",
            ),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="message_reference"),
            # How a mailbox's mails of a week were taken, likewise.
            models.Index(
                fields=["mailbox", "sent_at", "bounced_at", "bounce", "complained_at"], name="message_taken"
            ),
            *(
                models.Index(
                    fields=[column], condition=Q(**{f"{column}__isnull": False}), name=f"message_{news}"
                )
                for column, news in (
                    ("opened_at", "opened"),
                    ("clicked_at", "clicked"),
                    ("engaged_at", "engaged"),
                    ("replied_at", "replied"),
                    ("unsubscribed_at", "unsubscribed"),
                )
            ),
        ]

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
        DEFERRED = "deferred", "Put off by the other side"
        DELIVERED = "delivered", "Delivered"
        BOUNCED = "bounced", "Came back"
        COMPLAINED = "complained", "Called it spam"
        REPLIED = "replied", "Answered"
        AUTO_REPLIED = "auto_replied", "A machine answered"
        READ = "read", "Read the site far down"
        CLAIM_OPENED = "claim_opened", "Opened the offer"
        OPT_OUT_OPENED = "opt_out_opened", "Looked at the way out"

    class Actor(models.TextChoices):
        HUMAN = "human", "A person"
        PROXY = "proxy", "A person, through a proxy"
        MACHINE = "machine", "A machine of the mail program"
        SCANNER = "scanner", "A security scanner"
        UNKNOWN = "unknown", "Not known"

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    link = models.PositiveSmallIntegerField(default=0)
    user_agent = models.CharField(max_length=300, blank=True)
    network = models.CharField(
        max_length=50, blank=True, help_text="/24 or /48 of the address, never the whole."
    )
    method = models.CharField(max_length=8, blank=True, default="")
    actor = models.CharField(max_length=10, choices=Actor.choices, default=Actor.UNKNOWN)
    reasons = models.JSONField(default=list, blank=True, help_text="Why it is thought to be this actor.")
    rule_version = models.PositiveSmallIntegerField(default=0, help_text="0: not classified yet.")
    detail = models.JSONField(
        default=dict, blank=True, help_text="What the other side said: codes and texts."
    )
    dedup_key = models.CharField(
        max_length=64, null=True, blank=True, unique=True, help_text="The same news twice is one event."
    )

    class Meta:
        indexes = [
            models.Index(fields=["message", "kind"], name="event_message"),
            models.Index(fields=["kind", "at"], name="event_kind_at"),
            models.Index(
                fields=["at"],
                condition=Q(
                    rule_version=0, kind__in=["opened", "clicked", "opt_out_opened", "read", "claim_opened"]
                ),
                name="event_not_judged",
            ),
            models.Index(fields=["network", "at"], condition=~Q(network=""), name="event_network"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
