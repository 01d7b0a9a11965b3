"""The built-in writer says only what holds for every lead, in words a shop owner reads to the end."""

import re
from datetime import date

import pytest

from campaigns.tests.letters import make_facts
from campaigns.writers import embedded
from campaigns.writers.base import Pitch, Writer
from campaigns.writers.embedded import EmbeddedWriter
from pipeline.errors import BadData

SLOTS = ("SUBJECTS", "PREHEADERS", "GREETINGS", "INTRODUCTIONS", "PROPOSALS", "CALLS_TO_ACTION",
         "OFFERS_WITH_PRICE", "OFFERS_WITHOUT_PRICE", "WAYS_OUT", "SIGN_OFFS")  # fmt: skip
NAMES = (
    "Bo",
    "Brook Lane Bakery",
    "Grandmother Adelaide's Authentic Stone Oven Pizza and Pasta House of Old Ashford",
)


def write(**changes: object) -> Pitch:
    return EmbeddedWriter().write(make_facts(**changes))


def words_of(pitch: Pitch) -> list[str]:
    return " ".join([*pitch.paragraphs, pitch.call_to_action, *pitch.closing, pitch.sign_off]).split()


def test_embedded_writer_is_a_writer():
    writer: Writer = EmbeddedWriter()
    assert writer.name == "embedded"


def test_write_same_facts_give_the_same_letter():
    assert write() == write()


def test_write_different_businesses_get_different_letters():
    letters = {write(business_id=number) for number in range(100)}
    assert len(letters) > 95


@pytest.mark.parametrize("slot", SLOTS)
def test_every_slot_has_six_ways_to_say_it(slot: str):
    sentences = getattr(embedded, slot)
    assert len(set(sentences)) == len(sentences) >= 6


@pytest.mark.parametrize("slot", SLOTS)
def test_every_sentence_is_used_and_holds_in_full(slot: str):
    """Every sentence, filled in, is one clean line that ends like a sentence and leaves no blank."""
    filled = {
        "name": "Brook Lane Bakery", "agency": "Fernhill Web Studio", "source": "OpenStreetMap", "price": "$29 a month",
        "found_on": "21 February 2026", "category": "bakery", "in_city": " in Ashford",
    }  # fmt: skip
    for sentence in getattr(embedded, slot):
        text = sentence.format(**filled)
        assert text == " ".join(text.split())
        assert not re.search(r"[{}]|\bTODO\b|!| ,| \.", text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("price", ["", "$29 a month"])
@pytest.mark.parametrize("city", ["", "Ashford"])
def test_letter_is_short_for_every_combination(name: str, price: str, city: str):
    for number in range(150):
        pitch = write(business_id=number, business_name=name, price=price, city=city)
        assert 55 <= len(words_of(pitch)) < 150


@pytest.mark.parametrize("length", range(1, 81))
def test_subject_names_the_business_in_30_to_60_characters(length: int):
    name = ("Ab cdefgh " * 9)[:length].strip()
    for number in range(12):
        subject = write(business_id=number, business_name=name).subject
        assert 30 <= len(subject) <= 60
        assert name[:20].strip() in subject


@pytest.mark.parametrize("length", [3, 12, 25, 35, 44, 70])
def test_subject_has_several_wordings_for_every_length_of_name(length: int):
    name = ("Abcdefg hij " * 8)[:length].strip()
    assert len({write(business_id=number, business_name=name).subject for number in range(80)}) >= 4


def test_long_name_is_shortened_between_words():
    subject = write(business_name=NAMES[2]).subject
    assert "Grandmother Adelaide's Authentic Stone Oven…" in subject


def test_name_of_one_endless_word_is_shortened_too():
    subject = write(business_name="x" * 80).subject
    assert len(subject) <= 60
    assert "x…" in subject


def test_letter_is_silent_about_what_is_not_known():
    for number in range(200):
        pitch = write(business_id=number, category="", city="", price="")
        text = " ".join([*words_of(pitch), pitch.subject, pitch.preheader])
        assert not re.search(r"[{}]|\$|“”|Ashford|[Bb]akery entries| in  | on  ", text)


def test_letter_uses_category_city_and_price_where_known():
    texts = [" ".join(words_of(write(business_id=number))) for number in range(200)]
    assert all("in Ashford" in text and "$29 a month" in text for text in texts)
    assert any("bakery entries" in text for text in texts)


def test_letter_says_who_what_where_from_and_how_to_say_no():
    for number in range(200):
        pitch = write(business_id=number, business_name="Nameless & Co")
        text = " ".join(words_of(pitch))
        assert "Fernhill Web Studio" in text
        assert "OpenStreetMap" in text
        assert "proposal" in text
        assert "public" in text
        assert "“No, thank you”" in text
        assert "“Remove it”" in text


def test_letter_claims_no_earlier_contact_and_presses_nobody():
    for number in range(200):
        pitch = write(business_id=number)
        text = " ".join([pitch.subject, pitch.preheader, *words_of(pitch)]).lower()
        assert not re.match(r"(re|fwd?|aw):", pitch.subject.lower())
        assert not re.search(
            r"as (we )?discussed|following up|our (last|earlier)|thank you for your|your order|urgent|last chance|"
            r"only today|limited|act now|guarante|free!|expires|winner|best in|award|family-run|since \d{4}|https?:",
            text,
        )


def test_letter_brings_no_link_and_no_line_break():
    pitch = write()
    for text in (
        pitch.subject,
        pitch.preheader,
        *pitch.paragraphs,
        pitch.call_to_action,
        *pitch.closing,
        pitch.sign_off,
    ):
        assert "\n" not in text
        assert "://" not in text


def test_braces_in_a_name_stay_a_name():
    pitch = write(business_name="{agency.__class__} {0} Bakery")
    assert "{agency.__class__} {0} Bakery" in pitch.subject


@pytest.mark.parametrize("field", ["business_name", "agency_name", "data_source"])
def test_write_without_a_needed_fact_is_refused(field: str):
    with pytest.raises(BadData, match=field.replace("_", " ")):
        EmbeddedWriter().write(make_facts(**{field: "  "}))


def test_found_on_reads_as_a_date():
    texts = [
        " ".join(write(business_id=number, found_on=date(2026, 11, 1)).paragraphs) for number in range(100)
    ]
    assert any("On 1 November 2026 we saw" in text for text in texts)
