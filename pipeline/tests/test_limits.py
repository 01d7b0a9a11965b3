"""Limits that people change: at once, in every process, within their bounds, with their history."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipeline import budgets, limits
from pipeline.errors import BadData, BudgetSpent
from pipeline.models import LimitChange
from pipeline.states import StaleState
from pipeline.tests.processes import race

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def defaults(settings: Any) -> None:
    settings.DAY_BUDGETS = {"mails": 3, "llm_usd": Decimal("1.50"), "calls": 0}
    settings.LIMITS = {"send_pending_campaigns": 20}


def change(name: str = "mails", value: str | None = "5", seen: int = 0, why: str = "A fair") -> LimitChange:
    number = None if value is None else Decimal(value)
    return limits.change_limit(name, number, seen=seen, by="staff:ann", why=why, now=NOON)


def take_all(name: str = "mails") -> int:
    """Return how many units the day still gives."""
    taken = 0
    while True:
        try:
            budgets.take(name, 1, now=NOON)
        except BudgetSpent:
            return taken
        taken += 1


def test_changed_limit_holds_for_the_next_draw_and_back(db: None) -> None:
    assert take_all() == 3
    change(value="5")
    assert (take_all(), budgets.limit_of("mails"), budgets.limits()["mails"]) == (2, 5, 5)
    change(value="1", seen=1)
    assert take_all() == 0
    change(value=None, seen=2)
    assert (budgets.limit_of("mails"), budgets.limits()["mails"]) == (3, 3)
    assert not limits.read_limit("mails").is_changed


def test_limit_that_was_changed_before_the_first_draw_of_the_day_holds(db: None) -> None:
    change(value="1")
    assert take_all() == 1


def test_rows_of_a_run_are_a_limit_too(db: None) -> None:
    assert budgets.rows_per_run("send_pending_campaigns") == 20
    change("rows:send_pending_campaigns", "7")
    assert budgets.rows_per_run("send_pending_campaigns") == 7
    with pytest.raises(KeyError):
        budgets.rows_per_run("health_check")


def test_history_says_who_when_why_and_from_what(db: None) -> None:
    change(value="5")
    change(value=None, seen=1, why=" Over ")
    rows = LimitChange.objects.order_by("number").values_list("before", "value", "by", "at", "why")
    assert list(rows) == [(3, 5, "staff:ann", NOON, "A fair"), (5, None, "staff:ann", NOON, "Over")]


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("mails", "31", "Mails a day must be from 0 to 30. More needs the settings of the installation"),
        ("mails", "-1", "Mails a day must be from 0 to 30. More needs the settings of the installation"),
        ("mails", "NaN", "Mails a day must be from 0 to 30. More needs the settings of the installation"),
        ("mails", "1e99", "Mails a day must be from 0 to 30. More needs the settings of the installation"),
        ("mails", "2.5", "Type a whole number"),
        ("mails", "many", "Type a number, such as 3"),
        ("mails", "", "Type a number, such as 3"),
        ("llm_usd", "15.01", "Claude, USD a day must be from $0.00 to $15.00. More needs the settings of the "
         "installation"),
        ("llm_usd", "0.001", "Type whole cents"),
        ("calls", "11", "Calls must be from 0 to 10. More needs the settings of the installation"),
        ("sms", "1", "There is no limit “sms”"),
        ("rows:sms", "1", "There is no limit “rows:sms”"),
    ],
)  # fmt: skip
def test_value_outside_the_bounds_says_what_is_allowed(db: None, name: str, typed: str, said: str) -> None:
    with pytest.raises(BadData) as refusal:
        limits.parse_value(name, typed)
    assert str(refusal.value) == said


def test_verb_keeps_the_bounds_whoever_calls_it(db: None) -> None:
    with pytest.raises(BadData):
        change(value="31")
    with pytest.raises(BadData, match="Say why"):
        change(why="  ")
    with pytest.raises(BadData, match="holds already"):
        change(value="3")
    with pytest.raises(BadData, match="holds already"):
        change(value=None)
    assert not LimitChange.objects.exists()


def test_value_is_read_as_people_type_it(db: None) -> None:
    assert limits.parse_value("llm_usd", " 1.25 ") == Decimal("1.25")


def test_second_of_two_people_is_told_of_the_first(db: None) -> None:
    change(value="5")
    with pytest.raises(StaleState, match="Somebody else"):
        change(value="6")
    assert budgets.limit_of("mails") == 5


def test_of_two_people_at_once_one_wins(forking: None) -> None:
    def press(value: str) -> str:
        try:
            change(value=value)
        except StaleState:
            return "0"
        return "1"

    assert sum(map(int, race([lambda: press("5"), lambda: press("6")]))) == 1  # type: ignore[list-item]
    assert LimitChange.objects.count() == 1


def test_other_processes_heed_the_change_without_a_restart(forking: None) -> None:
    change(value="8")
    assert sum(map(int, race([take_all, take_all]))) == 8


def test_drawing_asks_the_database_no_more_often_for_it(db: None) -> None:
    budgets.take("mails", 1, now=NOON)
    change(value="5")
    with CaptureQueriesContext(connection) as asked:
        budgets.take("mails", 1, now=NOON)
    assert len(asked) == 2
    with CaptureQueriesContext(connection) as asked:
        limits.all_limits()
        budgets.limits()
    assert len(asked) == 2
