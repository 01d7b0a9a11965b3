"""The inbox: a message from outside is stored under its own id, answered after the commit, and applied later.

A sender that repeats itself (webhooks do, dozens of times) changes nothing; a message that cannot be applied
waits as a failed row for a person.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from pipeline import claims, states
from pipeline.errors import BadData, storable
from pipeline.models import InboundEvent
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage

Handler = Callable[[InboundEvent, Run], None]

_handlers: dict[str, Handler] = {}

APPLY = Stage(
    name="apply_inbox",
    queue="monitoring",
    model=InboundEvent,
    ready=InboundEvent.Status.RECEIVED,
    busy=InboundEvent.Status.APPLYING,
    failed=InboundEvent.Status.FAILED,
    retries=5,
    retry_delay=timedelta(minutes=1),
    stuck=lambda row: InboundEvent.Status.RECEIVED,
)


def handles(source: str) -> Callable[[Handler], Handler]:
    """Register the function that applies the events of `source`; it must bear being called twice."""

    def register(handler: Handler) -> Handler:
        _handlers[source] = handler
        return handler

    return register


def store(source: str, external_id: str, *, body: str, headers: dict[str, str], now: datetime) -> bool:
    """Keep an event whose sender was verified; False when it is known. Answer 200 only after this returns."""
    _, is_new = InboundEvent.objects.get_or_create(
        source=source,
        external_id=external_id,
        defaults={"body": storable(body), "headers": headers, "received_at": now, "next_attempt_at": now},
    )
    return is_new


def apply_events(run: Run, *, limit: int) -> StageResult:
    """Apply received events, oldest first."""
    return run_stage(APPLY, _apply, run, limit=limit)


def apply_again(event: InboundEvent, *, now: datetime, by: str, why: str) -> None:
    """Let a failed event be applied once more; raises StaleState or IllegalTransition."""
    fresh: dict[str, Any] = {"attempts": 0, "next_attempt_at": now, "reopened_count": 0}
    states.move(event, InboundEvent.Status.RECEIVED, now=now, by=by, reason=why, **fresh)


def _apply(event: InboundEvent, run: Run) -> str:
    handler = _handlers.get(event.source)
    if handler is None:
        raise BadData(f"Nothing here applies events of {event.source}")
    with transaction.atomic():
        handler(event, run)
        claims.finish(APPLY, event, InboundEvent.Status.APPLIED, now=run.now(), by=run.by)
    return "done"
