"""Moving rows between states: compare-and-swap, with a timeline entry in the same transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction

from pipeline.bulk import insert_each
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


def move_all(
    model: type[WorkItem], why: Mapping[int, str], to: str, /, *, now: datetime, by: str, **fields: Any
) -> set[int]:
    """Move the unclaimed rows `why` (key to reason) to `to`, setting `fields` with it: `move` for many rows.

    Rows that a worker holds, that are gone or that may not become `to` are left as they are. Returns the keys of
    those that moved.
    """
    moved: set[int] = set()
    changed = {"status": to, "status_changed_at": now, **fields}
    with transaction.atomic():
        for before in [status for status, following in model.TRANSITIONS.items() if to in following]:
            expected = {"pk__in": why, "status": before, "claimed_by": ""}
            rows = model._base_manager.filter(**expected).select_for_update().order_by("pk")
            keys = list(rows.values_list("pk", flat=True))
            model._base_manager.filter(pk__in=keys).update(**changed)
            TimelineEntry.objects.bulk_create(
                _entry(model, key, before, to, now=now, by=by, reason=why[key]) for key in keys
            )
            moved.update(keys)
    return moved


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


def swap_all(
    rows: Sequence[WorkItem],
    to: str,
    expected: dict[str, Any],
    *,
    now: datetime,
    by: str,
    reason: str,
    fields: dict[str, Any],
) -> set[int]:
    """`swap` for rows of one model and one status; returns the keys of those that still matched `expected`.

    `fields` may hold expressions; in memory only the status of the rows is brought up to date.
    """
    if not rows:
        return set()
    model, before = type(rows[0]), rows[0].status
    changed = {"status": to, **fields}
    if to != before:
        changed["status_changed_at"] = now
    with transaction.atomic():
        same = model._base_manager.filter(pk__in=[row.pk for row in rows], **expected)
        keys = list(same.select_for_update().order_by("pk").values_list("pk", flat=True))
        model._base_manager.filter(pk__in=keys).update(**changed)
        if to != before:
            record_all(model, keys, before, to, now=now, by=by, reason=reason)
    moved = set(keys)
    for row in rows:
        if row.pk in moved:
            row.status = to
    return moved


def record(row: WorkItem, before: str, to: str, *, now: datetime, by: str, reason: str) -> None:
    """Write one line of the row's timeline."""
    _entry(type(row), row.pk, before, to, now=now, by=by, reason=reason).save(force_insert=True)


def record_all(
    model: type[WorkItem], keys: Sequence[int], before: str, to: str, *, now: datetime, by: str, reason: str
) -> None:
    """Write one line of the timeline of each row that made the same move."""
    entry = _entry(model, 0, before, to, now=now, by=by, reason=reason)
    columns = [
        field.attname
        for field in TimelineEntry._meta.concrete_fields
        if field.attname not in ("id", "row_id")
    ]
    insert_each(TimelineEntry, "row_id", keys, same={name: getattr(entry, name) for name in columns})


def _entry(
    model: type[WorkItem], key: int, before: str, to: str, *, now: datetime, by: str, reason: str
) -> TimelineEntry:
    return TimelineEntry(
        model=model._meta.label_lower,
        row_id=key,
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
