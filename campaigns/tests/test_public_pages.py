"""The pages for business owners: what they say, what they never do by themselves, and that a name is only text."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from campaigns.models import Message
from campaigns.tests.browsing import Outline, addresses, stored
from campaigns.tests.factories import make_campaign, make_message
from sites.publishing import site_url
from sites.tests.factories import make_site, make_version

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "</title></bdi></h1><svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "--><style>*{display:none}</style>",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "&lt;b&gt;&#60;script&#62;",
    "javascript:alert(1)//",
    "Bakery&bcc=everybody@crowd.example&body=x",
    "Bakery?subject=y%0d%0aBcc:crowd@crowd.example",
    "\u202egnp.exe \u2066\u2067",
]


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("page", ["unsubscribe", "claim", "remove"])
def test_a_look_at_a_page_changes_nothing(visitor: Client, message: Message, page: str, method: str):
    before = stored()
    assert getattr(visitor, method)(addresses(message)[page]).status_code == 200
    assert stored() | {"campaigns.Event": []} == before  # that somebody looked is kept, and nothing else


def test_the_unsubscribe_page_asks_with_one_button(visitor: Client, message: Message):
    page = visitor.get(addresses(message)["unsubscribe"])
    outline = Outline(page.content)
    assert [tag for tag, *_ in outline.elements if tag in ("form", "button")] == ["form", "button"]
    assert ("input", "value", "One-Click") in outline.values
    assert message.recipient in outline.text


def test_the_offer_names_price_sender_facts_and_sources(visitor: Client, message: Message, settings: Any):
    settings.MONTHLY_PRICE, settings.CURRENCY = "29.50", "EUR"
    settings.AGENCY_NAME, settings.AGENCY_ADDRESS = (
        "Fernhill Web Studio",
        "12 Mill Lane, Fernhill, VT 00000, USA",
    )
    page = Outline(visitor.get(addresses(message)["claim"]).content)
    business, text = message.campaign.business, " ".join(page.text.split())
    assert "29.50 EUR a month" in text
    assert "Fernhill Web Studio, 12 Mill Lane, Fernhill, VT 00000, USA" in text
    assert "It is not a payment and not yet a contract" in text
    assert "We found you on 2 March 2026" in text
    assert business.name in text and business.email in text and "12 Brook Lane" in text
    assert "openstreetmap" in text.lower()
    assert ("a", "href", site_url(message.campaign.site)) in page.values


def test_yes_and_no_stand_side_by_side_in_the_same_size(visitor: Client, message: Message):
    page = visitor.get(addresses(message)["claim"])
    outline = Outline(page.content)
    buttons = [
        (tag, value) for tag, name, value in outline.values if name == "class" and "button" in value.split()
    ]
    assert buttons == [("button", "button button-primary"), ("a", "button")]
    assert ("a", "href", addresses(message)["remove"]) in outline.values
    assert ("form", "action", addresses(message)["claim"]) in outline.values


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", ["unsubscribe", "claim", "remove"])
def test_pages_are_kept_from_indexes_referrers_caches_and_cookies(
    visitor: Client, message: Message, page: str, method: str
):
    answer = getattr(visitor, method)(addresses(message)[page])
    assert answer.status_code == 200
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Frame-Options"] == "DENY"
    assert not answer.cookies
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"


@pytest.mark.parametrize("page", ["pixel", "click"])
def test_pictures_and_links_set_no_cookie_and_are_not_kept(visitor: Client, message: Message, page: str):
    answer = visitor.get(addresses(message)[page])
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert page == "pixel" or (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == (
        "no-referrer",
        "noindex",
    )


@pytest.mark.parametrize("page", ["unsubscribe", "claim", "remove"])
def test_a_page_works_without_scripts_and_loads_only_from_here(visitor: Client, message: Message, page: str):
    outline = Outline(visitor.get(addresses(message)[page]).content)
    assert {tag for tag, *_ in outline.elements}.isdisjoint({"script", "style", "iframe", "object", "img"})
    assert not [
        name for _, *names in outline.elements for name in names if name == "style" or name[:2] == "on"
    ]
    loaded = [value for tag, name, value in outline.values if tag == "link" and name == "href"]
    assert loaded
    assert all(value.startswith(settings.STATIC_URL) for value in loaded)
    missing = [value for value in loaded if not finders.find(value.removeprefix(settings.STATIC_URL))]
    assert not missing


def shown(visitor: Client, message: Message) -> list[Outline]:
    """Every page about a business, after the other: asked, wanted, removed."""
    to = addresses(message)
    answers = [visitor.get(to[page]) for page in ("unsubscribe", "claim", "remove")]
    answers += [visitor.post(to["claim"]), visitor.get(to["claim"]), visitor.post(to["remove"])]
    return [Outline(answer.content) for answer in answers]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_ever_text(visitor: Client, message: Message, name: str):
    calm = shown(visitor, message)
    site = make_site()
    site.business.name = name
    site.business.save()
    version = make_version(make_site(), number=1)
    facts = version.facts
    facts["facts"]["name"]["value"] = facts["facts"]["address"]["value"] = name
    site.version = version
    site.save()
    version.facts = facts
    version.save()
    pages = shown(visitor, make_message(campaign=make_campaign(site=site)))
    assert [page.elements for page in pages] == [page.elements for page in calm]
    assert name in pages[1].text and name in pages[3].text and name in pages[5].text
    for page in pages:
        mails = [urlsplit(value) for _, attribute, value in page.values if value.startswith("mailto:")]
        assert all(
            parse_qs(mail.query, strict_parsing=bool(mail.query)).keys() <= {"subject"} for mail in mails
        )
        assert {mail.path for mail in mails} == {settings.MAIL_FROM}
