"""Uncertain mails: settled by proof alone, repeated only where the other side knows them by their key."""

import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from businesses.models import Business
from campaigns import mailboxes, reconciling, upkeep
from campaigns.mailreaders.base import BoxUnreachable
from campaigns.mailreaders.registry import reader_from_url
from campaigns.models import Campaign, Mailbox, Message, Suppression
from campaigns.sending import send_campaigns
from campaigns.tests.factories import make_campaign, make_message
from campaigns.tests.letters import MESSAGE_ID, make_mail
from campaigns.tests.mail_server import DROP, MailServer
from campaigns.tests.provider_server import REFERENCE, Answer, ProviderServer
from pipeline.clock import VirtualClock
from pipeline.models import Effect, TimelineEntry
from pipeline.runner import Run
from sites.models import Site

pytestmark = pytest.mark.django_db

HELD = Campaign.Status.HELD


class SentBox:
    """An IMAP server with one folder of sent mails, which knows the commands that are needed."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids

    def __enter__(self) -> "SentBox":
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes who waits for a visitor; closing alone does not
        self.socket.close()

    @property
    def url(self) -> str:
        return f"imap://ann:hush@127.0.0.1:{self.socket.getsockname()[1]}/"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                visitor, _ = self.socket.accept()
                with visitor, visitor.makefile("rwb") as lines:
                    self._talk(lines)

    def _talk(self, lines: Any) -> None:
        def say(*words: str) -> None:
            lines.write("".join(f"{word}\r\n" for word in words).encode())
            lines.flush()

        say("* OK ready")
        for line in lines:
            tag, command, *rest = line.decode().strip().split(" ", 2)
            told = {
                "CAPABILITY": ["* CAPABILITY IMAP4rev1"],
                "LIST": ['* LIST (\\HasNoChildren) "/" INBOX', '* LIST (\\Sent) "/" "Gesendete Objekte"'],
                "EXAMINE": ["* 1 EXISTS"],
                "SEARCH": [f"* SEARCH {' 1' * any(each in ' '.join(rest) for each in self.ids)}"],
            }
            say(*told.get(command.upper(), []), f"{tag} OK done")


@pytest.fixture
def uncertain(clock: VirtualClock, settings: Any) -> Iterator[MailServer]:
    """A campaign whose mail was handed over, and the server's answer was lost."""
    with MailServer({"DOT": DROP}) as server:
        settings.MAIL_URL, settings.MAIL_PACING = f"smtp://127.0.0.1:{server.port}", False
        settings.AGENCY_ADDRESS = "2 Real Street, Realville"
        hold(clock)
        server.script = {}
        yield server


def hold(clock: VirtualClock) -> None:
    campaign = make_campaign()
    body = make_mail()
    Business.objects.update(email="info@brooklane.example", website_checked_at=clock.now())
    campaign.business.refresh_from_db()
    make_message(
        campaign=campaign, message_id=MESSAGE_ID, body=body, body_sha256=hashlib.sha256(body).hexdigest()
    )
    Site.objects.update(status=Site.Status.PUBLISHED)
    send_campaigns(run_at(clock), limit=5)
    assert Campaign.objects.get().status == HELD
    assert Effect.objects.get().status == "unknown"
    clock.advance(minutes=10)


def run_at(clock: VirtualClock) -> Run:
    return Run(by="test", clock=clock)


def reconcile(clock: VirtualClock) -> dict[str, int]:
    return dict(reconciling.reconcile(run_at(clock), limit=10).rows)


def assert_sent(why: str) -> None:
    campaign = Campaign.objects.get()
    assert (campaign.status, Effect.objects.get().status) == ("sent", "done")
    assert Message.objects.get().sent_at is not None
    assert why in TimelineEntry.objects.filter(to_status="sent").latest("pk").reason


def test_what_nobody_can_tell_waits_for_a_person(uncertain: MailServer, clock: VirtualClock) -> None:
    for _ in range(3):
        assert reconcile(clock) == {"still uncertain": 1}
        send_campaigns(run_at(clock), limit=5)
        clock.advance(days=1)
    assert (Campaign.objects.get().status, len(uncertain.mails)) == (HELD, 1)


def test_evidence_settles_it(uncertain: MailServer, clock: VirtualClock) -> None:
    message = Message.objects.get()
    assert reconciling.note_evidence(message, went_out=True, how="it came back", now=clock.now())
    assert_sent("it came back")
    assert not reconciling.note_evidence(message, went_out=True, how="again", now=clock.now())
    assert len(uncertain.mails) == 1


def test_evidence_that_came_before_the_doubt_is_found(uncertain: MailServer, clock: VirtualClock) -> None:
    Message.objects.update(bounced_at=clock.now())
    assert reconcile(clock) == {"settled": 1}
    assert_sent("it came back")


