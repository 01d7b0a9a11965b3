"""The crash sweep: every named point of every kind of effect is hit, by a kill and by an error, and recovered from."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline import claims, doctor, effects, faults
from pipeline.clock import VirtualClock
from pipeline.effects import REPEATABLE, Policy
from pipeline.faults import CLAIM_POINTS, EFFECT_POINTS
from pipeline.models import Budget, Effect, TimelineEntry
from pipeline.runner import Run, run_stage
from pipeline.tests.judge import Verdict, judge, unfinished
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK, Labour
from pipeline.tests.owners import await_deaths
from pipeline.tests.processes import run_in_child
from pipeline.tests.world import LedgerFile, read_ledger

pytestmark = [pytest.mark.proof, pytest.mark.usefixtures("forking")]
STEPS = 2
POINTS = (*CLAIM_POINTS, *EFFECT_POINTS)
# A point that is passed once for each effect is also hit at the second effect of the job.
SWEEP = [(point, 0) for point in POINTS] + [(point, 1) for point in EFFECT_POINTS if point != "applied"]
UNCERTAIN_AT = ("calling", "called")  # between the commit of the call and that of its answer


@dataclass
class Laboratory:
    """One job of one policy in one world, and what can happen to them."""

    clock: VirtualClock
    ledger: Path

    def __post_init__(self) -> None:
        self.labour = Labour(LedgerFile(self.ledger), steps=STEPS, budget="usd", reserve=Decimal("0.1"))

    def reset(self, policy: str) -> None:
        for model in (Job, Effect, Budget, TimelineEntry):
            model.objects.all().delete()
        self.ledger.unlink(missing_ok=True)
        now = self.clock.now()
        Job.objects.create(name="a job", kind=policy, next_attempt_at=now, status_changed_at=now)

    def work(self) -> None:
        run_stage(WORK, self.labour, Run(clock=self.clock), limit=1)

    def crash_in_child(self, point: str, action: faults.Action, *, after: int = 0) -> int:
        """Work in a child that dies at `point`; returns how it ended, once its death is known."""

        def die() -> None:
            faults.arm(point, action, after=after)
            self.work()

        ending = run_in_child(die)
        await_deaths()
        return ending

    def clean_up(self) -> None:
        self.clock.advance(minutes=10)
        effects.free_dead(now=self.clock.now())
        claims.free_dead(WORK, now=self.clock.now(), by="cleanup")

    def recover(self) -> Verdict:
        """Clean up and work until nothing is left to do."""
        rounds = 0
        while rounds == 0 or unfinished():
            self.clean_up()
            self.work()
            rounds += 1
            assert rounds < 8, unfinished()
        assert doctor.examine(now=self.clock.now()) == []
        return judge(read_ledger(self.ledger), steps=STEPS)


@pytest.fixture
def laboratory(clock: VirtualClock, tmp_path: Path, settings: Any) -> Iterator[Laboratory]:
    settings.DAY_BUDGETS = {"usd": 100}
    yield Laboratory(clock, tmp_path / "ledger")


@pytest.mark.parametrize(("point", "after"), SWEEP)
@pytest.mark.parametrize("policy", list(Policy))
def test_nothing_is_lost_or_doubled_after_a_kill(
    laboratory: Laboratory, policy: str, point: str, after: int
) -> None:
    laboratory.reset(policy)
    assert laboratory.crash_in_child(point, "kill", after=after) == -9
    verdict = laboratory.recover()
    assert (verdict.lost, verdict.doubled, verdict.failed) == (0, 0, 0)
    assert verdict.uncertain == (policy == Policy.PARK and point in UNCERTAIN_AT)
    if not verdict.uncertain:
        assert Job.objects.get().status == "done"


@pytest.mark.parametrize(("point", "after"), SWEEP)
@pytest.mark.parametrize("policy", list(Policy))
def test_nothing_is_lost_or_doubled_after_an_error_of_the_database(
    laboratory: Laboratory, policy: str, point: str, after: int
) -> None:
    """The process lives on and holds its lock; only right after a claim there is nobody who could hand it back."""
    laboratory.reset(policy)
    if point in CLAIM_POINTS:
        assert laboratory.crash_in_child(point, "raise", after=after) == 1
    else:
        faults.arm(point, "raise", after=after)
        laboratory.work()
        assert not Job.objects.exclude(claimed_by="").exists()
    verdict = laboratory.recover()
    assert (verdict.lost, verdict.doubled, verdict.failed) == (0, 0, 0)
    assert verdict.uncertain == (policy == Policy.PARK and point in UNCERTAIN_AT)


@pytest.mark.parametrize("first", ["calling", "called", "recorded"])
@pytest.mark.parametrize("policy", list(Policy))
def test_nothing_is_lost_or_doubled_when_the_recovery_is_killed_too(
    laboratory: Laboratory, policy: str, first: str
) -> None:
    for second in POINTS:
        laboratory.reset(policy)
        laboratory.crash_in_child(first, "kill")
        laboratory.clean_up()
        laboratory.crash_in_child(second, "kill")
        verdict = laboratory.recover()
        assert (verdict.lost, verdict.doubled, verdict.failed) == (0, 0, 0), second
        assert policy == Policy.PARK or verdict.uncertain == 0, second


@pytest.mark.parametrize("policy", list(Policy))
def test_job_that_kills_its_worker_every_time_is_given_up_and_its_call_is_seen(
    laboratory: Laboratory, policy: str
) -> None:
    laboratory.reset(policy)
    for _ in range(WORK.max_attempts):
        laboratory.crash_in_child("calling", "kill")
        laboratory.clean_up()
    job, effect = Job.objects.get(), Effect.objects.get()
    if policy == Policy.PARK:
        assert (job.status, effect.calls) == ("held", 1)  # nobody called a second time
    else:
        assert (job.status, job.attempts, effect.calls) == ("failed", WORK.max_attempts, WORK.max_attempts)
    assert effect.status == ("planned" if policy in REPEATABLE else "unknown")
    assert doctor.examine(now=laboratory.clock.now()) == []


def test_every_point_is_passed_in_order(laboratory: Laboratory) -> None:
    laboratory.reset("keyed")
    passed: list[str] = []
    faults.watch(passed.append)
    laboratory.work()
    one_effect = [point for point in EFFECT_POINTS if point != "applied"]
    assert passed == [*CLAIM_POINTS, *one_effect * STEPS, "applied"]
