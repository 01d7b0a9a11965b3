"""The spec: facts enter by placeholder only, and equal specs have equal hashes."""

import json

import pytest
from pydantic import ValidationError

from sites.facts import build_fact_sheet
from sites.spec import Look, Sentence, SiteSpec
from sites.tests.records import build, business


def sentence(text: str, *facts: str, kind: str = "fact") -> Sentence:
    return Sentence(text=text, facts=facts, kind=kind, origin="bank")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Open since 1987",
        "We have ½ of it",
        "Call ٠١٢",
        "<b>Hello</b>",
        "Curly { brace",
        "{{ name }}",
        "See https://evil.example",
        "www.evil.example",
        "Write to me@evil.example",
        "Turned \u202e around",
        "x" * 321,
        "  ",
    ],
)
def test_sentence_refuses_what_could_carry_a_fact_or_markup(text: str) -> None:
    with pytest.raises(ValidationError):
        sentence(text, "name")


def test_sentence_refuses_placeholder_without_its_fact() -> None:
    with pytest.raises(ValidationError, match="placeholder without its fact"):
        sentence("Call {phone_display}", "name")


def test_sentence_refuses_fact_that_does_not_exist() -> None:
    with pytest.raises(ValidationError, match="no such fact"):
        sentence("We won prizes", "awards")


def test_fact_sentence_must_name_what_entails_it() -> None:
    with pytest.raises(ValidationError, match="names the facts"):
        sentence("Closed on Sundays")


def test_values_are_never_expanded_again() -> None:
    facts = build_fact_sheet(business(city="Phone City {phone}"))
    assert sentence("In {city}", "city").fill(facts) == "In Phone City {phone}"


def test_spec_refuses_sentence_whose_fact_is_not_known() -> None:
    _, spec, _ = build(business())
    without_email = {key: fact for key, fact in spec.facts.items() if key != "email"}
    with pytest.raises(ValidationError, match="which is not known"):
        SiteSpec.model_validate(spec.model_dump() | {"facts": without_email})


def test_spec_begins_with_one_hero() -> None:
    _, spec, _ = build(business())
    with pytest.raises(ValidationError, match="begins with its one hero"):
        SiteSpec.model_validate(spec.model_dump() | {"sections": spec.model_dump()["sections"][1:]})


def test_hash_survives_storage_and_changes_with_content() -> None:
    _, spec, _ = build(business())
    stored = SiteSpec.model_validate(json.loads(json.dumps(spec.model_dump(mode="json"))))
    assert stored == spec
    assert stored.spec_hash == spec.spec_hash
    other = spec.model_copy(update={"look": spec.look.model_copy(update={"hue": (spec.look.hue + 1) % 360})})
    assert other.spec_hash != spec.spec_hash


def test_look_refuses_hue_outside_the_circle() -> None:
    with pytest.raises(ValidationError):
        Look(theme="signboard", hero="window", hue=360, font="warm", art="round", density="airy", seed="x")


def test_questions_for_the_owner_are_the_unconfirmed_cards() -> None:
    _, spec, _ = build(business())
    services = next(section for section in spec.sections if section.type == "services")
    assert spec.questions_for_owner() == list(services.cards)
