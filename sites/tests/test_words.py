"""The language of a site, and its labels, days, times and trades in that language."""

import re
from datetime import UTC, datetime

import pytest

from businesses.categories import CATEGORIES as TRADES
from businesses.categories import FAMILIES, find_family
from sites.categories import CATEGORIES, find_category
from sites.facts import build_fact_sheet
from sites.gates.grounding import check_grounding
from sites.german_trades import GERMAN, GERMAN_OF
from sites.opening_hours import OpeningWeek, parse_opening_hours, span_text, week_traits
from sites.tests.records import build, business
from sites.words import DAYS, LOCALES, MONTHS, SHORT_DAYS, WORDS, day_text, language_of


@pytest.mark.parametrize(
    ("country", "postcode", "lang"),
    [
        ("DE", "89073", "de"),
        ("DE", "", "de"),
        ("AT", "1010", "de"),
        ("LI", "9490", "de"),
        ("CH", "8001", "de"),
        ("CH", "3011", "de"),
        ("CH", "3920", "de"),
        ("CH", "1003", "en"),
        ("CH", "2502", "en"),
        ("CH", "3960", "en"),
        ("CH", "6900", "en"),
        ("CH", "7500", "en"),
        ("CH", "", "en"),
        ("BE", "4700", "en"),
        ("LU", "1009", "en"),
        ("IT", "39100", "en"),
        ("GB", "TN23 1AA", "en"),
        ("", "", "en"),
    ],
)
def test_language_follows_the_place(country: str, postcode: str, lang: str) -> None:
    assert language_of(country, postcode) == lang


def test_languages_have_the_same_words() -> None:
    assert WORDS["en"].keys() == WORDS["de"].keys()
    assert all(word.strip() for words in WORDS.values() for word in words.values())
    for table in (DAYS, SHORT_DAYS, LOCALES, MONTHS):
        assert table.keys() == WORDS.keys()
    assert [len(MONTHS[lang]) for lang in WORDS] == [12, 12]


def test_dates_are_written_as_the_language_writes_them() -> None:
    moment = datetime(2026, 3, 7, tzinfo=UTC)
    assert day_text(moment, "en") == "7 March 2026"
    assert day_text(moment, "de") == "7. März 2026"


def week(raw: str) -> OpeningWeek:
    found = parse_opening_hours(raw)
    assert found
    return found


def test_german_times_are_said_as_people_say_them() -> None:
    assert span_text(((480, 720), (780, 1050)), "DE", "de") == "8 bis 12 und 13 bis 17:30 Uhr"
    assert span_text(((0, 1440),), "DE", "de") == "rund um die Uhr"
    assert span_text(((1080, 1440),), "DE", "de") == "18 bis 24 Uhr"
    assert span_text(((1320, 1560),), "DE", "de") == "22 bis 2 Uhr"
    assert span_text((), "DE", "de") == span_text(None, "DE", "de") == ""


def test_day_that_ends_at_midnight_says_so() -> None:
    assert span_text(((1080, 1440),), "GB") == "18:00 to midnight"
    assert span_text(((1020, 1440),), "US") == "5:00 PM to midnight"
    assert span_text(((1320, 1560),), "GB") == "22:00 to 02:00"
    assert week_traits(week("Mo-Fr 18:00-00:00"), "GB")["open_late"] == "midnight"
    assert week_traits(week("Mo-Fr 18:00-24:00"), "DE", "de")["open_late"] == "24 Uhr"


@pytest.mark.parametrize(("country", "ends"), [("GB", "midnight"), ("US", "midnight"), ("DE", "24:00")])
def test_table_of_hours_says_when_a_day_ends_at_midnight(country: str, ends: str) -> None:
    facts, spec, files = build(business(country=country, opening_hours="Mo-Su 18:00-00:00"))
    assert f"– {ends}" in files["index.html"].decode()
    assert check_grounding(files, spec, facts) == []


def test_german_traits_of_a_week() -> None:
    traits = week_traits(week("Mo-Fr 08:00-12:00,13:00-19:30; Sa 09:00-13:00; PH off"), "DE", "de")
    assert traits["midday_break"] == "12 bis 13 Uhr"
    assert traits["open_late"] == "19:30 Uhr"
    assert traits["open_saturday"] == "9 bis 13 Uhr"
    assert traits["closed_only_sunday"] == "Sonntag"
    assert traits["closed_weekend"] == traits["open_daily"] == traits["open_sunday"] == ""


def test_every_trade_has_a_german_name_with_its_article() -> None:
    for slug in CATEGORIES:
        found = find_category(slug, "trades", "DE", "de")
        assert found.article in {"ein", "eine"}
        assert found.label[0].isupper() and found.many[0].isupper()
        assert found.motifs == CATEGORIES[slug].motifs
    assert set(GERMAN) == set(CATEGORIES) | set(FAMILIES)
    assert all(set(names) <= set(GERMAN) for names in GERMAN_OF.values())
    assert all(
        article == ("eine" if label.split("-")[-1].split()[0].endswith(("ei", "ung", "praxis")) else article)
        for names in (GERMAN, *GERMAN_OF.values())
        for article, label, _ in names.values()
    )


def test_country_has_its_own_word_for_a_trade() -> None:
    assert find_category("butcher", "food", "AT", "de").with_article == "eine Fleischerei"
    assert find_category("butcher", "food", "DE", "de").with_article == "eine Metzgerei"
    assert find_category("hairdresser", "beauty", "CH", "de").label == "Coiffeursalon"
    assert find_category("clothes", "retail", "US").with_article == "a clothing store"
    assert find_category("hvac", "trades", "US").with_article == "a heating and cooling company"
    assert find_category("physiotherapist", "health", "US").label == "physical therapist"
    assert find_category("physiotherapist", "health", "CA").label == "physiotherapist"
    assert find_category("unheard_of", "food", "DE", "de").label == "Ort für Essen und Trinken"


@pytest.mark.parametrize(
    ("slug", "narrower"),
    [("interior", "studio"), ("art", "galler|galerie"), ("kitchen", "studio")],
    ids=["lights and linen", "crafts and frames", "bathrooms and tiles"],
)
@pytest.mark.parametrize(("country", "lang"), [("GB", "en"), ("US", "en"), ("DE", "de")])
def test_trade_of_several_kinds_is_not_called_after_one_of_them(
    slug: str, narrower: str, country: str, lang: str
) -> None:
    found = find_category(slug, find_family(slug), country, lang)
    assert not re.search(narrower, f"{found.label} {found.many}".lower())
    assert found.schema_type != "ArtGallery"


def test_swiss_names_have_no_sharp_s() -> None:
    for slug in TRADES:
        found = find_category(slug, "trades", "CH", "de")
        assert "ß" not in found.label + found.many


def test_german_record_gives_german_facts() -> None:
    facts = build_fact_sheet(business(city="Ulm", postcode="89073", country="DE"))
    assert facts.lang == "de"
    assert facts.value("category") == facts.value("category_lower") == "Sanitärbetrieb"
    assert facts.value("category_a") == "ein Sanitärbetrieb"
    assert facts.value("open_weekdays") == "8 bis 17:30 Uhr"
    assert facts.value("locality") == "89073 Ulm"
