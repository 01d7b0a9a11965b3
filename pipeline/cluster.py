"""The worker cluster of django-q2, made to stop cleanly and to notice when it has gone deaf.

Four faults of django-q2 1.11 are dealt with here; a test starts a real cluster for each:

- its signal handler waits inside the handler and hangs when the whole process group gets SIGTERM: ours only
  sets a flag;
- an idle worker that is killed may take the queue's read lock with it, and the cluster lives on without ever
  running a task again: ours exits with 70, so that the supervisor starts a new one;
- a worker past its time limit that is deaf to SIGTERM runs on beside its replacement: ours is killed;
- when the main process or the guard is killed, the others run on for ever beside the cluster that is started in
  its place: ours die with their parent.
"""

import ctypes
import logging
import os
import signal
import sys
import time
from multiprocessing.sharedctypes import RawValue
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils.module_loading import import_string
from django_q import cluster as django_q_cluster

from pipeline.clock import SYSTEM_CLOCK
from pipeline.queue import DEFAULT_CLUSTER, DEFAULT_QUEUE, announce, retire
from pipeline.runner import drain_by
from pipeline.watching import report_silent

logger = logging.getLogger(__name__)

DEAF = 70  # exit code: the supervisor must start a new cluster
ANNOUNCE_EVERY = 10.0


class DrainFlag:
    """A stop flag shared by fork, without a lock that a killed worker could take with it."""

    def __init__(self) -> None:
        self._raised = RawValue(ctypes.c_bool, False)

    def set(self) -> None:
        """Raise the flag."""
        self._raised.value = True

    def is_set(self) -> bool:
        """Tell whether it was raised."""
        return bool(self._raised.value)


def queue_name() -> str:
    """Return the queue that a cluster started in this environment serves."""
    name = os.environ.get("Q_CLUSTER_NAME", DEFAULT_CLUSTER)
    return DEFAULT_QUEUE if name == DEFAULT_CLUSTER else name


class QuietSentinel(django_q_cluster.Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """A guard that ignores SIGTERM for itself and its workers, and replaces the dead with care."""

    def start(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _die_with_parent(self.parent_pid)
        guard = os.getpid()
        os.register_at_fork(after_in_child=lambda: _die_with_parent(guard))
        super().start()

    def reincarnate(self, process: Any) -> None:
        is_worker = process not in (self.monitor, self.pusher)
        if is_worker and (process.exitcode or 0) < 0 and process.timer.value == -1:
            self._exit_deaf(process)
        timed_out = is_worker and process.timer.value == 0
        if timed_out:
            process.join(2)  # lets it flush the failure it recorded
        super().reincarnate(process)
        if timed_out:
            process.join(1)
            if process.is_alive():
                process.kill()

    def _exit_deaf(self, process: Any) -> None:
        logger.critical("An idle worker was killed (%s); this cluster must be restarted", process.exitcode)
        for each in [*self.pool, self.monitor, self.pusher]:
            if each is not process:
                each.kill()
        os._exit(DEAF)


class SafeCluster(django_q_cluster.Cluster):  # type: ignore[misc]  # django-q2 has no types
    """A cluster whose signal handler only sets a flag."""

    stop_requested = False

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        self.stop_requested = True


def serve(*, run_once: bool = False) -> int:
    """Run a cluster until SIGTERM or SIGINT; returns the exit code (0, or DEAF)."""
    draining = DrainFlag()
    drain_by(draining)  # before the fork: the workers inherit it
    django_q_cluster.Sentinel = QuietSentinel
    queue = queue_name()
    _announce(queue, starting=True)
    connections.close_all()  # the children must not share this process's connection
    cluster = SafeCluster()
    cluster.start()
    announced = time.monotonic()
    while cluster.sentinel.is_alive() and not cluster.stop_requested and not run_once:
        time.sleep(0.2)
        if time.monotonic() - announced > ANNOUNCE_EVERY:
            _announce(queue)
            _watch_sisters()
            announced = time.monotonic()
    draining.set()
    if cluster.sentinel.is_alive():
        cluster.stop()
        _retire(queue)
        return 0
    return 0 if cluster.stop_requested or cluster.sentinel.exitcode == 0 else DEAF


def preload() -> None:
    """Import the task table and all it needs before the fork, so that workers share the memory."""
    for spec in import_string(settings.TASKS):
        import_string(spec.path)


def _die_with_parent(parent: int) -> None:
    """Have the kernel kill this process, a child of `parent`, when that one ends (Linux only)."""
    if sys.platform != "linux" or os.getppid() != parent:
        return
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(DEAF)  # it ended just before


def _retire(queue: str) -> None:
    close_old_connections()
    try:
        retire(queue)
    except DatabaseError:
        logger.exception("The cluster could not sign off; it counts as silent for a while")


def _announce(queue: str, *, starting: bool = False) -> None:
    close_old_connections()
    try:
        announce(queue, now=SYSTEM_CLOCK.now(), starting=starting)
    except DatabaseError:
        logger.exception("The cluster could not announce itself; it is tried again")


def _watch_sisters() -> None:
    try:
        report_silent(now=SYSTEM_CLOCK.now())
    except DatabaseError:
        logger.exception("The other clusters could not be looked after; it is tried again")
