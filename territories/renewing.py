"""A territory whose source has become another: its rectangle grows, and every cell is asked anew."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from pipeline import states
from territories.models import CoverageGrid, Territory
from territories.rollup import make_due
from territories.splitting import Bounds

Status = CoverageGrid.Status


def renew_territory(territory: Territory, bounds: Bounds, *, now: datetime, by: str, why: str) -> None:
    """Let the territory own `bounds` (degrees) beside what it owns, and ask each of its cells in a pass of its own.

    Raises StaleState, and writes nothing, while a worker holds one of them.
    """
    with transaction.atomic():
        for leaf in territory.grids.exclude(status=Status.SPLIT).select_for_update():
            _ask_anew(leaf, now=now, by=by, why=why)
        _widen(territory, bounds)


def _ask_anew(leaf: CoverageGrid, *, now: datetime, by: str, why: str) -> None:
    # Whatever this pass has asked for already was answered by the source as it was.
    if leaf.status in (Status.COOLDOWN, Status.FAILED):
        make_due(leaf, now=now, by=by, reason=why, cycle=leaf.cycle + 1)
        return
    free = CoverageGrid.objects.filter(pk=leaf.pk, status=Status.PENDING, claimed_by="")
    if not free.update(next_attempt_at=now, attempts=0, cycle=F("cycle") + 1):
        raise states.StaleState(f"{states.label(leaf)} is held by a worker")


def _widen(territory: Territory, bounds: Bounds) -> None:
    """Move the territory's borders outwards, and with each border those of the cells that lie along it."""
    old = Bounds(territory.south, territory.west, territory.north, territory.east)
    new = Bounds(
        min(old.south, bounds.south),
        min(old.west, bounds.west),
        max(old.north, bounds.north),
        max(old.east, bounds.east),
    )
    for side in Bounds._fields:
        before, after = getattr(old, side), getattr(new, side)
        if before != after:
            territory.grids.filter(**{side: before}).update(**{side: after})
            setattr(territory, side, after)
    territory.save(update_fields=Bounds._fields)
