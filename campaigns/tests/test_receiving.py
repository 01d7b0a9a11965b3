"""What comes back is read once, kept, matched, and followed by what it means; forgeries are followed by nothing."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import receiving, suppression
from campaigns.bounces import address_with_token, envelope_sender
from campaigns.composing import make_message_id
from campaigns.mailreaders.base import RawMail
from campaigns.models import (
    Campaign,
    Event,
    InboundMail,
    Mailbox,
    MailFolder,
    Message,
    SenderDomain,
    Suppression,
)
from campaigns.tests import arrivals
from campaigns.tests.arrivals import SHAPES, Shape
from campaigns.tests.factories import make_campaign, make_message
from campaigns.tests.imap_server import ImapServer
from pipeline import inbox
from pipeline.clock import VirtualClock
from pipeline.models import InboundEvent, Incident
from pipeline.runner import Run

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=4)


@pytest.fixture
def run(clock: VirtualClock) -> Run:
    return Run(by="test", clock=clock)


@pytest.fixture
def mailbox() -> Mailbox:
    domain = SenderDomain.objects.create(name="fernhill.example")
    return Mailbox.objects.create(
        address=arrivals.BOX,
        domain=domain,
        imap="sales",
        bounce_address="b@fernhill.example",
        created_at=NOW,
    )


@pytest.fixture
def sent(mailbox: Mailbox) -> Message:
    """A mail that went out, of a campaign that rests until its next."""
    return make_sent(mailbox)


def make_sent(mailbox: Mailbox, **over: Any) -> Message:
    campaign = make_campaign(
        status=Campaign.Status.SENT,
        sent_at=NOW,
        next_step_at=LATER,
        mailbox=mailbox,
        **over.pop("campaign", {}),
    )
    message = make_message(
        campaign=campaign,
        recipient=over.pop("recipient", campaign.business.email),
        message_id=make_message_id(f"campaign-{campaign.pk}", 1, "fernhill.example"),
        sent_at=NOW,
        mailbox=mailbox,
        **over,
    )
    Campaign.objects.filter(pk=campaign.pk).update(company_hash=suppression.company_hash(message.recipient))
    return message


def arrive(raw: bytes, mailbox: Mailbox, run: Run, *, is_junk: bool = False) -> InboundMail:
    """Store a raw mail and apply what waits; returns what was kept of it."""
    receiving.store_mail(mailbox, RawMail(1, raw, run.now()), is_junk=is_junk, now=run.now())
    inbox.apply_events(run, limit=10)
    stuck = list(InboundEvent.objects.exclude(status="applied").values_list("status", "last_error"))
    assert not stuck
    return InboundMail.objects.latest("pk")


def campaign_of(message: Message) -> Campaign:
    return Campaign.objects.get(pk=message.campaign_id)


# ------------------------------------------------------------------------------------------------- bounces
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_of_bounce_finds_its_mail_by_its_token(
    shape: Shape, sent: Message, mailbox: Mailbox, run: Run
):
    other = make_sent(mailbox)
    kept = arrive(shape.raw(envelope_sender(sent, mailbox), other.message_id), mailbox, run)

    assert (kept.kind, kept.message, kept.matched_by) == ("bounce", sent, "token")
    sent.refresh_from_db()
    expected = shape.verdict if shape.action == "failed" else ""
    assert sent.bounce == expected
    assert (sent.bounced_at is not None) == bool(expected)
    assert suppression.is_suppressed(sent.recipient) == (expected == "hard")
    assert not suppression.is_suppressed(other.recipient)


@pytest.mark.parametrize("shape", [each for each in SHAPES if each.names_id], ids=lambda shape: shape.name)
def test_without_a_token_the_returned_id_finds_it(shape: Shape, sent: Message, mailbox: Mailbox, run: Run):
    kept = arrive(shape.raw(arrivals.BOX, sent.message_id), mailbox, run)
    assert (kept.message, kept.matched_by) == (sent, "returned id")


def test_a_hard_bounce_stops_the_campaign_and_the_address_for_ever(sent: Message, mailbox: Mailbox, run: Run):
    arrive(arrivals.make_dsn(to=envelope_sender(sent, mailbox)), mailbox, run)

    campaign = campaign_of(sent)
    assert (campaign.stop_reason, campaign.next_step_at) == ("bounced", None)
    assert Suppression.objects.get().reason == "bounced"
    event = Event.objects.get(message=sent)
    assert (event.kind, event.detail["status"], event.detail["bounce"]) == ("bounced", "5.1.1", "hard")


def test_a_refusal_for_what_we_are_is_not_held_against_the_recipient(
    sent: Message, mailbox: Mailbox, run: Run
):
    arrive(arrivals.make_dsn(to=envelope_sender(sent, mailbox), status="5.7.1"), mailbox, run)

    sent.refresh_from_db()
    assert sent.bounce == "policy"
    assert not Suppression.objects.exists()
    assert campaign_of(sent).stopped_at is None


def test_three_soft_bounces_of_the_last_five_mails_are_as_good_as_a_hard_one(
    sent: Message, mailbox: Mailbox, run: Run
):
    mails = [sent] + [
        make_message(
            campaign=sent.campaign, step=step, recipient=sent.recipient, sent_at=NOW + timedelta(days=step),
            message_id=make_message_id(f"campaign-{sent.campaign_id}", step, "fernhill.example"),
        )
        for step in (2, 3)
    ]  # fmt: skip
    for number, mail in enumerate(mails):
        assert not suppression.is_suppressed(sent.recipient), number
        full = arrivals.make_dsn(
            to=address_with_token(mailbox.bounce_address, mail), status="5.2.2", diagnostic=""
        )
        arrive(full, mailbox, run)
    assert suppression.is_suppressed(sent.recipient)


def test_late_better_news_do_not_undo_a_hard_bounce(sent: Message, mailbox: Mailbox, run: Run):
    to = envelope_sender(sent, mailbox)
    arrive(arrivals.make_dsn(to=to), mailbox, run)
    arrive(arrivals.make_dsn(to=to, status="5.2.2", diagnostic=""), mailbox, run)
    arrive(arrivals.make_dsn(to=to, status="2.0.0", action="delivered", diagnostic=""), mailbox, run)
    sent.refresh_from_db()
    assert sent.bounce == "hard"


def test_a_forged_bounce_is_kept_and_followed_by_nothing(
    sent: Message, mailbox: Mailbox, run: Run, caplog: pytest.LogCaptureFixture
):
    forged_token = address_with_token(mailbox.bounce_address, Message(pk=sent.pk))
    local, _, domain = forged_token.partition("@")
    swapped = "a" if local[8] != "a" else "b"
    tos = [arrivals.BOX, f"{local[:8]}{swapped}{local[9:]}@{domain}", mailbox.bounce_address]
    ids = [f"<campaign-{sent.campaign_id}.1.{n:016x}@fernhill.example>" for n in range(30)]
    with caplog.at_level(logging.WARNING):
        for number, returned in enumerate(ids):
            raw = arrivals.make_dsn(to=tos[number % 3], returned=returned, recipient=sent.recipient)
            kept = arrive(raw, mailbox, run)
            assert (kept.message, kept.matched_by, kept.handled_at) == (sent, "recipient", None)

    sent.refresh_from_db()
    assert (sent.bounced_at, sent.bounce) == (None, "")
    assert not Suppression.objects.exists()
    assert not Event.objects.exists()
    assert campaign_of(sent).stopped_at is None
    assert InboundMail.objects.count() == 30
    assert len([record for record in caplog.records if "without proof" in record.message]) == 30


def test_a_forged_complaint_is_followed_by_nothing(sent: Message, mailbox: Mailbox, run: Run):
    arrive(arrivals.make_complaint(recipient=sent.recipient), mailbox, run)
    assert not Suppression.objects.exists()
    assert campaign_of(sent).stopped_at is None


def test_a_bounce_of_an_uncertain_mail_proves_that_it_went_out(mailbox: Mailbox, run: Run):
    message = make_sent(mailbox)
    Campaign.objects.filter(pk=message.campaign_id).update(status="held", sent_at=None)
    Message.objects.filter(pk=message.pk).update(sent_at=None)

    arrive(
        arrivals.make_dsn(to=envelope_sender(message, mailbox), status="5.2.2", diagnostic=""), mailbox, run
    )

    assert campaign_of(message).status == "sent"
    message.refresh_from_db()
    assert message.sent_at is not None


def test_a_complaint_stops_everything_to_its_company(sent: Message, mailbox: Mailbox, run: Run):
    arrive(arrivals.make_complaint(returned=sent.message_id, recipient=sent.recipient), mailbox, run)

    sent.refresh_from_db()
    assert sent.complained_at == run.now()
    assert Suppression.objects.get().reason == "complained"
    assert campaign_of(sent).stop_reason == "opted_out"


# ------------------------------------------------------------------------------------------- people and machines
def test_an_answer_stops_the_sequence_and_tells_staff(sent: Message, mailbox: Mailbox, run: Run):
    raw = arrivals.make_answer(
        "Yes please, call me.\n\nOn Mon, 2 Mar 2026 at 09:00, Mara <hello@fernhill.example> wrote:\n> unsubscribe",
        sender=sent.recipient,
        In_Reply_To=sent.message_id,
    )
    kept = arrive(raw, mailbox, run)

    assert (kept.kind, kept.text, kept.matched_by, kept.handled_at) == (
        "reply",
        "Yes please, call me.",
        "thread",
        None,
    )
    sent.refresh_from_db()
    assert sent.replied_at == run.now()
    assert campaign_of(sent).stop_reason == "replied"
    incident = Incident.objects.get()
    assert (incident.kind, incident.severity) == ("reply", "critical")
    assert incident.title == f"{sent.campaign.business.name} answered"
    assert "Yes please, call me." in incident.detail
    assert f"/dashboard/inbox/{kept.pk}/" in incident.detail


def test_an_answer_stops_the_other_campaigns_to_that_company(mailbox: Mailbox, run: Run):
    first = make_sent(mailbox, recipient="info@brooklane.example")
    second = make_sent(mailbox, recipient="shop@brooklane.example")
    stranger = make_sent(mailbox, recipient="info@other.example")
    arrive(arrivals.make_answer(In_Reply_To=first.message_id), mailbox, run)

    assert campaign_of(second).stop_reason == "company"
    assert campaign_of(stranger).stopped_at is None


@pytest.mark.parametrize(
    ("sender", "to", "by"),
    [
        ("info@brooklane.example", arrivals.BOX, "sender"),
        ("Owner <INFO+web@Brooklane.example>", arrivals.BOX, "sender"),
        ("jo@brooklane.example", arrivals.BOX, "domain"),
        ("jo@home.example", "token", "token"),
    ],
)
def test_an_answer_without_our_id_is_matched_by_its_address(
    sender: str, to: str, by: str, mailbox: Mailbox, run: Run
):
    message = make_sent(mailbox, recipient="info@brooklane.example")
    make_sent(mailbox, recipient="info@other.example")
    to = address_with_token(arrivals.BOX, message) if to == "token" else to
    kept = arrive(arrivals.make_answer(sender=sender, to=to), mailbox, run)
    assert (kept.message, kept.matched_by) == (message, by)


def test_references_find_the_mail_where_the_nearest_is_not_ours(sent: Message, mailbox: Mailbox, run: Run):
    raw = arrivals.make_answer(
        sender="jo@home.example",
        In_Reply_To="<their-own@home.example>",
        References=f"{sent.message_id} <their-own@home.example>",
    )
    assert arrive(raw, mailbox, run).message == sent


def test_a_no_in_an_answer_is_never_written_to_again(sent: Message, mailbox: Mailbox, run: Run):
    raw = arrivals.make_answer(
        "Take me off your list.", sender="jo@home.example", In_Reply_To=sent.message_id
    )
    kept = arrive(raw, mailbox, run)

    assert (kept.kind, kept.handled_by) == ("opt_out", "autopilot")
    sent.refresh_from_db()
    assert sent.unsubscribed_at is not None
    assert campaign_of(sent).stop_reason == "opted_out"
    assert suppression.is_suppressed(sent.recipient)
    assert suppression.is_suppressed("jo@home.example")
    assert not Incident.objects.filter(kind="reply").exists()


def test_an_out_of_office_only_delays(sent: Message, mailbox: Mailbox, run: Run):
    raw = arrivals.make_answer(
        "Ich bin bis zum 16.03.2026 nicht im Büro.",
        sender=sent.recipient, to=envelope_sender(sent, mailbox), Auto_Submitted="auto-replied",
    )  # fmt: skip
    kept = arrive(raw, mailbox, run)

    assert (kept.kind, kept.matched_by, kept.facts["back_on"]) == ("auto_reply", "token", "2026-03-16")
    sent.refresh_from_db()
    assert (sent.replied_at, sent.auto_replied_at) == (None, run.now())
    campaign = campaign_of(sent)
    assert campaign.stopped_at is None
    assert campaign.next_step_at == datetime(2026, 3, 17, tzinfo=UTC)


def test_an_out_of_office_without_a_day_delays_a_week(sent: Message, mailbox: Mailbox, run: Run):
    arrive(
        arrivals.make_answer("I am away.", In_Reply_To=sent.message_id, Auto_Submitted="auto-replied"),
        mailbox,
        run,
    )
    assert campaign_of(sent).next_step_at == run.now() + timedelta(days=7)


def test_what_belongs_to_nobody_is_kept_and_told_once(sent: Message, mailbox: Mailbox, run: Run):
    kept = arrive(arrivals.make_answer("Do you make signs?", sender="kim@stranger.example"), mailbox, run)
    arrive(
        arrivals.make_answer("Again", sender="kim@stranger.example", Message_ID="<2@stranger.example>"),
        mailbox,
        run,
    )
    spam = arrivals.make_answer("Win", sender="spam@spam.example", Message_ID="<3@spam.example>")
    arrive(spam, mailbox, run, is_junk=True)

    assert (kept.message, kept.kind, kept.text) == (None, "reply", "Do you make signs?")
    assert InboundMail.objects.filter(message=None, handled_at=None).count() == 3
    incident = Incident.objects.get()
    assert (incident.kind, incident.count) == ("unmatched_mail", 2)
    assert not Event.objects.exists()


def test_our_own_mail_is_no_answer(sent: Message, mailbox: Mailbox, run: Run):
    raw = arrivals.make_answer("Somebody answered", sender=arrivals.BOX, In_Reply_To=sent.message_id)
    receiving.store_mail(mailbox, RawMail(1, raw, NOW), is_junk=False, now=NOW)
    inbox.apply_events(run, limit=10)
    assert InboundEvent.objects.get().status == "applied"
    assert not InboundMail.objects.exists()
    assert not Incident.objects.exists()


def test_a_hundred_times_the_same_mail_is_one(sent: Message, mailbox: Mailbox, run: Run):
    raw = arrivals.make_answer(In_Reply_To=sent.message_id)
    for number in range(100):
        filtered = b"X-Spam-Level: %d\r\n" % number + raw  # a filter writes on it, its text stays
        receiving.store_mail(mailbox, RawMail(number, filtered, NOW), is_junk=False, now=NOW)
        inbox.apply_events(run, limit=10)
    event = InboundEvent.objects.get()
    receiving.apply_mail(event, run)
    assert (InboundMail.objects.count(), Event.objects.count(), Incident.objects.get().count) == (1, 1, 1)


# ------------------------------------------------------------------------------------------------ reading boxes
@pytest.fixture
def server(settings: Any) -> Iterator[ImapServer]:
    with ImapServer() as running:
        settings.IMAP_URLS = {"sales": running.url}
        yield running


def test_a_box_is_read_on_from_where_it_was_read_to(
    server: ImapServer, sent: Message, mailbox: Mailbox, run: Run
):
    server.folders["INBOX"].add(arrivals.make_answer(In_Reply_To=sent.message_id))
    server.folders["Junk"].add(
        arrivals.make_answer(Message_ID="<junk-1@brooklane.example>", sender=sent.recipient)
    )
    assert receiving.read_mailboxes(run).rows == {"mails": 2}
    assert receiving.read_mailboxes(run).rows == {}
    server.folders["INBOX"].add(arrivals.make_answer(Message_ID="<2@brooklane.example>"))
    assert receiving.read_mailboxes(run).rows == {"mails": 1}

    folder = MailFolder.objects.get(name="INBOX")
    assert (folder.uid_validity, folder.last_uid, folder.checked_at, folder.error) == (1, 2, run.now(), "")
    inbox.apply_events(run, limit=10)
    assert InboundMail.objects.count() == 3
    assert InboundMail.objects.filter(message=sent).count() == 3


def test_new_numbers_are_read_again_without_doubling(server: ImapServer, mailbox: Mailbox, run: Run):
    for number in range(3):
        server.folders["INBOX"].add(arrivals.make_answer(Message_ID=f"<{number}@brooklane.example>"))
    receiving.read_mailboxes(run)
    server.folders["INBOX"].numbering = 2
    server.folders["INBOX"].add(arrivals.make_answer(Message_ID="<new@brooklane.example>"))

    assert receiving.read_mailboxes(run).rows == {"mails": 1}
    folder = MailFolder.objects.get(name="INBOX")
    assert (folder.uid_validity, folder.last_uid) == (2, 4)
    assert InboundEvent.objects.count() == 4


def test_a_box_that_cannot_be_read_says_so_once_and_keeps_nobody_waiting(
    server: ImapServer, mailbox: Mailbox, run: Run, settings: Any
):
    settings.IMAP_URLS["gone"] = "imap://a:secret@127.0.0.1:1/"
    gone = Mailbox.objects.create(
        address="gone@fernhill.example", domain=mailbox.domain, imap="gone", created_at=NOW
    )
    unnamed = Mailbox.objects.create(
        address="un@fernhill.example", domain=mailbox.domain, imap="none", created_at=NOW
    )
    server.folders["INBOX"].add(arrivals.make_answer())

    assert receiving.read_mailboxes(run).rows == {"mails": 1, "unreachable": 2}
    receiving.read_mailboxes(run)

    incident = Incident.objects.get(key=str(gone.pk))
    assert (incident.kind, incident.count) == ("mailbox_unreadable", 2)
    assert "secret" not in incident.detail + MailFolder.objects.get(mailbox=gone).error
    assert "IMAP_URL_NONE is not set" in Incident.objects.get(key=str(unnamed.pk)).detail

    settings.IMAP_URLS["gone"] = server.url
    receiving.read_mailboxes(run)
    incident.refresh_from_db()
    assert incident.resolved_at is not None
    assert MailFolder.objects.get(mailbox=gone, name="INBOX").error == ""
