"""Cooldowns: a scraped cell rests, then it is looked at again for what is new, changed or closed."""

from pipeline import claims, states
from pipeline.runner import Run, StageResult
from territories.coverage import SCRAPE
from territories.models import CoverageGrid


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
        fields = {"cycle": cell.cycle + 1, "cooldown_until": None, "attempts": 0, "next_attempt_at": now}
        try:
            states.move(
                cell,
                CoverageGrid.Status.PENDING,
                now=now,
                by=run.by,
                reason="Cooldown over",
                reopened_count=0,
                **fields,
            )
        except states.StaleState:
            continue  # staff made it pending a moment ago
        result.rows["reset"] += 1
    reopened = claims.reopen(SCRAPE, now=now, by=run.by, limit=1000)
    if reopened:
        result.rows["reopened"] = reopened
    return result
