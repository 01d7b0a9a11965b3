"""The ledger and the claims against every order of events: crashes, pauses, zombies, cut calls, switches, budgets.

Hypothesis plays workers on strings against a stand-in world that keeps its own books; after each step the two are
compared. HYPOTHESIS_PROFILE=nightly plays far longer.
"""

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline import budgets, claims, doctor, effects, faults, states, switches
from pipeline.clock import VirtualClock
from pipeline.effects import Policy
from pipeline.errors import BadData, SourcePaused, Transient, Uncertain
from pipeline.models import Budget, Effect
from pipeline.runner import Run, run_stage
from pipeline.tests.judge import judge, unfinished
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK, Labour, act_keys
from pipeline.tests.owners import Worker
from pipeline.tests.puppets import END, Puppet, pull_strings, stop_here

pytestmark = [pytest.mark.proof, pytest.mark.timeout(0)]
STEPS = 2
PRICE = Decimal("0.3")
RESERVE = Decimal("0.5")
LANDS_WITHIN = timedelta(seconds=30)
SCOPES = ["everything", "stage:generation", "source:lab"]
SURELY_NOT = ["busy", "slow down", "refused"]
MAYBE = ["cut before", "cut after", "timeout after", "bug after", "late"]
ANSWERS = st.sampled_from(["ok", *SURELY_NOT, *MAYBE])
ANY = st.integers(0, 99)


def _source_runs(now: datetime) -> Q:
    return Q(pk__in=[]) if switches.paused_names("source:", now=now) else Q()


STAGE = replace(WORK, budget="jobs", where=_source_runs)


def findings(now: datetime) -> list[str]:
    """Return what the doctor finds wrong with the machinery; there are no rows of the rooms here."""
    names = [name for name in doctor.invariant_names() if name.startswith("pipeline.")]
    return [text for name in names for text in doctor._invariants[name].check(now)]


