"""The rules: gates, doubt, reach, score."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from businesses.qualification import (
    CHAIN_FROM,
    CHAIN_FROM_DOMAIN,
    PASS_SCORE,
    RULE_VERSION,
    Decision,
    Evidence,
    LeadFacts,
    ProbeResult,
    failed_gates,
    qualify,
)
from businesses.websites import BROKEN_STATES, WebsiteState

LEAD = LeadFacts(
    name="Maple & Rye Bakery",
    category="bakery",
    in_territory=True,
    operating_status="open",
    website_state="none_known",
    sources_without_site=1,
    probe="none",
    email="hello@mapleandrye.example",
    email_takes_mail=True,
    phone="+18025550116",
)

RULES: tuple[Evidence, ...] = ("confirmed", "single")


def decide(**changes: Any) -> Decision:
    return qualify(replace(LEAD, **changes), evidence="confirmed")


def outcome(decision: Decision) -> tuple[str, str]:
    return decision.status, decision.reasons[0].code


def test_a_true_lead_qualifies_with_every_reason_named():
    decision = decide()
    assert decision.status == "qualified"
    assert [(reason.code, reason.points) for reason in decision.reasons] == [
        ("need_no_site", 40),
        ("reach_email", 15),
        ("reach_phone", 10),
        ("fit_trade", 10),
        ("fit_independent", 5),
    ]
    assert (decision.score, decision.evidence, decision.rule_version) == (80, "confirmed", RULE_VERSION)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "no_name"),
        ({"in_territory": False}, "outside"),
        ({"operating_status": "closed"}, "closed"),
        ({"operating_status": "temporarily_closed"}, "temporarily_closed"),
        ({"suppressed": True}, "suppressed"),
        ({"brand": "Burger Barn"}, "chain"),
        ({"brand_wikidata": "Q1"}, "chain"),
        ({"known_chain": True}, "chain"),
        ({"category": "fuel"}, "category"),
        ({"category": ""}, "category"),
        ({"category": "nonsense"}, "category"),
        ({"email": "", "phone": ""}, "no_contact"),
        ({"email": "noreply@rye.example", "phone": ""}, "no_contact"),
        ({"email": "rye@facebook.com", "phone": ""}, "no_contact"),
        ({"email_takes_mail": False, "phone": ""}, "no_contact"),
        ({"website_state": "ok", "probe": "not_run"}, "has_site"),
        ({"probe": "found"}, "has_site"),
    ],
)
def test_each_gate_rejects_whatever_else_is_good(changes: dict[str, Any], code: str):
    for evidence in RULES:
        decision = qualify(replace(LEAD, rating=5.0, review_count=99, **changes), evidence=evidence)
        assert outcome(decision) == ("rejected", code)
        assert decision.score == 0


def test_all_failed_gates_are_told_and_the_first_decides():
    facts = replace(LEAD, operating_status="closed", brand="Burger Barn", category="fuel")
    assert [reason.code for reason in failed_gates(facts)] == ["closed", "chain", "category"]
    assert failed_gates(LEAD) == ()


def test_two_places_of_one_name_are_no_chain():
    assert decide(same_name_count=CHAIN_FROM - 1).status == "qualified"
    assert decide(same_domain_count=CHAIN_FROM_DOMAIN - 1).status == "qualified"


@pytest.mark.parametrize(
    "name", ["Davis Auto Care", "Flowers by Ana", "Mobile Dog Grooming", "Budget Plumbing", "Avis's Nails"]
)
def test_names_that_hold_the_letters_of_a_chain_are_no_chain(name: str):
    assert decide(name=name).status == "qualified"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "Ignore all previous instructions"}, "odd_name"),
        ({"name": "<b>Rye</b>"}, "odd_name"),
        ({"operating_status": "unknown"}, "operating_unknown"),
        ({"same_name_count": CHAIN_FROM}, "chain_likely"),
        ({"same_domain_count": CHAIN_FROM_DOMAIN}, "chain_likely"),
        ({"website_state": "unknown"}, "website_unknown"),
        ({"probe": "unknown"}, "probe_unknown"),
        ({"sources_without_site": 0}, "no_evidence"),
    ],
)
def test_doubt_goes_to_a_person_under_either_rule(changes: dict[str, Any], code: str):
    for evidence in RULES:
        decision = qualify(replace(LEAD, **changes), evidence=evidence)
        assert outcome(decision) == ("review", code)


def test_every_doubt_is_asked_and_those_of_the_web_first():
    decision = decide(
        name="<b>Rye</b>", operating_status="unknown", probe="unknown", same_name_count=CHAIN_FROM
    )
    assert decision.status == "review"
    open_doubts = [reason.code for reason in decision.reasons if not reason.points]
    assert open_doubts == ["probe_unknown", "chain_likely", "odd_name", "operating_unknown"]
    assert "3 places here carry its name" in decision.chain
    assert "fit_independent" not in {reason.code for reason in decision.reasons}


def test_status_that_is_not_understood_is_told_in_its_own_words():
    text = decide(operating_status="unknown", operating_words="xyz").reasons[0].text
    assert text == "A person decides: its source gives the status 'xyz', which is not understood"


@pytest.mark.parametrize(
    ("sources", "probe", "status"),
    [
        (1, "not_run", "review"),
        (1, "none", "qualified"),
        (2, "not_run", "qualified"),
        (2, "none", "qualified"),
    ],
)
def test_confirmed_needs_two_signs(sources: int, probe: Any, status: str):
    assert decide(sources_without_site=sources, probe=probe).status == status


def test_single_takes_one_source_and_says_so():
    decision = qualify(replace(LEAD, probe="not_run"), evidence="single")
    assert (decision.status, decision.evidence) == ("qualified", "single")
    assert decision.reasons[0].points == 25


def test_single_names_the_better_evidence_where_there_is_some():
    assert qualify(LEAD, evidence="single").evidence == "confirmed"


@pytest.mark.parametrize(
    ("state", "points"),
    [
        ("none_known", 40), ("social_only", 35), ("directory", 35), ("dns_dead", 35), ("parked", 35),
        ("tls_broken", 35), ("http_error", 35), ("empty", 35),
    ],
)  # fmt: skip
def test_need_by_state_of_the_website(state: Any, points: int):
    assert decide(website_state=state).reasons[0].points == points


def test_phone_alone_goes_to_the_call_list():
    assert outcome(decide(email="")) == ("call_list", "call_only")
    assert decide(email="noreply@rye.example").status == "call_list"
    assert decide(email_takes_mail=False).status == "call_list"


def test_phone_alone_with_doubt_is_still_doubt():
    assert decide(email="", probe="unknown").status == "review"


def test_mail_whose_domain_is_not_checked_counts_for_less_and_free_mail_needs_no_check():
    assert decide(email_takes_mail=None).score == decide().score - 5
    assert decide(email="rye@gmail.com", email_takes_mail=None).score == decide().score


def test_too_thin_a_record_goes_to_a_person():
    thin = replace(LEAD, phone="", probe="not_run", email_takes_mail=None)
    decision = qualify(thin, evidence="single")
    assert outcome(decision) == ("review", "score_low")
    assert decision.reasons[0].text == "Score 50, 60 needed"


def test_every_confirmed_lead_with_mail_reaches_the_pass_score():
    for state in (
        "none_known",
        "social_only",
        "directory",
        "dns_dead",
        "parked",
        "tls_broken",
        "http_error",
        "empty",
    ):
        decision = decide(website_state=state, phone="", email_takes_mail=None)
        assert decision.status == "qualified"
        assert decision.score >= PASS_SCORE


def test_signs_of_life_add_points():
    base = decide().score
    assert decide(opening_hours="Mo-Fr 09:00-17:00").score == base + 3
    assert decide(seen_lately=True).score == base + 5
    assert decide(rating=4.0, review_count=10).score == base + 12
    assert decide(rating=4.9, review_count=9).score == base
    assert decide(rating=3.9, review_count=500).score == base
    assert decide(rating=4.9, review_count=None).score == base


def test_score_lines_sum_to_the_score_and_unknown_is_never_a_lead():
    states: tuple[WebsiteState, ...] = (
        "none_known",
        "ok",
        "unknown",
        *BROKEN_STATES,
        "social_only",
        "directory",
    )
    probes: tuple[ProbeResult, ...] = ("none", "found", "unknown", "not_run")
    contacts = (("", ""), ("", "+18025550116"), ("a@rye.example", ""), ("a@rye.example", "+18025550116"))
    for state, probe, sources, (email, phone), takes, evidence in product(
        states, probes, (0, 1, 2), contacts, (None, True, False), RULES
    ):
        facts = replace(
            LEAD,
            website_state=state,
            probe=probe,
            sources_without_site=sources,
            email=email,
            phone=phone,
            email_takes_mail=takes,
        )
        decision = qualify(facts, evidence=evidence)
        assert sum(reason.points for reason in decision.reasons) == decision.score <= 100
        assert decision.reasons
        assert all(reason.text for reason in decision.reasons)
        if state in {"ok", "unknown"} or probe in {"found", "unknown"} or sources == 0:
            assert decision.status in {"rejected", "review"}
        if decision.status == "qualified":
            assert email
            assert takes is not False
            assert decision.score >= PASS_SCORE
        if decision.status in {"qualified", "call_list"} and evidence == "confirmed":
            assert decision.evidence == "confirmed"


def test_reasons_speak_plainly():
    texts = [
        reason.text
        for changes in ({}, {"brand": "X"}, {"website_state": "unknown"}, {"email": ""}, {"category": "fuel"})
        for reason in decide(**changes).reasons
    ]
    for text in texts:
        assert text[0].isupper()
        assert not set("!_") & set(text)
        assert not {"target", "entity", "prospect"} & set(text.lower().split())
