"""Where nobody knows the rules, nobody is written to."""

import pytest

from campaigns.policy import POLICIES, policy_for


def test_policy_of_a_known_country_in_any_spelling():
    assert policy_for(" us ") is policy_for("US")
    assert policy_for("US").decision == "allow"


@pytest.mark.parametrize("country", ["", "  ", "ZZ", "USA", "Germany"])
def test_unknown_country_is_blocked_and_not_followed(country: str):
    policy = policy_for(country)
    assert (policy.decision, policy.tracking) == ("block", "none")
    assert policy.reason


@pytest.mark.parametrize(
    ("country", "decision", "tracking"),
    [
        ("DE", "needs_consent", "none"),
        ("GB", "company_only", "none"),
        ("CA", "needs_consent", "individual"),
        ("AU", "needs_consent", "individual"),
        ("FR", "allow", "aggregate"),
    ],
)
def test_policy_follows_the_law_as_it_is_read(country: str, decision: str, tracking: str):
    policy = policy_for(country)
    assert (policy.decision, policy.tracking) == (decision, tracking)


@pytest.mark.parametrize("country", sorted(POLICIES))
def test_every_entry_says_why_and_where_from(country: str):
    policy = POLICIES[country]
    assert len(policy.country) == 2
    assert policy.country.isupper()
    assert policy.reason
    assert policy.source
    assert policy.decision != "block"
