"""The questions that a site leaves to its owner."""

import pytest

from businesses.tests.factories import make_business
from sites.facts import FactSheet
from sites.questions import NEVER_SAID, open_questions
from sites.spec import SiteSpec
from sites.tests.factories import make_site, make_version

pytestmark = pytest.mark.django_db


def test_every_unconfirmed_topic_and_every_missing_fact_is_asked() -> None:
    site = make_site(business=make_business(email="", opening_hours=""))
    version = make_version(site)
    asked = open_questions(site)
    spec, facts = SiteSpec.model_validate(version.spec), FactSheet.model_validate(version.facts)
    services = next(section for section in spec.sections if section.type == "services")
    assert asked.topics == tuple(card.title.fill(facts) for card in services.cards)
    assert asked.missing == ("E-mail", "Opening hours")
    assert asked.never_said == tuple(NEVER_SAID)


def test_known_fact_is_no_question() -> None:
    site = make_site(business=make_business(opening_hours="Mo-Fr 09:00-17:00"))
    make_version(site)
    assert open_questions(site).missing == ()


def test_site_that_is_not_built_asks_nothing() -> None:
    assert open_questions(make_site()).topics == ()
