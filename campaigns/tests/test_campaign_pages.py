"""The pages of campaigns and mailboxes: who may look and act, what the buttons do, how many queries they take."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns import campaigns_page
from campaigns.models import Campaign, Event, Mailbox
from campaigns.tests.factories import make_campaign, make_mailbox, make_message
from pipeline.clock import SYSTEM_CLOCK

pytestmark = pytest.mark.django_db
LIST = "/dashboard/campaigns/"
BOXES = "/dashboard/mailboxes/"


@pytest.fixture
def staff(client: Client) -> Client:
    user = User.objects.create_superuser("mara")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_gone(**over: Any) -> Campaign:
    """Return a campaign whose first mail went out an hour ago."""
    at = SYSTEM_CLOCK.now() - timedelta(hours=1)
    campaign = make_campaign(status="sent", sent_at=at, variant="plain", **over)
    make_message(campaign=campaign, sent_at=at, variant="plain")
    return campaign


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_only_staff_with_the_right_may_look_or_act(client: Client):
    campaign, box = make_gone(), make_mailbox()
    user = User.objects.create_user("sam", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for path in (LIST, f"{LIST}{campaign.pk}/", BOXES, f"{BOXES}add/"):
        assert client.get(path).status_code == 403
    may = Permission.objects.filter(codename__in=["view_campaign", "view_mailbox"])
    user.user_permissions.add(*may)
    for path in (LIST, f"{LIST}{campaign.pk}/", BOXES):
        assert client.get(path).status_code == 200
    assert client.post(f"{LIST}{campaign.pk}/act/", {"act": "stop"}).status_code == 403
    assert client.post(f"{BOXES}{box.pk}/act/", {"act": "pause", "why": "x"}).status_code == 403


def test_figures_are_counts_of_their_total_with_an_interval(staff: Client):
    for number in range(4):
        campaign = make_gone()
        if number == 0:
            campaign.messages.update(replied_at=SYSTEM_CLOCK.now())
    cards = {card["label"]: card for card in staff.get(LIST).context["cards"]}
    assert (cards["Replied"]["value"], cards["Replied"]["share"].total) == (1, 4)
    assert cards["Delivered"]["value"] is None  # nobody told
    assert "1 of 4, ±" in staff.get(LIST).text.replace("<strong>", "").replace("</strong>", "").replace(
        '<span class="quiet">', ""
    )


def test_list_is_filtered_by_its_address_and_paged_by_key(staff: Client):
    made = [make_gone() for _number in range(campaigns_page.ROWS + 2)]
    make_campaign(status="held", business=made[0].business)
    assert [row["campaign"].status for row in staff.get(LIST, {"state": "held"}).context["rows"]] == ["held"]
    first = staff.get(LIST, {"state": "sent"}).context
    second = staff.get(f"{LIST}?{first['older_query']}").context
    assert len(first["rows"]) == campaigns_page.ROWS
    assert [row["campaign"] for row in second["rows"]] == made[1::-1]
    back = staff.get(f"{LIST}?{second['newer_query']}").context
    assert [row["campaign"] for row in back["rows"]] == [row["campaign"] for row in first["rows"]]
    assert staff.get(LIST, {"state": "nonsense", "after": "9" * 40, "q": "\x00"}).status_code == 200


def test_campaign_shows_its_thread_its_events_and_why_it_waits(staff: Client):
    campaign = make_gone(next_step_at=SYSTEM_CLOCK.now() + timedelta(days=3))
    Event.objects.create(
        message=campaign.messages.get(),
        kind="clicked",
        at=SYSTEM_CLOCK.now(),
        actor="scanner",
        reasons=["too fast"],
    )
    page = staff.get(f"{LIST}{campaign.pk}/").text
    assert "A security scanner: too fast" in page
    assert "The next mail is planned" in page
    assert "mail 2 is written" in page


def test_stop_skip_and_settle(staff: Client):
    campaign = make_gone()
    staff.post(f"{LIST}{campaign.pk}/act/", {"act": "stop"})
    campaign.refresh_from_db()
    assert campaign.stop_reason == "staff"
    held = make_campaign(status="held")
    make_message(campaign=held)
    assert "Did it go out?" in staff.get(f"{LIST}{held.pk}/").text
    staff.post(f"{LIST}{held.pk}/act/", {"act": "went_out"})
    held.refresh_from_db()
    assert held.status == "sent"
    again = staff.post(f"{LIST}{held.pk}/act/", {"act": "did_not"}, follow=True)
    held.refresh_from_db()
    assert held.status == "sent"
    assert [str(message) for message in again.context["messages"]][-1].startswith(
        "It was decided or taken up"
    )
    waits = make_gone()
    Campaign.objects.filter(pk=waits.pk).update(status="draft", step=2)
    staff.post(f"{LIST}{waits.pk}/act/", {"act": "skip"})
    waits.refresh_from_db()
    assert waits.status == "sent"


def test_mailbox_is_paused_with_a_reason_and_resumed(staff: Client):
    box = make_mailbox()
    staff.post(f"{BOXES}{box.pk}/act/", {"act": "pause", "why": " "})
    box.refresh_from_db()
    assert box.state == "active"
    staff.post(f"{BOXES}{box.pk}/act/", {"act": "pause", "why": "The provider moves"})
    box.refresh_from_db()
    assert (box.state, box.paused_why, box.state_changed_by) == ("paused", "The provider moves", "staff:mara")
    assert "The provider moves" in staff.get(BOXES).text
    staff.post(f"{BOXES}{box.pk}/act/", {"act": "resume"})
    box.refresh_from_db()
    assert box.state == "active"


def test_mailbox_is_added_without_a_password_and_errors_stand_at_their_field(staff: Client):
    fields = {
        "address": "Kim@fernhill.example", "sender_name": "Kim", "transport": "default", "imap": "", "reply_to": "",
        "bounce_address": "", "daily_cap": 30, "ramp_start": 4, "ramp_step": 2, "gap_seconds": 600,
        "dkim_selector": "s1",
    }  # fmt: skip
    staff.post(f"{BOXES}add/", fields)
    box = Mailbox.objects.get(address="kim@fernhill.example")
    assert (box.state, box.daily_cap, box.domain.dkim_selector, box.sender_name) == ("setup", 30, "s1", "Kim")
    wrong = staff.post(f"{BOXES}add/", fields | {"address": "lee@fernhill.example", "transport": "nowhere"})
    assert "MAIL_URL_NOWHERE" in str(wrong.context["form"].errors["transport"])
    assert Mailbox.objects.count() == 1
    twice = staff.post(f"{BOXES}add/", fields)
    assert twice.context["form"].errors["address"]


def test_too_few_mails_colour_no_rate(staff: Client):
    box = make_mailbox()
    mail = make_message(
        campaign=make_gone(), step=2, recipient="a@b.example", mailbox=box, message_id="<2@b.example>"
    )
    mail.sent_at, mail.bounce = SYSTEM_CLOCK.now(), "hard"
    mail.save()
    (row,) = staff.get(BOXES).context["boxes"]
    assert (row["rates"][0].share.count, row["rates"][0].tone) == (1, "off")


def test_queries_do_not_grow_with_the_rows(staff: Client):
    campaign = make_gone(mailbox=make_mailbox())
    paths = (LIST, BOXES, f"{LIST}{campaign.pk}/")
    few = [queries_of(staff, path) for path in paths]
    for number in range(29):
        make_gone(mailbox=make_mailbox(f"box{number}@fernhill.example"))
        Event.objects.create(message=campaign.messages.get(), kind="opened", at=SYSTEM_CLOCK.now())
    many = [queries_of(staff, path) for path in paths]
    assert many == few
    assert max(many) <= 20
