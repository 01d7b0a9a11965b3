"""Claims: taking a row for one worker, finishing it, and freeing the rows of the dead.

The attempt is counted in the claim, before any work, so that a row that kills its worker is counted too.
Finishing is a compare-and-swap on the claim, so a worker that was paused cannot overwrite its successor.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from pipeline import budgets, faults, incidents, liveness, switches
from pipeline.errors import (
    BadData,
    BudgetSpent,
    LostClaim,
    NotYet,
    SourcePaused,
    SwitchedOff,
    Transient,
    Uncertain,
    error_text,
)
from pipeline.models import ErrorKind, WorkItem
from pipeline.stages import Stage, Wait
from pipeline.states import StaleState, check_transition, label, record, swap

logger = logging.getLogger(__name__)

REOPEN_LIMIT = 3
REOPEN_PAUSE = timedelta(days=1)
# A row that is handed back lets the others go first: at the head of the queue it would block them.
RETURN_PAUSE = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=7)
# So many due rows of a lane one claim looks at, where those before them have to wait.
MOST_LOOKS = 20
# Which failed rows get another round of tries; the others wait for a person.
PASSES = Q(error_kind__in=[ErrorKind.TRANSIENT, ErrorKind.STUCK], reopened_count__lt=REOPEN_LIMIT)


def claim(stage: Stage, *, now: datetime, by: str, pk: int | None = None) -> WorkItem | None:
    """Take one due row (or the row `pk`, if it is due) for this process; None when there is none.

    Raises SwitchedOff or BudgetSpent when the stage may not run at all.
    """
    switches.check_on(stage.switch, now=now)
    owner = liveness.current_owner()
    lanes = stage.lanes(now) if pk is None else (Q(pk=pk),)
    for lane in lanes:
        for _ in range(MOST_LOOKS):
            row, wait = _take_next(stage, lane, owner, now=now, by=by)
            if row is not None:
                faults.point("claim.taken")
                return row
            if wait is None or wait.ends_lane:
                break
    return None


def finish(
    stage: Stage, row: WorkItem, to: str, *, now: datetime, by: str, reason: str = "", **fields: Any
) -> None:
    """End the work on a claimed row: it becomes `to` with `fields`, free for the next stage.

    Raises LostClaim when the row is no longer held by this claim.
    """
    fresh = {
        "attempts": 0,
        "next_attempt_at": now,
        "claimed_by": "",
        "claimed_at": None,
        "error_kind": "",
        "last_error": "",
        "reopened_count": 0,
    }
    _let_go(stage, row, to, now=now, by=by, reason=reason, fields=fresh | fields)


def fail(stage: Stage, row: WorkItem, error: BaseException, *, now: datetime, by: str) -> str:
    """End the work on a claimed row after `error`: try again later, hand it back, or stop.

    Returns what was done: "retried", "returned" (no attempt burnt), "uncertain" or "failed". Raises LostClaim
    like `finish`.
    """
    if isinstance(error, (OperationalError, InterfaceError)):
        error = Transient(f"The database failed: {error}")
    if isinstance(error, SourcePaused):
        pause_source(error, now)
    if isinstance(error, (SwitchedOff, BudgetSpent, SourcePaused, NotYet)):
        pause = _seconds(getattr(error, "retry_after", None)) or RETURN_PAUSE
        hand_back(stage, row, now=now, by=by, reason=error_text(error), pause=pause)
        return "returned"
    if isinstance(error, Transient) and row.attempts < stage.max_attempts:
        delay = max(stage.retry_delay, _seconds(error.retry_after))
        fields = {"next_attempt_at": now + delay, "claimed_by": "", "claimed_at": None}
        fields |= {"error_kind": ErrorKind.TRANSIENT, "last_error": error_text(error)}
        _let_go(stage, row, stage.ready, now=now, by=by, reason=error_text(error), fields=fields)
        return "retried"
    if isinstance(error, Uncertain) and stage.uncertain:
        fields = {"claimed_by": "", "claimed_at": None}
        fields |= {"error_kind": ErrorKind.UNCERTAIN, "last_error": error_text(error)}
        _let_go(stage, row, stage.uncertain, now=now, by=by, reason=error_text(error), fields=fields)
        return "uncertain"
    _stop(stage, row, error, now=now, by=by)
    return "failed"


def hand_back(
    stage: Stage,
    row: WorkItem,
    *,
    now: datetime,
    by: str,
    reason: str,
    pause: timedelta = RETURN_PAUSE,
) -> None:
    """Return a claimed row as if it had never been taken: attempt and budget are given back.

    It is due again after `pause`. Raises LostClaim like `finish`; then nothing is given back.
    """
    taken_at = row.claimed_at
    fields = {"attempts": row.attempts - 1, "next_attempt_at": now + pause}
    fields |= {"claimed_by": "", "claimed_at": None}
    with transaction.atomic():
        _let_go(stage, row, stage.ready, now=now, by=by, reason=reason, fields=fields)
        if stage.budget and taken_at:
            budgets.give_back(stage.budget, 1, taken_at=taken_at)


def free_dead(stage: Stage, *, now: datetime, by: str) -> int:
    """Free the rows whose owner is dead (after a minute) or was never heard of again (after the lease).

    A dead owner's row may be tried again until its attempts are used up; a stuck row becomes what the stage
    says. A row whose owner is known to be alive is never touched. Returns the number of rows freed.
    """
    freed = 0
    old = now - timedelta(seconds=settings.CLAIM_FREE_AFTER)
    lease_over = now - timedelta(seconds=settings.CLAIM_LEASE)
    for row in stage.claimed().filter(claimed_at__lte=old).order_by("claimed_at"):
        alive = liveness.is_alive(row.claimed_by)
        is_over = row.claimed_at is not None and row.claimed_at <= lease_over
        if alive or (alive is None and not is_over):
            continue
        try:
            if alive is None or is_over:
                _free_stuck(stage, row, now=now, by=by)
            else:
                _free_abandoned(stage, row, now=now, by=by)
        except LostClaim:
            continue  # another process freed it, or its worker finished after all
        freed += 1
    return freed


def passes(row: WorkItem) -> bool:
    """Tell whether a failed row gets another round of tries by itself."""
    return row.error_kind in (ErrorKind.TRANSIENT, ErrorKind.STUCK) and row.reopened_count < REOPEN_LIMIT


def reopen(stage: Stage, *, now: datetime, by: str, limit: int) -> int:
    """Give rows that failed for a transient cause another round, oldest first: daily, three times at most."""
    rows = stage.model._base_manager.filter(
        PASSES, Q(status=stage.failed), claimed_by="", status_changed_at__lte=now - REOPEN_PAUSE
    )
    reopened = 0
    for row in rows.order_by("status_changed_at", "pk")[:limit]:
        check_transition(row, stage.ready)
        fields = {
            "attempts": 0,
            "next_attempt_at": now,
            "reopened_count": row.reopened_count + 1,
            "reopened_at": now,
        }
        expected = {"status": stage.failed, "claimed_by": "", "reopened_count": row.reopened_count}
        try:
            swap(row, stage.ready, expected, now=now, by=by, reason="Another round of tries", fields=fields)
        except StaleState:
            continue
        reopened += 1
    return reopened


def _take_next(
    stage: Stage, lane: Q, owner: str, *, now: datetime, by: str
) -> tuple[WorkItem | None, Wait | None]:
    """Take the first due row of `lane`, or put it off as `admit` says; neither is done where none is due."""
    with transaction.atomic(durable=True):
        rows = stage.due(now).filter(lane)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        row = rows.first()
        if row is None:
            return None, None
        expected = {"status": stage.ready, "claimed_by": "", "attempts": row.attempts}
        same = stage.model._base_manager.filter(pk=row.pk, **expected)
        if stage.admit and (wait := stage.admit(row, now)):
            same.update(**_put_off(stage, wait, now))
            return None, wait
        changed = {"status": stage.busy, "attempts": row.attempts + 1, "claimed_by": owner, "claimed_at": now}
        if _keeps_why(stage):
            changed["waits_for"] = ""
        if stage.busy != stage.ready:
            check_transition(row, stage.busy)
            changed["status_changed_at"] = now
        if same.update(**changed) != 1:
            return None, None  # unreachable behind the row lock; without one, another worker was quicker
        if stage.budget:
            budgets.take(stage.budget, 1, now=now)  # refusing undoes the claim
        if stage.busy != stage.ready:
            record(row, stage.ready, stage.busy, now=now, by=by, reason=f"Try {row.attempts + 1}")
    for name, value in changed.items():
        setattr(row, name, value)
    return row, None


def _put_off(stage: Stage, wait: Wait, now: datetime) -> dict[str, Any]:
    """Return the fields of a row that waits: always for later, or one claim would look at it again and again."""
    fields: dict[str, Any] = {"next_attempt_at": max(wait.until, now + timedelta(seconds=1))}
    if _keeps_why(stage):
        fields["waits_for"] = wait.reason[:200]
    return fields


def _keeps_why(stage: Stage) -> bool:
    return any(field.name == "waits_for" for field in stage.model._meta.fields)


def _free_abandoned(stage: Stage, row: WorkItem, *, now: datetime, by: str) -> None:
    reason = "Its worker died"
    if row.attempts < stage.max_attempts:
        fields = {"claimed_by": "", "claimed_at": None, "next_attempt_at": now}
        fields |= {"error_kind": ErrorKind.TRANSIENT, "last_error": reason}
        _let_go(stage, row, stage.ready, now=now, by=by, reason=reason, fields=fields)
    else:
        _stop(stage, row, Transient(f"{reason}, {row.attempts} times in a row"), now=now, by=by)


def _free_stuck(stage: Stage, row: WorkItem, *, now: datetime, by: str) -> None:
    reason = f"Stuck: taken {row.claimed_at:%Y-%m-%d %H:%M} UTC by a worker that was not heard of again"
    to = stage.stuck(row)
    if to == stage.ready and row.attempts >= stage.max_attempts:
        to = stage.failed
    fields = {"claimed_by": "", "claimed_at": None, "next_attempt_at": now}
    fields |= {"error_kind": ErrorKind.STUCK, "last_error": reason}
    _let_go(stage, row, to, now=now, by=by, reason=reason, fields=fields)


def _stop(stage: Stage, row: WorkItem, error: BaseException, *, now: datetime, by: str) -> None:
    kinds = {
        Transient: ErrorKind.TRANSIENT,
        Uncertain: ErrorKind.UNCERTAIN,
        BadData: ErrorKind.BAD_DATA,
    }
    kind = next((kind for cause, kind in kinds.items() if isinstance(error, cause)), ErrorKind.BUG)
    fields = {"claimed_by": "", "claimed_at": None, "error_kind": kind, "last_error": error_text(error)}
    _let_go(stage, row, stage.failed, now=now, by=by, reason=error_text(error), fields=fields)
    if kind == ErrorKind.BUG:
        logger.error("%s failed on %s", stage.name, label(row), exc_info=error)
        incidents.open_incident(
            "bug",
            f"{stage.name}:{type(error).__name__}",
            title=f"A fault of the software stops {stage.name}",
            detail=f"{label(row)}: {error_text(error)}",
            now=now,
            severity="critical",
        )


def _let_go(
    stage: Stage, row: WorkItem, to: str, *, now: datetime, by: str, reason: str, fields: dict[str, Any]
) -> None:
    if to != row.status:
        check_transition(row, to)
    expected = {"status": stage.busy, "claimed_by": row.claimed_by, "attempts": row.attempts}
    try:
        swap(row, to, expected, now=now, by=by, reason=reason, fields=fields)
    except StaleState as error:
        raise LostClaim(f"{label(row)} is no longer held by this worker") from error


def pause_source(error: SourcePaused, now: datetime) -> None:
    """Pause the source for every row: for a while where one is named, else until a person resumes it."""
    until = now + _seconds(error.retry_after) if error.retry_after else None
    switches.pause(f"source:{error.source}", by="pipeline", why=error.reason, now=now, until=until)
    if until is None:
        incidents.open_incident(
            "source_paused",
            error.source,
            title=f"The source {error.source} is paused",
            detail=f"{error.reason}. Nothing asks it until you resume it under Switches.",
            now=now,
        )


def _seconds(wait: float | None) -> timedelta:
    """Return a wait that another side asked for, within reason: it may have said a million years."""
    return timedelta(seconds=min(max(0.0, wait or 0.0), LONGEST_WAIT.total_seconds()))
