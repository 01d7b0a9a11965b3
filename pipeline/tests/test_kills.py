"""A thousand kills: workers are killed with -9 at random moments of real work, and a judge compares the ledgers.

Two strategies that are known to be broken run under the same judge and must be caught, so that a silent judge fails.
KILLS=10000 makes the long proof; the figures are logged (`-o log_cli=true --log-cli-level=INFO`).
"""

import logging
import os
import random
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from pipeline import claims, doctor, effects, liveness
from pipeline.clock import SYSTEM_CLOCK
from pipeline.effects import Policy
from pipeline.models import Effect, TimelineEntry
from pipeline.runner import Run, run_stage
from pipeline.tests.judge import Verdict, judge, unfinished
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK, Labour, act_keys
from pipeline.tests.processes import WAIT, fork, kill, read_within, run_in_child
from pipeline.tests.world import WorldClient, WorldServer, read_ledger

pytestmark = [pytest.mark.proof, pytest.mark.timeout(3600), pytest.mark.usefixtures("forking")]
logger = logging.getLogger("proof")

KILLS = int(os.environ.get("KILLS", "1000"))
CONTROL_KILLS = max(60, KILLS // 10)  # enough to catch a broken strategy
PAUSES = 32 if KILLS <= 1000 else KILLS // 20
SEED = int(os.environ.get("SEED", "20260302"))
PAUSE = 0.12  # seconds, of which the claim of a dead worker is kept 0.02
GAP = 0.002  # seconds between a request, what it does, and its answer
SHORTEST_LIFE, LONGEST_LIFE = 0.004, 0.050  # seconds from a worker's first breath to its death
LANDS_WITHIN = timedelta(milliseconds=250)
STAGE = replace(WORK, retries=30_000, retry_delay=timedelta(milliseconds=10))
Work = Callable[[], None]


@dataclass
class Crew:
    """Workers that are forked, work, and are killed at random, `size` of them at a time."""

    work: Work
    size: int
    chance: random.Random
    longest_life: float
    _starting: dict[int, int] = field(default_factory=dict)  # pipe of the first breath -> pid
    _running: dict[int, float] = field(default_factory=dict)  # pid -> when it will be killed

    def kill(self, times: int, *, between: Work) -> None:
        """Kill `times` workers; `between` runs in this process now and then, when no child is being made."""
        for number in range(times):
            while not self._kill_one():
                continue
            if number % 50 == 49:
                between()
        for pid in [*self._starting.values(), *self._running]:
            kill(pid)
        for pipe in self._starting:
            os.close(pipe)
        self._starting.clear()
        self._running.clear()

    def _kill_one(self) -> bool:
        while len(self._starting) + len(self._running) < self.size:
            self._hire()
        until = min(self._running.values(), default=time.monotonic() + WAIT)
        ready, _, _ = select.select(list(self._starting), [], [], max(0.0, until - time.monotonic()))
        for pipe in ready:
            pid = self._starting.pop(pipe)
            assert os.read(pipe, 1) == b"!", "A worker died before it was killed"
            os.close(pipe)
            self._running[pid] = time.monotonic() + self.chance.uniform(SHORTEST_LIFE, self.longest_life)
        due = [pid for pid, at in self._running.items() if at <= time.monotonic()]
        if due:
            kill(due[0])
            del self._running[due[0]]
        return bool(due)

    def _hire(self) -> None:
        read, write = os.pipe()

        def live() -> None:
            Job.objects.exists()  # connects
            liveness.current_owner()
            os.write(write, b"!")
            while True:
                self.work()

        self._starting[read] = fork(live)
        os.close(write)


def work_once(labour: Labour) -> None:
    """What a worker of the product does: free the dead, work on what is due, rest a little if that was nothing."""
    now = SYSTEM_CLOCK.now()
    claims.free_dead(labour.stage, now=now, by="worker")
    effects.free_dead(now=now)
    if run_stage(labour.stage, labour, Run(clock=SYSTEM_CLOCK), limit=2).total == 0:
        time.sleep(0.001)


def _work_often(work: Work) -> None:
    for _ in range(5):
        work()


def longest_life(work: Work) -> float:
    """Return the longest life that leaves room for some work: 50 ms, or more where the machine is busy."""

    def work_five_times() -> None:
        for _ in range(5):
            work()

    begun = time.monotonic()
    assert run_in_child(work_five_times) == 0
    return max(LONGEST_LIFE, (time.monotonic() - begun) / 10)


def make_jobs(kinds: list[str], each: int) -> None:
    now = SYSTEM_CLOCK.now()
    first = Job.objects.count()
    Job.objects.bulk_create(
        Job(name=f"job {first + number}", kind=kind, next_attempt_at=now, status_changed_at=now)
        for number, kind in enumerate(kinds * each)
    )


def settle(work: Callable[[], object]) -> None:
    """Work on, unharmed, until nothing is left to do."""
    left, until = -1, 0.0
    while still_open := unfinished():
        if len(still_open) != left:
            left, until = len(still_open), time.monotonic() + WAIT
        assert time.monotonic() < until, still_open
        work()
        time.sleep(0.002)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "CLAIM_FREE_AFTER", 0.02)
    monkeypatch.setattr(settings, "DAY_BUDGETS", {"usd": 1_000_000})
    return tmp_path / "ledger"


