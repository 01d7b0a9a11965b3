"""Freeing what dead or lost workers hold, and pruning what nobody reads again."""

from collections import Counter

from businesses import lists
from monitoring.cycle import STAGES
from pipeline import claims, slots
from pipeline.runner import Run, StageResult


def cleanup_stuck(run: Run) -> StageResult:
    """Free rows and slots whose worker is gone; grids, sites and mails stuck for two hours are reset by their rules."""
    now = run.now()
    freed: Counter[str] = Counter()
    for stage in STAGES:
        rows = claims.free_dead(stage, now=now, by=run.by)
        if rows:
            freed[f"freed in {stage.name}"] = rows
    freed_slots = slots.free_dead(now=now)
    if freed_slots:
        freed["slots freed"] = freed_slots
    slots.prune(now=now)
    freed.update(lists.forget_old(now=now))
    return StageResult("cleanup", freed)
