"""What the law asks us to know: who said no, what a country allows, on what ground a business is written to."""

from django.db import models
from django.db.models import Q

from businesses.models import Business


class Suppression(models.Model):
    """An address that said no. Only a keyed hash is kept, so that it outlives the erasure of everything else."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        ANSWERED_NO = "answered_no", "Said no in an answer"
        COMPLAINED = "complained", "Called it spam"
        REMOVED = "removed", "Had the site removed"
        ERASED = "erased", "Asked to be forgotten"
        STAFF = "staff", "Entered by staff"
        BOUNCED = "bounced", "Does not exist"

    class Scope(models.TextChoices):
        ADDRESS = "address", "This address"
        COMPANY = "company", "Every address of the company"

    address_hash = models.CharField(
        max_length=64, unique=True, help_text="Of the address, or of what its company shares."
    )
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.ADDRESS)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return f"{self.reason} {self.at:%Y-%m-%d}"


class CountryRule(models.Model):
    """What staff decided for a country instead of the table that ships with the product, and why."""

    class Decision(models.TextChoices):
        ALLOW = "allow", "May be written to"
        COMPANY_ONLY = "company_only", "Companies only"
        NEEDS_CONSENT = "needs_consent", "Only with consent or proof"
        BLOCK = "block", "Never"

    class Tracking(models.TextChoices):
        INDIVIDUAL = "individual", "Who opened"
        AGGREGATE = "aggregate", "Only how many opened"
        NONE = "none", "Nothing"

    country = models.CharField(max_length=2, unique=True, help_text="ISO 3166-1 alpha-2, as US.")
    decision = models.CharField(max_length=20, choices=Decision.choices)
    tracking = models.CharField(max_length=12, choices=Tracking.choices)
    opt_out_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days within which a no must take effect; ours takes effect at once."
    )
    footer = models.CharField(
        max_length=300, blank=True, default="", help_text="What the foot of the mail must say besides."
    )
    why = models.CharField(max_length=300, help_text="On whose advice, or by which rule.")
    decided_by = models.CharField(max_length=120)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.country}: {self.get_decision_display()}"


class LegalBasis(models.Model):
    """What is known about whether one business may be written to, with the proof of it."""

    class LegalForm(models.TextChoices):
        UNKNOWN = "unknown", "Not known"
        COMPANY = "company", "A company"
        SOLE_TRADER = "sole_trader", "A person in business"

    business = models.OneToOneField(Business, on_delete=models.PROTECT, related_name="legal_basis")
    legal_form = models.CharField(max_length=12, choices=LegalForm.choices, default=LegalForm.UNKNOWN)
    legal_form_proof = models.CharField(max_length=300, blank=True, default="")
    published_url = models.CharField(
        max_length=500, blank=True, default="", help_text="Where the business itself published its address."
    )
    published_seen_at = models.DateTimeField(null=True, blank=True)
    refuses_mail = models.BooleanField(
        null=True, help_text="Whether that page asks for no such mail; empty: not known."
    )
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_how = models.CharField(max_length=300, blank=True, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "legal bases"
        constraints = [
            models.CheckConstraint(
                condition=Q(legal_form="unknown") | ~Q(legal_form_proof=""), name="legal_form_has_proof"
            ),
            models.CheckConstraint(
                condition=Q(consent_at__isnull=True) | ~Q(consent_how=""), name="consent_says_how"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business}: {self.get_legal_form_display()}"
