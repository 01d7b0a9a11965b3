"""A worker that is gone is seen: at once by the rules, and on real clusters within the time that is promised."""

import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitoring.tests.test_workers import Installation
from pipeline.clock import VirtualClock
from pipeline.models import ClusterHeartbeat, Incident
from pipeline.watching import report_silent

logger = logging.getLogger(__name__)

KILLED_WITHIN, DEAF_WITHIN = 90, 180  # seconds
in_real_time = pytest.mark.skipif("KILLS" not in os.environ, reason="takes minutes: make proofs")
SEEN = """
import json
from pipeline.models import ClusterHeartbeat, Incident
seen = Incident.objects.filter(kind="workers", resolved_at__isnull=True).values_list("key", "opened_at")
beats = {each.queue: each.answered_at is not None for each in ClusterHeartbeat.objects.all()}
print(json.dumps({"seen": {key: at.timestamp() for key, at in seen}, "answered": beats}))
"""


def announce(queue: str, *, announced: timedelta, answered: timedelta, clock: VirtualClock) -> None:
    ClusterHeartbeat.objects.create(
        queue=queue,
        started_at=clock.now() - timedelta(hours=1),
        announced_at=clock.now() - announced,
        answered_at=clock.now() - answered,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("announced", "answered", "is_seen"),
    [
        (timedelta(seconds=40), timedelta(seconds=40), False),
        (timedelta(seconds=46), timedelta(seconds=46), True),
        (timedelta(seconds=1), timedelta(seconds=140), False),
        (timedelta(seconds=1), timedelta(seconds=170), True),
        (timedelta(hours=9), timedelta(hours=9), False),  # a night switched off is no news
    ],
)
def test_silence_is_an_incident_once(
    clock: VirtualClock, announced: timedelta, answered: timedelta, is_seen: bool
) -> None:
    announce("generation", announced=announced, answered=answered, clock=clock)
    for _ in range(3):
        assert report_silent(now=clock.now()) == (["generation"] if is_seen else [])
    assert list(Incident.objects.values_list("kind", "key", "count")) == (
        [("workers", "generation", 1)] if is_seen else []
    )


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    made.manage("migrate", "-v0")
    made.manage("first_run")
    yield made
    for cluster in made.clusters:
        if cluster.poll() is None:
            os.killpg(cluster.pid, signal.SIGCONT)
    made.close()


def children(group: int) -> list[int]:
    """The processes of a group but for the one that leads it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may be gone by now
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and int(path.parent.name) != group:
                found.append(int(path.parent.name))
    return found


def wait_for(installation: Installation, what: Callable[[dict], bool], patience: float) -> dict:
    """Ask the installation until something is so; returns what it told last."""
    end = time.time() + patience
    while True:
        told = json.loads(installation.ask(SEEN))
        if what(told) or time.time() > end:
            return told
        time.sleep(1)


@pytest.mark.proof
@in_real_time
@pytest.mark.timeout(600)
def test_killed_cluster_is_seen_by_its_sister(installation: Installation) -> None:
    sister, victim = installation.start_cluster(), installation.start_cluster("generation")
    told = wait_for(
        installation, lambda told: all(told["answered"].get(q) for q in ("monitoring", "generation")), 240
    )
    assert told["answered"] == {"monitoring": True, "generation": True}
    killed_at = time.time()
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    told = wait_for(installation, lambda told: "generation" in told["seen"], 2 * KILLED_WITHIN)
    seconds = told["seen"]["generation"] - killed_at
    logger.info("A killed cluster was seen after %.0f s", seconds)
    assert seconds < KILLED_WITHIN
    assert sister.poll() is None


@pytest.mark.proof
@in_real_time
@pytest.mark.timeout(900)
def test_deaf_queue_is_seen_by_its_sister(installation: Installation) -> None:
    """Its main process announces itself as ever, but no worker takes a message."""
    installation.start_cluster()
    victim = installation.start_cluster("generation")
    told = wait_for(
        installation, lambda told: all(told["answered"].get(q) for q in ("monitoring", "generation")), 240
    )
    assert told["answered"] == {"monitoring": True, "generation": True}
    stopped_at = time.time()
    for child in children(victim.pid):
        os.kill(child, signal.SIGSTOP)
    told = wait_for(installation, lambda told: "generation" in told["seen"], 2 * DEAF_WITHIN)
    seconds = told["seen"]["generation"] - stopped_at
    logger.info("A deaf queue was seen after %.0f s", seconds)
    assert seconds < DEAF_WITHIN
