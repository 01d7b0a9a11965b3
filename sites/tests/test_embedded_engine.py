"""The embedded engine: only curated lines that the facts carry, chosen by the business."""

import re
from dataclasses import replace

import pytest

from businesses.categories import FAMILIES, find_family
from sites.bank_benches import nearest_shares, neighbour, sheets, shingles
from sites.categories import CATEGORIES
from sites.engines.bank import BANKS, bank_lines, suiting_hues
from sites.engines.bank.base import Item, Pack, line
from sites.engines.bank.families import PLANS
from sites.engines.embedded import EmbeddedEngine
from sites.facts import FactSheet, build_fact_sheet
from sites.gates.grounding import check_grounding
from sites.gates.reading import check_reading
from sites.spec import SiteSpec
from sites.tests.records import HUGE, TINY, bare, build, business

GERMAN = {"city": "Ulm", "postcode": "89073", "country": "DE", "phone_e164": "+4930232125555"}


def write(facts: FactSheet, seed: str = "seed") -> SiteSpec:
    return EmbeddedEngine().write(facts, seed=seed)


def test_same_facts_and_seed_give_the_same_site() -> None:
    facts = build_fact_sheet(business())
    assert write(facts).spec_hash == write(facts).spec_hash


def test_other_seed_gives_another_site() -> None:
    facts = build_fact_sheet(business())
    assert len({write(facts, str(number)).spec_hash for number in range(20)}) == 20


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("record", [TINY, HUGE], ids=["tiny", "huge"])
def test_every_family_writes_from_little_and_from_much(family: str, record: dict[str, object]) -> None:
    facts = build_fact_sheet(bare(**{**record, "family": family, "category": "unheard_of"}))
    for seed in range(5):
        spec = write(facts, str(seed))
        assert 25 <= len(spec.sentences()) <= 80


@pytest.mark.parametrize(
    "contact", [{"email": "desk@hartley.example"}, {"street": "Mill Lane"}, {"phone_e164": "+12025550123"}]
)
@pytest.mark.parametrize("place", [{}, {"city": "Ashford"}])
def test_one_way_to_reach_the_business_is_enough(contact: dict[str, str], place: dict[str, str]) -> None:
    facts = build_fact_sheet(
        bare(id=1, name="Hartley", category="plumber", family="trades", **contact, **place)
    )
    for seed in range(8):
        spec = write(facts, str(seed))
        assert all(facts.has(*sentence.facts) for sentence in spec.sentences())
        assert spec.sections[0].actions


@pytest.mark.parametrize("place", [{}, {"street": "Mill Lane", "city": "Ashford"}])
@pytest.mark.parametrize("country", ["GB", "DE"])
def test_that_the_hours_are_not_known_is_said_once_at_most(country: str, place: dict[str, str]) -> None:
    missing = re.compile("opening hours|no hours|hours are not|öffnungszeiten|keine zeiten", re.IGNORECASE)
    facts = build_fact_sheet(
        bare(
            id=1, name="Hartley", category="plumber", family="trades", country=country,
            phone_e164="+4930232125555", **place,
        )
    )  # fmt: skip
    said = [
        sum(
            bool(missing.search(sentence.text))
            for section in write(facts, str(seed)).sections
            if section.type != "faq"
            for sentence in section.body
        )
        for seed in range(60)
    ]
    assert max(said) == 1


@pytest.mark.parametrize("slug", sorted(CATEGORIES))
def test_every_trade_gets_lines_of_the_bank_only(slug: str) -> None:
    known = bank_lines()
    for sentence in write(build_fact_sheet(business(category=slug)), slug).sentences():
        assert sentence.origin == "bank"
        assert sentence.text in known


def test_call_is_not_offered_where_no_number_is_known() -> None:
    facts = build_fact_sheet(business(phone_e164=""))
    for seed in range(10):
        spec = write(facts, str(seed))
        assert not any("phone" in key for sentence in spec.sentences() for key in sentence.facts)
        assert {action.target for section in spec.sections for action in section.actions} <= {"email", "map"}


def test_head_fits_its_limits_whatever_the_record() -> None:
    for record in (
        business(),
        bare(**TINY),
        bare(**HUGE),
        business(name="N" + "ame" * 25),
        business(city="C" + "ity" * 19),
    ):
        facts = build_fact_sheet(record)
        for seed in range(5):
            spec = write(facts, str(seed))
            assert len(spec.seo.title.fill(facts)) <= 60
            assert 70 <= len(spec.seo.description.fill(facts)) <= 155
            assert len(spec.sections[0].heading.fill(facts)) <= 60


