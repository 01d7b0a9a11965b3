"""One box, however it is spelled; a "no" that is remembered without the address."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.addresses import (
    UnusableAddress,
    check_address,
    company_key,
    normalise_address,
    suppression_hash,
)


@pytest.mark.parametrize(
    ("spelled", "box"),
    [
        ("Info@BrookLane.Example", "info@brooklane.example"),
        ("  info@brooklane.example ", "info@brooklane.example"),
        ("info+news@brooklane.example", "info@brooklane.example"),
        ("+info@brooklane.example", "+info@brooklane.example"),
        ("first.last@brooklane.example", "first.last@brooklane.example"),
    ],
)
def test_normalise_address_finds_the_box(spelled: str, box: str):
    assert normalise_address(spelled) == box


def test_normalise_address_knows_one_gmail_box_by_all_its_names():
    names = ("ann.lee@gmail.com", "annlee@googlemail.com", "AnnLee+shop@gmail.com")
    assert {normalise_address(name) for name in names} == {"annlee@gmail.com"}


@pytest.mark.parametrize(
    "text", ["", "ann", "ann@", "a@b.example, c@d.example", "Ann <a@b.example>", "a@b.example\nx"]
)
def test_normalise_address_refuses_what_is_not_one_address(text: str):
    with pytest.raises(UnusableAddress):
        normalise_address(text)


@given(text=st.text(max_size=40) | st.emails())
def test_normalise_address_twice_changes_nothing_and_never_fails_otherwise(text: str):
    try:
        box = normalise_address(text)
    except UnusableAddress as error:
        assert "\n" not in str(error)
        return
    assert normalise_address(box) == box
    check_address(box)


def test_check_address_takes_no_spaces_around():
    with pytest.raises(UnusableAddress):
        check_address(" info@brooklane.example")


def test_suppression_hash_is_the_same_for_every_spelling():
    assert suppression_hash("Info+a@BrookLane.example", "pepper") == suppression_hash(
        "info@brooklane.example", "pepper"
    )


def test_suppression_hash_depends_on_box_and_pepper():
    first = suppression_hash("info@brooklane.example", "pepper")
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    assert first != suppression_hash("shop@brooklane.example", "pepper")
    assert first != suppression_hash("info@brooklane.example", "salt")


def test_suppression_hash_without_pepper_is_refused():
    with pytest.raises(ValueError, match="pepper"):
        suppression_hash("info@brooklane.example", "")


def test_company_key_is_the_domain_of_a_company():
    assert company_key("info@mail.brooklane.co.uk") == company_key("ann@brooklane.co.uk") == "brooklane.co.uk"


@pytest.mark.parametrize("domain", ["gmail.com", "web.de", "yahoo.co.uk", "outlook.com", "gmail.example"])
def test_company_key_is_the_box_where_strangers_share_a_domain(domain: str):
    assert company_key(f"Bakery@{domain}") == f"bakery@{domain}"
    assert company_key(f"bakery@{domain}") != company_key(f"plumber@{domain}")


@pytest.mark.parametrize("address", ["'ana@x.example", "+ana@x.example", "-ana@x.example"])
def test_odd_box_that_no_record_may_name_can_still_say_no(address: str):
    assert normalise_address(address) == address
