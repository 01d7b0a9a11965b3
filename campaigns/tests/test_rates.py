"""Rates: how much may go out of a mailbox, a domain of ours, to a provider and to a company."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections

from campaigns import breakers, mailboxes, rates
from campaigns.models import Campaign, Mailbox, Message, RateBucket
from campaigns.sending import SEND
from campaigns.tests.factories import make_campaign, make_mailbox, make_message
from pipeline import claims
from pipeline.clock import VirtualClock
from pipeline.models import Incident

pytestmark = pytest.mark.django_db
ZONE = "Europe/Paris"


@pytest.fixture(autouse=True)
def real_server(settings: Any) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:1"
    settings.TIME_ZONE = "UTC"


@pytest.fixture
def clock() -> VirtualClock:
    """Tuesday 2026-03-03, 10:00 in Paris: the window is open."""
    return VirtualClock(datetime(2026, 3, 3, 9, tzinfo=UTC))


@pytest.fixture
def mailbox(clock: VirtualClock) -> Mailbox:
    return make_mailbox(active_since=clock.now(), daily_cap=40, ramp_start=5, ramp_step=2, gap_seconds=540)


def make_due(mailbox: Mailbox | None, clock: VirtualClock, **over: Any) -> Campaign:
    campaign = make_campaign(
        mailbox=mailbox, next_attempt_at=clock.now(), **{"time_zone": ZONE, "provider": "google.com"} | over
    )
    make_message(campaign=campaign)
    return campaign


def claim(clock: VirtualClock, pk: int | None = None) -> Campaign | None:
    return claims.claim(SEND, now=clock.now(), by="test", pk=pk)  # type: ignore[return-value]


def gap_over(clock: VirtualClock) -> None:
    clock.advance(seconds=540 * 1.6)


def test_ramp_lets_a_new_mailbox_send_a_few_and_more_each_day(mailbox: Mailbox, clock: VirtualClock) -> None:
    for _ in range(20):
        make_due(mailbox, clock)
    sent = []
    for _ in range(3):
        count = 0
        for _ in range(9):
            count += claim(clock) is not None
            gap_over(clock)
        sent.append(count)
        clock.advance(days=1)
        clock._now = clock.now().replace(hour=9, minute=0, second=0)
    assert sent == [5, 7, 8]  # 5 and 2 more each day; the third day has no more


def test_cap_bounds_the_ramp(mailbox: Mailbox, clock: VirtualClock) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(active_since=clock.now() - timedelta(days=300), daily_cap=2)
    for _ in range(4):
        make_due(mailbox, clock)
    assert claim(clock)
    gap_over(clock)
    assert claim(clock)
    gap_over(clock)
    assert claim(clock) is None
    refusal = rates.check(Campaign.objects.filter(status="pending")[0], now=clock.now())
    assert refusal
    assert refusal.text == "ann@fernhill.example 2/2 today"


def test_gap_lies_between_two_mails_of_a_mailbox_and_differs(mailbox: Mailbox, clock: VirtualClock) -> None:
    gaps = set()
    for _ in range(4):
        make_due(mailbox, clock)
        assert claim(clock)
        bucket = RateBucket.objects.get(key=f"mailbox:{mailbox.pk}")
        gap = (bucket.open_at - clock.now()).total_seconds()
        assert 540 <= gap <= 540 * 1.55
        gaps.add(gap)
        clock._now = bucket.open_at - timedelta(seconds=1)
        make_due(mailbox, clock)
        assert claim(clock) is None
        clock._now = bucket.open_at
    assert len(gaps) > 1


def test_two_mailboxes_go_side_by_side_and_the_quiet_one_first(mailbox: Mailbox, clock: VirtualClock) -> None:
    other = make_mailbox("ben@fernhill.example", active_since=clock.now())
    for box in (mailbox, mailbox, other, other):
        make_due(box, clock)
    first, second = claim(clock), claim(clock)
    assert first
    assert second
    assert {first.mailbox_id, second.mailbox_id} == {mailbox.pk, other.pk}
    assert claim(clock) is None


def test_refusal_draws_nothing_and_puts_off_with_its_reason(mailbox: Mailbox, clock: VirtualClock) -> None:
    clock._now = datetime(2026, 3, 3, 20, tzinfo=UTC)
    campaign = make_due(mailbox, clock)
    assert claim(clock) is None
    campaign.refresh_from_db()
    assert campaign.status == "pending"
    assert campaign.attempts == 0
    assert campaign.waits_for.startswith("window opens Wed 4 March")
    assert campaign.next_attempt_at.date() == datetime(2026, 3, 4).date()  # noqa: DTZ001
    assert not RateBucket.objects.filter(used__gt=0).exists()
    clock._now = campaign.next_attempt_at
    taken = claim(clock)
    assert taken
    assert taken.waits_for == Campaign.objects.get().waits_for == ""


def test_provider_gets_a_few_at_once_then_one_at_a_time(settings: Any, clock: VirtualClock) -> None:
    settings.PROVIDER_MAILS_PER_HOUR = 60
    boxes = [make_mailbox(f"box{n}@fernhill.example", active_since=clock.now()) for n in range(8)]
    for box in boxes:
        make_due(box, clock)
    taken = [claim(clock) for _ in boxes]
    assert sum(row is not None for row in taken) == 5
    waiting = Campaign.objects.filter(status="pending")
    assert {row.waits_for for row in waiting} == {"google.com has had its mails of this hour"}
    assert {row.next_attempt_at for row in waiting} == {clock.now() + timedelta(minutes=1)}
    other = make_due(boxes[7], clock, provider="outlook.com")
    assert claim(clock, pk=other.pk)


def test_provider_that_asks_for_less_gets_half_for_an_hour_then_a_tenth_more(
    mailbox: Mailbox, clock: VirtualClock
) -> None:
    rates.slow_down(mailbox, "google.com", now=clock.now())
    rates.slow_down(mailbox, "google.com", now=clock.now() + timedelta(seconds=5))  # the same trouble
    bucket = RateBucket.objects.get(key="provider:fernhill.example:google.com")
    speeds = [
        rates.speed(bucket, now=clock.now() + timedelta(minutes=minutes)) for minutes in (0, 59, 61, 121, 301)
    ]
    assert speeds == pytest.approx([0.5, 0.5, 0.6, 0.7, 1.0])
    clock.advance(minutes=61)
    rates.slow_down(mailbox, "google.com", now=clock.now())
    bucket.refresh_from_db()
    assert bucket.factor == pytest.approx(0.3)
    assert not RateBucket.objects.filter(key__contains="outlook").exists()


def test_company_gets_one_mail_in_three_days_and_one_sequence_a_year(
    mailbox: Mailbox, clock: VirtualClock
) -> None:
    first = make_due(mailbox, clock, company_hash="c" * 64)
    other = make_due(mailbox, clock, company_hash="c" * 64)
    assert claim(clock, pk=first.pk)
    gap_over(clock)
    assert claim(clock, pk=other.pk) is None  # the first may be on its way at this moment
    Message.objects.filter(campaign=first).update(sent_at=clock.now())
    Campaign.objects.filter(pk=first.pk).update(
        status="sent",
        sent_at=clock.now(),
        claimed_by="",
        claimed_at=None,
        stopped_at=clock.now(),
        stop_reason="finished",
    )
    clock.advance(days=7)
    refusal = rates.check(Campaign.objects.get(pk=other.pk), now=clock.now())
    assert refusal
    assert (refusal.code, refusal.until.year) == ("company", 2027)
    assert refusal.text.startswith("its company got a mail on Tue 3 March")
    assert claim(clock, pk=other.pk) is None
    clock.advance(days=359)
    assert rates.check(Campaign.objects.get(pk=other.pk), now=clock.now()) is None


def test_own_last_mail_keeps_the_next_for_three_days(mailbox: Mailbox, clock: VirtualClock) -> None:
    campaign = make_due(mailbox, clock, company_hash="c" * 64, sent_at=clock.now())
    Message.objects.filter(campaign=campaign).update(sent_at=clock.now() - timedelta(days=2))
    refusal = rates.check(campaign, now=clock.now())
    assert refusal
    assert refusal.until == clock.now() + timedelta(days=1)
    assert rates.check(campaign, now=clock.now() + timedelta(days=1)) is None


def test_mail_whose_time_is_over_is_taken_to_be_called_off_and_draws_nothing(
    mailbox: Mailbox, clock: VirtualClock
) -> None:
    clock._now = datetime(2026, 3, 8, 9, tzinfo=UTC)  # a Sunday
    make_due(mailbox, clock, expires_at=clock.now())
    assert claim(clock)
    assert not RateBucket.objects.filter(used__gt=0).exists()


def test_mail_waits_no_longer_than_until_it_is_called_off(mailbox: Mailbox, clock: VirtualClock) -> None:
    clock._now = datetime(2026, 3, 5, 20, tzinfo=UTC)
    campaign = make_due(mailbox, clock, expires_at=clock.now() + timedelta(hours=5))
    assert claim(clock) is None
    campaign.refresh_from_db()
    assert campaign.next_attempt_at == campaign.expires_at


@pytest.mark.parametrize("state", ["setup", "paused"])
def test_mailbox_that_is_not_active_sends_nothing(mailbox: Mailbox, clock: VirtualClock, state: str) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(state=state)
    campaign = make_due(mailbox, clock)
    assert claim(clock) is None
    assert claim(clock, pk=campaign.pk) is None
    campaign.refresh_from_db()
    assert campaign.attempts == 0


def test_mail_of_nobody_goes_by_the_default_mailbox(clock: VirtualClock, settings: Any) -> None:
    make_due(None, clock)
    assert claim(clock) is None  # it is being set up: nobody has looked at its DNS
    mailboxes.default_mailbox(now=clock.now())
    box = Mailbox.objects.get(address=settings.MAIL_FROM)
    box.domain.dns_ok, box.domain.dns_checked_at = True, clock.now()
    box.domain.save()
    mailboxes.activate(box, now=clock.now(), by="staff")
    assert claim(clock)


def test_outbox_has_no_pace_but_leaves_companies_in_peace(settings: Any, clock: VirtualClock) -> None:
    settings.MAIL_URL = ""
    clock._now = datetime(2026, 3, 8, 3, tzinfo=UTC)
    for _ in range(3):
        make_due(None, clock)
    make_due(None, clock, company_hash="c" * 64)
    make_due(None, clock, company_hash="c" * 64)
    assert sum(claim(clock) is not None for _ in range(6)) == 4


def test_what_did_not_go_out_is_given_back(mailbox: Mailbox, clock: VirtualClock) -> None:
    make_due(mailbox, clock)
    taken = claim(clock)
    assert taken
    rates.give_back(taken, taken_at=clock.now(), now=clock.now())
    assert not RateBucket.objects.filter(used__gt=0).exists()


def test_claims_side_by_side_draw_no_more_than_there_is(transactional_db: None, clock: VirtualClock) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    boxes = [make_mailbox(f"box{n}@fernhill.example", active_since=clock.now()) for n in range(3)]
    for number in range(12):
        make_due(
            boxes[number % 3], clock, company_hash=f"{number % 4}" * 64, provider=f"{number % 2}.example"
        )
    start = Barrier(4)
    taken: list[Campaign] = []

    def work() -> None:
        start.wait(30)
        try:
            taken.extend(row for _ in range(3) if (row := claim(clock)) is not None)
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    per_box = [row.mailbox_id for row in taken]
    assert len(per_box) == len(set(per_box))  # one each: then comes the gap
    companies = [row.company_hash for row in taken]
    assert len(companies) == len(set(companies))
    used = dict(RateBucket.objects.filter(key__startswith="mailbox:").values_list("key", "used"))
    assert sum(used.values()) == len(taken)


@pytest.fixture
def mails(mailbox: Mailbox, clock: VirtualClock) -> Iterator[list[Message]]:
    """A hundred mails that went out an hour ago."""
    campaign = make_campaign(mailbox=mailbox)
    first = make_message(campaign=campaign, mailbox=mailbox, sent_at=clock.now() - timedelta(hours=1))
    rest = [
        Message(
            campaign=campaign, step=n, recipient=first.recipient, recipient_hash=str(n), sender=first.sender,
            subject="x", message_id=f"<{n}@fernhill.example>", body=b"", body_sha256="", writer="x",
            mailbox=mailbox, created_at=clock.now(), sent_at=first.sent_at,
        )
        for n in range(2, 101)
    ]  # fmt: skip
    yield [first, *Message.objects.bulk_create(rest)]


@pytest.mark.parametrize(
    ("field", "value", "count", "state", "kind"),
    [
        ("bounce", "hard", 1, "active", None),
        ("bounce", "hard", 2, "active", "sender_warning"),
        ("bounce", "hard", 4, "paused", "sender_stopped"),
        ("bounce", "soft", 50, "active", None),
        ("complained_at", datetime(2026, 3, 3, tzinfo=UTC), 1, "paused", "sender_stopped"),
    ],
)
def test_breaker_stops_a_domain_whose_mails_are_taken_badly(
    mails: list[Message], mailbox: Mailbox, clock: VirtualClock, field: str, value: Any, count: int, state: str,
    kind: str | None,
) -> None:  # fmt: skip
    Message.objects.filter(pk__in=[mail.pk for mail in mails[:count]]).update(**{field: value})
    other = make_mailbox("ann@elsewhere.example")
    breakers.check_senders(now=clock.now())
    mailbox.refresh_from_db()
    other.refresh_from_db()
    assert (mailbox.state, other.state) == (state, "active")
    assert bool(mailbox.paused_why) is (state == "paused")
    assert set(Incident.objects.values_list("kind", flat=True)) == ({kind} if kind else set())


def test_few_mails_tell_nothing(mails: list[Message], mailbox: Mailbox, clock: VirtualClock) -> None:
    Message.objects.filter(pk__in=[mail.pk for mail in mails[49:]]).update(sent_at=None)
    Message.objects.filter(pk=mails[0].pk).update(bounce="hard", complained_at=clock.now())
    breakers.check_senders(now=clock.now())
    mailbox.refresh_from_db()
    assert mailbox.state == "active"


def test_mailbox_that_is_resumed_begins_with_a_clean_count(
    mails: list[Message], mailbox: Mailbox, clock: VirtualClock
) -> None:
    Message.objects.filter(pk__in=[mail.pk for mail in mails[:9]]).update(bounce="hard")
    breakers.check_senders(now=clock.now())
    mailbox.refresh_from_db()
    mailboxes.resume(mailbox, now=clock.now(), by="staff")
    breakers.check_senders(now=clock.now())
    mailbox.refresh_from_db()
    assert mailbox.state == "active"


def test_day_near_the_line_of_bulk_senders_warns_once(mailbox: Mailbox, clock: VirtualClock) -> None:
    for used in (2999, 3000, 3001):
        RateBucket.objects.update_or_create(
            key="domain:fernhill.example",
            defaults={"open_at": clock.now(), "day": clock.now().date(), "used": used},
        )
        breakers.check_senders(now=clock.now())
    assert list(Incident.objects.values_list("kind", "count")) == [("bulk_line", 1)]
    clock.advance(days=1)
    breakers.check_senders(now=clock.now())
    assert Incident.objects.get().resolved_at
