"""What one mail costs the database: every statement more is mails less."""

import hashlib
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import mailboxes
from campaigns.sending import send_campaigns
from campaigns.tests.factories import make_campaign, make_message
from campaigns.tests.mail_server import MailServer
from pipeline.clock import VirtualClock
from pipeline.runner import Run

# Statements, those that begin and end transactions included.
MOST_FOR_ONE = 46  # with what is asked once for all mails of a claim
MOST_FOR_ONE_MORE = 2


@pytest.mark.django_db(transaction=True)
def test_statements_of_one_mail(clock: VirtualClock, settings: Any) -> None:
    with MailServer() as server:
        settings.MAIL_URL, settings.MAIL_PACING = f"smtp://127.0.0.1:{server.port}", False
        settings.AGENCY_ADDRESS = "2 Real Street, Realville"
        box = mailboxes.default_mailbox(now=clock.now())
        for number in range(11):
            campaign = make_campaign(company_hash=f"{number}", mailbox=box)
            message_id = f"<campaign-{campaign.pk}.1@fernhill.example>"
            body = f"Message-ID: {message_id}\r\n\r\nHello.\r\n".encode()
            digest = hashlib.sha256(body).hexdigest()
            make_message(campaign=campaign, message_id=message_id, body=body, body_sha256=digest)
        run = Run(by="test", clock=clock)
        counts = []
        for limit in (1, 10):
            with CaptureQueriesContext(connection) as seen:
                assert send_campaigns(run, limit=limit).rows["done"] == limit
            counts.append(len(seen))
    assert counts[0] <= MOST_FOR_ONE
    assert (counts[1] - counts[0]) / 9 <= MOST_FOR_ONE_MORE
