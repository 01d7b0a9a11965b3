"""Is this record that business: names, places, numbers and domains compared."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.matching import (
    Facts,
    block_of,
    blocks_near,
    compare,
    distance,
    is_same_name,
    name_key_of,
    own_domain,
    pair_up,
)

LAT, LON = 44.05, -72.95
METRE = 1 / 111_320
PHONE = "+18025550116"
PAGE = frozenset({"facebook:7"})


def place(name: str = "Brook Lane Bakery", *, metres: float = 0, **over) -> Facts:
    fields = {"category": "bakery"} | over
    return Facts(name_key_of(name), LAT + metres * METRE, LON, **fields)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Café Zoë & Sons Ltd.", "zoe sons"),
        ("The Restaurant", "the restaurant"),  # never to nothing
        ("O'Neill's Bar", "oneills"),
        ("Müller GmbH & Co. KG", "muller gmbh"),
        ("SA", "sa"),
        ("Ресторан Мир", "ресторан мир"),
        ("!!!", ""),
    ],
)
def test_name_key(name: str, key: str):
    assert name_key_of(name) == key


@pytest.mark.parametrize(
    ("record", "business", "why"),
    [
        (place(ids=PAGE), place("Other", metres=9_000, category="hotel", ids=PAGE), "Both are facebook:7"),
        (place(phones=(PHONE,)), place("Brook Bakery", metres=3_000, phones=(PHONE,)), "The same phone number"),
        (place(phones=(PHONE,)), place("Fresh Bread", metres=300, phones=(PHONE,)), "The same phone number"),
        (place(), place("The Brook Lane Bakery Ltd", metres=90), "The same name"),
        (place("Lakeside Baking"), place("Lakeside Baking Group Company", metres=30), "One name holds"),
        (place("Brook", domain="b.example"), place("Bread", metres=150, domain="b.example"), "The same web domain"),
    ],
)  # fmt: skip
def test_evidence(record: Facts, business: Facts, why: str):
    match = compare(record, business, is_same_source=False)
    assert match is not None
    assert match.why.startswith(why)


@pytest.mark.parametrize(
    ("record", "business"),
    [
        # A hotel and its bar: one number, one domain, one half of the name, six metres.
        (
            place("Hotel Haven", category="hotel", phones=(PHONE,), domain="haven.example"),
            place("Bar Haven", category="bar", metres=6, phones=(PHONE,), domain="haven.example"),
        ),
        (place(phones=(PHONE,)), place("Fresh Bread", metres=700, phones=(PHONE,))),
        (place(), place(metres=120)),
        (place(), place("Fresh Bread", metres=2)),
        (place("Brook", domain="brook.example"), place("Fresh Bread", metres=250, domain="brook.example")),
        (place("Brook", domain="a.example", brand="A"), place("Fresh", metres=50, domain="a.example")),
        (place("Ann", category="dentist"), place("Ann Mary Hill", metres=5, category="dentist")),
    ],
)
def test_no_evidence(record: Facts, business: Facts):
    assert compare(record, business, is_same_source=False) is None


def test_two_records_of_one_source_need_the_very_same_trade():
    cafe = place(category="cafe", metres=5)
    assert compare(place(), cafe, is_same_source=False)
    assert not compare(place(), cafe, is_same_source=True)


def test_number_that_several_have_proves_nothing_over_a_distance():
    branch = place(metres=3_000, phones=(PHONE,))
    assert not compare(place(phones=(PHONE,)), branch, is_same_source=False, is_only_with_phone=False)


def test_pairs_are_one_to_one_and_the_best_first():
    near, far = place(metres=2), place(metres=40)
    matches = []
    for record, facts in (("a", place()), ("b", place(metres=50))):
        for business, other in ((1, near), (2, far)):
            match = compare(facts, other, is_same_source=False)
            assert match
            matches.append((match, record, business))
    assert {record: business for record, (business, _) in pair_up(matches).items()} == {"a": 1, "b": 2}
    assert pair_up(matches) == pair_up(reversed(matches))


@pytest.mark.parametrize(
    ("websites", "domain"),
    [
        (("https://www.brook.example/contact",), "brook.example"),
        (("https://facebook.com/brook", "shop.brook.co.uk"), "brook.co.uk"),
        (("https://brook.wixsite.com/home",), "brook.wixsite.com"),
        (("https://www.wixsite.com/brook",), ""),
        (("https://yelp.com/biz/brook", "not an address"), ""),
        ((), ""),
    ],
)
def test_own_domain(websites: tuple[str, ...], domain: str):
    assert own_domain(websites) == domain


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("Columbus", "Columbus Hotel Alder Falls, a Collection", True),
        ("Lakeside Dental", "Lake Side Dental", True),
        ("Harbour Books", "Trinity Tattoo", False),
        ("Pizza Nina", "Pizza Rosario", False),
    ],
)
def test_one_name_written_in_two_ways(old: str, new: str, same: bool):
    assert is_same_name(name_key_of(old), name_key_of(new)) is same


degrees = st.floats(-179.999, 179.999)


@given(lat=st.floats(-78, 78), lon=degrees, bearing=st.floats(0, 2 * math.pi), metres=st.floats(0, 99))
def test_everything_within_a_hundred_metres_is_in_the_squares_around(lat, lon, bearing, metres):
    north = lat + metres * METRE * math.cos(bearing)
    east = lon + metres * METRE * math.sin(bearing) / math.cos(math.radians(lat))
    east = (east + 180) % 360 - 180
    assert distance(lat, lon, north, east) <= 100
    assert block_of(north, east) in blocks_near([(lat, lon)])


@given(name=st.text(max_size=60))
def test_name_key_is_settled_and_never_lost(name: str):
    key = name_key_of(name)
    assert len(key) <= 80
    assert bool(key) or not any(char.isalpha() and char.isascii() for char in name)
