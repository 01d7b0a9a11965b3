"""Worker processes played inside one process: each holds a real owner lock, which dies when told."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline import liveness
from pipeline.models import Effect
from pipeline.tests.lab.models import Job


class Worker:
    """A worker with a name and a lock of its own; whatever runs inside `at_work()` is done in its name."""

    def __init__(self) -> None:
        self._owner = liveness._take_lock(f"{liveness.HOST}:0:{secrets.token_hex(4)}")

    @property
    def name(self) -> str:
        return self._owner.name

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Be this worker for a while."""
        before = liveness._current
        liveness._current = self._owner
        self._owner.pid = os.getpid()
        try:
            yield
        finally:
            liveness._current = before

    def die(self) -> None:
        """Let the lock fall, as the end of a process does; a server would notice that end only a moment later."""
        connection = self._owner.lock_connection
        if connection is not None and not connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock_all()")
        for lock in (self._owner.lock_file, self._owner.lock_connection):
            if lock is not None:
                lock.close()


def await_deaths() -> None:
    """Wait until it is known that the workers who hold a job or an effect are dead."""
    claimed = Job.objects.values_list("claimed_by", flat=True)
    for owner in {*claimed, *Effect.objects.values_list("owner", flat=True)} - {""}:
        assert becomes(False, owner)


def becomes(answer: bool, owner: str, *, seconds: float = 30.0) -> bool:
    """Ask whether `owner` is alive until the answer is there: a server notices a client's end a moment later."""
    until = time.monotonic() + seconds
    while liveness.is_alive(owner) is not answer:
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True
