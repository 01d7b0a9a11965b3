"""The doctor: invariants as queries, the same for production and for every crash test.

A room registers its own in `<room>/invariants.py`; each yields one sentence per violation.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Round
from django.utils.module_loading import autodiscover_modules

from pipeline import liveness
from pipeline.budgets import budget_day, day_bounds
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
    _discover()
    return [
        Finding(each.name, text)
        for each in _invariants.values()
        if each.cheap or not cheap_only
        for text in each.check(now)
    ]


def invariant_names() -> list[str]:
    """Return the names of all invariants, in the order they are asked."""
    _discover()
    return list(_invariants)


@cache
def _discover() -> None:
    autodiscover_modules("invariants")


@invariant()
def done_effect_is_settled(now: datetime) -> Iterator[str]:
    """A done effect has its time; one that was called has an attempt counted."""
    for effect in Effect.objects.filter(status="done").filter(Q(settled_at__isnull=True) | Q(calls=0))[:20]:
        yield f"{effect} is done but was never called or settled"


@invariant()
def calling_effect_has_live_owner(now: datetime) -> Iterator[str]:
    """No call is left open by a dead worker for longer than it takes to free it twice over."""
    calls = Effect.objects.filter(status="calling", called_at__lte=now - _free_after())
    for owner in calls.values_list("owner", flat=True).distinct():
        if liveness.is_alive(owner) is False:
            for effect in calls.filter(owner=owner)[:20]:
                yield f"{effect} was begun at {effect.called_at} by a worker that is dead"


@invariant()
def claim_has_live_owner(now: datetime) -> Iterator[str]:
    """No row is held by a dead worker for longer than it takes to free it twice over."""
    for model in work_item_models():
        held = model._base_manager.exclude(claimed_by="").filter(claimed_at__lte=now - _free_after())
        for owner in held.values_list("claimed_by", flat=True).distinct():
            if liveness.is_alive(owner) is False:
                for row in held.filter(claimed_by=owner)[:20]:
                    yield f"{label(row)} is held by {owner}, which is dead"


@invariant()
def budget_is_not_overdrawn(now: datetime) -> Iterator[str]:
    """No day used and set aside more than its limit."""
    for budget in Budget.objects.filter(day__gte=budget_day(now) - timedelta(days=1)):
        if budget.used + budget.reserved > budget.limit:
            yield f"{budget} has {budget.used} used and {budget.reserved} reserved of {budget.limit}"


@invariant(cheap=False)
def budget_matches_ledger(now: datetime) -> Iterator[str]:
    """What is set aside of a day's budget is what its open calls reserved, no more and no less."""
    recent = Q(reserved__gt=0) | Q(day__gte=budget_day(now) - timedelta(days=1))
    for day in Budget.objects.filter(recent).values_list("day", flat=True).distinct():
        begins, ends = day_bounds(day)
        open_calls = (
            Effect.objects.filter(
                status="calling", budget=OuterRef("name"), called_at__gte=begins, called_at__lt=ends
            )
            .values("budget")
            .annotate(total=Sum("reserved"))
            .values("total")
        )
        # One statement sees one moment, whatever the workers do meanwhile.
        for budget in Budget.objects.filter(day=day).annotate(open=Subquery(open_calls)):
            if budget.reserved != (budget.open or 0):
                yield f"{budget} has {budget.reserved} reserved, its open calls {budget.open or 0}"


@invariant(cheap=False)
def effect_costs_what_was_reserved(now: datetime) -> Iterator[str]:
    """No call cost more than was set aside for it: the estimate of its kind would be wrong."""
    over = Round(F("cost") - F("reserved") * F("calls"), precision=6)
    for effect in Effect.objects.exclude(budget="").annotate(over=over).filter(over__gt=0)[:20]:
        yield f"{effect} cost {effect.cost}, but {effect.reserved} was reserved for each of {effect.calls} calls"


@invariant()
def slots_end(now: datetime) -> Iterator[str]:
    """A slot that was due a day ago has ended in some way."""
    old = now - timedelta(days=1)
    stale = ScheduleSlot.objects.filter(status__in=["due", "running"], slot__lt=old)
    for slot in stale.exclude(status="running", started_at__gt=F("slot") + timedelta(days=1))[:20]:
        yield f"{slot} is still {slot.status}"


def _free_after() -> timedelta:
    return timedelta(seconds=settings.CLAIM_FREE_AFTER * 4)
