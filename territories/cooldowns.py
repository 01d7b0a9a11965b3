"""Cooldowns: a scraped leaf rests, then it is looked at again for what is new, changed or closed."""

from django.db import transaction
from django.db.models import QuerySet

from pipeline import claims, states
from pipeline.runner import Run, StageResult
from territories.coverage import SCRAPE
from territories.models import CoverageGrid
from territories.rollup import make_due, settle_ancestors


def reset_expired_cooldowns(run: Run) -> StageResult:
    """Make cells whose cooldown is over pending again, and give cells that failed for a passing cause a new round."""
    result = StageResult("cooldowns")
    now = run.now()
    cooled = CoverageGrid.objects.filter(
        status=CoverageGrid.Status.COOLDOWN, cooldown_until__lte=now, claimed_by=""
    )
    for cell in cooled.order_by("cooldown_until", "pk").iterator():
        if not run.may_begin():
            result.ended = "stopped"
            return result
        try:
            make_due(cell, now=now, by=run.by, reason="Cooldown over", cycle=cell.cycle + 1, reopened_count=0)
        except states.StaleState:
            continue  # staff made it pending a moment ago
        result.rows["reset"] += 1
    reopened = claims.reopen(SCRAPE, now=now, by=run.by, limit=1000)
    if reopened:
        _settle_above(CoverageGrid.objects.filter(reopened_at=now, parent__isnull=False))
        result.rows["reopened"] = reopened
    return result


def _settle_above(cells: QuerySet[CoverageGrid]) -> None:
    for cell in cells:
        with transaction.atomic():
            settle_ancestors(cell)
