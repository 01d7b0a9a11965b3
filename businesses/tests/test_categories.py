"""The table of trades."""

import pytest

from businesses.categories import (
    _OSM_TAGS,
    CATEGORIES,
    FAMILIES,
    OSM_KEYS,
    category_of_osm_tags,
    find_family,
    is_lead_category,
    raw_categories_of_osm_tags,
)


def test_every_family_has_trades_to_write_to():
    assert {c.family for c in CATEGORIES.values() if c.is_lead} == set(FAMILIES)
    assert len(FAMILIES) == 10


def test_every_trade_has_a_tag_and_every_tag_line_a_trade():
    lines = [line.split() for line in _OSM_TAGS.strip().splitlines()]
    assert {slug for slug, *_ in lines} == set(CATEGORIES)


def test_no_tag_means_two_trades():
    tags = [tag for line in _OSM_TAGS.strip().splitlines() for tag in line.split()[1:]]
    assert sorted(tags) == sorted(set(tags))
    assert all(
        part.partition("=")[0] in {*OSM_KEYS, "cuisine", "beauty", "hairdresser", "sport"}
        for tag in tags
        for part in tag.split("+")
    )


@pytest.mark.parametrize(
    ("tags", "slug"),
    [
        ({"craft": "plumber"}, "plumber"),
        ({"shop": "hairdresser"}, "hairdresser"),
        ({"shop": "hairdresser", "hairdresser": "barber"}, "barber"),
        ({"shop": "beauty", "beauty": "waxing;nails"}, "nails"),
        ({"amenity": "restaurant", "cuisine": "italian;pizza"}, "pizzeria"),
        ({"amenity": "restaurant", "cuisine": "thai"}, "restaurant"),
        ({"amenity": "clinic", "healthcare": "physiotherapist"}, "physiotherapist"),
        ({"leisure": "fitness_centre", "sport": "yoga"}, "yoga"),
        ({"shop": "yes", "office": "company", "craft": "roofer"}, "roofer"),
        ({"shop": "unheard_of; bakery"}, "bakery"),
        ({"shop": "yes", "office": "company"}, ""),
        ({"name": "Somewhere"}, ""),
    ],
)
def test_osm_tags_find_their_trade(tags: dict[str, str], slug: str):
    assert category_of_osm_tags(tags) == slug


@pytest.mark.parametrize(
    "slug",
    [
        "fuel",
        "supermarket",
        "pharmacy",
        "bank",
        "post_office",
        "public_body",
        "restricted_goods",
        "",
        "nonsense",
    ],
)
def test_trades_off_the_list_are_no_leads(slug: str):
    assert not is_lead_category(slug)


def test_raw_categories_keep_the_words_of_the_source():
    tags = {"name": "A", "shop": "bakery", "amenity": "cafe", "cuisine": "cake"}
    assert raw_categories_of_osm_tags(tags) == ("shop=bakery", "amenity=cafe")


def test_family_of_a_trade():
    assert find_family("veterinary") == "health"
    with pytest.raises(KeyError):
        find_family("nonsense")