@pytest.fixture
def open_world(ledger: Path) -> Iterator[Callable[..., WorldClient]]:
    """Return a function that starts the world as a process of its own and returns a way to reach it."""
    opened: list[tuple[WorldServer, WorldClient]] = []

    def start(*, strict: bool, latency: float = GAP) -> WorldClient:
        server = WorldServer(ledger, gap=GAP, strict=strict)
        opened.append((server, WorldClient(server.port, latency=latency)))
        return opened[-1][1]

    yield start
    for server, client in opened:
        client.close()
        server.stop()


def rows_hit() -> int:
    """Return how many kills met a worker with a row in hand."""
    return TimelineEntry.objects.filter(reason="Its worker died").count()


def report(what: str, verdict: Verdict, begun: float) -> None:
    logger.info("%s, %s: %s, %.0f s", connection.vendor, what, verdict, time.monotonic() - begun)


def test_nothing_is_lost_or_doubled_by_killing_workers(
    ledger: Path, open_world: Callable[..., WorldClient]
) -> None:
    begun = time.monotonic()
    kinds = [policy.value for policy in Policy]
    labour = Labour(
        open_world(strict=True),
        stage=STAGE,
        steps=3,
        budget="usd",
        reserve=Decimal("0.01"),
        lands_within=LANDS_WITHIN,
    )

    def top_up() -> None:
        if Job.objects.filter(status="ready").count() < 100:
            make_jobs(kinds, 25)
        connections.close_all()

    def work() -> None:
        work_once(labour)

    make_jobs(kinds, 60)
    Crew(work, 2, random.Random(SEED), longest_life(work)).kill(KILLS, between=top_up)
    settle(work)

    verdict = judge(read_ledger(ledger), steps=labour.steps)
    report(f"all policies, {KILLS} kills of which {rows_hit()} hit a row in hand", verdict, begun)
    assert (verdict.lost, verdict.doubled, verdict.failed) == (0, 0, 0)
    assert verdict.uncertain <= KILLS
    assert verdict.uncertain == Effect.objects.filter(status="unknown").count()
    assert not Job.objects.exclude(status="done").exclude(kind="park").exists()
    assert doctor.examine(now=SYSTEM_CLOCK.now()) == []
    assert rows_hit() > KILLS / 5, "Too few kills hit anything: this proves nothing"


