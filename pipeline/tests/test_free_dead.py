"""Freeing what dead workers hold, and giving failed rows another round."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from pipeline import claims
from pipeline.clock import VirtualClock
from pipeline.errors import Transient
from pipeline.models import ErrorKind, TimelineEntry
from pipeline.stages import Stage
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK
from pipeline.tests.owners import Worker

pytestmark = pytest.mark.django_db
ELSEWHERE = "another-host:1:abcd"


def free(clock: VirtualClock, stage: Stage = WORK) -> int:
    return claims.free_dead(stage, now=clock.now(), by="cleanup")


@pytest.fixture
def claimed_by(make_job: MakeJob, clock: VirtualClock, hire: Callable[[], Worker]) -> Worker:
    """A worker that holds the only job."""
    make_job()
    worker = hire()
    with worker.at_work():
        assert claims.claim(WORK, now=clock.now(), by="test") is not None
    return worker


@pytest.fixture
def nothing_is_known() -> None:
    """Of an owner on another host SQLite can know nothing."""
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL always knows whether an owner is alive")


def test_row_of_a_living_worker_is_never_taken_over(claimed_by: Worker, clock: VirtualClock) -> None:
    clock.advance(days=30)
    assert free(clock) == 0
    assert Job.objects.get().claimed_by == claimed_by.name


def test_row_of_a_dead_worker_is_free_after_a_minute(claimed_by: Worker, clock: VirtualClock) -> None:
    claimed_by.die()
    clock.advance(seconds=59)
    assert free(clock) == 0
    clock.advance(seconds=1)
    assert free(clock) == 1
    job = Job.objects.get()
    assert (job.status, job.claimed_by, job.attempts) == ("ready", "", 1)
    assert job.next_attempt_at == clock.now()
    assert "Its worker died" in TimelineEntry.objects.latest("pk").reason


def test_row_of_an_unknown_worker_is_free_after_the_lease_only(
    make_job: MakeJob, clock: VirtualClock, nothing_is_known: None
) -> None:
    make_job(status="busy", claimed_by=ELSEWHERE, claimed_at=clock.now(), attempts=1)
    clock.advance(hours=1, minutes=59)
    assert free(clock) == 0
    clock.advance(minutes=2)
    assert free(clock) == 1
    job = Job.objects.get()
    assert (job.status, job.error_kind) == ("ready", ErrorKind.STUCK)
    assert "not heard of again" in job.last_error


def test_stuck_row_becomes_what_its_stage_says(
    make_job: MakeJob, clock: VirtualClock, nothing_is_known: None
) -> None:
    make_job(status="busy", claimed_by=ELSEWHERE, claimed_at=clock.now(), attempts=1)
    clock.advance(hours=3)
    assert free(clock, replace(WORK, stuck=lambda row: Job.Status.HELD)) == 1
    assert Job.objects.get().status == "held"


def test_row_that_kills_every_worker_stops_when_its_attempts_are_used_up(
    make_job: MakeJob, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    make_job()
    for tries in range(1, WORK.max_attempts + 1):
        worker = hire()
        with worker.at_work():
            job = claims.claim(WORK, now=clock.now(), by="test")
        assert job is not None
        assert job.attempts == tries
        worker.die()
        clock.advance(minutes=1)
        assert free(clock) == 1
    job = Job.objects.get()
    assert (job.status, job.error_kind) == ("failed", "transient")
    assert "4 times in a row" in job.last_error


def test_stuck_row_stops_too_when_its_attempts_are_used_up(claimed_by: Worker, clock: VirtualClock) -> None:
    Job.objects.update(attempts=WORK.max_attempts)
    claimed_by.die()
    clock.advance(hours=3)
    assert free(clock) == 1
    job = Job.objects.get()
    assert (job.status, job.error_kind) == ("failed", ErrorKind.STUCK)


def test_row_without_a_state_of_its_own_for_work_is_freed_too(
    make_job: MakeJob, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    stage = replace(WORK, busy="ready")
    make_job()
    worker = hire()
    with worker.at_work():
        claims.claim(stage, now=clock.now(), by="test")
    assert claims.claim(stage, now=clock.now(), by="test") is None
    worker.die()
    clock.advance(minutes=1)
    assert free(clock, stage) == 1
    assert claims.claim(stage, now=clock.now(), by="test") is not None


def test_reopen_takes_the_oldest_first_and_only_passing_causes(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    def failed(days_ago: int, kind: str) -> Job:
        return make_job(
            status="failed",
            error_kind=kind,
            attempts=4,
            status_changed_at=clock.now() - timedelta(days=days_ago),
        )

    young, oldest, stuck = failed(2, "transient"), failed(9, "transient"), failed(5, "stuck")
    for kind in ("bug", "bad_data", "uncertain"):
        failed(30, kind)
    assert claims.reopen(WORK, now=clock.now(), by="test", limit=2) == 2
    assert set(Job.objects.filter(status="ready").values_list("pk", flat=True)) == {oldest.pk, stuck.pk}
    assert claims.reopen(WORK, now=clock.now(), by="test", limit=9) == 1
    young.refresh_from_db()
    assert (young.status, young.attempts, young.reopened_count) == ("ready", 0, 1)


def test_reopen_happens_once_a_day_and_three_times(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job(status="failed", error_kind="transient")
    begun = clock.now()
    reopened_at = []
    for _ in range(24 * 10):
        clock.advance(hours=1)
        if claims.reopen(WORK, now=clock.now(), by="test", limit=5):
            reopened_at.append(clock.now() - begun)
            Job.objects.update(attempts=WORK.retries)
            job = claims.claim(WORK, now=clock.now(), by="test")
            assert job is not None
            claims.fail(WORK, job, Transient("still not"), now=clock.now(), by="test")
    assert reopened_at == [timedelta(days=day) for day in (1, 2, 3)]
    assert Job.objects.get().status == "failed"  # a dead letter: a person decides