@dataclass
class Books:
    """The world: what it did, what it billed, and what is still on its way."""

    clock: VirtualClock
    done: Counter[str] = field(default_factory=Counter)
    references: dict[str, str] = field(default_factory=dict)
    billed: Decimal = Decimal(0)
    on_its_way: list[tuple[str, str, float]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def act(self, policy: str, key: str, not_after: float) -> str:
        stop_here("sent")  # a worker may be paused or killed here, its request on the wire
        answer = self.answers[key].pop(0) if self.answers.get(key) else "ok"
        if self.clock.now().timestamp() > not_after:
            raise Transient("The world refused: too late")
        if answer == "busy":
            raise Transient("503")
        if answer == "slow down":
            raise SourcePaused("lab", "429", retry_after=120)
        if answer == "refused":
            raise BadData("422")
        if answer == "cut before":
            raise Uncertain("cut")
        if answer == "late":
            self.on_its_way.append((policy, key, not_after))
            raise Uncertain("cut")
        self._do(policy, key)
        stop_here("done")  # or here, its answer on the wire
        if answer == "cut after":
            raise Uncertain("cut")
        if answer == "timeout after":
            raise TimeoutError("read timed out")
        if answer == "bug after":
            raise KeyError("reference")
        return self.references[key]

    def happened(self, key: str) -> str | None:
        return self.references.get(key)

    def land(self) -> None:
        """Let what is on its way arrive, if its time is not over."""
        arriving, self.on_its_way = self.on_its_way, []
        for policy, key, not_after in arriving:
            if self.clock.now().timestamp() <= not_after:
                self._do(policy, key)

    def _do(self, policy: str, key: str) -> None:
        if policy == Policy.KEYED and key in self.references:
            return
        self.done[key] += 1
        self.billed += PRICE
        self.references[key] = f"ref {self.done[key]} of {key}"


class PricedLabour(Labour):
    """Labour that knows what a call costs, less than what was set aside."""

    def _call(self, kind: Any) -> Any:
        call = super()._call(kind)
        return lambda effect: replace(call(effect), cost=PRICE)


class LedgerMachine(RuleBasedStateMachine):
    """Everything that can happen to a few jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        # As in Django's TestCase: undone at the end, no durable block.
        self.transaction._from_testcase = True  # type: ignore[attr-defined]
        self.transaction.__enter__()
        self.clock = VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
        self.world = Books(self.clock)
        self.labour = PricedLabour(
            self.world, stage=STAGE, steps=STEPS, budget="usd", reserve=RESERVE, lands_within=LANDS_WITHIN
        )
        self.jobs: list[int] = []
        self.cast: list[Puppet] = []
        self.moving: list[Puppet] = []  # those of the cast that are neither dead nor at their end
        self.holds: dict[Puppet, int] = {}  # the row that each has in hand
        self.paused = False
        self.janitor = Worker()
        django_settings.DAY_BUDGETS = {"jobs": 30, "usd": "6.00"}
        pull_strings()

    # ------------------------------------------------------------------------------------------ the work
    @precondition(lambda self: len(self.jobs) < 6)
    @rule(policy=st.sampled_from(list(Policy)), answers=st.lists(ANSWERS, max_size=5))
    def job_is_planned(self, policy: Policy, answers: list[str]) -> None:
        """A job comes in; `answers` is what the world will say to its calls, in turn."""
        now = self.clock.now()
        job = Job.objects.create(
            name=f"job {len(self.jobs)}", kind=policy, next_attempt_at=now, status_changed_at=now
        )
        for turn, answer in enumerate(answers):
            self.world.answers.setdefault(act_keys(job, STEPS)[turn % STEPS], []).append(answer)
        self.jobs.append(job.pk)

    @rule()
    def worker_begins(self) -> None:
        self._hire(None)

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def task_for_one_row_is_doubled(self, which: int) -> None:
        self._hire(self.jobs[which % len(self.jobs)])

    @precondition(lambda self: self.moving)
    @rule(which=ANY, stops=st.integers(1, 5))
    def worker_moves_on(self, which: int, stops: int) -> None:
        """A worker goes on to one of its next stops; between two of these it is paused."""
        puppet = self.moving[which % len(self.moving)]
        while stops and puppet in self.moving:
            self._step(puppet)
            stops -= 1

    # ------------------------------------------------------------------------------------------ the mishaps
    @precondition(lambda self: self.moving)
    @rule(which=ANY)
    def worker_is_killed(self, which: int) -> None:
        puppet = self.moving.pop(which % len(self.moving))
        puppet.kill()
        self.holds.pop(puppet, None)

    @precondition(lambda self: self.moving)
    @rule(which=ANY)
    def worker_is_taken_for_dead(self, which: int) -> None:
        puppet = self.moving[which % len(self.moving)]
        if not puppet.has_lost_its_lock:
            puppet.lose_lock()

    @rule(seconds=st.sampled_from([1, 20, 61, 301, 3 * 3600, 26 * 3600]))
    def time_passes(self, seconds: int) -> None:
        """Time passes, what is on its way lands, the beat cleans up, and the doctor looks at it all."""
        for _ in range(2):
            self.clock.advance(seconds=seconds / 2)
            self.world.land()
        with self.janitor.at_work():
            effects.free_dead(now=self.clock.now())
            claims.free_dead(STAGE, now=self.clock.now(), by="cleanup")
            assert findings(self.clock.now()) == []

    # ------------------------------------------------------------------------------------------ the people
    @precondition(lambda self: not self.paused)
    @rule(scope=st.sampled_from(SCOPES))
    def person_pauses(self, scope: str) -> None:
        switches.pause(scope, by="Ada", why="a look round", now=self.clock.now())
        self.paused = True

    @precondition(lambda self: self.paused)
    @rule()
    def person_resumes(self) -> None:
        for scope in SCOPES:
            switches.resume(scope, by="Ada", now=self.clock.now())
        self.paused = False

    @rule(dollars=st.sampled_from(["0.00", "0.75", "3.00", "9.00"]), jobs=st.sampled_from([1, 8, 40]))
    def person_changes_the_budgets(self, dollars: str, jobs: int) -> None:
        django_settings.DAY_BUDGETS = {"jobs": jobs, "usd": dollars}

    @precondition(lambda self: Job.objects.filter(status="failed").exists())
    @rule()
    def failed_jobs_are_reopened(self) -> None:
        claims.reopen(STAGE, now=self.clock.now(), by="Ada", limit=9)

    @precondition(lambda self: Effect.objects.filter(status="unknown", policy="park").exists())
    @rule()
    def person_decides_what_is_uncertain(self) -> None:
        """Ada looks at the world when nothing can land any more, and tells the truth."""
        self.clock.advance(seconds=31)
        self.world.land()
        now = self.clock.now()
        for effect in Effect.objects.filter(status="unknown", policy="park"):
            effects.decide(effect, happened=effect.key in self.world.references, now=now, by="Ada")
        for job in Job.objects.filter(status="held", claimed_by=""):
            states.move(job, Job.Status.READY, now=now, by="Ada", attempts=0, next_attempt_at=now)

    # ------------------------------------------------------------------------------------------ what must hold
    @invariant()
    def ledger_and_world_agree(self) -> None:
        open_calls: Counter[tuple[str, date]] = Counter()
        ledger = {effect.key: effect for effect in Effect.objects.all()}
        assert set(self.world.done) <= set(ledger)
        for key, effect in ledger.items():
            times = self.world.done[key]
            if effect.policy != Policy.IDEMPOTENT:
                assert times <= 1, f"{effect} happened {times} times"
            if effect.status == "done":
                assert times >= 1, f"{effect} counts as done and never happened"
            if effect.calls == 0 or effect.status == "failed":
                assert times == 0 or effect.policy in effects.REPEATABLE, f"{effect} happened unseen"
            if effect.status == "calling":
                assert effect.called_at is not None
                open_calls[effect.budget, budgets.budget_day(effect.called_at)] += effect.reserved  # type: ignore[assignment]
        booked = Decimal(0)
        for row in Budget.objects.all():
            assert row.used + row.reserved <= row.limit, f"{row} is overdrawn"
            assert row.reserved == open_calls[row.name, row.day], f"{row} has money aside for no call"
            booked += row.used + row.reserved if row.name == "usd" else 0
        assert self.world.billed <= booked

    @invariant()
    def living_workers_keep_their_rows_and_none_is_tried_too_often(self) -> None:
        jobs = Job.objects.in_bulk()
        for puppet, pk in self.holds.items():
            if not puppet.has_lost_its_lock and puppet.at != "applied":
                assert jobs[pk].claimed_by == puppet.worker.name, f"taken from the living at {puppet.at}"
        assert max((job.attempts for job in jobs.values()), default=0) <= STAGE.max_attempts

    def teardown(self) -> None:
        """Kill everybody, let one good worker finish, and judge."""
        try:
            self._finish()
        finally:
            for puppet in self.cast:
                puppet.bury()
            self.janitor.die()
            for lock in Path(django_settings.LOCK_DIR).glob("*.lock"):
                lock.unlink()  # the next newcomer would look at each of them
            faults.disarm()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def _finish(self) -> None:
        while self.moving:
            self.worker_is_killed(0)
        self.person_resumes()
        self.world.answers.clear()
        django_settings.DAY_BUDGETS = {"jobs": 10_000, "usd": 10_000}
        rounds = 0
        while unfinished():
            rounds += 1
            assert rounds < 60, unfinished()
            self.time_passes(301)
            self._hire(None)
            while self.moving:
                self._step(self.moving[0])
        self.ledger_and_world_agree()
        assert findings(self.clock.now()) == []
        verdict = judge(self.world.done, steps=STEPS)
        assert (verdict.lost, verdict.doubled) == (0, 0), verdict

    def _hire(self, pk: int | None) -> None:
        def work(puppet: Puppet) -> None:
            def labour(job: Job, run: Run) -> str:
                self.holds[puppet] = job.pk
                try:
                    return self.labour(job, run)
                finally:
                    self.holds.pop(puppet, None)

            run_stage(STAGE, labour, Run(by="puppet", clock=self.clock), limit=1, pk=pk)

        puppet = Puppet(work)
        self.cast.append(puppet)
        self.moving.append(puppet)
        self._step(puppet)

    def _step(self, puppet: Puppet) -> None:
        puppet.step()
        if puppet.at == END:
            self.moving.remove(puppet)


LENGTHS = {"short": (20, 40), "default": (200, 40), "nightly": (5_000, 60)}  # examples, steps of each


def test_ledger_and_claims_hold_in_every_order_of_events(transactional_db: None) -> None:
    profile = os.environ.get("HYPOTHESIS_PROFILE", "default")
    examples, steps = LENGTHS[profile]
    before = django_settings.DAY_BUDGETS
    connection.inc_thread_sharing()
    try:
        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=profile == "default",
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        connection.dec_thread_sharing()
        django_settings.DAY_BUDGETS = before
