"""What a person said yes to, when its record changes for the worse: asked about again, never left and never lost."""

from datetime import timedelta
from typing import Any

import pytest

from businesses import leads, review
from businesses.models import Business
from businesses.tests.listings import business_of, make_listing, store
from pipeline import states
from pipeline.doctor import examine
from territories.models import CoverageGrid
from territories.tests.factories import NOW, make_grid

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)
MUCH_LATER = NOW + timedelta(days=60)
STAFF = "staff:ana"
SITE = "https://www.brooklane.example/"


@pytest.fixture
def cell() -> CoverageGrid:
    return make_grid()


def decided(cell: CoverageGrid, status: str, **told: Any) -> Business:
    """A business that a person decided on, after rules had found a doubt and ten points."""
    store(cell, make_listing(**told))
    lines = [
        {"code": "probe_unknown", "points": 0, "text": "A person decides"},
        {"code": "reach_phone", "points": 10, "text": "A valid phone number"},
    ]
    states.move(business_of("node/1"), "review", now=NOW, by="test", score=10, reasons=lines)
    leads.decide(business_of("node/1"), status, now=NOW, by=STAFF)
    return business_of("node/1")


WORSE = [
    ({"websites": (SITE,)}, "website_named", f"its record names the website {SITE}"),
    ({"operating_status": "closed"}, "closed", "its record says that it has closed for good"),
    (
        {"operating_status": "temporarily_closed"},
        "temporarily_closed",
        "its record says that it is closed for a time",
    ),
    ({"brand": "Crusty"}, "chain", "its record says that it belongs to the chain Crusty"),
]


@pytest.mark.parametrize("said", ["qualified", "call_list"])
@pytest.mark.parametrize(("told", "code", "words"), WORSE)
def test_yes_is_asked_about_again_when_the_record_speaks_against_it(
    cell: CoverageGrid, said: str, told: dict[str, Any], code: str, words: str
):
    decided(cell, said)
    assert store(cell, make_listing(**told), now=LATER).review == 1
    business = business_of("node/1")
    assert (business.status, business.decided_by, business.decided_at) == ("review", STAFF, NOW)
    assert [line["code"] for line in business.reasons] == [code, "reach_phone"]
    assert business.reasons[0]["text"] == f"{STAFF} said yes on {NOW:%Y-%m-%d}; since then {words}"
    assert review.queue_around(None).case == business
    assert examine(now=LATER) == []


@pytest.mark.parametrize("said", ["qualified", "call_list"])
def test_yes_to_what_its_sources_do_not_list_any_more_is_asked_about_again(cell: CoverageGrid, said: str):
    decided(cell, said)
    assert store(cell, now=LATER).review == 1
    business = business_of("node/1")
    assert (business.status, business.decided_by) == ("review", STAFF)
    assert business.reasons[0]["text"].endswith("since then its sources do not list it any more")


@pytest.mark.parametrize("told", [worse for worse, _, _ in WORSE] + [None])
def test_no_of_a_person_stands_whatever_the_record_says(cell: CoverageGrid, told: dict[str, Any] | None):
    decided(cell, "rejected")
    store(cell, *([make_listing(**told)] if told else []), now=LATER)
    business = business_of("node/1")
    assert (business.status, business.decided_by) == ("rejected", STAFF)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"phones": ("(802) 555-0117",)}),
        ({"websites": (SITE,)}, {"websites": ("http://brooklane.example/en",)}),
        ({"operating_status": "closed"}, {"operating_status": "closed", "city": "Alderton"}),
        ({"brand": "Crusty"}, {"brand": "Crusty & Sons"}),
        ({}, {"websites": ("https://www.facebook.com/brooklane",)}),
        ({"websites": (SITE,)}, {}),
    ],
    ids=["number", "same domain", "closed before", "chain before", "social page", "site gone"],
)
def test_yes_stands_where_nothing_new_speaks_against_it(
    cell: CoverageGrid, before: dict[str, Any], after: dict[str, Any]
):
    decided(cell, "qualified", **before)
    store(cell, make_listing(**after), now=LATER)
    assert business_of("node/1").status == "qualified"


def test_second_bad_news_is_added_to_the_first_and_a_second_yes_settles_both(cell: CoverageGrid):
    decided(cell, "qualified")
    store(cell, make_listing(websites=(SITE,)), now=LATER)
    store(cell, make_listing(websites=(SITE,), operating_status="closed"), now=MUCH_LATER)
    business = business_of("node/1")
    assert (business.status, [line["code"] for line in business.reasons]) == (
        "review",
        ["closed", "website_named", "reach_phone"],
    )
    leads.decide(business, "qualified", now=MUCH_LATER, by=STAFF)
    store(cell, make_listing(websites=(SITE,), operating_status="closed", city="Alderton"), now=MUCH_LATER)
    assert business_of("node/1").status == "qualified"


def test_new_name_and_bad_news_of_one_answer_are_both_asked(cell: CoverageGrid):
    decided(cell, "qualified")
    store(cell, make_listing(name="Trinity Tattoo", operating_status="closed"), now=LATER)
    business = business_of("node/1")
    assert (business.status, [line["code"] for line in business.reasons]) == ("review", ["closed", "renamed"])


def test_new_name_after_bad_news_leaves_that_asked(cell: CoverageGrid):
    decided(cell, "qualified")
    store(cell, make_listing(operating_status="closed"), now=LATER)
    store(cell, make_listing(name="Trinity Tattoo", operating_status="closed"), now=MUCH_LATER)
    business = business_of("node/1")
    assert [line["code"] for line in business.reasons] == ["renamed", "closed", "reach_phone"]


def test_further_record_that_names_a_website_is_bad_news(cell: CoverageGrid):
    decided(cell, "qualified")
    store(cell, make_listing("b-7", websites=(SITE,)), source="list", now=LATER)
    business = business_of("b-7", "list")
    assert (business, business.status) == (business_of("node/1"), "review")
    assert business.reasons[0]["code"] == "website_named"


def test_judgement_of_the_rules_is_taken_off_a_record_that_changed(cell: CoverageGrid):
    store(cell, make_listing())
    lines = [{"code": "probe_unknown", "points": 0, "text": "A person decides"}]
    fields: dict[str, Any] = {
        "reasons": lines,
        "score": 70,
        "chain": "One of many",
        "rule_version": 1,
        "decided_at": NOW,
    }
    states.move(business_of("node/1"), "review", now=NOW, by="test", **fields)
    store(cell, make_listing(phones=("(802) 555-0117",)), now=LATER)
    business = business_of("node/1")
    assert (business.status, business.score, business.chain, business.decided_at) == ("new", None, "", None)
    assert [line["text"] for line in business.reasons] == ["Its record changed; it waits for a look"]
