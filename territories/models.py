"""The map: territories, and the grid cells that cover them."""

from math import isfinite
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from phonenumbers import SUPPORTED_REGIONS

from pipeline.models import WorkItem, work_item_constraints, work_item_indexes


class Territory(models.Model):
    """A named rectangle of the world that is scraped from one source."""

    name = models.CharField(max_length=80, unique=True)
    country = models.CharField(
        max_length=2, blank=True, help_text="ISO 3166 code; empty: as the records say."
    )
    south = models.FloatField()
    west = models.FloatField()
    north = models.FloatField()
    east = models.FloatField()
    source = models.CharField(max_length=40)
    categories = models.JSONField(default=list, blank=True, help_text="Trades to look for; empty: all.")
    expected = models.PositiveIntegerField(
        null=True, blank=True, help_text="About how many businesses there are; empty: not known."
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "territories"
        constraints = [
            models.CheckConstraint(
                condition=Q(south__gte=-90, north__lte=90, west__gte=-180, east__lte=180),
                name="territory_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(south__lt=F("north"), west__lt=F("east")), name="territory_has_area"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what cannot be scraped, with one sentence that says what to do."""
        if None not in (self.south, self.west, self.north, self.east):  # else the fields have said so
            check_bounds(self.south, self.west, self.north, self.east)
        if self.country and self.country.upper() not in SUPPORTED_REGIONS:
            said = f"There is no country {self.country!r}. Give its two letters of ISO 3166, as GB or FR."
            raise ValidationError({"country": said})
        if self.expected == 0:
            raise ValidationError(
                "A territory without businesses needs no scraping. Leave the number empty if it is not known."
            )
        if self.source and self.source not in settings.SOURCES:
            known = ", ".join(sorted(settings.SOURCES))
            raise ValidationError(f"There is no source {self.source!r}. There are: {known}.")


class ListFile(models.Model):
    """A list that somebody of staff brought: what a territory of the source csv_file is read from.

    Before it is imported it is a draft that nothing reads; one with a territory is to be that territory's next list.
    """

    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.CASCADE, related_name="lists"
    )
    name = models.CharField(max_length=80, help_text="What the territory is to be called.")
    country = models.CharField(max_length=2, blank=True)
    file = models.CharField(max_length=80, unique=True, help_text="Its name in the folder of the lists.")
    original_name = models.CharField(
        max_length=120, help_text="As the file was called by whoever brought it."
    )
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    columns = models.JSONField(default=dict, help_text="Our field to the header that stands for it.")
    counted = models.JSONField(
        default=dict, help_text="What a look through the file with these columns found."
    )
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=160)
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["territory"], condition=Q(imported_at__isnull=False), name="list_of_territory_once"
            ),
            models.CheckConstraint(
                condition=Q(imported_at__isnull=True) | Q(territory__isnull=False),
                name="list_imported_into_territory",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def who(self) -> str:
        """The name of whoever brought it."""
        return self.uploaded_by.removeprefix("staff:")


SMALLEST_TERRITORY = 0.0005  # degrees: some 50 m from south to north


def check_bounds(south: float, west: float, north: float, east: float) -> None:
    """Raise ValidationError unless the rectangle (degrees) lies on earth and has an area."""
    if not all(isfinite(bound) for bound in (south, west, north, east)):
        raise ValidationError("The bounds must be four plain numbers: south, west, north, east in degrees.")
    if not (-90 <= south <= 90 and -90 <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise ValidationError(
            "The bounds are not on earth: south and north must be within -90 to 90, west and east within -180 to 180."
        )
    if south >= north or west >= east:
        raise ValidationError(
            "The bounds are swapped: south must be below north and west must be left of east. "
            "Add an area that crosses the 180th meridian as two territories."
        )
    if north - south < SMALLEST_TERRITORY or east - west < SMALLEST_TERRITORY:
        raise ValidationError(
            f"The territory is too small: it must measure {SMALLEST_TERRITORY} degrees or more each way."
        )


class CoverageGrid(WorkItem):
    """A cell of a territory, half-open: [south, north) x [west, east). A split cell's work lies in its children."""

    class Status(models.TextChoices):
        PENDING = "pending", "To do"
        SCRAPING = "scraping", "Running"
        COOLDOWN = "cooldown", "Done"
        FAILED = "failed", "Failed"
        SPLIT = "split", "Split"

    class Coverage(models.TextChoices):
        UNKNOWN = "unknown", "Not known"
        COMPLETE = "complete", "Complete"
        UNRESOLVED = "unresolved", "Incomplete"

    TRANSITIONS: ClassVar = {
        Status.PENDING: [Status.SCRAPING],
        Status.SCRAPING: [Status.PENDING, Status.COOLDOWN, Status.FAILED, Status.SPLIT],
        Status.COOLDOWN: [Status.PENDING],
        Status.FAILED: [Status.PENDING],
        Status.SPLIT: [],
    }

    # Its own index would repeat the beginning of grid_cell_once.
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="grids", db_index=False)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    depth = models.PositiveSmallIntegerField(default=0)
    trades = models.CharField(
        max_length=40, blank=True, help_text="The group of trades it is asked for; empty: all at once."
    )
    south = models.FloatField()
    west = models.FloatField()
    north = models.FloatField()
    east = models.FloatField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    coverage = models.CharField(max_length=20, choices=Coverage.choices, default=Coverage.UNKNOWN)
    cycle = models.PositiveIntegerField(
        default=1, help_text="Which pass over this cell; part of the call's key."
    )
    cooldown_until = models.DateTimeField(null=True, blank=True)
    scraped_at = models.DateTimeField(null=True, blank=True)
    found = models.PositiveIntegerField(default=0, help_text="Businesses in the last answer.")
    outside = models.PositiveIntegerField(default=0, help_text="Records outside the cell, dropped.")
    coverage_reason = models.CharField(
        max_length=300, blank=True, help_text="Why the cell does not count as complete."
    )
    calls = models.PositiveIntegerField(default=0, help_text="Calls of the last pass.")
    cost = models.DecimalField(
        max_digits=12, decimal_places=6, default=0, help_text="What the last pass cost, in USD."
    )
    data_at = models.DateTimeField(null=True, blank=True, help_text="How old the source's data is.")

    class Meta:
        constraints = [
            *work_item_constraints(
                "grid", ["pending", "scraping", "cooldown", "failed", "split"], ["scraping"]
            ),
            models.UniqueConstraint(
                fields=["territory", "trades", "depth", "south", "west", "north", "east"],
                name="grid_cell_once",
            ),
            models.CheckConstraint(
                condition=Q(south__lt=F("north"), west__lt=F("east")), name="grid_has_area"
            ),
            models.CheckConstraint(
                condition=~Q(status="cooldown") | Q(cooldown_until__isnull=False), name="grid_cooldown_ends"
            ),
        ]
        indexes = [
            *work_item_indexes("grid", ["pending"]),
            models.Index(fields=["cooldown_until"], condition=Q(status="cooldown"), name="grid_cooling"),
            # The map begins at the north, and draws no more than it can.
            models.Index(
                fields=["territory", "-north", "west", "trades"],
                condition=~Q(status="split"),
                name="grid_on_map",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.territory} cell {self.pk or 'new'}"
