"""What the tasks do: which exist, when each is due, what runs, what failed, what happened last.

Every function returns rows of plain values, newest or nearest first, for the command and for the pages alike.
Of django-q2's tables only columns that are no pickle are read.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.conf import settings
from django.db.models import Count
from django_q.brokers import get_broker
from django_q.models import Failure, OrmQ
from django_q.models import Schedule as QueueSchedule

from monitoring.cycle import STAGES, TASKS
from pipeline import liveness
from pipeline.claims import PASSES
from pipeline.models import ScheduleSlot, TimelineEntry
from pipeline.queue import DEFAULT_CLUSTER, DEFAULT_QUEUE, QUEUES
from pipeline.stages import Stage
from pipeline.states import label

logger = logging.getLogger(__name__)

LAST_SLOTS = 5

Row = dict[str, Any]


def registered_tasks() -> list[Row]:
    """Return every task of the table: queue, schedule, retries of its stage, purpose."""
    retries = {stage.row_task: stage for stage in STAGES if stage.row_task}
    return [
        {
            "task": spec.name,
            "queue": spec.queue,
            "schedule": str(spec.schedule) if spec.schedule else "on demand",
            "retries": _retries(retries.get(spec.name)),
            "purpose": spec.purpose,
        }
        for spec in TASKS
    ]


def scheduled_tasks(now: datetime) -> list[Row]:
    """Return every scheduled task with its next firing and how its last firings ended."""
    next_runs = dict(QueueSchedule.objects.values_list("name", "next_run"))
    rows = []
    for spec in TASKS:
        if spec.schedule is None:
            continue
        slots = list(ScheduleSlot.objects.filter(task=spec.name).order_by("-slot")[:LAST_SLOTS])
        rows.append(
            {
                "task": spec.name,
                "schedule": str(spec.schedule),
                "next": next_runs.get(spec.name),
                "last": slots[0].slot if slots else None,
                "result": slots[0].outcome or slots[0].get_status_display() if slots else "never ran",
                "slots": [slot.status for slot in slots],
            }
        )
    return sorted(rows, key=lambda row: (row["next"] is None, row["next"] or now))


def active_work() -> list[Row]:
    """Return every running slot and every claimed row: whose, since when, and whether its owner is alive."""
    running = ScheduleSlot.objects.filter(status=ScheduleSlot.Status.RUNNING)
    found = [("task", slot.task, slot.owner, slot.started_at) for slot in running]
    for model, stages in _stages_by_model().items():
        names = {stage.busy: stage.name for stage in stages}
        for row in model._base_manager.exclude(claimed_by="").order_by("claimed_at"):
            found.append((names.get(row.status, row.status), label(row), row.claimed_by, row.claimed_at))
    alive = {owner: liveness.is_alive(owner) for owner in {owner for _work, _on, owner, _since in found}}
    rows = [
        {"work": work, "on": on, "owner": owner, "since": since, "alive": alive[owner]}
        for work, on, owner, since in found
    ]
    return sorted(rows, key=lambda row: row["since"])


def failed_work(*, limit: int) -> list[Row]:
    """Return up to `limit` failed slots, failed rows and failed messages of the queue, newest first."""
    slots = ScheduleSlot.objects.filter(status=ScheduleSlot.Status.FAILED, finished_at__isnull=False)
    found: list[Row] = [
        {
            "what": f"task {slot.task}",
            "at": slot.finished_at,
            "error": slot.outcome,
            "next": "the next firing covers it",
        }
        for slot in slots.order_by("-finished_at")[:limit]
    ]
    for model, stages in _stages_by_model().items():
        # Without an error it is no failure: a doubtful business waits in the same state.
        failed = model._base_manager.filter(status__in={stage.failed for stage in stages}).exclude(
            error_kind=""
        )
        stopped = set(
            failed.filter(~PASSES).order_by("-status_changed_at").values_list("pk", flat=True)[:limit]
        )
        found += [
            {
                "what": label(row),
                "at": row.status_changed_at,
                "error": row.last_error,
                "next": "waits for a person" if row.pk in stopped else "tried again within a day",
            }
            for row in failed.order_by("-status_changed_at")[:limit]
        ]
    found += failed_messages(limit=limit)
    return sorted(found, key=lambda row: row["at"], reverse=True)[:limit]


def failed_messages(*, limit: int) -> list[Row]:
    """Return up to `limit` messages of the queue that failed, newest first."""
    # Their arguments and their result are unsigned pickles: the error itself is in worker.log.
    failed = Failure.objects.order_by("-stopped").values("name", "func", "stopped")[:limit]
    return [
        {
            "what": f"message {failure['name']} ({failure['func']})",
            "at": failure["stopped"],
            "error": "see worker.log",
            "next": "the next beat rings again",
        }
        for failure in failed
    ]


def waiting_hints() -> dict[str, int | None]:
    """Return how many hints wait for the cluster of each queue; None where the broker cannot be asked."""
    clusters = {queue: DEFAULT_CLUSTER if queue == DEFAULT_QUEUE else queue for queue in QUEUES}
    try:
        if "orm" in settings.Q_CLUSTER:
            waiting = dict(OrmQ.objects.order_by().values_list("key").annotate(hints=Count("pk")))
        else:
            waiting = {cluster: get_broker(cluster).queue_size() for cluster in clusters.values()}
    except Exception:  # whatever the client of a broker raises
        logger.exception("The broker does not tell how many hints wait")
        return dict.fromkeys(QUEUES)
    return {queue: waiting.get(cluster, 0) for queue, cluster in clusters.items()}


def latest_events(*, limit: int, since: datetime | None = None) -> list[Row]:
    """Return the last `limit` changes of rows and slots (from `since` on, if given), oldest first.

    `id` names an event for ever, so that a follower can drop what it has seen.
    """
    entries = TimelineEntry.objects.order_by("-at", "-pk")
    begun = ScheduleSlot.objects.filter(started_at__isnull=False).order_by("-started_at")
    ended = ScheduleSlot.objects.filter(finished_at__isnull=False).order_by("-finished_at")
    if since is not None:
        entries = entries.filter(at__gte=since)
        begun, ended = begun.filter(started_at__gte=since), ended.filter(finished_at__gte=since)
    found = chain(
        (_entry_event(entry) for entry in entries[:limit]),
        (_slot_event(slot, "begun", slot.started_at, "") for slot in begun[:limit]),
        (_slot_event(slot, slot.status, slot.finished_at, slot.outcome) for slot in ended[:limit]),
    )
    return sorted(found, key=lambda row: row["at"])[-limit:]


def _entry_event(entry: TimelineEntry) -> Row:
    return {
        "id": f"entry:{entry.pk}",
        "at": entry.at,
        "what": f"{entry.model}:{entry.row_id}",
        "event": f"{entry.from_status or 'nothing'} to {entry.to_status}",
        "by": entry.by,
        "why": entry.reason,
    }


def _slot_event(slot: ScheduleSlot, event: str, at: datetime | None, why: str) -> Row:
    return {
        "id": f"slot:{slot.pk}:{event}:{slot.attempts}",
        "at": at,
        "what": f"task {slot.task}",
        "event": event,
        "by": "schedule",
        "why": why,
    }


def _retries(stage: Stage | None) -> str:
    if stage is None:
        return ""
    return f"{stage.retries} x {stage.retry_delay.total_seconds() / 60:g} min"


def _stages_by_model() -> dict[type[Any], Sequence[Stage]]:
    found: dict[type[Any], list[Stage]] = {}
    for stage in STAGES:
        found.setdefault(stage.model, []).append(stage)
    return dict(found)
