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

MOST = 36  # statements, those that begin and end transactions included


@pytest.mark.django_db(transaction=True)
def test_statements_of_one_mail(clock: VirtualClock, settings: Any) -> None:
    with MailServer() as server:
        settings.MAIL_URL, settings.MAIL_PACING = f"smtp://127.0.0.1:{server.port}", False
        settings.AGENCY_ADDRESS = "2 Real Street, Realville"
        box = mailboxes.default_mailbox(now=clock.now())
        for number in range(3):
            campaign = make_campaign(company_hash=f"{number}", mailbox=box)
            message_id = f"<campaign-{campaign.pk}.1@fernhill.example>"
            body = f"Message-ID: {message_id}\r\n\r\nHello.\r\n".encode()
            digest = hashlib.sha256(body).hexdigest()
            make_message(campaign=campaign, message_id=message_id, body=body, body_sha256=digest)
        run = Run(by="test", clock=clock)
        counts = []
        for limit in (1, 2):
            with CaptureQueriesContext(connection) as seen:
                assert send_campaigns(run, limit=limit).rows["done"] == limit
            counts.append(len(seen))
    assert counts[1] - counts[0] <= MOST
