"""The towns of the world by name and by place: what the map is moved to and what is written on it.

The file is GeoNames' list of towns with more than a thousand people (CC BY 4.0), made by scripts/make_map_data.py.
It is read when it is first asked for, which takes a second or two and 60 MB, and is never sent to a browser whole.
"""

import lzma
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from math import cbrt, cos, radians
from pathlib import Path
from threading import Lock
from typing import Final

from territories.folding import fold
from territories.splitting import Bounds

FILE: Final = Path(__file__).parent / "data/places.txt.xz"
MOST_FOUND: Final = 8
MOST_NAMES: Final = 60  # on one map; more would not fit
LONGEST_QUERY: Final = 80  # letters
SHORTEST_OTHER: Final = 4  # letters before a name of other languages is meant: every town has one in "sa"
KM_PER_DEGREE: Final = 111.2  # from south to north
# What a suggestion weighs is its people, times these. Mostly a town is meant, but Malta rather than the Malta of
# Montana; York rather than Yorkton; and who begins to type "burl" does not think of an old name of Zamboanga.
AREA_WEIGHT: Final = 0.1
EXACT_WEIGHT: Final = 30
OTHER_NAME_WEIGHT: Final = 1 / 30

_READING: Final = Lock()  # a page asks for names and places at once


@dataclass(frozen=True, slots=True)
class Place:
    """A town, or a region or country (`is_area`), whose `bounds` (degrees) then hold its towns.

    The bounds of a town are a square about as large as a town of so many people; no border is known.
    """

    name: str
    region: str  # "" where there is none, or none is known
    country: str  # ISO 3166, two letters
    country_name: str
    lat: float
    lon: float
    population: int  # two digits of it are right
    bounds: Bounds
    is_area: bool = False


def search(query: str) -> list[Place]:
    """Return up to eight places whose name begins so, in any spelling: by population, exact names far ahead.

    What follows a comma, or the last words where no name holds them, is the beginning of a region or country or of
    its code: "Burlington, Vermont", "burlington vt us".
    """
    name, *areas = (fold(part) for part in query[:LONGEST_QUERY].split(","))
    if not name:
        return []
    areas = [area for area in areas if area]
    words = name.split()
    for last in range(len(words), 0, -1):
        where = [*areas, " ".join(words[last:])] if last < len(words) else areas
        if found := _world().begins(" ".join(words[:last]), where):
            return found
    return []


def within(bounds: Bounds) -> list[Place]:
    """Return the largest towns in a rectangle, the largest first, as many as a map can name."""
    world = _world()
    return [world.town(rank) for rank in world.ranks_within(bounds)]


def side_of_town(population: int) -> float:
    """Return the side in km of the square that a town of so many people about fills: 2 for 1,000, 20 for a million."""
    return 2 * cbrt(max(population / 1000, 1))


class _Index:
    """Names in the order of the alphabet, each with the row that is called so."""

    def __init__(self, named: list[tuple[str, int]]) -> None:
        named.sort()
        self.keys = [key for key, _ in named]
        self.rows = array("l", (row for _, row in named))

    def begins(self, name: str) -> Iterator[tuple[str, int]]:
        """Yield every name that begins so, with its row."""
        for at in range(bisect_left(self.keys, name), len(self.keys)):
            if not self.keys[at].startswith(name):
                return
            yield self.keys[at], self.rows[at]


