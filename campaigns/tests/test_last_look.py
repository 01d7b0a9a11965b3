"""The last look at a business's website, right before its mail leaves."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from businesses.models import Business
from businesses.sources.sample import SampleTown
from businesses.tests.recorded import Web, everywhere, page
from campaigns.models import Campaign
from campaigns.sending import send_campaigns
from campaigns.tests.factories import make_campaign, make_message
from pipeline.clock import VirtualClock
from pipeline.models import Effect
from pipeline.runner import Run
from sites.models import Site

pytestmark = pytest.mark.django_db

MESSAGE_ID = "<last-look@fernhill.example>"
BODY = (
    f"Message-ID: {MESSAGE_ID}\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    "Subject: A website for you\r\n\r\nHello.\r\n"
).encode()
DOMAIN = "brooklanebakery.example"
SITE = page("Fresh bread in Fernhill. Call (802) 555-0116.", title="Brook Lane Bakery")


def send(clock: VirtualClock, web: Web, monkeypatch: pytest.MonkeyPatch, **business: Any) -> Campaign:
    """Send the mail of a business that was looked up two days ago, on this web."""
    monkeypatch.setattr(SampleTown, "web", lambda self: web)
    campaign = make_campaign()
    make_message(
        campaign=campaign, message_id=MESSAGE_ID, body=BODY, body_sha256=hashlib.sha256(BODY).hexdigest()
    )
    Site.objects.filter(pk=campaign.site_id).update(status=Site.Status.PUBLISHED)
    fields = {"website_checked_at": clock.now() - timedelta(days=2), **business}
    Business.objects.filter(pk=campaign.business_id).update(**fields)
    send_campaigns(Run(by="test", clock=clock), limit=5)
    campaign.refresh_from_db()
    return campaign


def test_lead_without_a_site_is_written_to(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web({})
    campaign = send(clock, web, monkeypatch)
    assert (campaign.status, campaign.last_error) == ("sent", "")
    assert web.asked


def test_lead_with_a_site_of_late_is_not(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = send(clock, Web(everywhere(DOMAIN, SITE)), monkeypatch)
    assert campaign.status == "cancelled"
    assert Business.objects.get(pk=campaign.business_id).status == "rejected"
    assert not Effect.objects.exclude(status=Effect.Status.PLANNED).exists()  # nothing was begun


def test_look_that_settles_nothing_puts_it_off_for_a_day(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = send(clock, Web(everywhere(DOMAIN, "timeout")), monkeypatch)
    assert (campaign.status, campaign.attempts) == ("pending", 0)
    assert campaign.next_attempt_at == clock.now() + timedelta(days=1)


def test_site_that_appeared_since_a_persons_word_waits_for_another_one(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"decided_by": "staff:ana", "decided_at": clock.now() - timedelta(days=200)}
    campaign = send(clock, Web(everywhere(DOMAIN, SITE)), monkeypatch, **said)
    assert (campaign.status, campaign.attempts) == ("pending", 0)
    assert campaign.next_attempt_at == clock.now() + timedelta(days=1)
    assert Business.objects.get(pk=campaign.business_id).status == "review"
    assert not Effect.objects.exclude(status=Effect.Status.PLANNED).exists()
    send_campaigns(Run(by="test", clock=clock), limit=5)
    clock.advance(days=2)
    send_campaigns(Run(by="test", clock=clock), limit=5)
    campaign.refresh_from_db()
    assert campaign.status == "pending"  # as long as nobody has decided


@pytest.mark.parametrize("status", ["new", "review"])
def test_mail_waits_while_its_lead_is_not_decided_on(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    web = Web({})
    campaign = send(clock, web, monkeypatch, status=status)
    assert (campaign.status, campaign.next_attempt_at) == ("pending", clock.now() + timedelta(days=1))
    assert web.asked == []
