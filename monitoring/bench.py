"""Measurements of the product on the sample town, each beside the least that the machine needs for the same effect.

A ratio says how much the product adds; it travels from machine to machine better than a rate does.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from businesses.leads import qualify_leads
from businesses.models import Business
from businesses.scraping import scrape_grids
from businesses.sources.sample import BOUNDS, COUNTRY, TOWN
from campaigns.drafting import create_campaigns
from campaigns.sending import send_campaigns
from monitoring.metrics import pipeline_metrics
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import Budget
from pipeline.runner import Run
from sites.generation import generate_sites
from sites.publishing import publish_sites
from territories.coverage import add_territory

ROWS = 1000


@dataclass(frozen=True)
class Figure:
    """One measurement: what was done how often a second, and the floor: the bare act of the same kind."""

    name: str
    per_second: float
    floor: str
    floor_per_second: float

    @property
    def ratio(self) -> float:
        """How many times the floor's time one takes."""
        return self.floor_per_second / self.per_second


class NotEmpty(Exception):
    """Measuring writes rows, so it wants an installation of its own."""


def measure(folder: Path) -> list[Figure]:
    """Run the sample town through the stages and time each; `folder` takes the floors' files."""
    if Business.objects.exists():
        raise NotEmpty("This installation holds data. Measure in an empty one: make bench")
    run = Run(by="bench")
    commit, file = _per_second(_commit, ROWS), _per_second(lambda: _write_file(folder), 200)
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
    queries = _per_second(_count, 100)
    status = _per_second(lambda: pipeline_metrics(SYSTEM_CLOCK.now()), 50)
    return [*figures, Figure("whole sets of figures", status, "one count", queries)]


def _scraped(run: Run) -> int:
    scrape_grids(run, limit=10)
    return Business.objects.count()


def _timed(name: str, work: Callable[[], int], floor: str, rate: float) -> Figure:
    begun = time.perf_counter()
    done = work()
    return Figure(name, done / (time.perf_counter() - begun), floor, rate)


def _per_second(act: Callable[[], object], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        act()
    return times / (time.perf_counter() - begun)


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
