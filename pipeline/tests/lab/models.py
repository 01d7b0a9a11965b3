"""The work item on which the machinery is proved."""

from django.db import models

from pipeline.models import WorkItem, work_item_constraints, work_item_indexes


class Job(WorkItem):
    class Status(models.TextChoices):
        READY = "ready", "Ready"
        BUSY = "busy", "Busy"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        HELD = "held", "Held"

    TRANSITIONS = {
        Status.READY: [Status.BUSY, Status.FAILED],
        Status.BUSY: [Status.READY, Status.DONE, Status.FAILED, Status.HELD],
        Status.DONE: [],
        Status.FAILED: [Status.READY],
        Status.HELD: [Status.READY, Status.DONE],
    }

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, default="keyed")
    result = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.READY)

    class Meta:
        constraints = work_item_constraints("job", ["ready", "busy", "done", "failed", "held"], ["busy"])
        indexes = work_item_indexes("job", ["ready"])

    def __str__(self) -> str:
        return self.name
