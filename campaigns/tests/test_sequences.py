"""Follow-ups: planned in working days, opened when due, and stopped by whatever the other side does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from businesses.models import Business
from campaigns import sequences
from campaigns.models import Campaign
from campaigns.tests.factories import make_campaign, make_message
from pipeline.clock import VirtualClock
from pipeline.errors import BadData
from pipeline.models import TimelineEntry
from sites.models import Site

pytestmark = pytest.mark.django_db


def rested(clock: VirtualClock, **over: Any) -> Campaign:
    """A campaign whose first mail is out and whose second is due."""
    fields = {
        "status": "sent",
        "sent_at": clock.now(),
        "next_step_at": clock.now(),
        "time_zone": "Europe/Paris",
    }
    campaign = make_campaign(**fields | over)
    make_message(campaign=campaign, sent_at=clock.now())
    return campaign


def reload(campaign: Campaign) -> Campaign:
    return Campaign.objects.get(pk=campaign.pk)


@pytest.mark.parametrize(
    ("days", "step", "due"),
    [
        ((4, 7), 1, datetime(2026, 3, 6, 9, tzinfo=UTC)),  # from Monday to Friday
        ((4, 7), 2, datetime(2026, 3, 11, 9, tzinfo=UTC)),
        ((4, 7), 3, None),
        ((5,), 2, None),
        ((), 1, None),
    ],
)
def test_next_mail_is_planned_in_working_days_until_the_last(
    clock: VirtualClock, settings: Any, days: tuple[int, ...], step: int, due: datetime | None
) -> None:
    settings.FOLLOW_UP_DAYS = days
    campaign = rested(clock, step=step, next_step_at=None)
    sequences.plan_next([campaign], now=clock.now())
    planned = reload(campaign)
    assert planned.next_step_at == due
    assert planned.stop_reason == ("" if due else "finished")


def test_follow_up_that_is_due_becomes_a_draft_to_write(clock: VirtualClock) -> None:
    campaign, later = rested(clock), rested(clock, next_step_at=clock.now() + timedelta(days=1))
    assert sequences.open_due(now=clock.now(), limit=5) == 1
    opened = reload(campaign)
    assert (opened.status, opened.step, opened.sent_at) == ("draft", 2, campaign.sent_at)
    assert (opened.written_at, opened.approved_at, opened.next_step_at) == (None, None, None)
    assert reload(later).status == "sent"
    assert sequences.open_due(now=clock.now(), limit=5) == 0


def test_limit_bounds_how_many_open(clock: VirtualClock) -> None:
    for _ in range(3):
        rested(clock)
    assert sequences.open_due(now=clock.now(), limit=2) == 2


@pytest.mark.parametrize(
    ("site", "business", "reason"),
    [
        ({"status": "taken_down"}, {}, "removed"),
        ({"status": "expired"}, {}, "no_lead"),
        ({"is_proposal": False}, {}, "sold"),
        ({}, {"suppressed": True}, "opted_out"),
        ({}, {"status": "rejected"}, "no_lead"),
    ],
)
def test_follow_up_to_nobody_is_stopped_and_not_written(
    clock: VirtualClock, site: dict[str, Any], business: dict[str, Any], reason: str
) -> None:
    campaign = rested(clock)
    Site.objects.filter(pk=campaign.site_id).update(**{"status": "published"} | site)
    Business.objects.filter(pk=campaign.business_id).update(**{"suppressed": False} | business)
    assert sequences.open_due(now=clock.now(), limit=5) == 0
    stopped = reload(campaign)
    assert (stopped.status, stopped.stop_reason, stopped.next_step_at) == ("sent", reason, None)


@pytest.mark.parametrize(
    ("status", "first_is_out", "becomes"),
    [
        ("sent", True, "sent"),
        ("draft", True, "sent"),
        ("pending", True, "sent"),
        ("failed", True, "sent"),
        ("draft", False, "cancelled"),
        ("pending", False, "cancelled"),
        ("held", True, "held"),
    ],
)
def test_stop_calls_off_what_waits_and_keeps_what_went_out(
    clock: VirtualClock, status: str, first_is_out: bool, becomes: str
) -> None:
    campaign = make_campaign(
        status=status, sent_at=clock.now() if first_is_out else None, step=2 if first_is_out else 1
    )
    assert sequences.stop(campaign, "replied", now=clock.now(), by="test") is True
    assert sequences.stop(campaign, "sold", now=clock.now(), by="test") is False  # the first reason stays
    stopped = reload(campaign)
    assert (stopped.status, stopped.stop_reason, stopped.stopped_at) == (becomes, "replied", clock.now())
    if becomes != status:
        assert TimelineEntry.objects.get(row_id=campaign.pk).reason == "Somebody answered"


def test_stop_of_a_mail_in_hand_is_written_for_its_gate(clock: VirtualClock) -> None:
    campaign = make_campaign(status="sending", claimed_by="w", claimed_at=clock.now(), attempts=1)
    assert sequences.stop(campaign, "replied", now=clock.now(), by="test")
    assert (reload(campaign).status, reload(campaign).stop_reason) == ("sending", "replied")


def test_stop_holds_for_the_whole_company(clock: VirtualClock) -> None:
    mine, theirs = rested(clock, company_hash="a" * 64), rested(clock, company_hash="a" * 64)
    unsent = make_campaign(status="draft", company_hash="a" * 64)
    stranger, nameless = rested(clock, company_hash="b" * 64), rested(clock)
    assert sequences.stop_company(mine, "replied", now=clock.now(), by="test") == 3
    assert [reload(each).stop_reason for each in (mine, theirs, unsent)] == ["replied", "company", "company"]
    assert reload(unsent).status == "cancelled"
    assert [reload(each).stop_reason for each in (stranger, nameless)] == ["", ""]
    assert sequences.stop_company(nameless, "clicked", now=clock.now(), by="test") == 1


def test_stop_of_a_business_reaches_its_company(clock: VirtualClock) -> None:
    mine, theirs = rested(clock, company_hash="a" * 64), rested(clock, company_hash="a" * 64)
    assert sequences.stop_business(mine.business, "sold", now=clock.now(), by="staff") == 2
    assert [reload(each).stop_reason for each in (mine, theirs)] == ["sold", "company"]


def test_delay_moves_what_is_planned_and_what_waits_and_never_forward(clock: VirtualClock) -> None:
    until = clock.now() + timedelta(days=20)
    planned = rested(clock)
    waiting = make_campaign(step=2, sent_at=clock.now(), expires_at=clock.now() + timedelta(days=2))
    first = make_campaign()
    for campaign in (planned, waiting, first):
        sequences.delay(campaign, until=until, why="Away", now=clock.now(), by="inbox")
        sequences.delay(campaign, until=until - timedelta(days=5), why="Away", now=clock.now(), by="inbox")
    assert reload(planned).next_step_at == until
    assert (reload(waiting).next_attempt_at, reload(waiting).waits_for) == (until, "Away (by inbox)")
    assert reload(waiting).expires_at == until + timedelta(days=14)
    assert reload(first).next_attempt_at == clock.now()


def test_skip_leaves_out_one_mail_and_plans_the_next(clock: VirtualClock, settings: Any) -> None:
    settings.FOLLOW_UP_DAYS = (4, 7)
    campaign = make_campaign(status="draft", step=2, sent_at=clock.now(), written_at=None)
    sequences.skip(campaign, now=clock.now(), by="staff")
    assert (campaign.status, campaign.next_step_at) == ("sent", datetime(2026, 3, 11, 9, tzinfo=UTC))
    sequences.open_due(now=clock.now() + timedelta(days=30), limit=5)
    sequences.skip(reload(campaign), now=clock.now(), by="staff")
    assert reload(campaign).stop_reason == "finished"


def test_first_mail_and_a_sent_one_cannot_be_skipped(clock: VirtualClock) -> None:
    with pytest.raises(BadData, match="first mail"):
        sequences.skip(make_campaign(), now=clock.now(), by="staff")
    with pytest.raises(BadData, match="Nothing waits"):
        sequences.skip(rested(clock), now=clock.now(), by="staff")


def test_follow_up_opens_once(clock: VirtualClock) -> None:
    campaign = rested(clock)
    assert [sequences.open_due(now=clock.now(), limit=5) for _ in range(2)] == [1, 0]
    assert TimelineEntry.objects.filter(row_id=campaign.pk, to_status="draft").count() == 1
