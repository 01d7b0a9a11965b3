"""The doctor: invariants as queries, the same for production and for every crash test.

A room registers its own in `<room>/invariants.py`; each yields one sentence per violation.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DecimalField, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.module_loading import autodiscover_modules

from pipeline import liveness
from pipeline.budgets import budget_day
from pipeline.models import Budget, Effect, ScheduleSlot
from pipeline.states import label, work_item_models

Check = Callable[[datetime], Iterable[str]]


@dataclass(frozen=True)
class Invariant:
    """One thing that must always be true; `cheap` ones are asked in every cycle."""

    name: str
    check: Check
    cheap: bool


@dataclass(frozen=True)
class Finding:
    """One violation of one invariant."""

    invariant: str
    text: str


_invariants: dict[str, Invariant] = {}


def invariant(*, cheap: bool = True) -> Callable[[Check], Check]:
    """Register a check under its function's name."""

    def register(check: Check) -> Check:
        name = f"{check.__module__.split('.')[0]}.{check.__name__}"
        _invariants[name] = Invariant(name, check, cheap)
        return check

    return register


def examine(*, now: datetime, cheap_only: bool = False) -> list[Finding]:
    """Ask every invariant and return the violations."""
    autodiscover_modules("invariants")
    return [
        Finding(each.name, text)
        for each in _invariants.values()
        if each.cheap or not cheap_only
        for text in each.check(now)
    ]


def invariant_names() -> list[str]:
    """Return the names of all invariants, in the order they are asked."""
    autodiscover_modules("invariants")
    return list(_invariants)


@invariant()
def done_effect_is_settled(now: datetime) -> Iterator[str]:
    """A done effect has its time; one that was called has an attempt counted."""
    for effect in Effect.objects.filter(status="done").filter(Q(settled_at__isnull=True) | Q(calls=0))[:20]:
        yield f"{effect} is done but was never called or settled"


@invariant()
def calling_effect_has_live_owner(now: datetime) -> Iterator[str]:
    """No call is left open by a dead worker for longer than it takes to free it twice over."""
    old = now - timedelta(seconds=settings.CLAIM_FREE_AFTER * 4)
    for effect in Effect.objects.filter(status="calling", called_at__lte=old)[:20]:
        if liveness.is_alive(effect.owner) is False:
            yield f"{effect} was begun at {effect.called_at} by a worker that is dead"


@invariant()
def claim_has_live_owner(now: datetime) -> Iterator[str]:
    """No row is held by a dead worker for longer than it takes to free it twice over."""
    old = now - timedelta(seconds=settings.CLAIM_FREE_AFTER * 4)
    for model in work_item_models():
        for row in model._base_manager.exclude(claimed_by="").filter(claimed_at__lte=old)[:20]:
            if liveness.is_alive(row.claimed_by) is False:
                yield f"{label(row)} is held by {row.claimed_by}, which is dead"


@invariant(cheap=False)
def budget_matches_ledger(now: datetime) -> Iterator[str]:
    """Nothing is reserved without an open call, and no day went over its limit by reservations."""
    for budget in Budget.objects.filter(day=budget_day(now), reserved__gt=0):
        open_calls = Effect.objects.filter(status="calling", budget=budget.name).aggregate(
            total=Coalesce(Sum("reserved"), 0, output_field=DecimalField())
        )["total"]
        if budget.reserved != open_calls:
            yield f"{budget} has {budget.reserved} reserved, its open calls {open_calls}"


@invariant()
def slots_end(now: datetime) -> Iterator[str]:
    """A slot that was due a day ago has ended in some way."""
    old = now - timedelta(days=1)
    stale = ScheduleSlot.objects.filter(status__in=["due", "running"], slot__lt=old)
    for slot in stale.exclude(status="running", started_at__gt=F("slot") + timedelta(days=1))[:20]:
        yield f"{slot} is still {slot.status}"
