"""Why a mail has not gone: one reason, from the code that decides, and what happens next by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import sequences, suppression
from campaigns.models import Campaign, Mailbox, RateBucket, Suppression
from campaigns.sending import SEND
from campaigns.tests.factories import make_campaign, make_mailbox, make_message
from campaigns.why import forecast, why, why_mailbox
from pipeline import budgets, claims, switches
from pipeline.clock import VirtualClock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_server(settings: Any) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:1"
    settings.AUTOPILOT = False


@pytest.fixture
def clock() -> VirtualClock:
    """Tuesday 2026-03-03, 10:00 in Paris: the window is open."""
    return VirtualClock(datetime(2026, 3, 3, 9, tzinfo=UTC))


@pytest.fixture
def mailbox(clock: VirtualClock) -> Mailbox:
    return make_mailbox(active_since=clock.now())


def waiting(mailbox: Mailbox, clock: VirtualClock, **over: Any) -> Campaign:
    fields = {"time_zone": "Europe/Paris", "provider": "google.com", "next_attempt_at": clock.now()}
    campaign = make_campaign(mailbox=mailbox, **fields | over)
    make_message(campaign=campaign)
    return campaign


def used(key: str, clock: VirtualClock, **fields: Any) -> None:
    RateBucket.objects.create(key=key, **{"open_at": clock.now()} | fields)


def test_mail_that_may_go_says_so(mailbox: Mailbox, clock: VirtualClock) -> None:
    assert why(waiting(mailbox, clock), now=clock.now()).code == "due"


@pytest.mark.parametrize(
    ("over", "autopilot", "code", "text"),
    [
        ({"written_at": None}, False, "not_written", "It is written with the next run"),
        ({}, False, "approval", "Somebody must approve it: the autopilot is off"),
        ({}, True, "approval", "The autopilot approves it with the next run"),
        (
            {"review_reason": "it asks for consent"},
            True,
            "approval",
            "Somebody must approve it: it asks for consent",
        ),
    ],
)
def test_draft(
    mailbox: Mailbox,
    clock: VirtualClock,
    settings: Any,
    over: dict[str, Any],
    autopilot: bool,
    code: str,
    text: str,
) -> None:
    settings.AUTOPILOT = autopilot
    told = why(waiting(mailbox, clock, status="draft", **over), now=clock.now())
    assert (told.code, told.text) == (code, text)


def test_window(mailbox: Mailbox, clock: VirtualClock) -> None:
    campaign = waiting(mailbox, clock)
    clock._now = datetime(2026, 3, 6, 9, tzinfo=UTC)
    told = why(campaign, now=clock.now())
    assert told.code == "window"
    assert told.text.startswith("Window opens Tue 10 March")
    assert told.text.endswith("Europe/Paris")
    assert claims.claim(SEND, now=clock.now(), by="test") is None
    campaign.refresh_from_db()
    assert campaign.next_attempt_at == told.next_at  # what was told is what happens


def test_spent_mailbox(mailbox: Mailbox, clock: VirtualClock) -> None:
    used(f"mailbox:{mailbox.pk}", clock, day=clock.now().date(), used=5)
    told = why(waiting(mailbox, clock), now=clock.now())
    assert told.code == "mailbox_day"
    assert told.text.startswith("ann@fernhill.example 5/5 today, next Wed 4 March")
    of_box = why_mailbox(mailbox, now=clock.now())
    assert of_box.text == "ann@fernhill.example 5/5 today, next Wed 4 March 0:00 UTC"


def test_pause_between_two_mails(mailbox: Mailbox, clock: VirtualClock) -> None:
    used(f"mailbox:{mailbox.pk}", clock, open_at=clock.now() + timedelta(minutes=4))
    assert why(waiting(mailbox, clock), now=clock.now()).code == "mailbox_gap"


@pytest.mark.parametrize(
    ("state", "text"), [("setup", "is not active yet"), ("paused", "is paused: too many")]
)
def test_mailbox_that_is_not_active(mailbox: Mailbox, clock: VirtualClock, state: str, text: str) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(state=state, paused_why="too many")
    mailbox.refresh_from_db()
    told = why(waiting(mailbox, clock), now=clock.now())
    assert text in told.text
    assert told.next_at is None  # a person must


def test_slow_provider(mailbox: Mailbox, clock: VirtualClock) -> None:
    key = "provider:fernhill.example:google.com"
    used(key, clock, factor=0.5, slowed_at=clock.now(), open_at=clock.now() + timedelta(minutes=2))
    told = why(waiting(mailbox, clock), now=clock.now())
    assert (told.code, told.text[:29]) == ("provider", "Google.com is slowed to 50%, "[:29])


def test_company(mailbox: Mailbox, clock: VirtualClock) -> None:
    other = make_campaign(status="sent", sent_at=clock.now(), company_hash="c" * 64)
    make_message(campaign=other, sent_at=clock.now())
    told = why(waiting(mailbox, clock, company_hash="c" * 64), now=clock.now())
    assert told.text.startswith("Its company got a mail on Tue 3 March")


@pytest.mark.parametrize("scope", ["everything", "stage:campaigns", "source:smtp"])
def test_switch(mailbox: Mailbox, clock: VirtualClock, scope: str) -> None:
    switches.pause(scope, by="mara", why="a look round", now=clock.now())
    told = why(waiting(mailbox, clock), now=clock.now())
    assert told.code == "switch"
    assert "by mara: a look round" in told.text


def test_day_budget(mailbox: Mailbox, clock: VirtualClock, settings: Any) -> None:
    settings.DAY_BUDGETS = {"mails": 1}
    budgets.take("mails", 1, now=clock.now())
    told = why(waiting(mailbox, clock), now=clock.now())
    assert (told.code, told.next_at) == ("budget", datetime(2026, 3, 4, tzinfo=UTC))


def test_no(mailbox: Mailbox, clock: VirtualClock) -> None:
    campaign = waiting(mailbox, clock)
    Suppression.objects.create(
        address_hash=suppression.address_hash(campaign.business.email), reason="staff", at=clock.now()
    )
    assert why(campaign, now=clock.now()).text == "The address said no"


def test_own_turn_and_retry(mailbox: Mailbox, clock: VirtualClock) -> None:
    campaign = waiting(
        mailbox, clock, next_attempt_at=clock.now() + timedelta(minutes=5), last_error="451 later"
    )
    told = why(campaign, now=clock.now())
    assert (told.code, told.next_at) == ("turn", campaign.next_attempt_at)
    assert told.text.endswith("451 later")


def test_mail_that_expires_before_its_turn(mailbox: Mailbox, clock: VirtualClock) -> None:
    clock._now = datetime(2026, 3, 6, 9, tzinfo=UTC)
    campaign = waiting(mailbox, clock, expires_at=clock.now() + timedelta(hours=1))
    told = why(campaign, now=clock.now())
    assert told.next_at == campaign.expires_at
    assert "called off" in told.text
    assert why(campaign, now=clock.now() + timedelta(hours=1)).code == "expired"


def test_what_comes_after(mailbox: Mailbox, clock: VirtualClock) -> None:
    next_at = clock.now() + timedelta(days=6)
    sent = waiting(mailbox, clock, status="sent", sent_at=clock.now(), next_step_at=next_at)
    assert why(sent, now=clock.now()).next_at == next_at
    sequences.stop(sent, "replied", now=clock.now(), by="test")
    assert why(sent, now=clock.now()).text == "No further mail goes: Somebody answered"


def test_failed_held_sending_and_cancelled(mailbox: Mailbox, clock: VirtualClock) -> None:
    failed = waiting(
        mailbox,
        clock,
        status="failed",
        error_kind="transient",
        last_error="451",
        status_changed_at=clock.now(),
    )
    assert why(failed, now=clock.now()).next_at == clock.now() + timedelta(days=1)
    dead = waiting(mailbox, clock, status="failed", error_kind="bad_data", last_error="No such mail")
    assert why(dead, now=clock.now()).next_at is None
    held = waiting(mailbox, clock, status="held", last_error="no answer")
    assert "say whether it went" in why(held, now=clock.now()).text
    busy = waiting(mailbox, clock, status="sending", claimed_by="w", claimed_at=clock.now())
    assert why(busy, now=clock.now()).code == "sending"
    off = waiting(mailbox, clock)
    sequences.stop(off, "sold", now=clock.now(), by="test")
    assert why(off, now=clock.now()).text == "It was called off: Bought"


def test_forecast_counts_the_days_of_the_window_and_the_ramp(mailbox: Mailbox, clock: VirtualClock) -> None:
    assert str(forecast(now=clock.now())) == "nothing waits"
    for _ in range(13):  # Tuesday 5, Wednesday 7, Thursday 9
        waiting(mailbox, clock)
    told = forecast(now=clock.now())
    assert (told.waiting, str(told)) == (13, "13 waiting, the last goes about 2026-03-05")
    assert forecast(mailbox, now=clock.now()) == told


def test_forecast_is_bounded_by_the_day_budget(mailbox: Mailbox, clock: VirtualClock, settings: Any) -> None:
    settings.DAY_BUDGETS = {"mails": 1}
    for _ in range(4):
        waiting(mailbox, clock)
    assert str(forecast(now=clock.now())).endswith("2026-03-06")


def test_forecast_of_a_paused_mailbox_promises_nothing(mailbox: Mailbox, clock: VirtualClock) -> None:
    waiting(mailbox, clock)
    Mailbox.objects.filter(pk=mailbox.pk).update(state="paused")
    assert str(forecast(now=clock.now())) == "1 waiting, nobody can send them yet"
