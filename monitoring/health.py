"""Is the system fit to work? What stops the cycle is told apart from what only makes it slower or poorer."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import redis
from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connection
from django.db.models import Max

from monitoring.counting import count_each
from monitoring.cycle import STAGES, TASKS
from pipeline import queue
from pipeline.clock import SYSTEM_CLOCK, clock_trouble, database_now
from pipeline.models import ClusterHeartbeat, ScheduleSlot
from pipeline.runner import Run

State = Literal["ok", "degraded", "unhealthy", "unknown"]
STUCK_AFTER = timedelta(hours=2)
LATE_AFTER = timedelta(minutes=10)
KEPT_IN_MIND = timedelta(days=3)  # longer than any schedule's period
NAMES_SHOWN = 3
BEGUN = (ScheduleSlot.Status.RUNNING, ScheduleSlot.Status.DONE, ScheduleSlot.Status.FAILED)


@dataclass(frozen=True)
class Finding:
    """One part of the system: its state and one sentence about it."""

    part: str
    state: State
    text: str


@dataclass(frozen=True)
class Health:
    """All findings together."""

    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst state of any part."""
        states = {finding.state for finding in self.findings}
        if "unhealthy" in states:
            return "unhealthy"
        return "degraded" if states & {"degraded", "unknown"} else "ok"

    @property
    def can_run(self) -> bool:
        """Whether the cycle may run."""
        return self.state != "unhealthy"

    def __str__(self) -> str:
        bad = [finding.text for finding in self.findings if finding.state != "ok"]
        return "; ".join(bad) or "Everything works"


def check_health(run: Run) -> Health:
    """Look at every part: database, clock, folders, disk, workers, broker, stuck rows, missed schedules."""
    try:
        database_time = database_now()
    except DatabaseFault as error:
        return Health((Finding("database", "unhealthy", f"The database does not answer: {error}"),))
    now = run.now()
    return Health(
        (
            Finding("database", "ok", f"{connection.vendor} answers"),
            clock_finding(SYSTEM_CLOCK.now(), database_time),
            *_folders(),
            _disk(),
            _workers(now),
            _broker(),
            _stuck(now),
            _schedules(now),
        )
    )


def clock_finding(here: datetime, database_time: datetime) -> Finding:
    """Judge how far this machine's clock is from the database's, by which other workers go."""
    if trouble := clock_trouble(here, database_time):
        return Finding("clock", "unhealthy", trouble)
    return Finding("clock", "ok", "This machine's clock agrees with the database's")


def silent_queues(now: datetime) -> list[str]:
    """Return the queues whose cluster was started and is not heard of any more."""
    return [
        each.queue for each in ClusterHeartbeat.objects.order_by("queue") if not queue.answers(each, now=now)
    ]


def late_tasks(now: datetime) -> list[str]:
    """Return the tasks whose last firing no worker began within ten minutes.

    A task that no worker ever began is not late: the conductor may be all there is.
    """
    recent = ScheduleSlot.objects.filter(status__in=BEGUN, slot__gt=now - KEPT_IN_MIND)
    last = dict(recent.order_by().values_list("task").annotate(last=Max("slot")))
    return [
        spec.name
        for spec in TASKS
        if spec.schedule and spec.name in last and last[spec.name] < spec.schedule.latest(now - LATE_AFTER)
    ]


def _folders() -> Iterator[Finding]:
    folders = {"published sites": settings.SITES_ROOT}
    if not settings.MAIL_URL:
        folders["outbox"] = settings.OUTBOX_DIR
    for part, folder in folders.items():
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            yield Finding(part, "unhealthy", f"The folder of the {part} cannot be written: {error}")
        else:
            yield Finding(part, "ok", f"The folder of the {part} can be written")


def _disk() -> Finding:
    free = shutil.disk_usage(existing_parent(Path(settings.VAR_DIR))).free // 1_000_000
    if free < settings.DISK_FLOOR_MB:
        return Finding(
            "disk", "unhealthy", f"Only {free} MB of disk are left, the floor is {settings.DISK_FLOOR_MB} MB"
        )
    return Finding("disk", "ok", f"{free:,} MB of disk are free")


def existing_parent(path: Path) -> Path:
    """Return `path` or its nearest parent that exists."""
    while not path.exists():
        path = path.parent
    return path


def _workers(now: datetime) -> Finding:
    heartbeats = list(ClusterHeartbeat.objects.order_by("queue"))
    known = [each.queue for each in heartbeats]
    silent = [each.queue for each in heartbeats if not queue.answers(each, now=now)]
    if not known:
        return Finding("workers", "degraded", "No worker runs; the conductor does all the work")
    if silent == known:
        return Finding("workers", "degraded", "No worker answers any more; the conductor does all the work")
    if silent:
        return Finding(
            "workers", "degraded", f"No worker answers on {', '.join(silent)}; the others stand in"
        )
    return Finding("workers", "ok", f"Workers answer on {', '.join(known)}")


def _broker() -> Finding:
    if not settings.REDIS_URL:
        return Finding("broker", "ok", "Hints travel through the database")
    try:
        redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2).ping()
    except redis.RedisError as error:
        return Finding(
            "broker", "degraded", f"Redis does not answer ({error}); the beat and the conductor go on"
        )
    return Finding("broker", "ok", "Redis answers")


def _stuck(now: datetime) -> Finding:
    held = {
        model._meta.label: model._base_manager.exclude(claimed_by="").filter(
            claimed_at__lte=now - STUCK_AFTER
        )
        for model in {stage.model for stage in STAGES}
    }
    stuck = sum(count_each(held).values())
    if stuck:
        return Finding(
            "stuck rows", "degraded", f"{stuck} rows are held for over 2 h; the clean-up frees them"
        )
    return Finding("stuck rows", "ok", "No row is stuck")


def _schedules(now: datetime) -> Finding:
    names = late_tasks(now)
    if names:
        return Finding("schedules", "degraded", f"Due and not begun: {some_of(names)}")
    return Finding("schedules", "ok", "No schedule is late")


def some_of(names: list[str]) -> str:
    """Return the first names and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
