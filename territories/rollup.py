"""What a split cell's parts make of it: complete when all of them are, and never before."""

from datetime import datetime
from typing import Any

from django.db import transaction

from pipeline import states
from territories.models import CoverageGrid

Coverage = CoverageGrid.Coverage
Status = CoverageGrid.Status


def settle_ancestors(cell: CoverageGrid) -> None:
    """Bring the coverage of every cell above `cell` up to date; call this in the transaction that changed it.

    The parent is locked before its parts are read, so of two parts that end at once the later one sees both.
    """
    parent_id = cell.parent_id
    while parent_id:
        parent = CoverageGrid.objects.select_for_update(no_key=True).get(pk=parent_id)
        coverage, reason = _coverage_of_parts(parent)
        if (parent.coverage, parent.coverage_reason) != (coverage, reason):
            CoverageGrid.objects.filter(pk=parent.pk).update(coverage=coverage, coverage_reason=reason)
        if parent.coverage == coverage:
            return  # nothing changes for the cells above
        parent_id = parent.parent_id


def make_due(cell: CoverageGrid, *, now: datetime, by: str, reason: str, **fields: Any) -> None:
    """Make an unclaimed leaf pending; until it is done again, nobody knows whether it is covered.

    Raises StaleState or IllegalTransition like `states.move`.
    """
    fresh = {"attempts": 0, "next_attempt_at": now, "cooldown_until": None}
    fresh |= {"coverage": Coverage.UNKNOWN, "coverage_reason": ""}
    with transaction.atomic():
        states.move(cell, Status.PENDING, now=now, by=by, reason=reason, **fresh | fields)
        settle_ancestors(cell)


def show_failed(*, limit: int) -> None:
    """Let up to `limit` failed cells show in the cells above them, where they do not yet."""
    failed = CoverageGrid.objects.filter(status=Status.FAILED, parent__isnull=False)
    for cell in failed.exclude(parent__coverage=Coverage.UNRESOLVED)[:limit]:
        with transaction.atomic():
            settle_ancestors(cell)


def _coverage_of_parts(parent: CoverageGrid) -> tuple[str, str]:
    parts = list(parent.children.values_list("status", "coverage"))
    failed = sum(status == Status.FAILED for status, _ in parts)
    incomplete = sum(
        coverage == Coverage.UNRESOLVED and status != Status.FAILED for status, coverage in parts
    )
    if failed or incomplete:
        return (
            Coverage.UNRESOLVED,
            f"Of its {len(parts)} parts {incomplete} stayed incomplete, {failed} failed",
        )
    if all(coverage == Coverage.COMPLETE for _, coverage in parts):
        return Coverage.COMPLETE, ""
    return Coverage.UNKNOWN, ""
