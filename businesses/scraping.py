"""Scraping: one cell's source is asked once, its raw answer is kept, and the cell ends with what it held."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from businesses import intake
from businesses.sources.base import ParsedCell, Rectangle, Source
from businesses.sources.registry import UnknownSource, get_source
from pipeline import claims, effects, faults, states
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData
from pipeline.models import Effect
from pipeline.runner import Run, StageResult, run_stage
from territories.coverage import SCRAPE
from territories.models import CoverageGrid


def scrape_grids(run: Run, *, limit: int, pk: int | None = None) -> StageResult:
    """Scrape up to `limit` due cells, or the cell `pk`."""
    return run_stage(SCRAPE, _scrape, run, limit=limit, pk=pk)


def source_call(source: Source) -> EffectKind:
    """Return the kind of a call to `source`: free sources may simply be asked again after a crash."""
    return EffectKind(f"scrape.{source.name}", Policy.IDEMPOTENT, (SCRAPE.switch, f"source:{source.name}"))


def _scrape(cell: CoverageGrid, run: Run) -> str:
    territory = cell.territory
    try:
        source = get_source(territory.source)
    except UnknownSource as error:
        raise BadData(str(error)) from error
    rectangle = Rectangle(cell.south, cell.west, cell.north, cell.east)
    categories = tuple(territory.categories)
    kind = source_call(source)
    effect = effects.plan(
        kind,
        f"scrape:{cell.pk}:{cell.cycle}",
        subject=states.label(cell),
        request={
            "source": source.name,
            "cell": [cell.south, cell.west, cell.north, cell.east],
            "trades": categories,
        },
        now=run.now(),
    )

    def call(effect: Effect) -> Outcome:
        answer = source.search(rectangle, categories=categories)
        return Outcome(response=answer.body, cost=answer.cost)

    effect = effects.run(kind, effect, call, now=run.now)
    parsed = source.parse(effect.response, rectangle)
    _apply(cell, source, parsed, run)
    return "done"


def _apply(cell: CoverageGrid, source: Source, parsed: ParsedCell, run: Run) -> None:
    """Store the listings and end the cell in one transaction, so that a crash leaves neither or both."""
    now = run.now()
    with transaction.atomic():
        stored = intake.store_listings(cell, source, parsed.listings, now=now, by=run.by)
        complete = parsed.complete and not parsed.saturated
        claims.finish(
            SCRAPE,
            cell,
            CoverageGrid.Status.COOLDOWN,
            now=now,
            by=run.by,
            reason=f"{stored}{'' if complete else f'; incomplete: {parsed.reason}'}",
            coverage=CoverageGrid.Coverage.COMPLETE if complete else CoverageGrid.Coverage.UNRESOLVED,
            cooldown_until=now + timedelta(days=settings.COOLDOWN_DAYS),
            scraped_at=now,
            found=len(parsed.listings),
            outside=parsed.outside,
        )
    faults.point("applied")
