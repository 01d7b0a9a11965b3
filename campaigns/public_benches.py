"""What the public doors bear: a real web server, hits on pixel, links and ways out mixed, every one of them durable."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import connection

from campaigns.bench_clients import Asked, Request, ask_all, ask_by_threads
from campaigns.bench_mails import make_mails, requests_for
from campaigns.bench_server import commit_durably, postmaster, processor_seconds, take_in_all, web_server
from campaigns.leaving import CalledOff, check_nobody_said_no
from campaigns.models import Campaign, Event, Message, Suppression
from campaigns.sending import SEND
from pipeline import tokens
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench

MAILS: Final = 3_000
ROUNDS: Final = 2  # how often each address is asked for
FLOOR: Final = 8_000
CLIENTS: Final = 16
WANTED: Final = 2_000.0  # hits a second
SLOWEST: Final = 50.0  # ms, of 99 in 100
NOT_OURS: Final = "/o/none.gif"
NOES: Final = 50
AT_ONCE: Final = 1_000.0  # ms between the answer to a no and its effect


@bench
def public_hits(folder: Path) -> list[Figure]:
    """Ask for pixels and links, and say no, over sixteen connections; then count what the database holds of it."""
    if connection.vendor != "postgresql":
        return []
    call_command("collectstatic", interactive=False, verbosity=0)
    commit_durably()
    hits_asked = requests_for(make_mails(MAILS)) * ROUNDS
    with web_server(folder, {}) as server:
        ask_all(server.port, [("GET", NOT_OURS)] * 500, clients=CLIENTS, folder=folder)  # its workers wake up
        nothing_kept = ask_all(server.port, [("GET", NOT_OURS)] * FLOOR, clients=CLIENTS, folder=folder)
        before = [processor_seconds(pid) for pid in (server.pid, postmaster())]
        asked = ask_all(server.port, hits_asked, clients=CLIENTS, folder=folder)
        take_in_all(folder)
        after = [processor_seconds(pid) for pid in (server.pid, postmaster())]
    if set(asked.answers) != {200, 302}:
        raise AssertionError(f"Not every hit was answered: {dict(asked.answers)}")
    used = [end - begin for begin, end in zip(before, after, strict=True)]
    spent = zip(("web server", "PostgreSQL", asked.client), [*used, asked.seconds], strict=True)
    wrong = _lost_or_doubled(hits_asked)
    return [
        *_speed(asked, nothing_kept),
        Figure("public doors, lost or doubled", wrong, "hits", goal="none", reached=wrong == 0),
        *(
            Figure(f"public doors, processor time of {who}", seconds / len(hits_asked) * 1e6, "us a hit")
            for who, seconds in spent
        ),
    ]


def _speed(asked: Asked, nothing_kept: Asked) -> list[Figure]:
    rate, slowest = asked.rate, asked.slowest
    return [
        Figure(
            f"public doors, durable hits, asked by {asked.client}",
            rate,
            "hits/s",
            "the same server, picture for no token",
            nothing_kept.rate,
            f"{WANTED:,.0f} hits/s",
            rate >= WANTED,
        ),
        Figure("public doors, p99", slowest, "ms", goal=f"under {SLOWEST:.0f} ms", reached=slowest < SLOWEST),
    ]


def _lost_or_doubled(requests: Sequence[Request]) -> int:
    """Return by how many the hits and the noes that are stored differ from those that were asked for."""
    looks = sum(method == "GET" for method, _ in requests)
    noes = len({path for method, path in requests if method == "POST"})
    kept = Event.objects.exclude(kind=Event.Kind.UNSUBSCRIBED).count()
    return abs(looks - kept) + abs(noes - Suppression.objects.count())


@bench
def no_to_effect(folder: Path) -> list[Figure]:
    """Say no to mails that wait to be sent; measure from each answer until no worker may take that mail in hand."""
    if connection.vendor != "postgresql":
        return []
    call_command("collectstatic", interactive=False, verbosity=0)
    messages = make_mails(NOES)
    Campaign.objects.update(status=Campaign.Status.PENDING, sent_at=None)
    slowest = 0.0
    with web_server(folder, {}) as server:
        for message in messages:
            if not _may_go(message):
                raise AssertionError("The mail could not go even before anybody said no")
            path = f"/u/{tokens.make_token('unsubscribe', message.pk)}"
            asked = ask_by_threads(server.port, [("POST", path)], clients=1)
            answered = time.perf_counter()
            if set(asked.answers) != {200}:
                raise AssertionError(f"A no was not answered: {dict(asked.answers)}")
            while _may_go(message):
                pass
            slowest = max(slowest, (time.perf_counter() - answered) * 1000)
    reached = slowest < AT_ONCE
    return [
        Figure("a no until it is in effect, slowest of 50", slowest, "ms", goal="under 1 s", reached=reached)
    ]


def _may_go(message: Message) -> bool:
    """Tell whether a worker could claim a mail, and would send it."""
    try:
        check_nobody_said_no(message.campaign, message)
    except CalledOff:
        return SEND.due(SYSTEM_CLOCK.now()).filter(pk=message.campaign_id).exists()
    return True
