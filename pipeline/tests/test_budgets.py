"""Day budgets: never over the limit, whoever draws from them and however often at once."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipeline import budgets
from pipeline.clock import VirtualClock
from pipeline.errors import BudgetSpent
from pipeline.models import Budget
from pipeline.tests.processes import race

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CENTS = st.integers(1, 400_000).map(lambda millionths: Decimal(millionths) / 1_000_000)


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.DAY_BUDGETS = {"mails": 3, "usd": "1.50"}


def test_budget_is_used_up_to_its_limit_and_no_further(db: None) -> None:
    for _ in range(3):
        budgets.take("mails", 1, now=NOON)
    with pytest.raises(BudgetSpent, match=r"budget of 3 mails is used up"):
        budgets.take("mails", 1, now=NOON)
    assert budgets.used_today("mails", now=NOON) == 3


def test_budget_without_a_limit_is_an_error_and_not_unlimited(db: None) -> None:
    with pytest.raises(KeyError):
        budgets.take("sms", 1, now=NOON)


def test_amount_that_does_not_fit_is_refused_whole(db: None) -> None:
    budgets.take("mails", 2, now=NOON)
    with pytest.raises(BudgetSpent):
        budgets.take("mails", 2, now=NOON)
    assert budgets.used_today("mails", now=NOON) == 2


def test_what_is_given_back_can_be_used_again(db: None) -> None:
    budgets.take("mails", 3, now=NOON)
    budgets.give_back("mails", 1, taken_at=NOON)
    budgets.take("mails", 1, now=NOON)
    assert budgets.used_today("mails", now=NOON) == 3


def test_nothing_is_given_back_to_a_day_that_used_nothing(db: None) -> None:
    budgets.give_back("mails", 1, taken_at=NOON)
    budgets.take("mails", 3, now=NOON)
    budgets.give_back("mails", 4, taken_at=NOON)
    assert budgets.used_today("mails", now=NOON) == 3


def test_reservation_counts_until_it_is_settled_at_the_real_cost(db: None) -> None:
    budgets.reserve("usd", Decimal("1.00"), now=NOON)
    with pytest.raises(BudgetSpent):
        budgets.reserve("usd", Decimal("0.51"), now=NOON)
    budgets.settle("usd", Decimal("1.00"), Decimal("0.20"), reserved_at=NOON)
    budgets.reserve("usd", Decimal("1.30"), now=NOON)
    row = Budget.objects.get()
    assert (row.used, row.reserved) == (Decimal("0.20"), Decimal("1.30"))


def test_limit_that_is_changed_counts_at_once(db: None, settings: Any) -> None:
    budgets.take("mails", 3, now=NOON)
    settings.DAY_BUDGETS = {"mails": 4}
    budgets.take("mails", 1, now=NOON)
    settings.DAY_BUDGETS = {"mails": 2}
    with pytest.raises(BudgetSpent, match="budget of 2"):
        budgets.take("mails", 1, now=NOON)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("UTC", "2026-03-02T23:59:59+00:00", date(2026, 3, 2)),
        ("America/New_York", "2026-03-02T04:59:59+00:00", date(2026, 3, 1)),
        ("America/New_York", "2026-03-02T05:00:00+00:00", date(2026, 3, 2)),
        ("Australia/Lord_Howe", "2026-03-02T13:00:00+00:00", date(2026, 3, 3)),
        ("Europe/London", "2026-10-25T00:30:00+01:00", date(2026, 10, 25)),
        ("Europe/London", "2026-10-25T23:30:00+00:00", date(2026, 10, 25)),
    ],
)
def test_day_is_one_of_the_agency_and_not_of_the_page_that_asks(
    settings: Any, zone: str, at: str, day: date
) -> None:
    settings.TIME_ZONE = zone
    moment = datetime.fromisoformat(at)
    with timezone.override("Asia/Kolkata"):
        assert budgets.budget_day(moment) == day
    begins, ends = budgets.day_bounds(day)
    assert begins <= moment < ends
    assert budgets.budget_day(begins) == day < budgets.budget_day(ends)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
@given(amounts=st.lists(CENTS, min_size=1, max_size=12), order=st.randoms(use_true_random=False))
def test_money_is_counted_to_the_millionth_on_every_database(
    db: None, amounts: list[Decimal], order: random.Random
) -> None:
    Budget.objects.all().delete()
    held = []
    for amount in amounts:
        room = Decimal("1.50") - budgets.used_today("usd", now=NOON)
        try:
            budgets.reserve("usd", amount, now=NOON)
        except BudgetSpent:
            assert amount > room
        else:
            assert amount <= room
            held.append(amount)
    assert budgets.used_today("usd", now=NOON) == sum(held)
    order.shuffle(held)
    for amount in held:
        budgets.settle("usd", amount, Decimal(0), reserved_at=NOON)
    assert budgets.used_today("usd", now=NOON) == 0


def test_thousand_races_never_go_over_the_limit(forking: None, settings: Any, clock: VirtualClock) -> None:
    """Eight processes draw 125 times each from a budget of 700, of which some give back what they took."""
    settings.DAY_BUDGETS = {"calls": 700}

    def contend(number: int) -> int:
        kept = 0
        for turn in range(125):
            try:
                budgets.take("calls", 1, now=clock.now())
            except BudgetSpent:
                continue
            if turn % 5 == number % 5:
                budgets.give_back("calls", 1, taken_at=clock.now())
            else:
                kept += 1
            if turn % 25 == 0:
                row = Budget.objects.get()
                assert 0 <= row.used <= row.limit
        return kept

    kept = race([lambda number=number: contend(number) for number in range(8)])  # type: ignore[misc]
    assert budgets.used_today("calls", now=clock.now()) == sum(map(int, kept)) <= 700
    assert sum(map(int, kept)) > 500


def test_racing_reservations_never_go_over_the_limit(
    forking: None, settings: Any, clock: VirtualClock
) -> None:
    settings.DAY_BUDGETS = {"usd": "1.00"}

    def contend() -> int:
        won = 0
        for _ in range(20):
            try:
                budgets.reserve("usd", Decimal("0.03"), now=clock.now())
            except BudgetSpent:
                continue
            won += 1
        return won

    won = sum(map(int, race([contend] * 6)))
    row = Budget.objects.get()
    assert (won, row.reserved) == (33, Decimal("0.99"))
