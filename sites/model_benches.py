"""How well sites wait for a model together: many in flight beside one alone, with a stand-in that takes its time."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings

from businesses.tests.factories import make_business
from pipeline.measure import Figure, bench
from pipeline.runner import Run
from sites.engines.claude.client import close_clients
from sites.generation import generate_sites
from sites.tests.claude_api import KEY, ClaudeApi, running_api

SITES = 20
# Seconds a call, where a model takes ten or more: what is not waiting weighs more here than in life.
DELAY = 4.0
GOAL = 1.15


@bench
def sites_in_flight(folder: Path) -> list[Figure]:
    """Build one site, then twenty at once, through the stand-in of the Messages API."""
    with running_api() as api, override_settings(**_settings(api, folder)):
        _order(1)
        _seconds(1)  # the first site of a process reads the bank and the templates
        api.delay = DELAY
        _order(1)
        alone = _seconds(1)
        _order(SITES)
        together = _seconds(SITES)
        close_clients()
    return [
        Figure(
            f"{SITES} sites in flight at a model", together, "s", "one site alone", alone,
            f"at most {GOAL} times the one", together <= GOAL * alone,
        )
    ]  # fmt: skip


def _settings(api: ClaudeApi, folder: Path) -> dict[str, Any]:
    return {
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": api.url,
        "ANTHROPIC_PARALLEL": SITES,
        "DAY_BUDGETS": settings.DAY_BUDGETS | {"llm_usd": 100, "sites": 100},
        "LOCK_DIR": folder,
    }


def _seconds(sites: int) -> float:
    begun = time.perf_counter()
    done = generate_sites(Run(by="bench"), limit=sites).rows["done"]
    if done != sites:
        raise RuntimeError(f"{done} of {sites} sites were built")
    return time.perf_counter() - begun


def _order(sites: int) -> None:
    for _ in range(sites):
        make_business()
