"""Money in the ledger: set aside before the call, settled after it, never more than the day allows."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline import budgets, doctor, effects
from pipeline.clock import VirtualClock
from pipeline.effects import Outcome
from pipeline.errors import BudgetSpent, LostClaim, NotYet, Transient, Uncertain
from pipeline.models import Budget, Effect
from pipeline.tests.lab.work import KINDS
from pipeline.tests.owners import Worker
from pipeline.tests.processes import race


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.DAY_BUDGETS = {"usd": "1.00"}


def plan(clock: VirtualClock, policy: str = "keyed", key: str = "a key", reserve: str = "0.40") -> Effect:
    return effects.plan(
        KINDS[policy],
        key,
        subject="lab.job:1",
        request={},
        now=clock.now(),
        budget="usd",
        reserve=Decimal(reserve),
    )


def run(clock: VirtualClock, effect: Effect, *, cost: str = "0", error: Exception | None = None) -> Effect:
    def call(effect: Effect) -> Outcome:
        if error:
            raise error
        return Outcome(cost=Decimal(cost))

    return effects.run(KINDS[effect.policy], effect, call, now=clock.now)


def books() -> tuple[Decimal, Decimal]:
    row = Budget.objects.get()
    return row.used, row.reserved


def test_call_costs_what_it_really_cost(db: None, clock: VirtualClock) -> None:
    effect = run(clock, plan(clock), cost="0.123456")
    assert (effect.cost, books()) == (Decimal("0.123456"), (Decimal("0.123456"), Decimal(0)))


def test_money_is_set_aside_during_the_call(db: None, clock: VirtualClock) -> None:
    seen = []

    def call(effect: Effect) -> Outcome:
        seen.append(books())
        return Outcome(cost=Decimal("0.10"))

    effects.run(KINDS["keyed"], plan(clock), call, now=clock.now)
    assert seen == [(Decimal(0), Decimal("0.40"))]


def test_call_that_surely_did_nothing_costs_nothing(db: None, clock: VirtualClock) -> None:
    with pytest.raises(Transient):
        run(clock, plan(clock), error=Transient("429"))
    assert books() == (0, 0)


@pytest.mark.parametrize(("policy", "raised"), [("keyed", Transient), ("park", Uncertain)])
def test_call_of_unknown_fate_counts_as_spent(
    db: None, clock: VirtualClock, policy: str, raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        run(clock, plan(clock, policy), error=Uncertain("cut"))
    assert books() == (Decimal("0.40"), 0)
    assert Effect.objects.get().cost == Decimal("0.40")


def test_every_attempt_counts(db: None, clock: VirtualClock) -> None:
    effect = plan(clock)
    with pytest.raises(Transient):
        run(clock, effect, error=TimeoutError())
    effect = run(clock, effect, cost="0.10")
    assert (effect.calls, effect.cost, books()) == (2, Decimal("0.50"), (Decimal("0.50"), 0))


def test_call_that_does_not_fit_is_not_begun(db: None, clock: VirtualClock) -> None:
    run(clock, plan(clock, key="first", reserve="0.70"), cost="0.70")
    with pytest.raises(BudgetSpent, match="budget of 1 usd"):
        run(clock, plan(clock, key="second"))
    second = Effect.objects.get(key="second")
    assert (second.status, second.calls, books()) == ("planned", 0, (Decimal("0.70"), 0))
    clock.advance(days=1)
    assert run(clock, second, cost="0.40").status == "done"


def test_call_over_midnight_is_settled_on_the_day_it_began(db: None, clock: VirtualClock) -> None:
    moments = iter([datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)] + [datetime(2026, 3, 3, tzinfo=UTC)] * 5)
    effect = plan(clock)
    effects.run(
        KINDS["keyed"], effect, lambda effect: Outcome(cost=Decimal("0.30")), now=lambda: next(moments)
    )
    row = Budget.objects.get()
    assert (str(row.day), row.used, row.reserved) == ("2026-03-02", Decimal("0.30"), 0)


def test_money_of_a_dead_call_is_spent_and_no_longer_set_aside(
    db: None, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    worker = hire()
    effect = plan(clock, "park")
    with worker.at_work():
        effects._begin(KINDS["park"], effect, None, clock.now)
    worker.die()
    clock.advance(minutes=2)
    assert effects.free_dead(now=clock.now()) == 1
    assert books() == (Decimal("0.40"), 0)
    assert doctor.examine(now=clock.now()) == []


def test_call_that_cost_more_than_was_set_aside_is_booked_and_reported(db: None, clock: VirtualClock) -> None:
    run(clock, plan(clock, reserve="0.10"), cost="0.25")
    assert books() == (Decimal("0.25"), 0)
    assert [finding.invariant for finding in doctor.examine(now=clock.now())] == [
        "pipeline.effect_costs_what_was_reserved"
    ]


def test_racing_calls_never_overdraw_the_day(forking: None, clock: VirtualClock) -> None:
    def contend(number: int) -> int:
        bought = 0
        for turn in range(8):
            try:
                run(clock, plan(clock, key=f"{number}:{turn}", reserve="0.07"), cost="0.07")
            except BudgetSpent:
                continue
            bought += 1
        return bought

    bought = race([lambda number=number: contend(number) for number in range(4)])  # type: ignore[misc]
    assert sum(map(int, bought)) == Effect.objects.filter(status="done").count() == 14
    assert books() == (Decimal("0.98"), 0)
    assert budgets.used_today("usd", now=clock.now()) <= 1


def test_of_many_callers_of_one_effect_one_calls(forking: None, clock: VirtualClock) -> None:
    effect = plan(clock, "park", reserve="0.01")

    def contend() -> str:
        try:
            return run(clock, Effect.objects.get(pk=effect.pk), cost="0.01").status
        except (LostClaim, NotYet):
            return "somebody else"

    answers = race([contend] * 6)
    assert set(answers) <= {"done", "somebody else"}
    assert Effect.objects.get().calls == 1
