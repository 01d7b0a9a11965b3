"""Sending through a real server: the mail in hand, the last look, and no mail after a no."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from businesses.models import Business
from campaigns import leaving, mailboxes, rates, sending, sequences, suppression
from campaigns.models import Campaign, Mailbox, Message, RateBucket, Suppression
from campaigns.sending import send_campaigns
from campaigns.tests.factories import make_campaign, make_mailbox, make_message
from campaigns.tests.mail_server import MailServer
from pipeline import claims, faults, states, switches
from pipeline.clock import VirtualClock, clock_trouble
from pipeline.models import Effect, Incident, TimelineEntry
from pipeline.runner import Run, StageResult
from sites.models import Site

pytestmark = pytest.mark.django_db
BODY = b"Message-ID: <1@fernhill.example>\r\nDate: Tue, 03 Mar 2026 09:00:00 +0000\r\nSubject: x\r\n\r\nHello.\r\n"


@pytest.fixture
def clock() -> VirtualClock:
    """Tuesday 2026-03-03, 10:00 in Paris: the window is open."""
    return VirtualClock(datetime(2026, 3, 3, 9, tzinfo=UTC))


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    settings.AGENCY_ADDRESS = "2 Real Street, Realville, VT 05000, USA"
    with MailServer() as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
        yield server


@pytest.fixture
def mailbox(clock: VirtualClock) -> Mailbox:
    return make_mailbox(active_since=clock.now())


@pytest.fixture
def campaign(mailbox: Mailbox, clock: VirtualClock) -> Campaign:
    return make_due(mailbox, clock)


def make_due(mailbox: Mailbox, clock: VirtualClock, step: int = 1, **over: Any) -> Campaign:
    campaign = make_campaign(
        mailbox=mailbox, step=step, next_attempt_at=clock.now(), **{"time_zone": "Europe/Paris"} | over
    )
    Business.objects.filter(pk=campaign.business_id).update(website_checked_at=clock.now())
    write(campaign, step)
    return campaign


def write(campaign: Campaign, step: int, **over: Any) -> Message:
    header = f"<campaign-{campaign.pk}.{step}@fernhill.example>"
    body = BODY.replace(b"<1@fernhill.example>", header.encode())
    fields = {"message_id": header, "body": body, "body_sha256": hashlib.sha256(body).hexdigest()}
    return make_message(campaign=campaign, step=step, **fields | over)


def send(clock: VirtualClock, **options: Any) -> StageResult:
    return send_campaigns(Run(by="test", clock=clock), limit=5, **options)


def reload(campaign: Campaign) -> Campaign:
    return Campaign.objects.get(pk=campaign.pk)


def test_mail_in_hand_goes_out_of_its_mailbox_once(
    server: MailServer, campaign: Campaign, clock: VirtualClock, settings: Any
) -> None:
    settings.FOLLOW_UP_DAYS = (4, 7)
    assert send(clock).rows == {"done": 1}
    assert send(clock).rows == {}
    sent = reload(campaign)
    assert (sent.status, sent.sent_at, sent.stopped_at) == ("sent", clock.now(), None)
    assert sent.next_step_at == datetime(2026, 3, 9, 9, tzinfo=UTC)  # four working days on
    assert len(server.mails) == 1


def test_follow_up_is_the_mail_of_its_step_and_leaves_the_first_time_as_it_was(
    server: MailServer, mailbox: Mailbox, clock: VirtualClock
) -> None:
    first = clock.now() - timedelta(days=7)
    campaign = make_due(mailbox, clock, step=2, sent_at=first)
    write(campaign, 1, sent_at=first)
    send(clock)
    [mail] = server.mails
    assert f"campaign-{campaign.pk}.2@".encode() in mail.body
    assert reload(campaign).sent_at == first
    assert Message.objects.get(campaign=campaign, step=2).sent_at == clock.now()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda c, now: Business.objects.filter(pk=c.business_id).update(status="rejected"),
            "no longer a lead",
        ),
        (lambda c, now: Site.objects.filter(pk=c.site_id).update(status="expired"), "not online any more"),
        (lambda c, now: Campaign.objects.filter(pk=c.pk).update(expires_at=now), "could not go before"),
        (lambda c, now: Site.objects.filter(pk=c.site_id).update(is_proposal=False), "Bought"),
    ],
)
def test_mail_that_has_lost_its_reason_is_called_off(
    server: MailServer, campaign: Campaign, clock: VirtualClock, change: Callable[..., Any], why: str
) -> None:
    change(campaign, clock.now())
    send(clock)
    off = reload(campaign)
    assert off.status == "cancelled"
    assert TimelineEntry.objects.filter(row_id=campaign.pk, reason__contains=why).exists()
    assert server.recipients_asked == []
    assert not RateBucket.objects.filter(used__gt=0).exists()  # what it drew is given back


def test_follow_up_that_is_called_off_rests_as_sent_and_is_stopped(
    server: MailServer, mailbox: Mailbox, clock: VirtualClock
) -> None:
    campaign = make_due(mailbox, clock, step=2, sent_at=clock.now() - timedelta(days=7))
    Site.objects.filter(pk=campaign.site_id).update(status="expired")
    send(clock)
    off = reload(campaign)
    assert (off.status, off.stop_reason, off.next_step_at) == ("sent", "no_lead", None)
    assert server.mails == []


@pytest.mark.parametrize("status", ["completed", "pending"])
def test_mail_waits_while_its_site_is_built_anew(
    server: MailServer, campaign: Campaign, clock: VirtualClock, status: str
) -> None:
    Site.objects.filter(pk=campaign.site_id).update(status=status)
    send(clock)
    assert reload(campaign).status == "pending"
    assert reload(campaign).next_attempt_at == clock.now() + timedelta(hours=1)
    assert server.recipients_asked == []


def no_by_the_address(campaign: Campaign, now: datetime) -> None:
    address = campaign.messages.get(step=campaign.step).recipient
    suppression.suppress(address, reason=Suppression.Reason.UNSUBSCRIBED, now=now, by="the recipient")


def no_by_the_company(campaign: Campaign, now: datetime) -> None:
    Suppression.objects.create(
        address_hash=campaign.company_hash, scope="company", reason="answered_no", at=now, by="the recipient"
    )


def no_by_the_business(campaign: Campaign, now: datetime) -> None:
    Business.objects.filter(pk=campaign.business_id).update(suppressed=True)


def no_on_the_list_alone(campaign: Campaign, now: datetime) -> None:
    """The address is on the list, and neither its business nor its campaign knows."""
    digest = campaign.messages.get(step=campaign.step).recipient_hash
    Suppression.objects.create(address_hash=digest, reason="unsubscribed", at=now, by="an older list")


def everything_paused(campaign: Campaign, now: datetime) -> None:
    switches.pause("everything", by="staff", why="a look round", now=now)


def site_offline(campaign: Campaign, now: datetime) -> None:
    Site.objects.filter(pk=campaign.site_id).update(status="pending")


def stopped(campaign: Campaign, now: datetime) -> None:
    sequences.stop(Campaign.objects.get(pk=campaign.pk), "replied", now=now, by="test")


def mailbox_paused(campaign: Campaign, now: datetime) -> None:
    mailboxes.pause(Mailbox.objects.get(campaigns=campaign), why="a look round", now=now, by="staff")


@pytest.mark.parametrize("point", ["before", "claim.taken", "planned", "calling"])
@pytest.mark.parametrize(
    "say_no",
    [
        no_by_the_address,
        no_on_the_list_alone,
        no_by_the_company,
        no_by_the_business,
        stopped,
        mailbox_paused,
        everything_paused,
        site_offline,
    ],
)
def test_no_mail_begins_after_a_no_whenever_it_comes(
    server: MailServer,
    mailbox: Mailbox,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    say_no: Callable[[Campaign, datetime], None],
) -> None:
    """The no comes between any two steps of a worker: before the claim, after it, before and after the commit."""
    campaign = make_due(mailbox, clock, company_hash="c" * 64)
    said: list[str] = []

    def at(name: str) -> None:
        if name == point and not said:
            said.append(name)
            say_no(campaign, clock.now())

    if point == "before":
        say_no(campaign, clock.now())
    monkeypatch.setattr(faults, "point", at)
    send(clock)
    assert server.recipients_asked == []
    assert server.mails == []
    assert reload(campaign).status in ("cancelled", "pending")
    assert not Effect.objects.filter(status__in=["done", "calling", "unknown"]).exists()


@pytest.mark.parametrize(
    "script",
    [
        {"MAIL": "550 5.7.26 unauthenticated"},
        {"RCPT": "550 5.7.515 access denied"},
        {"RCPT": "550 5.7.25 no reverse name"},
    ],
)
def test_refusal_of_what_we_are_pauses_that_mailbox_and_blames_no_recipient(
    settings: Any, mailbox: Mailbox, clock: VirtualClock, script: dict[str, str]
) -> None:
    settings.AGENCY_ADDRESS = "2 Real Street, Realville, VT 05000, USA"
    other = make_mailbox("ben@elsewhere.example", active_since=clock.now())
    with MailServer(script) as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
        mine = make_due(mailbox, clock)
        send(clock)
        server.script.clear()
        theirs = make_due(other, clock)
        again = make_due(mailbox, clock)
        send(clock)
    mailbox.refresh_from_db()
    assert mailbox.state == "paused"
    assert "5.7." in mailbox.paused_why
    assert not Suppression.objects.exists()
    assert (reload(mine).status, reload(mine).attempts) == ("pending", 0)
    assert (reload(theirs).status, reload(again).status) == ("sent", "pending")
    assert Incident.objects.get().kind == "mailbox_paused"


def test_throttling_slows_the_provider_down(settings: Any, mailbox: Mailbox, clock: VirtualClock) -> None:
    settings.AGENCY_ADDRESS = "2 Real Street, Realville, VT 05000, USA"
    with MailServer({"RCPT": "421 4.7.28 too many"}) as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
        campaign = make_due(mailbox, clock, provider="google.com")
        send(clock)
    bucket = RateBucket.objects.get(key="provider:fernhill.example:google.com")
    assert rates.speed(bucket, now=clock.now()) == 0.5
    assert reload(campaign).status == "pending"


def test_box_that_does_not_exist_ends_its_sequence(
    settings: Any, mailbox: Mailbox, clock: VirtualClock
) -> None:
    settings.AGENCY_ADDRESS = "2 Real Street, Realville, VT 05000, USA"
    with MailServer({"RCPT": "550 5.1.1 no such user"}) as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
        campaign = make_due(mailbox, clock)
        send(clock)
    failed = reload(campaign)
    assert (failed.status, failed.stop_reason) == ("failed", "bounced")
    assert Message.objects.get().bounce == "hard"
    assert Suppression.objects.get().reason == "bounced"


def test_transport_that_is_not_set_up_pauses_its_mailbox_alone(
    server: MailServer, mailbox: Mailbox, clock: VirtualClock
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(transport="gone")
    campaign = make_due(mailbox, clock)
    send(clock)
    mailbox.refresh_from_db()
    assert mailbox.state == "paused"
    assert "MAIL_URL_GONE" in mailbox.paused_why
    assert reload(campaign).attempts == 0


@pytest.mark.parametrize(
    ("effect_status", "becomes"),
    [(None, "draft"), ("planned", "draft"), ("unknown", "held"), ("done", "pending")],
)
def test_stuck_mail_is_judged_by_the_ledger_of_the_mail_in_hand(
    mailbox: Mailbox, clock: VirtualClock, effect_status: str | None, becomes: str
) -> None:
    campaign = make_due(mailbox, clock, step=2, sent_at=clock.now())
    first = write(campaign, 1, sent_at=clock.now())
    fields = {"kind": "mail.smtp", "subject": states.label(campaign), "planned_at": clock.now()}
    Effect.objects.create(key=leaving.delivery_key(first), status="done", settled_at=clock.now(), **fields)
    if effect_status:
        settled = clock.now() if effect_status == "done" else None
        key = leaving.delivery_key(campaign.messages.get(step=2))
        Effect.objects.create(key=key, status=effect_status, settled_at=settled, **fields)
    Campaign.objects.filter(pk=campaign.pk).update(
        status="sending", claimed_by="elsewhere:1:x", claimed_at=clock.now() - timedelta(hours=3), attempts=1
    )
    assert claims.free_dead(sending.SEND, now=clock.now(), by="test") == 1
    assert reload(campaign).status == becomes


def test_held_follow_up_that_went_out_keeps_the_first_time(mailbox: Mailbox, clock: VirtualClock) -> None:
    first = clock.now() - timedelta(days=9)
    campaign = make_due(mailbox, clock, step=2, sent_at=first, status="held")
    sending.settle_held(campaign, went_out=True, now=clock.now(), by="staff")
    assert (reload(campaign).status, reload(campaign).sent_at) == ("sent", first)
    assert reload(campaign).next_step_at is not None


def test_planned_mail_takes_the_way_out_that_is_set_by_now(
    campaign: Campaign, clock: VirtualClock, settings: Any
) -> None:
    settings.AGENCY_ADDRESS = "2 Real Street, Realville, VT 05000, USA"
    with MailServer() as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
    assert send(clock).rows == {"retried": 1}  # nobody listens there any more
    assert Effect.objects.get().kind == "mail.smtp"
    settings.MAIL_URL = ""
    clock.advance(minutes=6)
    assert send(clock).rows == {"done": 1}
    effect = Effect.objects.get()
    assert (effect.kind, effect.policy, effect.status) == ("mail.outbox", "idempotent", "done")


def test_clock_that_is_wrong_is_told() -> None:
    here = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert clock_trouble(here, here + timedelta(seconds=1)) == ""
    assert "61.0 s off" in clock_trouble(here, here + timedelta(seconds=61))


def test_clock_that_is_wrong_sends_nothing(
    server: MailServer, campaign: Campaign, clock: VirtualClock, settings: Any
) -> None:
    settings.CLOCK_SKEW_MAX = -1.0  # no clock agrees so well
    assert "set it right" in send(clock).ended
    assert server.mails == []
    assert reload(campaign).attempts == 0


@pytest.fixture
def unpaced(settings: Any) -> None:
    settings.MAIL_PACING = False


@pytest.mark.usefixtures("unpaced")
def test_no_that_comes_between_two_mails_of_one_claim_holds_for_the_second(
    server: MailServer, mailbox: Mailbox, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaigns = [make_due(mailbox, clock, company_hash=letter * 64) for letter in "abc"]

    def at(name: str) -> None:
        if name == "called" and len(server.mails) == 1:
            no_by_the_business(campaigns[1], clock.now())

    monkeypatch.setattr(faults, "point", at)
    assert send(clock).rows == {"done": 2, "called off": 1}
    assert [reload(campaign).status for campaign in campaigns] == ["sent", "cancelled", "sent"]
    assert len(server.mails) == 2


@pytest.mark.usefixtures("unpaced")
def test_company_gets_one_of_two_mails_that_are_claimed_together(
    server: MailServer, mailbox: Mailbox, clock: VirtualClock
) -> None:
    campaigns = [make_due(mailbox, clock, company_hash="c" * 64) for _ in range(2)]
    assert send(clock).rows == {"done": 1}
    assert sorted(reload(campaign).status for campaign in campaigns) == ["pending", "sent"]
    waits = Campaign.objects.get(status="pending")
    assert "another site" in waits.waits_for or "got a mail" in waits.waits_for
    assert len(server.mails) == 1


@pytest.mark.usefixtures("unpaced")
def test_mailbox_that_is_refused_holds_back_the_rest_of_its_claim(
    settings: Any, mailbox: Mailbox, clock: VirtualClock
) -> None:
    settings.AGENCY_ADDRESS = "2 Real Street, Realville, VT 05000, USA"
    with MailServer({"MAIL": "550 5.7.26 unauthenticated"}) as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
        campaigns = [make_due(mailbox, clock, company_hash=letter * 64) for letter in "abc"]
        assert send(clock).rows == {"returned": 3}
        assert server.recipients_asked == []
    assert {(reload(campaign).status, reload(campaign).attempts) for campaign in campaigns} == {
        ("pending", 0)
    }
    assert set(Effect.objects.values_list("status", flat=True)) == {"planned"}


@pytest.mark.usefixtures("unpaced")
def test_each_mail_of_a_claim_is_recorded_with_its_own_answer(
    server: MailServer, mailbox: Mailbox, clock: VirtualClock, settings: Any
) -> None:
    settings.FOLLOW_UP_DAYS = (4, 7)
    first = clock.now() - timedelta(days=9)
    zones = ("Europe/Paris", "Pacific/Auckland")
    new = [make_due(mailbox, clock, company_hash=zone, time_zone=zone) for zone in zones]
    late = make_due(mailbox, clock, step=2, sent_at=first, company_hash="late")
    assert send(clock).rows == {"done": 3}
    assert {reload(campaign).sent_at for campaign in new} == {clock.now()}
    assert reload(late).sent_at == first
    assert {reload(campaign).next_step_at for campaign in new} != {reload(late).next_step_at}
    assert all(Message.objects.values_list("reference", flat=True))
    assert set(Message.objects.values_list("sent_at", flat=True)) == {clock.now()}
