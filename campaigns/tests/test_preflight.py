"""The last look at a mail: what may not go out, what a person should see, and what filters say."""

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from campaigns import preflight, spam_scores
from campaigns.preflight import Expected, Finding
from campaigns.spam_scores import SpamScore
from campaigns.tests.letters import AGENCY, LINKS, ORIGIN, PITCH, RECIPIENT, make_facts, make_mail
from campaigns.tests.test_writers import KINDS, LANGUAGES, PRICE
from campaigns.writers.base import Pitch
from campaigns.writers.embedded import EmbeddedWriter

EXPECTED = Expected(
    step=1,
    language="en",
    agency_name=AGENCY.name,
    agency_address=AGENCY.address,
    recipient=RECIPIENT,
    source=ORIGIN.data_source,
    unsubscribe=LINKS.unsubscribe,
    price="$29 a month",
    words=(),
    ours=frozenset({"sites.fernhill.example"}),
    names=("Brook Lane Bakery", AGENCY.name),
)
SPAMASSASSIN = Path("/usr/bin/spamassassin")
needs_spamassassin = pytest.mark.skipif(
    not SPAMASSASSIN.exists(),
    reason="SPAM SCORES ARE NOT MEASURED: SpamAssassin is not installed (apt install spamassassin)",
)


def look(pitch: Pitch = PITCH, mail: bytes | None = None, **over: Any) -> list[Finding]:
    words = (*pitch.paragraphs, pitch.call_to_action, *pitch.closing, pitch.sign_off)
    body = make_mail(pitch) if mail is None else mail
    return preflight.look_at(body, replace(EXPECTED, **{"words": words, "language": pitch.language} | over))


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_found_in_what_the_built_in_writer_writes(kind: str, language: str):
    for number in range(40):
        facts = make_facts(business_id=number, language=language, price=PRICE[language], **KINDS[kind])
        assert look(EmbeddedWriter().write(facts), price=PRICE[language]) == []


def test_a_name_in_capitals_or_with_a_shout_is_a_name():
    facts = make_facts(business_name="YAHOO! PIZZA HOUSE")
    assert look(EmbeddedWriter().write(facts), names=("YAHOO! PIZZA HOUSE",)) == []


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("As discussed, here is your website.", "untrue", "error"),
        ("Thank you for your order.", "untrue", "error"),
        ("Vielen Dank für Ihre Anfrage.", "untrue", "error"),
        ("This is urgent.", "untrue", "error"),
        ("Nur heute ist das so.", "untrue", "error"),
        ("It is guaranteed to help.", "untrue", "error"),
        ("You have not replied to us.", "untrue", "error"),
        ("Hello {name}, how are you?", "placeholder", "error"),
        ("Hello [Name], how are you?", "placeholder", "error"),
        ("TODO write this", "placeholder", "error"),
        ("Click here for a discount.", "spammy", "warning"),
        ("THIS SHOUTS AT YOU.", "capitals", "warning"),
        ("What a website!", "exclamation", "warning"),
    ],
)
def test_what_a_letter_may_not_say(text: str, code: str, severity: str):
    assert codes(look(replace(PITCH, paragraphs=("Hello,", text)))) == [(code, severity)]


def test_a_long_subject_is_pointed_out():
    assert codes(look(replace(PITCH, subject="A website proposal " * 4 + "for Brook Lane"))) == [
        ("subject", "warning")
    ]


@pytest.mark.parametrize(
    ("missing", "over"),
    [
        ("our name", {"agency_name": "Another Studio"}),
        ("our postal address", {"agency_address": "1 Elm Street"}),
        ("the recipient's address", {"recipient": "else@brooklane.example"}),
        ("where the address was found", {"source": "Overture Maps"}),
        ("the price", {"price": "$49 a month"}),
        ("the link to unsubscribe", {"unsubscribe": "https://sites.fernhill.example/u/Other"}),
        ("paragraph 1", {"words": ("Something else.",)}),
    ],
)
def test_what_the_law_asks_must_be_in_both_parts(missing: str, over: dict[str, Any]):
    lacking = [finding.text for finding in look(**over) if finding.code == "missing"]
    assert [text.split(" part")[0] for text in lacking] == ["The text", "The HTML"]
    assert all(missing in text for text in lacking)


def test_links_to_strangers_and_pictures_without_words_are_refused():
    mail = make_mail(links=replace(LINKS, site="https://elsewhere.example/c/Site"))
    assert codes(look(mail=mail)) == [("link", "error")]
    assert ("alt", "error") in codes(look(mail=make_mail().replace(b'alt=3D""', b"")))
    assert ("one-click", "error") in codes(
        look(mail=make_mail().replace(b"List-Unsubscribe-Post", b"X-Other"))
    )
    assert ("false answer", "error") in codes(
        look(mail=make_mail().replace(b"Subject: A", b"Subject: Re: A"))
    )


