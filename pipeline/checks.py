"""System checks of the machinery: what would fail silently at run time fails at the start."""

import os
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from pipeline.queue import DEFAULT_CLUSTER, QUEUES


@register()
def check_cluster_name(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An unknown queue name would start a cluster that nobody sends anything to."""
    name = os.environ.get("Q_CLUSTER_NAME", DEFAULT_CLUSTER)
    if name in (DEFAULT_CLUSTER, *QUEUES[1:]):
        return []
    return [
        Error(
            f"Q_CLUSTER_NAME={name} names no queue.",
            hint=f"Unset it for the default cluster, or use one of: {', '.join(QUEUES[1:])}.",
            id="pipeline.E001",
        )
    ]


@register()
def check_queue_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """django-q2's traps: a message redelivered while it runs, results that pile up, replayed schedules."""
    base = settings.Q_CLUSTER
    clusters = {"": base} | {name: base | alt for name, alt in base["ALT_CLUSTERS"].items()}
    problems = [problem for name, conf in clusters.items() for problem in _problems(name, conf)]
    if settings.TASK_SOFT_LIMIT >= settings.TASK_HARD_LIMIT:
        problems.append("the soft limit must be shorter than the hard one")
    if settings.CLAIM_LEASE <= settings.TASK_HARD_LIMIT:
        problems.append("the lease of a claim must outlast the hard limit of a task")
    return [Error(f"Q_CLUSTER: {problem}.", id="pipeline.E002") for problem in problems]


def _problems(name: str, conf: dict[str, Any]) -> Iterator[str]:
    of = f" (of {name})" if name else ""
    waits = ceil((conf["queue_limit"] + conf["bulk"]) / conf["workers"]) + 1
    if conf["retry"] <= waits * (conf["timeout"] + 3):
        yield f"retry{of} must be longer than a message can wait and run"
    if conf["timeout"] > settings.TASK_HARD_LIMIT:
        yield f"timeout{of} must not be longer than the hard limit"
    if conf["guard_cycle"] not in (0.25, 0.5, 1):
        yield f"guard_cycle{of} must be 0.25, 0.5 or 1: any other steps over the moment a task times out"
    if conf["save_limit"] != -1:
        yield f"save_limit{of} must be -1: one monitor cannot keep up with stored results"
    if conf["catch_up"]:
        yield f"catch_up{of} must be off: missed slots coalesce into one"
    if conf["max_attempts"] != 1 or not conf["ack_failures"]:
        yield f"the queue{of} must not retry: retries are on the row"
