"""The page of schedules and tasks, as plain values: queues, schedules with their last runs, what runs now."""

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring import activity
from monitoring.cycle import STAGES, TASKS
from pipeline.models import ClusterHeartbeat, ScheduleSlot
from pipeline.queue import DEFAULT_QUEUE, QUEUES, TaskSpec, answers
from pipeline.slots import Every
from pipeline.stages import Stage

RUNS_SHOWN: Final = 20
COUNTED: Final = 1000  # due rows of a stage; more are not counted
RUNNING_SHOWN: Final = 50
ENDED: Final = ("done", "failed", "skipped")


def schedules_page(now: datetime) -> dict[str, Any]:
    """Return everything the page shows."""
    heartbeats = {heartbeat.queue: heartbeat for heartbeat in ClusterHeartbeat.objects.all()}
    hints = activity.waiting_hints()
    due = {queue: _due_of([stage for stage in STAGES if stage.queue == queue], now) for queue in QUEUES}
    runs = _last_runs(now)
    return {
        "at": now,
        "queues": [_queue_row(name, heartbeats.get(name), hints, due[name], now) for name in QUEUES],
        "tasks": [_task_row(spec, runs.get(spec.name, []), now) for spec in TASKS],
    }


def _last_runs(now: datetime) -> dict[str, list[ScheduleSlot]]:
    """Return the newest ended runs of each task, the newest first, by the index of task and slot.

    A task that did not run for long is asked for apart: its runs lie outside the stretch that holds the others'.
    """
    ended = ScheduleSlot.objects.filter(status__in=ENDED)
    scheduled = [spec for spec in TASKS if spec.schedule]
    stretches = Q()
    for spec in scheduled:
        minutes = spec.schedule.minutes if isinstance(spec.schedule, Every) else 24 * 60
        stretches |= Q(task=spec.name, slot__gte=now - timedelta(minutes=minutes * (RUNS_SHOWN + 1)))
    found = defaultdict(list)
    for slot in ended.filter(stretches).order_by("-slot"):
        found[slot.task].append(slot)
    if missing := [spec.name for spec in scheduled if spec.name not in found]:
        number = Window(RowNumber(), partition_by="task", order_by="-slot")
        for slot in ended.filter(task__in=missing).annotate(number=number).filter(number__lte=RUNS_SHOWN):
            found[slot.task].append(slot)
    return {task: slots[:RUNS_SHOWN] for task, slots in found.items()}


def _task_row(spec: TaskSpec, runs: list[ScheduleSlot], now: datetime) -> dict[str, Any]:
    times = [seconds for slot in runs if slot.status == "done" and (seconds := _seconds(slot)) is not None]
    last = runs[0] if runs else None
    return {
        "name": spec.name,
        "purpose": spec.purpose,
        "queue": spec.queue,
        "schedule": str(spec.schedule) if spec.schedule else _("on demand"),
        "next": spec.schedule.following(now) if spec.schedule else None,
        "last": last,
        "last_lasted": _seconds(last) if last else None,
        "usually": median(times) if times else None,
        "runs": [_run_bar(slot) for slot in reversed(runs)],
    }


def _run_bar(slot: ScheduleSlot) -> dict[str, Any]:
    tone = {"done": "ok", "failed": "bad"}.get(slot.status, "missed")
    at = timezone.localtime(slot.slot).strftime("%d %b %H:%M")
    return {"tone": tone, "seconds": _seconds(slot), "title": f"{at}: {slot.outcome}"}


def _seconds(slot: ScheduleSlot) -> float | None:
    if slot.started_at is None or slot.finished_at is None:
        return None
    return (slot.finished_at - slot.started_at).total_seconds()


def _due_of(stages: list[Stage], now: datetime) -> dict[str, Any]:
    """Return how many rows are due for these stages and since when; `is_more`: not all were counted."""
    times: list[datetime] = []
    is_more = False
    for stage in stages:
        rows = stage.due(now).order_by("next_attempt_at").values_list("next_attempt_at", flat=True)
        found = list(rows[: COUNTED + 1])
        is_more = is_more or len(found) > COUNTED
        times += found[:COUNTED]
    return {"count": len(times), "is_more": is_more, "oldest": min(times, default=None)}


def _queue_row(
    name: str,
    heartbeat: ClusterHeartbeat | None,
    hints: dict[str, int | None],
    due: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    row = {"name": name, "hints": hints.get(name), "due": due, "is_default": name == DEFAULT_QUEUE}
    if heartbeat is None:
        return row | {"tone": "off", "word": _("Not started"), "at": None}
    if answers(heartbeat, now=now):
        return row | {"tone": "ok", "word": _("Answers"), "at": heartbeat.answered_at or heartbeat.started_at}
    return row | {"tone": "wait", "word": _("Silent"), "at": heartbeat.answered_at or heartbeat.announced_at}


def running_now(now: datetime) -> dict[str, Any]:
    """Return what is at work: its owner is gone where it is stuck, or it took longer than a claim may."""
    rows = activity.active_work()
    purposes = {spec.name: spec.purpose for spec in TASKS}
    stuck_since = now - timedelta(seconds=settings.CLAIM_LEASE)
    shown = [
        {
            "title": purposes.get(row["on"], row["on"])
            if row["work"] == "task"
            else f"{row['work']}: {row['on']}",
            "owner": row["owner"],
            "since": row["since"],
            "lasted": now - row["since"],
            "is_stuck": row["alive"] is False or row["since"] < stuck_since,
            "is_unknown": row["alive"] is None,
        }
        for row in rows[:RUNNING_SHOWN]
    ]
    return {
        "rows": shown,
        "more": max(len(rows) - RUNNING_SHOWN, 0),
        "stuck": sum(row["is_stuck"] for row in shown),
    }
