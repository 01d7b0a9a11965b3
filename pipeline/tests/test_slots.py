"""Slots: due at the right moment in every zone, run by one worker, missed ones made up for once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipeline import slots
from pipeline.clock import VirtualClock
from pipeline.models import ScheduleSlot
from pipeline.slots import Daily, Every
from pipeline.tests.owners import Worker
from pipeline.tests.processes import race

HOURLY = Every(60)
NOON = datetime(2026, 3, 2, 12, 0, 31, tzinfo=UTC)
ZONES = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "latest", "following"),
    [
        (Every(1), "2026-03-02 09:17", "2026-03-02 09:18"),
        (Every(5), "2026-03-02 09:15", "2026-03-02 09:20"),
        (Every(30), "2026-03-02 09:00", "2026-03-02 09:30"),
        (Every(60), "2026-03-02 09:00", "2026-03-02 10:00"),
        (Every(360), "2026-03-02 06:00", "2026-03-02 12:00"),
        (Daily(3), "2026-03-02 03:00", "2026-03-03 03:00"),
        (Daily(23), "2026-03-01 23:00", "2026-03-02 23:00"),
    ],
    ids=str,
)
def test_schedule_is_due_at_round_times(schedule: slots.Schedule, latest: str, following: str) -> None:
    now = utc("2026-03-02 09:17:31")
    assert (schedule.latest(now), schedule.following(now)) == (utc(latest), utc(following))
    assert schedule.latest(utc(latest)) == utc(latest)


# What a clock on the wall says on the days on which it is changed; the gaps and the doubled hours included.
@pytest.mark.parametrize(
    ("zone", "hour", "day", "expected"),
    [
        ("Europe/London", 3, "2026-03-29", "2026-03-29 02:00"),  # already summer
        (
            "Europe/London",
            1,
            "2026-03-29",
            "2026-03-29 01:00",
        ),  # 01:00 does not exist: an hour later by the wall
        ("Europe/London", 1, "2026-10-25", "2026-10-25 00:00"),  # 01:00 comes twice: the first of them
        ("Europe/London", 3, "2026-10-25", "2026-10-25 03:00"),
        ("America/New_York", 2, "2026-03-08", "2026-03-08 07:00"),  # does not exist
        ("America/New_York", 3, "2026-03-08", "2026-03-08 07:00"),
        ("America/New_York", 1, "2026-11-01", "2026-11-01 05:00"),  # comes twice
        ("America/New_York", 3, "2026-11-01", "2026-11-01 08:00"),
        ("Australia/Lord_Howe", 2, "2026-10-04", "2026-10-03 15:30"),  # half an hour is missing
        ("Australia/Lord_Howe", 3, "2026-10-04", "2026-10-03 16:00"),
        ("Australia/Lord_Howe", 1, "2026-04-05", "2026-04-04 14:00"),  # half an hour comes twice
        ("Australia/Lord_Howe", 3, "2026-04-05", "2026-04-04 16:30"),
    ],
)
def test_daily_hour_is_one_of_the_wall_clock(
    settings: Any, zone: str, hour: int, day: str, expected: str
) -> None:
    settings.TIME_ZONE = zone
    evening = datetime.fromisoformat(f"{day} 23:30").replace(tzinfo=ZoneInfo(zone))
    assert Daily(hour).latest(evening) == utc(expected)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 1, 2, 3, 6, 23])
def test_daily_is_due_exactly_once_on_each_day_of_the_year(settings: Any, zone: str, hour: int) -> None:
    settings.TIME_ZONE = zone
    now, end = utc("2026-01-01 12:00"), utc("2027-01-02 12:00")
    days = []
    while (now := Daily(hour).following(now)) < end:
        assert Daily(hour).latest(now) == now == Daily(hour).latest(now + timedelta(minutes=30))
        days.append(now.astimezone(ZoneInfo(zone)).date())
    assert len(days) >= 365
    assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * (len(days) - 1)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200
)
@given(
    zone=st.sampled_from(ZONES),
    now=st.integers(1_700_000_000, 2_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    schedule=st.sampled_from([Every(1), Every(5), Every(60), Every(360), *map(Daily, range(24))]),
)
def test_any_moment_lies_between_two_firings(
    settings: Any, zone: str, now: datetime, schedule: slots.Schedule
) -> None:
    settings.TIME_ZONE = zone
    latest, following = schedule.latest(now), schedule.following(now)
    assert latest <= now < following
    assert schedule.latest(following - timedelta(microseconds=1)) == latest
    assert schedule.latest(following) == following
    with timezone.override("Asia/Kolkata"):  # a page's zone changes nothing
        assert (schedule.latest(now), schedule.following(now)) == (latest, following)


@pytest.mark.parametrize(
    ("schedule", "words"), [(Every(360), "every 6 h"), (Every(5), "every 5 min"), (Daily(3), "daily 03:00")]
)
def test_schedule_reads_like_a_sentence(schedule: slots.Schedule, words: str) -> None:
    assert str(schedule) == words


def test_slot_is_opened_once_and_run_once(db: None, clock: VirtualClock) -> None:
    for _ in range(3):
        slots.open_due("scrape", HOURLY, now=clock.now())
    slot = slots.take("scrape", now=clock.now())
    assert slot is not None
    assert (slot.status, slot.attempts, slot.started_at) == ("running", 1, clock.now())
    assert slots.take("scrape", now=clock.now()) is None
    clock.advance(minutes=2)
    slots.close(slot, now=clock.now(), outcome="3 done")
    slots.open_due("scrape", HOURLY, now=clock.now())
    assert slots.take("scrape", now=clock.now()) is None
    stored = ScheduleSlot.objects.get()
    assert (stored.status, stored.outcome, stored.owner, stored.finished_at) == (
        "done",
        "3 done",
        "",
        clock.now(),
    )


def test_slot_of_another_task_is_not_taken(db: None, clock: VirtualClock) -> None:
    slots.open_due("scrape", HOURLY, now=clock.now())
    assert slots.take("publish", now=clock.now()) is None


def test_missed_slots_coalesce_into_the_last_one(db: None, clock: VirtualClock) -> None:
    for _ in range(6):
        slots.open_due("scrape", HOURLY, now=clock.now())
        clock.advance(hours=1)
    assert ScheduleSlot.objects.filter(status="skipped").count() == 5
    slot = slots.take("scrape", now=clock.now())
    assert slot is not None
    assert slot.slot == utc("2026-03-02 14:00")
    assert slots.take("scrape", now=clock.now()) is None


def test_day_without_any_clock_is_made_up_for_once(db: None, clock: VirtualClock) -> None:
    slots.open_due("report", Daily(6), now=clock.now())
    clock.advance(days=4)
    slots.open_due("report", Daily(6), now=clock.now())
    assert list(ScheduleSlot.objects.order_by("slot").values_list("status", flat=True)) == ["skipped", "due"]


def test_failed_slot_says_why(db: None, clock: VirtualClock) -> None:
    slots.open_due("scrape", HOURLY, now=clock.now())
    slot = slots.take("scrape", now=clock.now())
    assert slot is not None
    slots.close(slot, now=clock.now(), outcome="x" * 900, failed=True)
    stored = ScheduleSlot.objects.get()
    assert (stored.status, len(stored.outcome)) == ("failed", 500)


def test_slot_of_a_dead_worker_is_run_again_three_times_in_all(
    db: None, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    slots.open_due("scrape", HOURLY, now=clock.now())
    for tries in (1, 2, 3):
        worker = hire()
        with worker.at_work():
            slot = slots.take("scrape", now=clock.now())
        assert slot is not None
        assert slot.attempts == tries
        worker.die()
        clock.advance(seconds=59)
        assert slots.free_dead(now=clock.now()) == 0
        clock.advance(seconds=1)
        assert slots.free_dead(now=clock.now()) == 1
        slots.close(slot, now=clock.now(), outcome="a late word of the dead")
    assert slots.take("scrape", now=clock.now()) is None
    stored = ScheduleSlot.objects.get()
    assert (stored.status, stored.outcome) == ("failed", "Its worker died")


def test_slot_of_a_living_worker_is_never_taken_over(
    db: None, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    slots.open_due("scrape", HOURLY, now=clock.now())
    with hire().at_work():
        slots.take("scrape", now=clock.now())
    clock.advance(days=2)
    assert slots.free_dead(now=clock.now()) == 0


def test_running_slot_without_a_worker_or_a_time_cannot_be_stored(db: None, clock: VirtualClock) -> None:
    for fields in ({"owner": "somebody"}, {"started_at": clock.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ScheduleSlot.objects.create(task="scrape", slot=clock.now(), status="running", **fields)


def test_old_slots_are_pruned_and_open_ones_kept(db: None, clock: VirtualClock) -> None:
    for status in ("done", "failed", "skipped", "due"):
        for days in (13, 15):
            ScheduleSlot.objects.create(
                task=status, slot=clock.now() - timedelta(days=days), status=status, finished_at=clock.now()
            )
    assert slots.prune(now=clock.now()) == 3
    assert ScheduleSlot.objects.filter(status="due").count() == 2


@pytest.mark.parametrize("contenders", [8])
def test_of_many_clocks_and_workers_one_runs_the_slot(
    forking: None, clock: VirtualClock, contenders: int
) -> None:
    def contend() -> bool:
        slots.open_due("scrape", HOURLY, now=clock.now())
        return slots.take("scrape", now=clock.now()) is not None

    assert sorted(race([contend] * contenders)) == ["False"] * (contenders - 1) + ["True"]
    assert ScheduleSlot.objects.get().attempts == 1


def test_slot_that_a_person_asks_for_is_opened_once(db: None) -> None:
    first = slots.open_now("scrape", now=NOON)
    assert first is not None
    assert slots.open_now("scrape", now=NOON + timedelta(hours=1)) is None  # it is due still
    assert slots.due_tasks() == ["scrape"]
    ScheduleSlot.objects.update(status="done")
    assert slots.open_now("scrape", now=NOON + timedelta(seconds=20)) is None  # it ran in this very minute
    assert slots.open_now("scrape", now=NOON + timedelta(minutes=1)) is not None


def test_of_two_people_who_ask_at_once_one_begins_it(forking: None) -> None:
    def ask() -> str:
        return "0" if slots.open_now("scrape", now=NOON) is None else "1"

    assert sorted(race([ask, ask])) == ["0", "1"]
    assert ScheduleSlot.objects.count() == 1
