"""Stages whose rows wait for strangers' servers: the waiting is done in threads without a database connection.

The work on a row is a generator. It uses the database itself and yields, as a function, whatever waits on the
outside. A few row threads begin rows, hand over what they yield and go on with those that are answered.
A row that was begun longer than PATIENCE ago no longer counts among those in hand at once: servers that hang
take nobody's place.
"""

import copy
import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from pipeline.models import WorkItem
from pipeline.runner import Run, StageResult, report_row, run_stage, settle_error, side_by_side, take_rows
from pipeline.stages import Stage

# What is yielded must not touch the database; its result is sent back, what it raises is thrown.
type Steps = Generator[Callable[[], Any], Any, str]

PATIENCE: Final = 3.0  # seconds
MOST_SLOW: Final = 4  # times as many as at once may be in hand, slow ones and all
LISTEN: Final = 0.05  # seconds after which a thread without work looks whether a row has become a slow one


def run_waiting_stage(
    stage: Stage, work: Callable[[Any, Run], Steps], run: Run, *, limit: int, at_once: int
) -> StageResult:
    """Work on up to `limit` due rows like `run_stage`, with `at_once` of them in hand beside the slow ones.

    `run.threads` threads use the database. A run of one thread works on one row after the other.
    """
    if run.threads <= 1:
        return run_stage(stage, lambda row, its_run: _straight(work(row, its_run)), run, limit=limit)
    result = StageResult(stage.name)
    with ThreadPoolExecutor(at_once * MOST_SLOW, thread_name_prefix=stage.name) as waiters:
        desk = _Desk(stage, work, run, result, limit, at_once, waiters)
        side_by_side(desk.serve, min(run.threads, limit), result)
    return result


def _straight(steps: Steps) -> str:
    """Do a row's work in this thread, waits and all."""
    try:
        wait = next(steps)
        while True:
            try:
                answer = wait()
            except Exception as error:
                wait = steps.throw(error)
            else:
                wait = steps.send(answer)
    except StopIteration as end:
        return str(end.value)


@dataclass(eq=False)
class _InHand:
    """A row from before its claim until it is settled; `answer` is that of its last wait."""

    begun: float
    row: WorkItem | None = None
    held: WorkItem | None = None
    steps: Steps | None = None
    answer: Future[Any] | None = None


class _Desk:
    """Where the row threads of one run find out what to do next."""

    def __init__(
        self,
        stage: Stage,
        work: Callable[[Any, Run], Steps],
        run: Run,
        result: StageResult,
        limit: int,
        at_once: int,
        waiters: Executor,
    ) -> None:
        self._stage, self._work, self._run, self._result = stage, work, run, result
        self._left = limit
        self._at_once = at_once
        self._waiters = waiters
        self._changed = threading.Condition()
        self._in_hand: set[_InHand] = set()
        self._answered: deque[_InHand] = deque()

    def serve(self) -> None:
        """Begin rows and go on with them until none may be begun and none is in hand."""
        is_claiming = True
        while (mine := self._next(is_claiming)) is not None:
            try:
                if mine.steps is None:
                    is_claiming = self._begin(mine)
                else:
                    self._go_on(mine)
            except BaseException:
                self._leave(mine)
                raise

    def _next(self, is_claiming: bool) -> _InHand | None:
        """Wait for a row that is answered, or for room to begin one; None at the end."""
        with self._changed:
            while True:
                if self._answered:
                    return self._answered.popleft()
                may_begin = (
                    is_claiming and self._left > 0 and not self._result.ended and self._run.may_begin()
                )
                if may_begin and self._has_room():
                    self._left -= 1
                    mine = _InHand(self._run.clock.monotonic())
                    self._in_hand.add(mine)
                    return mine
                if not may_begin and not self._in_hand:
                    return None
                self._changed.wait(LISTEN)

    def _has_room(self) -> bool:
        slow = self._run.clock.monotonic() - PATIENCE
        quick = sum(each.begun > slow for each in self._in_hand)
        return quick < self._at_once and len(self._in_hand) < self._at_once * MOST_SLOW

    def _begin(self, mine: _InHand) -> bool:
        """Claim a row and do its first step; False when there is none."""
        rows = take_rows(self._stage, self._run, self._result, 1)
        if not rows:
            self._leave(mine)
            return False
        row = rows[0]
        mine.row, mine.held, mine.steps = row, copy.copy(row), self._work(row, self._run)
        self._run.in_hand[id(mine)] = mine.begun
        self._go_on(mine)
        return True

    def _go_on(self, mine: _InHand) -> None:
        """Work on a row until it waits again or is done."""
        assert mine.row and mine.held and mine.steps  # noqa: S101 - it was begun
        try:
            wait = _resumed(mine.steps, mine.answer)
        except StopIteration as end:
            word = str(end.value)
        except Exception as error:
            word = settle_error(self._stage, mine.held, error, self._run)
        else:
            mine.answer = self._waiters.submit(wait)
            mine.answer.add_done_callback(lambda _: self._hear(mine))
            return
        self._leave(mine)
        report_row(mine.row, word, self._run, self._result)

    def _hear(self, mine: _InHand) -> None:
        with self._changed:
            self._answered.append(mine)
            self._changed.notify()

    def _leave(self, mine: _InHand) -> None:
        self._run.in_hand.pop(id(mine), None)
        with self._changed:
            self._in_hand.discard(mine)
            self._changed.notify_all()


def _resumed(steps: Steps, answer: Future[Any] | None) -> Callable[[], Any]:
    if answer is None:
        return next(steps)
    error = answer.exception()
    return steps.throw(error) if error else steps.send(answer.result())
