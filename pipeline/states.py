"""Moving rows between states: compare-and-swap, with a timeline entry in the same transaction."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction

from pipeline.errors import storable
from pipeline.models import TimelineEntry, WorkItem


class IllegalTransition(Exception):
    """The model's table does not know this move: a bug in the caller."""


class StaleState(Exception):
    """Somebody else moved or holds the row; nothing was written."""


def check_transition(row: WorkItem, to: str) -> None:
    """Raise IllegalTransition unless the table of the row's model allows it to become `to`."""
    if to not in type(row).TRANSITIONS.get(row.status, ()):
        raise IllegalTransition(f"{label(row)} cannot go from {row.status} to {to}")


def move(row: WorkItem, to: str, *, now: datetime, by: str, reason: str = "", **fields: Any) -> None:
    """Move an unclaimed row to `to`, setting `fields` with it.

    Raises IllegalTransition, or StaleState when the row is no longer as it was read or a worker holds it.
    """
    check_transition(row, to)
    swap(row, to, {"status": row.status, "claimed_by": ""}, now=now, by=by, reason=reason, fields=fields)


def swap(
    row: WorkItem,
    to: str,
    expected: dict[str, Any],
    *,
    now: datetime,
    by: str,
    reason: str,
    fields: dict[str, Any],
) -> None:
    """Write `to` and `fields` if the stored row still matches `expected`; the one writer of every status.

    Raises StaleState when it does not. `row` is brought up to date in memory only on success.
    """
    before = row.status
    changed = {"status": to, **fields}
    if to != before:
        changed["status_changed_at"] = now
    with transaction.atomic():
        if type(row)._base_manager.filter(pk=row.pk, **expected).update(**changed) != 1:
            raise StaleState(f"{label(row)} was changed by somebody else")
        if to != before:
            record(row, before, to, now=now, by=by, reason=reason)
    for name, value in changed.items():
        setattr(row, name, value)


def record(row: WorkItem, before: str, to: str, *, now: datetime, by: str, reason: str) -> None:
    """Write one line of the row's timeline."""
    TimelineEntry.objects.create(
        model=row._meta.label_lower,
        row_id=row.pk,
        from_status=before,
        to_status=to,
        at=now,
        by=by[:120],
        reason=storable(reason)[:500],
    )


def label(row: WorkItem) -> str:
    """Return the row's name in messages and effects: app.model:id."""
    return f"{row._meta.label_lower}:{row.pk}"


def work_item_models() -> Iterator[type[WorkItem]]:
    """Yield every model with a transition table, in the order of the rooms."""
    for model in apps.get_models():
        if issubclass(model, WorkItem):
            yield model