class _World:
    """Towns by rank, the largest first, as the lines of the file; areas beside them."""

    def __init__(self, text: str) -> None:
        countries, regions, towns = (block.split("\n") for block in text.split("\n\n"))
        self.countries = dict(line.split("\t") for line in countries)
        self.regions = dict(line.split("\t") for line in regions)
        self.towns = sorted(towns, key=lambda line: (-int(line.split("\t", 5)[4]), line))
        self.lats, self.lons = array("d"), array("d")
        names: list[tuple[str, int]] = []
        others: list[tuple[str, int]] = []
        boxes: dict[str, list[float]] = {}  # by code: south, west, north, east, people
        for rank, line in enumerate(self.towns):
            name, code, lat, lon, people, also = line.split("\t")
            self.lats.append(float(lat))
            self.lons.append(float(lon))
            names.append((fold(name), rank))
            if also:
                others += ((other, rank) for other in also.split("|"))
            _widen(boxes, code, [self.lats[-1], self.lons[-1]] * 2, int(people))
        for code, box in list(boxes.items()):
            _widen(boxes, code[:2], box[:4], box[4])
        self.areas = [
            self._area(code, box) for code, box in boxes.items() if self._area_name(code) and box[0] < box[2]
        ]
        names += ((fold(area.name), -1 - index) for index, area in enumerate(self.areas))
        self.names, self.others = _Index(names), _Index(others)

    def begins(self, name: str, areas: list[str]) -> list[Place]:
        """Return the first places whose folded name begins with `name` and that lie in all of `areas` (folded)."""
        best: dict[int, float] = {}  # a town may have several such names
        for row, weight in self._candidates(name, areas):
            best[row] = max(best.get(row, 0), weight)
        return [self._place(row) for row in nsmallest(MOST_FOUND, best, key=lambda row: (-best[row], row))]

    def ranks_within(self, bounds: Bounds) -> list[int]:
        """Return the ranks of the largest towns in the rectangle, the largest first."""
        found: list[int] = []
        for rank, (lat, lon) in enumerate(zip(self.lats, self.lons, strict=True)):
            if bounds.south <= lat <= bounds.north and bounds.west <= lon <= bounds.east:
                found.append(rank)
                if len(found) == MOST_NAMES:
                    break
        return found

    def town(self, rank: int) -> Place:
        name, code, lat, lon, people, _others = self.towns[rank].split("\t")
        country = code[:2]
        return Place(
            name=name,
            region=self.regions.get(code, ""),
            country=country,
            country_name=self.countries[country],
            lat=float(lat),
            lon=float(lon),
            population=int(people),
            bounds=_square(float(lat), float(lon), side_of_town(int(people))),
        )

    def _candidates(self, name: str, areas: list[str]) -> Iterator[tuple[int, float]]:
        indexes = [(self.names, 1.0), (self.others, OTHER_NAME_WEIGHT)]
        for index, weight in indexes if len(name) >= SHORTEST_OTHER else indexes[:1]:
            for key, row in index.begins(name):
                if not areas or self._lies_in(row, areas):
                    yield row, self._people(row) * weight * (EXACT_WEIGHT if key == name else 1)

    def _people(self, row: int) -> float:
        if row < 0:
            return self.areas[-1 - row].population * AREA_WEIGHT
        return int(self.towns[row].split("\t", 5)[4])

    def _lies_in(self, row: int, areas: list[str]) -> bool:
        place = self._place(row)
        code = place.country if row < 0 else self.towns[row].split("\t", 2)[1]
        regions = [fold(place.region), fold(code[3:])]
        countries = [fold(place.country_name), fold(place.country)]
        known = [*regions, *countries, *(f"{first} {then}" for first in regions for then in countries)]
        return all(any(each.startswith(area) for each in known) for area in areas)

    def _place(self, row: int) -> Place:
        return self.areas[-1 - row] if row < 0 else self.town(row)

    def _area_name(self, code: str) -> str:
        return self.countries[code] if len(code) == 2 else self.regions.get(code, "")

    def _area(self, code: str, box: list[float]) -> Place:
        south, west, north, east, people = box
        return Place(
            name=self._area_name(code),
            region="",
            country=code[:2],
            country_name=self.countries[code[:2]] if len(code) > 2 else "",
            lat=(south + north) / 2,
            lon=(west + east) / 2,
            population=int(people),
            bounds=Bounds(south, west, north, east),
            is_area=True,
        )


@cache
def _read() -> _World:
    return _World(lzma.decompress(FILE.read_bytes()).decode())


def _world() -> _World:
    with _READING:
        return _read()


def _widen(boxes: dict[str, list[float]], code: str, box: list[float], people: float) -> None:
    """Take a box (south, west, north, east) and its people into that of the area `code`."""
    known = boxes.get(code)
    if known is None:
        boxes[code] = [*box, people]
        return
    for side, better in ((0, min), (1, min), (2, max), (3, max)):
        known[side] = better(known[side], box[side])
    known[4] += people


def _square(lat: float, lon: float, side: float) -> Bounds:
    """Return the square of `side` km around a point, cut at the edges of the map."""
    high = side / 2 / KM_PER_DEGREE
    wide = high / max(cos(radians(lat)), 0.01)
    return Bounds(max(lat - high, -90), max(lon - wide, -180), min(lat + high, 90), min(lon + wide, 180))
