"""The FactSheet: only what is sure, and every fact with its source."""

import pytest

from businesses.categories import CATEGORIES as TRADES
from pipeline.errors import BadData
from sites.categories import CATEGORIES
from sites.engines.bank import bank_lines
from sites.facts import DERIVED_KEYS, FACT_KEYS, SuspiciousRecord, TooLittleKnown, build_fact_sheet
from sites.tests.records import HUGE, OSM, TINY, bare, business


def test_every_fact_has_its_own_source() -> None:
    record = business(
        provenance={**business().provenance, "phone_e164": OSM.__class__("owner", "own", OSM.fetched_at)}
    )
    facts = build_fact_sheet(record).facts
    assert {facts["phone"].source, facts["phone_display"].source} == {"owner"}
    assert facts["address"].source == "openstreetmap"
    assert set(facts) <= FACT_KEYS


def test_field_without_a_source_stops_the_sheet() -> None:
    with pytest.raises(BadData, match="no source is stated for email"):
        build_fact_sheet(
            business(
                provenance={key: value for key, value in business().provenance.items() if key != "email"}
            )
        )


def test_tiny_record_has_only_what_is_known() -> None:
    facts = build_fact_sheet(bare(**TINY))
    assert set(facts.facts) == {
        "name", "category", "category_lower", "category_a", "category_many", "phone", "phone_display",
    }  # fmt: skip


def test_name_alone_is_too_little() -> None:
    with pytest.raises(TooLittleKnown):
        build_fact_sheet(bare(id=9, name="Somebody", category="plumber", family="trades", city="Ashford"))


@pytest.mark.parametrize("field", ["name", "street", "city", "housenumber", "region"])
def test_attack_in_any_text_field_stops_the_sheet(field: str) -> None:
    with pytest.raises(SuspiciousRecord):
        build_fact_sheet(business(**{field: "Mill <script>alert(1)</script>"}))


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("phone_e164", "01632 960123", "phone"),
        ("phone_e164", "+44<b>", "phone"),
        ("email", 'x" onclick="alert(1)@hartley.example', "email"),
        ("email", "two@a.example,three@b.example", "email"),
        ("country", "Germany", "country"),
        ("lat", 91.0, "lat"),
        ("opening_hours", "whenever we like", "hours"),
        ("socials", {"facebook": "javascript:alert(1)"}, "facebook"),
        ("socials", {"facebook": "https://facebook.com.evil.example/page"}, "facebook"),
        ("socials", {"instagram": "https://www.facebook.com/page"}, "instagram"),
        ("socials", {"facebook": "https://facebook.com/../../etc"}, "facebook"),
    ],
)
def test_value_that_is_not_sure_is_left_out(field: str, value: object, key: str) -> None:
    assert not build_fact_sheet(business(**{field: value})).has(key)


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("some.page", "https://www.facebook.com/some.page"),
        ("@some_page", "https://www.facebook.com/some_page"),
        ("http://m.facebook.com/some.page/", "https://www.facebook.com/some.page"),
        ("https://de-de.facebook.com/some.page", "https://www.facebook.com/some.page"),
        ("https://facebook.com/some page", ""),
    ],
)
def test_social_address_is_made_from_handle_or_link(raw: str, url: str) -> None:
    assert build_fact_sheet(business(socials={"facebook": raw})).value("facebook") == url


@pytest.mark.parametrize(
    ("country", "address", "locality"),
    [
        ("DE", "Mill Lane 14", "TN23 1AA Ashford"),
        ("GB", "14 Mill Lane", "Ashford TN23 1AA"),
        ("US", "14 Mill Lane", "Ashford, Kent TN23 1AA"),
        ("", "Mill Lane 14", "TN23 1AA Ashford"),
    ],
)
def test_address_is_written_as_the_country_does(country: str, address: str, locality: str) -> None:
    facts = build_fact_sheet(business(country=country, region="Kent"))
    assert (facts.value("address"), facts.value("locality")) == (address, locality)


def test_phone_is_national_at_home_and_international_abroad() -> None:
    assert build_fact_sheet(business()).value("phone_display") == "01632 960123"
    assert build_fact_sheet(business(country="FR")).value("phone_display") == "+44 1632 960123"


def test_week_makes_its_statements() -> None:
    facts = build_fact_sheet(business())
    assert facts.value("open_weekdays") == "08:00 to 17:30"
    assert facts.value("open_saturday") == "09:00 to 13:00"
    assert facts.has("closed_sunday", "closed_only_sunday", "closed_holidays")
    assert not facts.has("open_sunday") and not facts.has("open_late") and not facts.has("closed_weekend")


def test_unknown_day_makes_no_statement() -> None:
    facts = build_fact_sheet(business(opening_hours="Mo-Fr 08:00-17:30; Sa,Su by appointment"))
    assert not any(
        facts.has(key) for key in ("open_saturday", "closed_sunday", "closed_only_sunday", "closed_weekend")
    )


def test_times_are_written_as_the_country_does() -> None:
    assert build_fact_sheet(business(country="US")).value("open_saturday") == "9:00 AM to 1:00 PM"


def test_trade_speaks_the_english_of_the_country() -> None:
    assert build_fact_sheet(business(category="tyres", country="US")).value("category_a") == "a tire shop"
    assert build_fact_sheet(business(category="tyres", country="GB")).value("category_a") == "a tyre shop"
    assert build_fact_sheet(business(category="electrician")).value("category_a") == "an electrician"


def test_unknown_trade_says_only_what_its_family_makes_certain() -> None:
    facts = build_fact_sheet(business(category="basket_weaver", family="retail"))
    assert (facts.value("category"), facts.category) == ("Shop", "")


def test_every_trade_that_is_a_lead_has_its_words() -> None:
    assert [slug for slug, trade in TRADES.items() if trade.is_lead and slug not in CATEGORIES] == []


def test_huge_record_keeps_every_fact() -> None:
    facts = build_fact_sheet(bare(**HUGE))
    assert facts.value("name") == HUGE["name"]
    assert facts.has("facebook", "instagram", "region", "email", "hours", "address")


def test_sunday_is_the_only_day_off_only_where_all_others_are_open() -> None:
    facts = build_fact_sheet(business(opening_hours="Tu-Sa 09:00-18:00"))
    assert facts.has("closed_sunday")
    assert not facts.has("closed_only_sunday")
    assert not facts.has("open_weekdays")


def test_every_derived_fact_is_said_somewhere_in_the_bank_or_on_the_page() -> None:
    said = {key for variants in bank_lines().values() for line in variants for key in line.needs}
    assert DERIVED_KEYS - said == set()
