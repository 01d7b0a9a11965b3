"""Who visits the public pages in tests, and the mail that brings them."""

import contextlib
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from campaigns import hits, tracking
from campaigns.models import Message
from campaigns.tests.factories import make_campaign, make_message
from sites.tests.factories import make_version


class Visitor(Client):
    """A client whose hits do not wait for the next beat."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        with contextlib.suppress(DatabaseError):  # then they wait in their spool
            hits.take_in()
        return answer


@pytest.fixture
def visitor() -> Client:
    """Somebody without cookies, to whom forgery checks apply as to a browser; each hit is taken in at once."""
    return Visitor(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Mail/7.1")


@pytest.fixture
def message(db: None) -> Message:
    """A mail about a site that counts as online and has a version."""
    campaign = make_campaign()
    make_version(campaign.site)
    return make_message(campaign=campaign)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No test is refused hits for those of another, or sent where a link of another led."""
    hits._counted.clear()
    tracking._targets_of.cache_clear()
