"""Windows: working days and hours where the recipient lives, through every change of every clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from businesses.models import Business
from campaigns import windows
from campaigns.windows import Window, add_business_days, is_open, next_turn, parse_window, zone_of

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)


def local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %H:%M}"


@pytest.mark.parametrize(
    ("lat", "lon", "zone"),
    [
        (48.86, 2.35, "Europe/Paris"),
        (60.17, 24.94, "Europe/Helsinki"),
        (44.05, -72.95, "America/New_York"),
        (-33.87, 151.21, "Australia/Sydney"),
        (28.61, 77.21, "Asia/Kolkata"),
    ],
)
def test_zone_is_that_of_the_place(lat: float, lon: float, zone: str) -> None:
    assert zone_of(Business(lat=lat, lon=lon, country="")) == zone


def test_zone_at_sea_is_that_of_a_country_with_one_zone_else_the_agencys(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    assert zone_of(Business(lat=0, lon=-30, country="FI")) in ("Europe/Helsinki", "Europe/Vienna")
    assert zone_of(Business(lat=0, lon=-30, country="US")) == "Europe/Vienna"
    assert zone_of(Business(lat=0, lon=-30, country="")) == "Europe/Vienna"


@pytest.mark.parametrize(
    ("moment", "open_there"),
    [
        ("2026-03-03T08:00+00:00", True),  # Tuesday 9:00 in Paris
        ("2026-03-03T07:59+00:00", False),
        ("2026-03-03T14:59+00:00", True),
        ("2026-03-03T15:00+00:00", False),  # 16:00 is the first minute after
        ("2026-03-02T10:00+00:00", False),  # Monday
        ("2026-03-06T10:00+00:00", False),  # Friday
        ("2026-07-14T10:00+00:00", False),  # a Tuesday, and the fourteenth of July
        ("2026-03-31T07:00+00:00", True),  # summer time: 9:00 again
    ],
)
def test_window_is_open_by_the_clock_there(moment: str, open_there: bool) -> None:
    assert is_open("Europe/Paris", "FR", datetime.fromisoformat(moment)) is open_there


def test_turns_are_found_again_and_spread_over_the_day() -> None:
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    turns = [next_turn("Europe/Paris", "FR", monday, seed=f"campaign-{n}.1") for n in range(300)]
    later = monday + timedelta(hours=9)
    assert turns == [next_turn("Europe/Paris", "FR", later, seed=f"campaign-{n}.1") for n in range(300)]
    assert len({turn.hour for turn in turns}) == 7
    assert len(set(turns)) > 150
    assert {turn.astimezone(ZoneInfo("Europe/Paris")).date() for turn in turns} == {date(2026, 3, 3)}


def test_turn_within_the_window_is_now_once_its_own_minute_has_passed() -> None:
    last_minute = datetime(2026, 3, 3, 14, 59, tzinfo=UTC)
    turns = {next_turn("Europe/Paris", "FR", last_minute, seed=f"{n}") for n in range(50)}
    assert last_minute in turns


def test_turn_after_the_last_day_of_the_window_is_next_week() -> None:
    thursday = datetime(2026, 3, 5, 20, tzinfo=UTC)
    turn = next_turn("Europe/Paris", "FR", thursday, seed="x")
    assert turn.astimezone(ZoneInfo("Europe/Paris")).date() == date(2026, 3, 10)


@pytest.mark.parametrize("window", ["Tue-Thu 9:00-16:00", "Mon-Sun 0:00-3:30", "Sun 1:00-4:00"])
def test_every_turn_lies_in_the_window_in_every_zone_through_every_change_of_clocks(
    settings: Any, window: str
) -> None:
    settings.SEND_WINDOW = window
    zones = sorted(available_timezones())
    year = [datetime(2026, 1, 1, 13, 30, tzinfo=UTC) + timedelta(days=days) for days in range(0, 365, 7)]
    for number, zone in enumerate(zones):
        for moment in year[number % 13 :: 13]:
            turn = next_turn(zone, "", moment, seed=f"{zone} {moment}")
            assert turn >= moment
            assert turn - moment <= timedelta(days=15)
            assert is_open(zone, "", turn), (zone, moment, turn)


def test_day_that_a_zone_left_out_is_left_out() -> None:
    """Samoa had no 30 December 2011."""
    eve = datetime(2011, 12, 30, 5, tzinfo=UTC)  # the evening of the 29th there
    due = add_business_days(eve, 1, zone="Pacific/Apia", country="")
    assert due > eve


def test_business_days_leave_out_weekends_and_holidays_and_keep_the_hour() -> None:
    thursday = datetime(2026, 3, 26, 9, 12, tzinfo=ZoneInfo("Europe/Berlin"))  # clocks change on the 29th
    due = add_business_days(thursday, 4, zone="Europe/Berlin", country="DE")
    assert local(due, "Europe/Berlin") == "Wed 09:12"
    good_friday = add_business_days(thursday, 6, zone="Europe/Berlin", country="DE")
    assert good_friday.astimezone(ZoneInfo("Europe/Berlin")).date() == date(2026, 4, 7)  # not 3 and 6 April


def test_unknown_country_has_no_holidays() -> None:
    assert not windows.is_holiday("XX", date(2026, 1, 1))
    assert not windows.is_holiday("", date(2026, 1, 1))
    assert windows.is_holiday("us", date(2026, 7, 3))


def test_zone_that_is_not_known_is_taken_for_the_agencys(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Vienna"
    noon = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    assert is_open("Mars/Olympus", "", noon) is is_open("Europe/Vienna", "", noon) is True


def test_window_is_read() -> None:
    assert parse_window("Tue-Thu 9:00-16:00").minutes == 420
    assert parse_window("Mon 8:30-9:00") == Window(
        frozenset({0}), parse_window("Mon 8:30-9:00").opens, parse_window("Mon 8:30-9:00").closes
    )


@pytest.mark.parametrize(
    "text", ["", "Tue-Thu", "Tue-Thu 16:00-9:00", "Thu-Tue 9:00-16:00", "Foo 9:00-10:00"]
)
def test_window_that_never_opens_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_window(text)
