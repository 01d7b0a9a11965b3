"""Who writes: the domains and boxes we send from, and how much each may send."""

from django.db import models
from django.db.models import Q


class SenderDomain(models.Model):
    """A domain we send from, and whether its DNS tells the world that we may."""

    name = models.CharField(max_length=190, unique=True)
    dkim_selector = models.CharField(
        max_length=63,
        blank=True,
        default="",
        help_text="As in SELECTOR._domainkey; empty: signing is not checked.",
    )
    dns_ok = models.BooleanField(null=True, help_text="Empty: not known.")
    dns_report = models.JSONField(
        default=dict, blank=True, help_text="Each check with what was found and what to do."
    )
    dns_checked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Mailbox(models.Model):
    """An address we write from. Passwords are not here: `transport` and `imap` are names from the environment."""

    class State(models.TextChoices):
        SETUP = "setup", "Being set up"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    address = models.CharField(max_length=254, unique=True)
    sender_name = models.CharField(max_length=80, blank=True, default="")
    reply_to = models.CharField(
        max_length=254, blank=True, default="", help_text="Empty: the address itself."
    )
    domain = models.ForeignKey(SenderDomain, on_delete=models.PROTECT, related_name="mailboxes")
    transport = models.CharField(
        max_length=40, default="default", help_text="default is MAIL_URL, any other name MAIL_URL_NAME."
    )
    imap = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="Where its answers are read: a name of IMAP_URL_NAME; empty: nowhere.",
    )
    bounce_address = models.CharField(
        max_length=254, blank=True, default="",
        help_text="Bounces come to it with +TOKEN before the @; empty: bounces go to the address, without a token.",
    )  # fmt: skip
    daily_cap = models.PositiveIntegerField(default=40, help_text="Mails a day once it is warm.")
    ramp_start = models.PositiveIntegerField(default=5, help_text="Mails on its first day.")
    ramp_step = models.PositiveIntegerField(default=2, help_text="More mails each day after.")
    gap_seconds = models.PositiveIntegerField(default=540, help_text="At least so long between two mails.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SETUP)
    paused_why = models.CharField(max_length=300, blank=True, default="")
    state_changed_by = models.CharField(max_length=120, blank=True, default="")
    state_changed_at = models.DateTimeField(null=True, blank=True)
    active_since = models.DateTimeField(null=True, blank=True, help_text="From when on its ramp is counted.")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "mailboxes"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="active") | Q(active_since__isnull=False), name="mailbox_active_since"
            ),
            models.CheckConstraint(condition=Q(daily_cap__gte=1, ramp_start__gte=1), name="mailbox_may_send"),
        ]

    def __str__(self) -> str:
        return self.address


class RateBucket(models.Model):
    """How much of one rate is used: of a mailbox, a sender's domain, a provider, a company."""

    key = models.CharField(max_length=190, unique=True)
    open_at = models.DateTimeField(help_text="The next moment at which one more mail fits.")
    day = models.DateField(null=True, blank=True, help_text="The day that `used` counts, in TIME_ZONE.")
    used = models.PositiveIntegerField(default=0)
    factor = models.FloatField(default=1.0, help_text="Below 1: the other side asked us to slow down.")
    slowed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key
