"""Kill switches, read before every claim and every effect; what cannot be read counts as stopped."""

from datetime import datetime

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.db.models import Q, QuerySet

from pipeline.errors import SwitchedOff, storable
from pipeline.models import Switch, TimelineEntry
from pipeline.queue import QUEUES

EVERYTHING = "everything"
ON, PAUSED = "on", "paused"  # as the timeline has them


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


def pause(scope: str, *, by: str, why: str, now: datetime, until: datetime | None = None) -> bool:
    """Pause `scope`; one that ends by itself never shortens one that lasts longer or waits for a person.

    Returns whether it took effect: False where a longer pause holds already.
    """
    fields = {"paused": True, "until": until, "by": by[:120], "at": now, "why": why[:300]}
    with transaction.atomic():
        switch, _ = Switch.objects.get_or_create(scope=scope)
        rows = Switch.objects.filter(pk=switch.pk)
        if until is not None:
            rows = rows.filter(Q(paused=False) | Q(until__lte=until))
        if not rows.update(**fields):
            return False
        ends = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "until a person resumes it"
        _record(switch, PAUSED, now=now, by=by, why=f"{why[:300]} ({ends})")
    return True


def resume(scope: str, *, by: str, now: datetime, why: str = "") -> bool:
    """Let `scope` run again; returns False where it was not paused."""
    with transaction.atomic():
        switch = Switch.objects.filter(scope=scope, paused=True).first()
        fields = {"paused": False, "until": None, "by": by[:120], "at": now, "why": ""}
        if switch is None or not Switch.objects.filter(pk=switch.pk, paused=True).update(**fields):
            return False
        _record(switch, ON, now=now, by=by, why=why)
    return True


def history(*, limit: int) -> list[tuple[str, TimelineEntry]]:
    """Return the last `limit` pauses and resumptions with their scopes, newest first."""
    scopes = dict(Switch.objects.values_list("pk", "scope"))
    of_switches = TimelineEntry.objects.filter(model=Switch._meta.label_lower, row_id__in=scopes)
    return [(scopes[entry.row_id], entry) for entry in of_switches.order_by("-at", "-pk")[:limit]]


def _record(switch: Switch, to: str, *, now: datetime, by: str, why: str) -> None:
    """Keep who paused or resumed: the row of the switch only knows the last one."""
    TimelineEntry.objects.create(
        model=Switch._meta.label_lower,
        row_id=switch.pk,
        from_status=PAUSED if switch.paused else ON,
        to_status=to,
        at=now,
        by=by[:120],
        reason=storable(why),
    )


def _paused(now: datetime) -> QuerySet[Switch]:
    return Switch.objects.filter(Q(until__isnull=True) | Q(until__gt=now), paused=True)
