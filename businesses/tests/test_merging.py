"""A business is computed from its records, and two are made one and parted again by hand."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses import leads, merging
from businesses.joining import CannotJoin, merge_businesses, split_record, undo_merge
from businesses.merging import Told, independent_sources, merge, standing_records, upstream_of
from businesses.models import Business, SourceRecord
from businesses.provenance import field_origins
from businesses.tests.factories import make_business
from businesses.tests.listings import METRE, business_of, make_listing, store
from pipeline import states
from pipeline.doctor import examine
from territories.tests.factories import NOW, make_grid

LATER = NOW + timedelta(days=30)


def told(source: str = "map", source_id: str = "1", *, is_missing: bool = False, **facts: Any) -> Told:
    told = {"name": "Brook Lane Bakery", "lat": 44.05, "lon": -72.95, **facts}
    return Told(source, source_id, "CC0-1.0", NOW.isoformat(), told, is_missing)


def test_what_was_checked_later_goes_before_what_tells_more():
    old = told("list", "7", checked_on="2024-01-01", city="Alderton", phones=["+18025550116"])
    new = told("map", "1", checked_on="2026-01-01", city="Fernhill")
    fields = merge([old, new])
    assert (fields["city"], fields["phone"]) == ("Fernhill", "+18025550116")
    origins = field_origins(fields["provenance"])
    assert (origins["city"]["record"], origins["phone"]["source"]) == ("1", "list")
    assert str(fields["alive_on"]) == "2026-01-01"


def test_the_short_way_for_one_record_gives_what_the_long_one_does():
    for facts in (
        {},
        {
            "websites": ["https://a.example", "https://a.example"],
            "socials": {"facebook": "f/a"},
            "rating": 4.5,
        },
        {
            "phones": ["+18025550116"],
            "phone_raw": "802 555 0116",
            "emails": ["info@a.example"],
            "review_count": 3,
        },
        {"rating": 0.0, "review_count": 3, "checked_on": "2026-01-01", "operating_status": "closed"},
        {"street": "Main Street", "housenumber": "5", "city": "Fernhill", "brand": "B", "category": "bakery"},
        {"housenumber": "5", "raw_categories": ["shop=bakery"], "country": "US", "opening_hours": "24/7"},
    ):
        assert merging._of_one(told(**facts)) == merging._of_many([told(**facts)])


def test_lists_are_joined_and_name_all_who_tell():
    a = told("map", "1", websites=["https://a.example"], city="Fernhill", socials={"facebook": "f/a"})
    b = told("list", "7", websites=["https://b.example", "https://a.example"], socials={"instagram": "i/b"})
    fields = merge([b, a])
    assert fields["websites"] == ["https://a.example", "https://b.example"]
    assert fields["socials"] == {"facebook": "f/a", "instagram": "i/b"}
    assert field_origins(fields["provenance"])["websites"]["also"] == ["list 7"]


def test_street_and_number_are_never_put_together_from_two_records():
    a = told("map", "1", street="Brook Lane", city="Fernhill", postcode="00000")
    b = told("list", "7", street="Main Street", housenumber="5")
    assert (merge([a, b])["street"], merge([a, b])["housenumber"]) == ("Brook Lane", "")


@pytest.mark.parametrize(
    ("map_says", "list_says", "status"),
    [
        ({"operating_status": "open"}, {"operating_status": "closed"}, "closed"),
        ({"operating_status": "open", "checked_on": "2026-01-01"}, {"operating_status": "closed"}, "open"),
        ({"checked_on": "2026-01-01"}, {"operating_status": "open"}, "open"),
        ({}, {}, "unknown"),
    ],
)
def test_latest_look_says_whether_it_lives_and_in_doubt_the_worse_news(map_says, list_says, status):
    assert merge([told("map", **map_says), told("list", **list_says)])["operating_status"] == status


def test_gone_record_counts_only_while_none_stands():
    gone = told("map", "1", is_missing=True, city="Alderton", emails=["old@brook.example"])
    assert merge([gone])["email"] == "old@brook.example"
    assert merge([gone, told("map", "2")])["email"] == ""


words = st.sampled_from(["", "a", "b", "c"])
days = st.sampled_from(["", "2024-01-01", "2026-01-01"])
facts = st.fixed_dictionaries(
    {"name": st.sampled_from(["Brook", "Hill", "Brook Lane"]), "lat": st.floats(44, 45), "lon": st.floats(-73, -72)},
    optional={
        "city": words, "street": words, "housenumber": words, "phones": st.lists(words, max_size=2),
        "emails": st.lists(words, max_size=2), "websites": st.lists(words, max_size=2), "checked_on": days,
        "operating_status": st.sampled_from(["open", "closed", "temporarily_closed"]), "rating": st.floats(0, 5),
        "review_count": st.integers(1, 9), "socials": st.dictionaries(words, words, max_size=2),
    },
)  # fmt: skip
records = st.lists(
    st.builds(Told, st.sampled_from(["map", "list"]), words, st.just("CC0-1.0"), words, facts, st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=lambda told: (told.source, told.source_id),
)


@given(records=records, seed=st.randoms(use_true_random=False))
def test_any_order_of_the_records_makes_the_same_business(records: list[Told], seed: random.Random):
    shuffled = list(records)
    seed.shuffle(shuffled)
    assert merge(shuffled) == merge(records)


@pytest.mark.django_db
def test_any_order_of_arrival_makes_the_same_business():
    answers = [
        ("map", make_listing("1", city="Fernhill", checked_on="2025-05-05")),
        ("list", make_listing("7", phones=("+18025550116",), websites=("https://b.example",), lat=44.0501)),
        (
            "book",
            make_listing("x", emails=("a@brook.example",), websites=("https://a.example",), city="Alderton"),
        ),
    ]
    made = []
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        SourceRecord.objects.all().delete()
        Business.objects.all().delete()
        cell = make_grid()
        for number in order:
            store(cell, answers[number][1], source=answers[number][0])
        business = Business.objects.get()
        made.append(
            {k: v for k, v in vars(business).items() if k not in ("_state", "id", "grid_id", "territory_id")}
        )
    assert made[0] == made[1] == made[2]
    assert made[0]["emails"] == ["a@brook.example"]


@pytest.mark.parametrize(
    ("source", "licence", "payload", "root"),
    [
        ("osm_file", "ODbL-1.0", {}, "openstreetmap"),
        ("overpass", "ODbL-1.0", {}, "openstreetmap"),
        ("overture_file", "CDLA-Permissive-2.0", {"sources": [{"dataset": "meta"}]}, "meta"),
        (
            "overture_file",
            "x",
            {"sources": [{"dataset": "meta"}, {"dataset": "OpenStreetMap"}]},
            "openstreetmap",
        ),
        ("csv", "own", {"sources": "map"}, "csv"),
    ],
)
def test_where_a_record_comes_from_at_the_root(source: str, licence: str, payload: Any, root: str):
    assert upstream_of(source, licence, payload) == root


@pytest.mark.django_db
def test_two_sources_that_copy_from_one_are_one():
    cell = make_grid()
    store(cell, make_listing("1"), source="map")
    store(cell, make_listing("7", raw={"name": "x", "sources": [{"dataset": "Map"}]}), source="copy")
    store(cell, make_listing("x"), source="book")
    business = Business.objects.get()
    assert independent_sources(standing_records(business)) == {"map", "book"}
    store(cell, source="book", now=LATER)
    assert independent_sources(standing_records(business)) == {"map"}


@pytest.fixture
def two(db: None) -> tuple[Business, Business]:
    """Two businesses of one source that are one place, in truth."""
    store(
        make_grid(),
        make_listing("1", city="Fernhill"),
        make_listing("2", lat=44.05 + 30 * METRE, emails=("a@brook.example",)),
    )
    return business_of("1"), business_of("2")


def test_merging_moves_every_record_and_undoing_it_brings_all_back(two):
    keep, absorb = two
    before = list(Business.objects.order_by("pk").values("name", "city", "email", "lat", "merged_into"))

    merge_businesses(keep, absorb, now=LATER, by="staff:ana")

    assert (keep.email, keep.city) == ("a@brook.example", "Fernhill")
    assert (absorb.merged_into, absorb.status) == (keep, "rejected")
    assert not absorb.records.exists()
    assert examine(now=LATER) == []
    # What a person has joined, an unchanged answer does not part.
    store(
        keep.grid,
        make_listing("1", city="Fernhill"),
        make_listing("2", emails=("b@brook.example",)),
        now=LATER,
    )
    assert business_of("2") == keep
    store(keep.grid, make_listing("1", city="Fernhill"),
          make_listing("2", lat=44.05 + 30 * METRE, emails=("a@brook.example",)), now=LATER)  # fmt: skip
    absorb.refresh_from_db()

    undo_merge(absorb, now=LATER, by="staff:ana")

    assert (
        list(Business.objects.order_by("pk").values("name", "city", "email", "lat", "merged_into")) == before
    )
    assert absorb.status == "new"
    assert examine(now=LATER) == []


def test_no_of_either_side_outlives_a_merge(two):
    keep, absorb = two
    Business.objects.filter(pk=absorb.pk).update(suppressed=True)
    leads.decide(absorb, "rejected", now=NOW, by="staff:bo")
    states.move(keep, "qualified", now=NOW, by="test")
    absorb.refresh_from_db()
    merge_businesses(keep, absorb, now=LATER, by="staff:ana")
    keep.refresh_from_db()
    assert (keep.suppressed, keep.status, keep.decided_by) == (True, "rejected", "staff:bo")


def test_stricter_of_two_decisions_stands(two):
    keep, absorb = two
    leads.decide(keep, "rejected", now=NOW, by="staff:ana")
    leads.decide(absorb, "qualified", now=NOW, by="staff:bo")
    merge_businesses(keep, absorb, now=LATER, by="staff:ana")
    keep.refresh_from_db()
    assert (keep.status, keep.decided_by) == ("rejected", "staff:ana")


def test_split_record_has_a_business_of_its_own_for_good(db):
    cell = make_grid()
    store(cell, make_listing("1"), source="map")
    store(cell, make_listing("7", emails=("a@brook.example",)), source="list")
    old = Business.objects.get()
    Business.objects.update(suppressed=True)
    record = SourceRecord.objects.select_related("business").get(source="list")

    new = split_record(record, now=LATER, by="staff:ana")

    old.refresh_from_db()
    assert (new.email, old.email) == ("a@brook.example", "")
    assert new.suppressed
    assert examine(now=LATER) == []
    store(cell, make_listing("7", emails=("b@brook.example",)), source="list", now=LATER)
    store(cell, make_listing("1", city="Alderton"), source="map", now=LATER)
    assert Business.objects.count() == 2
    assert business_of("7", "list") == new
    store(cell, make_listing("7", name="Trinity Tattoo"), source="list", now=LATER)
    assert business_of("7", "list") == new  # a person said whose it is; another name is asked about
    assert business_of("7", "list").status == "review"


@pytest.mark.django_db
def test_what_cannot_be_joined_or_parted_says_why():
    store(make_grid(), make_listing("1"))
    business = business_of("1")
    with pytest.raises(CannotJoin, match="with itself"):
        merge_businesses(business, business, now=NOW, by="staff")
    with pytest.raises(CannotJoin, match="only record"):
        split_record(business.records.get(), now=NOW, by="staff")
    with pytest.raises(CannotJoin, match="was not merged"):
        undo_merge(make_business(), now=NOW, by="staff")
