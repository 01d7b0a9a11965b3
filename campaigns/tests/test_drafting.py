"""Writing the mails of a campaign: in one thread, from one box, in the language of the site, changed by staff."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from businesses.models import Business, SourceRecord
from businesses.tests.factories import make_business
from campaigns import bounces, drafting, freezing, sequences
from campaigns.models import Campaign, CountryRule, Mailbox, Message
from campaigns.sending import send_campaigns
from campaigns.tests.factories import make_campaign, make_mailbox, make_message
from campaigns.writers.base import Pitch
from campaigns.writers.embedded import EmbeddedWriter
from pipeline import states
from pipeline.clock import VirtualClock
from pipeline.errors import BadData
from pipeline.runner import Run
from sites.models import Site
from sites.presenting import proposal_links
from sites.tests.factories import make_site
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db


def publish(**business: Any) -> Site:
    """Return a site that is online, of a business that was found on the map of the sample town."""
    site = make_site(business=make_business(**business))
    SourceRecord.objects.create(
        business=site.business,
        source="sample",
        source_id=str(site.business_id),
        payload={},
        payload_hash=str(site.business_id),
        licence="made up",
        attribution="Made up for the tests",
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    return site


def write(clock: VirtualClock, site: Site | None = None) -> Campaign:
    """Open and write the campaign of a site, or the follow-ups that are due; returns the newest campaign."""
    drafting.create_campaigns(Run(by="test", clock=clock), limit=5, site_id=site.pk if site else None)
    campaign = Campaign.objects.order_by("-pk")[0]
    assert campaign.last_error == ""
    return campaign


def send(clock: VirtualClock) -> None:
    send_campaigns(Run(by="test", clock=clock), limit=5)


def mail_of(campaign: Campaign, step: int = 1) -> Message:
    return campaign.messages.get(step=step)


def parsed(message: Message) -> EmailMessage:
    return message_from_bytes(bytes(message.body), policy=default)


def text_of(message: Message) -> str:
    part = parsed(message).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def by_hand(settings: Any) -> None:
    """Nobody approves by rule."""
    settings.AUTOPILOT = False


def test_three_mails_go_out_in_one_thread(clock: VirtualClock) -> None:
    write(clock, publish())
    send(clock)
    for _ in range(2):
        clock.advance(days=15)
        Business.objects.update(website_checked_at=clock.now())
        write(clock)
        send(clock)
    campaign = Campaign.objects.get()
    first, second, third = campaign.messages.order_by("step")
    assert all(mail.sent_at for mail in (first, second, third))
    assert first.subject == second.subject == third.subject == str(parsed(third)["Subject"])
    assert (first.in_reply_to, second.in_reply_to, third.in_reply_to) == (
        "",
        first.message_id,
        second.message_id,
    )
    assert parsed(first)["References"] is None
    assert parsed(second)["References"].split() == [first.message_id]
    assert parsed(third)["References"].split() == [first.message_id, second.message_id]
    assert parsed(third)["In-Reply-To"] == second.message_id
    assert "2 March 2026" in text_of(second) and "2 March 2026" in text_of(third)
    assert campaign.stop_reason == Campaign.StopReason.FINISHED
    assert {mail.preflight["findings"] == [] for mail in (first, second, third)} == {True}


def test_thread_leaves_out_what_was_skipped(clock: VirtualClock) -> None:
    write(clock, publish())
    send(clock)
    clock.advance(days=15)
    Business.objects.update(website_checked_at=clock.now())
    campaign = write(clock)
    sequences.skip(campaign, now=clock.now(), by="staff")
    clock.advance(days=15)
    campaign = write(clock)
    assert campaign.step == 3
    assert parsed(mail_of(campaign, 3))["References"].split() == [mail_of(campaign, 1).message_id]


def test_only_follow_up_says_that_it_is_the_last(clock: VirtualClock, settings: Any) -> None:
    settings.FOLLOW_UP_DAYS = (4,)
    write(clock, publish())
    send(clock)
    campaign = Campaign.objects.get()
    Campaign.objects.update(step=2)
    campaign.refresh_from_db()
    assert freezing.facts_of(campaign, variant="plain").is_last
    settings.FOLLOW_UP_DAYS = (4, 7)
    assert not freezing.facts_of(campaign, variant="plain").is_last


def test_campaign_keeps_its_box_its_wording_and_who_it_is_for(clock: VirtualClock, by_hand: None) -> None:
    box = make_mailbox(
        "mara@fernhill.example", sender_name="Mara Lind", reply_to="answers@fernhill.example", imap="mara",
        bounce_address="b@bounces.fernhill.example", daily_cap=1_000, ramp_start=1_000,
    )  # fmt: skip
    Mailbox.objects.exclude(pk=box.pk).delete()
    campaign = write(clock, publish())
    message = mail_of(campaign)
    assert campaign.mailbox is not None and campaign.variant in ("plain", "short")
    assert campaign.recipient_hash == message.recipient_hash and len(campaign.company_hash) == 64
    assert (message.variant, message.mailbox, message.language) == (campaign.variant, campaign.mailbox, "en")
    Campaign.objects.update(mailbox=box, written_at=None, variant="short")
    campaign = write(clock)
    message = mail_of(campaign)
    assert (campaign.mailbox, message.mailbox, message.sender) == (box, box, box.address)
    assert message.variant == campaign.variant == "short"
    mail = parsed(message)
    assert str(mail["From"]) == "Mara Lind <mara@fernhill.example>"
    assert str(mail["Reply-To"]) == "answers@fernhill.example"
    assert "<mailto:answers@fernhill.example?subject=unsubscribe>" in mail["List-Unsubscribe"]
    assert bounces.message_of_address(message.envelope_sender) == message.pk


def test_box_that_nobody_reads_offers_no_way_out_by_mail(clock: VirtualClock) -> None:
    message = mail_of(write(clock, publish()))
    assert "mailto:" not in parsed(message)["List-Unsubscribe"]
    assert message.envelope_sender == ""


def test_german_site_gets_a_german_mail_that_waits_for_a_person(clock: VirtualClock) -> None:
    site = publish(country="DE", city="Ulm", postcode="89073", region="", phone="+493023125000")
    campaign = write(clock, site)
    message = mail_of(campaign)
    assert message.language == "de"
    assert "29 USD im Monat" in text_of(message) and "Nein, danke" in text_of(message)
    assert "consent" in campaign.review_reason
    assert "/o/" not in bytes(message.body).decode()


def test_small_print_has_what_the_country_asks_and_the_page_about_privacy(clock: VirtualClock) -> None:
    CountryRule.objects.create(
        country="US",
        decision="allow",
        tracking="none",
        footer="Registered in Vermont.",
        why="A lawyer said so",
        decided_by="staff",
        decided_at=clock.now(),
    )
    site = publish()
    text = text_of(mail_of(write(clock, site)))
    assert "Registered in Vermont." in text
    assert proposal_links(site).about in text


def test_price_with_cents_keeps_both(settings: Any, clock: VirtualClock, by_hand: None) -> None:
    settings.MONTHLY_PRICE = Decimal("29.50")
    assert "29.50 USD a month" in text_of(mail_of(write(clock, publish())))


def test_second_business_with_the_same_address_is_not_written_to(clock: VirtualClock) -> None:
    write(clock, publish(email="same@brooklane.example"))
    other = write(clock, publish(email="same@brooklane.example"))
    assert (other.status, other.messages.count()) == ("cancelled", 0)


def test_follow_up_that_may_not_be_written_leaves_the_campaign_sent(clock: VirtualClock) -> None:
    site = publish()
    campaign = make_campaign(
        site=site, status="draft", step=2, sent_at=clock.now(), written_at=None, approved_at=None
    )
    make_message(campaign=campaign, sent_at=clock.now())
    Site.objects.filter(pk=site.pk).update(is_proposal=False)
    campaign = write(clock, site)
    assert (campaign.status, campaign.stop_reason, campaign.messages.count()) == ("sent", "sold", 1)


# ------------------------------------------------------------------------------------------- staff's own words
def words(campaign: Campaign, **changes: Any) -> Pitch:
    facts = freezing.facts_of(campaign, variant=campaign.variant)
    return replace(EmbeddedWriter().write(facts), **changes)


def test_staff_may_give_a_draft_other_words(clock: VirtualClock, by_hand: None) -> None:
    campaign = write(clock, publish())
    before = mail_of(campaign)
    pitch = words(campaign, subject="A website for your bakery, if you like")
    clock.advance(minutes=5)
    after = drafting.rewrite(campaign, pitch, now=clock.now(), by="Ann")
    assert (after.pk, after.message_id, after.writer) == (before.pk, before.message_id, "staff")
    assert str(parsed(after)["Subject"]) == after.subject == "A website for your bakery, if you like"
    assert after.body_sha256 != before.body_sha256 and campaign.review_reason == "Changed by Ann"
    drafting.approve(campaign, now=clock.now(), by="Ann")
    assert campaign.status == "pending"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"subject": "Re: your website"}, "looks like an answer"),
        ({"closing": ("As discussed, it costs 29 USD a month.", "No is fine.")}, "claims an earlier contact"),
        ({"closing": ("It is yours.", "No is fine.")}, "the price"),
        ({"paragraphs": ("Hello,", "See https://elsewhere.example/ now")}, "link of its own"),
        ({"paragraphs": ("Hello,\r\nBcc: x@y.example", "There")}, "line break"),
    ],
)
def test_words_that_may_not_go_out_change_nothing(
    clock: VirtualClock, by_hand: None, changes: dict[str, Any], why: str
) -> None:
    campaign = write(clock, publish())
    before = mail_of(campaign)
    with pytest.raises(BadData, match=why):
        drafting.rewrite(campaign, words(campaign, **changes), now=clock.now(), by="Ann")
    after = mail_of(campaign)
    assert (bytes(after.body), after.writer) == (bytes(before.body), "embedded")


def test_follow_up_keeps_its_subject_whatever_staff_write(clock: VirtualClock, settings: Any) -> None:
    write(clock, publish())
    send(clock)
    clock.advance(days=15)
    settings.AUTOPILOT = False
    campaign = write(clock)
    after = drafting.rewrite(campaign, words(campaign, subject="Something new"), now=clock.now(), by="Ann")
    assert after.subject == mail_of(campaign, 1).subject


def test_only_a_written_draft_can_be_changed(clock: VirtualClock) -> None:
    campaign = write(clock, publish())  # approved by the autopilot
    with pytest.raises(BadData, match="draft"):
        drafting.rewrite(campaign, words(campaign), now=clock.now(), by="Ann")


def test_draft_that_was_approved_meanwhile_keeps_its_bytes(clock: VirtualClock, by_hand: None) -> None:
    campaign = write(clock, publish())
    before = mail_of(campaign).body_sha256
    drafting.approve(Campaign.objects.get(), now=clock.now(), by="Bea")
    with pytest.raises(states.StaleState):
        drafting.rewrite(
            campaign, words(campaign, subject="A later thought for you"), now=clock.now(), by="Ann"
        )
    assert mail_of(campaign).body_sha256 == before


def test_mail_with_errors_is_never_approved(clock: VirtualClock, by_hand: None) -> None:
    campaign = write(clock, publish())
    bad = {"findings": [{"code": "missing", "severity": "error", "text": "The text part lacks our name"}]}
    Message.objects.update(preflight=bad)
    with pytest.raises(BadData, match="lacks our name"):
        drafting.approve(campaign, now=clock.now() + timedelta(minutes=1), by="Ann")
    assert Campaign.objects.get().status == "draft"
