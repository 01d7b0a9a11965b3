"""Acts that are committed together: each is as safe as one alone, and a death in between tells them apart."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import batches, claims, doctor, effects, faults, liveness, switches
from pipeline.batches import Act, Ended
from pipeline.clock import VirtualClock
from pipeline.effects import Outcome, Policy
from pipeline.errors import BadData, LostClaim, NotYet, SwitchedOff, Transient
from pipeline.faults import CLAIM_POINTS, EFFECT_POINTS
from pipeline.journal import Journal
from pipeline.models import Effect
from pipeline.runner import Run, run_batches
from pipeline.states import label
from pipeline.tests.conftest import MakeJob
from pipeline.tests.judge import Verdict, judge, unfinished
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import KINDS, WORK, act_keys
from pipeline.tests.owners import Worker, await_deaths
from pipeline.tests.processes import run_in_child
from pipeline.tests.world import LedgerFile, read_ledger

JOBS = 4
# Where in the batch it happens: at its first act or at its third.
SWEEP = [(point, 0) for point in (*CLAIM_POINTS, *EFFECT_POINTS)] + [("calling", 2), ("called", 2)]


class Gang:
    """Jobs of one policy that are worked on together, one act each, in one world."""

    def __init__(self, clock: VirtualClock, ledger: Path, policy: str) -> None:
        self.clock, self.ledger, self.policy = clock, ledger, policy
        self.outside = LedgerFile(ledger)

    def work(self) -> None:
        run_batches(WORK, self._together, Run(clock=self.clock), limit=JOBS, at_once=JOBS)

    def _together(self, jobs: Sequence[Job], run: Run) -> Iterator[tuple[Job, str | Exception]]:
        kind = KINDS[self.policy]
        keys = {act_keys(job, 1)[0]: job for job in jobs}
        batches.plan_new(
            kind, {key: (label(job), {"job": job.name}) for key, job in keys.items()}, now=run.now()
        )
        planned = Effect.objects.filter(key__in=keys).order_by("pk")
        acts = {self._act(effect): keys[effect.key] for effect in planned}
        for ended in batches.run_together(kind, list(acts), now=run.now, may_begin=run.may_begin):
            done = [acts[each.act] for each in ended if each.error is None]
            held = claims.finish_all(WORK, done, Job.Status.DONE, now=run.now(), by=run.by)
            faults.point("applied")
            assert held == {job.pk for job in done}
            yield from ((acts[each.act], each.error or "done") for each in ended)

    def _act(self, effect: Effect) -> Act:
        def call(effect: Effect) -> Outcome:
            return Outcome(reference=self.outside.act(self.policy, effect.key, float("inf")))

        def ask(effect: Effect) -> Outcome | None:
            reference = self.outside.happened(effect.key)
            return Outcome(reference=reference) if reference else None

        return Act(effect, call, lambda: None, ask)

    def crash(self, point: str, action: faults.Action, *, after: int = 0) -> int:
        """Work in a child in which something happens at `point`; returns how that ended, once its death is known."""

        def die() -> None:
            faults.arm(point, action, after=after)
            self.work()

        ending = run_in_child(die)
        await_deaths()
        return ending

    def recover(self) -> Verdict:
        """Clean up and work until nothing is left to do."""
        rounds = 0
        while rounds == 0 or unfinished():
            self.clock.advance(minutes=10)
            effects.free_dead(now=self.clock.now())
            claims.free_dead(WORK, now=self.clock.now(), by="cleanup")
            self.work()
            rounds += 1
            assert rounds < 3 * JOBS, unfinished()
        assert doctor.examine(now=self.clock.now()) == []
        return judge(read_ledger(self.ledger), steps=1)


@pytest.fixture
def gang(forking: None, clock: VirtualClock, tmp_path: Path, make_job: MakeJob) -> Callable[[str], Gang]:
    def make(policy: str) -> Gang:
        for _ in range(JOBS):
            make_job(kind=policy)
        return Gang(clock, tmp_path / "ledger", policy)

    return make


@pytest.mark.proof
@pytest.mark.parametrize("action", ["kill", "raise"])
@pytest.mark.parametrize(("point", "after"), SWEEP)
@pytest.mark.parametrize("policy", list(Policy))
def test_death_leaves_at_most_the_act_under_way_uncertain(
    gang: Callable[[str], Gang], policy: str, point: str, after: int, action: faults.Action
) -> None:
    workers = gang(policy)
    workers.crash(point, action, after=after)
    verdict = workers.recover()
    assert (verdict.lost, verdict.doubled, verdict.failed) == (0, 0, 0)
    assert verdict.uncertain == (policy == Policy.PARK and point == "called")
    assert Job.objects.filter(status="done").count() == JOBS - verdict.uncertain


@pytest.mark.proof
@pytest.mark.parametrize("spoil", ["gone", "another boot", "half a line in the middle"])
def test_without_a_journal_that_counts_all_of_a_batch_is_uncertain(
    gang: Callable[[str], Gang], settings: Any, spoil: str
) -> None:
    workers = gang("park")
    assert workers.crash("called", "kill", after=2) == -9
    [path] = Path(settings.LOCK_DIR).glob("*.calls")
    if spoil == "gone":
        path.unlink()
    elif spoil == "another boot":
        _, _, rest = path.read_text().partition("\n")
        path.write_text('{"boot": "another"}\n' + rest)
    else:
        path.write_text(path.read_text().replace('{"begun"', "{", 1))
    verdict = workers.recover()
    assert (verdict.lost, verdict.doubled, verdict.uncertain) == (0, 0, JOBS)


@pytest.mark.proof
def test_row_that_kills_its_worker_takes_no_other_with_it(
    gang: Callable[[str], Gang], clock: VirtualClock
) -> None:
    workers = gang("keyed")
    poisoned = act_keys(Job.objects.order_by("pk")[1], 1)[0]

    def act(policy: str, key: str, not_after: float) -> str:
        if key == poisoned:
            faults.arm("called", "kill")
        return LedgerFile(workers.ledger).act(policy, key, not_after)

    workers.outside.act = act  # type: ignore[method-assign]
    for _ in range(3 * JOBS):
        if not unfinished():
            break
        run_in_child(workers.work)
        await_deaths()
        clock.advance(minutes=10)
        effects.free_dead(now=clock.now())
        claims.free_dead(WORK, now=clock.now(), by="cleanup")
    assert sorted(Job.objects.values_list("status", flat=True)) == ["done", "done", "done", "failed"]


def act_of(
    clock: VirtualClock, name: str, call: Callable[[Effect], Outcome], gate: Callable[[], None]
) -> Act:
    effect = effects.plan(KINDS["park"], name, subject=f"lab.job:{name}", request={}, now=clock.now())
    return Act(effect, call, gate)


def done(effect: Effect) -> Outcome:
    return Outcome(response=f"answer to {effect.key}", reference=effect.key)


def never(effect: Effect) -> Outcome:
    raise AssertionError(f"{effect.key} was called")


def nothing() -> None:
    """A gate that is open."""


def together(clock: VirtualClock, acts: Sequence[Act], **options: Any) -> dict[str, Exception | None]:
    options.setdefault("may_begin", lambda: True)
    groups: list[list[Ended]] = list(batches.run_together(KINDS["park"], acts, now=clock.now, **options))
    return {each.act.effect.key: each.error for group in groups for each in group}


def stored() -> dict[str, str]:
    return dict(Effect.objects.values_list("key", "status"))


@pytest.mark.django_db
def test_all_are_committed_before_the_first_is_called_and_the_journal_is_gone_at_the_end(
    clock: VirtualClock, settings: Any
) -> None:
    seen: list[dict[str, str]] = []

    def call(effect: Effect) -> Outcome:
        seen.append(stored())
        return done(effect)

    ended = together(clock, [act_of(clock, name, call, nothing) for name in "abc"])
    assert seen[0] == dict.fromkeys("abc", "calling")
    assert ended == dict.fromkeys("abc")
    assert stored() == dict.fromkeys("abc", "done")
    first = Effect.objects.get(key="a")
    assert (first.response, first.reference, first.calls, first.settled_at) == (
        "answer to a",
        "a",
        1,
        clock.now(),
    )
    assert list(Path(settings.LOCK_DIR).glob("*.calls")) == []


@pytest.mark.django_db
def test_gate_that_refuses_leaves_its_act_planned_whatever_it_says(clock: VirtualClock) -> None:
    def refuse() -> None:
        raise BadData("not this one")

    acts = [
        act_of(clock, "a", done, nothing),
        act_of(clock, "b", never, refuse),
        act_of(clock, "c", done, nothing),
    ]
    ended = together(clock, acts)
    assert isinstance(ended["b"], BadData)
    assert stored() == {"a": "done", "b": "planned", "c": "done"}


@pytest.mark.django_db
def test_failures_are_settled_by_what_they_say(clock: VirtualClock) -> None:
    def fails(error: Exception) -> Callable[[Effect], Outcome]:
        def call(effect: Effect) -> Outcome:
            raise error

        return call

    acts = [
        act_of(clock, "surely not", fails(Transient("429")), nothing),
        act_of(clock, "never", fails(BadData("no such box")), nothing),
        act_of(clock, "who knows", fails(ConnectionResetError("cut")), nothing),
        act_of(clock, "fine", done, nothing),
    ]
    ended = together(clock, acts)
    assert {name: type(error).__name__ for name, error in ended.items()} == {
        "surely not": "Transient",
        "never": "BadData",
        "who knows": "Uncertain",
        "fine": "NoneType",
    }
    assert stored() == {"surely not": "planned", "never": "failed", "who knows": "unknown", "fine": "done"}


@pytest.mark.django_db
def test_what_may_not_begin_any_more_is_planned_again(clock: VirtualClock) -> None:
    called: list[str] = []

    def call(effect: Effect) -> Outcome:
        called.append(effect.key)
        return done(effect)

    acts = [act_of(clock, name, call, nothing) for name in "abc"]
    ended = together(clock, acts, may_begin=lambda: not called)
    assert called == ["a"]
    assert [type(ended[name]) for name in "bc"] == [NotYet, NotYet]
    assert stored() == {"a": "done", "b": "planned", "c": "planned"}


@pytest.mark.django_db
def test_act_that_somebody_else_settled_is_lost(clock: VirtualClock) -> None:
    def call(effect: Effect) -> Outcome:
        Effect.objects.filter(key="a").update(status="unknown")
        return done(effect)

    ended = together(clock, [act_of(clock, "a", done, nothing), act_of(clock, "b", call, nothing)])
    assert isinstance(ended["a"], LostClaim)
    assert stored() == {"a": "unknown", "b": "done"}


@pytest.mark.django_db
def test_paused_kind_begins_nothing(clock: VirtualClock) -> None:
    switches.pause("source:lab", by="staff", why="a look round", now=clock.now())
    ended = together(clock, [act_of(clock, name, never, nothing) for name in "ab"])
    assert {type(error) for error in ended.values()} == {SwitchedOff}
    assert set(stored().values()) == {"planned"}


@pytest.mark.django_db
def test_nothing_is_called_where_no_journal_can_be_kept(
    clock: VirtualClock, settings: Any, tmp_path: Path
) -> None:
    liveness.current_owner()
    (tmp_path / "full").write_text("no folder")
    acts = [act_of(clock, "a", never, nothing)]
    settings.LOCK_DIR = tmp_path / "full" / "run"
    ended = together(clock, acts)
    assert isinstance(ended["a"], Transient)
    assert stored() == {"a": "planned"}


@pytest.mark.django_db
def test_process_that_holds_its_journal_is_alive_whatever_the_database_says(
    clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    worker = hire()
    effect = effects.plan(KINDS["park"], "a", subject="lab.job:1", request={}, now=clock.now())
    journal = Journal(worker.name, clock.now())
    Effect.objects.update(status="calling", owner=worker.name, called_at=clock.now(), calls=1)
    worker.die()
    clock.advance(minutes=10)
    assert effects.free_dead(now=clock.now()) == 0
    journal.begin(effect.pk)
    journal.answer(effect.pk, "250 taken", "AB12", effect.cost)
    journal.close(is_settled=False)
    assert effects.free_dead(now=clock.now()) == 1
    effect.refresh_from_db()
    assert (effect.status, effect.response, effect.reference) == ("done", "250 taken", "AB12")


@pytest.mark.django_db
def test_journals_that_nobody_asks_about_are_swept(clock: VirtualClock, settings: Any) -> None:
    journal = Journal("somebody:1:x", clock.now())
    journal.close(is_settled=False)
    [path] = Path(settings.LOCK_DIR).glob("*.calls")
    effects.free_dead(now=clock.now())
    assert path.exists()
    long_ago = path.stat().st_mtime - timedelta(days=2).total_seconds()
    os.utime(path, (long_ago, long_ago))
    effects.free_dead(now=clock.now())
    assert not path.exists()
