"""System checks of the machinery: what would fail silently at run time fails at the start."""

import os
from collections.abc import Sequence
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
    """django-q2's traps: a message redelivered while it still runs, results that pile up, replayed schedules."""
    conf = settings.Q_CLUSTER
    waits = ceil((conf["queue_limit"] + conf["bulk"]) / conf["workers"]) + 1
    problems = []
    if conf["retry"] <= waits * (conf["timeout"] + 3):
        problems.append("retry must be longer than a message can wait and run")
    if conf["save_limit"] != -1:
        problems.append("save_limit must be -1: one monitor cannot keep up with stored results")
    if conf["catch_up"]:
        problems.append("catch_up must be off: missed slots coalesce into one")
    if conf["max_attempts"] != 1 or not conf["ack_failures"]:
        problems.append("the queue must not retry: retries are on the row")
    if settings.TASK_SOFT_LIMIT >= settings.TASK_HARD_LIMIT or conf["timeout"] > settings.TASK_HARD_LIMIT:
        problems.append("the soft limit must be shorter than the hard one")
    return [Error(f"Q_CLUSTER: {problem}.", id="pipeline.E002") for problem in problems]
