"""The built-in writer says only what holds for every lead, in words a shop owner reads to the end."""

import re
from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from campaigns.tests.letters import make_facts
from campaigns.writers.base import Pitch, Writer, plain_date
from campaigns.writers.embedded import EmbeddedWriter
from campaigns.writers.wordings import WORDINGS
from campaigns.writers.wordings.base import PLACEHOLDERS, Wording
from pipeline.errors import BadData

SLOTS = [each.name for each in fields(Wording) if each.name != "sources"]
LANGUAGES = ("en", "de")
PRICE = {"en": "$29 a month", "de": "29 USD im Monat"}
FIRST: dict[str, Any] = {}
SHORT: dict[str, Any] = {"variant": "short"}
SECOND: dict[str, Any] = {
    "step": 2,
    "subject": "A website for Brook Lane Bakery",
    "wrote_on": date(2026, 3, 2),
}
LAST: dict[str, Any] = SECOND | {"step": 3, "is_last": True}
KINDS = {"first": FIRST, "short": SHORT, "second": SECOND, "last": LAST}
NAMES = (
    "Bo",
    "Brook Lane Bakery",
    "Grandmother Adelaide's Authentic Stone Oven Pizza and Pasta House of Old Ashford",
)
WAY_OUT = {"en": ("“No, thank you”", "“Remove it”"), "de": ("„Nein, danke“", "„Seite löschen lassen“")}

every_language = pytest.mark.parametrize("language", LANGUAGES)
every_kind = pytest.mark.parametrize("kind", KINDS)
every_slot = pytest.mark.parametrize("slot", SLOTS)


def write(kind: str = "first", language: str = "en", **changes: object) -> Pitch:
    facts = {"language": language, "price": PRICE[language]} | KINDS[kind] | changes
    return EmbeddedWriter().write(make_facts(**facts))


def words_of(pitch: Pitch) -> list[str]:
    return " ".join([*pitch.paragraphs, pitch.call_to_action, *pitch.closing, pitch.sign_off]).split()


def all_of(pitch: Pitch) -> str:
    return " ".join([pitch.subject, pitch.preheader, *words_of(pitch)])


def test_embedded_writer_is_a_writer():
    writer: Writer = EmbeddedWriter()
    assert writer.name == "embedded"


@every_language
@every_kind
def test_write_same_facts_give_the_same_letter(kind: str, language: str):
    assert write(kind, language) == write(kind, language)
    assert write(kind, language).language == language


@every_language
@every_kind
def test_write_different_businesses_get_different_letters(kind: str, language: str):
    letters = {write(kind, language, business_id=number) for number in range(100)}
    assert len(letters) > 90


@every_language
@every_slot
def test_every_slot_has_six_ways_to_say_it(slot: str, language: str):
    sentences = getattr(WORDINGS[language], slot)
    assert len(set(sentences)) == len(sentences) >= 6


@every_language
@every_slot
def test_every_sentence_is_used_and_holds_in_full(slot: str, language: str):
    """Every sentence, filled in, is one clean line that ends like a sentence and leaves no blank."""
    filled = dict.fromkeys(PLACEHOLDERS, "Brook Lane") | {
        "in_city": " in Ashford",
        "price": PRICE[language],
    }
    for sentence in getattr(WORDINGS[language], slot):
        text = sentence.format(**filled)
        assert text == " ".join(text.split())
        assert not re.search(r"[{}]|\bTODO\b|!| ,| \.|\.\.", text)


@every_language
@every_kind
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("has_price", [False, True])
def test_letter_is_short_for_every_combination(name: str, has_price: bool, kind: str, language: str):
    for number in range(60):
        price = PRICE[language] if has_price else ""
        pitch = write(kind, language, business_id=number, business_name=name, price=price, city="Ashford")
        assert 55 <= len(words_of(pitch)) < 150


@every_language
@pytest.mark.parametrize("kind", ["first", "short"])
@pytest.mark.parametrize("length", range(1, 81))
def test_subject_names_the_business_in_30_to_60_characters(length: int, kind: str, language: str):
    name = ("Ab cdefgh " * 9)[:length].strip()
    subjects = {write(kind, language, business_id=number, business_name=name).subject for number in range(40)}
    assert len(subjects) >= 4
    assert all(30 <= len(subject) <= 60 and name[:20].strip() in subject for subject in subjects)


def test_long_name_is_shortened_between_words():
    subject = write(business_name=NAMES[2]).subject
    assert "Grandmother Adelaide's Authentic Stone Oven…" in subject


def test_name_of_one_endless_word_is_shortened_too():
    subject = write(business_name="x" * 80).subject
    assert len(subject) <= 60
    assert "x…" in subject


