"""What visitors do: open, follow, say no, say yes; each counts once, and only with a token that is ours."""

from typing import Any, get_args
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign, Event, Message, Suppression
from campaigns.suppression import address_hash, is_suppressed
from campaigns.tests.browsing import Outline, addresses, stored
from campaigns.tests.factories import make_campaign, make_message
from pipeline.clock import VirtualClock
from pipeline.models import Incident, TimelineEntry
from pipeline.runner import Run
from pipeline.tokens import Purpose, make_token
from sites.models import Site
from sites.publishing import publish_sites, site_url
from sites.tests.factories import make_site, make_version

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize("page", ["pixel", "click"])
def test_a_head_request_is_kept_as_what_it_is(visitor: Client, message: Message, page: str):
    assert visitor.head(addresses(message)[page]).status_code in (200, 302)
    assert list(Event.objects.values_list("method", "actor")) == [("HEAD", "unknown")]
    message.refresh_from_db()
    assert (message.opened_at, message.clicked_at) == (None, None)


def test_the_pixel_keeps_a_hit_with_a_part_of_the_network(visitor: Client, message: Message):
    for _ in range(2):
        visitor.get(addresses(message)["pixel"])
    events = list(Event.objects.values_list("kind", "network", "user_agent", "method"))
    assert events == [("opened", "203.0.113.0/24", "Mail/7.1", "GET")] * 2


def test_a_click_is_kept_with_its_link(visitor: Client, message: Message):
    answer = visitor.get(f"/c/{make_token('click', message.pk, 2)}")
    assert answer["Location"] == message.links[1]
    assert list(Event.objects.values_list("kind", "link")) == [("clicked", 2)]


def test_a_link_leads_where_the_mail_says_whatever_the_query(visitor: Client, message: Message):
    evil = "?url=https://evil.example/&next=//evil.example&link=9"
    answer = visitor.get(addresses(message)["click"] + evil, headers={"Host": "127.0.0.1"})
    assert answer.status_code == 302
    assert answer["Location"] == message.links[0] == site_url(message.campaign.site)


@pytest.mark.parametrize("link", [0, 3, 255])
def test_a_link_the_mail_does_not_have_leads_nowhere(visitor: Client, message: Message, link: int):
    before = stored()
    for method in (visitor.get, visitor.head):
        assert method(f"/c/{make_token('click', message.pk, link)}").status_code == 404
    assert stored() == before


# ------------------------------------------------------------------------------------------------ bad tokens
def bad_tokens(message: Message, purpose: Purpose) -> list[str]:
    """Tokens that are not ours for `purpose`: forged, cut, of other purposes, of rows that do not exist."""
    site_pk = message.campaign.site_id
    others: list[Purpose] = [other for other in get_args(Purpose) if other != purpose]
    good = make_token(purpose, site_pk if purpose == "claim" else message.pk, 1)
    return [
        *(make_token(other, pk) for other in others for pk in (message.pk, site_pk)),
        make_token(purpose, 2**62),
        make_token(purpose, message.pk, secrets=["another-installation"]),
        good[:-1],
        good + "A",
        ("B" if good[0] == "A" else "A") + good[1:],
        good[:-1] + ("B" if good[-1] == "A" else "A"),
        good.swapcase(),
        "x",
        "A" * 28,
        "A" * 5000,
        "é" * 28,
        "1",
        str(message.pk),
    ]


@pytest.mark.parametrize(
    ("pattern", "purpose"),
    [
        ("/c/{}", "click"),
        ("/u/{}", "unsubscribe"),
        ("/claim/{}/", "claim"),
        ("/claim/{}/remove/", "claim"),
    ],
)
def test_every_token_that_is_not_ours_gets_the_same_answer(
    visitor: Client, message: Message, pattern: str, purpose: Purpose
):
    before = stored()
    methods: list[Any] = [visitor.get] if purpose == "click" else [visitor.get, visitor.post]
    answers = [
        method(pattern.format(quote(token))) for token in bad_tokens(message, purpose) for method in methods
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    headers = {tuple(sorted({**answer.headers, "X-Request-ID": ""}.items())) for answer in answers}
    assert len(headers) == 1
    assert stored() == before


def test_the_pixel_is_the_same_picture_for_every_token(visitor: Client, message: Message):
    good = visitor.get(addresses(message)["pixel"])
    before = stored()
    answers = [visitor.get(f"/o/{quote(token)}.gif") for token in bad_tokens(message, "open")]
    assert good.content.startswith(b"GIF89a")
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, good.content)}
    assert {answer["Content-Type"] for answer in [good, *answers]} == {"image/gif"}
    assert stored() == before


@pytest.mark.parametrize("page", ["pixel", "click"])
def test_a_picture_and_a_link_ask_for_no_session_and_say_how_long_they_are(
    visitor: Client, message: Message, page: str
):
    visitor.cookies["sessionid"] = (
        "0123456789abcdefghijklmnopqrstuv"  # would be looked up before a page of the staff
    )
    with CaptureQueriesContext(connection) as asked:
        answer = visitor.get(addresses(message)[page])
    assert not [query["sql"] for query in asked if "django_session" in query["sql"]]
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["X-Request-ID"]
    assert "default-src" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["pixel", "click"])
def test_pictures_and_links_take_no_post(visitor: Client, message: Message, page: str):
    before = stored()
    assert visitor.post(addresses(message)[page]).status_code in (403, 405)
    assert stored() == before


