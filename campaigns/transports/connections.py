"""SMTP connections that are kept between mails, and one watchman per process that cuts those past their deadline.

A kept connection belongs to one process: a child that is forked begins with none.
"""

import atexit
import contextlib
import os
import select
import smtplib
import socket
import threading
import time
from collections.abc import Hashable, Iterator
from typing import Final

IDLE_LIMIT: Final = 20.0  # seconds; servers drop an idle client after 30 s and more
MOST_KEPT: Final = 8  # per server: as many threads as a process sends with
MOST_MAILS: Final = 100  # over one connection; servers grow tired of a client that never leaves
QUIT_TIMEOUT: Final = 2.0  # seconds; the mail is already accepted

_guard = threading.Lock()
_kept: dict[Hashable, list["Connection"]] = {}


class Connection:
    """One session with a server that is ready for a mail."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self.smtp = smtp
        self.mails = 0
        self.used_at = time.monotonic()

    def close(self) -> None:
        """Leave at once."""
        self.smtp.close()

    def say_goodbye(self) -> None:
        """Leave politely; whatever goes wrong now, the mails are accepted."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self.smtp.sock is not None:
                self.smtp.sock.settimeout(QUIT_TIMEOUT)
            self.smtp.docmd("QUIT")
        self.smtp.close()

    def is_usable(self) -> bool:
        """Tell whether it may still be alive: one that has something to say has been closed, or was told to go."""
        sock = self.smtp.sock
        if sock is None or time.monotonic() - self.used_at > IDLE_LIMIT:
            return False
        poll = select.poll()
        try:
            poll.register(sock, select.POLLIN)
            return not poll.poll(0)
        except (OSError, ValueError):
            return False


def take(key: Hashable) -> Connection | None:
    """Return a kept connection for this thread alone, None where there is none that may be alive."""
    while True:
        with _guard:
            connections = _kept.get(key)
            if not connections:
                return None
            connection = connections.pop()
        if connection.is_usable():
            return connection
        connection.close()


def keep(key: Hashable, connection: Connection) -> None:
    """Keep a connection over which a mail was just accepted for the next one, or leave."""
    connection.mails += 1
    connection.used_at = time.monotonic()
    with _guard:
        connections = _kept.setdefault(key, [])
        has_room = connection.mails < MOST_MAILS and len(connections) < MOST_KEPT
        if has_room:
            connections.append(connection)
    if not has_room:
        connection.say_goodbye()


def close_all() -> None:
    """Leave every server."""
    with _guard:
        connections = [connection for kept in _kept.values() for connection in kept]
        _kept.clear()
    for connection in connections:
        connection.say_goodbye()


class Watchman:
    """A thread that cuts connections past their deadline, however busily the other side trickles bytes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._deadlines: dict[int, tuple[float, socket.socket]] = {}
        self._wakes_at = float("inf")
        self._is_on_duty = False

    @contextlib.contextmanager
    def watch(self, sock: socket.socket | None, seconds: float) -> Iterator[None]:
        """Cut `sock` if what is done within takes longer than `seconds`."""
        if sock is None:
            yield
            return
        number = id(sock)
        deadline = time.monotonic() + seconds
        with self._changed:
            self._deadlines[number] = (deadline, sock)
            if not self._is_on_duty:
                self._is_on_duty = True
                threading.Thread(target=self._serve, name="mail deadlines", daemon=True).start()
            elif deadline < self._wakes_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._deadlines[number]

    def _serve(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline, sock in self._deadlines.values():
                    if deadline <= now:
                        _cut(sock)
                ahead = [deadline for deadline, _ in self._deadlines.values() if deadline > now]
                self._wakes_at = min(ahead, default=float("inf"))
                self._changed.wait(self._wakes_at - now if ahead else None)


def _cut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The plain shutdown: the one of a TLS socket would take the session from under its reader.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


watchman = Watchman()


def _begin_anew() -> None:
    """Let go of the parent's connections in a child; closing the copies says nothing to the servers."""
    global _guard, _kept, watchman
    connections = [connection for kept in _kept.values() for connection in kept]
    _guard, _kept, watchman = threading.Lock(), {}, Watchman()
    for connection in connections:
        connection.close()


os.register_at_fork(after_in_child=_begin_anew)
atexit.register(close_all)
