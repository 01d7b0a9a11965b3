"""The web server of the Procfile on loopback, for measurements and proofs, and what processor time it takes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from campaigns import hits, spool

_TICKS: Final = os.sysconf("SC_CLK_TCK")
PATIENCE: Final = 60  # seconds for the server to start, and to stop


@dataclass(frozen=True)
class Server:
    """A running web server: its process, its port on 127.0.0.1, and the file that holds what it printed."""

    pid: int
    port: int
    log: Path


@contextmanager
def web_server(folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve this installation as the Procfile does, its spool under `folder`; `environment` wins over ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    lines = (Path(settings.BASE_DIR) / "Procfile").read_text().splitlines()
    command = next(line.removeprefix("web:") for line in lines if line.startswith("web:"))
    log = folder / "server.log"
    where = {
        "VAR_DIR": str(folder),
        "ALLOWED_HOSTS": "127.0.0.1",
        "WEB_HOST": "127.0.0.1",
        "PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with log.open("ab") as out:
        server = subprocess.Popen(  # noqa: S603 -- our own server
            ["/bin/sh", "-c", f"exec {command}"],
            env={**os.environ, **where, **environment},
            stdout=out,
            stderr=out,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
    try:
        _wait_for(port)
        yield Server(server.pid, port, log)
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(PATIENCE)


def processor_seconds(root: int) -> float:
    """Return what a process and all below it have used of processors so far, the ended ones included (Linux)."""
    used: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(path.parent.name)
        used[pid] = sum(int(ticks) for ticks in fields[11:15]) / _TICKS
        children[int(fields[1])].append(pid)
    total, left = 0.0, [root]
    while left:
        pid = left.pop()
        total += used.get(pid, 0.0)
        left += children[pid]
    return total


def commit_durably() -> None:
    """Make PostgreSQL sync what it commits, also where it was started for speed."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit TO on')
    connection.close()


def postmaster() -> int:
    """Return the process of the PostgreSQL on this machine that all its others come from."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def take_in_all(folder: Path) -> None:
    """Take in what the server on `folder` has spooled, where it has not done so itself."""
    kept_in, settings.VAR_DIR = settings.VAR_DIR, folder
    try:
        until = time.monotonic() + 60
        while spool.waiting() and time.monotonic() < until:
            hits.take_in()
            time.sleep(0.2)
    finally:
        settings.VAR_DIR = kept_in


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The web server does not answer")
