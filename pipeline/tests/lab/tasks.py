"""Test tasks: what a worker of a real cluster is given to do. Each leaves a line in the file that LAB_NOTES names."""

import os
import signal
import time
from pathlib import Path

from pipeline import claims
from pipeline.queue import TaskSpec
from pipeline.runner import Run, run_stage, worker_run
from pipeline.slots import Daily, Every
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import WORK


def note(line: str) -> None:
    """Add one line to the notes that the test reads."""
    with Path(os.environ["LAB_NOTES"]).open("a") as notes:
        notes.write(f"{line}\n")


def quick() -> str:
    """Run and say so."""
    note(f"quick {os.getpid()}")
    return "quick is done"


def slow() -> str:
    """Begin, wait, and end."""
    note(f"slow began {os.getpid()}")
    time.sleep(2)
    note("slow ended")
    return "slow is done"


def failing() -> str:
    """Raise."""
    raise ZeroDivisionError("a bug\x00")


def row(pk: int) -> str:
    """Say which row was asked for."""
    return f"row {pk}"


def drain() -> str:
    """Work on jobs, one after the other, until told to stop."""
    return str(run_stage(WORK, _take_time, worker_run(), limit=1000))


def deaf() -> str:
    """Be deaf to every polite signal for longer than the time limit."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
    note(f"deaf {os.getpid()}")
    time.sleep(60)
    note("deaf ended")
    return "never"


def _take_time(job: Job, run: Run) -> str:
    note(f"began {job.name}")
    time.sleep(0.3)
    claims.finish(WORK, job, Job.Status.DONE, now=run.now(), by=run.by)
    note(f"ended {job.name}")
    return "done"


def _spec(name: str, *, queue: str = "monitoring", **options: object) -> TaskSpec:
    path = f"pipeline.tests.lab.tasks.{name}"
    return TaskSpec(name=name, path=path, queue=queue, purpose=f"Test {name}", **options)  # type: ignore[arg-type]


TASKS = (
    _spec("quick", schedule=Every(60)),
    _spec("slow", queue="scraping", schedule=Every(60)),
    _spec("failing", schedule=Daily(3)),
    _spec("row", queue="generation", takes_id=True),
    _spec("drain", schedule=Every(60)),
    _spec("deaf", schedule=Every(60)),
)
