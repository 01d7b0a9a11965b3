"""Named points at which a test may kill, stop or break a process; nothing happens unless a test armed one."""

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Literal

from django.db import OperationalError

Action = Literal["kill", "raise"]

# Every point that the machinery passes, in order; the crash sweep runs each of them for each kind of effect.
CLAIM_POINTS = ("claim.taken",)
EFFECT_POINTS = ("planned", "calling", "called", "recorded", "applied")

_armed: dict[str, Callable[[], None]] = {}


class InjectedFault(OperationalError):
    """Raised by an armed point with the action "raise": what the database raises when it fails there."""


def arm(name: str, action: Action, *, after: int = 0) -> None:
    """Make point `name` act the next time it is passed, after `after` free passes."""
    left = after

    def act() -> None:
        nonlocal left
        if left:
            left -= 1
            return
        del _armed[name]
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise InjectedFault(name)

    _armed[name] = act


def watch(act: Callable[[str], None]) -> None:
    """Call `act` with the name of each point, every time one is passed."""
    for name in (*CLAIM_POINTS, *EFFECT_POINTS):
        _armed[name] = partial(act, name)


def disarm() -> None:
    """Forget every armed point."""
    _armed.clear()


def point(name: str) -> None:
    """Mark a place where a crash would matter."""
    act = _armed.get(name)
    if act is not None:
        act()
