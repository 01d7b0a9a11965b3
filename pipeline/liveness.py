"""Which workers are alive: each process holds one lock that dies with it, however it dies.

On PostgreSQL the lock is an advisory one on a connection of its own (django-q2 closes Django's); elsewhere it
is a flock on this host. Either outlives a paused process and falls with a killed one, which a time stamp
cannot tell.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg2
from django.conf import settings
from django.db import connections

from pipeline.errors import Transient

HOST = socket.gethostname()[:60]
# An idle lock connection must not be cut, and that of a host that lost its power must fall in about a minute.
LOCK_SESSION = (
    "SET idle_session_timeout = 0; SET tcp_keepalives_idle = 30;"
    " SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
)


@dataclass
class _Owner:
    name: str
    pid: int
    lock_file: IO[bytes] | None = None
    lock_connection: Any = None


_current: _Owner | None = None
_guard = threading.Lock()


def current_owner() -> str:
    """Return this process's owner name ("host:pid:nonce"), with its lock surely held.

    The lock is taken at the first call after a fork, and under a new name after it was lost.
    """
    global _current
    with _guard:
        if _current is None or _current.pid != os.getpid() or not _holds_lock(_current):
            _current = _take_lock(f"{HOST}:{os.getpid()}:{secrets.token_hex(4)}")
        return _current.name


def check_alive() -> None:
    """Raise Transient when this process lost its lock (the database dropped the connection that held it).

    Others may then take its rows for abandoned, so nothing may be called outside until a new owner is taken.
    """
    global _current
    with _guard:
        if _current is None or _holds_lock(_current):
            return
        _current = None
    raise Transient("The connection that proves this worker alive was lost")


def is_alive(owner: str) -> bool | None:
    """Tell whether the process named `owner` still runs; None where this host cannot know.

    A lock file tells whatever the host calls itself: a container that is started anew has another name.
    """
    if _current is not None and owner == _current.name and _current.pid == os.getpid():
        return True
    if _on_postgres():
        return _advisory_lock_is_held(owner)
    path = _lock_path(owner)
    if owner.partition(":")[0] != HOST and not path.exists():
        return None
    return _flock_is_held(path)


def _holds_lock(owner: _Owner) -> bool:
    if owner.lock_connection is None:
        return True  # nothing but this process can close its lock file
    try:
        with owner.lock_connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True


def _on_postgres() -> bool:
    return connections["default"].vendor == "postgresql"


def _take_lock(name: str) -> _Owner:
    if _on_postgres():
        django_connection = connections["default"]
        with django_connection.wrap_database_errors:
            connection = psycopg2.connect(**django_connection.get_connection_params())
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(LOCK_SESSION)
            cursor.execute("SELECT pg_advisory_lock(%s)", [_lock_key(name)])
        return _Owner(name, os.getpid(), lock_connection=connection)
    path = _lock_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("wb")
    fcntl.flock(handle, fcntl.LOCK_EX)
    _sweep(path.parent)
    return _Owner(name, os.getpid(), lock_file=handle)


def _lock_path(owner: str) -> Path:
    return Path(settings.LOCK_DIR) / f"{hashlib.sha256(owner.encode()).hexdigest()[:24]}.lock"


def _lock_key(owner: str) -> int:
    return int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8], "big", signed=True)


def _flock_is_held(path: Path) -> bool:
    try:
        handle = path.open("rb")
    except FileNotFoundError:
        return False
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _advisory_lock_is_held(owner: str) -> bool:
    with connections["default"].cursor() as cursor:
        # A shared try-lock while the statement runs: two askers never mistake each other for the owner.
        cursor.execute(
            "SELECT CASE WHEN pg_try_advisory_lock_shared(%s) THEN pg_advisory_unlock_shared(%s) END",
            [_lock_key(owner), _lock_key(owner)],
        )
        return cursor.fetchone()[0] is None


def _sweep(folder: Path) -> None:
    """Remove the lock files of dead processes, which nobody asks about once their claims are freed."""
    for path in folder.glob("*.lock"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - 86_400 and not _flock_is_held(path):
                path.unlink()


def _forget_after_fork() -> None:
    """Let go of the parent's lock in a child: a copy of it would keep a dead parent alive."""
    global _current, _guard
    owner, _current, _guard = _current, None, threading.Lock()
    if owner is None:
        return
    if owner.lock_file is not None:
        owner.lock_file.close()
    if owner.lock_connection is not None:
        # close() would tell the server that the parent left: the child's copy of the socket is swapped away.
        devnull = os.open(os.devnull, os.O_RDWR)
        os.dup2(devnull, owner.lock_connection.fileno())
        os.close(devnull)


os.register_at_fork(after_in_child=_forget_after_fork)
