"""Claims: taking a row for one worker, finishing it, and freeing the rows of the dead.

The attempt is counted in the claim, before any work, so that a row that kills its worker is counted too.
Finishing is a compare-and-swap on the claim, so a worker that was paused cannot overwrite its successor.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from pipeline import budgets, faults, incidents, liveness, switches
from pipeline.bulk import update_each
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
from pipeline.states import StaleState, check_transition, label, record_all, swap, swap_all

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
    rows = claim_some(stage, now=now, by=by, limit=1, pk=pk)
    return rows[0] if rows else None


def claim_some(
    stage: Stage, *, now: datetime, by: str, limit: int, pk: int | None = None
) -> Sequence[WorkItem]:
    """Take up to `limit` due rows of one lane together; none when there are none. Raises like `claim`.

    A row that was tried before is taken alone: it may be the one that killed the worker of the others.
    """
    switches.check_on(stage.switch, now=now)
    owner = liveness.current_owner()
    lanes = stage.lanes(now) if pk is None else (Q(pk=pk),)
    for lane in lanes:
        looked_at = 0
        while looked_at < MOST_LOOKS:
            # Where the first ones have to wait, it looks further ahead.
            ahead = limit if looked_at == 0 else MOST_LOOKS - looked_at
            looked_at += ahead
            try:
                rows, wait = _take_next(stage, lane, owner, now=now, by=by, limit=limit, ahead=ahead)
            except BudgetSpent:
                if limit == 1:
                    raise
                rows, wait = _take_next(
                    stage, lane, owner, now=now, by=by, limit=1, ahead=1
                )  # the day's last
            if rows:
                faults.point("claim.taken")
                return rows
            if wait is None or wait.ends_lane:
                break
    return []


def finish(
    stage: Stage, row: WorkItem, to: str, *, now: datetime, by: str, reason: str = "", **fields: Any
) -> None:
    """End the work on a claimed row: it becomes `to` with `fields`, free for the next stage.

    Raises LostClaim when the row is no longer held by this claim.
    """
    _let_go(stage, row, to, now=now, by=by, reason=reason, fields=_free(now) | fields)


def finish_all(
    stage: Stage, rows: Sequence[WorkItem], to: str, *, now: datetime, by: str, **fields: Any
) -> set[int]:
    """`finish` for rows that were claimed together; returns the keys of those that were still held.

    `fields` may hold expressions; the rows in memory only learn their status.
    """
    held: set[int] = set()
    for claim_of, group in groupby(rows, key=lambda row: (row.claimed_by, row.claimed_at, row.attempts)):
        same = list(group)
        for row in same:
            check_transition(row, to)
        owner, claimed_at, attempts = claim_of
        expected = {"status": stage.busy, "claimed_by": owner, "claimed_at": claimed_at, "attempts": attempts}
        held |= swap_all(same, to, expected, now=now, by=by, reason="", fields=_free(now) | fields)
    return held


def _free(now: datetime) -> dict[str, Any]:
    """Return the fields of a row that is done with one stage and free for the next."""
    return {
        "attempts": 0,
        "next_attempt_at": now,
        "claimed_by": "",
        "claimed_at": None,
        "error_kind": "",
        "last_error": "",
        "reopened_count": 0,
    }


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
    stage: Stage, lane: Q, owner: str, *, now: datetime, by: str, limit: int, ahead: int
) -> tuple[Sequence[WorkItem], Wait | None]:
    """Take up to `limit` of the first `ahead` due rows of `lane`, and put off those that `admit` refuses.

    Returns the last refusal too, where it took none.
    """
    with transaction.atomic(durable=True):
        rows = stage.due(now).filter(lane)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        due = _that_go_together(rows[:ahead])
        waits = stage.admit(due, now, limit) if stage.admit and due else [None] * min(limit, len(due))
        _put_off(stage, [(row, wait) for row, wait in zip(due, waits, strict=False) if wait], now)
        taken = [row for row, wait in zip(due, waits, strict=False) if wait is None]
        if not taken:
            return [], next((wait for wait in reversed(waits) if wait), None)
        changed = _take(stage, taken, owner, now=now, by=by)
        if changed is None:
            return [], None
    for row in taken:
        for name, value in changed.items():
            setattr(row, name, value)
    return taken, None


def _that_go_together(rows: Iterable[WorkItem]) -> list[WorkItem]:
    """Return the fresh rows at the head, or the first one alone where it was tried before."""
    due = list(rows)
    fresh = list(takewhile(lambda row: row.attempts == 0, due))
    return fresh or due[:1]


def _take(
    stage: Stage, rows: Sequence[WorkItem], owner: str, *, now: datetime, by: str
) -> dict[str, Any] | None:
    """Write that `owner` has the rows, which have been tried as often as each other; returns what they are now.

    None where another worker was quicker with one of them; then the claim's transaction is undone.
    """
    attempts = rows[0].attempts
    changed: dict[str, Any] = {"status": stage.busy, "claimed_by": owner, "claimed_at": now}
    if _keeps_why(stage):
        changed["waits_for"] = ""
    if stage.busy != stage.ready:
        for row in rows:
            check_transition(row, stage.busy)
        changed["status_changed_at"] = now
    keys = [row.pk for row in rows]
    same: dict[str, Any] = {"pk__in": keys, "status": stage.ready, "claimed_by": "", "attempts": attempts}
    changed["attempts"] = attempts + 1
    if stage.model._base_manager.filter(**same).update(**changed) != len(rows):
        # Unreachable behind the row lock; without one, another worker was quicker.
        transaction.set_rollback(True)
        return None
    if stage.budget:
        budgets.take(stage.budget, len(rows), now=now)  # refusing undoes the claim
    if stage.busy != stage.ready:
        reason = f"Try {attempts + 1}"
        record_all(stage.model, keys, stage.ready, stage.busy, now=now, by=by, reason=reason)
    return changed


def _put_off(stage: Stage, rows: Sequence[tuple[WorkItem, Wait]], now: datetime) -> None:
    """Let rows wait: always for later, or one claim would look at them again and again."""
    soon = now + timedelta(seconds=1)
    columns = ("next_attempt_at", "waits_for") if _keeps_why(stage) else ("next_attempt_at",)
    told = [(row.pk, max(wait.until, soon), wait.reason[:200])[: len(columns) + 1] for row, wait in rows]
    update_each(stage.model, columns, told, where={"status": stage.ready, "claimed_by": ""})


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
