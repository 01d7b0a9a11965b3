"""Hits while PostgreSQL falls down twice: what was answered is kept, and everything once."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import batched, chain, cycle
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import Error as DatabaseTrouble
from django.db import connection

from campaigns.bench_clients import Request, ask_all
from campaigns.bench_mails import make_mails, requests_for
from campaigns.bench_server import commit_durably, take_in_all, web_server
from campaigns.models import Event
from pipeline import tokens
from pipeline.measure import Figure, bench

MAILS: Final = 2_000
CLIENTS: Final = 16
AT_ONCE: Final = 500  # requests of one client, after which it is looked whether to go on
FALLS: Final = 2
BETWEEN: Final = 1.0  # seconds of load before each fall, and after the last one
PATIENCE: Final = 60  # seconds for PostgreSQL to come back
BUSY: Final = 503  # what cannot be looked up without a database is asked for again later


@bench
def hits_while_the_database_falls(folder: Path) -> list[Figure]:
    """Kill a backend of PostgreSQL twice under load: it drops all connections and recovers from its log each time."""
    if connection.vendor != "postgresql" or not _is_here():
        return []
    call_command("collectstatic", interactive=False, verbosity=0)
    commit_durably()
    answers: Counter[int] = Counter()
    asked: Counter[Request] = Counter()
    requests = batched(_endless(requests_for(make_mails(MAILS))), AT_ONCE)
    with web_server(folder, {}) as server:
        falling = _Falls()
        falling.start()
        while falling.is_alive():
            some = next(requests)
            answers += ask_all(server.port, some, clients=CLIENTS, folder=folder).answers
            asked.update(some)
        connection.close()  # it fell too
        take_in_all(folder)
    if falling.seconds_away is None or set(answers) - {200, 302, BUSY}:
        raise AssertionError(f"Not every hit was answered, or PostgreSQL did not come back: {dict(answers)}")
    lost = answers[200] + answers[302] - Event.objects.count()
    goal = "none"
    return [
        Figure("hits answered while PostgreSQL fell down twice", answers[200] + answers[302], "hits"),
        Figure("the same, lost", max(0, lost), "hits", goal=goal, reached=lost <= 0),
        Figure("the same, doubled", doubled := _doubled(asked), "hits", goal=goal, reached=doubled == 0),
        Figure("the same, asked to come back later", answers[BUSY], "hits"),
        Figure("the same, longest time without a database", falling.seconds_away, "s"),
    ]


def _is_here() -> bool:
    """Tell whether PostgreSQL runs on this machine: its processes are no others' of the same number."""
    return str(connection.get_connection_params().get("host", "")).startswith("/")


class _Falls(threading.Thread):
    """Lets PostgreSQL fall down FALLS times. seconds_away: the longest it was gone; None until it is over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds_away: float | None = None

    def run(self) -> None:
        longest = 0.0
        for _ in range(FALLS):
            time.sleep(BETWEEN)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend = cursor.fetchone()[0]
            os.kill(backend, signal.SIGKILL)
            longest = max(longest, self._wait())
        time.sleep(BETWEEN)
        connection.close()
        self.seconds_away = longest

    def _wait(self) -> float:
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE:
            connection.close()
            try:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_sleep(0.1)"
                    )  # who gets in before it falls does not stay so long
            except DatabaseTrouble:
                time.sleep(0.02)
            else:
                return time.monotonic() - begun
        raise AssertionError("PostgreSQL did not come back")


def _endless(requests: list[Request]) -> Iterator[Request]:
    """Yield every request, and then all but the noes, which count only once, again and again."""
    return chain(requests, cycle([request for request in requests if request[0] == "GET"]))


def _doubled(asked: Counter[Request]) -> int:
    """Return how many hits are stored beyond what was asked for."""
    wanted = Counter({_key(path): count for (_, path), count in asked.items()})
    stored = Counter(Event.objects.values_list("kind", "message_id", "link"))
    return (stored - wanted).total()


def _key(path: str) -> tuple[str, int, int]:
    """Return kind, mail and link of the event that a hit on `path` becomes."""
    doors: dict[str, tuple[tokens.Purpose, str]] = {
        "o": ("open", Event.Kind.OPENED),
        "c": ("click", Event.Kind.CLICKED),
        "u": ("unsubscribe", Event.Kind.UNSUBSCRIBED),
    }
    purpose, kind = doors[path[1]]
    read = tokens.read_token(purpose, path[3:].removesuffix(".gif"))
    if read is None:
        raise AssertionError(f"{path} is not ours")
    return str(kind), *read
