"""What the public doors bear: a real web server, hits on pixel, links and ways out mixed, every one of them durable."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from businesses.models import Business
from campaigns import hits
from campaigns.models import Campaign, Event, Message, Suppression
from pipeline import tokens
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench
from sites.models import Site
from territories.coverage import add_territory
from territories.models import CoverageGrid

MAILS: Final = 400
ASKED: Final = 8_000
CLIENTS: Final = 8
WANTED: Final = 2_000.0  # hits a second
SLOWEST: Final = 50.0  # ms, of 99 in 100
NOT_OURS: Final = "/o/none.gif"


@bench
def public_hits(folder: Path) -> list[Figure]:
    """Ask for pixels and links, and say no, from eight connections; then count what the database holds of it."""
    if connection.vendor != "postgresql":
        return []
    call_command("collectstatic", interactive=False, verbosity=0)
    paths = _paths(_make_mails())
    with _server(folder) as port:
        _ask_all(port, [("GET", NOT_OURS)] * 500)  # its workers wake up
        floor, _, _ = _ask_all(port, [("GET", NOT_OURS)] * ASKED)
        rate, slowest, answers = _ask_all(port, list(islice(cycle(paths), ASKED)))
    kept_in, settings.VAR_DIR = settings.VAR_DIR, folder
    try:
        hits.take_in()
    finally:
        settings.VAR_DIR = kept_in
    if set(answers) != {200, 302}:
        raise AssertionError(f"Not every hit was answered: {dict(answers)}")
    asked = sum(method == "GET" for method, _ in islice(cycle(paths), ASKED))
    lost = asked - Event.objects.exclude(kind=Event.Kind.UNSUBSCRIBED).count()
    lost += len({path for method, path in paths if method == "POST"}) - Suppression.objects.count()
    goal = f"{WANTED:,.0f} hits/s"
    return [
        Figure(
            "public doors, durable hits",
            rate,
            "hits/s",
            "the same server, picture for no token",
            floor,
            goal,
            rate >= WANTED,
        ),
        Figure("public doors, p99", slowest, "ms", goal=f"under {SLOWEST:.0f} ms", reached=slowest < SLOWEST),
        Figure("public doors, answered and not kept", lost, "hits", goal="none", reached=lost == 0),
    ]


def _paths(messages: list[Message]) -> list[tuple[str, str]]:
    """Return requests as readers make them: as many pictures as links, and one in fifty says no."""
    found = []
    for number, message in enumerate(messages):
        if number % 50 == 49:
            found.append(("POST", f"/u/{tokens.make_token('unsubscribe', message.pk)}"))
            continue
        found.append(("GET", f"/o/{tokens.make_token('open', message.pk)}.gif"))
        found.append(("GET", f"/c/{tokens.make_token('click', message.pk, 1)}"))
    return found


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    """Serve this installation's pages, its spool in `folder`, as the Procfile does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "webmagic.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
    # Its database is ours, by the environment.
    environment = os.environ | {"VAR_DIR": str(folder), "ALLOWED_HOSTS": "127.0.0.1"}
    log = (folder / "server.log").open("wb")
    with (
        log,
        subprocess.Popen(  # noqa: S603 -- our own server
            command, env=environment, stdout=log, stderr=log, cwd=settings.BASE_DIR
        ) as server,
    ):
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The web server does not answer")


def _ask_all(port: int, requests: list[tuple[str, str]]) -> tuple[float, float, Counter[int]]:
    """Ask everything; returns requests a second, the 99th of 100 in milliseconds, and answers by status."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    lock = threading.Lock()

    def ask(mine: list[tuple[str, str]]) -> None:
        took, answered = _ask(port, mine)
        with lock:
            times.extend(took)
            statuses.update(answered)

    begun = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(requests[n::CLIENTS],)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    return len(requests) / seconds, sorted(times)[int(len(times) * 0.99)] * 1000, statuses


def _ask(port: int, requests: list[tuple[str, str]]) -> tuple[list[float], list[int]]:
    times, statuses = [], []
    channel = socket.create_connection(("127.0.0.1", port), 30)
    for method, path in requests:
        body = "List-Unsubscribe=One-Click" if method == "POST" else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux) Firefox/128.0\r\n"
        if body:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        begun = time.perf_counter()
        channel.sendall(f"{head}\r\n{body}".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            if not (part := channel.recv(65536)):
                raise AssertionError("The server closed the connection")
            answer += part
        top, _, rest = answer.partition(b"\r\n\r\n")
        lower = top.lower()
        at = lower.find(b"content-length:")
        left = (int(lower[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0) - len(rest)
        while left > 0:
            left -= len(channel.recv(65536))
        times.append(time.perf_counter() - begun)
        statuses.append(int(top[9:12]))
        if b"connection: close" in lower:
            channel.close()
            channel = socket.create_connection(("127.0.0.1", port), 30)
    channel.close()
    return times, statuses


def _make_mails() -> list[Message]:
    """Store mails that went out, each to a business of its own."""
    now = SYSTEM_CLOCK.now()
    territory = add_territory(
        "Benchtown", south=44.0, west=-73.0, north=44.1, east=-72.9, source="sample", country="US", now=now
    )
    grid = CoverageGrid.objects.filter(territory=territory)[0]
    businesses = Business.objects.bulk_create(
        Business(
            territory=territory, grid=grid, name=f"Shop {number}", category="bakery", lat=44.05, lon=-72.95,
            country="US", email=f"info@shop{number}.example", found_at=now, seen_at=now, status_changed_at=now,
        )
        for number in range(MAILS)
    )  # fmt: skip
    sites = Site.objects.bulk_create(
        Site(business=business, slug=f"shop-{business.pk}", created_at=now, status=Site.Status.PUBLISHED)
        for business in businesses
    )
    campaigns = Campaign.objects.bulk_create(
        Campaign(site=site, business=site.business, created_at=now, sent_at=now, status=Campaign.Status.SENT)
        for site in sites
    )
    return Message.objects.bulk_create(
        Message(
            campaign=campaign, recipient=campaign.business.email, recipient_hash=f"{campaign.pk:064x}",
            sender="hello@fernhill.example", subject="A website", message_id=f"<{campaign.pk}@fernhill.example>",
            body=b"", body_sha256="", links=["https://shop.example/"], writer="bench", created_at=now, sent_at=now,
        )
        for campaign in campaigns
    )  # fmt: skip
