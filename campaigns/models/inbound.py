"""What comes back by mail: where the reading of a box stands, and what was read."""

from django.db import models
from django.db.models import Q

from campaigns.models.outreach import Message
from campaigns.models.senders import Mailbox
from pipeline.models import InboundEvent


class MailFolder(models.Model):
    """How far a folder of a box is read."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=190)
    uid_validity = models.BigIntegerField(default=0, help_text="A new one means that the numbers began anew.")
    last_uid = models.BigIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "name"], name="mail_folder_once")]

    def __str__(self) -> str:
        return f"{self.mailbox} {self.name}"


class InboundMail(models.Model):
    """A mail that came to one of our boxes: a bounce, a complaint, a machine's answer or a person's."""

    class Kind(models.TextChoices):
        REPLY = "reply", "Answer"
        OPT_OUT = "opt_out", "Said no"
        AUTO_REPLY = "auto_reply", "Automatic answer"
        BOUNCE = "bounce", "Came back"
        COMPLAINT = "complaint", "Called spam"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="inbound")
    event = models.OneToOneField(
        InboundEvent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The raw mail, while it is kept.",
    )  # fmt: skip
    header_id = models.CharField(max_length=300, blank=True, default="", help_text="Its own Message-ID.")
    sender = models.CharField(max_length=254, blank=True, default="")
    subject = models.CharField(max_length=300, blank=True, default="")
    text = models.TextField(blank=True, default="", help_text="What was newly written, as plain text.")
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    facts = models.JSONField(
        default=dict, blank=True, help_text="Status codes, the day of return and the like."
    )
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="answers",
        help_text="The mail of ours it belongs to; empty: nobody could tell.",
    )  # fmt: skip
    matched_by = models.CharField(max_length=20, blank=True, default="")
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], name="inbound_mail_received"),
            models.Index(
                fields=["received_at"], condition=Q(handled_at__isnull=True), name="inbound_mail_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.sender}"
