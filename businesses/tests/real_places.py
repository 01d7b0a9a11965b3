"""Where real businesses lie, from the recorded data beside the project: for the proofs that nothing is overlooked."""

import csv
import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import h3

from businesses.sources.base import Rectangle
from businesses.sources.osm_file import OsmFile
from businesses.tests.capped import Place

MADE_UP = "a made-up city"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


class Town(NamedTuple):
    """Businesses, and a rectangle that owns them all."""

    name: str
    bounds: Rectangle
    places: list[Place]


def town_names() -> list[str]:
    """Return the towns whose data is there, and one that needs none."""
    return [*(name for name, (path, _) in _RECORDED.items() if (DATA / path).is_file()), MADE_UP]


@cache
def load_town(name: str) -> Town:
    """Return a town of `town_names`."""
    if name == MADE_UP:
        return made_up_city()
    path, read = _RECORDED[name]
    return _town(name, read(DATA / path))


def made_up_city(businesses: int = 1500) -> Town:
    """Return a city that nobody recorded: a few dense streets, thin suburbs, and one house with forty businesses."""
    chance = random.Random(7)
    places = []
    for number in range(businesses - 40):
        spread = chance.choice((0.002, 0.01, 0.05))
        lat, lon = chance.gauss(44.05, spread), chance.gauss(-72.95, spread)
        places.append(Place(f"city/{number}", round(lat, 7), round(lon, 7)))
    places += [Place(f"house/{number}", 44.051, -72.951) for number in range(40)]
    return _town(MADE_UP, places)


def _town(name: str, places: list[Place]) -> Town:
    lats, lons = [place.lat for place in places], [place.lon for place in places]
    edge = 0.000_001  # the outermost ones must not lie on the open borders
    return Town(name, Rectangle(min(lats), min(lons), max(lats) + edge, max(lons) + edge), places)


def _of_answer(file: Path) -> list[Place]:
    elements = json.loads(file.read_text(encoding="utf-8"))["elements"]
    points = ((f"{e['type']}/{e['id']}", e.get("center") or e) for e in elements)
    # Three relations of one file have a centre on another continent.
    return [Place(key, at["lat"], at["lon"]) for key, at in points if at["lat"] > 30]


def _of_extract(file: Path) -> list[Place]:
    source, whole = OsmFile(file), Rectangle(30, -180, 90, 180)
    listings = source.parse(source.search(whole, categories=()).body, whole).listings
    return [Place(each.source_id, each.lat, each.lon) for each in listings]


def _of_features(file: Path) -> list[Place]:
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    points = ((f["properties"].get("id") or f["id"], f["geometry"]["coordinates"]) for f in features)
    return [Place(str(key), at[1], at[0]) for key, at in points]


def _of_density(file: Path) -> list[Place]:
    chance = random.Random(1)
    places: list[Place] = []
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            lat, lon = h3.cell_to_latlng(row["h3"])
            for _ in range(int(row["places"])):
                at = (lat + chance.uniform(-0.0015, 0.0015), lon + chance.uniform(-0.002, 0.002))
                places.append(Place(f"{row['h3']}/{len(places)}", *at))
    return places


_RECORDED: dict[str, tuple[str, Callable[[Path], list[Place]]]] = {
    "Helsinki centre, Overpass": ("overpass/helsinki-all.json", _of_answer),
    "Monaco, Overpass": ("overpass/monaco2023-all.json", _of_answer),
    "Valletta, Overpass": ("overpass/malta-valletta-cell.json", _of_answer),
    "Helsinki centre, extract": ("osm/helsinki-centre-2019.osm.pbf", _of_extract),
    "Monaco 2021, extract": ("osm/monaco-2021.osm.pbf", _of_extract),
    "Monaco 2023, extract": ("osm/monaco-2023.osm.pbf", _of_extract),
    "Lane Cove, Overture": ("overture/lane-cove-sydney-2026-04-sample.geojson", _of_features),
    "Salt Lake City, by its density": ("overture/slc_h3_density.csv", _of_density),
}
