"""The inbox: stored once, answered after the commit, applied once in effect."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError

from pipeline import inbox
from pipeline.clock import VirtualClock
from pipeline.errors import BadData, Transient
from pipeline.inbox import apply_events, store
from pipeline.models import InboundEvent, Incident
from pipeline.runner import Run
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job
from pipeline.tests.processes import race


@pytest.fixture
def handle(db: None) -> Iterator[Callable[[inbox.Handler], None]]:
    """Return a function that registers a handler for the source "lab" for the length of the test."""
    yield lambda handler: inbox._handlers.update(lab=handler)
    inbox._handlers.pop("lab", None)


def put(clock: VirtualClock, external_id: str = "evt_1", body: str = "{}") -> bool:
    return store("lab", external_id, body=body, headers={"Signature": "good"}, now=clock.now())


def test_event_is_stored_as_it_came(db: None, clock: VirtualClock) -> None:
    assert put(clock, body='{"paid": true}') is True
    event = InboundEvent.objects.get()
    assert (event.source, event.external_id, event.body) == ("lab", "evt_1", '{"paid": true}')
    assert (event.status, event.headers, event.received_at) == (
        "received",
        {"Signature": "good"},
        clock.now(),
    )


def test_repeated_event_is_one_event(db: None, clock: VirtualClock) -> None:
    assert [put(clock) for _ in range(3)] == [True, False, False]
    assert store("other", "evt_1", body="{}", headers={}, now=clock.now()) is True
    assert InboundEvent.objects.count() == 2


def test_event_that_cannot_be_stored_is_not_taken_for_a_known_one(db: None, clock: VirtualClock) -> None:
    with pytest.raises(IntegrityError):
        store("lab", "evt_1", body="{}", headers=None, now=clock.now())  # type: ignore[arg-type]


def test_event_with_characters_that_no_database_takes_is_stored(db: None, clock: VirtualClock) -> None:
    assert put(clock, body='{"name": "a\x00b"}') is True
    assert InboundEvent.objects.get().body == '{"name": "a\\x00b"}'


def test_of_many_deliveries_at_once_one_is_new(forking: None, clock: VirtualClock) -> None:
    assert sorted(race([lambda: put(clock)] * 4)) == ["False", "False", "False", "True"]


def test_event_is_applied_with_what_its_handler_wrote(
    handle: Callable[[inbox.Handler], None], clock: VirtualClock, run: Run
) -> None:
    def make_job(event: InboundEvent, run: Run) -> None:
        Job.objects.create(name=event.external_id)

    handle(make_job)
    put(clock)
    assert apply_events(run, limit=5).rows == {"done": 1}
    assert apply_events(run, limit=5).rows == {}
    assert InboundEvent.objects.get().status == "applied"
    assert Job.objects.get().name == "evt_1"


def test_events_are_applied_oldest_first(
    handle: Callable[[inbox.Handler], None], clock: VirtualClock, run: Run
) -> None:
    seen: list[str] = []
    handle(lambda event, run: seen.append(event.external_id))
    for name in ("b", "a", "c"):
        put(clock, name)
        clock.advance(seconds=1)
    apply_events(run, limit=2)
    assert seen == ["b", "a"]


def test_failing_handler_leaves_nothing_behind_and_is_tried_again(
    handle: Callable[[inbox.Handler], None], clock: VirtualClock, run: Run
) -> None:
    outcomes = iter([Transient("not now"), Transient("not now"), None])

    def handler(event: InboundEvent, run: Run) -> None:
        Job.objects.create(name=event.external_id)
        if error := next(outcomes):
            raise error

    handle(handler)
    put(clock)
    for expected in ("retried", "retried", "done"):
        assert apply_events(run, limit=5).rows == {expected: 1}
        assert Job.objects.count() == (expected == "done")
        clock.advance(minutes=1)
    assert InboundEvent.objects.get().status == "applied"


@pytest.mark.parametrize("error", [BadData("no such order"), KeyError("amount")])
def test_event_that_cannot_be_applied_waits_as_failed_for_a_person(
    handle: Callable[[inbox.Handler], None], clock: VirtualClock, run: Run, error: Exception
) -> None:
    def handler(event: InboundEvent, run: Run) -> None:
        raise error

    handle(handler)
    put(clock)
    assert apply_events(run, limit=5).rows == {"failed": 1}
    clock.advance(days=1)
    assert apply_events(run, limit=5).rows == {}
    assert InboundEvent.objects.get().status == "failed"
    assert Incident.objects.exists() is isinstance(error, KeyError)


def test_event_that_nobody_handles_fails_with_its_reason(db: None, clock: VirtualClock, run: Run) -> None:
    put(clock)
    apply_events(run, limit=5)
    assert "Nothing here applies events of lab" in InboundEvent.objects.get().last_error


def test_handler_that_lost_its_claim_applies_nothing(
    handle: Callable[[inbox.Handler], None], clock: VirtualClock, run: Run, make_job: MakeJob
) -> None:
    def handler(event: InboundEvent, run: Run) -> None:
        make_job()
        InboundEvent.objects.update(attempts=9)  # as if another worker had taken it meanwhile

    handle(handler)
    put(clock)
    apply_events(run, limit=1)
    assert not Job.objects.exists()


def test_handler_is_registered_by_its_source() -> None:
    try:

        @inbox.handles("another")
        def handler(event: InboundEvent, run: Run) -> None: ...

        assert inbox._handlers["another"] is handler
    finally:
        inbox._handlers.pop("another")


def test_apply_tries_five_times_more() -> None:
    assert inbox.APPLY.max_attempts == 6
    assert inbox.APPLY.retry_delay == timedelta(minutes=1)
