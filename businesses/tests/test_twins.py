"""A shop that is twice in one source: neither is a lead until a person has said whether they are one or two."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from businesses import leads, rescoring, review
from businesses.joining import merge_businesses, split_record, undo_merge
from businesses.models import Business, SourceRecord
from businesses.sources.sample import SampleTown
from businesses.tests.listings import LAT, METRE, business_of, make_listing, store
from businesses.tests.test_leads import TownWeb
from businesses.twins import find_twins
from pipeline.clock import VirtualClock
from pipeline.doctor import examine
from pipeline.runner import Run
from territories.models import CoverageGrid
from territories.tests.factories import NOW, make_grid, make_territory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)
REACH: dict[str, Any] = {"phones": ("+18025550116",), "emails": ("bread@rye.example",)}


@pytest.fixture(autouse=True)
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[TownWeb]:
    """A web in which nobody of the town has a site."""
    nowhere = TownWeb({})
    monkeypatch.setattr(SampleTown, "web", lambda self: nowhere)
    yield nowhere


@pytest.fixture
def cell() -> CoverageGrid:
    return make_grid(territory=make_territory(source="sample"))


def twice(cell: CoverageGrid, *, now: Any = NOW, **of_second: Any) -> None:
    """The answer of the source: one shop as a point, and as its house five metres off."""
    second = REACH | {"lat": LAT + 5 * METRE} | of_second
    store(cell, make_listing("node/1", **REACH), make_listing("way/2", **second), now=now)


def qualify() -> list[str]:
    leads.qualify_leads(Run(by="test", clock=VirtualClock(LATER), seconds=1e9), limit=10)
    return list(Business.objects.filter(merged_into=None).order_by("pk").values_list("status", flat=True))


def test_neither_is_a_lead_and_a_person_is_asked(cell):
    twice(cell)
    assert qualify() == ["review", "review"]
    one, two = business_of("node/1"), business_of("way/2")
    assert one.reasons[0]["code"] == "twice"
    assert one.reasons[0]["text"] == (
        f"A person decides: map tells of it twice: Brook Lane Bakery ({two.pk}), 5 m away, has the phone number "
        "+18025550116 too. Join the two, or decide on this one if it is another"
    )
    assert [(each.business, each.why) for each in review.neighbours(one)] == [
        (two, "the phone number +18025550116")
    ]
    assert examine(now=NOW) == []


@pytest.mark.parametrize(
    "second",
    [
        {"phones": ()},
        {"phones": (), "emails": ("BREAD@rye.example",)},
        {"emails": (), "name": "Brook Lane Bakery Ltd", "category": "cafe"},
        {"emails": (), "lat": LAT + 95 * METRE},
    ],
)
def test_a_number_or_a_mailbox_is_enough(cell, second: dict[str, Any]):
    twice(cell, **second)
    assert len(find_twins(business_of("node/1"))) == 1


@pytest.mark.parametrize(
    "second",
    [
        {"phones": ("+18025550117",), "emails": ("other@rye.example",)},
        {"phones": (), "emails": ()},
        {"name": "Brook Lane Dentist"},
        {"lat": LAT + 110 * METRE},
    ],
)
def test_without_one_number_one_name_and_one_place_nobody_is_asked(cell, second: dict[str, Any]):
    twice(cell, **second)
    assert find_twins(business_of("node/1")) == []


def test_one_that_has_a_site_keeps_the_other_from_being_written_to(cell, web: TownWeb):
    twice(cell, operating_status="closed")
    assert qualify() == ["review", "rejected"]


def test_joined_by_a_person_they_are_one_lead(cell):
    twice(cell)
    qualify()
    merge_businesses(business_of("node/1"), business_of("way/2"), now=LATER, by="ann")
    assert qualify() == ["qualified"]


def test_word_for_two_settles_both_and_outlives_every_scrape(cell):
    twice(cell)
    qualify()
    leads.decide(business_of("node/1"), "qualified", now=NOW, by="ann")
    assert qualify() == ["qualified", "qualified"]
    twice(cell, now=LATER, city="Alderton")
    assert qualify() == ["qualified", "qualified"]
    leads.requalify(business_of("node/1"), now=LATER, by="ann")
    rescoring.rescore_leads(now=LATER, by="test", everything=True)
    assert qualify() == ["qualified", "qualified"]


def test_question_stays_open_through_scrapes_and_new_rules(cell):
    twice(cell)
    qualify()
    twice(cell, now=LATER, city="Alderton")
    assert qualify() == ["review", "review"]
    rescoring.rescore_leads(now=LATER, by="test", everything=True)
    assert qualify() == ["review", "review"]


def test_third_record_is_asked_about_although_the_first_two_were_settled(cell):
    twice(cell)
    qualify()
    leads.decide(business_of("node/1"), "qualified", now=NOW, by="ann")
    qualify()
    store(cell, make_listing("node/3", **REACH), now=LATER, complete=False)
    assert qualify() == ["qualified", "qualified", "review"]


def test_of_three_those_that_nobody_told_apart_are_still_asked_about(cell):
    twice(cell)
    store(cell, make_listing("node/3", **REACH), complete=False)
    assert qualify() == ["review"] * 3
    leads.decide(business_of("node/1"), "qualified", now=NOW, by="ann")
    assert qualify() == ["qualified", "review", "review"]
    assert [twin.business for twin in find_twins(business_of("way/2"))] == [business_of("node/3")]


def test_no_to_one_says_nothing_of_the_other(cell):
    twice(cell)
    qualify()
    leads.decide(business_of("node/1"), "rejected", now=NOW, by="ann")
    assert business_of("way/2").status == "review"
    assert len(find_twins(business_of("way/2"))) == 1


def test_word_that_is_taken_back_opens_the_question_again(cell):
    twice(cell)
    qualify()
    leads.decide(business_of("node/1"), "call_list", now=NOW, by="ann")
    review.undo_decision(business_of("node/1"), now=NOW, by="ann")
    assert len(find_twins(business_of("node/1"))) == 1
    twice(cell, now=LATER, city="Alderton")
    assert qualify() == ["review", "review"]


def test_parted_by_a_person_they_are_two(cell):
    twice(cell)
    one, two = business_of("node/1"), business_of("way/2")
    merge_businesses(one, two, now=NOW, by="ann")
    undo_merge(two, now=NOW, by="ann")
    assert qualify() == ["qualified", "qualified"]


def test_split_off_by_a_person_they_are_two(cell):
    twice(cell)
    one = business_of("node/1")
    merge_businesses(one, business_of("way/2"), now=NOW, by="ann")
    split_record(SourceRecord.objects.get(source_id="way/2"), now=NOW, by="ann")
    assert find_twins(business_of("node/1")) == []


def test_gone_record_is_no_twin(cell):
    twice(cell)
    store(cell, make_listing("way/2", lat=LAT + 5 * METRE, **REACH), now=LATER)
    assert find_twins(business_of("way/2")) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks how PostgreSQL would find the rows")
def test_twins_are_found_by_index(cell):
    step = 400 * METRE
    store(
        cell,
        *(
            make_listing(f"node/{n}", lat=44.0 + n % 20 * step, lon=-73 + n // 20 * step, name=f"Shop {n}",
                         phones=(f"+1 802 {200 + n % 700} 0116",), emails=(f"s{n}@shop.example",))
            for n in range(400)
        ),
    )  # fmt: skip
    twice(cell)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE businesses_business")
        cursor.execute("SET LOCAL enable_seqscan = off")
    with CaptureQueriesContext(connection) as asked:
        assert len(find_twins(business_of("node/1"))) == 1
    looked_up = [query["sql"] for query in asked if 'FROM "businesses_' in query["sql"]]
    with connection.cursor() as cursor:
        for sql in looked_up:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on businesses_" not in plan, plan
