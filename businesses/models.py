"""Leads: what sources told us, the business made of it, and what was checked of its website."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from pipeline.models import WorkItem, work_item_constraints, work_item_indexes
from territories.models import CoverageGrid, Territory


class Business(WorkItem):
    """One business, computed from its source records; a person's decision is kept apart from what sources say."""

    class Status(models.TextChoices):
        NEW = "new", "To check"
        REVIEW = "review", "Doubtful"
        QUALIFIED = "qualified", "Qualified"
        CALL_LIST = "call_list", "To call"
        REJECTED = "rejected", "Not a lead"

    TRANSITIONS: ClassVar = {
        Status.NEW: [Status.REVIEW, Status.QUALIFIED, Status.CALL_LIST, Status.REJECTED],
        Status.REVIEW: [Status.NEW, Status.QUALIFIED, Status.CALL_LIST, Status.REJECTED],
        Status.QUALIFIED: [Status.NEW, Status.REVIEW, Status.REJECTED],
        Status.CALL_LIST: [Status.NEW, Status.REVIEW, Status.QUALIFIED, Status.REJECTED],
        Status.REJECTED: [Status.NEW, Status.REVIEW, Status.QUALIFIED],
    }

    # Its own index would repeat the beginning of two others.
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="businesses", db_index=False
    )
    grid = models.ForeignKey(CoverageGrid, on_delete=models.PROTECT, related_name="businesses")
    name = models.CharField(max_length=80)
    name_key = models.CharField(
        max_length=80, blank=True, help_text="The name as it is compared with others."
    )
    block = models.CharField(
        max_length=24, blank=True, help_text="The square of a thousandth of a degree that it lies in."
    )
    category = models.CharField(
        max_length=40, blank=True, help_text="Our own trade slug; empty: not a trade we serve."
    )
    raw_categories = models.JSONField(default=list, blank=True)
    lat = models.FloatField()
    lon = models.FloatField()
    street = models.CharField(max_length=120, blank=True)
    housenumber = models.CharField(max_length=20, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164.")
    phone_raw = models.CharField(max_length=80, blank=True)
    phones = models.JSONField(default=list, blank=True, help_text="Every number known, E.164.")
    email = models.CharField(max_length=254, blank=True)
    emails = models.JSONField(default=list, blank=True, help_text="Every address known.")
    email_takes_mail = models.BooleanField(
        null=True, blank=True, help_text="Whether its domain has a mail server; empty: not known."
    )
    websites = models.JSONField(default=list, blank=True, help_text="As the sources say; empty: none known.")
    socials = models.JSONField(default=dict, blank=True)
    opening_hours = models.CharField(max_length=500, blank=True, help_text="OpenStreetMap syntax, as found.")
    operating_status = models.CharField(max_length=20, default="unknown")
    brand = models.CharField(max_length=80, blank=True)
    brand_wikidata = models.CharField(max_length=20, blank=True)
    provenance = models.JSONField(
        default=list, help_text="Each origin once: source, licence, time, and the fields that are from there."
    )

    website_domain = models.CharField(
        max_length=100, blank=True, help_text="The registrable domain of its own address, if one is named."
    )
    website_state = models.CharField(
        max_length=20, blank=True, help_text="The last verdict; empty: not checked."
    )
    website_weaknesses = models.JSONField(
        default=list, blank=True, help_text="What is poor about a site that works."
    )
    unsettled_looks = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="How many looks in a row settled nothing."
    )
    rating = models.FloatField(null=True, blank=True, help_text="0 to 5, as its source says.")
    review_count = models.PositiveIntegerField(null=True, blank=True)
    alive_on = models.DateField(null=True, blank=True, help_text="The last day somebody saw it alive.")
    chain = models.CharField(max_length=200, blank=True, help_text="Why it is taken for a chain.")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="absorbed",
        db_index=False,
        help_text="The business that its records were given to; such a row is no lead and is kept.",
    )
    website_checked_at = models.DateTimeField(null=True, blank=True)
    evidence = models.CharField(max_length=20, blank=True, help_text="confirmed or single, for a lead.")
    score = models.SmallIntegerField(null=True, blank=True)
    reasons = models.JSONField(
        default=list, blank=True, help_text="The lines of the decision: code, points, text."
    )
    rule_version = models.PositiveSmallIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(
        max_length=120, blank=True, help_text="A person, when one decided; kept for ever."
    )
    suppressed = models.BooleanField(default=False, help_text="Said no; never written to again.")
    suppressed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it last said no, where that is known."
    )
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)

    class Meta:
        verbose_name_plural = "businesses"
        constraints = work_item_constraints(
            "business", ["new", "review", "qualified", "call_list", "rejected"], []
        )
        indexes = [
            *work_item_indexes("business", ["new"]),
            models.Index(fields=["status", "-score", "id"], name="business_best"),
            models.Index(fields=["territory", "name"], name="business_repeats"),
            models.Index(fields=["found_at"], name="business_found"),
            models.Index(fields=["id"], condition=Q(evidence="single"), name="business_single_evidence"),
            # Few rows among many, which lists ask for. None of them is new: taking businesses in writes nothing here.
            models.Index(
                fields=["id"],
                condition=Q(status="review", claimed_by="", merged_into__isnull=True),
                name="business_doubtful",
            ),
            models.Index(fields=["id"], condition=Q(suppressed=True), name="business_suppressed"),
            models.Index(fields=["block"], name="business_block"),
            models.Index(fields=["lat", "lon"], name="business_place"),
            models.Index(fields=["territory", "name_key"], name="business_same_name"),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="business_absorbed"
            ),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="business_phone"),
            # Whoever says no is found by the address, in whatever case it was written.
            models.Index(Upper("email"), name="business_email"),
            models.Index(fields=["website_domain"], condition=~Q(website_domain=""), name="business_domain"),
        ]

    def __str__(self) -> str:
        return self.name


