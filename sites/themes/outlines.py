"""The drawings as polygons, for pictures that no browser draws."""

import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

Point = tuple[float, float]
Polygon = tuple[Point, ...]

STEPS = 10  # straight pieces of one curve
_TOKEN = re.compile(r"([A-Za-z])|(-?(?:\d+\.?\d*|\.\d+))")
_SIZES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


@cache
def polygons(path: str) -> tuple[Polygon, ...]:
    """The closed outlines of SVG path data, curves as straight pieces.

    Raises ValueError for data with other commands than those of the drawings (MLHVCSQTAZ in both cases).
    """
    outlines: list[list[Point]] = []
    here, control = (0.0, 0.0), (0.0, 0.0)
    for command, numbers in _commands(path):
        kind = command.upper()
        shift = here if command.islower() else (0.0, 0.0)
        if kind == "Z":
            here = outlines[-1][0]
            continue
        if kind in "HV":
            numbers = (numbers[0], here[1] - shift[1]) if kind == "H" else (here[0] - shift[0], numbers[0])
        end = (numbers[-2] + shift[0], numbers[-1] + shift[1])
        if kind == "M":
            outlines.append([end])
        elif kind == "A":
            outlines[-1] += _arc(here, numbers, end)
        elif kind in "CSQT":
            bends = [
                (x + shift[0], y + shift[1]) for x, y in zip(numbers[:-2:2], numbers[1:-2:2], strict=True)
            ]
            if kind in "ST":
                bends.insert(0, (2 * here[0] - control[0], 2 * here[1] - control[1]))
            outlines[-1] += [_bezier([here, *bends, end], step / STEPS) for step in range(1, STEPS + 1)]
            control = bends[-1]
        else:
            outlines[-1].append(end)
        if kind not in "CSQT":
            control = end
        here = end
    return tuple(tuple(outline) for outline in outlines)


def turns_right(outline: Polygon) -> bool:
    """Whether it runs clockwise on the page; one that runs against the one around it is a hole."""
    pairs = zip(outline, (*outline[1:], outline[0]), strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) > 0


def _commands(path: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Each command with its numbers; one that is repeated without its letter stands once for each time."""
    found: list[tuple[str, list[float]]] = []
    for letter, number in _TOKEN.findall(path):
        if letter:
            found.append((letter, []))
        else:
            found[-1][1].append(float(number))
    for letter, numbers in found:
        size = _SIZES.get(letter.upper())
        if size is None or (size and len(numbers) % size) or (size and not numbers):
            raise ValueError(f"not the path of a drawing: {path!r}")
        yield letter, tuple(numbers[:size])
        for at in range(size, len(numbers), size or 1):
            yield {"M": "L", "m": "l"}.get(letter, letter), tuple(numbers[at : at + size])


def _bezier(points: list[Point], share: float) -> Point:
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in pairwise(points)]
    return points[0]


def _arc(start: Point, numbers: tuple[float, ...], end: Point) -> list[Point]:
    """Endpoint to centre form, as the SVG standard describes it (implementation notes, B.2.4)."""
    wide, high, turn, large, sweep = abs(numbers[0]), abs(numbers[1]), math.radians(numbers[2]), *numbers[3:5]
    if not wide or not high or start == end:
        return [end]
    cosine, sine = math.cos(turn), math.sin(turn)
    half = ((start[0] - end[0]) / 2, (start[1] - end[1]) / 2)
    x, y = cosine * half[0] + sine * half[1], cosine * half[1] - sine * half[0]
    grow = max(1.0, math.sqrt((x / wide) ** 2 + (y / high) ** 2))
    wide, high = wide * grow, high * grow
    below = (wide * y) ** 2 + (high * x) ** 2
    root = math.sqrt(max(0.0, (wide * high) ** 2 - below) / below) * (-1 if large == sweep else 1)
    cx, cy = root * wide * y / high, -root * high * x / wide
    centre = (
        cosine * cx - sine * cy + (start[0] + end[0]) / 2,
        sine * cx + cosine * cy + (start[1] + end[1]) / 2,
    )
    first = math.atan2((y - cy) / high, (x - cx) / wide)
    span = math.atan2((-y - cy) / high, (-x - cx) / wide) - first
    if sweep and span < 0:
        span += 2 * math.pi
    elif not sweep and span > 0:
        span -= 2 * math.pi
    points = []
    for step in range(1, 2 * STEPS + 1):
        angle = first + span * step / (2 * STEPS)
        a, b = wide * math.cos(angle), high * math.sin(angle)
        points.append((cosine * a - sine * b + centre[0], sine * a + cosine * b + centre[1]))
    return points
