"""Kill switches, read before every claim and every effect; what cannot be read counts as stopped."""

from datetime import datetime

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db.models import Q, QuerySet

from pipeline.errors import SwitchedOff
from pipeline.models import Switch
from pipeline.queue import QUEUES

EVERYTHING = "everything"


def known_scopes() -> list[str]:
    """Return every scope that is asked for somewhere; a switch for any other would pause nothing."""
    return [
        EVERYTHING,
        *(f"stage:{name}" for name in QUEUES),
        *(f"source:{name}" for name in (*settings.SOURCES, *settings.PAUSABLE)),
    ]


def check_on(*scopes: str, now: datetime) -> None:
    """Raise SwitchedOff while everything, or one of `scopes` ("stage:NAME", "source:NAME"), is paused."""
    try:
        switch = _paused(now).filter(scope__in=[EVERYTHING, *scopes]).first()
    except DatabaseTrouble as error:
        raise SwitchedOff("The switches cannot be read, so everything is stopped") from error
    if switch:
        until = f", resumes {switch.until:%Y-%m-%d %H:%M} UTC" if switch.until else ""
        raise SwitchedOff(f"Paused ({switch.scope}) by {switch.by}: {switch.why}{until}")


def paused_names(prefix: str, *, now: datetime) -> list[str]:
    """Return the names after `prefix` ("source:") whose switches are paused."""
    scopes = _paused(now).filter(scope__startswith=prefix).values_list("scope", flat=True)
    return [scope.removeprefix(prefix) for scope in scopes]


def pause(scope: str, *, by: str, why: str, now: datetime, until: datetime | None = None) -> None:
    """Pause `scope`; one that ends by itself never shortens one that lasts longer or waits for a person."""
    switch, created = Switch.objects.get_or_create(
        scope=scope, defaults={"paused": True, "until": until, "by": by, "at": now, "why": why[:300]}
    )
    if created:
        return
    rows = Switch.objects.filter(pk=switch.pk)
    if until is not None:
        rows = rows.filter(Q(paused=False) | Q(until__lte=until))
    rows.update(paused=True, until=until, by=by, at=now, why=why[:300])


def resume(scope: str, *, by: str, now: datetime) -> None:
    """Let `scope` run again."""
    Switch.objects.filter(scope=scope).update(paused=False, until=None, by=by, at=now, why="")


def _paused(now: datetime) -> QuerySet[Switch]:
    return Switch.objects.filter(Q(until__isnull=True) | Q(until__gt=now), paused=True)
