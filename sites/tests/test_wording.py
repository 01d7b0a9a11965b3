"""Planted lies: none of them can be said in the words that a model may use, whatever a judge says of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sites.facts import OWNER_KEYS, FactSheet, build_fact_sheet
from sites.gates.grounding import check_grounding
from sites.spec import Sentence, SiteSpec
from sites.tests.records import HUGE, bare, build, business, render
from sites.vocabulary import VOCABULARIES
from sites.wording import refusals

PLANTED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "planted_sentences.json").read_text())
LIES = [*PLANTED["false"], *PLANTED["held_out"]]


def facts_in(lang: str) -> FactSheet:
    """A plumber in English; a bakery in German, whose record says more."""
    if lang == "en":
        return build_fact_sheet(business())
    return build_fact_sheet(business(**HUGE)).model_copy(update={"lang": lang})


def said(one: dict[str, Any]) -> Sentence:
    """The sentence with the verdict of a judge that agrees to everything."""
    fields = tuple(one["fields"])
    return Sentence(
        text=one["text"],
        facts=fields,
        kind=one["kind"],
        origin="llm",
        verdict="entailed" if fields else "generic",
    )


def with_sentence(spec: SiteSpec, sentence: Sentence) -> SiteSpec:
    hero = spec.sections[0]
    hero = hero.model_copy(update={"body": (*hero.body[:2], sentence)})
    return spec.model_copy(update={"sections": (hero, *spec.sections[1:])})


def test_fifty_lies_are_planted_in_two_languages() -> None:
    assert len(PLANTED["false"]) == 50
    assert {one["lang"] for one in LIES} == set(VOCABULARIES)
    assert len({one["text"] for one in LIES}) == len(LIES)


@pytest.mark.parametrize("one", LIES, ids=lambda one: one["text"][:40])
def test_lie_is_refused_though_the_judge_agreed(one: dict[str, Any]) -> None:
    try:
        sentence = said(one)
    except ValidationError:
        return  # the spec cannot even hold it
    assert refusals(sentence, facts_in(one["lang"])) != []


@pytest.mark.parametrize("one", PLANTED["true"], ids=lambda one: one["text"][:40])
def test_true_sentence_is_allowed(one: dict[str, Any]) -> None:
    assert refusals(said(one), facts_in(one["lang"])) == []


@pytest.mark.parametrize(
    "one", [one for one in LIES if one["lang"] == "en"], ids=lambda one: one["text"][:40]
)
def test_gate_keeps_a_page_with_the_lie_offline(one: dict[str, Any]) -> None:
    facts, spec, _ = build(business())
    try:
        spec = with_sentence(spec, said(one))
    except ValidationError:
        return
    assert check_grounding(render(spec, facts), spec, facts) != []


def test_gate_lets_a_proved_sentence_pass_and_wants_its_verdict() -> None:
    facts, spec, _ = build(business())
    proved = said(PLANTED["true"][1])
    good = with_sentence(spec, proved)
    assert check_grounding(render(good, facts), good, facts) == []
    for verdict in ("", "generic"):
        bad = with_sentence(spec, proved.model_copy(update={"verdict": verdict}))
        assert "no verdict" in check_grounding(render(bad, facts), bad, facts)[0]


def line(text: str, *fields: str, kind: str = "fact") -> Sentence:
    return Sentence(text=text, facts=fields, kind=kind, origin="llm")  # type: ignore[arg-type]


def test_word_about_the_phone_needs_the_phone() -> None:
    facts = build_fact_sheet(business(email=""))
    assert refusals(line("Call and ask.", "phone"), facts) == []
    assert refusals(line("Call and ask.", kind="generic"), facts) == ["'call' is not among the plain words"]
    assert refusals(line("Send an e-mail.", "email"), facts) == ["the record does not say email"]


def test_word_about_a_time_needs_its_placeholder_in_the_same_part() -> None:
    facts = build_fact_sheet(business())
    assert refusals(line("On Saturday it is open {open_saturday}.", "open_saturday"), facts) == []
    assert refusals(line("On Saturday it is open.", "open_saturday"), facts) != []
    assert refusals(line("Open {open_weekdays}. On Saturday too.", "open_weekdays"), facts) != []


def test_question_may_ask_what_a_statement_may_not_say() -> None:
    facts = build_fact_sheet(business())
    assert refusals(line("Looking for {name}? You may ask.", "name"), facts) == []
    assert refusals(line("{name} can come to you.", "name"), facts) != []


@pytest.mark.parametrize("sign", ["!", "“", "*", "%", "€", "★", "+", "="])
def test_sign_that_could_carry_a_claim_is_refused(sign: str) -> None:
    facts = build_fact_sheet(business())
    assert refusals(line(f"Good to know{sign}", kind="generic"), facts) == [
        f"the sign {sign!r} may not be used"
    ]


def test_language_without_a_vocabulary_is_refused_whole() -> None:
    facts = build_fact_sheet(business()).model_copy(update={"lang": "fr"})
    assert refusals(line("Bonjour", kind="generic"), facts) == ["nothing is known of the words of 'fr'"]


def test_vocabulary_holds_no_praise_no_number_and_no_negation() -> None:
    banned = set(
        "best great good quality trusted expert professional free cheap price always never no not none since years "
        "award star stars guarantee insured licensed family friendly fast quick same-day only most first-class "
        "beste gut qualität kostenlos günstig preis immer nie kein nicht seit jahre garantie schnell freundlich"
        .split()
    )  # fmt: skip
    for known in VOCABULARIES.values():
        everywhere = (
            known.plain
            | known.visitor
            | known.business
            | known.tables
            | set(known.by_fact)
            | {word for word, keys in known.by_time.items() if not keys <= OWNER_KEYS}
        )
        assert not banned & everywhere
        assert all(word == word.lower() for word in everywhere)
        assert not any(character.isdigit() for word in everywhere for character in word)


def test_record_with_nothing_known_allows_only_what_says_nothing() -> None:
    facts = build_fact_sheet(
        bare(id=5, name="Öz", category="tattoo", family="beauty", phone_e164="+12025550123")
    )
    assert refusals(line("Good to know", kind="generic"), facts) == []
    assert refusals(line("You will find {name} at {address}.", "name", "address"), facts) != []
