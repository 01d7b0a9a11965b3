"""Measurements: what one is, and the registry that `manage.py bench` prints.

A room registers its own in `<room>/benches.py`. A speed is told beside the bare act of the same kind, measured in
the same run: the ratio travels from machine to machine better than the rate does.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Figure:
    """One measurement. floor: the bare act beside it, with its value in the same unit. goal: what is wanted, in
    words; reached: whether it is, None where nothing is wanted."""

    name: str
    value: float
    unit: str
    floor: str = ""
    floor_value: float | None = None
    goal: str = ""
    reached: bool | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the floor's time one takes, for a rate with a floor."""
        return self.floor_value / self.value if self.floor_value is not None and self.value else None


Bench = Callable[[Path], list[Figure]]

_benches: dict[str, Bench] = {}


def bench(make: Bench) -> Bench:
    """Register `make(folder)`; it finds an empty installation and may write rows and files."""
    _benches[f"{make.__module__.split('.')[0]}.{make.__name__}"] = make
    return make


def benches() -> dict[str, Bench]:
    """Return every measurement by its name, in the order of the rooms."""
    autodiscover_modules("benches")
    return dict(_benches)


def per_second(act: Callable[[], object], times: int) -> float:
    """Return how often a second `act` can be done, from doing it `times` times."""
    begun = time.perf_counter()
    for _ in range(times):
        act()
    return times / (time.perf_counter() - begun)
