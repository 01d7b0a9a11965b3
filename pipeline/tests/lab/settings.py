"""The settings of a real cluster under test: the test's own database and folder, the lab's tasks, a quick broker."""

import os
from pathlib import Path

from webmagic.settings_test import *  # noqa: F403
from webmagic.settings_test import Q_CLUSTER

TASKS = "pipeline.tests.lab.tasks.TASKS"
LOCK_DIR = Path(os.environ["LAB_DIR"]) / "run"
LOG_DIR = Path(os.environ["LAB_DIR"]) / "log"
TASK_HARD_LIMIT = int(os.environ.get("LAB_HARD_LIMIT", "3600"))
TASK_SOFT_LIMIT = TASK_HARD_LIMIT - 1
QUICK = {"timeout": TASK_HARD_LIMIT, "poll": 0.1, "guard_cycle": 0.25}
Q_CLUSTER = Q_CLUSTER | QUICK
Q_CLUSTER["ALT_CLUSTERS"] = {
    name: alternative | QUICK for name, alternative in Q_CLUSTER["ALT_CLUSTERS"].items()
}
if os.environ.get("LAB_REDIS"):
    del Q_CLUSTER["orm"]
    Q_CLUSTER["redis"] = os.environ["LAB_REDIS"]
