"""The sentence bank: complete in each language, true of anybody, and readable from its files."""

import re
from pathlib import Path

import pytest

from businesses.categories import FAMILIES, find_family
from sites.engines.bank import BANKS, FAMILY_BANKS, bank_lines, voiced
from sites.engines.bank.american import PAIRS, american
from sites.engines.bank.base import Slot, line
from sites.engines.bank.reader import read_bank
from sites.engines.bank.swiss import swiss
from sites.facts import FACT_KEYS, OWNER_KEYS, build_fact_sheet
from sites.gates.reading import BANNED
from sites.tests.records import bare, business

ENOUGH = 12
FAMILY_SLOTS = ("services.heading", "services.intro", "cta.heading")
# A way to reach the business is always known; these are the slots that speak of nothing else.
SPARSE = {"hero.heading", "hero.kicker"}  # what they say is given: the name, the trade, the town
# What is said only where this fact is known.
USED_WITH = {
    "action.call": "phone",
    "action.write": "email",
    "action.find": "address",
    "about.hours": "hours",
}
PLACES = {
    "en": {},
    "de": {"city": "Ulm", "postcode": "89073", "country": "DE", "phone_e164": "+4930232125555"},
}
CLAIMS = {
    "en": re.compile(
        r"\b(?:we (?:repair|install|offer|provide|fix|sell|serve|deliver|speciali[sz]e)|since \{|years of|award\w*|"
        r"our (?:team|staff|experts|customers|prices|services|work)|licen[sc]ed|certified|free (?:quote|estimate)|"
        r"guarantee\w*|cheap\w*|lowest|leading|testimonial\w*|discount\w*|family-run|friendly team|experienced|"
        r"professional\w*|quality|trusted|rated|nestled|elevate|one-stop)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?:wir (?:reparieren|bieten|verkaufen|liefern|machen|arbeiten|beraten|helfen)|unsere? (?:Kund\w+|Preise|"
        r"Leistungen|Arbeit|Experten|Mitarbeiter\w*)|seit \{|Auszeichnung\w*|Sterne|erfahrene?[nmrs]?\b(?! Sie)|"
        r"zertifiziert\w*|Garantie\w*|garantiert|kostenlos\w*|gratis|günstig\w*|billig\w*|Rabatt\w*|Qualität\w*|Profis?|"
        r"Meisterbetrieb|Team|Fachleute|Experten?|Bewertung\w*|Spezialist\w*|einzigartig\w*|Service-?Partner)\b"
    ),
}
# Read by a person: "erfahren" is what the visitor does here.
READ: dict[str, set[str]] = {"en": set(), "de": {"Fragen Sie, wann und wie Sie das Ergebnis erfahren."}}
CALLING = {
    "en": re.compile(r"\b(?:call (?:us|before you|first|ahead)|phone call)\b", re.IGNORECASE),
    "de": re.compile(r"\b(?:Anruf|Rufen Sie|am Telefon|(?:dann|vorher|oder) anrufen)\b", re.IGNORECASE),
}
# Read by a person: of these the visitor learns whether there is a telephone, or they speak of another one.
OTHER_CALLS: dict[str, set[str]] = {
    "en": set(),
    "de": {
        "Es schriftlich geben lassen: Was am Telefon gesagt wurde, gehört auf Papier.",
        "Bestellen: Fragen Sie, ob es auch am Telefon geht. Halten Sie den Titel bereit.",
    },
}
# What an answer may say of which nothing is known: where prices are, and what the page itself does.
OF_THE_PAGE = re.compile("prices|page|cookies|sources|sign up|Preis|seite|Cookies|Quellen", re.IGNORECASE)


def choices(slot: Slot, known: frozenset[str]) -> int:
    """How many lines there are to choose from when `known` is known."""
    for tier in slot:
        fitting = [one for one in tier if set(one.needs) <= known]
        if fitting:
            return len(fitting)
    return 0


def known_of(lang: str, **fields: str) -> frozenset[str]:
    return frozenset(build_fact_sheet(business(**{**PLACES[lang], **fields})).facts)


