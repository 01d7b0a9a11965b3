"""Dead letters: counted until a person decides, and again only when they fail anew."""

from typing import Any

import pytest

from pipeline import dead_letters, states
from pipeline.clock import VirtualClock
from pipeline.errors import BadData
from pipeline.models import TimelineEntry
from pipeline.states import StaleState
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.processes import race

pytestmark = pytest.mark.django_db
GAVE_UP: dict[str, Any] = {"status": "failed", "error_kind": "bad_data", "last_error": "It has no name"}


def put_aside(job: Job, clock: VirtualClock, by: str = "staff:ann") -> None:
    dead_letters.set_aside(job, by=by, why="closed for good", now=clock.now())


def test_only_what_no_retry_takes_up_is_a_dead_letter(make_job: MakeJob) -> None:
    dead = make_job(**GAVE_UP)
    worn_out = make_job(status="failed", error_kind="transient", reopened_count=3)
    make_job(status="failed", error_kind="transient", reopened_count=2)
    make_job(status="held")
    assert set(dead_letters.gave_up(Job)) == {dead, worn_out}


def test_one_that_is_set_aside_rests_with_its_reason(make_job: MakeJob, clock: VirtualClock) -> None:
    job, other = make_job(**GAVE_UP), make_job(**GAVE_UP)
    put_aside(job, clock)
    assert list(dead_letters.gave_up(Job)) == [other]
    entry = TimelineEntry.objects.get()
    assert (entry.row_id, entry.to_status, entry.by, entry.reason) == (
        job.pk,
        "set_aside",
        "staff:ann",
        "closed for good",
    )
    job.refresh_from_db()
    assert job.status == "failed"


def test_one_that_fails_anew_counts_again(make_job: MakeJob, clock: VirtualClock) -> None:
    job = make_job(**GAVE_UP)
    clock.advance(hours=1)
    put_aside(job, clock)
    clock.advance(hours=1)
    states.move(job, "ready", now=clock.now(), by="staff:ann")
    assert not dead_letters.gave_up(Job).exists()
    states.move(job, "failed", now=clock.now(), by="worker", error_kind="bad_data")
    assert list(dead_letters.gave_up(Job)) == [job]
    put_aside(job, clock)
    assert not dead_letters.gave_up(Job).exists()


def test_only_a_dead_letter_is_set_aside_and_once(make_job: MakeJob, clock: VirtualClock) -> None:
    job = make_job(**GAVE_UP)
    put_aside(job, clock)
    with pytest.raises(BadData, match="already"):
        put_aside(job, clock)
    for fields in ({"status": "ready"}, {"status": "failed", "error_kind": "transient"}):
        with pytest.raises(BadData, match="did not give up"):
            put_aside(make_job(**fields), clock)
    moved = make_job(**GAVE_UP)
    states.move(Job.objects.get(pk=moved.pk), "ready", now=clock.now(), by="staff:ben")
    with pytest.raises(StaleState):
        put_aside(moved, clock)
    assert TimelineEntry.objects.filter(to_status="set_aside").count() == 1


def test_causes_are_counted_the_most_frequent_first(make_job: MakeJob) -> None:
    make_job(**GAVE_UP | {"last_error": "It has no address"})
    for _ in range(2):
        make_job(**GAVE_UP)
    found = dead_letters.causes(Job, limit=100)
    assert [(cause["error"], cause["count"]) for cause in found] == [
        ("It has no name", 2),
        ("It has no address", 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_sets_it_aside(
    forking: None, make_job: MakeJob, clock: VirtualClock
) -> None:
    pk = make_job(**GAVE_UP).pk

    def press() -> str:
        try:
            put_aside(Job.objects.get(pk=pk), clock)
        except BadData:
            return "0"
        return "1"

    assert sorted(race([press, press])) == ["0", "1"]
    assert TimelineEntry.objects.count() == 1
