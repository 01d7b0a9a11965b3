"""Claims: one worker a row, every attempt counted before the work, nothing overwritten by a late worker."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.models import Q

from pipeline import budgets, claims, switches
from pipeline.clock import VirtualClock
from pipeline.errors import (
    BadData,
    BudgetSpent,
    LostClaim,
    NotYet,
    SourcePaused,
    StageError,
    SwitchedOff,
    Transient,
    Uncertain,
)
from pipeline.models import ErrorKind, Incident, Switch, TimelineEntry
from pipeline.stages import Stage, Wait
from pipeline.states import IllegalTransition
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK
from pipeline.tests.owners import Worker

pytestmark = pytest.mark.django_db
PAID = replace(WORK, budget="jobs")


@pytest.fixture(autouse=True)
def budget(settings: Any) -> None:
    settings.DAY_BUDGETS = {"jobs": 2}


def take(clock: VirtualClock, **options: Any) -> Job | None:
    return claims.claim(options.pop("stage", WORK), now=clock.now(), by="test", **options)  # type: ignore[return-value]


def taken(clock: VirtualClock, **options: Any) -> Job:
    job = take(clock, **options)
    assert job is not None
    return job


def test_claim_counts_the_attempt_and_is_stored_before_any_work(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    make_job()
    job = taken(clock)
    stored = Job.objects.get()
    for row in (job, stored):
        assert (row.status, row.attempts, row.claimed_at) == ("busy", 1, clock.now())
        assert row.claimed_by == job.claimed_by != ""
        assert row.status_changed_at == clock.now()
    assert list(TimelineEntry.objects.values_list("from_status", "to_status", "reason")) == [
        ("ready", "busy", "Try 1")
    ]


def test_claim_inside_a_transaction_is_refused(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        take(clock)


def test_claim_takes_the_row_that_waits_longest(make_job: MakeJob, clock: VirtualClock) -> None:
    second = make_job(next_attempt_at=clock.now() - timedelta(minutes=1))
    first = make_job(next_attempt_at=clock.now() - timedelta(minutes=2))
    third = make_job(next_attempt_at=clock.now() - timedelta(minutes=1))
    assert [taken(clock).pk for _ in range(3)] == [first.pk, second.pk, third.pk]
    assert take(clock) is None


def test_claim_leaves_a_row_that_is_not_due(make_job: MakeJob, clock: VirtualClock) -> None:
    job = make_job(next_attempt_at=clock.now() + timedelta(seconds=1))
    assert take(clock) is None
    assert take(clock, pk=job.pk) is None
    clock.advance(seconds=1)
    assert taken(clock, pk=job.pk).pk == job.pk


def test_claim_of_one_row_leaves_the_others(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()
    wanted = make_job()
    assert taken(clock, pk=wanted.pk).pk == wanted.pk
    assert take(clock, pk=wanted.pk) is None
    assert Job.objects.filter(status="ready").count() == 1


def test_claim_leaves_what_the_stage_excludes(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job(kind="park")
    keyed = make_job(kind="keyed")
    assert taken(clock, stage=replace(WORK, where=lambda now: ~Q(kind="park"))).pk == keyed.pk


def test_claim_that_the_table_does_not_know_is_refused(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job(status="held")
    with pytest.raises(IllegalTransition):
        take(clock, stage=replace(WORK, ready="held", busy="busy"))
    assert Job.objects.get().claimed_by == ""


@pytest.mark.parametrize("scope", ["everything", "stage:generation"])
def test_claim_is_refused_while_its_switch_is_off(make_job: MakeJob, clock: VirtualClock, scope: str) -> None:
    make_job()
    switches.pause(scope, by="staff", why="a look round", now=clock.now())
    with pytest.raises(SwitchedOff, match="a look round"):
        take(clock)
    switches.resume(scope, by="staff", now=clock.now())
    assert taken(clock).attempts == 1


def test_claim_over_the_day_budget_is_refused_and_takes_nothing(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    for _ in range(3):
        make_job()
    taken(clock, stage=PAID)
    taken(clock, stage=PAID)
    with pytest.raises(BudgetSpent, match="2 jobs"):
        take(clock, stage=PAID)
    assert Job.objects.filter(status="busy").count() == 2
    assert TimelineEntry.objects.count() == 2
    clock.advance(days=1)
    assert taken(clock, stage=PAID).attempts == 1


def test_claim_of_nothing_uses_no_budget(clock: VirtualClock) -> None:
    assert take(clock, stage=PAID) is None
    assert budgets.used_today("jobs", now=clock.now()) == 0


def test_finish_frees_the_row_for_the_next_stage(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job(reopened_count=2, error_kind="transient", last_error="before")
    job = taken(clock)
    claims.finish(WORK, job, Job.Status.DONE, now=clock.now(), by="test", result="fine")
    stored = Job.objects.get()
    assert (stored.status, stored.result, stored.attempts) == ("done", "fine", 0)
    assert (stored.claimed_by, stored.claimed_at) == ("", None)
    assert (stored.error_kind, stored.last_error, stored.reopened_count) == ("", "", 0)


def test_finish_along_no_transition_is_refused(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()
    switch_free = replace(WORK, busy="ready")
    job = taken(clock, stage=switch_free)
    with pytest.raises(IllegalTransition):
        claims.finish(switch_free, job, Job.Status.HELD, now=clock.now(), by="test")


def test_finish_after_losing_the_claim_overwrites_nothing(
    make_job: MakeJob, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    make_job()
    slow, quick = hire(), hire()
    with slow.at_work():
        held_by_slow = taken(clock)
    slow.die()
    clock.advance(minutes=2)
    assert claims.free_dead(WORK, now=clock.now(), by="cleanup") == 1
    with quick.at_work():
        held_by_quick = taken(clock)
    with slow.at_work(), pytest.raises(LostClaim):
        claims.finish(WORK, held_by_slow, Job.Status.DONE, now=clock.now(), by="slow", result="stale")
    with slow.at_work(), pytest.raises(LostClaim):
        claims.fail(WORK, held_by_slow, BadData("stale"), now=clock.now(), by="slow")
    claims.finish(WORK, held_by_quick, Job.Status.DONE, now=clock.now(), by="quick", result="fresh")
    assert Job.objects.get().result == "fresh"


def test_same_worker_cannot_finish_an_earlier_claim_of_its_own(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    make_job()
    first = taken(clock)
    claims.fail(WORK, Job.objects.get(), Transient("again"), now=clock.now(), by="test")
    clock.advance(minutes=5)
    taken(clock)
    with pytest.raises(LostClaim):
        claims.finish(WORK, first, Job.Status.DONE, now=clock.now(), by="test")


def test_transient_failure_is_tried_exactly_so_often_and_so_far_apart(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    make_job()
    begun = clock.now()
    tried_at = []
    while Job.objects.get().status == "ready":
        if job := take(clock):
            tried_at.append(clock.now() - begun)
            claims.fail(WORK, job, Transient("no luck"), now=clock.now(), by="test")
        clock.advance(seconds=10)
    assert tried_at == [timedelta(minutes=5 * tries) for tries in range(4)]  # the first try and 3 retries
    job = Job.objects.get()
    assert (job.status, job.error_kind, job.last_error, job.attempts) == ("failed", "transient", "no luck", 4)


def test_transient_failure_waits_as_long_as_the_other_side_asks_but_never_shorter(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    for asked, waited in ((600.0, 600), (1.0, 300), (-5.0, 300), (float("nan"), 300), (1e300, 7 * 86_400)):
        job = make_job()
        held = taken(clock, pk=job.pk)
        outcome = claims.fail(WORK, held, Transient("busy", retry_after=asked), now=clock.now(), by="test")
        assert outcome == "retried"
        job.refresh_from_db()
        assert job.next_attempt_at - clock.now() == timedelta(seconds=waited), asked


class Slow(Transient):
    """An adapter's own kind of transient failure."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Slow("slow"), ErrorKind.TRANSIENT),
        (OperationalError("server closed the connection"), ErrorKind.TRANSIENT),
        (BadData("no name"), ErrorKind.BAD_DATA),
        (StageError("never seen"), ErrorKind.BUG),
        (ZeroDivisionError("oops"), ErrorKind.BUG),
    ],
    ids=lambda value: type(value).__name__,
)
def test_failure_for_good_says_why(
    make_job: MakeJob, clock: VirtualClock, error: Exception, kind: ErrorKind
) -> None:
    make_job(attempts=WORK.retries)
    job = taken(clock)
    assert claims.fail(WORK, job, error, now=clock.now(), by="test") == "failed"
    stored = Job.objects.get()
    assert (stored.status, stored.error_kind) == ("failed", kind)
    assert str(error) in stored.last_error
    assert Incident.objects.filter(kind="bug", severity="critical").exists() is (kind == ErrorKind.BUG)


