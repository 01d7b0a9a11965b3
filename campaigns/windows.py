"""When a recipient may be written to: on working days, in the hours of SEND_WINDOW, by the clock where it lives."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import TZPATH, ZoneInfo

import holidays
import tzfpy
from django.conf import settings

from businesses.models import Business

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# A day of the window comes sooner, unless every one of them is a holiday for weeks.
_LOOK_AHEAD: Final = 60  # days


@dataclass(frozen=True, slots=True)
class Window:
    """The days (0 is Monday) and the hours of them in which mails go out; `closes` is the first minute after."""

    days: frozenset[int]
    opens: time
    closes: time

    @property
    def minutes(self) -> int:
        """How long it is open on a day."""
        return (self.closes.hour - self.opens.hour) * 60 + self.closes.minute - self.opens.minute


@cache
def parse_window(text: str) -> Window:
    """Read "Tue-Thu 9:00-16:00"; raises ValueError for anything of another shape."""
    days, _, hours = text.strip().partition(" ")
    first, _, last = days.partition("-")
    opens, _, closes = hours.partition("-")
    begin, end = DAYS.index(first.title()), DAYS.index((last or first).title())
    window = Window(frozenset(range(begin, end + 1)), _time(opens), _time(closes))
    if not window.days or window.minutes <= 0:
        raise ValueError("the window never opens")
    return window


def zone_of(business: Business) -> str:
    """Return the name of a business's time zone: by its place, else by its country, else the agency's own."""
    name = tzfpy.get_tz(business.lon, business.lat)
    if name and not name.startswith("Etc/"):  # at sea
        return name
    zones = _zones_by_country().get(business.country.upper(), ())
    return zones[0] if len(zones) == 1 else str(settings.TIME_ZONE)


def is_open(zone: str, country: str, now: datetime) -> bool:
    """Tell whether `now` is in the window there."""
    window = parse_window(settings.SEND_WINDOW)
    local = now.astimezone(_zone(zone))
    return (
        local.weekday() in window.days
        and window.opens <= local.time().replace(tzinfo=None) < window.closes
        and not is_holiday(country, local.date())
    )


def next_turn(zone: str, country: str, now: datetime, *, seed: str) -> datetime:
    """Return when something may go: at once where the window is open and its own minute of the day has passed.

    That minute is found by `seed`, so that mails spread over the day and any process finds the same one.
    """
    window = parse_window(settings.SEND_WINDOW)
    local = now.astimezone(_zone(zone))
    minute = timedelta(minutes=spread(seed, window.minutes))
    for days in range(_LOOK_AHEAD):
        day = local.date() + timedelta(days=days)
        turn = _moment(day, window.opens, zone) + minute
        if turn <= now and is_open(zone, country, now):
            return now
        if turn > now and is_open(zone, country, turn):
            return turn
    return now + timedelta(days=_LOOK_AHEAD)


def add_business_days(moment: datetime, days: int, *, zone: str, country: str) -> datetime:
    """Return the same time of the day `days` working days later, by the clock there."""
    local = moment.astimezone(_zone(zone))
    day = local.date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5 and not is_holiday(country, day)
    return _moment(day, local.time(), zone)


def is_holiday(country: str, day: date) -> bool:
    """Tell whether `day` is a public holiday of the whole country; a country that is not known has none."""
    return day in _holidays(country.upper(), day.year)


def spread(seed: str, size: int) -> int:
    """Return a number from 0 to `size` - 1 that always is the same for `seed`."""
    digest = hashlib.sha256(seed.encode()).digest()
    return int.from_bytes(digest[:8], "big") % max(1, size)


def show(moment: datetime, zone: str = "") -> str:
    """Return a moment as people say it: "Tue 3 March 9:12 Europe/Paris", in the agency's zone if none is given."""
    name = zone or str(settings.TIME_ZONE)
    local = moment.astimezone(_zone(name))
    return f"{local:%a} {local.day} {local:%B} {local.hour}:{local:%M} {name}"


def _moment(day: date, at: time, zone: str) -> datetime:
    """Return the moment of a wall clock in UTC; a time that a clock change skips is the same span after it."""
    return datetime.combine(day, at.replace(tzinfo=None), tzinfo=_zone(zone)).astimezone(UTC)


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute or 0))


def _zone(name: str) -> ZoneInfo:
    """Return a zone by its name; one that this machine does not know is taken for the agency's own."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ValueError, LookupError, OSError):
        return ZoneInfo(settings.TIME_ZONE)


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except (NotImplementedError, KeyError):
        return frozenset()


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    """Return the zones of each country from the machine's own table; empty where it has none."""
    table = next((path for folder in TZPATH if (path := Path(folder) / "zone.tab").is_file()), None)
    found: dict[str, tuple[str, ...]] = {}
    for line in table.read_text(encoding="utf-8").splitlines() if table else ():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country] = (*found.get(country, ()), zone)
    return found
