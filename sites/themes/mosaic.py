"""Composes the drawings of a trade into a picture, differently for every seed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from django.utils.safestring import SafeString

from sites.dice import Dice
from sites.themes.drawings import FILLERS, MOTIFS, Drawing

TILE = 40
PATTERN_STEP = 64  # units from one drawing of a pattern to the next
PATTERN_SCALE = 1.5  # pixels a unit
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
class Panel:
    """A picture of a page: how it is composed, and how many tiles it has across and down."""

    columns: int
    rows: int
    kind: Literal["tiles", "pattern", "emblem"] = "tiles"


class Tile(NamedTuple):
    """One drawing at its place in units, turned by degrees around its middle. `tone` is None where the place on the
    page gives the colours."""

    drawing: str
    tone: int | None
    left: int
    top: int
    turn: int = 0
    large: bool = False  # twice as wide and high

    @property
    def svg(self) -> str:
        tone = "" if self.tone is None else f' class="t{self.tone}"'
        if self.large:
            return (
                f'<use href="#d-{self.drawing}"{tone} transform="translate({self.left} {self.top})scale(2)"/>'
            )
        middle = f"{self.left + TILE // 2} {self.top + TILE // 2}"
        turn = f' transform="rotate({self.turn} {middle})"' if self.turn else ""
        across = f' x="{self.left}"' if self.left else ""
        down = f' y="{self.top}"' if self.top else ""
        return f'<use href="#d-{self.drawing}"{tone}{across}{down}{turn}/>'


@dataclass(frozen=True)
class Mosaic:
    """`pattern` is the name of one that goes on in every direction; the tiles are one block of it."""

    width: int
    height: int
    tiles: tuple[Tile, ...]
    pattern: str = ""

    def drawings(self) -> list[str]:
        return sorted({tile.drawing for tile in self.tiles})

    @cached_property
    def svg(self) -> SafeString:
        """The picture for a page that defines its drawings. Every value in it is ours."""
        uses = "".join(tile.svg for tile in self.tiles)
        fit = "slice" if len(self.tiles) > 1 else "meet"  # a single drawing is shown whole
        if self.pattern:
            return SafeString(
                f'<svg class="mosaic" aria-hidden="true"><pattern id="{self.pattern}" width="{self.width}" '
                f'height="{self.height}" patternUnits="userSpaceOnUse" patternTransform="scale({PATTERN_SCALE})">'
                f'{uses}</pattern><rect width="100%" height="100%" fill="url(#{self.pattern})"/></svg>'
            )
        return SafeString(
            f'<svg class="mosaic" viewBox="0 0 {self.width} {self.height}" preserveAspectRatio="xMidYMid {fit}" '
            f'aria-hidden="true">{uses}</svg>'
        )


def compose(seed: str, place: str, panel: Panel, art: Art, motifs: tuple[str, ...]) -> Mosaic:
    """The picture that a panel asks for, for one place of the page."""
    seed = f"{seed}|{place}"
    if panel.kind == "pattern":
        return compose_pattern(seed, f"p-{place}", motifs, panel.rows)
    if panel.kind == "emblem":
        return Mosaic(TILE, TILE, (Tile(motifs[0], None, 0, 0),))
    return compose_mosaic(seed, art, motifs, panel.columns, panel.rows)


def compose_pattern(seed: str, name: str, motifs: tuple[str, ...], rows: int) -> Mosaic:
    """Wrapping paper: the drawings one by one on a single ground, each second row moved by half a step."""
    dice = Dice(seed)
    columns = len(motifs)
    first = dice.number("first") % columns
    tiles = []
    for row in range(rows):
        # A row that begins half a step outside ends with the other half of the same drawing.
        for column in range(-(row % 2), columns):
            spot = column % columns
            left = column * PATTERN_STEP + (row % 2) * PATTERN_STEP // 2 + (PATTERN_STEP - TILE) // 2
            top = row * PATTERN_STEP + (PATTERN_STEP - TILE) // 2
            turn = dice.pick(f"{spot}.{row}", (-14, -8, 0, 8, 14))
            tiles.append(Tile(motifs[(first + spot + row * 2) % columns], None, left, top, turn))
    return Mosaic(columns * PATTERN_STEP, rows * PATTERN_STEP, tuple(tiles), name)


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
        tiles.append(Tile(motifs[0], tone, across * TILE, down * TILE, large=True))
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
            used = {last, empty}
            choices = [name for name in (motifs if drawn else art.fillers) if name not in used]
            last = dice.pick(f"{spot}.drawing", choices or [name for name in art.fillers if name != empty])
            turn = dice.number(f"{spot}.turn") % 4 * 90 if last in TURNING else 0
            tiles.append(Tile(last, tone, column * TILE, row * TILE, turn))
    return Mosaic(columns * TILE, rows * TILE, tuple(tiles))


def drawing_of(name: str) -> Drawing:
    return MOTIFS[name] if name in MOTIFS else FILLERS[name]
