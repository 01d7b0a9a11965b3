"""Schedule slots: any number of clocks may say "it is time", one worker runs, missed firings coalesce."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from pipeline import liveness
from pipeline.models import ScheduleSlot

MAX_ATTEMPTS = 3
OPEN = (ScheduleSlot.Status.DUE, ScheduleSlot.Status.RUNNING)


@dataclass(frozen=True)
class Every:
    """Due each `minutes`, counted from midnight UTC of 1970."""

    minutes: int

    def latest(self, now: datetime) -> datetime:
        """Return the last moment at or before `now` at which it was due."""
        period = self.minutes * 60
        return datetime.fromtimestamp(now.timestamp() // period * period, tz=UTC)

    def following(self, now: datetime) -> datetime:
        """Return the next moment after `now` at which it will be due."""
        return self.latest(now) + timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        return f"every {self.minutes // 60} h" if self.minutes % 60 == 0 else f"every {self.minutes} min"


@dataclass(frozen=True)
class Daily:
    """Due once a day at `hour` o'clock in TIME_ZONE, on the days the clocks change too."""

    hour: int

    def latest(self, now: datetime) -> datetime:
        """Return the last moment at or before `now` at which it was due."""
        today = self._at(now, days=0)
        return today if today <= now else self._at(now, days=-1)

    def following(self, now: datetime) -> datetime:
        """Return the next moment after `now` at which it will be due."""
        today = self._at(now, days=0)
        return today if today > now else self._at(now, days=1)

    def _at(self, now: datetime, *, days: int) -> datetime:
        zone = timezone.get_default_timezone()
        day = timezone.localtime(now, zone).date() + timedelta(days=days)
        return datetime.combine(day, time(self.hour), tzinfo=zone).astimezone(UTC)

    def __str__(self) -> str:
        return f"daily {self.hour:02d}:00"


Schedule = Every | Daily


def open_due(task: str, schedule: Schedule, *, now: datetime) -> ScheduleSlot:
    """Make sure the latest due slot of `task` exists; older ones that never ran are skipped in its favour."""
    slot, created = ScheduleSlot.objects.get_or_create(task=task, slot=schedule.latest(now))
    if created:
        ScheduleSlot.objects.filter(task=task, slot__lt=slot.slot, status=ScheduleSlot.Status.DUE).update(
            status=ScheduleSlot.Status.SKIPPED, finished_at=now, outcome="Missed; the next firing covers it"
        )
    return slot


def open_now(task: str, *, now: datetime) -> ScheduleSlot | None:
    """Open a slot beside those of the schedule, because a person asked; None where nothing is to be opened.

    That is where one is due or running already, or where one was opened in this very minute: of two people who
    press at once, one begins it.
    """
    if ScheduleSlot.objects.filter(task=task, status__in=OPEN).exists():
        return None
    slot, created = ScheduleSlot.objects.get_or_create(task=task, slot=now.replace(second=0, microsecond=0))
    return slot if created else None


def due_tasks() -> list[str]:
    """Return the tasks that have a slot which nobody has taken."""
    due = ScheduleSlot.objects.filter(status=ScheduleSlot.Status.DUE)
    return sorted(set(due.values_list("task", flat=True)))


def take(task: str, *, now: datetime) -> ScheduleSlot | None:
    """Claim the due slot of `task` for this process; None when there is none (a doubled or late hint)."""
    with transaction.atomic():
        rows = ScheduleSlot.objects.filter(task=task, status=ScheduleSlot.Status.DUE)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        slot = rows.order_by("-slot").first()
        if slot is None:
            return None
        taken = ScheduleSlot.objects.filter(pk=slot.pk, status=ScheduleSlot.Status.DUE).update(
            status=ScheduleSlot.Status.RUNNING,
            owner=liveness.current_owner(),
            started_at=now,
            attempts=F("attempts") + 1,
        )
    if not taken:
        return None
    slot.refresh_from_db()
    return slot


def close(slot: ScheduleSlot, *, now: datetime, outcome: str, failed: bool = False) -> None:
    """Record how a slot ended, if it is still this worker's."""
    status = ScheduleSlot.Status.FAILED if failed else ScheduleSlot.Status.DONE
    ScheduleSlot.objects.filter(
        pk=slot.pk, status=ScheduleSlot.Status.RUNNING, owner=slot.owner, attempts=slot.attempts
    ).update(status=status, finished_at=now, outcome=outcome[:500], owner="")


def free_dead(*, now: datetime) -> int:
    """Make the slots of dead workers due again, three times at most; returns how many."""
    freed = 0
    old = now - timedelta(seconds=settings.CLAIM_FREE_AFTER)
    lease_over = now - timedelta(seconds=settings.CLAIM_LEASE)
    running = ScheduleSlot.objects.filter(status=ScheduleSlot.Status.RUNNING)
    for slot in running.filter(started_at__lte=old):
        alive = liveness.is_alive(slot.owner)
        if alive or (alive is None and slot.started_at and slot.started_at > lease_over):
            continue
        gives_up = slot.attempts >= MAX_ATTEMPTS
        freed += running.filter(pk=slot.pk, owner=slot.owner, attempts=slot.attempts).update(
            status=ScheduleSlot.Status.FAILED if gives_up else ScheduleSlot.Status.DUE,
            owner="",
            finished_at=now if gives_up else None,
            outcome="Its worker died",
        )
    return freed


def prune(*, now: datetime, days: int = 14) -> int:
    """Delete closed slots older than `days`; returns how many."""
    old = ScheduleSlot.objects.filter(slot__lt=now - timedelta(days=days)).exclude(status__in=OPEN)
    return old.delete()[0]
