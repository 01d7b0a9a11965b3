"""The life of one business: everything its rows tell, in order, with who, why, what it cost and where it leads."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from businesses.models import SourceRecord, WebsiteCheck
from campaigns.models import Campaign, Event, InboundMail, Mailbox, SenderDomain
from campaigns.tests.factories import make_mailbox
from customers.models import Customer, Payment
from monitoring.life import life_of
from monitoring.tests.factories import make_business, make_campaign, make_message, make_site
from pipeline import audit, states
from pipeline.models import Effect
from sites.tests.factories import make_version

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"
BEGUN = timezone.now() - timedelta(days=40)


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def address_of(campaign: Campaign) -> str:
    return f"/dashboard/businesses/{campaign.business_id}/life/"


def pay(subject: str, at: datetime, usd: str, **over: Any) -> Effect:
    """Return a call that was paid for."""
    number = Effect.objects.count()
    fields = {
        "kind": "scrape.outscraper",
        "key": f"paid:{number}",
        "status": "done",
        "settled_at": at,
        "calls": 1,
    }
    times = {"planned_at": at, "called_at": at, "request_hash": "x"}
    return Effect.objects.create(subject=subject, cost=Decimal(usd), **times | fields | over)


def whole_life(words: str = "A reason") -> Campaign:
    """Return a campaign of a business of which every kind of thing is known once, a minute apart."""
    site = make_site(BEGUN + timedelta(minutes=5), business=make_business(BEGUN, name="Brook Lane Bakery"))
    make_version(site, created_at=BEGUN + timedelta(minutes=6))
    campaign = make_campaign(BEGUN + timedelta(minutes=9), site=site, status="sent")
    make_message(campaign, BEGUN + timedelta(minutes=10), sent_at=BEGUN)
    Customer.objects.create(business=campaign.business, site=site, since=BEGUN + timedelta(minutes=20))
    happen(campaign, words, 0)
    return campaign


def happen(campaign: Campaign, words: str, n: int) -> None:
    """Let everything happen to a business that can happen more than once; `n` tells it from the other times."""

    def at(minute: int) -> datetime:
        return BEGUN + timedelta(minutes=minute, days=n)

    business, message = campaign.business, campaign.messages.get()
    domain, _ = SenderDomain.objects.get_or_create(name="fernhill.example")
    box, _ = Mailbox.objects.get_or_create(
        address="ann@fernhill.example", defaults={"domain": domain, "created_at": at(0)}
    )
    clerk, _ = User.objects.get_or_create(username="clerk")
    SourceRecord.objects.create(
        source="sample", source_id=f"node/{n}", business=business, payload={}, payload_hash="x",
        licence="CC0", attribution=words, first_seen_at=at(1), last_seen_at=at(1), is_current=True,
    )  # fmt: skip
    WebsiteCheck.objects.create(business=business, checked_at=at(2), state="none_known", reason=words)
    states.record(business, "new", "qualified", now=at(3), by="conductor", reason=words)
    states.record(campaign, "draft", "pending", now=at(11), by="staff:ann", reason=f"Approved, {words}")
    Event.objects.create(message=message, kind="clicked", at=at(13), actor="human", reasons=[words])
    Event.objects.create(message=message, kind="replied", at=at(15), actor="human")
    InboundMail.objects.create(mailbox=box, kind="reply", subject=words, message=message, received_at=at(15))
    Payment.objects.create(
        customer=business.customer, amount=29, currency="USD", received_at=at(21), reference=f"R-{n} {words}"
    )
    pay(states.label(business.grid), at(0), "0.30")
    asked: dict[str, Any] = {"kind": "site.claude.copy", "request": {"model": "claude-haiku-5-5"}}
    pay(states.label(campaign.site), at(5), "0.02", key=f"site.claude:{campaign.site_id}:1:copy:{n}", **asked)
    audit.record_act(clerk.pk, [business], "Looked at again", why=words)


def test_tells_everything_in_order_of_time(owner: Client) -> None:
    campaign = whole_life()
    life = life_of(campaign.business, now=timezone.now())
    assert [line.at for line in life.lines] == sorted((line.at for line in life.lines), reverse=True)
    html = owner.get(address_of(campaign)).text
    told = [
        "Source outscraper asked: done", "Record of sample, node/0", "Looked for its website: none known",
        "Lead: To check to Qualified", "Claude was asked 1 time", "Version 1 was built", "Mail 1 was written",
        "Mails: To approve to Waiting", "staff:ann", "Clicked, mail 1", "Answer: A reason", "It became a customer",
        "29.00 USD came in", "Changed in the back office", "$0.30", "$0.0200",
    ]  # fmt: skip
    assert [words for words in told if words not in html] == []
    assert "Answered, mail 1" not in html  # the answer itself is told, once


def test_says_why_it_does_not_move_and_what_it_cost(owner: Client) -> None:
    campaign = whole_life()
    page = owner.get(address_of(campaign))
    assert "It bought, and its site is online" in page.text
    life = page.context["life"]
    assert life.spending.usd == Decimal("0.02")  # the scrape is the cell's
    assert life.paid == {"USD": Decimal(29)}


def test_tries_of_a_worker_are_folded_into_what_came_of_them() -> None:
    campaign = make_campaign(timezone.now(), status="sent")
    site, now = campaign.site, timezone.now()
    for number, (before, after, why) in enumerate([
        ("pending", "generating", "Try 1"), ("generating", "pending", "no answer"),
        ("pending", "generating", "Try 2"), ("generating", "completed", "Version 1"),
    ]):  # fmt: skip
        states.record(site, before, after, now=now + timedelta(seconds=number), by="worker", reason=why)
    (line,) = [line for line in life_of(campaign.business, now=now).lines if line.state]
    assert line.state == ("websites.site", "pending", "completed")
    assert line.reason == "Version 1 (2 tries: no answer)"


def test_tries_that_came_to_nothing_are_told_too() -> None:
    campaign = make_campaign(timezone.now(), status="sent")
    site, now = campaign.site, timezone.now()
    states.record(site, "pending", "generating", now=now, by="worker", reason="Try 1")
    states.record(
        site, "generating", "pending", now=now + timedelta(seconds=1), by="worker", reason="no answer"
    )
    (line,) = [line for line in life_of(campaign.business, now=now).lines if line.state]
    assert line.state == ("websites.site", "pending", "pending")
    assert line.reason == "no answer"


@pytest.mark.parametrize("kind", ["lead", "site", "mail", "money", "staff", "nothing"])
def test_filter_leaves_lines_of_one_kind(owner: Client, kind: str) -> None:
    campaign = whole_life()
    page = owner.get(address_of(campaign) + f"?show={kind}")
    every = page.context["life"].lines
    wanted = [line for line in every if kind in line.kinds] if kind != "nothing" else every
    assert page.context["shown"] == len(wanted) > 0


def test_asks_the_same_few_questions_however_much_happened(owner: Client) -> None:
    campaign = whole_life()
    owner.get(address_of(campaign))  # what is kept by the process is there
    with CaptureQueriesContext(connection) as once:
        owner.get(address_of(campaign))
    for n in range(1, 15):
        happen(campaign, "Again", n)
    with CaptureQueriesContext(connection) as often:
        owner.get(address_of(campaign))
    assert len(often) == len(once) <= 20, len(once)


def test_asks_few_questions_about_a_mail_that_waits(owner: Client, settings: Any) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:1"
    campaign = make_campaign(
        timezone.now(), status="pending", mailbox=make_mailbox(), time_zone="Europe/Paris"
    )
    make_message(campaign, timezone.now())
    owner.get(address_of(campaign))
    with CaptureQueriesContext(connection) as asked:
        owner.get(address_of(campaign))
    assert len(asked) <= 30, len(asked)


def test_words_of_strangers_are_escaped(owner: Client) -> None:
    html = owner.get(address_of(whole_life(HOSTILE))).text
    assert "<script>alert" not in html
    assert " style=" not in html


def test_is_for_staff_who_may_see_leads(client: Client) -> None:
    campaign = make_campaign(timezone.now())
    assert client.get(address_of(campaign)).status_code == 302
    clerk = User.objects.create_user("clerk", is_staff=True)
    client.force_login(clerk)
    assert client.get(address_of(campaign)).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_business"))
    assert client.get(address_of(campaign)).status_code == 200
    assert client.post(address_of(campaign)).status_code == 405
    assert client.get("/dashboard/businesses/999999/life/").status_code == 404


def test_is_linked_from_every_row_of_the_business(owner: Client) -> None:
    campaign = make_campaign(timezone.now())
    site, life = campaign.site, address_of(campaign)
    Customer.objects.create(business=campaign.business, site=site, since=timezone.now())
    pages = [
        f"/dashboard/leads/{campaign.business_id}/",
        f"/dashboard/sites/{site.slug}/",
        f"/dashboard/campaigns/{campaign.pk}/",
        f"/admin/businesses/business/{campaign.business_id}/change/",
        f"/admin/websites/site/{site.pk}/change/",
        f"/admin/campaigns/campaign/{campaign.pk}/change/",
        f"/admin/customers/customer/{campaign.business.customer.pk}/change/",
    ]
    assert [page for page in pages if f'href="{life}"' not in owner.get(page).text] == []


def test_back_office_says_why_a_row_does_not_move(owner: Client) -> None:
    campaign = make_campaign(timezone.now(), status="draft", review_reason="It asks for consent")
    page = owner.get(f"/admin/websites/site/{campaign.site_id}/change/").text
    assert "It asks for consent" in page
    assert "Why it does not move" in page