def test_cards_and_taglines_stand_only_where_the_facts_carry_them(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Item(line("The door"), (line("Come in by the yard.", "address"),))
    question = Item(
        line("A question"), (line("Ask at the counter.", "address"), line("Ask in your own words."))
    )
    pack = Pack(
        taglines=(line("Knock and come in.", "address"), line("Ask away.")),
        topics=(door, question),
        steps=(door,),
    )
    monkeypatch.setitem(BANKS, "en", replace(BANKS["en"], packs={"plumber": pack}))
    only_with_a_door = {"Come in by the yard.", "Ask at the counter.", "Knock and come in."}
    said = {
        street: {
            sentence.text
            for seed in range(40)
            for sentence in write(build_fact_sheet(business(street=street)), str(seed)).sentences()
        }
        for street in ("Mill Lane", "")
    }
    assert only_with_a_door <= said["Mill Lane"]
    assert not only_with_a_door & said[""] and "The door" not in said[""]
    assert {"A question", "Ask in your own words."} <= said[""]


@pytest.mark.parametrize("place", [{}, GERMAN], ids=["en", "de"])
def test_card_that_a_trade_has_in_its_own_words_is_never_that_of_its_family(place: dict[str, str]) -> None:
    for slug in sorted(CATEGORIES):
        facts = build_fact_sheet(business(category=slug, family=find_family(slug), **place))
        pack = BANKS[facts.lang].packs.get(slug, Pack())
        own = {item.title.text: {one.text for one in item.texts} for item in (*pack.topics, *pack.steps)}
        for seed in range(4):
            cards = [card for section in write(facts, str(seed)).sections for card in section.cards]
            for card in cards:
                assert card.text and card.text.text in own.get(card.title.text, {card.text.text}), slug


def test_topics_wait_for_the_owner_and_advice_does_not() -> None:
    spec = write(build_fact_sheet(business()))
    for section in spec.sections:
        assert all(card.owner_confirm is (section.type == "services") for card in section.cards)


@pytest.mark.parametrize("lang", BANKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_pages_of_every_family_and_language_are_grounded_and_readable(family: str, lang: str) -> None:
    place = GERMAN if lang == "de" else {}
    tiny = {**TINY, "country": "DE"} if lang == "de" else TINY
    for number, record in enumerate(
        (business(category="unheard_of", family=family, **place), bare(**{**tiny, "family": family}))
    ):
        for seed in range(4):
            facts, spec, files = build(record, f"{seed}-{number}")
            assert spec.lang == lang
            assert check_grounding(files, spec, facts) == []
            assert check_reading(files, spec, facts) == []


def test_german_business_is_spoken_to_in_german_only() -> None:
    german = {one.text for one in BANKS["de"].lines()}
    spec = write(build_fact_sheet(business(**GERMAN)))
    assert {sentence.text for sentence in spec.sentences()} <= german
    assert spec.engine.startswith("embedded de-")


def test_swiss_business_is_written_without_sharp_s() -> None:
    place = {"city": "Zürich", "postcode": "8001", "country": "CH", "phone_e164": "+41445550123"}
    written = " ".join(
        sentence.text
        for seed in range(30)
        for sentence in write(build_fact_sheet(business(**place)), str(seed)).sentences()
    )
    assert "ß" not in written
    assert "ausser" in written or "grösser" in written or "Strasse" in written or "heisst" in written


def test_no_page_says_one_thing_twice() -> None:
    for lang in BANKS:
        for slug in BANKS[lang].packs:
            facts = build_fact_sheet(neighbour(3, slug, find_family(slug), lang))
            for seed in range(6):
                spec = write(facts, f"{slug}{seed}")
                cards = [card.title.text for section in spec.sections for card in section.cards]
                assert len(cards) == len(set(cards)), slug


def test_plans_of_a_site_differ_and_leave_no_part_empty() -> None:
    shapes = set()
    for seed in range(60):
        spec = write(build_fact_sheet(business()), str(seed))
        shapes.add(tuple((section.type, len(section.cards)) for section in spec.sections))
        assert all(section.cards for section in spec.sections if section.type in {"services", "steps", "faq"})
    assert len(shapes) >= 2 * len(PLANS)


def test_neighbours_of_one_trade_say_other_things() -> None:
    for lang in BANKS:
        shares = nearest_shares([shingles(facts) for facts in sheets("trades", ["plumber"], lang, 60)])
        assert sum(shares) / len(shares) <= 35


def test_trade_with_a_tone_of_its_own_keeps_it_everywhere() -> None:
    pack = BANKS["en"].packs["funeral_directors"]
    own = {one.text for slot in pack.slots.values() for tier in slot for one in tier}
    facts = build_fact_sheet(business(category="funeral_directors", family="professional"))
    for seed in range(10):
        spec = write(facts, str(seed))
        assert all(section.heading.text in own for section in spec.sections[1:])
        assert min(abs(spec.look.hue - hue) for hue in suiting_hues("professional", "funeral_directors")) <= 6


def test_american_business_speaks_american_english() -> None:
    said = {
        country: " ".join(
            sentence.text
            for seed in range(12)
            for sentence in write(build_fact_sheet(business(country=country)), str(seed)).sentences()
        )
        for country in ("US", "GB")
    }
    assert "faucet" in said["US"] and "tap that drips" not in said["US"]
    assert "tap that drips" in said["GB"] and "faucet" not in said["GB"]


def test_twenty_businesses_of_one_street_get_different_sites() -> None:
    looks, openings = set(), set()
    for number in range(20):
        facts = build_fact_sheet(business(id=number + 1, name=f"Plumber {number} & Sons"))
        spec = write(facts, str(number + 1))
        looks.add((spec.look.hero, spec.look.hue, spec.look.font, spec.look.art, spec.look.density))
        openings.add(tuple(sentence.text for sentence in spec.sentences()))
    assert len(openings) == 20
    assert len(looks) >= 19


@pytest.mark.parametrize("place", [{}, GERMAN], ids=["en", "de"])
@pytest.mark.parametrize("family", FAMILIES)
def test_no_heading_and_no_button_stands_twice(family: str, place: dict[str, str]) -> None:
    facts = build_fact_sheet(bare(**{**HUGE, **place, "family": family, "category": "unheard_of"}))
    for seed in range(30):
        site = write(facts, str(seed))
        for texts in (
            [section.heading.fill(facts) for section in site.sections],
            [action.label.fill(facts) for section in site.sections for action in section.actions],
        ):
            bare_texts = [text.casefold().rstrip(" .!?") for text in texts]
            assert len(set(bare_texts)) == len(bare_texts), (seed, texts)
