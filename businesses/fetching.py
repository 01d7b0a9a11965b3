"""Fetching: one cell's source is asked, within its budgets, and the raw answer is kept before anyone reads it.

Every call is an effect. Asking a free source again does no harm; a call that costs money and of which nobody can
tell whether it happened waits for a person. A source that answers later is asked in two effects: the order, which
costs, and the collection of its answer, which is repeated until it is there.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from businesses.categories import trades_of
from businesses.sources.base import CellAnswer, OrderedSource, Rectangle, Source
from pipeline import budgets, effects, states
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, BudgetSpent, NotYet, SourcePaused
from pipeline.models import Effect
from pipeline.runner import Run
from territories.coverage import SCRAPE
from territories.models import CoverageGrid


@dataclass(frozen=True)
class Fetched:
    """The answer for a cell: its text as it came, the calls and the money (USD) it took, the age of its data.

    `unspent` is what an order that was paid in advance did not cost in the end; it was drawn on `drawn_at`.
    """

    body: str
    calls: int
    cost: Decimal
    data_at: datetime | None
    unspent: Decimal = Decimal(0)
    drawn_at: datetime | None = None


def fetch_cell(cell: CoverageGrid, source: Source, run: Run) -> Fetched:
    """Return the source's answer for the cell, asking for it only where this pass has none yet.

    Raises NotYet while an ordered answer is not there, SourcePaused when a budget of the source is spent, and
    what the source raises.
    """
    for name in (source.calls_budget, source.money_budget):
        if name and name not in settings.DAY_BUDGETS:
            raise SourcePaused(source.name, f"it is no longer set up: there is no day budget {name}")
    try:
        if isinstance(source, OrderedSource):
            return _collect(cell, source, _order(cell, source, run), run)
        return _search(cell, source, run)
    except BudgetSpent as spent:
        _, ends = budgets.day_bounds(budgets.budget_day(run.now()))
        wait = (ends - run.now()).total_seconds()
        raise SourcePaused(source.name, str(spent), retry_after=wait) from spent


def categories_of(cell: CoverageGrid) -> tuple[str, ...]:
    """Return the trades to ask for: those of the cell's group, those of its territory, () for all."""
    wanted = tuple(cell.territory.categories)
    if not cell.trades:
        return wanted
    return tuple(trade for trade in trades_of(cell.trades) if not wanted or trade in wanted)


def groups_of(cell: CoverageGrid, source: Source) -> tuple[str, ...]:
    """Return the groups of trades by which the cell could be split: those with a trade that is wanted."""
    wanted = set(cell.territory.categories)
    return tuple(group for group in source.trade_groups if not wanted or wanted & set(trades_of(group)))


def source_call(source: Source, act: str = "") -> EffectKind:
    """Return the kind of a call to `source`; `act` is "order" or "collect" where it is asked in two steps."""
    costs = source.cost_per_call > 0 and act != "collect"
    policy = Policy.PARK if costs else Policy.IDEMPOTENT
    name = f"scrape.{source.name}{f'.{act}' if act else ''}"
    return EffectKind(name, policy, (SCRAPE.switch, f"source:{source.name}"))


def rectangle_of(cell: CoverageGrid) -> Rectangle:
    """Return the cell as sources know it."""
    return Rectangle(cell.south, cell.west, cell.north, cell.east)


def _search(cell: CoverageGrid, source: Source, run: Run) -> Fetched:
    def call(effect: Effect) -> Outcome:
        answer = source.search(rectangle_of(cell), categories=categories_of(cell))
        _draw_further_calls(source, answer.calls - 1, run)
        return Outcome(response=answer.body, reference=_told(answer), cost=answer.cost)

    kind = source_call(source)
    effect = _plan(kind, cell, source, run, _request(cell, source), pays=True)
    effect = effects.run(kind, effect, call, now=run.now, gate=lambda: _draw_call(source, run))
    return _fetched(effect, cost=effect.cost)


def _order(cell: CoverageGrid, source: OrderedSource, run: Run) -> Effect:
    """Place the order, once a pass; what it costs is settled with its answer."""

    def call(effect: Effect) -> Outcome:
        reference = source.order(rectangle_of(cell), categories=categories_of(cell))
        return Outcome(reference=reference, cost=source.cost_per_call)

    kind = source_call(source, "order")
    effect = _plan(kind, cell, source, run, _request(cell, source), pays=True, step=":order")
    return effects.run(kind, effect, call, now=run.now, gate=lambda: _draw_call(source, run))


def _collect(cell: CoverageGrid, source: OrderedSource, order: Effect, run: Run) -> Fetched:
    if not order.reference:
        raise BadData("The order was placed, but its reference was lost; scraping again orders anew")

    def call(effect: Effect) -> Outcome:
        answer = source.collect(order.reference)
        if answer is None:
            raise NotYet(f"{source.title} is still at work on the order", retry_after=source.collect_after)
        return Outcome(response=answer.body, reference=_told(answer), cost=answer.cost - order.cost)

    kind = source_call(source, "collect")
    effect = _plan(kind, cell, source, run, {"order": order.reference}, step=":collect")
    effect = effects.run(kind, effect, call, now=run.now)
    fetched = _fetched(effect, cost=order.cost + effect.cost)
    return replace(fetched, unspent=max(-effect.cost, Decimal(0)), drawn_at=order.called_at)


def _plan(
    kind: EffectKind,
    cell: CoverageGrid,
    source: Source,
    run: Run,
    request: dict[str, Any],
    *,
    pays: bool = False,
    step: str = "",
) -> Effect:
    draws = pays and source.cost_per_call > 0
    return effects.plan(
        kind,
        f"scrape:{cell.pk}:{cell.cycle}{step}",
        subject=states.label(cell),
        request=request,
        now=run.now(),
        budget=source.money_budget if draws else "",
        reserve=source.cost_per_call if draws else Decimal(0),
    )


def _request(cell: CoverageGrid, source: Source) -> dict[str, Any]:
    return {
        "source": source.name,
        "cell": [cell.south, cell.west, cell.north, cell.east],
        "trades": categories_of(cell),
    }


def _draw_call(source: Source, run: Run) -> None:
    if source.calls_budget:
        budgets.take(source.calls_budget, 1, now=run.now())


def _draw_further_calls(source: Source, calls: int, run: Run) -> None:
    """Draw the calls that one answer took beyond the first, as far as the day goes: they have been made."""
    if not source.calls_budget:
        return
    for _ in range(calls):
        with suppress(BudgetSpent):
            budgets.take(source.calls_budget, 1, now=run.now())


def _told(answer: CellAnswer) -> str:
    """Return what the answer says beside its body, for the ledger's reference."""
    at = answer.data_timestamp.isoformat() if answer.data_timestamp else ""
    return json.dumps({"calls": answer.calls, "data_at": at})


def _fetched(effect: Effect, *, cost: Decimal) -> Fetched:
    told = json.loads(effect.reference or "{}")  # a person who settled the call has told nothing
    at = told.get("data_at")
    return Fetched(
        body=effect.response,
        calls=told.get("calls", effect.calls),
        cost=cost,
        data_at=_aware(datetime.fromisoformat(at)) if at else None,
    )


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
