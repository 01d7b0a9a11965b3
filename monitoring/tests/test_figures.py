"""The figures over time: what is kept of a day, what is counted anew, and when a difference is a change."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.models import Message
from customers.models import Customer
from monitoring import standing
from monitoring.comparing import compare_costs, compare_counts, compare_shares, compare_sums
from monitoring.flows import FLOWS, count_flows
from monitoring.kept_days import SETTLED_AFTER, days_between, keep_figures
from monitoring.models import DayFigures, StandingFigures
from monitoring.money import amount, ledger_between
from monitoring.periods import period_of, stretches, trend_days
from monitoring.standing import count_standing, refresh_standing, standing_figures
from monitoring.tests.factories import (
    make_business,
    make_campaign,
    make_message,
    make_payment,
    make_site,
    make_town,
    note_move,
)
from monitoring.waits import median, waits_of
from pipeline import states
from pipeline.budgets import day_bounds
from pipeline.models import Budget

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUNDAY = date(2026, 3, 1)


def sunday(days_later: int) -> date:
    return SUNDAY + timedelta(days=days_later)


# ------------------------------------------------------------------------------------------------ periods
@pytest.mark.parametrize(
    ("key", "first", "before"),
    [
        ("today", SUNDAY, sunday(-1)),
        ("7", sunday(-6), sunday(-13)),
        ("30", sunday(-29), sunday(-59)),
        ("90", sunday(-89), sunday(-179)),
    ],
)
def test_a_period_ends_today_and_is_told_beside_the_one_before_it(key, first, before):
    period = period_of(key, NOON, began=sunday(-400))
    assert (period.first, period.last) == (first, SUNDAY)
    assert period.before is not None
    assert (period.before.first, period.before.last) == (before, first - timedelta(days=1))
    assert period.before.length == period.length


def test_nothing_was_before_all():
    period = period_of("all", NOON, began=sunday(-400))
    assert (period.first, period.before, period.length) == (sunday(-400), None, 401)


@pytest.mark.parametrize("count", [1, 7, 10, 11, 90, 401])
def test_stretches_hold_every_day_once_and_are_alike(count):
    days = [sunday(number) for number in range(count)]
    parts = stretches(days, 10)
    assert [day for part in parts for day in part] == days
    assert len(parts) == min(count, 10)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_single_day_is_drawn_among_the_days_before_it():
    parts = trend_days(period_of("today", NOON, began=SUNDAY))
    assert [part[0] for part in parts] == [sunday(number) for number in range(-9, 1)]


# --------------------------------------------------------------------------------------------- comparing
@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [
        (5, None, "new"),
        (5, 4, "few"),
        (9, 0, "few"),
        (100, 90, "same"),
        (100, 129, "same"),
        (100, 130, "down"),
        (130, 100, "up"),
        (12, 0, "up"),
    ],
)
def test_counts_differ_only_beyond_chance(now, before, verdict):
    assert compare_counts(now, before).verdict == verdict


def test_a_sum_is_as_uncertain_as_its_few_large_parts():
    assert compare_sums(3000, 2000, variance=50 * 100**2, events=50).verdict == "same"
    assert compare_sums(3000, 2000, variance=5000, events=5000).verdict == "up"


def test_shares_need_enough_tries_on_both_sides():
    assert compare_shares((9, 29), (90, 300)).verdict == "few"
    assert compare_shares((35, 1204), (30, 1000)).verdict == "same"
    assert compare_shares((35, 1204), (90, 1000)).verdict == "down"
    assert compare_shares((35, 1204), None).verdict == "new"


def test_costs_of_few_customers_tell_nothing():
    assert compare_costs((30.0, 3), (10.0, 3)).verdict == "few"
    assert compare_costs((300.0, 30), (250.0, 30)).verdict == "same"
    assert compare_costs((900.0, 30), (250.0, 30)).verdict == "up"
    assert compare_costs((900.0, 30), (0.0, 30)).verdict == "few"


# ---------------------------------------------------------------------------------------------- kept days
@pytest.fixture
def three_days(db):
    """Businesses on three days in a row: 1, 2 and 3 of them."""
    for number in (1, 2, 3):
        at = NOON + timedelta(days=number - 1)
        for _ in range(number):
            make_business(at)


def found(days, *of):
    return [days.total("businesses", [sunday(number)]) for number in of]


@pytest.mark.parametrize("beats", [0, 1, 3])
def test_days_tell_the_same_kept_or_not(three_days, beats):
    now = NOON + timedelta(days=5)
    for number in range(beats):
        keep_figures(now + timedelta(minutes=20 * number))
    days = days_between(SUNDAY, sunday(5))
    assert found(days, 0, 1, 2, 3) == [1, 2, 3, 0]
    assert (days.began == SUNDAY) == bool(beats)
    counted = count_flows(day_bounds(SUNDAY)[0], day_bounds(sunday(5))[1])
    assert counted == {name: days.total(name, [sunday(n) for n in range(6)]) for name in FLOWS}


def test_days_are_read_in_two_questions(three_days, django_assert_num_queries):
    keep_figures(NOON + timedelta(days=5))
    with django_assert_num_queries(2):
        days_between(SUNDAY, sunday(5))


def test_a_settled_day_is_not_counted_again_and_an_open_one_is(three_days):
    settled_at = day_bounds(SUNDAY)[1] + SETTLED_AFTER
    keep_figures(settled_at)
    make_business(NOON)
    make_business(NOON + timedelta(days=2))
    keep_figures(settled_at + timedelta(hours=1))
    assert found(days_between(SUNDAY, sunday(4)), 0, 1, 2) == [1, 2, 4]
    assert DayFigures.objects.get(day=SUNDAY).counts["businesses"] == 1
    assert DayFigures.objects.get(day=sunday(2)).counts["businesses"] == 4


def test_a_customer_entered_with_a_day_of_the_past_counts_on_that_day(three_days):
    keep_figures(NOON + timedelta(days=30))
    Customer.objects.create(business=make_business(NOON + timedelta(days=29)), since=NOON)
    assert days_between(SUNDAY, sunday(30)).total("customers", [SUNDAY]) == 1


def test_a_long_history_is_taken_up_bit_by_bit(three_days):
    now = NOON + timedelta(days=70)
    assert [keep_figures(now) for _ in range(4)] == [30, 30, 11, 0]
    assert found(days_between(SUNDAY, sunday(70)), 0, 1, 2) == [1, 2, 3]


def test_nothing_is_kept_before_anything_began(db):
    assert keep_figures(NOON) == 0
    assert not DayFigures.objects.exists()


# ------------------------------------------------------------------------------------------------- waits
def test_a_median_is_exact_to_a_tenth_over_several_days(db):
    for seconds in (600, 1000, 5000):
        business = make_business(NOON)
        states.record(
            business, "new", "qualified", now=NOON + timedelta(seconds=seconds), by="test", reason=""
        )
    day = waits_of(*day_bounds(SUNDAY))
    assert median([day], "checked") == pytest.approx(1000, rel=0.1)
    assert median([day, {"checked": {"0": 10}}], "checked") == 0
    assert median([], "checked") is None


def test_each_step_is_timed_from_the_step_before_it(db):
    at = [NOON + timedelta(minutes=number) for number in (0, 1, 4, 13, 40)]
    business = make_business(NOON)
    states.record(business, "new", "qualified", now=at[0], by="test", reason="")
    site = make_site(at[1], business=business, status="published", published_at=at[3])
    states.record(site, "generating", "completed", now=at[2], by="test", reason="")
    note_move(site, "published", at[3])
    campaign = make_campaign(at[4], site=site, status="sent")
    make_message(campaign, at[4], sent_at=at[4], replied_at=at[4] + timedelta(hours=2))
    waits = waits_of(*day_bounds(SUNDAY))
    minutes = {
        name: round((median([waits], name) or 0) / 60) for name in ("sites_generated", "sites_published")
    }
    assert minutes == {"sites_generated": 4, "sites_published": 9}
    assert median([waits], "mailed") == pytest.approx(27 * 60, rel=0.1)
    assert median([waits], "replied") == pytest.approx(7200, rel=0.1)
    assert median([waits], "engaged") is None


# ------------------------------------------------------------------------------------------------- money
def test_money_in_and_out_is_told_by_day_in_its_own_currency(db):
    make_payment(NOON, "29.00")
    make_payment(NOON, "31.00")
    Budget.objects.create(name="llm_usd", day=SUNDAY, limit=5, used="1.25", reserved="0.5")
    Budget.objects.create(name="outscraper_usd", day=sunday(-1), limit=5, used="2")
    Budget.objects.create(name="mails", day=SUNDAY, limit=960, used=7)
    ledger = ledger_between(sunday(-1), SUNDAY)
    income = ledger.came_in([SUNDAY])
    assert (income.money, income.payments, income.squares) == (60, 2, 29**2 + 31**2)
    assert ledger.went_out([sunday(-1), SUNDAY]) == amount_of("3.25")
    assert ledger.used == {"llm_usd": amount_of("1.75"), "mails": 7}


def amount_of(text):
    return Decimal(text)


@pytest.mark.parametrize(
    ("money", "currency", "said"),
    [("1914", "USD", "$1,914"), ("87.5", "CHF", "87.50 CHF"), ("0", "EUR", "€0")],
)
def test_a_sum_is_written_as_people_write_it(money, currency, said):
    assert amount(amount_of(money), currency) == said


# ---------------------------------------------------------------------------------------------- standing
def test_small_tables_are_counted_whenever_somebody_asks(db):
    make_town(NOON)
    assert standing_figures(NOON) == (count_standing(), NOON)
    make_business(NOON)
    assert standing_figures(NOON)[0]["businesses"]["total"] == 1
    assert not StandingFigures.objects.exists()


@pytest.mark.parametrize(("took", "kept"), [(0.5, 180), (5, 500)])
def test_what_took_long_to_count_is_kept_for_a_time_in_proportion(db, monkeypatch, took, kept):
    monkeypatch.setattr(standing, "ASKED_ANEW", 0)
    assert standing_figures(NOON)[0]["businesses"]["total"] == 0
    StandingFigures.objects.update(took=took)
    make_business(NOON)
    assert standing_figures(NOON + timedelta(seconds=kept - 1)) == (count_before(), NOON)
    assert standing_figures(NOON + timedelta(seconds=kept + 1))[0]["businesses"]["total"] == 1


def count_before():
    kept = StandingFigures.objects.get()
    return kept.figures


def test_the_beat_counts_anew_before_anybody_has_to_wait(db, monkeypatch):
    assert not refresh_standing(NOON)
    monkeypatch.setattr(standing, "ASKED_ANEW", 0)
    standing_figures(NOON)
    StandingFigures.objects.update(took=0.5)
    assert not refresh_standing(NOON + timedelta(seconds=89))
    assert refresh_standing(NOON + timedelta(seconds=91))
    assert StandingFigures.objects.get().counted_at == NOON + timedelta(seconds=91)


def test_every_flow_counts_only_its_own_span(db):
    make_message(make_campaign(NOON, status="sent"), NOON, sent_at=NOON, engaged_at=NOON)
    inside, outside = count_flows(*day_bounds(SUNDAY)), count_flows(*day_bounds(sunday(1)))
    assert (inside["mailed"], inside["campaigns_sent"], inside["engaged"]) == (1, 1, 1)
    assert not any(outside.values())
    assert Message.objects.count() == 1
