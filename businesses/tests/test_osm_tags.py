"""OpenStreetMap tags, read as a listing."""

import json
from typing import Any

import pytest

from businesses.sources.base import Listing, Rectangle
from businesses.sources.osm import is_business, operating_status, parse_elements

CELL = Rectangle(0, 0, 1, 1)
ELEMENT: dict[str, Any] = {
    "type": "node", "id": 1, "lat": 0.5, "lon": 0.5, "tags": {"name": "A", "shop": "books"},
}  # fmt: skip


def parse(**element: Any) -> tuple[Listing, ...]:
    elements = [
        {"type": "node", "id": 1, "lat": 0.5, "lon": 0.5, "tags": {"name": "A", "shop": "books"}, **element}
    ]
    return parse_elements(json.dumps({"elements": elements}), CELL).listings


def listing(**tags: str) -> Listing:
    return parse(
        tags={"name": "A", "shop": "books", **{key.replace("__", ":"): value for key, value in tags.items()}}
    )[0]


@pytest.mark.parametrize(
    ("tags", "is_one"),
    [
        ({"shop": "books"}, True), ({"shop": "no"}, False), ({"shop": "vacant"}, False), ({"craft": "anything"}, True),
        ({"office": "lawyer"}, True), ({"office": "ngo"}, False), ({"office": "government", "shop": "gift"}, True),
        ({"amenity": "pub"}, True), ({"amenity": "school"}, False), ({"tourism": "motel"}, True),
        ({"tourism": "museum"}, False), ({"leisure": "sauna"}, True), ({"leisure": "park"}, False), ({}, False),
    ],
)  # fmt: skip
def test_businesses_are_chosen_as_the_query_does(tags: dict[str, str], is_one: bool):
    assert is_business({"name": "A", **tags}) is is_one
    assert not is_business(tags)


def test_first_contact_tag_wins_and_lists_are_taken_apart():
    one = listing(
        contact__website="http://second.example",
        website="http://first.example; https://other.example",
        url="x.example",
        contact__phone="+1 802 555 0101",
        mobile="+1 802 555 0102",
        contact__email="a@x.example;b@x.example",
    )
    assert one.websites == ("http://first.example", "https://other.example")
    assert one.phones == ("+1 802 555 0101",)
    assert one.emails == ("a@x.example", "b@x.example")


def test_an_empty_tag_does_not_hide_a_full_one():
    assert listing(website=" ", url="x.example").websites == ("x.example",)


def test_socials_address_brand_and_check_date_are_read():
    one = listing(
        facebook="ana",
        contact__instagram="https://www.instagram.com/ana",
        addr__street="Main Street",
        addr__housenumber="7",
        addr__city="Alder Falls",
        addr__postcode="05699",
        addr__state="VT",
        addr__country="us",
        brand="B",
        brand__wikidata="Q1",
        check_date="2025-10-04",
        opening_hours="24/7",
    )
    assert one.socials == {"facebook": "ana", "instagram": "https://www.instagram.com/ana"}
    assert (one.street, one.housenumber, one.city) == ("Main Street", "7", "Alder Falls")
    assert (one.postcode, one.region, one.country) == ("05699", "VT", "US")
    assert (one.brand, one.brand_wikidata, one.checked_on) == ("B", "Q1", "2025-10-04")
    assert one.opening_hours == "24/7"


def test_values_in_the_wrong_form_are_left_out():
    one = listing(addr__country="United States", check_date="last spring")
    assert (one.country, one.checked_on) == ("", "")


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ({"shop": "books"}, "open"),
        ({"shop": "books", "opening_hours": "closed"}, "closed"),
        ({"shop": "books", "opening_hours": "Off"}, "closed"),
        ({"shop": "books", "opening_hours": 'closed "renovation"'}, "temporarily_closed"),
        ({"shop": "books", "opening_hours": "Mo-Fr 09:00-17:00; Sa off"}, "open"),
        ({"shop": "books", "disused": "yes"}, "closed"),
        ({"shop": "books", "closed": "yes"}, "closed"),
        ({"shop": "books", "disused:shop": "books"}, "unknown"),
        ({"amenity": "cafe", "disused:shop": "books"}, "open"),
        ({"amenity": "cafe", "was:amenity": "bank"}, "open"),
        ({"shop": "books", "end_date": "2024"}, "closed"),
        ({"shop": "books", "end_date": "2024-03-01"}, "closed"),
        ({"shop": "books", "end_date": "2031-01-01"}, "unknown"),
        ({"shop": "books", "end_date": "soon"}, "unknown"),
    ],
)
def test_operating_status(tags: dict[str, str], status: str):
    assert operating_status(tags, data_day="2026-03-01") == status


