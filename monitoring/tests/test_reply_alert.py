"""One beat is a minute: what a person answered is read, applied, told and counted beside the inbox within one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import RequestFactory

from campaigns.models import Mailbox, SenderDomain
from campaigns.tests import arrivals
from campaigns.tests.imap_server import ImapServer
from campaigns.tests.test_receiving import make_sent
from monitoring.beat import beat
from monitoring.context import shell
from pipeline.clock import VirtualClock
from pipeline.models import Incident
from pipeline.runner import Run


@pytest.fixture
def server(settings: Any) -> Iterator[ImapServer]:
    with ImapServer() as running:
        settings.IMAP_URLS = {"sales": running.url}
        yield running


def test_an_answer_is_told_in_the_beat_that_reads_it(
    db: None, server: ImapServer, clock: VirtualClock, settings: Any, rf: RequestFactory
):
    domain = SenderDomain.objects.create(name="fernhill.example")
    mailbox = Mailbox.objects.create(
        address=arrivals.BOX, domain=domain, imap="sales", created_at=clock.now()
    )
    sent = make_sent(mailbox)
    server.folders["INBOX"].add(arrivals.make_answer("Call me.", In_Reply_To=sent.message_id))

    beat(Run(by="test", clock=clock))

    incident = Incident.objects.get(kind="reply")
    assert incident.delivered_at is not None
    cache.clear()
    request = rf.get("/")
    request.user = User.objects.create_superuser("mara")
    assert shell(request)["badges"]["inbox"] == 1
    (mail,) = [
        path for path in (settings.VAR_DIR / "staff_mail").rglob("*.eml") if "Call me." in path.read_text()
    ]
    assert sent.campaign.business.name in mail.read_text()
