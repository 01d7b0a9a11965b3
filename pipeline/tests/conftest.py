"""What the tests of the machinery share."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from django.db import connections

from pipeline.clock import VirtualClock
from pipeline.runner import Run
from pipeline.tests.lab.models import Job
from pipeline.tests.owners import Worker

MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(clock: VirtualClock) -> MakeJob:
    """Return a function that stores a job, due now unless told otherwise."""
    numbers = count(1)

    def make(**fields: object) -> Job:
        values = {
            "name": f"job {next(numbers)}",
            "next_attempt_at": clock.now(),
            "status_changed_at": clock.now(),
        }
        return Job.objects.create(**(values | fields))

    return make


@pytest.fixture
def run(clock: VirtualClock) -> Run:
    """The circumstances of a run under the virtual clock."""
    return Run(by="test", clock=clock)


@pytest.fixture
def hire() -> Iterator[Callable[[], Worker]]:
    """Return a function that makes further workers; all of them end with the test."""
    hired: list[Worker] = []

    def hire_one() -> Worker:
        hired.append(Worker())
        return hired[-1]

    yield hire_one
    for worker in hired:
        worker.die()


@pytest.fixture
def forking(transactional_db: None) -> Iterator[None]:
    """For tests that fork: rows are really committed, and no connection is left open behind."""
    yield
    connections.close_all()
