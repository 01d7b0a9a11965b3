"""What the public doors bear: a real web server, hits on pixel, links and ways out mixed, every one of them durable."""

import time
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from businesses.models import Business
from campaigns import hits, spool
from campaigns.bench_clients import ask_all
from campaigns.bench_server import processor_seconds, web_server
from campaigns.models import Campaign, Event, Message, Suppression
from pipeline import tokens
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench
from sites.models import Site
from territories.coverage import add_territory
from territories.models import CoverageGrid

MAILS: Final = 3_000
ROUNDS: Final = 2  # how often each address is asked for
FLOOR: Final = 8_000
CLIENTS: Final = 16
WANTED: Final = 2_000.0  # hits a second
SLOWEST: Final = 50.0  # ms, of 99 in 100
NOT_OURS: Final = "/o/none.gif"


@bench
def public_hits(folder: Path) -> list[Figure]:
    """Ask for pixels and links, and say no, over eight connections; then count what the database holds of it."""
    if connection.vendor != "postgresql":
        return []
    call_command("collectstatic", interactive=False, verbosity=0)
    _commit_durably()
    paths = _paths(_make_mails())
    hits_asked = paths * ROUNDS
    with web_server(folder, {}) as server:
        ask_all(server.port, [("GET", NOT_OURS)] * 500, clients=CLIENTS, folder=folder)  # its workers wake up
        nothing_kept = ask_all(server.port, [("GET", NOT_OURS)] * FLOOR, clients=CLIENTS, folder=folder)
        before = [processor_seconds(pid) for pid in (server.pid, _postmaster())]
        asked = ask_all(server.port, hits_asked, clients=CLIENTS, folder=folder)
        _take_in(folder)
        after = [processor_seconds(pid) for pid in (server.pid, _postmaster())]
    if set(asked.answers) != {200, 302}:
        raise AssertionError(f"Not every hit was answered: {dict(asked.answers)}")
    used = [end - begin for begin, end in zip(before, after, strict=True)]
    lost = sum(method == "GET" for method, _ in hits_asked)
    lost -= Event.objects.exclude(kind=Event.Kind.UNSUBSCRIBED).count()
    lost += len({path for method, path in paths if method == "POST"}) - Suppression.objects.count()
    goal = f"{WANTED:,.0f} hits/s"
    by = f"by {asked.client}"
    return [
        Figure(
            f"public doors, durable hits, asked {by}",
            asked.rate,
            "hits/s",
            "the same server, picture for no token",
            nothing_kept.rate,
            goal,
            asked.rate >= WANTED,
        ),
        Figure(
            "public doors, p99",
            asked.slowest,
            "ms",
            goal=f"under {SLOWEST:.0f} ms",
            reached=asked.slowest < SLOWEST,
        ),
        Figure("public doors, lost or doubled", abs(lost), "hits", goal="none", reached=lost == 0),
        *(
            Figure(f"public doors, processor time of {who}", seconds / len(hits_asked) * 1e6, "us a hit")
            for who, seconds in zip(
                ("the web server", "PostgreSQL", f"the client, {asked.client}"),
                [*used, asked.seconds],
                strict=True,
            )
        ),
    ]


def _commit_durably() -> None:
    """Make PostgreSQL sync what it commits, also where it was started for speed."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit TO on')
    connection.close()


def _postmaster() -> int:
    """Return the process of the PostgreSQL on this machine that all its others come from."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def _take_in(folder: Path) -> None:
    kept_in, settings.VAR_DIR = settings.VAR_DIR, folder
    try:
        until = time.monotonic() + 60
        while spool.waiting() and time.monotonic() < until:
            hits.take_in()
            time.sleep(0.2)
    finally:
        settings.VAR_DIR = kept_in


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
