"""The drawings of the trades, and the plain shapes between them: flat paths in a tile of 40 x 40 units."""

import json
from pathlib import Path
from typing import NamedTuple


class Shape(NamedTuple):
    """One path. `tone` is the class that colours it: f (front), g (second) or b (ground of the tile)."""

    tone: str
    path: str


Drawing = tuple[Shape, ...]


def _read(group: str) -> dict[str, Drawing]:
    return {name: tuple(Shape(*shape) for shape in shapes) for name, shapes in _FILE[group].items()}


_FILE = json.loads(Path(__file__).with_name("drawings.json").read_text())
MOTIFS = _read("motifs")
FILLERS = _read("fillers")  # they say nothing, so every trade shares them
