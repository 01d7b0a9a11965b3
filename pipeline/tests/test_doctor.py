"""The doctor: each invariant is broken on purpose and must be reported, and nothing else with it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from pipeline import budgets, doctor, slots
from pipeline.clock import SYSTEM_CLOCK, VirtualClock
from pipeline.doctor import Finding, examine, invariant, invariant_names
from pipeline.models import Budget, Effect, ScheduleSlot
from pipeline.tests.conftest import MakeJob
from pipeline.tests.owners import Worker

pytestmark = pytest.mark.django_db
Break = Callable[[VirtualClock, MakeJob, Worker], None]


def effect(clock: VirtualClock, **fields: Any) -> Effect:
    values = {"kind": "lab", "key": "a key", "subject": "lab.job:1", "planned_at": clock.now()}
    return Effect.objects.create(**(values | fields))


def done_without_a_call(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    effect(clock, status="done", settled_at=clock.now(), calls=0)


def dead_call(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    begun = clock.now() - timedelta(minutes=5)
    effect(clock, status="calling", owner=dead.name, called_at=begun, calls=1)


def dead_claim(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    make_job(status="busy", claimed_by=dead.name, claimed_at=clock.now() - timedelta(minutes=5))


def overdrawn(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    Budget.objects.create(name="mails", day=budgets.budget_day(clock.now()), limit=5, used=6)


def reserved_for_nothing(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    Budget.objects.create(name="usd", day=budgets.budget_day(clock.now()), limit=5, reserved=1)


def reserved_for_nothing_long_ago(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    day = budgets.budget_day(clock.now()) - timedelta(days=30)
    Budget.objects.create(name="usd", day=day, limit=5, reserved=1)


def call_without_a_reservation(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    Budget.objects.create(name="usd", day=budgets.budget_day(clock.now()), limit=5)
    living = clock.now() - timedelta(seconds=1)
    effect(clock, status="calling", owner="x", called_at=living, calls=1, budget="usd", reserved=Decimal(1))


def dearer_than_thought(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    effect(clock, status="done", settled_at=clock.now(), calls=2, budget="usd", reserved="0.10", cost="0.21")


def endless_slot(clock: VirtualClock, make_job: MakeJob, dead: Worker) -> None:
    ScheduleSlot.objects.create(task="scrape", slot=clock.now() - timedelta(days=1, seconds=1))


CASES: list[tuple[Break, str, str]] = [
    (done_without_a_call, "done_effect_is_settled", "never called"),
    (dead_call, "calling_effect_has_live_owner", "by a worker that is dead"),
    (dead_claim, "claim_has_live_owner", "which is dead"),
    (overdrawn, "budget_is_not_overdrawn", "6.000000 used"),
    (reserved_for_nothing, "budget_matches_ledger", "1.000000 reserved, its open calls 0"),
    (reserved_for_nothing_long_ago, "budget_matches_ledger", "1.000000 reserved, its open calls 0"),
    (call_without_a_reservation, "budget_matches_ledger", "0.000000 reserved, its open calls 1"),
    (dearer_than_thought, "effect_costs_what_was_reserved", "cost 0.210000"),
    (endless_slot, "slots_end", "is still due"),
]


@pytest.mark.parametrize(
    ("break_it", "name", "words"), CASES, ids=lambda value: getattr(value, "__name__", None)
)
def test_broken_row_is_reported(
    break_it: Break, name: str, words: str, clock: VirtualClock, make_job: MakeJob, hire: Callable[[], Worker]
) -> None:
    dead = hire()
    dead.die()
    assert examine(now=clock.now()) == []
    break_it(clock, make_job, dead)
    findings = examine(now=clock.now())
    assert [finding.invariant for finding in findings] == [f"pipeline.{name}"]
    assert words in findings[0].text


def test_every_invariant_of_the_machinery_is_broken_above() -> None:
    of_the_machinery = {name for name in invariant_names() if name.startswith("pipeline.")}
    assert {f"pipeline.{name}" for _, name, _ in CASES} == of_the_machinery


def test_healthy_rows_are_not_reported(
    clock: VirtualClock, make_job: MakeJob, hire: Callable[[], Worker]
) -> None:
    living, dead = hire(), hire()
    dead.die()
    long_ago, lately = clock.now() - timedelta(hours=9), clock.now() - timedelta(minutes=3)
    make_job(status="busy", claimed_by=living.name, claimed_at=long_ago)
    make_job(status="busy", claimed_by=dead.name, claimed_at=lately)  # will be freed
    effect(clock, key="1", status="calling", owner=living.name, called_at=long_ago, calls=1)
    effect(clock, key="2", status="calling", owner=dead.name, called_at=lately, calls=1)
    effect(
        clock,
        key="3",
        status="done",
        settled_at=clock.now(),
        calls=1,
        budget="usd",
        reserved="0.1",
        cost="0.1",
    )
    effect(clock, key="4", status="unknown", called_at=long_ago, calls=1)
    slots.open_due("scrape", slots.Every(60), now=clock.now())
    ScheduleSlot.objects.create(
        task="report",
        slot=clock.now() - timedelta(days=3),
        status="running",
        owner=living.name,
        started_at=clock.now() - timedelta(minutes=1),
    )
    assert examine(now=clock.now()) == []


def test_call_over_midnight_is_counted_on_the_day_it_began(
    clock: VirtualClock, hire: Callable[[], Worker], settings: Any
) -> None:
    settings.DAY_BUDGETS = {"usd": 5}
    midnight = clock.now().replace(hour=0)
    begun = midnight - timedelta(seconds=5)
    budgets.reserve("usd", Decimal(1), now=begun)
    budgets.take("usd", 1, now=midnight)
    effect(
        clock,
        status="calling",
        owner=hire().name,
        called_at=begun,
        calls=1,
        budget="usd",
        reserved=Decimal(1),
    )
    assert examine(now=midnight) == []


def test_dead_claims_are_found_behind_any_number_of_living_ones(
    clock: VirtualClock, make_job: MakeJob, hire: Callable[[], Worker]
) -> None:
    living, dead = hire(), hire()
    dead.die()
    begun = clock.now() - timedelta(hours=1)
    for _ in range(30):
        make_job(status="busy", claimed_by=living.name, claimed_at=begun)
    make_job(status="busy", claimed_by=dead.name, claimed_at=begun)
    assert len(examine(now=clock.now(), cheap_only=True)) == 1


def test_cheap_examination_leaves_out_what_is_dear(clock: VirtualClock, make_job: MakeJob) -> None:
    reserved_for_nothing(clock, make_job, None)  # type: ignore[arg-type]
    assert examine(now=clock.now(), cheap_only=True) == []
    assert len(examine(now=clock.now())) == 1


def test_room_registers_an_invariant_of_its_own(clock: VirtualClock) -> None:
    try:

        @invariant()
        def shelf_is_dusted(now: Any) -> list[str]:
            return ["The shelf is dusty"]

        assert Finding("pipeline.shelf_is_dusted", "The shelf is dusty") in examine(now=clock.now())
    finally:
        doctor._invariants.pop("pipeline.shelf_is_dusted")


def test_command_lists_violations_and_fails(
    make_job: MakeJob, hire: Callable[[], Worker], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("doctor")
    assert "invariants hold" in capsys.readouterr().out
    worker = hire()
    worker.die()
    make_job(status="busy", claimed_by=worker.name, claimed_at=SYSTEM_CLOCK.now() - timedelta(minutes=5))
    with pytest.raises(SystemExit) as ending:
        call_command("doctor", "--cheap")
    assert ending.value.code == 1
    assert "pipeline.claim_has_live_owner: lab.job:" in capsys.readouterr().out
