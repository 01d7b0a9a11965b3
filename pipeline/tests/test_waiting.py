"""Rows that wait for strangers: many at once, the slow ones aside, and none of them with a database connection."""

import threading
from typing import Any

import pytest
from django.db import connections

from pipeline import claims, faults
from pipeline.clock import VirtualClock
from pipeline.errors import Transient
from pipeline.faults import InjectedFault
from pipeline.runner import Run
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK
from pipeline.waiting import MOST_SLOW, PATIENCE, Steps, run_waiting_stage

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST = 30  # seconds that a test would wait before it fails


def finish(job: Job, run: Run, word: str = "done") -> str:
    claims.finish(WORK, job, "done", now=run.now(), by=run.by)
    return word


@pytest.mark.parametrize("threads", [1, 3])
def test_work_goes_on_with_the_answer_of_each_wait(
    make_job: MakeJob, clock: VirtualClock, threads: int
) -> None:
    for _ in range(5):
        make_job()

    def work(job: Job, run: Run) -> Steps:
        first = yield lambda: "first"
        second = yield lambda: f"{first} second"
        return finish(job, run, second)

    result = run_waiting_stage(WORK, work, Run(clock=clock, threads=threads), limit=4, at_once=2)
    assert result.rows == {"first second": 4}
    assert Job.objects.filter(status="ready", claimed_by="").count() == 1


@pytest.mark.parametrize("threads", [1, 3])
def test_what_a_wait_raises_settles_its_row_unless_the_work_does(
    make_job: MakeJob, clock: VirtualClock, threads: int
) -> None:
    for name in ("caught", "left"):
        make_job(name=name)

    def fail() -> None:
        raise Transient("not now")

    def work(job: Job, run: Run) -> Steps:
        try:
            yield fail
        except Transient:
            if job.name == "left":
                raise
        return finish(job, run)

    result = run_waiting_stage(WORK, work, Run(clock=clock, threads=threads), limit=9, at_once=2)
    assert result.rows == {"done": 1, "retried": 1}
    assert Job.objects.get(name="left").last_error == "not now"


def test_row_that_waits_holds_no_database_connection(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()

    def work(job: Job, run: Run) -> Steps:
        is_connected = yield lambda: connections["default"].connection is not None
        return finish(job, run, f"connected: {is_connected}")

    result = run_waiting_stage(WORK, work, Run(clock=clock, threads=2), limit=1, at_once=2)
    assert result.rows == {"connected: False": 1}


def test_slow_rows_take_nobodys_place(make_job: MakeJob, clock: VirtualClock) -> None:
    """Twice as many hang as may be in hand, and all the others are done before one of them is."""
    for number in range(4):
        make_job(name=f"hangs {number}")
    for number in range(6):
        make_job(name=f"quick {number}")
    others_done = threading.Event()
    order: list[str] = []

    def hang() -> bool:
        clock.advance(seconds=PATIENCE)
        return others_done.wait(LONGEST)

    def work(job: Job, run: Run) -> Steps:
        is_in_time = yield hang if job.name.startswith("hangs") else lambda: True
        return finish(job, run, job.name if is_in_time else "waited in vain")

    def watch(stage: str, row: str, word: str) -> None:
        order.append(word)
        if sum(each.startswith("quick") for each in order) == 6:
            others_done.set()

    run = Run(clock=clock, threads=2, on_row=watch)
    run_waiting_stage(WORK, work, run, limit=10, at_once=2)
    assert {word[:5] for word in order[:6]} == {"quick"}
    assert sorted(order[6:]) == [f"hangs {number}" for number in range(4)]


def test_slow_rows_are_bounded_and_seen_by_the_supervisor(make_job: MakeJob, clock: VirtualClock) -> None:
    for _ in range(3 * MOST_SLOW):
        make_job()
    most_are_here = threading.Event()
    seen: list[int] = []

    def hang() -> bool:
        clock.advance(seconds=PATIENCE)
        seen.append(len(run.in_hand))
        if len(seen) == MOST_SLOW:
            most_are_here.set()
        return most_are_here.wait(LONGEST)

    def work(job: Job, run: Run) -> Steps:
        is_in_time = yield hang
        return finish(job, run, str(is_in_time))

    run = Run(clock=clock, threads=2)
    assert run_waiting_stage(WORK, work, run, limit=99, at_once=1).rows == {"True": 3 * MOST_SLOW}
    assert max(seen) == MOST_SLOW
    assert run.in_hand == {}


def test_stop_lets_the_rows_in_hand_end_and_begins_no_other(make_job: MakeJob, clock: VirtualClock) -> None:
    for _ in range(9):
        make_job()
    run = Run(clock=clock, threads=2)
    both_here = threading.Barrier(2, action=run.stop.set, timeout=LONGEST)  # type: ignore[attr-defined]

    def work(job: Job, run: Run) -> Steps:
        yield both_here.wait
        return finish(job, run)

    assert run_waiting_stage(WORK, work, run, limit=9, at_once=2).rows == {"done": 2}
    assert Job.objects.filter(status="ready", claimed_by="").count() == 7


def test_thread_that_cannot_go_on_stops_the_others_and_is_heard_of(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    for _ in range(9):
        make_job()

    def work(job: Job, run: Run) -> Steps:
        yield lambda: None
        return finish(job, run)

    faults.arm("claim.taken", "raise", after=2)
    run: Any = Run(clock=clock, threads=2)
    with pytest.raises(InjectedFault):
        run_waiting_stage(WORK, work, run, limit=9, at_once=1)
    assert Job.objects.filter(status="ready").exists()
    assert run.in_hand == {}
