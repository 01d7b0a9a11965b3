"""What a source tells becomes records, and businesses are made of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from businesses import leads
from businesses.models import Business, SourceRecord
from businesses.provenance import field_origins, keep_origins
from businesses.tests.listings import LAT, LON, METRE, business_of, make_listing, store
from pipeline import claims, states
from pipeline.doctor import examine
from pipeline.errors import LostClaim
from pipeline.models import TimelineEntry
from territories.tests.factories import NOW, make_grid, make_territory

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=30)
MUCH_LATER = NOW + timedelta(days=60)


@pytest.fixture
def cell() -> Any:
    return make_grid()


def become(business: Business, status: str, **fields: Any) -> None:
    """Bring a new business into that state, as a decision by rule or by a person does."""
    states.move(business, status, now=NOW, by="test", **fields)


def test_new_record_makes_a_business_that_says_where_each_field_is_from(cell):
    told = store(
        cell,
        make_listing(phones=("(802) 555-0116", "x"), emails=("INFO@brook.example",), street="Brook Lane"),
    )

    business = business_of("node/1")
    assert (told.new, told.changed, told.seen) == (1, 0, 0)
    assert (business.name, business.phone, business.phones) == (
        "Brook Lane Bakery",
        "+18025550116",
        ["+18025550116"],
    )
    assert (business.email, business.emails) == ("info@brook.example", ["info@brook.example"])
    assert (business.name_key, business.status) == ("brook lane bakery", "new")
    origin = {"source": "map", "licence": "CC0-1.0", "at": NOW.isoformat(), "record": "node/1"}
    assert field_origins(business.provenance)["email"] == origin
    assert "opening_hours" not in field_origins(business.provenance)
    assert business.records.get().payload["name"] == "Brook Lane Bakery"


def test_same_answer_again_changes_nothing_but_when_it_was_seen(cell):
    store(cell, make_listing())
    before = Business.objects.values().get()

    told = store(cell, make_listing(), now=LATER)

    assert str(told) == "0 new, 0 changed, 1 as before"
    assert Business.objects.values().get() == before | {"seen_at": LATER}
    record = SourceRecord.objects.get()
    assert (record.first_seen_at, record.last_seen_at) == (NOW, LATER)


def test_one_id_twice_in_an_answer_is_one_record(cell):
    told = store(cell, make_listing(city="Fernhill"), make_listing(city="Alderton"))
    assert told.new == 1
    assert business_of("node/1").city == "Alderton"


def test_changed_record_is_a_further_row_and_the_business_is_looked_at_again(cell):
    store(cell, make_listing())
    become(business_of("node/1"), "qualified")

    told = store(cell, make_listing(phones=("+1 802 555 0117",)), now=LATER)

    business = business_of("node/1")
    assert (told.changed, business.status, business.phone) == (1, "new", "+18025550117")
    old, new = SourceRecord.objects.order_by("pk")
    assert (old.is_current, new.is_current) == (False, True)
    assert ("phones" in old.payload, "phones" in new.payload) == (False, True)
    assert TimelineEntry.objects.latest("pk").reason == "Its record changed"


def test_decision_of_a_person_survives_a_changed_record(cell):
    store(cell, make_listing())
    leads.decide(business_of("node/1"), "rejected", now=NOW, by="staff:ana")

    store(cell, make_listing(city="Alderton"), now=LATER)

    business = business_of("node/1")
    assert (business.status, business.decided_by, business.city) == ("rejected", "staff:ana", "Alderton")


def test_worker_that_decides_on_what_a_business_was_loses_its_claim(cell):
    store(cell, make_listing())
    held = claims.claim(leads.QUALIFY, now=NOW, by="worker")
    assert held

    store(cell, make_listing(websites=("https://brook.example",)), now=LATER)

    with pytest.raises(LostClaim):
        claims.finish(leads.QUALIFY, held, "qualified", now=LATER, by="worker")
    assert Business.objects.get().status == "new"


def test_same_id_under_another_name_goes_to_a_person_without_the_old_contact(cell):
    store(cell, make_listing(name="Harbour Books", category="books", emails=("hello@harbour.example",)))
    become(business_of("node/1"), "qualified")

    told = store(cell, make_listing(name="Trinity Tattoo", category="tattoo"), now=LATER)

    business = business_of("node/1")
    assert (told.review, business.status, business.name, business.email) == (
        1,
        "review",
        "Trinity Tattoo",
        "",
    )
    assert "'Harbour Books' is called 'Trinity Tattoo' now" in business.reasons[0]["text"]
    assert [record.listing["name"] for record in business.records.order_by("pk")] == [
        "Harbour Books",
        "Trinity Tattoo",
    ]
    assert examine(now=LATER) == []


@pytest.mark.parametrize(("decision", "then"), [("rejected", "rejected"), ("call_list", "review")])
def test_yes_of_a_person_was_said_to_the_old_name_and_a_no_stands(cell, decision: str, then: str):
    store(cell, make_listing(name="Harbour Books"))
    leads.decide(business_of("node/1"), decision, now=NOW, by="staff:ana")
    store(cell, make_listing(name="Trinity Tattoo"), now=LATER)
    assert business_of("node/1").status == then


def test_what_was_found_on_its_own_page_outlives_a_record_but_not_a_new_name(cell):
    store(cell, make_listing())
    business = business_of("node/1")
    found = {"source": "own_site", "licence": "", "at": NOW.isoformat()}
    business.email = "hello@brook.example"
    business.provenance = keep_origins(field_origins(business.provenance) | {"email": found})
    business.email_takes_mail = True
    business.save()

    store(cell, make_listing(city="Alderton"), now=LATER)
    kept = business_of("node/1")
    assert (kept.email, field_origins(kept.provenance)["email"], kept.email_takes_mail) == (
        "hello@brook.example",
        found,
        True,
    )

    store(cell, make_listing(name="Trinity Tattoo"), now=MUCH_LATER)
    assert (business_of("node/1").email, business_of("node/1").email_takes_mail) == ("", None)


def test_new_name_of_one_of_two_records_is_another_business(cell):
    store(cell, make_listing(name="Harbour Books", category="books"), source="map")
    store(
        cell,
        make_listing("b-7", name="Harbour Books", category="books", emails=("a@harbour.example",)),
        source="list",
    )
    old = business_of("node/1")
    assert business_of("b-7", "list") == old

    told = store(cell, make_listing(name="Trinity Tattoo", category="tattoo"), source="map", now=LATER)

    new = business_of("node/1")
    old.refresh_from_db()
    assert new != old
    assert (told.new, told.changed, told.review) == (0, 1, 1)
    assert (new.name, new.email, new.status) == ("Trinity Tattoo", "", "review")
    assert (old.name, old.email, old.status) == ("Harbour Books", "a@harbour.example", "new")
    assert examine(now=LATER) == []


def test_record_that_takes_the_name_its_business_has_already_is_no_question(cell):
    store(cell, make_listing(name="Harbour Books", phones=("+18025550117",)), source="map")
    store(cell, make_listing("b-7", name="Trinity Books", phones=("+18025550117",)), source="list")
    told = store(cell, make_listing(name="Trinity Books", phones=("+18025550117",)), source="map", now=LATER)
    assert told.review == 0
    assert Business.objects.count() == 1


def test_place_drawn_again_under_a_new_id_is_the_same_business(cell):
    store(cell, make_listing("node/1"))
    become(business_of("node/1"), "qualified")

    told = store(cell, make_listing("way/9", lat=LAT + 20 * METRE), now=LATER)

    assert (told.new, told.merged, told.missing) == (0, 1, 1)
    assert Business.objects.count() == 1
    business = business_of("way/9")
    assert business.status == "new"
    assert business.lat == pytest.approx(LAT + 20 * METRE)  # the gone record counts no more
    assert business.records.get(source_id="way/9").matched_by == "The same name (100 of 100), 20 m apart"
    assert examine(now=LATER) == []


def test_two_ids_of_one_answer_are_two_businesses(cell):
    told = store(cell, make_listing("node/1"), make_listing("way/9", lat=LAT + 5 * METRE))
    assert (told.new, told.merged) == (2, 0)
    store(
        cell,
        make_listing("node/1"),
        make_listing("way/9", lat=LAT + 5 * METRE),
        make_listing("node/3"),
        now=LATER,
    )
    assert Business.objects.count() == 3


def test_gone_from_a_whole_answer_is_no_lead_and_back_again_is_looked_at(cell):
    other = make_listing("node/2", name="Hilltop Roofing", category="roofer")
    store(cell, make_listing("node/1"), other)
    become(business_of("node/1"), "qualified")

    told = store(cell, other, now=LATER)
    business = business_of("node/1")
    assert (told.missing, business.status, business.name) == (1, "rejected", "Brook Lane Bakery")
    assert business.reasons[0]["code"] == "gone"
    assert business.records.get().missing_since == LATER

    store(
        cell,
        make_listing("node/1"),
        make_listing("node/2", name="Hilltop Roofing", category="roofer"),
        now=MUCH_LATER,
    )
    business = business_of("node/1")
    assert (business.status, business.records.get().missing_since) == ("new", None)
    assert examine(now=MUCH_LATER) == []


def test_gone_leaves_the_no_of_a_person(cell):
    store(cell, make_listing())
    leads.decide(business_of("node/1"), "rejected", now=NOW, by="staff:ana")
    store(cell, now=LATER)
    assert (business_of("node/1").status, business_of("node/1").reasons) == ("rejected", [])


@pytest.mark.parametrize(
    "over", [{"complete": False}, {"refused": {"node/1"}}], ids=["part of an answer", "held but not readable"]
)
def test_what_an_answer_does_not_prove_gone_stays(cell, over: dict[str, Any]):
    store(cell, make_listing())
    assert store(cell, now=LATER, **over).missing == 0
    assert SourceRecord.objects.get().missing_since is None


def test_only_what_the_cell_was_asked_for_can_be_gone_from_it():
    whole = make_grid(territory=make_territory(categories=["bakery"]))
    west = make_grid(territory=whole.territory, parent=whole, depth=1, east=LON - 0.01)
    elsewhere = make_grid()
    store(whole, make_listing("node/1"), make_listing("node/2", lon=LON - 0.02, name="Far West Bread"))
    store(whole, make_listing("node/3", category="florist", name="Ana's Flowers"), complete=False)
    store(elsewhere, make_listing("node/4", name="Other Town Bread"))

    told = store(west, now=LATER)

    assert told.missing == 1
    assert SourceRecord.objects.get(missing_since=LATER).source_id == "node/2"
    store(
        whole, make_listing("node/1"), now=MUCH_LATER
    )  # its trade is not asked for: nothing is known of node/3
    assert not SourceRecord.objects.filter(missing_since=MUCH_LATER).exists()


def test_business_that_one_of_two_sources_drops_lives_on_without_it(cell):
    store(cell, make_listing(emails=("old@brook.example",)), source="map")
    store(cell, make_listing("b-7"), source="list")
    store(cell, source="map", now=LATER)
    business = business_of("b-7", "list")
    assert (business.status, business.email, business.seen_at) == ("new", "", NOW)


def test_closed_is_no_lead_any_more_and_says_why(cell):
    store(cell, make_listing())
    become(business_of("node/1"), "qualified")
    told = store(cell, make_listing(operating_status="closed"), now=LATER)
    business = business_of("node/1")
    assert (told.closed, business.status, business.reasons[0]["code"]) == (1, "rejected", "closed")


def test_suppression_outlives_every_change(cell):
    store(cell, make_listing())
    Business.objects.update(suppressed=True)
    store(cell, make_listing("way/9"), now=LATER)
    store(cell, make_listing("way/9", city="Alderton"), now=MUCH_LATER)
    assert business_of("way/9").suppressed


def test_licence_of_a_record_of_its_own_is_kept(cell):
    store(cell, make_listing(licence="Apache-2.0"))
    assert SourceRecord.objects.get().licence == "Apache-2.0"
    assert field_origins(business_of("node/1").provenance)["name"]["licence"] == "Apache-2.0"


def test_impossible_facts_are_left_out(cell):
    store(cell, make_listing(checked_on="2026-02-31", rating=7.5, review_count=-3))
    business = business_of("node/1")
    assert (business.alive_on, business.rating, business.review_count) == (None, None, None)


def many(count: int, **over: Any) -> list[Any]:
    return [
        make_listing(
            f"node/{n}", name=f"Bakery {n}", lat=44.0 + n % 50 * 0.002, lon=-73 + n // 50 * 0.002, **over
        )
        for n in range(count)
    ]


def test_queries_do_not_grow_with_the_answer(cell):
    def queries(count: int, **over: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            store(cell, *many(count, **over), complete=False)
        return len(captured)

    few, lot = queries(10), queries(900)
    # Inserts are cut to what a database takes at once.
    assert lot <= few + 12
    few, lot = queries(10, city="A"), queries(900, city="A")
    assert lot <= few + 12


def test_answer_of_many_batches_is_stored_whole(cell):
    told = store(cell, *many(2_300))
    assert (told.new, Business.objects.count(), SourceRecord.objects.count()) == (2_300, 2_300, 2_300)
    told = store(cell, *many(2_300, city="Alderton")[100:], now=LATER)
    assert (told.changed, told.missing, Business.objects.filter(city="Alderton").count()) == (
        2_200,
        100,
        2_200,
    )


@pytest.mark.parametrize(
    "text", ["\\N", "a\\tb\\", "say \"x\", 'y'", "line\nbreak\r\ttab", "NULL", "日本 🥐", "%s {x}", "\\.\n"]
)
def test_every_text_is_stored_as_it_was_told(cell, text: str):
    store(cell, make_listing(text, websites=(text,), raw={"name": "x", text: [text, None, True, 1.5]}))
    record = SourceRecord.objects.get()
    assert (record.source_id, record.payload) == (text, {"name": "x", text: [text, None, True, 1.5]})
    assert record.business.websites == [text]
    assert (record.business.rating, record.missing_since) == (None, None)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks how PostgreSQL would find the rows")
def test_no_table_is_read_whole_for_what_may_be_there_already(cell):
    listings = [
        make_listing(
            f"node/{n}",
            lat=LAT + 20 * n * METRE,
            phones=(f"+1 802 {200 + n} 0116",),
            websites=(f"https://shop{n}.example/",),
        )
        for n in range(150)
    ]
    store(cell, *listings)
    with CaptureQueriesContext(connection) as asked:
        told = store(cell, *listings, source="other")
    assert told.merged == 150
    looked_up = [
        query["sql"]
        for query in asked
        if query["sql"].startswith("SELECT") and 'FROM "businesses_' in query["sql"]
    ]
    assert len([sql for sql in looked_up if '"block" IN' in sql or '"phone" IN' in sql]) == 2
    with connection.cursor() as cursor:
        for sql in looked_up:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on businesses_" not in plan, plan
