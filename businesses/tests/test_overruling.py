"""A rejection that a person overrules, with a reason; and what nobody may overrule."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from businesses import leads
from businesses.erased import remember_erased
from businesses.models import Business
from businesses.tests.factories import make_business
from pipeline import states
from pipeline.models import TimelineEntry
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
STAFF = "staff:ana"
CHAIN = {"code": "chain", "points": 0, "text": "Not a lead: it is the name of a chain"}


def rejected(**over: Any) -> Business:
    return make_business(**{"status": "rejected", "score": 0, "evidence": "", "reasons": [CHAIN]} | over)


def stored(business: Business) -> Business:
    return Business.objects.get(pk=business.pk)


def test_rejection_is_overruled_with_the_reason_on_the_row_and_in_the_timeline():
    business = rejected()
    leads.overrule(business, why="It is Ana's own shop", now=LATER, by=STAFF)
    row = stored(business)
    assert (row.status, row.decided_by, row.decided_at) == ("qualified", STAFF, LATER)
    words = f"Overruled by {STAFF}: It is Ana's own shop"
    assert [line["text"] for line in row.reasons] == [words, CHAIN["text"]]
    assert TimelineEntry.objects.latest("pk").reason == words


def test_nothing_is_overruled_without_a_reason():
    business = rejected()
    with pytest.raises(ValueError, match="Say why"):
        leads.overrule(business, why="  ", now=LATER, by=STAFF)
    assert stored(business).status == "rejected"


def barred(why: str) -> Business:
    business = rejected(suppressed=why == "said no")
    if why == "erased":
        remember_erased(business, ids=[("map", "node/1")], emails=[], now=NOW)
    if why == "merged":
        Business.objects.filter(pk=business.pk).update(merged_into=make_business())
    return stored(business)


@pytest.mark.parametrize("why", ["said no", "erased", "merged"])
def test_what_said_no_was_erased_or_merged_stays_turned_away(owner: Client, why: str):
    business = barred(why)
    with pytest.raises(states.IllegalTransition):
        leads.overrule(business, why="Because", now=LATER, by=STAFF)
    with pytest.raises(states.IllegalTransition):
        leads.requalify(business, now=LATER, by=STAFF)
    page = owner.get(f"/dashboard/leads/{business.pk}/").text
    assert "/overrule/" not in page
    assert "/look-again/" not in page
    assert stored(business).status == "rejected"


@pytest.mark.parametrize("status", ["qualified", "call_list", "review"])
def test_only_a_rejection_is_overruled(status: str):
    with pytest.raises(states.IllegalTransition):
        leads.overrule(make_business(status=status), why="Because", now=LATER, by=STAFF)


@pytest.mark.parametrize("status", ["qualified", "call_list", "rejected"])
def test_no_plain_decision_passes_by_a_rejection(status: str):
    with pytest.raises(states.IllegalTransition):
        leads.decide(rejected(), status, now=LATER, by=STAFF)


def test_judgement_is_taken_off_what_a_person_wants_looked_at_again():
    business = rejected(decided_by=STAFF)
    leads.requalify(business, now=LATER, by=STAFF)
    row = stored(business)
    assert (row.status, row.score, row.decided_by, row.decided_at) == ("new", None, "", None)
    assert [line["text"] for line in row.reasons] == [f"{STAFF} asked for another look; it waits for it"]


# ---------------------------------------------------------------------------------------------- on the lead's page


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def test_page_of_a_rejected_lead_offers_both_ways(owner: Client):
    business = rejected()
    address = f"/dashboard/leads/{business.pk}/"
    page = owner.get(address).text
    assert f'action="{address}look-again/"' in page
    answer = owner.post(f"{address}overrule/", {"why": "It is Ana's own shop"}, follow=True)
    assert f"{business.name} is a lead now" in answer.text
    assert stored(business).decided_by == "staff:owner"
    assert "/overrule/" not in answer.text


def test_page_asks_for_the_reason_and_says_what_came_too_late(owner: Client):
    business = rejected()
    address = f"/dashboard/leads/{business.pk}/overrule/"
    assert "Say why" in owner.post(address, {"why": " "}, follow=True).text
    Business.objects.filter(pk=business.pk).update(status="review")
    assert "cannot be made a lead now" in owner.post(address, {"why": "Because"}, follow=True).text
    assert stored(business).status == "review"


def test_page_has_a_rejected_lead_looked_at_again(owner: Client):
    business = rejected()
    answer = owner.post(f"/dashboard/leads/{business.pk}/look-again/", follow=True)
    assert "is looked at again in the next run" in answer.text
    assert stored(business).status == "new"


def test_yes_that_is_asked_about_again_is_not_offered_to_be_taken_back(owner: Client):
    business = make_business(status="review", decided_by=STAFF)
    assert "/undo/" not in owner.get(f"/dashboard/leads/{business.pk}/").text
