"""The nouns of the machinery: work items, timeline, effects, inbox, budgets, switches, slots, incidents."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ErrorKind(models.TextChoices):
    """Why a row stopped; only transient causes are reopened by the retry stages."""

    TRANSIENT = "transient", "May work later"
    BAD_DATA = "bad_data", "The record cannot be worked on"
    UNCERTAIN = "uncertain", "May or may not have happened"
    STUCK = "stuck", "Its worker was never heard of again"
    BUG = "bug", "A fault of the software"


class WorkItem(models.Model):
    """A row with states that workers claim; every stage of the pipeline works on rows like this.

    A subclass has `status`, the nested `Status` choices and `TRANSITIONS`: status -> statuses it may become.
    """

    TRANSITIONS: ClassVar[Mapping[str, Iterable[str]]] = {}
    status: Any

    attempts = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Tries of the current stage."
    )
    next_attempt_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_by = models.CharField(max_length=120, blank=True, default="", editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    error_kind = models.CharField(
        max_length=20, choices=ErrorKind.choices, blank=True, default="", editable=False
    )
    last_error = models.CharField(max_length=500, blank=True, default="", editable=False)
    reopened_count = models.PositiveSmallIntegerField(default=0, editable=False)
    reopened_at = models.DateTimeField(null=True, blank=True, editable=False)
    status_changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


def work_item_constraints(
    prefix: str, statuses: Iterable[str], busy: Iterable[str]
) -> list[models.BaseConstraint]:
    """Return the CHECKs of a work item: only known statuses, and a busy row is a claimed row."""
    claimed = Q(claimed_at__isnull=False)
    constraints: list[models.BaseConstraint] = [
        models.CheckConstraint(condition=Q(status__in=list(statuses)), name=f"{prefix}_status_known"),
        models.CheckConstraint(
            condition=Q(claimed_by="", claimed_at__isnull=True) | (~Q(claimed_by="") & claimed),
            name=f"{prefix}_claim_is_whole",
        ),
    ]
    if busy_statuses := list(busy):
        constraints.append(
            models.CheckConstraint(
                condition=~Q(status__in=busy_statuses) | claimed, name=f"{prefix}_busy_is_claimed"
            )
        )
    return constraints


def work_item_indexes(prefix: str, ready: Iterable[str]) -> list[models.Index]:
    """Return the partial indexes that keep what is due, what is claimed and what failed cheap to find at any size."""
    return [
        models.Index(
            fields=["status", "next_attempt_at", "id"],
            condition=Q(status__in=list(ready), claimed_by=""),
            name=f"{prefix}_due",
        ),
        models.Index(fields=["claimed_at"], condition=~Q(claimed_by=""), name=f"{prefix}_claimed"),
        models.Index(
            fields=["status_changed_at"],
            condition=~Q(error_kind="") | Q(status="failed"),
            name=f"{prefix}_troubled",
        ),
    ]


class TimelineEntry(models.Model):
    """One change of state of one row, written in the transaction that made it."""

    model = models.CharField(max_length=60)
    row_id = models.BigIntegerField()
    from_status = models.CharField(max_length=20)
    to_status = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "timeline"
        indexes = [
            models.Index(fields=["model", "row_id", "at"], name="timeline_row"),
            models.Index(fields=["at"], name="timeline_at"),
            models.Index(fields=["model", "to_status", "at"], name="timeline_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.row_id}: {self.from_status} to {self.to_status}"


class Effect(models.Model):
    """One paid or visible act outside: planned with the business change, committed before it is called."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        CALLING = "calling", "Calling"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Uncertain"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=40)
    policy = models.CharField(
        max_length=12,
        default="park",
        help_text="What a crash during the call means; see pipeline/effects.py.",
    )
    key = models.CharField(max_length=200, unique=True)
    subject = models.CharField(max_length=60, help_text="The row it is for, as app.model:id.")
    request = models.JSONField(default=dict)
    request_hash = models.CharField(max_length=64)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PLANNED)
    calls = models.PositiveSmallIntegerField(default=0, help_text="How often it was begun.")
    owner = models.CharField(max_length=120, blank=True, default="")
    planned_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    response = models.TextField(
        blank=True, default="", help_text="The raw answer, stored before anyone reads it."
    )
    reference = models.CharField(max_length=200, blank=True, default="")
    budget = models.CharField(max_length=60, blank=True, default="")
    reserved = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["planned", "calling", "done", "failed", "unknown", "cancelled"]),
                name="effect_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="calling") | (Q(called_at__isnull=False) & ~Q(owner="")),
                name="effect_calling_has_owner",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(settled_at__isnull=False), name="effect_done_is_settled"
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "kind"], name="effect_subject"),
            models.Index(fields=["called_at"], condition=Q(status="calling"), name="effect_calling"),
            models.Index(fields=["id"], condition=Q(status="unknown"), name="effect_unknown"),
            models.Index(fields=["called_at"], condition=~Q(cost=0), name="effect_paid"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class InboundEvent(WorkItem):
    """A webhook or another message from outside, stored before it is answered and applied later."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Received"
        APPLYING = "applying", "Applying"
        APPLIED = "applied", "Applied"
        FAILED = "failed", "Failed"

    TRANSITIONS = {
        Status.RECEIVED: [Status.APPLYING],
        Status.APPLYING: [Status.APPLIED, Status.RECEIVED, Status.FAILED],
        Status.APPLIED: [],
        Status.FAILED: [Status.RECEIVED],
    }

    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    body = models.TextField()
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.RECEIVED)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="inbound_event_once"),
            *work_item_constraints(
                "inbound_event", ["received", "applying", "applied", "failed"], ["applying"]
            ),
        ]
        indexes = work_item_indexes("inbound_event", ["received"])

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class Budget(models.Model):
    """How much of one day's allowance is used; conductor, schedules and people share the row."""

    name = models.CharField(max_length=60)
    day = models.DateField()
    limit = models.DecimalField(max_digits=14, decimal_places=6)
    used = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    reserved = models.DecimalField(max_digits=14, decimal_places=6, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "day"], name="budget_once_a_day"),
            models.CheckConstraint(condition=Q(used__gte=0, reserved__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name} on {self.day}"


class LimitChange(models.Model):
    """One change of a limit by a person; the newest of a name is in force. Rows are added, never changed."""

    name = models.CharField(max_length=80, help_text="A day budget, or rows:TASK for the rows of one run.")
    number = models.PositiveIntegerField(help_text="Counts the changes of this limit, from 1.")
    value = models.DecimalField(
        max_digits=14, decimal_places=6, null=True, blank=True, help_text="Empty: what the settings say."
    )
    before = models.DecimalField(max_digits=14, decimal_places=6, help_text="What held until then.")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    why = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="limit_change_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0), name="limit_change_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="limit_change_at")]

    def __str__(self) -> str:
        return f"{self.name}, change {self.number}"


