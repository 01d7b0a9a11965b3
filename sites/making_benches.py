"""How many sites one core makes, from the record of a business to files on disk."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path

from django.conf import settings

from businesses.categories import find_family
from pipeline.measure import Figure, bench
from sites.bank_benches import neighbour
from sites.engines.bank import BANKS
from sites.engines.embedded import EmbeddedEngine
from sites.facts import build_fact_sheet
from sites.gates import run_gates
from sites.publishers.folder import FolderPublisher
from sites.rendering import Agency, Links, SiteFiles, render_site

WARMING, MADE, ROUNDS, GOAL = 60, 20, 8, 40
AGENCY = Agency("Northlight Web Agency", "4 Sample Street, Sampleville", "hello@northlight.example")
LINKS = Links("/claim/token/", "/claim/token/remove/", "/s/bench/privacy.html")


@bench
def whole_site(folder: Path) -> list[Figure]:
    """Sites of all trades: written, rendered, put through every gate and published with each file synced. On one core,
    by as many threads as a stage has: one works while the others wait for the disk. Beside them, in turn with them, the
    same one site after the other, and the bare writing and syncing of the same files."""
    publisher, numbers = FolderPublisher(folder / "made"), count()

    def make(number: int) -> SiteFiles:
        return _make(number, publisher)

    together = busy = alone = bare = 0.0
    with _one_core(), ThreadPoolExecutor(settings.THREADS) as stage:
        for number in islice(numbers, WARMING):
            make(number)  # fonts, sheets and drawings are read once in the life of a process
        for _ in range(ROUNDS):
            begun, worked = time.perf_counter(), time.process_time()
            made = list(stage.map(make, islice(numbers, MADE)))
            together, busy = together + time.perf_counter() - begun, busy + time.process_time() - worked
            begun = time.perf_counter()
            for number in islice(numbers, MADE):
                make(number)
            alone += time.perf_counter() - begun
            bare += _written(made, folder / "bare")
    sites = ROUNDS * MADE
    return [
        Figure(
            f"sites made, {settings.THREADS} at a time", sites / together, "/s",
            "their files written and synced", sites / bare, f"at least {GOAL}/s", sites / together >= GOAL,
        ),
        Figure("sites made, one after the other", sites / alone, "/s", "the same", sites / bare),
        Figure("sites made, by processor time", sites / busy, "/s"),
    ]  # fmt: skip


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep this thread, and those that it starts, on one core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _make(number: int, publisher: FolderPublisher) -> SiteFiles:
    trades = sorted(BANKS["en"].packs)
    trade = trades[number % len(trades)]
    facts = build_fact_sheet(neighbour(number % 1000, trade, find_family(trade), "en"))
    spec = EmbeddedEngine().write(facts, seed=f"bench {number}")
    address = f"https://sites.example/s/bench-{number}/"
    files = render_site(spec, facts, agency=AGENCY, links=LINKS, base_url=address)
    refused = [result for result in run_gates(files, spec, facts) if not result.passed]
    if refused:
        raise RuntimeError(f"site {number} was refused: {refused}")
    publisher.publish(f"bench-{number}", files)
    return files


def _written(sites: list[SiteFiles], folder: Path) -> float:
    """Seconds for the same bytes, one file after the other; the folder is emptied again."""
    folder.mkdir(exist_ok=True)
    begun = time.perf_counter()
    paths = []
    for number, content in enumerate(content for files in sites for content in files.values()):
        paths.append(folder / str(number))
        with paths[-1].open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    seconds = time.perf_counter() - begun
    for path in paths:
        path.unlink()
    return seconds
