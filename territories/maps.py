"""A territory as the map draws it: its cells by state, each with what is known of it, as plain values."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from territories.gazetteer import Place, side_of_town
from territories.models import CoverageGrid, Territory

type CellState = Literal["done", "incomplete", "running", "failed", "todo"]
# The worst first: where a cell is asked for by groups of trades, its rectangle shows the worst of them.
STATES: Final[tuple[CellState, ...]] = ("failed", "incomplete", "running", "todo", "done")
MOST_CELLS: Final = 1_000  # drawn, a large city; the list holds the rest
OTHERS: Final = 100  # territories drawn around, to find one's way by
GEONAMES: Final = (
    '<a href="https://www.geonames.org/" rel="noopener" target="_blank">GeoNames</a> (CC BY 4.0)'
)
WORLD: Final = [-60.0, -170.0, 75.0, 170.0]

Status = CoverageGrid.Status


@lru_cache(maxsize=100)  # thousands of cells, few states
def cell_state(status: str, coverage: str) -> CellState:
    """Return how a cell is drawn; done is only what is proved to be complete."""
    if status == Status.COOLDOWN:
        return "done" if coverage == CoverageGrid.Coverage.COMPLETE else "incomplete"
    if status == Status.FAILED:
        return "failed"
    return "running" if status == Status.SCRAPING else "todo"


def map_of(territory: Territory) -> dict[str, Any]:
    """Return what the map script draws of a territory, and `counts` of its rectangles by state, in one query."""
    leaves = (
        territory.grids.exclude(status=Status.SPLIT)
        .order_by("-north", "west", "trades")
        .values_list(
            "south", "west", "north", "east", "status", "coverage", "coverage_reason", "last_error", "found",
            "cooldown_until",
        )[: MOST_CELLS + 1]
    )  # fmt: skip
    cells = list(leaves)
    drawn = _merged(cells[:MOST_CELLS])
    counts = Counter(cell["state"] for cell in drawn)
    return {
        "bounds": bounds_of(territory),
        "tiles": tiles(),
        "ground": ground(),
        "frames": [{"bounds": bounds_of(territory), "label": territory.name}],
        "cells": drawn,
        "counts": {state: counts[state] for state in STATES},
        "is_cut": len(cells) > MOST_CELLS,
    }


def map_to_draw_on(fields: dict[str, str]) -> dict[str, Any]:
    """Return what the map script draws before a territory is there: the others, and where to write its bounds."""
    others = list(Territory.objects.order_by("-pk")[:OTHERS])
    return {
        "bounds": bounds_of(others[0]) if others else WORLD,
        "tiles": tiles(),
        "ground": ground(),
        "frames": [{"bounds": bounds_of(each), "label": each.name} for each in others],
        "fields": fields,
        "search_attribution": GEONAMES,
    }


def bounds_of(territory: Territory) -> list[float]:
    return [territory.south, territory.west, territory.north, territory.east]


def tiles() -> dict[str, str] | None:
    """Return the background of the map, None where the installation has none: then no other host is asked."""
    if not settings.MAP_TILES:
        return None
    return {"url": settings.MAP_TILES, "attribution": settings.MAP_TILES_ATTRIBUTION}


def ground() -> dict[str, Any] | None:
    """Return where the map's own background is: coastlines and borders, and the names of towns. None over tiles."""
    if settings.MAP_TILES:
        return None
    return {
        "world": static("webmagic/world.json"),
        "names": reverse("admin:territories_territory_names"),
        "attribution": ["Natural Earth", GEONAMES],
    }


def suggestion(place: Place) -> dict[str, Any]:
    """Return a place as the search above the map shows it: its words, and where the map then goes."""
    return {
        "name": place.name,
        "where": ", ".join(filter(None, (place.region, place.country_name))),
        "country": place.country,
        "people": "" if place.is_area or not place.population else f"{place.population:,}",
        "at": [place.lat, place.lon],
        "bounds": [round(side, 5) for side in place.bounds],
        "side": None if place.is_area else round(side_of_town(place.population), 1),
    }


def name_on_map(town: Place) -> dict[str, Any]:
    return {"name": town.name, "at": [town.lat, town.lon]}


def _merged(cells: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    by_place: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for cell in cells:
        by_place.setdefault(cell[:4], []).append(cell[4:])
    return [_drawn(place, here) for place, here in by_place.items()]


def _drawn(place: tuple[Any, ...], here: list[tuple[Any, ...]]) -> dict[str, Any]:
    states = [cell_state(status, coverage) for status, coverage, *_rest in here]
    state = min(states, key=STATES.index) if len(here) > 1 else states[0]
    _status, _coverage, coverage_reason, last_error, found, until = here[states.index(state)]
    if len(here) > 1:
        found = sum(cell[4] for cell in here)
        until = min((cell[5] for cell in here if cell[5]), default=None)
    text = [f"{found:,} found"]
    if why := coverage_reason or last_error:
        text.append(why)
    if until:
        text.append(_next_look(until.date()))
    return {"bounds": place, "state": state, "label": LABELS[state], "text": text}


@lru_cache(maxsize=500)  # thousands of cells, few days
def _next_look(day: date) -> str:
    return f"Next look {day:%d %b %Y}"


LABELS: Final[dict[CellState, str]] = {
    "done": "Done",
    "incomplete": "Incomplete",
    "running": "Running",
    "failed": "Failed",
    "todo": "To do",
}
