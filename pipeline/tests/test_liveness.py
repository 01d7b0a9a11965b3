"""Who is alive: a lock that outlives a pause, falls with the process, and is not kept up by its children."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from pipeline import liveness
from pipeline.errors import Transient
from pipeline.tests.owners import Worker, becomes
from pipeline.tests.processes import fork, kill, read_within, run_in_child


@pytest.fixture
def start(forking: None) -> Iterator[Callable[[], tuple[int, str]]]:
    """Return a function that starts a process which takes its owner lock and then does nothing: (pid, name)."""
    started: list[int] = []

    def start_one() -> tuple[int, str]:
        read, write = os.pipe()

        def work() -> None:
            os.write(write, liveness.current_owner().encode())
            signal.pause()

        pid = fork(work)
        started.append(pid)
        os.close(write)
        name = read_within(read).decode()
        os.close(read)
        return pid, name

    yield start_one
    for pid in started:
        try:
            kill(pid)
        except (ProcessLookupError, ChildProcessError):
            continue


def test_running_process_is_alive_and_a_killed_one_is_not(start: Callable[[], tuple[int, str]]) -> None:
    pid, owner = start()
    assert liveness.is_alive(owner) is True
    kill(pid)
    assert becomes(False, owner)


def test_paused_process_is_alive(start: Callable[[], tuple[int, str]]) -> None:
    pid, owner = start()
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)
    assert liveness.is_alive(owner) is True
    os.kill(pid, signal.SIGCONT)
    assert liveness.is_alive(owner) is True


def test_child_of_a_dead_worker_does_not_keep_it_alive(forking: None) -> None:
    read, write = os.pipe()

    def worker() -> None:
        name = liveness.current_owner()

        def child() -> None:
            os.write(write, f"{name} {os.getpid()}".encode())
            signal.pause()

        fork(child)
        signal.pause()

    parent = fork(worker)
    os.close(write)
    owner, child = read_within(read).decode().split()
    os.close(read)
    assert liveness.is_alive(owner) is True
    kill(parent)
    try:
        os.kill(int(child), 0)  # the child lives on
        assert becomes(False, owner)
    finally:
        os.kill(int(child), signal.SIGKILL)


def test_child_that_ends_does_not_end_its_parent(forking: None) -> None:
    owner = liveness.current_owner()
    assert run_in_child(lambda: None) == 0
    assert run_in_child(lambda: ask_from_outside(owner, expected=True)) == 0


def test_child_takes_a_name_of_its_own(forking: None) -> None:
    owner = liveness.current_owner()

    def child() -> None:
        assert liveness.current_owner() != owner
        assert liveness.is_alive(owner) is True

    assert run_in_child(child) == 0


def test_program_started_by_a_worker_does_not_keep_it_alive(forking: None) -> None:
    read, write = os.pipe()

    def worker() -> None:
        name = liveness.current_owner()
        program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        os.write(write, f"{name} {program.pid}".encode())
        signal.pause()

    parent = fork(worker)
    os.close(write)
    owner, program = read_within(read).decode().split()
    os.close(read)
    kill(parent)
    try:
        assert becomes(False, owner)
    finally:
        os.kill(int(program), signal.SIGKILL)


def ask_from_outside(owner: str, *, expected: bool) -> None:
    assert liveness.is_alive(owner) is expected


def test_owner_keeps_its_name_while_it_holds_its_lock(db: None) -> None:
    assert liveness.current_owner() == liveness.current_owner()
    liveness.check_alive()
    assert liveness.is_alive(liveness.current_owner()) is True


def test_owner_that_never_was_on_this_host_is_dead(db: None) -> None:
    assert liveness.is_alive(f"{liveness.HOST}:1:00000000") is False


def test_owner_on_another_host_is_unknown_without_a_lock_file(db: None) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL always knows")
    assert liveness.is_alive("another-host:1:00000000") is None


def test_owner_under_an_earlier_host_name_is_known_by_its_lock_file(db: None) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL needs no lock files")
    lock = liveness._take_lock("name-before-the-restart:1:00000000")
    assert lock.lock_file is not None
    assert liveness.is_alive(lock.name) is True
    lock.lock_file.close()
    assert liveness.is_alive(lock.name) is False


def test_asking_does_not_take_the_lock_away(db: None, hire: Callable[[], Worker]) -> None:
    worker = hire()
    for _ in range(5):
        assert liveness.is_alive(worker.name) is True
    with worker.at_work():
        liveness.check_alive()
    worker.die()
    for _ in range(5):
        assert becomes(False, worker.name)


def test_lock_files_of_the_dead_are_swept_and_those_of_the_living_stay(db: None) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL needs no lock files")
    living = Worker()
    folder = Path(settings.LOCK_DIR)
    old = time.time() - 90_000
    dead = folder / "dead.lock"
    dead.touch()
    for path in folder.glob("*.lock"):
        os.utime(path, (old, old))
    newcomer = Worker()
    assert not dead.exists()
    assert liveness.is_alive(living.name) is True
    living.die()
    newcomer.die()


def test_worker_whose_lock_connection_was_cut_begins_nothing_and_takes_a_new_name(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("A flock has no connection that could be cut")
    before = liveness.current_owner()
    assert liveness._current is not None
    backend = liveness._current.lock_connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    assert liveness.is_alive(before) is True  # it still believes so itself
    with pytest.raises(Transient, match="was lost"):
        liveness.check_alive()
    after = liveness.current_owner()
    assert after != before
    assert becomes(False, before)
    assert liveness.is_alive(after) is True
    liveness.check_alive()


def test_claiming_worker_whose_lock_was_cut_claims_under_a_living_name(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("A flock has no connection that could be cut")
    before = liveness.current_owner()
    assert liveness._current is not None
    liveness._current.lock_connection.close()
    assert liveness.current_owner() != before