class Switch(models.Model):
    """A kill switch; while it is paused, nothing it covers is begun."""

    scope = models.CharField(max_length=80, unique=True, help_text="everything, stage:NAME or source:NAME.")
    paused = models.BooleanField(default=False)
    until = models.DateTimeField(
        null=True, blank=True, help_text="Resumes by itself then; empty waits for a person."
    )
    by = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name_plural = "switches"

    def __str__(self) -> str:
        return f"{self.scope}: {'paused' if self.paused else 'on'}"


class ScheduleSlot(models.Model):
    """One due firing of a schedule; however many clusters ask, one runs it."""

    class Status(models.TextChoices):
        DUE = "due", "Due"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"

    task = models.CharField(max_length=80)
    slot = models.DateTimeField(help_text="The moment it was due.")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True, default="")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "slot"], name="schedule_slot_once"),
            models.CheckConstraint(
                condition=Q(status__in=["due", "running", "done", "failed", "skipped"]),
                name="schedule_slot_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | (Q(started_at__isnull=False) & ~Q(owner="")),
                name="schedule_slot_running_has_owner",
            ),
        ]
        indexes = [
            models.Index(
                fields=["task", "slot"], condition=Q(status__in=["due", "running"]), name="slot_open"
            ),
            models.Index(fields=["slot"], name="slot_age"),
        ]

    def __str__(self) -> str:
        return f"{self.task} at {self.slot:%Y-%m-%d %H:%M}"


class RoleLease(models.Model):
    """Who leads where only one may; the term grows with every new holder."""

    role = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=120, blank=True, default="")
    term = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.role}: {self.holder or 'nobody'}"


class Incident(models.Model):
    """Something a person must know of; one row an incident, however often it happens while it is open."""

    class Severity(models.TextChoices):
        INFO = "info", "Good to know"
        WARNING = "warning", "Look soon"
        CRITICAL = "critical", "Look now"

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, help_text="What it is about; one open incident per kind and key.")
    severity = models.CharField(max_length=20, choices=Severity.choices, default=Severity.WARNING)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True, default="")
    count = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=300, blank=True, default="")
    recovery_delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(resolved_at__isnull=True), name="incident_open_once"
            ),
        ]
        indexes = [models.Index(fields=["opened_at"], name="incident_opened")]

    def __str__(self) -> str:
        return self.title


class ClusterHeartbeat(models.Model):
    """When a worker cluster was last heard of: announced by its main process, answered by its workers."""

    queue = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True, help_text="Its main process runs.")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="A worker of it handled a canary.")

    def __str__(self) -> str:
        return self.queue
