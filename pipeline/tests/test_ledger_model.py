"""The ledger and the claims against every order of events: crashes, pauses, zombies, cut calls, switches, budgets.

Hypothesis plays workers on strings against a stand-in world that keeps its own books; after each step the two are
compared. HYPOTHESIS_PROFILE=nightly plays far longer.
"""

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline import claims, doctor, effects, faults, states, switches
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
STAGE = replace(WORK, budget="jobs", where=lambda now: ~_is_paused(now))
SCOPES = ["everything", "stage:generation", "source:lab"]
SURELY_NOT = ["busy", "slow down", "refused"]
MAYBE = ["cut before", "cut after", "timeout after", "bug after", "late"]


def _is_paused(now: datetime) -> Any:
    from django.db.models import Q

    return Q(pk__in=[]) if not switches.paused_names("source:", now=now) else Q(pk__gt=0)


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

    jobs = Bundle("jobs")
    puppets = Bundle("puppets")

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction._from_testcase = True  # as in Django's TestCase: undone at the end, no durable block
        self.transaction.__enter__()
        self.clock = VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
        self.world = Books(self.clock)
        self.labour = PricedLabour(
            self.world, stage=STAGE, steps=STEPS, budget="usd", reserve=RESERVE, lands_within=LANDS_WITHIN
        )
        self.cast: list[Puppet] = []
        self.holds: dict[Puppet, int] = {}
        self.janitor = Worker()
        django_settings.DAY_BUDGETS = {"jobs": 30, "usd": "6.00"}
        pull_strings()

    # ------------------------------------------------------------------------------------------ the work
    @rule(
        target=jobs,
        policy=st.sampled_from(list(Policy)),
        answers=st.lists(st.sampled_from(["ok", *SURELY_NOT, *MAYBE]), max_size=5),
    )
    def plan(self, policy: Policy, answers: list[str]) -> Any:
        number = Job.objects.count()
        if number >= 6:
            return multiple()
        now = self.clock.now()
        job = Job.objects.create(
            name=f"job {number}", kind=policy, next_attempt_at=now, status_changed_at=now
        )
        keys = act_keys(job, STEPS)
        for turn, answer in enumerate(answers):
            self.world.answers.setdefault(keys[turn % STEPS], []).append(answer)
        return job.pk

    @rule(target=puppets)
    def worker_begins(self) -> Puppet:
        return self._hire(None)

    @rule(target=puppets, job=jobs)
    def task_for_one_row_is_doubled(self, job: int) -> Puppet:
        return self._hire(job)

    @rule(puppet=puppets)
    def worker_moves_on(self, puppet: Puppet) -> None:
        self._step(puppet)

    @rule(puppet=consumes(puppets))
    def worker_works_to_its_end(self, puppet: Puppet) -> None:
        while puppet.at != END and not puppet.is_dead:
            self._step(puppet)

    # ------------------------------------------------------------------------------------------ the mishaps
    @rule(puppet=consumes(puppets))
    def worker_is_killed(self, puppet: Puppet) -> None:
        if puppet.at != END:
            puppet.kill()

    @rule(puppet=puppets)
    def worker_is_taken_for_dead(self, puppet: Puppet) -> None:
        if puppet.at != END and not puppet.has_lost_its_lock:
            puppet.lose_lock()

    @rule(seconds=st.sampled_from([1, 20, 61, 301, 3 * 3600, 26 * 3600]))
    def time_passes(self, seconds: int) -> None:
        """Time passes, what is on its way lands, and the beat cleans up."""
        for _ in range(2):
            self.clock.advance(seconds=seconds / 2)
            self.world.land()
        with self.janitor.at_work():
            effects.free_dead(now=self.clock.now())
            claims.free_dead(STAGE, now=self.clock.now(), by="cleanup")

    # ------------------------------------------------------------------------------------------ the people
    @rule(scope=st.sampled_from(SCOPES))
    def person_pauses(self, scope: str) -> None:
        switches.pause(scope, by="Ada", why="a look round", now=self.clock.now())

    @rule()
    def person_resumes(self) -> None:
        for scope in SCOPES:
            switches.resume(scope, by="Ada", now=self.clock.now())

    @rule(dollars=st.sampled_from(["0.00", "0.75", "3.00", "9.00"]), jobs=st.sampled_from([1, 8, 40]))
    def person_changes_the_budgets(self, dollars: str, jobs: int) -> None:
        django_settings.DAY_BUDGETS = {"jobs": jobs, "usd": dollars}

    @rule()
    def failed_jobs_are_reopened(self) -> None:
        claims.reopen(STAGE, now=self.clock.now(), by="Ada", limit=9)

    @precondition(lambda self: Effect.objects.filter(status="unknown", policy="park").exists())
    @rule()
    def person_decides_what_is_uncertain(self) -> None:
        """Ada looks at the world when nothing can land any more, and tells the truth."""
        self.clock.advance(seconds=31)
        self.world.land()
        for effect in Effect.objects.filter(status="unknown", policy="park"):
            effects.decide(
                effect, happened=effect.key in self.world.references, now=self.clock.now(), by="Ada"
            )
        for job in Job.objects.filter(status="held", claimed_by=""):
            now = self.clock.now()
            states.move(job, Job.Status.READY, now=now, by="Ada", attempts=0, next_attempt_at=now)

    # ------------------------------------------------------------------------------------------ what must hold
    @invariant()
    def world_and_ledger_agree(self) -> None:
        for effect in Effect.objects.all():
            times = self.world.done[effect.key]
            if effect.policy != Policy.IDEMPOTENT:
                assert times <= 1, f"{effect} happened {times} times"
            if effect.status == "done":
                assert times >= 1, f"{effect} counts as done and never happened"
            if effect.calls == 0 or effect.status == "failed":
                assert times == 0 or effect.policy in effects.REPEATABLE, f"{effect} happened unseen"
        assert set(self.world.done) <= set(Effect.objects.values_list("key", flat=True))

    @invariant()
    def money_is_within_the_books(self) -> None:
        booked = sum(row.used + row.reserved for row in Budget.objects.filter(name="usd"))
        assert self.world.billed <= booked

    @invariant()
    def living_worker_keeps_its_row(self) -> None:
        for puppet, pk in self.holds.items():
            if puppet.has_lost_its_lock or puppet.at in (END, "applied"):
                continue
            assert Job.objects.get(pk=pk).claimed_by == puppet.worker.name, (
                f"taken from the living at {puppet.at}"
            )

    @invariant()
    def no_row_is_tried_too_often(self) -> None:
        assert not Job.objects.filter(attempts__gt=STAGE.max_attempts).exists()

    @invariant()
    def doctor_is_content(self) -> None:
        with self.janitor.at_work():
            assert doctor.examine(now=self.clock.now()) == []

    def teardown(self) -> None:
        """Kill everybody, let one good worker finish, and judge."""
        try:
            self._finish()
        finally:
            for puppet in self.cast:
                puppet.bury()
            self.janitor.die()
            faults.disarm()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def _finish(self) -> None:
        for puppet in self.cast:
            if puppet.at != END and not puppet.is_dead:
                puppet.kill()
        self.person_resumes()
        self.world.answers.clear()
        django_settings.DAY_BUDGETS = {"jobs": 10_000, "usd": 10_000}
        rounds = 0
        while unfinished():
            rounds += 1
            assert rounds < 60, unfinished()
            self.time_passes(301)
            self.worker_works_to_its_end(self._hire(None))
        self.world_and_ledger_agree()
        verdict = (
            judge(self.world.done, steps=STEPS) if not Job.objects.filter(status="failed").exists() else None
        )
        assert verdict is None or (verdict.lost, verdict.doubled) == (0, 0)
        for job in Job.objects.filter(status="failed"):
            assert job.error_kind, "A job failed without a reason"

    def _hire(self, pk: int | None) -> Puppet:
        def work(puppet: Puppet) -> None:
            def labour(job: Job, run: Run) -> str:
                self.holds[puppet] = job.pk
                try:
                    return self.labour(job, run)
                finally:
                    del self.holds[puppet]

            run_stage(STAGE, labour, Run(by="puppet", clock=self.clock), limit=1, pk=pk)

        puppet = Puppet(work)
        self.cast.append(puppet)
        self._step(puppet)
        return puppet

    def _step(self, puppet: Puppet) -> None:
        if puppet.at != END and not puppet.is_dead:
            puppet.step()


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