class SourceRecord(models.Model):
    """What one source said of one business, raw; an answer that differs is a further row, the newest is current.

    A current record that no later answer left out is standing: the business is computed from those.
    """

    source = models.CharField(max_length=40)
    source_id = models.CharField(max_length=120)
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="records", db_index=False)
    grid = models.ForeignKey(
        CoverageGrid,
        null=True,
        on_delete=models.PROTECT,
        related_name="records",
        help_text="The cell whose answer held it last.",
    )
    payload = models.JSONField()
    payload_hash = models.CharField(max_length=64)
    listing = models.JSONField(default=dict, help_text="The payload as our words tell it.")
    is_current = models.BooleanField(default=True)
    matched_by = models.CharField(
        max_length=200, blank=True, help_text="Why it was given to a business that was there already."
    )
    settled_by = models.CharField(
        max_length=120,
        blank=True,
        default="",
        help_text="The person who said whose record it is; it is never given to another by itself.",
    )
    merged_from = models.ForeignKey(
        Business,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="given_records",
        db_index=False,
        help_text="The business that it came from when two were first made one.",
    )
    licence = models.CharField(max_length=80)
    attribution = models.CharField(max_length=200)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    missing_since = models.DateTimeField(
        null=True, blank=True, help_text="A later complete answer did not hold it."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"],
                condition=Q(is_current=True),
                name="source_record_current_once",
            )
        ]
        indexes = [
            models.Index(fields=["source", "source_id"], name="source_record_history"),
            models.Index(fields=["id"], condition=Q(is_current=False), name="source_record_past"),
            # With the source, so that the database need not guess whether to look by the one or by the other.
            models.Index(fields=["business", "source"], name="source_record_tellers"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"


class Merge(models.Model):
    """A merge that stands, with what was decided on either side before it; taking it back removes the row."""

    absorbed = models.OneToOneField(
        Business,
        on_delete=models.CASCADE,
        related_name="merge",
        help_text="Its row keeps who decided on it, and whether it said no.",
    )
    keep = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="merges")
    at = models.DateTimeField()
    by = models.CharField(max_length=120, blank=True)
    absorbed_status = models.CharField(max_length=20)
    keep_status = models.CharField(max_length=20)
    keep_decided_by = models.CharField(max_length=120, blank=True)
    keep_decided_at = models.DateTimeField(null=True, blank=True)
    keep_suppressed = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.absorbed} into {self.keep}"


class Apart(models.Model):
    """Two businesses that a person took for two, however alike they are; first is the one that was stored first."""

    first = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="apart_once")]

    def __str__(self) -> str:
        return f"{self.first} is not {self.second}"


class WebsiteCheck(models.Model):
    """One look for a business's website: what was tried, what came back, what that says. Never changed."""

    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="website_checks")
    checked_at = models.DateTimeField()
    state = models.CharField(max_length=20)
    url = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    tries = models.JSONField(default=list, help_text="One line a URL: outcome, status, final URL.")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(state=""), name="website_check_has_verdict")]
        indexes = [models.Index(fields=["business", "-checked_at"], name="website_check_latest")]

    def __str__(self) -> str:
        return f"{self.business}: {self.state}"


class RefusedRecord(models.Model):
    """One record of a source's answer that could not be taken, with the reason; the rest of the answer went on."""

    grid = models.ForeignKey(CoverageGrid, on_delete=models.CASCADE, related_name="refused_records")
    source = models.CharField(max_length=40)
    place = models.CharField(max_length=120, help_text="Where in the answer: a line, an id.")
    reason = models.CharField(max_length=300)
    excerpt = models.CharField(max_length=500, blank=True)
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grid", "source", "place"], name="refused_record_once")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.place}"