@pytest.mark.parametrize("lang", BANKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_family_has_twelve_of_everything(family: str, lang: str) -> None:
    pack = BANKS[lang].families[family]  # type: ignore[index]
    assert len(pack.taglines) >= ENOUGH
    assert len(pack.topics) >= ENOUGH
    assert len(pack.steps) >= ENOUGH
    assert len({item.title.text for item in (*pack.topics, *pack.steps)}) == len(pack.topics) + len(
        pack.steps
    )
    for name in FAMILY_SLOTS:
        assert choices(pack.slots[name], known_of(lang)) >= ENOUGH, name
    assert len(FAMILY_BANKS[family].orders) >= 6  # type: ignore[index]


@pytest.mark.parametrize("lang", BANKS)
def test_slot_that_a_family_or_a_trade_puts_in_its_own_words_has_twelve_choices(lang: str) -> None:
    bank = BANKS[lang]
    few = {
        (slug, name): choices(slot, known_of(lang))
        for slug, pack in (*bank.families.items(), *bank.packs.items())
        for name, slot in pack.slots.items()
        if choices(slot, known_of(lang)) < ENOUGH
    }
    assert few == {}


@pytest.mark.parametrize("lang", BANKS)
@pytest.mark.parametrize(
    "lacking",
    [{}, {"email": ""}, {"street": "", "email": "", "opening_hours": ""}, {"street": "", "email": ""}],
    ids=["much", "no e-mail", "a number in a town", "a number and hours"],
)
def test_every_slot_has_twelve_choices_for_the_usual_records(lang: str, lacking: dict[str, str]) -> None:
    known = known_of(lang, **lacking)
    few = {
        name: choices(slot, known)
        for name, slot in BANKS[lang].slots.items()
        if name not in SPARSE | {"seo.title", "seo.description"} and choices(slot, known) < ENOUGH
    }
    assert {name: count for name, count in few.items() if USED_WITH.get(name, "name") in known} == {
        name: count for name, count in few.items() if name == "visit.heading" and not known & {"address"}
    }


@pytest.mark.parametrize("lang", BANKS)
def test_head_has_twelve_choices_where_much_is_known(lang: str) -> None:
    for name in ("seo.title", "seo.description"):
        assert choices(BANKS[lang].slots[name], known_of(lang)) >= ENOUGH


@pytest.mark.parametrize("lang", BANKS)
@pytest.mark.parametrize(
    "contact", [{"email": "desk@hartley.example"}, {"street": "Mill Lane"}, {"phone_e164": "+12025550123"}]
)
@pytest.mark.parametrize("place", [{}, {"city": "Ashford"}])
def test_every_slot_speaks_for_the_poorest_record(
    lang: str, contact: dict[str, str], place: dict[str, str]
) -> None:
    facts = build_fact_sheet(
        bare(id=1, name="Hartley", category="plumber", family="trades", **contact, **place)
    )
    silent = [
        name
        for name, slot in BANKS[lang].slots.items()
        if USED_WITH.get(name, "name") in facts.facts and not choices(slot, frozenset(facts.facts))
    ]
    assert silent == []


@pytest.mark.parametrize("lang", BANKS)
def test_trade_has_words_enough_for_its_plans(lang: str) -> None:
    for slug, pack in BANKS[lang].packs.items():
        assert len(pack.taglines) >= 3, slug
        assert len(pack.topics) >= 6, slug
        assert len(pack.steps) >= 4, slug
        assert all(item.texts for item in (*pack.topics, *pack.steps)), slug


def test_trade_with_german_words_of_its_own_has_english_ones() -> None:
    assert set(BANKS["de"].packs) <= set(BANKS["en"].packs)


@pytest.mark.parametrize("lang", BANKS)
def test_card_of_a_trade_does_not_repeat_one_of_its_family_under_another_title(lang: str) -> None:
    for slug, pack in BANKS[lang].packs.items():
        family = BANKS[lang].families[find_family(slug)]
        titles = {item.title.text for item in (*family.topics, *family.steps)}
        theirs = {one.text for item in (*family.topics, *family.steps) for one in item.texts}
        ours = {
            one.text
            for item in (*pack.topics, *pack.steps)
            if item.title.text not in titles
            for one in item.texts
        }
        assert not ours & theirs, slug


@pytest.mark.parametrize("lang", BANKS)
def test_no_card_or_tagline_repeats_a_line_of_the_parts_around_it(lang: str) -> None:
    bank = BANKS[lang]
    for slug, pack in (*bank.families.items(), *bank.packs.items()):
        family = bank.families[slug if slug in FAMILIES else find_family(slug)]  # type: ignore[index]
        slots = {**bank.slots, **family.slots, **pack.slots}
        around = {_plain(one.text) for slot in slots.values() for tier in slot for one in tier}
        items = [*pack.topics, *pack.steps, *family.topics, *family.steps]
        printed = {_plain(one.text) for item in items for one in (item.title, *item.texts)}
        assert not around & (printed | {_plain(one.text) for one in pack.taglines}), slug


def _plain(text: str) -> str:
    return text.casefold().rstrip(" .?")


@pytest.mark.parametrize("lang", BANKS)
def test_questions_are_many_and_each_can_be_put_in_several_ways(lang: str) -> None:
    questions = BANKS[lang].questions
    assert len(questions) >= 13
    assert all(len(alternatives) >= 5 for alternatives in questions)
    assert all(answer.text for alternatives in questions for _, answer in alternatives)


@pytest.mark.parametrize("lang", BANKS)
def test_answer_about_the_business_needs_the_fact_that_it_gives(lang: str) -> None:
    answers = [answer for alternatives in BANKS[lang].questions for _, answer in alternatives]
    bare_ones = [answer.text for answer in answers if not answer.needs]
    assert [text for text in bare_ones if not OF_THE_PAGE.search(text)] == []


@pytest.mark.parametrize("lang", BANKS)
def test_card_that_speaks_of_calling_needs_a_number(lang: str) -> None:
    packs = [*BANKS[lang].families.values(), *BANKS[lang].packs.values()]
    cards = [
        (f"{item.title.text}: {one.text}", one.needs)
        for pack in packs
        for item in (*pack.topics, *pack.steps)
        for one in item.texts
    ]
    loose = {text for text, needs in cards if CALLING[lang].search(text) and "phone" not in needs}
    assert loose == OTHER_CALLS[lang]


def test_words_about_closed_days_need_a_closed_day() -> None:
    closed = re.compile(
        r"\b(?:closed|days? off|shut|geschlossen|zu|frei(?:e Tage)?|Ausnahme)\b", re.IGNORECASE
    )
    days = re.compile(r"saturday|sunday|weekend|holiday|samstag|sonntag|wochenende|feiertag", re.IGNORECASE)
    for bank in BANKS.values():
        said = [one for slot in bank.slots.values() for tier in slot for one in tier]
        said += [answer for alternatives in bank.questions for _, answer in alternatives]
        for one in said:
            if closed.search(one.text) and days.search(one.text):
                assert any(key.startswith(("closed_", "open_")) for key in one.needs), one.text


def test_lines_are_sentences_a_spec_accepts() -> None:
    for variants in bank_lines().values():
        for one in variants:
            assert one.sentence.text == one.text
            assert set(one.needs) <= FACT_KEYS


@pytest.mark.parametrize("lang", BANKS)
def test_bank_says_nothing_that_everybody_says_and_claims_nothing(lang: str) -> None:
    texts = {one.text for one in BANKS[lang].lines()}
    assert [text for text in texts for phrase in BANNED if phrase in text.lower()] == []
    told = {one.text for one in BANKS[lang].lines() if OWNER_KEYS.intersection(one.needs)}
    assert {text for text in texts - told if CLAIMS[lang].search(text)} == READ[lang]


def test_german_keeps_to_its_own_signs() -> None:
    texts = [one.text for one in BANKS["de"].lines()]
    assert [text for text in texts if re.search("[\"'‘’”«»]", text)] == []
    assert [text for text in texts if re.search(r"\b(?:du|dich|dir|dein\w*|euch|euer)\b", text)] == []


def test_questions_end_as_questions_and_sentences_as_sentences() -> None:
    for bank in BANKS.values():
        for pack in (*bank.families.values(), *bank.packs.values()):
            for item in (*pack.topics, *pack.steps):
                assert all(text.text[-1] in ".?:" for text in item.texts), item.title.text
            assert all(tagline.text[-1] in ".?" for tagline in pack.taglines)


def test_american_words_replace_whole_words_and_keep_capitals() -> None:
    assert american(line("Grey hair")).text == "Gray hair"
    assert american(line("Call us on {phone_display}")).text == "Call us at {phone_display}"
    assert american(line("A socket that went dead")).text == "An outlet that went dead"
    assert american(line("Lift the lid and tap the number")).text == "Lift the lid and tap the number"
    assert [phrase for phrase in PAIRS if phrase not in " ".join(bank_lines()).lower()] == []


def test_each_country_is_spoken_to_in_its_own_spelling() -> None:
    assert swiss(line("Draußen „wirklich“ groß")).text == "Draussen «wirklich» gross"
    assert voiced(line("Grey hair"), "en", "GB").text == "Grey hair"
    assert voiced(line("Groß"), "de", "AT").text == "Groß"


def test_hues_of_the_families_avoid_indigo() -> None:
    assert [hue for bank in FAMILY_BANKS.values() for hue in bank.hues if 256 <= hue <= 311] == []


def test_line_that_belongs_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "common.txt").write_text(":slot hero.heading\n{name}\n")
    (tmp_path / "owner.txt").write_text(":slot prices.answer\n{prices}\n")
    for family in FAMILIES:
        (tmp_path / f"{family}.txt").write_text("== *\n:tagline\nA line.\n")
    assert read_bank(tmp_path).families["food"].taglines[0].text == "A line."
    (tmp_path / "food.txt").write_text("== *\n:tagline\nA line.\n:taglines\n")
    with pytest.raises(ValueError, match=r"food\.txt, line 4: ':taglines' belongs nowhere"):
        read_bank(tmp_path)
