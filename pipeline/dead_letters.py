"""Dead letters: failed rows that no retry takes up again. A person asks for another try, or sets them aside.

To set one aside is a line of its timeline and no state: the row stays failed, and counts again when it fails anew.
"""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pipeline import claims
from pipeline.errors import BadData
from pipeline.models import TimelineEntry, WorkItem
from pipeline.states import StaleState, label, record

FAILED: Final = "failed"
SET_ASIDE: Final = "set_aside"  # as the timeline has it


def gave_up[Row: WorkItem](model: type[Row]) -> QuerySet[Row]:
    """Return the failed rows that wait for a person: the cause does not pass, or the rounds of tries are used up."""
    rows: QuerySet[Row] = model._base_manager.filter(~claims.PASSES, status=FAILED)
    return rows.filter(
        ~Exists(_settled(model).filter(row_id=OuterRef("pk"), at__gte=OuterRef("status_changed_at")))
    )


def set_aside(row: WorkItem, *, by: str, why: str, now: datetime) -> None:
    """Let a dead letter rest for good, until somebody asks for another try.

    Raises BadData for a row that did not give up or rests already, StaleState for one that was moved meanwhile.
    """
    if row.status != FAILED or claims.passes(row):
        raise BadData("It did not give up: it goes on by itself")
    with transaction.atomic():
        same = type(row)._base_manager.filter(
            Q(status=FAILED), pk=row.pk, claimed_by="", status_changed_at=row.status_changed_at
        )
        if not same.select_for_update().exists():
            raise StaleState(f"{label(row)} was changed by somebody else")
        if _settled(type(row)).filter(row_id=row.pk, at__gte=row.status_changed_at).exists():
            raise BadData("It is set aside already")
        record(row, FAILED, SET_ASIDE, now=now, by=by, reason=why)


def causes(model: type[WorkItem], *, limit: int) -> list[dict[str, Any]]:
    """Return the newest `limit` dead letters' causes: {error, kind, count, first, last}, the most frequent first."""
    newest = (
        gave_up(model).order_by("-status_changed_at").values("last_error", "error_kind", "status_changed_at")
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in newest[:limit]:
        at = row["status_changed_at"]
        cause = found.setdefault(
            (row["error_kind"], row["last_error"]),
            {"error": row["last_error"], "kind": row["error_kind"], "count": 0, "first": at, "last": at},
        )
        cause["count"] += 1
        cause["first"] = min(cause["first"], at)
    return sorted(found.values(), key=lambda cause: -cause["count"])


def _settled(model: type[WorkItem]) -> QuerySet[TimelineEntry]:
    return TimelineEntry.objects.filter(
        model=model._meta.label_lower, to_status=SET_ASIDE, from_status=FAILED
    )