def test_proof_that_it_did_not_go_lets_it_go(uncertain: MailServer, clock: VirtualClock) -> None:
    message = Message.objects.get()
    assert reconciling.note_evidence(message, went_out=False, how="the server's log", now=clock.now())
    assert Campaign.objects.get().status == "pending"
    send_campaigns(run_at(clock), limit=5)
    assert len(uncertain.mails) == 2


def test_evidence_about_a_mail_that_is_not_in_doubt_changes_nothing(clock: VirtualClock) -> None:
    message = make_message()
    assert not reconciling.note_evidence(message, went_out=True, how="forged", now=clock.now())
    assert Campaign.objects.get().status == "pending"


def test_evidence_about_another_step_changes_nothing(uncertain: MailServer, clock: VirtualClock) -> None:
    Campaign.objects.update(step=2)
    assert not reconciling.note_evidence(Message.objects.get(), went_out=True, how="old", now=clock.now())
    assert Campaign.objects.get().status == HELD


def with_box(url: str, settings: Any) -> None:
    settings.IMAP_URLS = {"desk": url}
    box = mailboxes.default_mailbox(now=Campaign.objects.get().created_at)
    Mailbox.objects.filter(pk=box.pk).update(imap="desk")


def test_mail_among_those_sent_is_settled(uncertain: MailServer, clock: VirtualClock, settings: Any) -> None:
    with SentBox([MESSAGE_ID]) as box:
        with_box(box.url, settings)
        assert reconcile(clock) == {"settled": 1}
    assert_sent("found among the sent mails")


def test_mail_that_is_not_among_those_sent_stays_in_doubt(
    uncertain: MailServer, clock: VirtualClock, settings: Any
) -> None:
    with SentBox(["<another@fernhill.example>"]) as box:
        with_box(box.url, settings)
        assert reconcile(clock) == {"still uncertain": 1}
    assert reconcile(clock) == {"still uncertain": 1}  # the box is gone
    assert Effect.objects.get().status == "unknown"


def test_box_that_cannot_be_reached_says_so() -> None:
    with SentBox([]) as box:
        url = box.url
    with pytest.raises(BoxUnreachable), reader_from_url(url).open_box() as opened:
        opened.has_sent(MESSAGE_ID)


@pytest.fixture
def resend(clock: VirtualClock, settings: Any) -> Iterator[ProviderServer]:
    yield from held_at("resend", clock, settings)


@pytest.fixture
def mailgun(clock: VirtualClock, settings: Any) -> Iterator[ProviderServer]:
    yield from held_at("mailgun", clock, settings)


def held_at(provider: str, clock: VirtualClock, settings: Any) -> Iterator[ProviderServer]:
    with ProviderServer(provider) as server:
        settings.MAIL_URL, settings.MAIL_PACING = server.url, False
        settings.AGENCY_ADDRESS = "2 Real Street, Realville"
        server.script = [DROP]
        hold(clock)
        yield server


def test_provider_with_keys_is_asked_by_the_key(resend: ProviderServer, clock: VirtualClock) -> None:
    assert reconcile(clock) == {"settled": 1}
    assert_sent("its key was asked for again")
    assert len(resend.taken) == 1
    assert Message.objects.get().reference == REFERENCE


def test_provider_is_not_asked_by_a_key_that_it_may_have_forgotten(
    resend: ProviderServer, clock: VirtualClock
) -> None:
    clock.advance(hours=23)
    assert reconcile(clock) == {"still uncertain": 1}
    assert len(resend.asked) == 1


def test_who_said_no_meanwhile_is_not_asked_for(resend: ProviderServer, clock: VirtualClock) -> None:
    message = Message.objects.get()
    Suppression.objects.create(
        address_hash=message.recipient_hash, reason="unsubscribed", at=clock.now(), by="test"
    )
    assert reconcile(clock) == {"still uncertain": 1}
    assert len(resend.asked) == 1


def test_answer_that_is_lost_again_leaves_the_doubt(resend: ProviderServer, clock: VirtualClock) -> None:
    resend.script = [DROP]
    assert reconcile(clock) == {"still uncertain": 1}
    assert (Campaign.objects.get().status, Effect.objects.get().status) == (HELD, "unknown")
    assert reconcile(clock) == {"settled": 1}
    assert len(resend.taken) == 1


def test_mail_in_the_providers_list_is_settled(mailgun: ProviderServer, clock: VirtualClock) -> None:
    assert reconcile(clock) == {"still uncertain": 1}  # not found is no proof
    bare = MESSAGE_ID.strip("<>")
    mailgun.lists = Answer(200, f'{{"items": [{{"message": {{"headers": {{"message-id": "{bare}"}}}}}}]}}')
    assert upkeep.keep_up(run_at(clock), limit=5).rows["settled"] == 1
    assert_sent("found in the provider's list")
    assert len(mailgun.taken) == 1


def test_provider_is_not_asked_before_the_request_can_have_landed(
    resend: ProviderServer, clock: VirtualClock
) -> None:
    Effect.objects.update(called_at=clock.now() - timedelta(seconds=5))
    assert reconcile(clock) == {"still uncertain": 1}
    assert len(resend.asked) == 1
