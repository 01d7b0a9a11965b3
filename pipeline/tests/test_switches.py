"""Kill switches: what is paused does not begin, and what cannot be read counts as paused."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from pipeline import claims, effects, switches
from pipeline.clock import VirtualClock
from pipeline.errors import SwitchedOff
from pipeline.models import Effect, Switch
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.work import KINDS, WORK


def is_on(*scopes: str, clock: VirtualClock) -> bool:
    try:
        switches.check_on(*scopes, now=clock.now())
    except SwitchedOff:
        return False
    return True


def test_nothing_is_paused_at_first(db: None, clock: VirtualClock) -> None:
    assert is_on("source:lab", "stage:generation", clock=clock)
    assert switches.paused_names("source:", now=clock.now()) == []


def test_pause_covers_its_own_scope_only(db: None, clock: VirtualClock) -> None:
    switches.pause("source:lab", by="staff", why="a look round", now=clock.now())
    assert not is_on("source:lab", clock=clock)
    assert not is_on("stage:generation", "source:lab", clock=clock)
    assert is_on("source:other", clock=clock)
    assert is_on(clock=clock)


def test_everything_covers_every_scope(db: None, clock: VirtualClock) -> None:
    switches.pause("everything", by="staff", why="stop", now=clock.now())
    assert not is_on(clock=clock)
    assert not is_on("source:lab", clock=clock)


def test_refusal_says_who_paused_what_and_why(db: None, clock: VirtualClock) -> None:
    switches.pause("everything", by="Ada", why="a look round", now=clock.now(), until=clock.now())
    switches.pause(
        "everything", by="Ada", why="a look round", now=clock.now(), until=clock.now() + timedelta(hours=1)
    )
    with pytest.raises(
        SwitchedOff, match=r"\(everything\) by Ada: a look round, resumes 2026-03-02 10:00 UTC"
    ):
        switches.check_on(now=clock.now())


def test_pause_with_an_end_resumes_by_itself(db: None, clock: VirtualClock) -> None:
    switches.pause("source:lab", by="x", why="y", now=clock.now(), until=clock.now() + timedelta(minutes=5))
    clock.advance(minutes=4, seconds=59)
    assert switches.paused_names("source:", now=clock.now()) == ["lab"]
    clock.advance(seconds=1)
    assert is_on("source:lab", clock=clock)
    assert switches.paused_names("source:", now=clock.now()) == []


def test_pause_that_waits_for_a_person_is_never_shortened(db: None, clock: VirtualClock) -> None:
    switches.pause("source:lab", by="staff", why="no credit", now=clock.now())
    switches.pause(
        "source:lab", by="pipeline", why="slow", now=clock.now(), until=clock.now() + timedelta(minutes=1)
    )
    clock.advance(days=30)
    assert not is_on("source:lab", clock=clock)
    assert Switch.objects.get().why == "no credit"


def test_longer_pause_is_never_shortened_by_a_shorter_one(db: None, clock: VirtualClock) -> None:
    for minutes in (60, 1, 30):
        until = clock.now() + timedelta(minutes=minutes)
        switches.pause("source:lab", by="pipeline", why="slow", now=clock.now(), until=until)
    clock.advance(minutes=59)
    assert not is_on("source:lab", clock=clock)
    clock.advance(minutes=1)
    assert is_on("source:lab", clock=clock)


def test_resumed_switch_can_be_paused_again_for_any_time(db: None, clock: VirtualClock) -> None:
    switches.pause("source:lab", by="staff", why="no credit", now=clock.now())
    switches.resume("source:lab", by="staff", now=clock.now())
    assert is_on("source:lab", clock=clock)
    switches.pause(
        "source:lab", by="x", why="slow", now=clock.now(), until=clock.now() + timedelta(minutes=1)
    )
    assert not is_on("source:lab", clock=clock)
    clock.advance(minutes=1)
    assert is_on("source:lab", clock=clock)


def test_every_pause_and_resumption_is_kept_with_who_and_why(db: None, clock: VirtualClock) -> None:
    assert not switches.resume("source:lab", by="staff:ann", now=clock.now())
    assert switches.pause("source:lab", by="staff:ann", why="no credit", now=clock.now())
    hour = clock.now() + timedelta(hours=1)
    assert not switches.pause("source:lab", by="pipeline", why="slow", now=clock.now(), until=hour)
    clock.advance(minutes=1)
    assert switches.resume("source:lab", by="staff:ben", why="paid", now=clock.now())
    assert not switches.resume("source:lab", by="staff:ben", why="paid", now=clock.now())
    clock.advance(minutes=1)
    assert switches.pause("everything", by="staff:ann", why="slow", now=clock.now(), until=hour)
    assert [(scope, each.to_status, each.by, each.reason) for scope, each in switches.history(limit=9)] == [
        ("everything", "paused", "staff:ann", "slow (until 2026-03-02 10:00 UTC)"),
        ("source:lab", "on", "staff:ben", "paid"),
        ("source:lab", "paused", "staff:ann", "no credit (until a person resumes it)"),
    ]


@pytest.fixture
def no_switches(transactional_db: None) -> Iterator[None]:
    """A database whose table of switches cannot be read."""
    table = Switch._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table}_gone RENAME TO {table}")


def test_nothing_is_claimed_or_called_while_the_switches_cannot_be_read(
    make_job: MakeJob, clock: VirtualClock, no_switches: None
) -> None:
    make_job()
    with pytest.raises(SwitchedOff, match="cannot be read"):
        claims.claim(WORK, now=clock.now(), by="test")
    kind = KINDS["keyed"]
    effect = effects.plan(kind, "a key", subject="lab.job:1", request={}, now=clock.now())
    with pytest.raises(SwitchedOff, match="cannot be read"):
        effects.run(kind, effect, lambda effect: pytest.fail("it was called"), now=clock.now)
    assert Effect.objects.get().status == "planned"


def test_nothing_is_claimed_over_a_closed_connection(
    make_job: MakeJob, clock: VirtualClock, transactional_db: None
) -> None:
    make_job()
    if connection.vendor == "sqlite":
        pytest.skip("A file has no connection that another side could close")
    connection.connection.close()
    with pytest.raises(SwitchedOff, match="cannot be read"):
        claims.claim(WORK, now=clock.now(), by="test")
    connection.close()
