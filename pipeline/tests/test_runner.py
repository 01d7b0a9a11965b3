"""Running a stage: row by row, within its limit, its time and its stop flag, whatever a row does."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from pipeline import claims, faults, runner, switches
from pipeline.clock import VirtualClock
from pipeline.errors import BadData, LostClaim, SwitchedOff, Transient, Uncertain
from pipeline.faults import InjectedFault
from pipeline.runner import Run, StageResult, run_batches, run_stage, worker_run
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK


def finish(job: Job, run: Run) -> str:
    claims.finish(WORK, job, Job.Status.DONE, now=run.now(), by=run.by)
    return "done"


def test_stage_works_up_to_its_limit(db: None, make_job: MakeJob, run: Run) -> None:
    for _ in range(5):
        make_job()
    assert run_stage(WORK, finish, run, limit=3).rows == {"done": 3}
    assert run_stage(WORK, finish, run, limit=3).rows == {"done": 2}
    result = run_stage(WORK, finish, run, limit=3)
    assert (result.total, str(result)) == (0, "nothing to do")


def test_stage_works_on_the_one_row_it_is_given(db: None, make_job: MakeJob, run: Run) -> None:
    make_job()
    wanted = make_job()
    assert run_stage(WORK, finish, run, limit=9, pk=wanted.pk).rows == {"done": 1}
    assert list(Job.objects.filter(status="done")) == [wanted]
    assert run_stage(WORK, finish, run, limit=9, pk=wanted.pk).rows == {}


def test_stop_flag_lets_the_row_in_hand_end_and_begins_no_other(
    db: None, make_job: MakeJob, run: Run
) -> None:
    for _ in range(3):
        make_job()

    def work(job: Job, run: Run) -> str:
        run.stop.set()  # type: ignore[attr-defined]
        return finish(job, run)

    assert run_stage(WORK, work, run, limit=3).rows == {"done": 1}


def test_deadline_begins_no_further_row(db: None, make_job: MakeJob, clock: VirtualClock) -> None:
    for _ in range(3):
        make_job()

    def work(job: Job, run: Run) -> str:
        clock.advance(seconds=40)
        return finish(job, run)

    assert run_stage(WORK, work, Run(clock=clock, seconds=60), limit=3).rows == {"done": 2}


@pytest.mark.parametrize(
    ("error", "word", "status"),
    [
        (Transient("not now"), "retried", "ready"),
        (BadData("no name"), "failed", "failed"),
        (Uncertain("who knows"), "uncertain", "held"),
        (SwitchedOff("paused"), "returned", "ready"),
        (ZeroDivisionError("bug"), "failed", "failed"),
        (LostClaim("its effect is another worker's"), "retried", "ready"),
    ],
    ids=repr,
)
def test_failing_row_is_settled_and_the_others_go_on(
    db: None, make_job: MakeJob, run: Run, error: Exception, word: str, status: str
) -> None:
    bad = make_job()
    for _ in range(2):
        make_job()

    def work(job: Job, run: Run) -> str:
        if job.pk == bad.pk:
            raise error
        return finish(job, run)

    assert run_stage(WORK, work, run, limit=9).rows == {word: 1, "done": 2}
    bad.refresh_from_db()
    assert (bad.status, bad.claimed_by) == (status, "")


def test_row_whose_end_was_rolled_back_is_tried_again(db: None, make_job: MakeJob, run: Run) -> None:
    make_job()

    def work(job: Job, run: Run) -> str:
        with transaction.atomic():
            finish(job, run)
            raise Transient("the commit failed")

    assert run_stage(WORK, work, run, limit=1).rows == {"retried": 1}
    job = Job.objects.get()
    assert (job.status, job.claimed_by, job.attempts) == ("ready", "", 1)


def test_row_that_somebody_took_away_is_left_alone(db: None, make_job: MakeJob, run: Run) -> None:
    make_job()

    def work(job: Job, run: Run) -> str:
        Job.objects.update(claimed_by="somebody else")
        return finish(job, run)

    assert run_stage(WORK, work, run, limit=1).rows == {"lost": 1}
    assert Job.objects.get().claimed_by == "somebody else"


def test_stage_ends_with_its_reason_when_it_is_paused_midway(db: None, make_job: MakeJob, run: Run) -> None:
    for _ in range(3):
        make_job()

    def work(job: Job, run: Run) -> str:
        switches.pause("stage:generation", by="staff", why="enough", now=run.now())
        return finish(job, run)

    result = run_stage(WORK, work, run, limit=3)
    assert result.rows == {"done": 1}
    assert str(result) == "1 done (Paused (stage:generation) by staff: enough)"


def test_stage_ends_when_the_day_budget_is_spent(
    db: None, make_job: MakeJob, run: Run, settings: Any
) -> None:
    settings.DAY_BUDGETS = {"jobs": 2}
    stage = replace(WORK, budget="jobs")
    for _ in range(3):
        make_job()
    result = run_stage(stage, finish, run, limit=3)
    assert (result.rows, "2 jobs is used up" in result.ended) == ({"done": 2}, True)


def test_what_no_stage_handles_ends_the_run_and_leaves_the_claim_to_be_freed(
    db: None, make_job: MakeJob, run: Run
) -> None:
    make_job()

    def work(job: Job, run: Run) -> str:
        raise SystemExit("the hard limit")

    with pytest.raises(SystemExit):
        run_stage(WORK, work, run, limit=1)
    assert Job.objects.get().status == "busy"
    assert run.in_hand == {}


def test_watcher_sees_every_row_and_the_row_in_hand(db: None, make_job: MakeJob, clock: VirtualClock) -> None:
    seen: list[tuple[str, str, str]] = []
    run = Run(clock=clock, on_row=lambda *row: seen.append(row))
    job = make_job()

    def work(job: Job, run: Run) -> str:
        assert run.in_hand == {threading.get_ident(): clock.monotonic()}
        return finish(job, run)

    run_stage(WORK, work, run, limit=1)
    assert seen == [("work", f"lab.job:{job.pk}", "done")]
    assert run.in_hand == {}


def test_threads_share_the_limit_and_never_a_row(
    transactional_db: None, make_job: MakeJob, clock: VirtualClock
) -> None:
    for _ in range(30):
        make_job()
    worked: list[int] = []

    def work(job: Job, run: Run) -> str:
        worked.append(job.pk)
        return finish(job, run)

    result = run_stage(WORK, work, Run(clock=clock, threads=4), limit=25)
    assert result.rows == {"done": 25}
    assert len(worked) == len(set(worked)) == 25


def test_threads_wait_together(transactional_db: None, make_job: MakeJob, clock: VirtualClock) -> None:
    """Rows that wait on the network are in hand at the same time."""
    for _ in range(3):
        make_job()
    all_here = threading.Barrier(3, timeout=30)

    def work(job: Job, run: Run) -> str:
        all_here.wait()
        return finish(job, run)

    assert run_stage(WORK, work, Run(clock=clock, threads=3), limit=3).rows == {"done": 3}


def test_thread_that_cannot_go_on_stops_the_others_and_is_heard_of(
    transactional_db: None, make_job: MakeJob, clock: VirtualClock
) -> None:
    for _ in range(9):
        make_job()
    faults.arm("claim.taken", "raise", after=2)
    with pytest.raises(InjectedFault):
        run_stage(WORK, finish, Run(clock=clock, threads=2), limit=9)
    assert Job.objects.filter(status="ready").exists()


@pytest.fixture
def draining() -> Iterator[Callable[[threading.Event], None]]:
    yield runner.drain_by
    runner._draining = None


def test_worker_stops_between_rows_when_its_cluster_drains(
    db: None, make_job: MakeJob, draining: Callable[[threading.Event], None]
) -> None:
    flag = threading.Event()
    draining(flag)
    make_job()
    assert worker_run().may_begin()
    flag.set()
    assert not worker_run().may_begin()
    assert run_stage(WORK, finish, worker_run(), limit=1).rows == {}


def test_result_counts_rows_by_what_became_of_them() -> None:
    result = StageResult("work", ended="the day is over")
    for word in ("done", "retried", "done"):
        result.count(word)
    assert (result.total, str(result)) == (3, "2 done, 1 retried (the day is over)")


def test_stage_knows_its_rows(db: None, make_job: MakeJob, clock: VirtualClock) -> None:
    waiting = make_job(next_attempt_at=clock.now().replace(year=2030))
    due = make_job()
    held = make_job(status="busy", claimed_by="somebody", claimed_at=clock.now())
    assert set(WORK.waiting(clock.now())) == {waiting, due}
    assert list(WORK.due(clock.now())) == [due]
    assert list(WORK.claimed()) == [held]
    assert (WORK.max_attempts, WORK.switch) == (4, "stage:generation")


def test_batches_take_no_more_than_the_limit(db: None, make_job: MakeJob, run: Run) -> None:
    for _ in range(6):
        make_job()
    sizes: list[int] = []

    def work(jobs: Sequence[Job], run: Run) -> Iterator[tuple[Job, str]]:
        sizes.append(len(jobs))
        yield from ((job, finish(job, run)) for job in jobs)

    assert run_batches(WORK, work, run, limit=5, at_once=3).rows == {"done": 5}
    assert sizes == [3, 2]


def test_what_ends_a_batch_ends_all_that_is_left_of_it(db: None, make_job: MakeJob, run: Run) -> None:
    for _ in range(4):
        make_job()

    def work(jobs: Sequence[Job], run: Run) -> Iterator[tuple[Job, str | Exception]]:
        yield jobs[0], finish(jobs[0], run)
        yield jobs[1], BadData("no name")
        raise Transient("the line is down")

    assert run_batches(WORK, work, run, limit=4, at_once=4).rows == {"done": 1, "failed": 1, "retried": 2}
    assert not Job.objects.exclude(claimed_by="").exists()
