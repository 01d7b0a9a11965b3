"""Composes the drawings of a trade into a tiled panel, differently for every seed."""

from dataclasses import dataclass

from sites.dice import Dice
from sites.themes.drawings import FILLERS, MOTIFS, Drawing

TILE = 40
TONES = 6  # classes t0 to t5 of the stylesheets: ground, front and second colour of a tile
WHITE_TONE = 5
TURNING = frozenset({"quarter", "fan_out", "corners", "arch", "slope", "leaf_cut", "halves", "stripes"})


@dataclass(frozen=True)
class Art:
    """How a panel is mixed: one large drawing or none, and how many of ten tiles carry a drawing."""

    large: bool
    drawings: int
    fillers: tuple[str, ...]


ARTS = {
    "round": Art(True, 4, ("quarter", "fan_out", "corners", "halves", "leaf_cut", "plain")),
    "target": Art(True, 3, ("target", "quarter", "dot", "arch", "plain", "plain")),
    "angle": Art(True, 4, ("slope", "stripes", "slope", "arch", "plain", "dot")),
    "even": Art(False, 5, ("plain", "dot", "leaf_cut", "halves", "plain")),
}


@dataclass(frozen=True)
class Tile:
    drawing: str
    tone: int
    place: str  # value of its transform attribute


@dataclass(frozen=True)
class Mosaic:
    width: int
    height: int
    tiles: tuple[Tile, ...]

    def drawings(self) -> list[str]:
        return sorted({tile.drawing for tile in self.tiles})


def compose_mosaic(seed: str, art: Art, motifs: tuple[str, ...], columns: int, rows: int) -> Mosaic:
    """A panel of columns x rows tiles; touching tiles never share their ground."""
    dice = Dice(seed)
    tones: dict[tuple[int, int], int] = {}
    tiles: list[Tile] = []
    last = ""
    if art.large and columns >= 3 and rows >= 2:
        across, down = dice.number("large.x") % (columns - 1), dice.number("large.y") % min(2, rows - 1)
        tone = dice.number("large.tone") % 2  # on brand or on deep: the strongest
        tones |= {(across + x, down + y): tone for x in (0, 1) for y in (0, 1)}
        tiles.append(Tile(motifs[0], tone, f"translate({across * TILE} {down * TILE})scale(2)"))
    for row in range(rows):
        for column in range(columns):
            if (column, row) in tones:
                continue
            spot = f"{column}.{row}"
            around = {tones.get((column + x, row + y)) for x, y in ((-1, 0), (0, -1), (1, 0), (0, 1))}
            tone = dice.pick(f"{spot}.tone", [tone for tone in range(TONES) if tone not in around])
            tones[column, row] = tone
            drawn = dice.number(f"{spot}.kind") % 10 < art.drawings
            # An empty tile of the page's own white would look like a hole.
            empty = "plain" if tone == WHITE_TONE else last
            choices = [name for name in (motifs if drawn else art.fillers) if name not in {last, empty}]
            last = dice.pick(f"{spot}.drawing", choices or [name for name in art.fillers if name != empty])
            turn = dice.number(f"{spot}.turn") % 4 * 90 if last in TURNING else 0
            place = f"translate({column * TILE} {row * TILE})" + (f"rotate({turn} 20 20)" if turn else "")
            tiles.append(Tile(last, tone, place))
    return Mosaic(columns * TILE, rows * TILE, tuple(tiles))


def drawing_of(name: str) -> Drawing:
    return MOTIFS[name] if name in MOTIFS else FILLERS[name]
