"""Why a row does not move: for every kind of row the reason of the code that decides, and when something happens."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from businesses.leads import QUALIFY
from businesses.models import Business
from customers.models import Customer
from monitoring.tests.factories import make_business, make_campaign, make_message, make_site, make_town
from pipeline import budgets, claims, switches
from pipeline.clock import VirtualClock
from pipeline.errors import BudgetSpent, SwitchedOff
from pipeline.states import work_item_models
from pipeline.why import Why, can_explain, explain
from sites.generation import GENERATE
from sites.models import Site
from territories.coverage import SCRAPE
from territories.models import CoverageGrid

pytestmark = pytest.mark.django_db


def told(row: Any, clock: VirtualClock) -> Why:
    found = explain(type(row).objects.get(pk=row.pk), now=clock.now())
    assert found is not None
    return found


def test_due_cell_goes_with_the_next_firing_and_can_be_claimed(clock: VirtualClock) -> None:
    cell = make_town(clock.now())
    found = told(cell, clock)
    assert (found.code, found.next_at) == ("due", datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert claims.claim(SCRAPE, now=clock.now(), by="test") == cell


def test_claimed_cell_is_in_hand(clock: VirtualClock) -> None:
    cell = make_town(clock.now())
    claims.claim(SCRAPE, now=clock.now(), by="test")
    assert told(cell, clock).code == "in_hand"


@pytest.mark.parametrize("scope", ["everything", "stage:scraping", "source:sample"])
def test_paused_cell_says_who_and_why_and_until_when(scope: str, clock: VirtualClock) -> None:
    cell = make_town(clock.now())
    until = clock.now() + timedelta(hours=3)
    switches.pause(scope, by="staff:ann", why="the map is wrong", now=clock.now(), until=until)
    found = told(cell, clock)
    assert (found.code, found.next_at) == ("switch", until)
    assert "staff:ann" in found.text
    assert "the map is wrong" in found.text
    switches.pause(scope, by="staff:ann", why="for good", now=clock.now())
    assert told(cell, clock).next_at is None


def test_the_reason_is_what_the_claim_meets(clock: VirtualClock) -> None:
    site = make_site(clock.now(), status=Site.Status.PENDING)
    switches.pause("stage:generation", by="staff:ann", why="prices", now=clock.now())
    with pytest.raises(SwitchedOff) as refused:
        claims.claim(GENERATE, now=clock.now(), by="test")
    assert told(site, clock).text == str(refused.value)
    switches.resume("stage:generation", by="staff:ann", now=clock.now())
    budgets.take("sites", budgets.limit_of("sites"), now=clock.now())
    with pytest.raises(BudgetSpent) as spent:
        claims.claim(GENERATE, now=clock.now(), by="test")
    found = told(site, clock)
    assert (found.code, found.text) == ("budget", str(spent.value))
    assert found.next_at == budgets.day_bounds(budgets.budget_day(clock.now()))[1]


def test_money_budget_counts_what_is_set_aside(clock: VirtualClock, settings: Any) -> None:
    settings.DAY_BUDGETS = settings.DAY_BUDGETS | {"sites": 2}
    site = make_site(clock.now(), status=Site.Status.PENDING)
    budgets.reserve("sites", Decimal("1.5"), now=clock.now())
    assert told(site, clock).code == "budget"


def test_retry_says_its_number_cause_and_time(clock: VirtualClock) -> None:
    later = clock.now() + timedelta(minutes=5)
    fields = {"attempts": 1, "next_attempt_at": later, "last_error": "no answer", "error_kind": "transient"}
    site = make_site(clock.now(), status=Site.Status.PENDING, **fields)
    found = told(site, clock)
    assert (found.code, found.next_at) == ("retry", later)
    assert found.text == "Try 2 of 3 follows: no answer"


@pytest.mark.parametrize(
    ("kind", "reopened", "by_itself"), [("transient", 0, True), ("transient", 3, False), ("bug", 0, False)]
)
def test_failed_row_is_taken_up_exactly_where_its_reason_says_so(
    kind: str, reopened: int, by_itself: bool, clock: VirtualClock
) -> None:
    fields = {"error_kind": kind, "reopened_count": reopened, "last_error": "no answer"}
    site = make_site(clock.now(), status=Site.Status.FAILED, **fields)
    found = told(site, clock)
    assert found.code == "failed"
    assert "no answer" in found.text
    assert (found.next_at is not None) == by_itself
    claims.reopen(GENERATE, now=found.next_at or clock.now() + timedelta(days=9), by="test", limit=9)
    assert (Site.objects.get().status == Site.Status.PENDING) == by_itself


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"status": "new"}, "due", "next run"),
        ({"status": "review", "reasons": [{"code": "x", "points": 0, "text": "two names"}]}, "review", "two names"),
        ({"status": "call_list"}, "call_list", "call it"),
        ({"status": "rejected", "reasons": [{"code": "x", "points": 0, "text": "a chain"}]}, "rejected", "a chain"),
        ({"status": "qualified"}, "due", "ordered with the next run"),
        ({"status": "qualified", "suppressed": True}, "suppressed", "said no"),
    ],
)  # fmt: skip
def test_business_says_what_holds_it(
    fields: dict[str, Any], code: str, words: str, clock: VirtualClock
) -> None:
    found = told(make_business(clock.now(), **fields), clock)
    assert found.code == code
    assert words in found.text


def test_look_that_is_repeated_tomorrow_says_so(clock: VirtualClock) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    reasons = [{"code": "look_again", "points": 0, "text": "The server was busy"}]
    business = make_business(clock.now(), status="new", next_attempt_at=tomorrow, reasons=reasons)
    found = told(business, clock)
    assert (found.code, found.next_at) == ("turn", tomorrow + timedelta(minutes=30))
    assert "The server was busy" in found.text
    assert claims.claim(QUALIFY, now=clock.now(), by="test") is None


def test_lead_waits_for_the_better_ones(clock: VirtualClock) -> None:
    make_business(clock.now(), score=90)
    business = make_business(clock.now(), score=70)
    found = told(business, clock)
    assert found.code == "turn"
    assert "1 better lead goes first" in found.text


def test_business_is_explained_by_its_farthest_row(clock: VirtualClock) -> None:
    campaign = make_campaign(clock.now(), status="draft", review_reason="It asks for consent")
    found = told(campaign.business, clock)
    assert found == told(campaign.site, clock) == told(campaign, clock)
    assert (found.code, found.next_at) == ("approval", None)
    assert "It asks for consent" in found.text


def test_proposal_without_an_answer_expires(clock: VirtualClock, settings: Any) -> None:
    site = make_site(clock.now(), offered_at=clock.now())
    fields = {"stopped_at": clock.now(), "stop_reason": "finished", "status": "sent"}
    make_message(make_campaign(clock.now(), site=site, **fields), clock.now(), sent_at=clock.now())
    found = told(site, clock)
    assert (found.code, found.next_at) == ("stopped", clock.now() + timedelta(days=settings.PROPOSAL_DAYS))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"wanted_at": datetime(2026, 3, 1, tzinfo=UTC)}, "wanted"),
        ({"is_proposal": False}, "sold"),
        ({"status": "expired"}, "expired"),
        ({"status": "taken_down"}, "removed"),
        ({}, "not_written"),
    ],
)
def test_site_says_what_it_waits_for(fields: dict[str, Any], code: str, clock: VirtualClock) -> None:
    assert told(make_site(clock.now(), **fields), clock).code == code


def test_customer_waits_for_nothing_once_its_site_is_online(clock: VirtualClock) -> None:
    site = make_site(clock.now(), is_proposal=False)
    customer = Customer.objects.create(business=site.business, site=site, since=clock.now())
    assert told(customer, clock).code == "customer"
    assert told(site.business, clock).code == "customer"
    Site.objects.filter(pk=site.pk).update(status=Site.Status.COMPLETED)
    assert told(customer, clock).code == "due"


@pytest.mark.parametrize("model", [CoverageGrid, Business, Site])
def test_every_state_has_a_reason(model: Any, clock: VirtualClock) -> None:
    makers: dict[Any, Any] = {
        CoverageGrid: make_town,
        Business: make_business,
        Site: make_site,
    }
    row = makers[model](clock.now())
    for status in model.Status.values:
        claimed = (
            {"claimed_by": "w", "claimed_at": clock.now()} if status in ("scraping", "generating") else {}
        )
        free = {"claimed_by": "", "claimed_at": None}
        cooling = {"cooldown_until": clock.now()} if model is CoverageGrid else {}
        model.objects.filter(pk=row.pk).update(status=status, **free | claimed | cooling)
        assert told(row, clock).text


def test_every_work_item_but_the_inbox_is_explained() -> None:
    unknown = {model._meta.label_lower for model in work_item_models() if not can_explain(model)}
    assert unknown <= {"pipeline.inboundevent", "lab.job"}
