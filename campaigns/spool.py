"""The spool: lines of this host that are safe on its disk before anybody hears of them, until they are taken in.

Many threads and processes write at once. Threads of one process share a sync: whoever comes while the disk is busy
waits for the next one, which then makes all of them safe.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings


class _Batch:
    """Lines that become safe together, or not at all as far as anybody is told."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.is_over = threading.Event()
        self.error: OSError | None = OSError("It was not written")


_joining = threading.Lock()  # held for a moment, to join a batch or to close it
_syncing = threading.Lock()  # held while a batch is written and synced
_next = _Batch()


def append(line: bytes) -> None:
    """Return once a line (without a line break) is written and synced. Raises OSError: then it may be lost."""
    global _next
    with _joining:
        batch = _next
        batch.lines.append(line)
        is_first = len(batch.lines) == 1
    if is_first:  # it writes for all that come until the batch before is on the disk
        try:
            with _syncing:
                with _joining:
                    _next = _Batch()
                _write(batch)
        finally:
            batch.is_over.set()
    else:
        batch.is_over.wait()
    if batch.error is not None:
        raise OSError(str(batch.error)) from batch.error


def set_aside() -> list[Path]:
    """Begin a new spool and return the files of earlier ones, oldest first."""
    folder = _folder()
    if (folder / "spool.jsonl").exists():
        with _lock(folder, fcntl.LOCK_EX), contextlib.suppress(FileNotFoundError):
            (folder / "spool.jsonl").rename(folder / f"aside-{time.time_ns()}-{os.getpid()}.jsonl")
    return sorted(folder.glob("aside-*.jsonl"))


@contextlib.contextmanager
def in_hand(path: Path) -> Iterator[IO[bytes] | None]:
    """Open a file that was set aside; None where somebody else has it in hand, or has done with it."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (FileNotFoundError, BlockingIOError):
            yield None
            return
        yield file if path.exists() else None


def waiting() -> int:
    """Return how many bytes wait on this host."""
    total = 0
    for path in _folder().glob("*.jsonl"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _write(batch: _Batch) -> None:
    try:
        try:
            _append_synced(batch.lines)
        except FileNotFoundError:  # the first line of all
            _folder().mkdir(parents=True, exist_ok=True)
            _append_synced(batch.lines)
    except OSError as error:
        batch.error = error
    else:
        batch.error = None


def _append_synced(lines: list[bytes]) -> None:
    """Write at the end of the spool; many processes do so at once, none while it is set aside."""
    folder = _folder()
    with _lock(folder, fcntl.LOCK_SH):
        spool = os.open(folder / "spool.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A line begins with its line break: what a crash tore before it cannot swallow it.
            text = b"".join(b"\n" + line for line in lines)
            is_new = os.fstat(spool).st_size == 0
            if os.write(spool, text) != len(text):
                raise OSError("The disk took only a part of the spool's lines")
        except OSError:
            os.close(spool)
            raise
    try:
        os.fdatasync(spool)
        if is_new:
            _sync_folder(folder)
    finally:
        os.close(spool)


def _sync_folder(folder: Path) -> None:
    """Make the name of a new spool as safe as what is in it."""
    names = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(names)
    finally:
        os.close(names)


@contextlib.contextmanager
def _lock(folder: Path, how: int) -> Iterator[None]:
    lock = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "hits"
