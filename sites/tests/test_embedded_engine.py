"""The embedded engine: only curated lines that the facts carry, chosen by the business."""

import re

import pytest

from businesses.categories import FAMILIES
from sites.categories import CATEGORIES
from sites.engines.bank import FAMILY_BANKS, PACKS, bank_lines
from sites.engines.bank.american import PAIRS, american
from sites.engines.bank.base import Slot, line, sentence_of
from sites.engines.bank.common import CTA_BODY, LEDE
from sites.engines.embedded import EmbeddedEngine
from sites.facts import FactSheet, build_fact_sheet
from sites.gates.reading import BANNED
from sites.spec import SiteSpec
from sites.tests.records import HUGE, TINY, bare, business

CLAIMS = re.compile(
    r"\b(?:we (?:repair|install|offer|provide|fix|sell|serve|deliver|speciali[sz]e|do)|since|years|award|stars?|"
    r"our (?:team|staff|experts|customers|prices|services)|licen[sc]ed|insured|certified|free (?:quote|estimate)|"
    r"emergency call|guarantee|cheap|best|leading|testimonial|discount|family-run|friendly team)\b",
    re.IGNORECASE,
)
# Read by a person: here such a word says nothing about the business.
READ = {
    "Anything else is best asked on the phone: {phone_display}.",
    "Ask how large it is in ten years, not today.",
    "Ask whether yours is something we do, and when.",
    "Before the signature is the best moment.",
    "Best eaten before you are home.",
    "Best on a weekday: the weekend is closed.",
    "Breakfast for the office is best ordered the day before.",
    "Chewing, cold, at night: it is the best clue.",
    "Days, weeks or years: it matters.",
    "For the idea you have been walking around for years.",
    "How many people, one after the other? And since when?",
    "How old it is, who worked on it last, what has changed since.",
    "If you have not moved for years or take medicines.",
    "It is the oldest question, and still the best one.",
    "One from far away, one close up. Daylight is best.",
    "Outside taps and cold corners are best talked about in autumn.",
    "Say since when",
    "Say since when, and what is different: eating, drinking, walking.",
    "Say since when. There are weeks for colour and weeks for rest.",
    "Say where, since when, and whether cold or warm makes it worse.",
    "Since this morning or since last year: both are useful to know.",
    "Since when, and on which side is it worse?",
    "The best date is before everybody else remembers it.",
    "The best part of a journey is the door at the end.",
    "The best part of getting up early.",
    "The best way to ask is in person.",
    "The door is the best place to start.",
    "The first visit goes best when nothing hurts.",
    "The rest is best asked in person.",
    "The times are best asked by phone.",
    "These are the things people ask {category_many} about. Ask whether we do yours.",
    "They are the best list for this year.",
    "They have been waiting at the door since you left.",
    "What, how much, since when.",
}


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


def test_topics_wait_for_the_owner_and_advice_does_not() -> None:
    spec = write(build_fact_sheet(business()))
    for section in spec.sections:
        assert all(card.owner_confirm is (section.type == "services") for card in section.cards)


def test_bank_has_choices_for_every_slot() -> None:
    for bank in FAMILY_BANKS.values():
        for slot in (bank.services_heading, bank.services_intro, bank.cta_heading):
            assert len(slot[0]) >= 8
        assert len(bank.default.taglines) >= 8
        assert len(bank.default.topics) >= 8
        assert len(bank.orders) >= 4
    for pack in PACKS.values():
        assert len(pack.taglines) >= 4
        assert len(pack.topics) >= 7
        assert len(pack.steps) >= 5


def test_bank_slots_have_a_line_for_every_kind_of_contact() -> None:
    def reached_by(slot: Slot, key: str) -> bool:
        return any(
            set(one.needs) <= {"name", "category", "category_a", "category_lower", key, f"{key}_display"}
            for tier in slot
            for one in tier
        )

    for slot in (LEDE, CTA_BODY):
        assert all(reached_by(slot, key) for key in ("phone", "email", "address"))


def test_bank_lines_are_sentences_a_spec_accepts() -> None:
    for variants in bank_lines().values():
        for one in variants:
            sentence_of(one)


def test_bank_says_nothing_that_everybody_says_and_claims_nothing() -> None:
    lines = set(bank_lines())
    assert [text for text in lines for phrase in BANNED if phrase in text.lower()] == []
    assert {text for text in lines if CLAIMS.search(text)} == READ | {
        american(line(text)).text for text in READ
    }


def test_trade_with_a_tone_of_its_own_keeps_it_everywhere() -> None:
    pack = PACKS["funeral_directors"]
    own = {one.text for slot in pack.own.values() for tier in slot for one in tier}
    facts = build_fact_sheet(business(category="funeral_directors", family="professional"))
    for seed in range(10):
        spec = write(facts, str(seed))
        assert all(section.heading.text in own for section in spec.sections[1:])
        assert min(abs(spec.look.hue - hue) for hue in pack.hues) <= 6


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


def test_american_words_replace_whole_words_and_keep_capitals() -> None:
    assert american(line("Grey hair")).text == "Gray hair"
    assert american(line("Lift the lid and tap the number")).text == "Lift the lid and tap the number"
    assert all(phrase in " ".join(bank_lines()).lower() for phrase in PAIRS)


def test_hues_of_the_families_avoid_indigo() -> None:
    assert [hue for bank in FAMILY_BANKS.values() for hue in bank.hues if 256 <= hue <= 311] == []


def test_twenty_businesses_of_one_street_get_different_sites() -> None:
    looks, openings = set(), set()
    for number in range(20):
        facts = build_fact_sheet(business(id=number + 1, name=f"Plumber {number} & Sons"))
        spec = write(facts, str(number + 1))
        looks.add((spec.look.hero, spec.look.hue, spec.look.font, spec.look.art, spec.look.density))
        openings.add(tuple(sentence.text for sentence in spec.sentences()))
    assert len(openings) == 20
    assert len(looks) >= 19