# ------------------------------------------------------------------------------------------------ unsubscribe
@pytest.mark.parametrize("data", [ONE_CLICK, {}])
def test_one_press_stops_all_mail_and_the_second_changes_nothing(
    visitor: Client, message: Message, data: Any
):
    address = addresses(message)["unsubscribe"]
    answer = visitor.post(address, data)
    assert answer.status_code == 200
    message.refresh_from_db()
    message.campaign.refresh_from_db()
    assert message.unsubscribed_at
    assert is_suppressed(message.recipient)
    assert message.campaign.business.suppressed
    assert message.campaign.status == Campaign.Status.CANCELLED
    assert list(Event.objects.values_list("kind", flat=True)) == ["unsubscribed"]
    after_one = stored()
    assert visitor.post(address, data).content == answer.content
    assert stored() == after_one


def test_a_mail_that_went_out_can_still_be_answered_with_no(visitor: Client):
    when = make_site().created_at
    message = make_message(campaign=make_campaign(status="sent", sent_at=when), sent_at=when)
    assert visitor.post(addresses(message)["unsubscribe"], ONE_CLICK).status_code == 200
    message.campaign.refresh_from_db()
    assert message.campaign.status == Campaign.Status.SENT
    assert is_suppressed(message.recipient)


def test_a_no_concerns_nobody_else(visitor: Client, message: Message):
    other = make_message()
    visitor.post(addresses(message)["unsubscribe"], ONE_CLICK)
    other.campaign.refresh_from_db()
    assert other.campaign.status == Campaign.Status.PENDING
    assert not other.campaign.business.suppressed
    assert not is_suppressed(other.recipient)


# ------------------------------------------------------------------------------------------------ take it
def test_wanting_a_site_tells_staff_once(visitor: Client, message: Message):
    address = addresses(message)["claim"]
    first = visitor.post(address)
    assert first.status_code == 200
    assert b"Nothing is paid" in first.content
    site = message.campaign.site
    site.refresh_from_db()
    assert site.wanted_at
    incident = Incident.objects.get()
    assert (incident.kind, incident.key, incident.severity) == ("wants_site", str(site.pk), "critical")
    assert site.business.phone in incident.detail
    after_one = stored()
    assert visitor.post(address).status_code == 200
    assert Client(REMOTE_ADDR="198.51.100.4").post(address).status_code == 200
    assert stored() == after_one


def test_each_wanted_site_has_its_own_incident(visitor: Client):
    sites = [make_site(), make_site()]
    for site in sites:
        visitor.post(f"/claim/{make_token('claim', site.pk)}/")
    assert set(Incident.objects.values_list("key", flat=True)) == {str(site.pk) for site in sites}


def test_a_wanted_site_is_not_offered_a_second_time(visitor: Client, message: Message):
    address = addresses(message)["claim"]
    visitor.post(address)
    outline = Outline(visitor.get(address).content)
    assert "you told us that you want this site" in outline.text
    assert "form" not in {tag for tag, *_ in outline.elements}
    assert ("a", "href", addresses(message)["remove"]) in outline.values


# ------------------------------------------------------------------------------------------------ remove it
def test_removing_ends_the_outreach_for_good(visitor: Client, message: Message):
    answer = visitor.post(addresses(message)["remove"])
    assert answer.status_code == 200
    assert b"Removed. We will not write to you again." in answer.content
    site = message.campaign.site
    for row in (site, site.business, message.campaign):
        row.refresh_from_db()
    assert (site.status, message.campaign.status) == (Site.Status.TAKEN_DOWN, Campaign.Status.CANCELLED)
    assert site.taken_down_at
    assert site.business.suppressed
    assert Suppression.objects.get().address_hash == address_hash(site.business.email)
    assert list(Event.objects.values_list("kind", flat=True)) == ["removed"]
    after_one = stored()
    assert visitor.post(addresses(message)["remove"]).content == answer.content
    assert stored() == after_one


def test_a_removed_site_is_gone_for_everybody(visitor: Client, clock: VirtualClock):
    site = make_site(status="completed", published_at=None)
    make_version(site)
    publish_sites(Run(clock=clock), limit=1)
    online = visitor.get(f"/s/{site.slug}/")
    assert online.status_code == 200
    assert f"{site.business.name}" in online.content.decode()
    visitor.post(f"/claim/{make_token('claim', site.pk)}/remove/")
    gone = visitor.get(f"/s/{site.slug}/")
    assert gone.status_code == 410
    assert site.business.name not in gone.content.decode()


def test_a_removed_site_is_no_longer_offered(visitor: Client, message: Message):
    visitor.post(addresses(message)["remove"])
    before = stored()
    for method in (visitor.get, visitor.post):
        answer = method(addresses(message)["claim"])
        assert answer.status_code == 410
        assert b"Take this site" not in answer.content
    assert b"<form" not in visitor.get(addresses(message)["remove"]).content
    assert stored() == before


@pytest.mark.parametrize("status", ["pending", "completed", "failed"])
def test_a_site_can_be_removed_whatever_is_done_to_it(visitor: Client, status: str):
    site = make_site(status=status)
    assert visitor.post(f"/claim/{make_token('claim', site.pk)}/remove/").status_code == 200
    site.refresh_from_db()
    assert site.status == Site.Status.TAKEN_DOWN
    assert TimelineEntry.objects.filter(row_id=site.pk, to_status="taken_down").count() == 1


@pytest.mark.parametrize("email", ["", "not an address", "a@b@c.example"])
def test_a_business_without_a_usable_address_can_still_say_no(visitor: Client, email: str):
    site = make_site()
    site.business.email = email
    site.business.save()
    assert visitor.post(f"/claim/{make_token('claim', site.pk)}/remove/").status_code == 200
    site.refresh_from_db()
    assert site.status == Site.Status.TAKEN_DOWN
    assert Site.objects.get().business.suppressed
