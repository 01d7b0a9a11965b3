"""Time as a dependency: verbs are handed `now`, doors read the clock, tests turn a virtual one."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import connection


class Clock(Protocol):
    """What the machinery knows of time."""

    def now(self) -> datetime:
        """Return the aware UTC time."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return after `seconds`, or as soon as `stop` is set."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(seconds)


class VirtualClock:
    """A clock that only moves when told: days pass in milliseconds."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._start = start

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        if not stop.is_set():
            self.advance(seconds=seconds)

    def advance(self, **delta: float) -> None:
        """Move time on by `timedelta(**delta)`."""
        self._now += timedelta(**delta)


SYSTEM_CLOCK = SystemClock()


def database_now() -> datetime:
    """Return the database's own time, by which the workers of other machines go too."""
    sql = (
        "SELECT clock_timestamp()"
        if connection.vendor == "postgresql"
        else "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        value = cursor.fetchone()[0]
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


def clock_trouble(here: datetime, database_time: datetime) -> str:
    """Return what to do about a clock that is too far from the database's; "" where it is not."""
    skew = abs((here - database_time).total_seconds())
    if skew <= settings.CLOCK_SKEW_MAX:
        return ""
    return f"This machine's clock is {skew:.1f} s off the database's; set it right"
