"""A token is worth something for one purpose, one row and one link, and nothing else."""

import re
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.tokens import Purpose, make_token, read_token

SECRETS = ("a secret of fifty characters for the tests of links",)
PURPOSES = get_args(Purpose)
IDS = st.integers(0, 2**63 - 1)
LINKS = st.integers(0, 255)


@given(purpose=st.sampled_from(PURPOSES), number=IDS, link=LINKS)
def test_token_reads_back_what_was_signed(purpose, number, link):
    token = make_token(purpose, number, link, secrets=SECRETS)
    assert re.fullmatch(r"[A-Za-z0-9_-]{28}", token)
    assert read_token(purpose, token, secrets=SECRETS) == (number, link)


@given(
    purpose=st.sampled_from(PURPOSES),
    number=IDS,
    link=LINKS,
    place=st.integers(0, 27),
    character=st.characters(),
)
def test_any_changed_character_makes_it_worthless(purpose, number, link, place, character):
    token = make_token(purpose, number, link, secrets=SECRETS)
    assume(token[place] != character)
    assert read_token(purpose, token[:place] + character + token[place + 1 :], secrets=SECRETS) is None


@given(made=st.sampled_from(PURPOSES), read=st.sampled_from(PURPOSES), number=IDS, link=LINKS)
def test_token_of_another_purpose_is_worthless(made, read, number, link):
    assume(made != read)
    assert read_token(read, make_token(made, number, link, secrets=SECRETS), secrets=SECRETS) is None


@given(token=st.text(max_size=40) | st.from_regex(r"[A-Za-z0-9_-]{28}", fullmatch=True))
def test_made_up_token_is_worthless(token):
    assert all(read_token(purpose, token, secrets=SECRETS) is None for purpose in PURPOSES)


@pytest.mark.parametrize("extra", ["\n", "=", "A", " "])
def test_longer_token_is_worthless(extra: str):
    token = make_token("click", 5, secrets=SECRETS)
    assert read_token("click", token + extra, secrets=SECRETS) is None
    assert read_token("click", extra + token, secrets=SECRETS) is None


def test_other_base64_alphabet_is_no_second_spelling():
    token = next(t for n in range(1_000) if "-" in (t := make_token("click", n, secrets=SECRETS)))
    assert read_token("click", token.replace("-", "+"), secrets=SECRETS) is None


def test_token_of_another_installation_is_worthless():
    assert read_token("open", make_token("open", 1, secrets=["another"]), secrets=SECRETS) is None


def test_rotated_secret_still_reads_old_tokens_and_signs_with_the_new_one():
    old = make_token("unsubscribe", 9, secrets=SECRETS)
    rotated = ["the new secret", *SECRETS]
    assert read_token("unsubscribe", old, secrets=rotated) == (9, 0)
    assert read_token("unsubscribe", make_token("unsubscribe", 9, secrets=rotated), secrets=SECRETS) is None


def test_project_secret_is_used_when_none_is_given(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "first", []
    token = make_token("claim", 3, 1)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second", ["first"]
    assert read_token("claim", token) == (3, 1)
    settings.SECRET_KEY_FALLBACKS = []
    assert read_token("claim", token) is None


@pytest.mark.parametrize(("number", "link"), [(-1, 0), (2**63, 0), (1, -1), (1, 256)])
def test_numbers_that_do_not_fit_are_refused(number: int, link: int):
    with pytest.raises(ValueError, match="No token can hold"):
        make_token("open", number, link, secrets=SECRETS)


def test_empty_secret_is_refused():
    with pytest.raises(ValueError, match="secret"):
        make_token("open", 1, secrets=[""])
