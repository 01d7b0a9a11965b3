"""Who bought, and the one ledger of money: every figure of revenue and customers comes from these rows."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from businesses.models import Business
from sites.models import Site


class Customer(models.Model):
    """A business that bought its site."""

    business = models.OneToOneField(Business, on_delete=models.PROTECT, related_name="customer")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="customers")
    contact_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.business)


class Payment(models.Model):
    """Money that came in, or went back. A refund is a status and never a negative amount."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Paid"
        REFUNDED = "refunded", "Refunded"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    received_at = models.DateTimeField()
    reference = models.CharField(
        max_length=120,
        unique=True,
        help_text="Number of the invoice or transfer; the same one is never booked twice.",
    )
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.RECEIVED)
    refunded_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["received", "refunded"]), name="payment_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="refunded", refunded_at__isnull=False)
                | (~Q(status="refunded") & Q(refunded_at__isnull=True)),
                name="payment_refund_has_time",
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="payment_received")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.reference})"

    def clean(self) -> None:
        """Refuse another currency: the figures add up one."""
        if self.currency != settings.CURRENCY:
            raise ValidationError(
                {"currency": f"The books are kept in {settings.CURRENCY}. Enter the amount in it."}
            )
