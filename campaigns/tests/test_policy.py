"""Where nobody knows the rules, nobody is written to; staff may know better, and say why."""

import pytest

from campaigns.models import CountryRule
from campaigns.policy import POLICIES, decide_country, policy_for, shipped_policy_for
from pipeline.errors import BadData
from territories.tests.factories import NOW

EU_AND_EEA = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)


def test_policy_of_a_known_country_in_any_spelling():
    assert shipped_policy_for(" us ") is shipped_policy_for("US")
    assert shipped_policy_for("US").decision == "allow"


@pytest.mark.parametrize("country", ["", "  ", "ZZ", "USA", "Germany"])
def test_unknown_country_is_blocked_and_not_followed(country: str):
    policy = shipped_policy_for(country)
    assert (policy.decision, policy.tracking) == ("block", "none")
    assert policy.reason


@pytest.mark.parametrize(
    ("country", "decision", "tracking"),
    [
        ("DE", "needs_consent", "none"),
        ("NL", "needs_consent", "none"),
        ("GB", "company_only", "none"),
        ("CA", "needs_consent", "individual"),
        ("AU", "needs_consent", "individual"),
        ("FR", "allow", "aggregate"),
    ],
)
def test_policy_follows_the_law_as_it_is_read(country: str, decision: str, tracking: str):
    policy = shipped_policy_for(country)
    assert (policy.decision, policy.tracking) == (decision, tracking)


@pytest.mark.parametrize("country", EU_AND_EEA)
def test_no_country_of_europe_but_france_is_written_to_without_more(country: str):
    assert (shipped_policy_for(country).decision == "allow") == (country == "FR")
    assert shipped_policy_for(country).tracking != "individual"


@pytest.mark.parametrize("country", sorted(POLICIES))
def test_every_entry_says_why_and_where_from(country: str):
    policy = POLICIES[country]
    assert len(policy.country) == 2
    assert policy.country.isupper()
    assert policy.reason
    assert policy.source
    assert policy.decision != "block"


@pytest.mark.django_db
def test_staff_decide_and_say_why():
    decide_country(
        "zz",
        decision="allow",
        tracking="none",
        why="Advice of our lawyer",
        now=NOW,
        by="staff:ann",
        opt_out_days=5,
    )
    rule = policy_for("ZZ")
    assert (rule.decision, rule.tracking, rule.opt_out_days, rule.decided_by) == (
        "allow",
        "none",
        5,
        "staff:ann",
    )
    assert "lawyer" in rule.source
    decide_country(
        "ZZ", decision="block", tracking="none", why="The law was changed", now=NOW, by="staff:ann"
    )
    assert policy_for("zz").decision == "block"
    assert CountryRule.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "USA"},
        {"country": "1!"},
        {"why": "because"},
        {"why": " "},
        {"decision": "maybe"},
        {"tracking": "all"},
    ],
)
def test_a_decision_without_sense_or_reason_is_refused(wrong: dict[str, str]):
    fields = {"country": "ZZ", "decision": "allow", "tracking": "none", "why": "Advice of our lawyer"} | wrong
    with pytest.raises(BadData):
        decide_country(fields.pop("country"), **fields, now=NOW, by="staff")  # type: ignore[arg-type]
    assert not CountryRule.objects.exists()
