"""The review queue and the rules of today: what a person decided stays, what rules decided follows the rules."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from businesses import leads, qualification, rescoring, review
from businesses.models import Business, WebsiteCheck
from businesses.sources.base import Listing
from businesses.tests.factories import make_business
from businesses.tests.listings import business_of, make_listing, store
from pipeline import states
from pipeline.models import TimelineEntry
from territories.tests.factories import NOW, make_grid

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)
STAFF = "staff:owner"


def doubtful(**over: Any) -> Business:
    return make_business(**{"status": "review", "score": 60, "evidence": ""} | over)


def order() -> list[int]:
    """The queue as N walks through it."""
    seen: list[int] = []
    case = review.queue_around(None).case
    while case is not None and case.pk not in seen:
        seen.append(case.pk)
        following = review.case_after(case)
        case = review.queue_around(following).case if following else None
    return seen


# -------------------------------------------------------------------------------------------------- the queue


def test_queue_has_the_best_first_and_every_case_once():
    low, high, bare, same = (doubtful(score=score) for score in (20, 80, None, 80))
    make_business(status="qualified")
    assert order() == [high.pk, same.pk, low.pk, bare.pk]
    assert review.queue_around(None).waiting == 4


def test_case_that_was_decided_meanwhile_leads_to_the_first():
    first, second = doubtful(score=90), doubtful(score=10)
    leads.decide(second, "rejected", now=NOW, by=STAFF)
    assert review.queue_around(second.pk).case == first
    assert review.queue_around(10**9).case == first


def test_what_a_worker_holds_and_what_was_merged_is_not_asked_about():
    keep = make_business()
    doubtful(claimed_by="worker", claimed_at=NOW)
    doubtful(merged_into=keep)
    assert review.queue_around(None).case is None


def test_empty_queue_says_so():
    queue = review.queue_around(None)
    assert (queue.case, queue.next_case, queue.waiting) == (None, None, 0)


def test_neighbours_say_what_they_share():
    grid = make_grid()
    case = doubtful(grid=grid, name_key="brook lane", phone="+18025550117", website_domain="brook.example")
    twin = make_business(grid=grid, name_key="brook lane", phone="+18025550117")
    site = make_business(grid=grid, name_key="other", phone="", website_domain="brook.example")
    make_business(grid=grid, name_key="", phone="", name="Nobody")
    make_business(name_key="brook lane", phone="")  # in another territory
    found = {near.business.pk: near.why for near in review.neighbours(case)}
    assert found == {twin.pk: "the phone number and the name", site.pk: "the domain"}


# ---------------------------------------------------------------------------------------- decisions of people


def test_decision_is_taken_back_to_the_queue():
    case = doubtful()
    leads.decide(case, "call_list", now=NOW, by=STAFF)
    review.undo_decision(case, now=LATER, by=STAFF)
    stored = Business.objects.get(pk=case.pk)
    assert (stored.status, stored.decided_by) == ("review", "")
    assert list(TimelineEntry.objects.order_by("pk").values_list("from_status", "to_status")) == [
        ("review", "call_list"),
        ("call_list", "review"),
    ]


def test_rule_is_not_undone():
    ruled = make_business(status="qualified", decided_by="")
    with pytest.raises(states.StaleState):
        review.undo_decision(ruled, now=NOW, by=STAFF)


@pytest.mark.parametrize("status", ["qualified", "call_list", "rejected"])
def test_decision_survives_a_record_that_changed(status: str):
    cell = make_grid()
    store(cell, make_listing())
    case = business_of("node/1")
    states.move(case, "review", now=NOW, by="test")
    leads.decide(case, status, now=NOW, by=STAFF)
    changed: Listing = make_listing(phones=("(802) 555-0117",))
    store(cell, changed, now=LATER)
    stored = business_of("node/1")
    assert stored.phone == "+18025550117"
    assert (stored.status, stored.decided_by) == (status, STAFF)


def test_without_a_person_a_record_that_changed_is_looked_at_again():
    cell = make_grid()
    store(cell, make_listing())
    states.move(business_of("node/1"), "review", now=NOW, by="test")
    store(cell, make_listing(phones=("(802) 555-0117",)), now=LATER)
    assert business_of("node/1").status == "new"


# ------------------------------------------------------------------------------------------- judging them again


def looked_at(state: str = "none_known", search: str = "none_known", **over: Any) -> Business:
    """A lead with a record and a look, decided by older rules."""
    store(over.pop("grid", None) or make_grid(), make_listing(phones=("(802) 555-0116",)))
    business = business_of("node/1")
    fields = {
        "status": "qualified", "rule_version": 1, "score": 1, "email": "info@brook.example",
        "email_takes_mail": True, "website_checked_at": NOW, "operating_status": "open",
    } | over  # fmt: skip
    Business.objects.filter(pk=business.pk).update(**fields)
    for verdict in (state, search):
        WebsiteCheck.objects.create(business=business, checked_at=NOW, state=verdict)
    return Business.objects.get(pk=business.pk)


def rescore(**options: Any) -> dict[str, int]:
    return dict(rescoring.rescore_leads(now=LATER, by="test", **options))


def test_lead_is_judged_by_the_rules_of_today_from_what_is_stored():
    business = looked_at(alive_on=date(2026, 1, 5), rating=4.5, review_count=12)
    assert rescore() == {"rescored": 1}
    stored = Business.objects.get(pk=business.pk)
    assert (stored.status, stored.rule_version) == ("qualified", qualification.RULE_VERSION)
    lines = {line["code"]: line["points"] for line in stored.reasons}
    assert lines["life_seen"] == 5
    assert lines["life_reviews"] == 12
    assert stored.score == sum(lines.values())
    assert stored.website_checks.count() == 2
    assert rescore() == {}
    assert rescore(everything=True) == {"as before": 1}


@pytest.mark.parametrize(("days", "counts"), [(365, True), (366, False)])
def test_sign_of_life_counts_for_a_year(days: int, counts: bool):
    looked_at(alive_on=(LATER - timedelta(days=days)).date())
    rescore()
    codes = {line["code"] for line in Business.objects.get().reasons}
    assert ("life_seen" in codes) is counts


def test_lead_that_is_a_chain_by_the_rules_of_today_is_none_any_more():
    business = looked_at(name="Starbucks", category="cafe")
    assert rescore() == {"rejected": 1}
    stored = Business.objects.get(pk=business.pk)
    assert stored.status == "rejected"
    assert "chain" in stored.chain
    assert TimelineEntry.objects.latest("pk").reason == "Judged by the rules of today"


def test_doubt_of_today_stops_a_lead():
    looked_at(search="unknown")
    assert rescore() == {"review": 1}
    assert Business.objects.get().status == "review"


def test_site_that_a_look_found_is_remembered():
    looked_at(status="review", search="ok")
    assert rescore() == {"rejected": 1}


def test_what_was_never_looked_up_goes_back_to_be_looked_up():
    business = looked_at(status="rejected", website_checked_at=None)
    WebsiteCheck.objects.all().delete()
    assert rescore() == {"new": 1}
    stored = Business.objects.get(pk=business.pk)
    assert (stored.status, stored.attempts) == ("new", 0)


def test_no_decision_of_a_person_is_judged_again():
    business = looked_at(decided_by=STAFF, name="Starbucks", category="cafe")
    assert rescore(everything=True) == {}
    assert Business.objects.get(pk=business.pk).status == "qualified"


def test_what_a_worker_holds_is_left_alone():
    looked_at(claimed_by="worker", claimed_at=NOW)
    assert rescore() == {}


def test_command_tells_what_came_of_it():
    looked_at()
    out = io.StringIO()
    call_command("rescore_leads", stdout=out)
    call_command("rescore_leads", stdout=out)
    assert out.getvalue().splitlines() == ["1 rescored", "Every lead was decided by the rules of today."]
