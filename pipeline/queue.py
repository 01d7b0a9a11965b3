"""The queue is a doorbell: a message says "run this task" or "look at this row" and may be lost or doubled.

Messages hold one task name and at most one id. The table of tasks is settings.TASKS, so this module knows no
room.
"""

import json
import logging
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from pipeline import slots
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import error_text
from pipeline.models import ClusterHeartbeat
from pipeline.slots import Schedule

logger = logging.getLogger(__name__)

DEFAULT_QUEUE = "monitoring"  # served by the cluster that always runs
DEFAULT_CLUSTER = "webmagic"
QUEUES = (DEFAULT_QUEUE, "scraping", "generation", "campaigns")
ANNOUNCED_WITHIN = timedelta(seconds=45)  # four announcements that did not come
ANSWERED_WITHIN = timedelta(seconds=150)  # two canaries, and the time they may wait behind other work


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """One task: its name in the mission, the plain function behind it, its queue and schedule.

    A task with `takes_id` works on one row; any other is run by its schedule.
    """

    name: str
    path: str
    queue: str
    purpose: str
    schedule: Schedule | None = None
    takes_id: bool = False


class UnknownTask(Exception):
    """No task has this name."""


def task_specs() -> dict[str, TaskSpec]:
    """Return the table of tasks by name."""
    return {spec.name: spec for spec in cast(tuple[TaskSpec, ...], import_string(settings.TASKS))}


def task_spec(name: str) -> TaskSpec:
    """Return one task; raises UnknownTask."""
    specs = task_specs()
    if name not in specs:
        raise UnknownTask(f"There is no task {name!r}. There are: {', '.join(sorted(specs))}")
    return specs[name]


def ring(task: str, pk: int | None = None) -> None:
    """Send a hint to run `task` (its due slot, or the row `pk`) after the current transaction commits.

    A schedule row of django-q2 does nothing but call this. A hint that cannot be sent costs one beat, nothing
    else. Raises ValueError for a task that needs an id and gets none, or the other way round.
    """
    spec = task_spec(task)
    if spec.takes_id != (pk is not None):
        raise ValueError(f"{task} works on {'one row: give its id' if spec.takes_id else 'no single row'}")
    now = SYSTEM_CLOCK.now()
    if spec.schedule is not None:
        slots.open_due(task, spec.schedule, now=now)
    args = (task,) if pk is None else (task, pk)

    def send() -> None:
        _send("pipeline.queue.perform", args, cluster_for(spec.queue, now=now))

    transaction.on_commit(send, robust=True)


def perform(task: str, pk: int | None = None) -> str:
    """Run a hint in a worker: the task's due slot, or the row `pk`. One that finds nothing does nothing."""
    spec = task_spec(task)
    if spec.takes_id:
        return str(import_string(spec.path)(pk))
    slot = slots.take(task, now=SYSTEM_CLOCK.now())
    if slot is None:
        return "no slot is due"
    try:
        outcome = str(import_string(spec.path)())
    except BaseException as error:
        outcome = f"{type(error).__name__}: {error_text(error)}"
        slots.close(slot, now=SYSTEM_CLOCK.now(), outcome=outcome, failed=True)
        raise
    slots.close(slot, now=SYSTEM_CLOCK.now(), outcome=outcome)
    return outcome


def cluster_for(queue: str, *, now: datetime) -> str:
    """Return the cluster that gets the hints of `queue`: its own while it answers, else the default one."""
    if queue == DEFAULT_QUEUE:
        return DEFAULT_CLUSTER
    heartbeat = ClusterHeartbeat.objects.filter(queue=queue).first()
    return queue if heartbeat and answers(heartbeat, now=now) else DEFAULT_CLUSTER


def worker_answers(queue: str, *, now: datetime) -> bool:
    """Tell whether a worker takes the hints of `queue`: one of its own cluster or, in its stead, of the default."""
    heartbeats = ClusterHeartbeat.objects.filter(queue__in=[queue, DEFAULT_QUEUE])
    return any(answers(heartbeat, now=now) for heartbeat in heartbeats)


def answers(heartbeat: ClusterHeartbeat, *, now: datetime) -> bool:
    """Tell whether a cluster runs and its workers answered lately, or it has only just started."""
    heard_of = heartbeat.answered_at or heartbeat.started_at
    return bool(
        heartbeat.announced_at
        and heartbeat.announced_at > now - ANNOUNCED_WITHIN
        and heard_of
        and heard_of > now - ANSWERED_WITHIN
    )


def announce(queue: str, *, now: datetime, starting: bool = False) -> None:
    """Record that the main process of the cluster of `queue` runs."""
    fresh: dict[str, Any] = {"started_at": now, "answered_at": None} if starting else {}
    ClusterHeartbeat.objects.update_or_create(queue=queue, defaults={"announced_at": now} | fresh)


def retire(queue: str) -> None:
    """Record that the cluster of `queue` was stopped on purpose: nobody waits for its answers any more."""
    ClusterHeartbeat.objects.filter(queue=queue).delete()


def send_canaries(*, now: datetime) -> list[str]:
    """Send one canary through each queue whose cluster announced itself lately; returns those queues."""
    recent = ClusterHeartbeat.objects.filter(announced_at__gt=now - ANNOUNCED_WITHIN)
    queues = list(recent.values_list("queue", flat=True))
    for queue in queues:
        cluster = DEFAULT_CLUSTER if queue == DEFAULT_QUEUE else queue
        _send("pipeline.queue.answer_canary", (queue,), cluster)
    return queues


def answer_canary(queue: str) -> str:
    """Record, from inside a worker of `queue`, that its workers take messages."""
    ClusterHeartbeat.objects.filter(queue=queue).update(answered_at=SYSTEM_CLOCK.now())
    return f"{queue} answers"


def _send(path: str, args: tuple[Any, ...], cluster: str) -> None:
    try:
        async_task(path, *args, cluster=cluster)
    except Exception:
        logger.exception("The hint %s%s could not be sent; the next beat rings again", path, args)


class _Encoder(DjangoJSONEncoder):
    """Also takes dataclasses, which the admin's search caches; they come back as dicts."""

    def default(self, o: Any) -> Any:
        return asdict(o) if is_dataclass(o) and not isinstance(o, type) else super().default(o)


class JsonSerializer:
    """What the Redis cache stores: JSON, because unpickling what others may write would run their code."""

    def dumps(self, obj: Any) -> bytes | int:
        if type(obj) is int:  # Redis must be able to increment it
            return obj
        return json.dumps(obj, cls=_Encoder).encode()

    def loads(self, data: bytes | str) -> Any:
        try:
            return int(data)
        except ValueError:
            return json.loads(data)
