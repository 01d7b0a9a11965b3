"""The judge of what comes back: Debian's Postfix and Dovecot bounce, deliver and keep mails; all are matched."""

import imaplib
import logging
import smtplib
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest

from campaigns import receiving
from campaigns.bounces import address_with_token, envelope_sender
from campaigns.models import InboundMail, Mailbox, Message, SenderDomain
from campaigns.tests import arrivals
from campaigns.tests.letters import make_mail
from campaigns.tests.post_office import PASSWORD, PostOffice, why_absent
from campaigns.tests.test_receiving import make_sent
from pipeline import inbox
from pipeline.clock import SYSTEM_CLOCK
from pipeline.runner import Run

EACH = 5
PATIENCE = 90.0  # seconds, for a busy machine; the servers need less than one
logger = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.judge,
    pytest.mark.django_db,
    pytest.mark.skipif(bool(why_absent()), reason=why_absent()),
]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    people = [f"info{number}@brooklane.example" for number in range(2 * EACH)]
    with PostOffice([arrivals.BOX, *people], {"b@fernhill.example": arrivals.BOX}) as running:
        until(lambda: is_open(running), running)
        yield running


def is_open(office: PostOffice) -> bool:
    try:
        with (
            smtplib.SMTP("127.0.0.1", office.smtp, timeout=5),
            imaplib.IMAP4("127.0.0.1", office.imap, timeout=5),
        ):
            return True
    except (OSError, imaplib.IMAP4.error):
        return False


def until(happened: Callable[[], bool], office: PostOffice) -> None:
    """Wait until something has happened that another program does."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, office.told()
        time.sleep(0.2)


def send(office: PostOffice, raw: bytes, *, sender: str, to: str) -> None:
    with smtplib.SMTP("127.0.0.1", office.smtp, timeout=20) as server:
        server.sendmail(sender, [to], raw)


def return_paths(office: PostOffice, box: str) -> list[str]:
    """The envelope senders of what lies in a box, as its server noted them."""
    with imaplib.IMAP4("127.0.0.1", office.imap, timeout=20) as client:
        client.login(box, PASSWORD)
        client.select("INBOX", readonly=True)
        found = client.uid("SEARCH", "ALL")[1][0].split()
        raws = [client.uid("FETCH", uid.decode(), "(BODY.PEEK[HEADER])")[1][0][1] for uid in found]
    return [str(message_from_bytes(raw)["Return-Path"]).strip("<>") for raw in raws]


def noted_path(office: PostOffice, box: str) -> str:
    """The envelope sender of the one mail in a box, once it lies there."""
    until(lambda: bool(return_paths(office, box)), office)
    (path,) = return_paths(office, box)
    return path


def test_real_bounces_answers_and_absences_are_all_matched_by_their_tokens(office: PostOffice, settings: Any):
    settings.IMAP_URLS = {"sales": office.imap_url(arrivals.BOX)}
    domain = SenderDomain.objects.create(name="fernhill.example")
    mailbox = Mailbox.objects.create(
        address=arrivals.BOX,
        domain=domain,
        imap="sales",
        bounce_address="b@fernhill.example",
        created_at=SYSTEM_CLOCK.now(),
    )
    expected: dict[int, str] = {}

    def go_out(address: str, kind: str) -> Message:
        message = make_sent(mailbox, recipient=address)
        raw = make_mail(recipient=address, message_id=message.message_id)
        send(office, raw, sender=envelope_sender(message, mailbox), to=address)
        expected[message.pk] = kind
        return message

    for number in range(EACH):
        go_out(f"gone{number}@brooklane.example", "bounce")
    for number in range(EACH):  # a person answers to the Reply-To of a mail, with a program that drops its id
        message = go_out(f"info{number}@brooklane.example", "reply")
        to = address_with_token(arrivals.BOX, message)
        raw = arrivals.make_answer(sender="jo@home.example", to=to, Message_ID=f"<{number}@home.example>")
        send(office, raw, sender="jo@home.example", to=to)
    for number in range(EACH, 2 * EACH):  # a machine answers to the return path that its server noted
        box = f"info{number}@brooklane.example"
        go_out(box, "auto_reply")
        path = noted_path(office, box)
        raw = arrivals.make_answer(
            "I am away.", sender="robot@home.example", to=path,
            Message_ID=f"<{number}@home.example>", Auto_Submitted="auto-replied",
        )  # fmt: skip
        send(office, raw, sender="", to=path)

    run = Run(by="judge")

    def all_read() -> bool:
        receiving.read_mailboxes(run)
        inbox.apply_events(run, limit=100)
        return InboundMail.objects.count() >= len(expected)

    until(all_read, office)
    got = {mail.message_id: mail.kind for mail in InboundMail.objects.all()}
    assert got == expected
    assert set(InboundMail.objects.values_list("matched_by", flat=True)) == {"token"}
    assert set(Message.objects.exclude(bounce="").values_list("bounce", flat=True)) == {"hard"}
    logger.info(
        "%d of %d real bounces, answers and absences matched by their tokens", len(got), len(expected)
    )
