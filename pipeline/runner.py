"""Running a stage: claim a row, work on it, settle it, until the limit, the deadline or a stop.

Rows are claimed one at a time by each thread, so a stop or a crash never holds rows that nobody works on; a stage
whose rows are too quick for that takes a few together (`run_batches`).
"""

import copy
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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


# How a batch of claimed rows is worked on: yields each row at its end, with the word for its result or what it raised.
type BatchWork = Callable[[Sequence[Any], Run], Iterable[tuple[WorkItem, str | Exception]]]


def run_stage(
    stage: Stage, work: Callable[[Any, Run], str], run: Run, *, limit: int, pk: int | None = None
) -> StageResult:
    """Work on up to `limit` due rows (or on the row `pk`) with `run.threads` threads; returns what happened.

    `work(row, run)` does everything for one claimed row, ends it with `claims.finish` and returns a word for
    the result ("done", ...). What it raises is settled by `claims.fail`.
    """

    def one_by_one(rows: Sequence[Any], run: Run) -> Iterable[tuple[WorkItem, str]]:
        for row in rows:
            yield row, work(row, run)

    return run_batches(stage, one_by_one, run, limit=limit, at_once=1, pk=pk)


def run_batches(
    stage: Stage, work: BatchWork, run: Run, *, limit: int, at_once: int, pk: int | None = None
) -> StageResult:
    """Like `run_stage`, with up to `at_once` rows of a lane claimed together by each thread.

    What `work` raises, rather than yields, is settled for every row that was not yielded before.
    """
    result = StageResult(stage.name)
    turns = _Turns(1 if pk is not None else limit)

    def one_thread() -> None:
        while run.may_begin() and not result.ended and (taken := turns.take(at_once)):
            begun = _one_batch(stage, work, run, result, taken, pk)
            turns.give_back(taken - begun)
            if not begun:
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

    def take(self, most: int) -> int:
        """Take up to `most` of them."""
        with self._lock:
            taken = min(self._left, most)
            self._left -= taken
            return taken

    def give_back(self, turns: int) -> None:
        with self._lock:
            self._left += turns


def _one_batch(
    stage: Stage, work: BatchWork, run: Run, result: StageResult, limit: int, pk: int | None
) -> int:
    """Claim and work on up to `limit` rows; returns how many, 0 where there is none or the stage may not run."""
    rows = take_rows(stage, run, result, limit, pk)
    held = {row.pk: copy.copy(row) for row in rows}
    thread = threading.get_ident()
    run.in_hand[thread] = run.clock.monotonic()
    names = {"row": label(rows[0])} if len(rows) == 1 else {}
    with about(stage=stage.name, **names):
        try:
            for row, told in _ends(work, rows, run):
                before = held[row.pk]
                word = told if isinstance(told, str) else settle_error(stage, before, told, run)
                report_row(before, word, run, result)
                run.in_hand[thread] = run.clock.monotonic()
        finally:
            run.in_hand.pop(thread, None)
    return len(rows)


def _ends(work: BatchWork, rows: Sequence[WorkItem], run: Run) -> Iterator[tuple[WorkItem, str | Exception]]:
    """Yield the rows at their ends; what the work itself raises ends all that are left."""
    left = {row.pk: row for row in rows}
    try:
        for row, told in work(rows, run) if rows else ():
            del left[row.pk]
            yield row, told
    except Exception as error:
        for row in left.values():
            yield row, error


def take_rows(
    stage: Stage, run: Run, result: StageResult, limit: int, pk: int | None = None
) -> Sequence[WorkItem]:
    """Claim up to `limit` rows; none when there is none or the stage may not run, which `result` then tells."""
    try:
        return claims.claim_some(stage, now=run.now(), by=run.by, limit=limit, pk=pk)
    except (SwitchedOff, BudgetSpent) as refusal:
        result.ended = str(refusal)
        return ()


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
