"""Forked children for the tests: real processes that race, crash and are killed."""

import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterable

from django.db import connections

WAIT = 60.0  # seconds until a child counts as hanging


def fork(work: Callable[[], object]) -> int:
    """Run `work` in a forked child and return its pid; the child exits with 0, or with 1 after an exception.

    The parent gives up its database connections first: a child must not share them.
    """
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def wait_for(pid: int) -> int:
    """Return how a child ended: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run_in_child(work: Callable[[], object]) -> int:
    """Run `work` in a forked child to its end and return how it ended."""
    return wait_for(fork(work))


def race(contenders: Iterable[Callable[[], object]]) -> list[str]:
    """Run each contender in a process of its own, all let go at the same moment; returns what each returned.

    All of them live until the last one has answered.
    """
    begin_read, begin_write = os.pipe()
    end_read, end_write = os.pipe()
    children = []
    for contender in contenders:
        read, write = os.pipe()

        def run(contender: Callable[[], object] = contender, write: int = write) -> None:
            os.close(begin_write)
            os.close(end_write)
            os.write(write, b"ready")
            os.read(begin_read, 1)  # returns when the parent closes its side
            os.write(write, str(contender()).encode())
            os.read(end_read, 1)

        children.append((fork(run), read))
        os.close(write)
        assert read_within(read) == b"ready"
    os.close(begin_write)
    answers = [read_within(read).decode() for _, read in children]
    os.close(end_write)
    assert [wait_for(pid) for pid, _ in children] == [0] * len(children)
    for descriptor in (begin_read, end_read, *(read for _, read in children)):
        os.close(descriptor)
    return answers


def read_within(descriptor: int, seconds: float = WAIT) -> bytes:
    """Return what a pipe holds, or nothing at its end; a child that never writes is an error, not a hang."""
    ready, _, _ = select.select([descriptor], [], [], seconds)
    if not ready:
        raise AssertionError(f"A child wrote nothing within {seconds} s")
    return os.read(descriptor, 65_536)


def kill(pid: int) -> None:
    """Kill a child with -9 and reap it."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