def test_many_links_look_like_an_advert():
    more = "".join(
        f'<a href=3D"https://sites.fernhill.example/{number}">x</a>' for number in range(7)
    ).encode()
    assert ("links", "warning") in codes(look(mail=make_mail().replace(b"<table", more + b"<table", 1)))


def test_report_says_what_blocks_and_what_a_person_should_see():
    found = [Finding("a", "error", "Bad"), Finding("b", "warning", "Odd"), Finding("c", "note", "Fine")]
    report = preflight.report_of(found, SpamScore(1.4, 0.0, ("HTML_IMAGE_ONLY_12",)), note="by hand")
    assert preflight.errors_of(report) == ["Bad"]
    assert preflight.reason_to_ask(report) == "Bad; Odd"
    assert report["spam"] == {
        "score": 1.4, "score_without_pixel": 0.0, "rules": ("HTML_IMAGE_ONLY_12",), "added_by_pixel": 1.4
    }  # fmt: skip
    assert preflight.report_of([], None)["spam"] is None
    assert preflight.errors_of({}) == [] and preflight.reason_to_ask({}) == ""


def test_a_high_score_asks_a_person_and_a_dear_pixel_is_told():
    found = preflight.spam_findings(SpamScore(2.1, 0.7, ("A", "B")))
    assert codes(found) == [("spam", "warning"), ("pixel", "note")]
    assert "2.1" in found[0].text and "1.4" in found[1].text
    assert preflight.spam_findings(SpamScore(0.1, 0.1, ())) == preflight.spam_findings(None) == []


@pytest.fixture
def filter_of(tmp_path: Path, settings: Any) -> Any:
    """Return how to install a filter that answers with this script."""

    def install(script: str) -> None:
        program = tmp_path / "filter"
        program.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\n{script}\n")
        program.chmod(0o755)
        settings.SPAMASSASSIN = str(program)

    return install


ANSWER = 'printf "X-Spam-Status: No, score=0.4 required=5.0 tests=HTML_MESSAGE,\\n\\tNO_RELAYS autolearn=no\\nTo: a\\n"'


def test_mails_of_one_shape_are_scored_once(filter_of: Any, tmp_path: Path):
    filter_of(ANSWER)
    score = spam_scores.score_of(b"with", b"without", shape=str(tmp_path))
    assert score == SpamScore(0.4, 0.4, ("HTML_MESSAGE",))
    assert spam_scores.score_of(b"another", b"other", shape=str(tmp_path)) == score
    assert (tmp_path / "asked").read_text().count("asked") == 2


@pytest.mark.parametrize("script", ["exit 3", "echo nonsense", "kill -9 $$", ""])
def test_a_filter_that_fails_leaves_the_score_unknown(filter_of: Any, tmp_path: Path, script: str):
    filter_of(script)
    assert spam_scores.score_of(b"with", b"without", shape=str(tmp_path)) is None


def test_without_a_filter_the_score_is_not_known(settings: Any, tmp_path: Path):
    settings.SPAMASSASSIN = ""
    assert spam_scores.score_of(b"with", b"without", shape=str(tmp_path)) is None
    settings.SPAMASSASSIN = str(tmp_path / "missing")
    assert spam_scores.score_of(b"with", b"without", shape=str(tmp_path)) is None


@needs_spamassassin
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_spamassassin_has_nothing_against_the_built_in_letters(
    kind: str, language: str, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    settings.SPAMASSASSIN = str(SPAMASSASSIN)
    pitch = EmbeddedWriter().write(make_facts(language=language, price=PRICE[language], **KINDS[kind]))
    bare = make_mail(pitch, links=replace(LINKS, pixel=""))
    score = spam_scores.score_of(make_mail(pitch), bare, shape=str(tmp_path))
    assert score is not None
    with capsys.disabled():
        sys.stdout.write(f"\n{language} {kind}: {score.score} points, {score.added_by_pixel} by the pixel\n")
    assert score.score_without_pixel <= 1.0
    assert score.score <= 1.0


@needs_spamassassin
def test_spamassassin_is_heard_where_it_has_something_against_a_mail(settings: Any, tmp_path: Path):
    settings.SPAMASSASSIN = str(SPAMASSASSIN)
    shouting = make_mail(
        replace(PITCH, subject="DEAR FRIEND MONEY BACK GUARANTEED", paragraphs=("Dear Friend,", "Act now."))
    )
    found = spam_scores.ask(re.sub(rb"(?m)^Date: .*$", b"Date: yesterday", shouting))
    assert found is not None and found[0] > 0.5, found