@every_kind
def test_letter_is_silent_about_what_is_not_known(kind: str):
    for number in range(200):
        text = all_of(write(kind, business_id=number, category="", city="", price=""))
        assert not re.search(r"[{}]|\$|“”|Ashford|[Bb]akery entries| in  | on  ", text)


def test_letter_uses_category_city_and_price_where_known():
    texts = [" ".join(words_of(write(business_id=number))) for number in range(200)]
    assert all("in Ashford" in text and "$29 a month" in text for text in texts)
    assert any("bakery entries" in text for text in texts)


@every_language
@pytest.mark.parametrize("kind", ["first", "short"])
def test_first_letter_says_who_what_where_from_and_how_to_say_no(kind: str, language: str):
    for number in range(200):
        text = " ".join(words_of(write(kind, language, business_id=number, business_name="Nameless & Co")))
        assert "Fernhill Web Studio" in text
        assert "OpenStreetMap" in text
        assert "Nameless & Co" in text
        assert re.search(r"proposal|Vorschlag|vorgeschlagen", text)
        assert re.search(r"public|öffentlich", text)
        assert PRICE[language] in text
        assert all(way in text for way in WAY_OUT[language])


@every_language
@pytest.mark.parametrize("kind", ["second", "last"])
def test_follow_up_keeps_the_subject_and_says_truly_when_we_wrote(kind: str, language: str):
    for number in range(100):
        pitch = write(kind, language, business_id=number)
        text = " ".join(words_of(pitch))
        assert pitch.subject == SECOND["subject"]
        assert plain_date(date(2026, 3, 2), language) in text
        assert "Brook Lane Bakery" in text
        assert PRICE[language] in text
        assert all(way in text for way in WAY_OUT[language])


@every_language
def test_only_the_last_letter_says_that_it_is_the_last(language: str):
    endings = r"\blast\b|no further mail|write about it again|letzte|nicht mehr|Weitere Mails"
    last = re.compile(endings, re.IGNORECASE)
    for number in range(100):
        assert last.search(" ".join(write("last", language, business_id=number).paragraphs))
        assert not last.search(" ".join(write("second", language, business_id=number).paragraphs))


@every_kind
@every_language
def test_letter_claims_no_earlier_contact_and_presses_nobody(language: str, kind: str):
    for number in range(200):
        pitch = write(kind, language, business_id=number)
        assert not re.match(r"(re|fwd?|aw|wg):", pitch.subject.lower())
        assert not re.search(
            r"as (we )?discussed|following up|thank you for your|your order|urgent|last chance|only today|limited|"
            r"act now|guarante|free!|expires|winner|best in|award|family-run|since \d{4}|https?:|still waiting|"
            r"you (have not|haven't) |"
            r"wie besprochen|dringend|nur heute|garantier|gratis|noch nicht geantwortet|ihre bestellung|ihre anfrage",
            all_of(pitch).lower(),
        )


def test_first_german_sentence_goes_on_after_the_comma():
    """In lower case, unless it begins with a name, a noun or the polite Sie."""
    for number in range(200):
        for kind in KINDS:
            greeting, body, *_ = write(kind, "de", business_id=number).paragraphs
            assert greeting.endswith(",")
            assert body[0].islower() or body.startswith(("Fernhill", "Sie ")), body


def test_sources_read_as_german_in_a_german_letter():
    text = all_of(write(language="de", data_source="the agency's own list"))
    assert "unserer eigenen Liste" in text
    assert "agency" not in text


@every_kind
def test_letter_brings_no_link_and_no_line_break(kind: str):
    pitch = write(kind)
    assert not any(
        "\n" in text or "://" in text for text in (*pitch.paragraphs, *pitch.closing, pitch.preheader)
    )


def test_braces_in_a_name_stay_a_name():
    pitch = write(business_name="{agency.__class__} {0} Bakery")
    assert "{agency.__class__} {0} Bakery" in pitch.subject
    assert write("second", subject="A {name} {0}").subject == "A {name} {0}"


@pytest.mark.parametrize("field", ["business_name", "agency_name", "data_source"])
def test_write_without_a_needed_fact_is_refused(field: str):
    with pytest.raises(BadData, match=field.replace("_", " ")):
        EmbeddedWriter().write(make_facts(**{field: "  "}))


def test_follow_up_of_nothing_and_unknown_languages_are_refused():
    with pytest.raises(BadData, match="follow-up"):
        write("second", wrote_on=None)
    with pytest.raises(BadData, match="'fr'"):
        EmbeddedWriter().write(make_facts(language="fr"))


def test_found_on_reads_as_a_date():
    texts = [
        " ".join(write(business_id=number, found_on=date(2026, 11, 1)).paragraphs) for number in range(100)
    ]
    assert any("On 1 November 2026 we saw" in text for text in texts)
