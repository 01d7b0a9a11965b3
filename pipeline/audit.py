"""The audit log of what staff ask for: one entry a row, beside the row's own timeline, who and why."""

from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model


def record_act(user_id: int | None, rows: Sequence[Model], act: str, *, why: str = "") -> None:
    """Write into the log of the back office that a person did `act` to `rows`; nothing for nobody's act."""
    if user_id is None or not rows:
        return
    said = f"{act}: {why}" if why else act
    LogEntry.objects.log_actions(user_id, rows, CHANGE, said)