@pytest.mark.parametrize("strategy", ["call_then_mark", "mark_then_call"])
def test_judge_catches_a_broken_strategy(
    ledger: Path, open_world: Callable[..., WorldClient], strategy: str
) -> None:
    begun = time.monotonic()
    world = open_world(strict=True)

    def work() -> None:
        for job in Job.objects.filter(status="ready").order_by("pk")[:10]:
            acts: list[Callable[[], object]] = [
                lambda job=job: [world.act("unkeyed", key, time.time() + 60) for key in act_keys(job, 1)],  # type: ignore[misc]
                lambda job=job: Job.objects.filter(pk=job.pk).update(status="done"),  # type: ignore[misc]
            ]
            for act in acts if strategy == "call_then_mark" else reversed(acts):
                act()

    def top_up() -> None:
        make_jobs([strategy], 400)
        connections.close_all()

    top_up()
    Crew(work, 1, random.Random(SEED), longest_life(work)).kill(CONTROL_KILLS, between=top_up)
    settle(work)
    verdict = judge(read_ledger(ledger), steps=1)
    report(f"{strategy}, {CONTROL_KILLS} kills", verdict, begun)
    if strategy == "call_then_mark":
        assert verdict.doubled > 0
        assert verdict.lost == 0
    else:
        assert verdict.lost > 0
        assert verdict.doubled == 0


def pause_workers(ledger: Path, labour: Labour, kinds: list[str], *, hosts: bool) -> Verdict:
    """Pause one of two workers for longer than its claim is kept, again and again; return the verdict.

    With `hosts`, each believes the other to be on another host, of which it can know nothing but the time.
    """
    chance = random.Random(SEED)
    make_jobs(kinds, 2)  # few, so that the row of a paused worker is soon the next one
    workers: list[tuple[int, int]] = []  # pid, pipe to which it writes once a round
    for number in range(2):
        read, write = os.pipe()

        def live(number: int = number, write: int = write) -> None:
            if hosts:
                liveness.HOST = f"host-{number}"
                settings.LOCK_DIR = ledger.parent / liveness.HOST
            while True:
                os.write(write, b"!")
                work_once(labour)
                if not Job.objects.filter(status="ready").exists():
                    make_jobs(kinds, 1)

        workers.append((fork(live), read))
        os.close(write)
        read_within(read)
    try:
        for _ in range(PAUSES):
            (paused, _), (_, other) = chance.sample(workers, 2)
            time.sleep(chance.uniform(0.005, 0.03))
            os.kill(paused, signal.SIGSTOP)
            time.sleep(PAUSE)
            # The other one must have had its chance; on SQLite the paused one may hold the lock of the database.
            for _ in range(3):
                if select.select([other], [], [], 0.5)[0]:
                    os.read(other, 1)
            os.kill(paused, signal.SIGCONT)
    finally:
        for pid, pipe in workers:
            kill(pid)
            os.close(pipe)
    settle(lambda: work_once(labour))
    return judge(read_ledger(ledger), steps=labour.steps)


def test_nothing_is_doubled_by_pausing_workers(ledger: Path, open_world: Callable[..., WorldClient]) -> None:
    begun = time.monotonic()
    far_away = open_world(strict=False, latency=0.02)
    labour = Labour(far_away, stage=STAGE, steps=3, lands_within=timedelta(milliseconds=20))
    verdict = pause_workers(ledger, labour, ["keyed", "ask", "park"], hosts=False)
    report(f"{PAUSES} pauses of {PAUSE} s", verdict, begun)
    assert (verdict.lost, verdict.doubled, verdict.failed) == (0, 0, 0)
    assert verdict.uncertain <= 2  # the two kills at the end
    assert doctor.examine(now=SYSTEM_CLOCK.now()) == []


def test_judge_catches_a_lease_that_knows_only_the_time(
    ledger: Path, open_world: Callable[..., WorldClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same pauses where nobody can know that a paused worker lives: the reason for the liveness lock."""
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL always knows who is alive")
    if "KILLS" not in os.environ:
        pytest.skip("Needs many pauses to be sure of its verdict: make proofs")
    begun = time.monotonic()
    monkeypatch.setattr(settings, "CLAIM_LEASE", 0.05)
    far_away = open_world(strict=False, latency=0.05)
    labour = Labour(far_away, stage=STAGE, lands_within=timedelta(milliseconds=20))
    verdict = pause_workers(ledger, labour, ["ask"], hosts=True)
    report(f"{PAUSES} pauses of {PAUSE} s with a lease by time alone", verdict, begun)
    assert verdict.doubled > 0
