"""The stages on the sample town, each beside the least that the machine needs for the same effect."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection, transaction

from businesses.leads import qualify_leads
from businesses.models import Business
from businesses.scraping import scrape_grids
from businesses.sources.sample import BOUNDS, COUNTRY, TOWN
from campaigns.drafting import create_campaigns
from campaigns.sending import send_campaigns
from monitoring import page_benches  # noqa: F401 -- importing registers them
from monitoring.metrics import pipeline_metrics
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench, per_second
from pipeline.models import Budget
from pipeline.runner import Run
from sites.generation import generate_sites
from sites.publishing import publish_sites
from territories.coverage import add_territory

ROWS = 1000


@bench
def sample_town(folder: Path) -> list[Figure]:
    """Run the sample town through the stages and time each."""
    commit, file = per_second(_commit, ROWS), per_second(lambda: _write_file(folder), 200)
    run = Run(by="bench")
    add_territory(
        TOWN, south=BOUNDS.south, west=BOUNDS.west, north=BOUNDS.north, east=BOUNDS.east,
        source="sample", country=COUNTRY, now=SYSTEM_CLOCK.now(),
    )  # fmt: skip
    stages = [
        ("businesses scraped", lambda: _scraped(run), "one commit", commit),
        ("leads decided on", lambda: qualify_leads(run, limit=1000).total, "one commit", commit),
        ("sites built", lambda: generate_sites(run, limit=100).total, "one commit", commit),
        ("sites published", lambda: publish_sites(run, limit=100).total, "one file written and synced", file),
        ("mails written", lambda: create_campaigns(run, limit=100).rows["done"], "one commit", commit),
        ("mails sent", lambda: send_campaigns(run, limit=100).total, "one file written and synced", file),
    ]
    figures = [_timed(name, work, floor, rate) for name, work, floor, rate in stages]
    queries = per_second(_count, 100)
    status = per_second(lambda: pipeline_metrics(SYSTEM_CLOCK.now()), 50)
    return [*figures, Figure("whole sets of figures", status, "/s", "one count", queries)]


def _scraped(run: Run) -> int:
    scrape_grids(run, limit=10)
    return Business.objects.count()


def _timed(name: str, work: Callable[[], int], floor: str, rate: float) -> Figure:
    begun = time.perf_counter()
    done = work()
    return Figure(name, done / (time.perf_counter() - begun), "/s", floor, rate)


def _commit() -> None:
    with transaction.atomic():
        Budget.objects.filter(name="bench").update(used=1)


def _count() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM businesses_business")
        cursor.fetchone()


def _write_file(folder: Path) -> None:
    with (folder / "floor").open("wb") as file:
        file.write(b"x" * 8000)
        file.flush()
        os.fsync(file.fileno())
