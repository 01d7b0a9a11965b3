"""What every staff page says besides its own: what is paused, and how much waits for a person."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest

from businesses.sources.sample import SampleTown
from monitoring.counting import count_each
from monitoring.metrics import paused_switches, stopped_rows, waiting_rows
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import Switch
from pipeline.switches import EVERYTHING
from territories.models import Territory

CACHED_FOR: Final = 10  # seconds


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return {paused, badges, autopilot} for staff, and nothing for anybody else.

    `paused` is None, or {scope, what, who, when, why, until, waits} of the widest pause; {unknown: True} where
    the switches cannot be read. `badges` are counts by what waits and, for the sidebar, by page.
    """
    if not _is_staff(request):
        return {}
    # A page is made of many templates, and each of them asks.
    said: dict[str, Any] | None = getattr(request, "shell", None)
    if said is None:
        said = request.shell = _read_shell()  # type: ignore[attr-defined]
    return said


def _read_shell() -> dict[str, Any]:
    try:
        paused, badges = _paused(), _cached("badges", _count_badges)
    except DatabaseError:
        paused, badges = {"unknown": True}, {}
    return {"paused": paused, "badges": badges, "autopilot": settings.AUTOPILOT}


def environment(request: HttpRequest) -> list[str] | None:
    """Return the badge beside the admin's title: [words, tone], or None."""
    if not _is_staff(request):
        return None
    if shell(request)["paused"]:
        return ["Paused", "warning"]
    return ["Sample data", "info"] if _cached("sample", _is_sample_only) else None


def _is_staff(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return bool(user and user.is_active and user.is_staff)


def _paused() -> dict[str, Any] | None:
    switches = sorted(paused_switches(SYSTEM_CLOCK.now()), key=_width)
    if not switches:
        return None
    widest = switches[0]
    kind, _, name = widest.scope.partition(":")
    more = f" {len(switches) - 1} more paused." if len(switches) > 1 else ""
    until = (
        "Resumes by itself."
        if widest.until
        else "What is begun is finished, the rest waits and none is lost."
    )
    return {
        "scope": widest.scope,
        "what": "" if widest.scope == EVERYTHING else f"The {kind} {name.replace('_', ' ')}",
        "who": widest.by,
        "when": widest.at,
        "why": widest.why,
        "until": widest.until,
        "waits": until + more,
    }


def _width(switch: Switch) -> tuple[int, str]:
    kinds = (EVERYTHING, "stage", "source")
    kind = switch.scope.partition(":")[0]
    return (kinds.index(kind) if kind in kinds else len(kinds), switch.scope)


def badges_of(waiting: dict[str, int], stopped: dict[str, int]) -> dict[str, int]:
    """Return the badges of these counts (of `waiting_rows` and `stopped_rows`); the next pages show the same."""
    badges = waiting | {
        "overview": sum((waiting | stopped).values()),
        "leads": waiting["review"],
        "sites": waiting["wanted"],
        "inbox": waiting["answers"],
        "campaigns": waiting["uncertain"],
    }
    cache.set("shell:badges", badges, CACHED_FOR)
    return badges


def _count_badges() -> dict[str, int]:
    waiting, stopped = waiting_rows(), stopped_rows()
    counts = count_each(waiting | stopped)
    return badges_of({name: counts[name] for name in waiting}, {name: counts[name] for name in stopped})


def _is_sample_only() -> bool:
    sources = set(Territory.objects.values_list("source", flat=True).distinct())
    return sources == {SampleTown.name}


def _cached(name: str, make: Callable[[], Any]) -> Any:
    return cache.get_or_set(f"shell:{name}", make, CACHED_FOR)
