"""The schedule rows of django-q2, made from the table of tasks: each rings one task and does nothing else."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django_q.models import Schedule

from monitoring.cycle import TASKS
from pipeline.models import RoleLease
from pipeline.slots import Every
from pipeline.slots import Schedule as Timing

RING: Final = "pipeline.queue.ring"
ROLE: Final = "schedules"


@dataclass
class SyncResult:
    """Names of the schedules that were touched, and of those that are not ours."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def sync_schedules(*, now: datetime) -> SyncResult:
    """Make the schedule rows match the table of tasks; rows that match keep their next run.

    Rows of ours that left the table are deleted. A row that runs something else is left alone and named in
    the result. Runs at the same time wait for each other, so that a name never gets two rows.
    """
    result = SyncResult()
    RoleLease.objects.get_or_create(role=ROLE)
    with transaction.atomic():
        # On SQLite the transaction itself is the lock.
        RoleLease.objects.select_for_update().get(role=ROLE)
        ours = {spec.name: spec.schedule for spec in TASKS if spec.schedule is not None}
        for row in Schedule.objects.exclude(name__in=ours).order_by("pk"):
            if row.func == RING:
                result.deleted.append(row.name or str(row.pk))
                row.delete()
            else:
                result.foreign.append(f"{row.name or row.pk} ({row.func})")
        for name, schedule in ours.items():
            _sync_one(name, schedule, now, result)
    return result


def _sync_one(name: str, schedule: Timing, now: datetime, result: SyncResult) -> None:
    rows = list(Schedule.objects.filter(name=name).order_by("pk"))
    for double in rows[1:]:
        result.deleted.append(name)
        double.delete()
    wanted = _wanted(name, schedule)
    next_run = schedule.following(now)
    if not rows:
        Schedule.objects.create(name=name, next_run=next_run, **wanted)
        result.created.append(name)
    elif _matches(rows[0], wanted) and _is_on_time(rows[0], schedule, now):
        result.unchanged.append(name)
    else:
        Schedule.objects.filter(pk=rows[0].pk).update(next_run=next_run, **wanted)
        result.updated.append(name)


def _wanted(name: str, schedule: Timing) -> dict[str, Any]:
    return {
        "func": RING,
        "args": repr((name,)),  # a literal: one that cannot be read would stop every schedule
        "kwargs": None,
        "hook": None,
        "schedule_type": Schedule.MINUTES if isinstance(schedule, Every) else Schedule.DAILY,
        "minutes": schedule.minutes if isinstance(schedule, Every) else None,
        "repeats": -1,
        "cron": None,
        "cluster": None,  # the default cluster, which always runs; `ring` chooses the one that works
        "intended_date_kwarg": None,
    }


def _matches(row: Schedule, wanted: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in wanted.items())


def _is_on_time(row: Schedule, schedule: Timing, now: datetime) -> bool:
    """Tell whether the next run is a firing of the table, and no later one than the next."""
    next_run = row.next_run
    return bool(next_run and next_run <= schedule.following(now) and schedule.latest(next_run) == next_run)