def test_an_end_date_in_data_of_unknown_age_is_doubt():
    assert operating_status({"shop": "books", "end_date": "2024"}, data_day="") == "unknown"


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"lat": -15.4, "lon": -87.5}, "far away"),
        ({"type": "relation", "center": {"lat": -15.4, "lon": -87.5}}, "far away"),
        ({"type": "relation", "center": {"lat": 2.1, "lon": 0.5}}, "far away"),
        ({"type": "relation", "center": {}}, "no coordinates"),
        ({"type": "way", "center": None}, "no coordinates"),
        ({"type": "way", "center": [1]}, "no coordinates"),
        ({"lat": None}, "no coordinates"),
        ({"lat": True}, "no coordinates"),
        ({"lat": "0.5"}, "no coordinates"),
        ({"lat": float("nan")}, "no coordinates"),
        ({"lon": float("inf")}, "no coordinates"),
        ({"lat": 10**400}, "no coordinates"),
        ({"lat": 91}, "no coordinates"),
        ({"id": 0}, "no type or no id"),
        ({"id": "1"}, "no type or no id"),
        ({"type": "area"}, "no type or no id"),
        ({"tags": None}, "no name"),
        ({"tags": {"shop": "books"}}, "no name"),
        ({"tags": {"name": "\0 "}}, "no name"),
    ],
)
def test_an_element_that_can_be_no_business_is_refused_and_the_rest_goes_on(
    element: dict[str, Any], reason: str
):
    good = {"type": "node", "id": 1, "lat": 0.5, "lon": 0.5, "tags": {"name": "A", "shop": "books"}}
    parsed = parse_elements(json.dumps({"elements": [{**good, **element}, {**good, "id": 2}]}), CELL)
    assert [listing.source_id for listing in parsed.listings] == ["node/2"]
    assert (parsed.complete, parsed.outside) == (True, 0)
    (refusal,) = parsed.refused
    assert reason in refusal.reason
    assert refusal.place in {"node/1", "way/1", "relation/1", "element 1"}
    assert refusal.excerpt


def test_a_centre_beside_the_cell_belongs_to_its_neighbour():
    element = {
        "type": "way",
        "id": 1,
        "center": {"lat": 1.9, "lon": -0.9},
        "tags": {"name": "A", "shop": "mall"},
    }
    parsed = parse_elements(json.dumps({"elements": [element]}), CELL)
    assert (parsed.listings, parsed.refused, parsed.outside) == ((), (), 1)


def test_the_same_element_twice_is_one_listing():
    element = {"type": "node", "id": 1, "lat": 0.5, "lon": 0.5, "tags": {"name": "A", "shop": "books"}}
    assert len(parse_elements(json.dumps({"elements": [element, element]}), CELL).listings) == 1


def test_characters_that_no_database_takes_are_dropped():
    one = parse(tags={"name": "Bo\0b\ud800's", "shop": "books", "level": 2})[0]
    assert one.name == "Bob's"
    assert one.raw["tags"] == {"name": "Bob's", "shop": "books"}


def test_an_answer_with_a_remark_is_not_whole_and_keeps_what_it_brought():
    told = {"elements": [ELEMENT], "remark": "Query was interrupted by the administrator"}
    parsed = parse_elements(json.dumps(told), CELL)
    assert (parsed.complete, parsed.saturated, len(parsed.listings)) == (False, False, 1)
    assert parsed.reason == "The map server remarked: Query was interrupted by the administrator"
    assert not parse_elements('{"elements": [], "remark": ["?"]}', CELL).complete
    assert parse_elements('{"elements": [], "remark": ""}', CELL).complete
    assert parse_elements('{"elements": [], "remark": null}', CELL).complete


@pytest.mark.parametrize("name", [None, ["x"], {"a": "b"}, 7, True])
def test_what_is_no_text_is_no_name(name: Any):
    told = {"elements": [ELEMENT | {"tags": {"name": name, "shop": "books"}}, ELEMENT | {"id": 2}]}
    parsed = parse_elements(json.dumps(told), CELL)
    assert [listing.source_id for listing in parsed.listings] == ["node/2"]
    assert [(each.source_id, each.reason) for each in parsed.refused] == [("node/1", "It has no name")]


@pytest.mark.parametrize("field", ["id", "lat"])
def test_a_number_without_end_spoils_its_own_record_alone(field: str):
    body = json.dumps({"elements": [ELEMENT | {field: "HERE"}, ELEMENT | {"id": 2}]})
    parsed = parse_elements(body.replace('"HERE"', "9" * 5000), CELL)
    assert [listing.source_id for listing in parsed.listings] == ["node/2"]
    assert [each.source_id for each in parsed.refused] == ["" if field == "id" else "node/1"]


@pytest.mark.parametrize(
    ("remark", "is_split"),
    [
        ('runtime error: Query timed out in "query" at line 3 after 2 seconds.', True),
        ('runtime error: Query ran out of memory in "query" at line 2.', True),
        ("runtime error: open64: 2 No such file or directory", False),
    ],
)
def test_only_a_cell_that_is_too_big_is_split(remark: str, is_split: bool):
    parsed = parse_elements(json.dumps({"elements": [], "remark": remark}), CELL)
    assert (parsed.complete, parsed.saturated, parsed.reason) == (False, is_split, remark)
