"""The conductor: runs the cycle of monitoring/cycle.py in one process, or rings the workers to do it."""

import logging
import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string

from monitoring.cycle import PHASES, Phase, Step
from monitoring.health import Health, check_health
from monitoring.models import CycleRun
from pipeline import queue, slots, watching
from pipeline.budgets import rows_per_run
from pipeline.clock import SYSTEM_CLOCK, Clock
from pipeline.roles import give_up_role, take_role
from pipeline.runner import Run, StageResult

logger = logging.getLogger(__name__)

ROLE = "conductor"
ALARM_PHASE = PHASES[0]  # health and alerts: also where the rest must not run, never left to workers
LEASE = 120  # seconds; kept alive between steps and while waiting
ASKED_EVERY = 30.0  # seconds, less than the lease: looks whether a step is due between two cycles


class Exit(IntEnum):
    """Exit codes of the command."""

    DONE = 0
    STEP_FAILED = 1
    WRONG_USE = 2
    ANOTHER_LEADS = 3
    UNHEALTHY = 4


class NotLeader(Exception):
    """Another conductor leads."""


@dataclass
class StepReport:
    """How one step went."""

    task: str
    title: str
    result: str = ""
    seconds: float = 0.0
    error: str = ""


@dataclass
class CycleReport:
    """How one cycle went."""

    started_at: datetime
    health: Health | None = None
    steps: list[StepReport] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many steps failed."""
        return sum(bool(step.error) for step in self.steps)

    @property
    def exit_code(self) -> Exit:
        """What a command that ran only this cycle exits with."""
        if self.health is not None and not self.health.can_run:
            return Exit.UNHEALTHY
        return Exit.STEP_FAILED if self.failed else Exit.DONE


class Watcher:
    """What wants to see a cycle while it runs; the command's progress display is one."""

    def step_begins(self, phase: Phase, step: Step) -> None:
        """A step is about to run."""

    def row_done(self, stage: str, row: str, result: str) -> None:
        """One row of the running step was settled."""

    def step_ends(self, phase: Phase, report: StepReport) -> None:
        """A step is over."""


@dataclass
class Conductor:
    """Leads the cycle; one process at a time may, and keeps saying that it does."""

    clock: Clock = SYSTEM_CLOCK
    stop: threading.Event = field(default_factory=threading.Event)
    watcher: Watcher = field(default_factory=Watcher)
    phase: str = ""
    dispatch: bool = False

    def run_cycle(self) -> CycleReport:
        """Run every phase (or the chosen one) once; a failing step is recorded and the rest go on.

        Raises NotLeader. An unhealthy system gets no further than its alarm.
        """
        term = self._lead()
        run = self._run()
        health = check_health(run)
        report = CycleReport(started_at=run.now(), health=health)
        record = CycleRun.objects.create(started_at=report.started_at, term=term, health=health.state)
        if not health.can_run:
            logger.error("The cycle ends with its alarm: %s", health)
        for phase in self._phases() if health.can_run else [ALARM_PHASE]:
            for step in phase.steps:
                if self.stop.is_set():
                    break
                self._lead()
                report.steps.append(self._run_step(phase, step))
        record.finished_at = run.now()
        record.steps = [step.__dict__ for step in report.steps]
        record.failed_steps = report.failed
        record.save()
        return report

    def run_for_ever(self, *, interval: int, on_cycle: Callable[[CycleReport], None]) -> CycleReport | None:
        """Run cycles, `interval` seconds from begin to begin, until told to stop; returns the last one."""
        report = None
        while not self.stop.is_set():
            begun = self.clock.monotonic()
            close_old_connections()
            report = self.run_cycle()
            on_cycle(report)
            while not self.stop.is_set() and (left := interval - (self.clock.monotonic() - begun)) > 0:
                self._lead()
                watching.report_silent(now=self.clock.now())
                self._do_what_was_asked()
                self.clock.wait(min(left, ASKED_EVERY), self.stop)
        return report

    def _do_what_was_asked(self) -> None:
        """Run the steps that are due between two cycles, such as those a person asked for, where no worker would."""
        due = set(slots.due_tasks())
        wanted = [(phase, step) for phase in self._phases() for step in phase.steps if step.task in due]
        if not wanted or self.dispatch or queue.worker_answers(queue.DEFAULT_QUEUE, now=self.clock.now()):
            return
        if not check_health(self._run()).can_run:
            return
        for phase, step in wanted:
            slot = None if self.stop.is_set() else slots.take(step.task, now=self.clock.now())
            if slot is None:
                continue
            report = self._run_step(phase, step)
            outcome, failed = report.error or report.result, bool(report.error)
            slots.close(slot, now=self.clock.now(), outcome=outcome, failed=failed)

    def leave(self) -> None:
        """Let another conductor lead."""
        give_up_role(ROLE)

    def _phases(self) -> list[Phase]:
        return [phase for phase in PHASES if self.phase in ("", phase.name)]

    def _lead(self) -> int:
        term = take_role(ROLE, now=self.clock.now(), seconds=LEASE)
        if term is None:
            raise NotLeader("Another conductor leads. Stop it first, or let it work.")
        return term

    def _run(self) -> Run:
        return Run(
            by="conductor",
            clock=self.clock,
            threads=settings.THREADS,
            stop=self.stop,
            on_row=self.watcher.row_done,
        )

    def _run_step(self, phase: Phase, step: Step) -> StepReport:
        report = StepReport(step.task, step.title)
        begun = self.clock.monotonic()
        self.watcher.step_begins(phase, step)
        try:
            by_workers = self.dispatch and phase is not ALARM_PHASE
            report.result = self._ring(step) if by_workers else str(self._call(step))
        except Exception as error:
            report.error = f"{type(error).__name__}: {error}"
            logger.error("%s failed: %s\n%s", step.task, error, traceback.format_exc())
        report.seconds = round(self.clock.monotonic() - begun, 3)
        logger.info("%s: %s", step.task, report.error or report.result)
        self.watcher.step_ends(phase, report)
        return report

    def _call(self, step: Step) -> StageResult | Health:
        run = self._run()
        with _Watchdog(run):
            limit = rows_per_run(step.task) if step.task in settings.LIMITS else None
            verb: Callable[..., StageResult | Health] = import_string(step.verb)
            return verb(run) if limit is None else verb(run, limit=limit)

    def _ring(self, step: Step) -> str:
        queue.ring(step.task)
        return "rung"


class _Watchdog:
    """Ends the process when a row is past the hard limit: its claims then fall free, its supervisor starts anew."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *args: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            now = self._run.clock.monotonic()
            if any(now - begun > settings.TASK_HARD_LIMIT for begun in list(self._run.in_hand.values())):
                logger.critical(
                    "A row is past the hard limit of %s s; the conductor ends", settings.TASK_HARD_LIMIT
                )
                os._exit(Exit.STEP_FAILED)
