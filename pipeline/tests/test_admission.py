"""Admission: a due row whose turn has not come is put off in its claim, at no cost, and holds nobody up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q

from pipeline import budgets, claims
from pipeline.clock import VirtualClock
from pipeline.errors import BudgetSpent
from pipeline.models import Switch, TimelineEntry
from pipeline.stages import Stage, Wait
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def budget(settings: Any) -> None:
    settings.DAY_BUDGETS = {"jobs": 1}


def turned_away(name: str, *, ends_lane: bool = False) -> Stage:
    """A stage that puts off every job whose name begins with `name`."""

    def admit(jobs: Sequence[Job], now: datetime, most: int) -> list[Wait | None]:
        wait = Wait(now + LATER, "not yet", ends_lane)
        return up_to(most, [wait if job.name.startswith(name) else None for job in jobs])

    return replace(WORK, budget="jobs", admit=admit)


def up_to(most: int, answers: list[Wait | None]) -> list[Wait | None]:
    """End the answers with the last one that may be taken, or that ends the lane."""
    for number, wait in enumerate(answers, start=1):
        if (wait and wait.ends_lane) or answers[:number].count(None) == most:
            return answers[:number]
    return answers


def claimed(stage: Stage, clock: VirtualClock, pk: int | None = None) -> str | None:
    row = claims.claim(stage, now=clock.now(), by="test", pk=pk)
    return row.name if isinstance(row, Job) else None


def test_row_that_waits_costs_nothing_and_lets_the_next_go(make_job: MakeJob, clock: VirtualClock) -> None:
    early = make_job(name="wait")
    make_job(name="go")
    assert claimed(turned_away("wait"), clock) == "go"
    early.refresh_from_db()
    assert (early.status, early.attempts, early.claimed_by) == ("ready", 0, "")
    assert early.next_attempt_at == clock.now() + LATER
    assert not TimelineEntry.objects.filter(row_id=early.pk).exists()
    assert budgets.used_today("jobs", now=clock.now()) == 1


def test_claim_that_finds_only_waiting_rows_takes_none(make_job: MakeJob, clock: VirtualClock) -> None:
    for number in range(claims.MOST_LOOKS + 5):
        make_job(name=f"wait {number}")
    stage = turned_away("wait")
    assert claimed(stage, clock) is None
    assert stage.due(clock.now()).count() == 5  # so many are looked at in one claim, and no more
    assert claimed(stage, clock) is None
    assert stage.due(clock.now()).count() == 0


def test_wait_for_a_moment_that_has_passed_does_not_go_round_in_circles(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    job = make_job()
    stage = replace(WORK, admit=lambda rows, now, most: [Wait(now - LATER, "too late")] * len(rows))
    assert claimed(stage, clock) is None
    job.refresh_from_db()
    assert job.next_attempt_at > clock.now()


def test_spent_budget_undoes_what_the_admission_wrote(make_job: MakeJob, clock: VirtualClock) -> None:
    make_job()
    budgets.take("jobs", Decimal(1), now=clock.now())

    def admit(jobs: Sequence[Job], now: datetime, most: int) -> list[None]:
        Switch.objects.create(scope="written by the admission")
        return [None] * min(most, len(jobs))

    with pytest.raises(BudgetSpent):
        claimed(replace(WORK, budget="jobs", admit=admit), clock)
    assert not Switch.objects.exists()
    assert Job.objects.get().attempts == 0


def test_row_that_is_asked_for_by_its_id_must_be_admitted_too(make_job: MakeJob, clock: VirtualClock) -> None:
    job = make_job(name="wait")
    assert claimed(turned_away("wait"), clock, pk=job.pk) is None
    job.refresh_from_db()
    assert job.next_attempt_at == clock.now() + LATER


def test_lanes_are_claimed_from_in_their_order_and_nothing_else_is_read(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    make_job(name="closed", kind="park")
    make_job(name="second", kind="keyed")
    make_job(name="first", kind="ask")
    seen: list[str] = []

    def admit(jobs: Sequence[Job], now: datetime, most: int) -> list[None]:
        seen.extend(job.name for job in jobs[:most])
        return [None] * min(most, len(jobs))

    stage = replace(WORK, admit=admit, lanes=lambda now: (Q(kind="ask"), Q(kind="keyed")))
    assert [claimed(stage, clock) for _ in range(3)] == ["first", "second", None]
    assert seen == ["first", "second"]


def test_row_that_ends_its_lane_leaves_the_others_of_it_untouched(
    make_job: MakeJob, clock: VirtualClock
) -> None:
    make_job(name="wait 1", kind="ask")
    behind = make_job(name="wait 2", kind="ask")
    make_job(name="go", kind="keyed")
    stage = replace(turned_away("wait", ends_lane=True), lanes=lambda now: (Q(kind="ask"), Q(kind="keyed")))
    assert claimed(stage, clock) == "go"
    behind.refresh_from_db()
    assert behind.next_attempt_at == clock.now()
