"""Who visits the public pages in tests, and the mail that brings them."""

import pytest
from django.test import Client

from campaigns import hits
from campaigns.models import Message
from campaigns.tests.factories import make_campaign, make_message
from sites.tests.factories import make_version


@pytest.fixture
def visitor() -> Client:
    """Somebody without cookies, to whom forgery checks apply as to a browser."""
    return Client(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Mail/7.1")


@pytest.fixture
def message(db: None) -> Message:
    """A mail about a site that counts as online and has a version."""
    campaign = make_campaign()
    make_version(campaign.site)
    return make_message(campaign=campaign)


@pytest.fixture(autouse=True)
def no_hits_counted() -> None:
    """No test is refused hits for those of another."""
    hits._counted.clear()
