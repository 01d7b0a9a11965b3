"""Running a stage: claim a row, work on it, settle it, until the limit, the deadline or a stop.

Rows are claimed one at a time by each thread, so a stop or a crash never holds rows that nobody works on.
"""

import copy
import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import connections

from pipeline import claims
from pipeline.clock import SYSTEM_CLOCK, Clock
from pipeline.errors import BudgetSpent, LostClaim, SwitchedOff, Transient
from pipeline.logs import about
from pipeline.models import WorkItem
from pipeline.stages import Stage
from pipeline.states import label

logger = logging.getLogger(__name__)


class StopFlag(Protocol):
    """Whatever can say that no further row may be begun: an Event of threading or of multiprocessing."""

    def is_set(self) -> bool: ...


@dataclass
class Run:
    """The circumstances of one run: whose it is, what time it is, when it must end, who watches.

    `on_row(stage name, row label, result)` is called after each row. `in_hand` holds, per row in work,
    when (monotonic) it was begun: a supervisor reads it to find a row past the hard limit.
    """

    by: str = "worker"
    clock: Clock = SYSTEM_CLOCK
    threads: int = 1
    seconds: float = settings.TASK_SOFT_LIMIT
    stop: StopFlag = field(default_factory=threading.Event)
    on_row: Callable[[str, str, str], None] | None = None
    in_hand: dict[int, float] = field(default_factory=dict)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = self.clock.monotonic() + self.seconds

    def now(self) -> datetime:
        """Return the run's time."""
        return self.clock.now()

    def may_begin(self) -> bool:
        """Tell whether another row may be begun."""
        return not self.stop.is_set() and self.clock.monotonic() < self.deadline


_draining: StopFlag | None = None


def drain_by(flag: StopFlag) -> None:
    """Make `flag` the one that tells the workers of this process and its children to begin no further row."""
    global _draining
    _draining = flag


def worker_run() -> Run:
    """Return the circumstances of a task in a queue worker."""
    return Run(by="worker", threads=settings.THREADS, stop=_draining or threading.Event())


@dataclass
class StageResult:
    """What a run of a stage did: rows by result, and why it ended early, if it did."""

    stage: str
    rows: Counter[str] = field(default_factory=Counter)
    ended: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, word: str) -> None:
        """Count one row, from any thread."""
        with self._lock:
            self.rows[word] += 1

    @property
    def total(self) -> int:
        """All rows that were taken."""
        return self.rows.total()

    def __str__(self) -> str:
        parts = [f"{count} {name}" for name, count in sorted(self.rows.items())] or ["nothing to do"]
        return ", ".join(parts) + (f" ({self.ended})" if self.ended else "")


def run_stage(
    stage: Stage, work: Callable[[Any, Run], str], run: Run, *, limit: int, pk: int | None = None
) -> StageResult:
    """Work on up to `limit` due rows (or on the row `pk`) with `run.threads` threads; returns what happened.

    `work(row, run)` does everything for one claimed row, ends it with `claims.finish` and returns a word for
    the result ("done", ...). What it raises is settled by `claims.fail`.
    """
    result = StageResult(stage.name)
    turns = _Turns(1 if pk is not None else limit)

    def one_thread() -> None:
        while run.may_begin() and not result.ended and turns.take():
            if not _one_row(stage, work, run, result, pk):
                return

    if run.threads <= 1 or pk is not None:
        one_thread()
    else:
        side_by_side(one_thread, min(run.threads, limit), result)
    return result


def side_by_side(serve: Callable[[], None], threads: int, result: StageResult) -> None:
    """Run `serve` in so many threads, each with a database connection; raises what the first to fail raised."""
    failures: list[BaseException] = []

    def in_thread() -> None:
        try:
            serve()
        except BaseException as error:
            failures.append(error)
            result.ended = "a thread failed"
        finally:
            connections.close_all()

    workers = [threading.Thread(target=in_thread, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]


class _Turns:
    """How many rows may still be begun, counted across threads."""

    def __init__(self, turns: int) -> None:
        self._left = turns
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


def _one_row(
    stage: Stage, work: Callable[[Any, Run], str], run: Run, result: StageResult, pk: int | None
) -> bool:
    """Claim and work on one row; False when there is none or the stage may not run."""
    row = take_row(stage, run, result, pk)
    if row is None:
        return False
    held = copy.copy(row)
    thread = threading.get_ident()
    run.in_hand[thread] = run.clock.monotonic()
    with about(stage=stage.name, row=label(row)):
        try:
            word = work(row, run)
        except Exception as error:
            word = settle_error(stage, held, error, run)
        finally:
            run.in_hand.pop(thread, None)
    report_row(row, word, run, result)
    return True


def take_row(stage: Stage, run: Run, result: StageResult, pk: int | None = None) -> WorkItem | None:
    """Claim one row; None when there is none or the stage may not run, which `result` then tells."""
    try:
        return claims.claim(stage, now=run.now(), by=run.by, pk=pk)
    except (SwitchedOff, BudgetSpent) as refusal:
        result.ended = str(refusal)
        return None


def settle_error(stage: Stage, held: WorkItem, error: Exception, run: Run) -> str:
    """Settle a row by what its work raised; returns the word for it.

    `held` is a copy from before the work: what that wrote into its row may have been rolled back.
    """
    # An effect may be another worker's while the row is still ours: then it is tried again later.
    cause = Transient(str(error)) if isinstance(error, LostClaim) else error
    try:
        return claims.fail(stage, held, cause, now=run.now(), by=run.by)
    except LostClaim:
        logger.warning("%s lost its claim on %s: %s", stage.name, label(held), error)
        return "lost"


def report_row(row: WorkItem, word: str, run: Run, result: StageResult) -> None:
    """Count a row that is done with, and tell whoever watches."""
    result.count(word)
    if run.on_row:
        run.on_row(result.stage, label(row), word)