def test_bad_data_and_bugs_are_not_tried_again(make_job: MakeJob, clock: VirtualClock) -> None:
    for error in (BadData("no name"), ZeroDivisionError("oops")):
        job = make_job()
        assert claims.fail(WORK, taken(clock, pk=job.pk), error, now=clock.now(), by="test") == "failed"
    clock.advance(days=2)
    assert claims.reopen(WORK, now=clock.now(), by="test", limit=10) == 0


def test_failure_with_an_unstorable_text_still_ends_the_claim(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()
    claims.fail(WORK, taken(clock), KeyError("a\x00b\udfff" + "c" * 900), now=clock.now(), by="test")
    job = Job.objects.get()
    assert job.status == "failed"
    assert len(job.last_error) == 500
    assert "\x00" not in job.last_error + Incident.objects.get().detail


def test_uncertain_effect_holds_the_row_for_a_person(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()
    assert claims.fail(WORK, taken(clock), Uncertain("who knows"), now=clock.now(), by="test") == "uncertain"
    job = Job.objects.get()
    assert (job.status, job.error_kind, job.claimed_by) == ("held", "uncertain", "")


def test_uncertain_effect_fails_the_row_where_the_stage_has_no_such_state(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    make_job()
    stage = replace(WORK, uncertain="")
    assert claims.fail(stage, taken(clock), Uncertain("who knows"), now=clock.now(), by="test") == "failed"
    assert Job.objects.get().error_kind == "uncertain"


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (SwitchedOff("off"), 60),
        (BudgetSpent("spent"), 60),
        (NotYet("somebody else is at it"), 60),
        (NotYet("soon", retry_after=7.5), 7.5),
        (SourcePaused("lab", "no credit"), 60),
        (SourcePaused("lab", "slow down", retry_after=900.0), 900),
    ],
    ids=str,
)
def test_row_is_handed_back_without_burning_an_attempt_or_budget(
    make_job: MakeJob, clock: VirtualClock, error: Exception, pause: float
) -> None:
    make_job()
    job = taken(clock, stage=PAID)
    assert budgets.used_today("jobs", now=clock.now()) == 1
    assert claims.fail(PAID, job, error, now=clock.now(), by="test") == "returned"
    stored = Job.objects.get()
    assert (stored.status, stored.attempts, stored.claimed_by) == ("ready", 0, "")
    assert stored.next_attempt_at - clock.now() == timedelta(seconds=pause)  # the others go first
    assert budgets.used_today("jobs", now=clock.now()) == 0


def test_hand_back_after_losing_the_claim_returns_no_budget(
    make_job: MakeJob, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    make_job()
    worker = hire()
    with worker.at_work():
        job = taken(clock, stage=PAID)
    worker.die()
    clock.advance(minutes=2)
    claims.free_dead(PAID, now=clock.now(), by="cleanup")
    with pytest.raises(LostClaim):
        claims.hand_back(PAID, job, now=clock.now(), by="late", reason="off")
    assert budgets.used_today("jobs", now=clock.now()) == Decimal(1)


def test_source_that_is_out_of_credit_stops_until_a_person_resumes_it(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    make_job()
    claims.fail(WORK, taken(clock), SourcePaused("lab", "no credit"), now=clock.now(), by="test")
    with pytest.raises(SwitchedOff, match="no credit"):
        switches.check_on("source:lab", now=clock.now() + timedelta(days=365))
    incident = Incident.objects.get()
    assert (incident.kind, incident.key) == ("source_paused", "lab")
    assert switches.paused_names("source:", now=clock.now()) == ["lab"]


def test_source_that_asks_for_patience_resumes_by_itself(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()
    error = SourcePaused("lab", "slow down", retry_after=90)
    claims.fail(WORK, taken(clock), error, now=clock.now(), by="test")
    assert Switch.objects.get().until == clock.now() + timedelta(seconds=90)
    assert not Incident.objects.exists()


def some(clock: VirtualClock, stage: Stage = WORK, limit: int = 3) -> list[str]:
    rows = claims.claim_some(stage, now=clock.now(), by="test", limit=limit)
    return [row.name for row in rows if isinstance(row, Job)]


def test_rows_are_taken_together_in_their_order(make_job: MakeJob, clock: VirtualClock) -> None:
    for number in range(4):
        make_job(name=str(number))
    assert some(clock) == ["0", "1", "2"]
    taken = Job.objects.filter(status="busy")
    assert {(job.attempts, job.claimed_at) for job in taken} == {(1, clock.now())}
    assert TimelineEntry.objects.filter(to_status="busy", reason="Try 1").count() == 3
    assert some(clock) == ["3"]
    assert some(clock) == []


def test_row_that_was_tried_before_is_taken_alone(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job(name="fresh 1")
    make_job(name="tried", attempts=1)
    make_job(name="fresh 2")
    assert [some(clock) for _ in range(3)] == [["fresh 1"], ["tried"], ["fresh 2"]]
    assert Job.objects.get(name="tried").attempts == 2


def test_last_of_a_budget_is_taken_to_its_end(make_job: MakeJob, clock: VirtualClock, settings: Any) -> None:
    settings.DAY_BUDGETS = {"jobs": 4}
    stage = replace(WORK, budget="jobs")
    for number in range(6):
        make_job(name=str(number))
    assert [some(clock, stage) for _ in range(2)] == [["0", "1", "2"], ["3"]]
    with pytest.raises(BudgetSpent):
        some(clock, stage)
    assert Job.objects.filter(status="ready", attempts=0).count() == 2


def test_rows_that_wait_are_put_off_and_the_others_go_together(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    for name in ("go 1", "wait", "go 2"):
        make_job(name=name)

    def admit(jobs: Sequence[Job], now: datetime, most: int) -> list[Wait | None]:
        return [Wait(now + timedelta(hours=1), "not yet") if job.name == "wait" else None for job in jobs]

    assert some(clock, replace(WORK, admit=admit)) == ["go 1", "go 2"]
    assert Job.objects.get(name="wait").next_attempt_at == clock.now() + timedelta(hours=1)


def test_wait_that_ends_the_lane_leaves_the_rows_after_it(make_job: MakeJob, clock: VirtualClock) -> None:
    for name in ("go", "wait", "behind"):
        make_job(name=name)

    def admit(jobs: Sequence[Job], now: datetime, most: int) -> list[Wait | None]:
        return [None, Wait(now + timedelta(hours=1), "closed", ends_lane=True)][: len(jobs)]

    assert some(clock, replace(WORK, admit=admit)) == ["go"]
    behind = Job.objects.get(name="behind")
    assert (behind.status, behind.next_attempt_at) == ("ready", clock.now())


def test_only_rows_that_are_still_held_are_finished_together(make_job: MakeJob, clock: VirtualClock) -> None:
    for _ in range(3):
        make_job()
    rows = claims.claim_some(WORK, now=clock.now(), by="test", limit=3)
    Job.objects.filter(pk=rows[0].pk).update(claimed_by="somebody else")
    held = claims.finish_all(WORK, rows, Job.Status.DONE, now=clock.now(), by="test", result="fine")
    assert held == {rows[1].pk, rows[2].pk}
    assert set(Job.objects.filter(status="done").values_list("attempts", "claimed_by", "result")) == {
        (0, "", "fine")
    }
    assert TimelineEntry.objects.filter(to_status="done").count() == 2
