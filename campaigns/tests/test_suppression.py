"""A no holds for the box in every spelling, for a company if it was the company's, and for whoever comes by a list."""

from typing import Any

import pytest

from businesses.models import Business
from businesses.tests.factories import make_business
from campaigns import suppression
from campaigns.models import Campaign, Suppression
from campaigns.suppression_list import import_addresses
from campaigns.tests.factories import make_campaign, make_message
from pipeline.errors import BadData
from sites.tests.factories import make_site
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db

BY: dict[str, Any] = {"now": NOW, "by": "staff:ann"}


def campaign_to(address: str) -> Campaign:
    campaign = make_campaign(
        site=make_site(business=make_business(email=address)), company_hash=suppression.company_hash(address)
    )
    make_message(campaign=campaign)
    return campaign


def test_a_company_that_said_no_is_left_alone_at_every_address():
    ours, theirs = campaign_to("ann@brook.example"), campaign_to("bob@lane.example")
    suppression.suppress("info@brook.example", reason="staff", scope="company", **BY)
    assert suppression.is_suppressed("new@brook.example")
    assert suppression.is_suppressed("new@shop.brook.example")
    assert not suppression.is_suppressed("bob@lane.example")
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.status, theirs.status) == ("cancelled", "pending")
    assert list(Business.objects.filter(suppressed=True)) == [ours.business]


def test_at_a_mail_provider_a_company_is_one_box():
    suppression.suppress("rosa@gmail.com", reason="staff", scope="company", **BY)
    assert suppression.is_suppressed("r.osa+shop@googlemail.com")
    assert not suppression.is_suppressed("ann@gmail.com")


def test_one_address_says_nothing_for_the_others():
    suppression.suppress("ann@brook.example", reason="staff", **BY)
    assert suppression.is_suppressed("Ann+x@brook.example")
    assert not suppression.is_suppressed("bob@brook.example")


def test_a_list_is_taken_and_its_bad_rows_are_named():
    rows = ["Name;Email", "Brook;ann@brook.example", "=cmd|x;=1+1@", "Lane;bob@lane.example"]
    content = "\r\n".join(["\ufeff" + rows[0], *rows[1:], "Again;ANN@brook.example", ";", ""]).encode()
    done = import_addresses(content, **BY)
    assert [line for line, _, _ in done.refused] == [3]
    assert done.refused[0][1].startswith("'=")
    assert suppression.is_suppressed("ann@brook.example")
    assert suppression.is_suppressed("bob@lane.example")
    assert Suppression.objects.count() == 2


def test_a_list_without_heads_is_one_address_a_line():
    assert import_addresses(b"ann@brook.example\nbob@lane.example\n", **BY).new == 2
    assert import_addresses(b"ann@brook.example\n", now=NOW.replace(year=2027), by="staff").known == 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"Name\nBrook\n", b"a@b.example\0\n", b"x" * 5_000_001]
)
def test_what_is_no_list_changes_nothing(content: bytes):
    with pytest.raises(BadData):
        import_addresses(content, **BY)
    assert not Suppression.objects.exists()
