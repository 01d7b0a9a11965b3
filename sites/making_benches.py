"""How many sites one core makes, from the record of a business to files on disk."""

import os
import time
from itertools import count
from pathlib import Path

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
    """Sites of all trades: written, rendered, put through every gate and published with each file synced. Beside it,
    in turn with it, the bare writing and syncing of the same files."""
    publisher, numbers = FolderPublisher(folder / "made"), count()
    for _ in range(WARMING):  # fonts, sheets and drawings are read once in the life of a process
        _make(next(numbers), publisher)
    wall = busy = bare = 0.0
    for _ in range(ROUNDS):
        begun, worked = time.perf_counter(), time.process_time()
        made = [_make(next(numbers), publisher) for _ in range(MADE)]
        wall, busy = wall + time.perf_counter() - begun, busy + time.process_time() - worked
        bare += _written(made, folder / "bare")
    sites = ROUNDS * MADE
    return [
        Figure(
            "sites made", sites / wall, "/s", "their files written and synced", sites / bare,
            f"at least {GOAL}/s", sites / wall >= GOAL,
        ),
        Figure("sites made, by processor time", sites / busy, "/s"),
    ]  # fmt: skip


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
