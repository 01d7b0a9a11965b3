"""The websites that are made: one Site a business, its immutable versions."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from businesses.models import Business
from pipeline.models import WorkItem, work_item_constraints, work_item_indexes


class Site(WorkItem):
    """The site of one business, from its order to its life online."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        GENERATING = "generating", "Building"
        COMPLETED = "completed", "Built"
        PUBLISHED = "published", "Online"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Expired"
        TAKEN_DOWN = "taken_down", "Removed"

    TRANSITIONS: ClassVar = {
        Status.PENDING: [Status.GENERATING, Status.TAKEN_DOWN],
        Status.GENERATING: [Status.COMPLETED, Status.PENDING, Status.FAILED],
        Status.COMPLETED: [Status.PUBLISHED, Status.FAILED, Status.PENDING, Status.TAKEN_DOWN],
        Status.PUBLISHED: [Status.PENDING, Status.COMPLETED, Status.EXPIRED, Status.TAKEN_DOWN],
        Status.FAILED: [Status.PENDING, Status.COMPLETED, Status.TAKEN_DOWN],
        Status.EXPIRED: [Status.PENDING, Status.COMPLETED, Status.TAKEN_DOWN],
        Status.TAKEN_DOWN: [],
    }

    business = models.OneToOneField(Business, on_delete=models.PROTECT, related_name="site")
    slug = models.CharField(max_length=63, unique=True)
    version = models.ForeignKey(
        "websites.SiteVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version that is built; online once the status says so.",
    )
    generated_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    publications = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often something of it went online; part of the call's key."
    )
    offered_at = models.DateTimeField(
        null=True, blank=True, help_text="The first mail about it; the days of a proposal count from here."
    )
    is_proposal = models.BooleanField(
        default=True, help_text="Not sold yet: it carries the proposal bar and is kept from search engines."
    )
    expired_at = models.DateTimeField(null=True, blank=True)
    taken_down_at = models.DateTimeField(null=True, blank=True)
    wanted_at = models.DateTimeField(null=True, blank=True, help_text="The owner said: I want this.")
    owner_words = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Sentences, cards and the look that stay when it is built again, with who said so and when.",
    )
    created_at = models.DateTimeField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)

    class Meta:
        constraints = work_item_constraints(
            "site",
            ["pending", "generating", "completed", "published", "failed", "expired", "taken_down"],
            ["generating"],
        )
        indexes = [
            *work_item_indexes("site", ["pending", "completed"]),
            models.Index(fields=["status", "published_at"], name="site_published"),
            models.Index(
                fields=["-generated_at", "-id"], condition=Q(version__isnull=False), name="site_newest"
            ),
            models.Index(fields=["wanted_at"], condition=Q(wanted_at__isnull=False), name="site_wanted"),
            models.Index(
                fields=["offered_at"], condition=Q(status="published", is_proposal=True), name="site_offered"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class SiteVersion(models.Model):
    """One build of a site: its spec, its facts, the evidence of its gates. Never changed."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    engine = models.CharField(max_length=40)
    theme = models.CharField(max_length=40)
    spec = models.JSONField()
    spec_hash = models.CharField(max_length=64)
    facts = models.JSONField()
    gates = models.JSONField(default=list, help_text="Gate, passed, findings, milliseconds.")
    release = models.CharField(max_length=64, blank=True, help_text="Content hash of what was published.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="site_version_number_once")]

    def __str__(self) -> str:
        return f"{self.site} v{self.number}"
