"""Time as a dependency: verbs are handed `now`, doors read the clock, tests turn a virtual one."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


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
