"""The journal of a batch: which of its calls were begun and what was answered, in a file that outlives its process.

The calls of a batch are committed as `calling` together and made one after the other. When their worker dies, the
database alone cannot tell the one that was under way from those before and after it; the journal can. Its file is
locked for as long as its process lives, whatever a database says of that process. It is not synced: what it says
holds until the machine is started anew, and then it says nothing.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from pipeline.errors import Transient

KEPT_FOR: Final = 86_400.0  # seconds; open calls are settled a minute after their worker's death
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Entry:
    """What a journal says of a call that was begun; without an answer nobody knows whether it happened."""

    is_answered: bool = False
    response: str = ""
    reference: str = ""
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Telling:
    """What the journal of a dead worker says: a call that is not in `begun` was surely never made."""

    begun: dict[int, Entry] = field(default_factory=dict)


class Journal:
    """The journal of the calls that `owner` committed at `called_at`, open and locked until `close`."""

    def __init__(self, owner: str, called_at: datetime) -> None:
        """Begin an empty one. Raises FileExistsError where another batch began at that very moment, Transient where
        nothing can be written."""
        self._path = _path(owner, called_at)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except FileExistsError:
            raise
        except OSError as error:
            raise Transient(f"The journal of calls cannot be written: {error}") from error
        fcntl.flock(self._file, fcntl.LOCK_EX)
        _open.add(self)
        self._write({"boot": _boot_id()})

    def begin(self, key: int) -> None:
        """Write down that call `key` begins now. Raises Transient where it cannot be: then it must not begin."""
        self._write({"begun": key})

    def answer(self, key: int, response: str, reference: str, cost: Decimal) -> None:
        """Write down how a call was answered; where that fails, its death in this moment leaves it uncertain."""
        with contextlib.suppress(Transient):
            self._write({"done": key, "response": response, "reference": reference, "cost": str(cost)})

    def close(self, *, is_settled: bool) -> None:
        """Let go of it; what is settled in the database needs no journal any more."""
        _open.discard(self)
        if is_settled:
            self._path.unlink(missing_ok=True)
        os.close(self._file)

    def forget(self) -> None:
        """Close a child's copy: the parent's lock stays."""
        os.close(self._file)

    def _write(self, line: dict[str, Any]) -> None:
        raw = json.dumps(line).encode() + b"\n"
        try:
            if os.write(self._file, raw) != len(raw):
                raise OSError("no space left")
        except OSError as error:
            raise Transient(f"The journal of calls cannot be written: {error}") from error


_open: set[Journal] = set()


def is_held(owner: str, called_at: datetime) -> bool:
    """Tell whether the process that keeps this journal surely lives."""
    try:
        file = os.open(_path(owner, called_at), os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def read(owner: str, called_at: datetime) -> Telling | None:
    """Return what the journal of a dead process says; None where there is none whose word counts."""
    try:
        lines = _path(owner, called_at).read_bytes().split(b"\n")[:-1]
    except OSError:
        return None
    begun: dict[int, Entry] = {}
    boot = ""
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            return None  # a disk that was full, a hand in the file
        if "boot" in said:
            boot = said["boot"]
        elif "begun" in said:
            begun[said["begun"]] = Entry()
        else:
            begun[said["done"]] = Entry(True, said["response"], said["reference"], Decimal(said["cost"]))
    return Telling(begun) if boot and boot == _boot_id() else None


def sweep() -> None:
    """Remove the journals of batches that nobody asks about any more."""
    for path in Path(settings.LOCK_DIR).glob("*.calls"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - KEPT_FOR:
                path.unlink()


def _path(owner: str, called_at: datetime) -> Path:
    name = f"{owner} {called_at.astimezone(UTC).isoformat()}"
    return Path(settings.LOCK_DIR) / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.calls"


def _boot_id() -> str:
    """Return the name of this run of the machine; "" where it has none, and then no journal's word counts."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _forget_after_fork() -> None:
    for journal in _open:
        journal.forget()
    _open.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
