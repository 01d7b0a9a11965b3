"""Phone numbers that strangers wrote: every one that is there, and none that is not."""

import random
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from businesses import phones
from businesses.phones import Phone, parse_phones


def test_phones_become_e164_and_keep_their_raw_text():
    assert parse_phones(["(802) 555-0142; +377 93 25 00 00"], region="US") == (
        Phone("(802) 555-0142", "+18025550142"),
        Phone("+377 93 25 00 00", "+37793250000"),
    )


@pytest.mark.parametrize(
    ("value", "region", "e164"),
    [
        ("802.555.0142", "us", "+18025550142"),
        ("+1-802-555-0142 ext. 3", "US", "+18025550142"),
        ("1234", "US", ""),
        ("call me", "US", ""),
        ("https://www.viinitie.example/", "FI", ""),
        ("802-555-0142", "", ""),
        ("８０２ ５５５ ０１４２", "US", "+18025550142"),
    ],
)
def test_one_phone(value: str, region: str, e164: str):
    assert parse_phones([value], region=region)[0].e164 == e164


def test_the_same_number_twice_is_one_phone():
    assert len(parse_phones(["802-555-0142", "+1 (802) 555-0142 / 8025550142"], region="US")) == 1


@pytest.mark.parametrize(
    ("value", "region", "e164"),
    [
        ("01/5123456", "AT", "+4315123456"),
        ("0664/1234567", "AT", "+436641234567"),
        ("0711/2345678", "DE", "+497112345678"),
        ("030/1234567", "DE", "+49301234567"),
        ("0711 / 23456-78", "DE", "+497112345678"),
        ("+49 (0)711/2345678", "DE", "+497112345678"),
        ("0172/1234567", "DE", "+491721234567"),
        ("044/1234567", "CH", "+41441234567"),
        ("02/512.34.56", "BE", "+3225123456"),
        ("06/6981234", "IT", "+39066981234"),
        ("01/42/68/53/00", "FR", "+33142685300"),
    ],
)
def test_slash_between_area_and_number_belongs_to_the_number(value: str, region: str, e164: str):
    assert parse_phones([value], region=region) == (Phone(value, e164),)


@pytest.mark.parametrize(
    ("value", "region", "e164"),
    [
        ("030 1234567/68", "DE", "+49301234567"),
        ("030 12345678/8679", "DE", "+493012345678"),
        ("030/1234567/68/69", "DE", "+49301234567"),
        ("01/5123456/10", "AT", "+4315123456"),
        ("802-862-0116/0117", "US", "+18028620116"),
    ],
)
def test_other_ending_behind_a_slash_is_no_part_of_the_number(value: str, region: str, e164: str):
    assert [phone.e164 for phone in parse_phones([value], region=region)] == [e164]


TWO = ["+18028620116", "+18028620117"]


@pytest.mark.parametrize(
    ("value", "region", "numbers"),
    [
        ("802-862-0116, 802-862-0117", "US", TWO),
        ("802-862-0116 or 802-862-0117", "US", TWO),
        ("802-862-0116\n802-862-0117", "US", TWO),
        ("802-862-0116 | 802-862-0117", "US", TWO),
        ("802-862-0116 802-862-0117", "US", TWO),
        ("802-862-0116/802-862-0117", "US", TWO),
        ("8028620116 (mobile), 8028620117 (office)", "US", TWO),
        ("call 802-862-0116 ext. 5 and 802-862-0117", "US", TWO),
        ("0711/2345678, 0172/1234567", "DE", ["+497112345678", "+491721234567"]),
        ("0711 2345678/0172 1234567", "DE", ["+497112345678", "+491721234567"]),
        ("06/6981234 - 347/1234567", "IT", ["+39066981234", "+393471234567"]),
        ("2704 2332 / 2704 2333", "MT", ["+35627042332", "+35627042333"]),
    ],
)
def test_several_numbers_in_one_field_are_all_taken(value: str, region: str, numbers: list[str]):
    assert [phone.e164 for phone in parse_phones([value], region=region)] == numbers


@pytest.mark.parametrize(
    ("value", "region"),
    [
        ("5123456", "AT"),  # of Vienna; +43 5123 456 is somebody else's
        ("2345678", "DE"),
        ("0711/23456781234567", "DE"),
        ("Mon-Fri 10-18", "DE"),
        ("30/12/2026", "DE"),
    ],
)
def test_number_that_is_not_written_there_is_not_made_up(value: str, region: str):
    assert parse_phones([value], region=region) == (Phone(value, ""),)


def test_words_behind_a_number_are_not_dialled():
    assert [phone.e164 for phone in parse_phones(["0711 234 Fax"], region="DE")] == ["+49711234"]
    assert [phone.e164 for phone in parse_phones(["030 123456 oder 78"], region="DE")] == ["+4930123456"]
    assert [phone.e164 for phone in parse_phones(["1-800-FLOWERS"], region="US")] == ["+18003569377"]


@pytest.mark.parametrize(
    ("value", "region", "e164"),
    [
        ("711 2345678", "DE", "+497112345678"),
        ("1 234 5678", "HU", "+3612345678"),
        ("27042332", "MT", "+35627042332"),
    ],
)
def test_number_with_its_area_needs_no_zero_before_it(value: str, region: str, e164: str):
    assert parse_phones([value], region=region)[0].e164 == e164


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_is_read_for_phones(values: list[str]):
    for phone in parse_phones(values, region="US"):
        assert phone.e164 == "" or re.fullmatch(r"\+\d{7,15}", phone.e164)


def test_the_quick_way_with_a_number_gives_what_the_thorough_one_does():
    """Numbers of every region, true ones and ones with digits changed, dropped and added."""
    rng = random.Random(7)
    quick = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        code = phonenumbers.country_code_for_region(region)
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE):
            example = phonenumbers.example_number_for_type(region, kind)
            if not example:
                continue
            national = phonenumbers.national_significant_number(example)
            for _ in range(12):
                digits = list(national)
                for _ in range(rng.randrange(3)):
                    place = rng.randrange(len(digits))
                    digits[place : place + rng.randrange(2)] = rng.choice(["", *"0123456789"])
                text = f"+{code} " + "".join(digits) if digits else "+1"
                short = phones._international(text, region)
                assert short in ("", phones._parsed(text, region)), (text, region)
                quick += bool(short)
    assert quick > 1000
