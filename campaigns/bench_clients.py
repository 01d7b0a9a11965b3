"""Clients that ask a web server for a list of addresses: wrk where it is installed, else threads of our own."""

import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

AGENT: Final = "Mozilla/5.0 (X11; Linux) Firefox/128.0"
NO: Final = "List-Unsubscribe=One-Click"
BROKEN: Final = 0  # the status of a request whose connection broke before its answer
PATIENCE: Final = 120  # seconds
_SCRIPT: Final = Path(__file__).with_name("bench_wrk.lua")

Request = tuple[str, str]  # method, path


@dataclass(frozen=True)
class Asked:
    """What came of a list of requests.

    rate: answers a second; slowest: milliseconds that 99 of 100 stayed below; answers: how many by their status;
    client: who asked; seconds: what the client used of a processor.
    """

    rate: float
    slowest: float
    answers: Counter[int]
    client: str
    seconds: float


def ask_all(port: int, requests: Sequence[Request], *, clients: int, folder: Path) -> Asked:
    """Ask for everything once, over `clients` connections at a time; `folder` is for files of the client."""
    wrk = shutil.which("wrk")
    return (
        _by_wrk(wrk, port, requests, clients, folder)
        if wrk
        else ask_by_threads(port, requests, clients=clients)
    )


def _by_wrk(wrk: str, port: int, requests: Sequence[Request], clients: int, folder: Path) -> Asked:
    listed = folder / "requests.txt"
    listed.write_text("\n".join(f"{method} {path}" for method, path in requests) + "\n")
    command = [wrk, "-t1", f"-c{clients}", f"-d{PATIENCE}s", "-s", str(_SCRIPT), "-H", f"User-Agent: {AGENT}"]
    before = _children_seconds()
    with subprocess.Popen(  # noqa: S603 -- a program of the system with arguments of our own
        [*command, f"http://127.0.0.1:{port}", "--", str(listed)], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None  # noqa: S101 -- for the types
        for line in running.stdout:
            if line == "answered\n":
                running.send_signal(signal.SIGINT)
                break
        last = running.stdout.read().splitlines()[-1]
    count, seconds, slowest, broken, statuses = last.split(" ")
    answers = Counter(
        {int(pair.split(":")[0]): int(pair.split(":")[1]) for pair in statuses.split(",") if pair}
    )
    if int(broken):
        answers[BROKEN] = int(broken)
    return Asked(int(count) / float(seconds), float(slowest), answers, "wrk", _children_seconds() - before)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ask_by_threads(port: int, requests: Sequence[Request], *, clients: int) -> Asked:
    """Ask by threads of this process, one connection each."""
    times: list[float] = []
    answers: Counter[int] = Counter()
    lock = threading.Lock()

    def ask(mine: Sequence[Request]) -> None:
        took, answered = _ask(port, mine)
        with lock:
            times.extend(took)
            answers.update(answered)

    begun, used = time.perf_counter(), time.process_time()
    threads = [threading.Thread(target=ask, args=(requests[n::clients],)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    slowest = sorted(times)[int(len(times) * 0.99)] * 1000
    return Asked(len(requests) / seconds, slowest, answers, "Python", time.process_time() - used)


def _ask(port: int, requests: Sequence[Request]) -> tuple[list[float], list[int]]:
    times, statuses = [], []
    channel: socket.socket | None = None
    for method, path in requests:
        begun = time.perf_counter()
        try:
            channel = channel or socket.create_connection(("127.0.0.1", port), 30)
            channel.sendall(raw(method, path))
            status, stays_open, _ = read_answer(channel)
        except OSError:
            status, stays_open = BROKEN, False
        times.append(time.perf_counter() - begun)
        statuses.append(status)
        if channel and not stays_open:
            channel.close()
            channel = None
    if channel:
        channel.close()
    return times, statuses


def raw(method: str, path: str, host: str = "127.0.0.1") -> bytes:
    """Return a request as it goes over the wire; a POST says no as mail programs do."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {AGENT}\r\n"
    if method != "POST":
        return f"{head}\r\n".encode()
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(NO)}\r\n"
    return f"{head}\r\n{NO}".encode()


def read_answer(channel: socket.socket, *, has_body: bool = True) -> tuple[int, bool, bytes]:
    """Return status, whether the connection stays open, and the whole answer. Raises OSError where it ends early."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        if not (part := channel.recv(65536)):
            raise ConnectionResetError("The server closed the connection")
        answer += part
    top, _, rest = answer.partition(b"\r\n\r\n")
    lower = top.lower()
    at = lower.find(b"content-length:")
    left = (int(lower[at + 15 :].split(b"\r\n")[0]) if at >= 0 and has_body else 0) - len(rest)
    while left > 0:
        if not (part := channel.recv(65536)):
            raise ConnectionResetError("The server closed the connection")
        left -= len(part)
        answer += part
    return int(top[9:12]), b"connection: close" not in lower, answer
