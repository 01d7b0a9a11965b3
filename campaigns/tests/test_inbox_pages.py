"""The inbox: who may see it, what it shows of what strangers wrote, and what each button does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from campaigns import inbox_page, suppression
from campaigns.models import Campaign, Event, InboundMail, Mailbox, Message, SenderDomain
from campaigns.tests import arrivals
from campaigns.tests.browsing import Outline
from campaigns.tests.test_receiving import arrive, make_sent
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import Incident
from pipeline.runner import Run

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVIL = "<script>alert(1)</script><img src=https://tracker.example/x.gif> \u202egnp"


@pytest.fixture
def mailbox() -> Mailbox:
    domain = SenderDomain.objects.create(name="fernhill.example")
    return Mailbox.objects.create(
        address=arrivals.BOX, domain=domain, imap="sales", bounce_address="b@fernhill.example", created_at=NOW
    )


@pytest.fixture
def sent(mailbox: Mailbox) -> Message:
    return make_sent(mailbox)


@pytest.fixture
def reply(sent: Message, mailbox: Mailbox) -> InboundMail:
    return arrive(arrivals.make_answer("Yes please.", In_Reply_To=sent.message_id), mailbox, Run(by="test"))


@pytest.fixture
def unmatched(mailbox: Mailbox, sent: Message) -> InboundMail:
    raw = arrivals.make_answer(
        "Who are you?", sender="kim@stranger.example", Message_ID="<9@stranger.example>"
    )
    return arrive(raw, mailbox, Run(by="test"))


@pytest.fixture
def staff(client: Client) -> Client:
    user = User.objects.create_superuser("mara")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def act(client: Client, mail: InboundMail, word: str, **more: Any) -> Any:
    answer = client.post(f"/dashboard/inbox/{mail.pk}/act/", {"act": word, **more}, follow=True)
    mail.refresh_from_db()
    return answer


def test_only_staff_with_the_right_may_look_or_act(client: Client, reply: InboundMail):
    assert client.get("/dashboard/inbox/").status_code == 302
    user = User.objects.create_user("sam", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/dashboard/inbox/").status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_inboundmail"))
    assert client.get(f"/dashboard/inbox/{reply.pk}/").status_code == 200
    assert client.post(f"/dashboard/inbox/{reply.pk}/act/", {"act": "handle"}).status_code == 403


@pytest.mark.parametrize("tab", [*inbox_page.TABS, "", "nonsense"])
def test_every_tab_is_shown_empty_and_full(tab: str, staff: Client, mailbox: Mailbox):
    assert staff.get("/dashboard/inbox/", {"tab": tab}).status_code == 200
    sent, run = make_sent(mailbox), Run(by="test")
    for number, raw in enumerate(
        (
            arrivals.make_answer(In_Reply_To=sent.message_id),
            arrivals.make_answer("stop", In_Reply_To=sent.message_id),
            arrivals.make_answer("away", In_Reply_To=sent.message_id, Auto_Submitted="auto-replied"),
            arrivals.make_dsn(returned=sent.message_id),
            arrivals.make_complaint(returned=sent.message_id),
            arrivals.make_answer("hm", sender="kim@stranger.example"),
        )
    ):
        arrive(raw.replace(b"Message-ID: <a", b"Message-ID: <%d" % number), mailbox, run)
    page = staff.get("/dashboard/inbox/", {"tab": tab})
    assert page.status_code == 200
    assert page.context["mail"] is not None


def test_what_strangers_wrote_is_shown_as_text_and_nothing_else(
    staff: Client, sent: Message, mailbox: Mailbox
):
    raw = arrivals.make_answer(EVIL, subject=EVIL.strip(), In_Reply_To=sent.message_id, html=f"<p>{EVIL}</p>")
    mail = arrive(raw, mailbox, Run(by="test"))
    page = staff.get(f"/dashboard/inbox/{mail.pk}/")

    outline = Outline(page.content)
    assert "alert(1)" in outline.text
    assert not [each for each in outline.values if "tracker.example" in each[2]]
    assert not [tag for tag, *attributes in outline.elements if "style" in attributes]
    assert "script-src 'self'" in page["Content-Security-Policy"]


def test_handled_and_reopened(staff: Client, reply: InboundMail):
    page = act(staff, reply, "handle")
    assert page.redirect_chain[-1][0] == "/dashboard/inbox/?tab=answers"
    assert (reply.handled_by, inbox_page.unhandled_answers()) == ("staff:mara", 0)
    assert Incident.objects.get(kind="reply").resolved_at is not None

    act(staff, reply, "reopen")
    assert (reply.handled_at, inbox_page.unhandled_answers()) == (None, 1)


def test_a_no_by_a_persons_word_holds_for_ever(staff: Client, reply: InboundMail, sent: Message):
    act(staff, reply, "no")

    assert (reply.kind, reply.handled_by) == ("opt_out", "staff:mara")
    assert suppression.is_suppressed(sent.recipient)
    assert suppression.is_suppressed(reply.sender)
    sent.refresh_from_db()
    assert sent.unsubscribed_at is not None


def test_an_unmatched_mail_is_linked_with_all_that_follows(
    staff: Client, unmatched: InboundMail, sent: Message
):
    name = sent.campaign.business.name
    page = staff.get(f"/dashboard/inbox/{unmatched.pk}/", {"q": name})
    assert [campaign.pk for campaign in page.context["found"]] == [sent.campaign_id]

    act(staff, unmatched, "link", campaign=sent.campaign_id)
    assert (unmatched.message, unmatched.matched_by, unmatched.handled_at) == (sent, "staff", None)
    assert Campaign.objects.get().stop_reason == "replied"
    assert [event.kind for event in Event.objects.all()] == ["replied"]

    refused = act(staff, unmatched, "link", campaign=sent.campaign_id)
    assert "belongs to a campaign already" in refused.content.decode()
    assert Event.objects.count() == 1


def test_an_unmatched_mail_can_be_taken_as_a_no(staff: Client, unmatched: InboundMail):
    act(staff, unmatched, "no")
    assert suppression.is_suppressed("kim@stranger.example")
    assert unmatched.handled_at is not None
    assert Incident.objects.get(kind="unmatched_mail").resolved_at is not None


def test_a_mail_without_a_sender_says_what_to_do(staff: Client, unmatched: InboundMail):
    InboundMail.objects.filter(pk=unmatched.pk).update(sender="")
    assert "Link it to a campaign first" in act(staff, unmatched, "no").content.decode()
    assert unmatched.kind == "reply"


@pytest.mark.parametrize("campaign", ["", "x", "9" * 30, "999999", "-1"])
def test_a_campaign_that_is_none_is_not_found(campaign: str, staff: Client, unmatched: InboundMail):
    assert act(staff, unmatched, "link", campaign=campaign).status_code == 404
    assert unmatched.message is None


def test_an_unknown_button_does_nothing(staff: Client, reply: InboundMail):
    assert "Nothing was done" in act(staff, reply, "explode").content.decode()
    assert staff.get(f"/dashboard/inbox/{reply.pk}/act/").status_code == 405
    assert staff.get("/dashboard/inbox/999999/").status_code == 404


def test_the_thread_shows_our_mail_and_theirs_in_order(
    staff: Client, reply: InboundMail, sent: Message, mailbox: Mailbox
):
    Message.objects.filter(pk=sent.pk).update(sent_at=NOW)
    later = arrivals.make_answer(
        "And on Sundays?", In_Reply_To=sent.message_id, Message_ID="<2@brooklane.example>"
    )
    mail = arrive(later, mailbox, Run(by="test", clock=SYSTEM_CLOCK))
    page = staff.get(f"/dashboard/inbox/{mail.pk}/")
    assert [(entry.is_ours, entry.text) for entry in page.context["thread"]] == [
        (True, "Hello."),
        (False, "Yes please."),
    ]
