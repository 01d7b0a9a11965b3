"""The picture that stands beside a link when somebody shares it: 1200 x 630, as the networks ask for.

They read PNG and JPEG, not SVG, and ask once: so it is drawn when the site is, and costs a visitor nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import product

from PIL import Image, ImageChops, ImageDraw, ImageFont

from sites.themes.base import Font, FontPair
from sites.themes.mosaic import ARTS, TILE, compose_mosaic, drawing_of
from sites.themes.outlines import polygons, turns_right
from sites.themes.palette import Palette

WIDTH, HEIGHT = 1200, 630
COLUMNS, ROWS = 2, 3
SIDE = HEIGHT // ROWS
SMOOTH = 2  # tiles are drawn this much larger and scaled down
EDGE = 72
SMALL = 34
TEXT_STEPS, BLENDS = 16, 4  # shades of a letter's edge, of the edge between two colours of a tile
LEVEL = 128
LINE_HEIGHT = 1.06
LATIN_END, PUNCTUATION = 0x180, "–—‘’‚“”„…€"  # what every font of ours has
COMPRESSION = 3  # flat areas shrink well at any level; this one is quick
# Ground, front and second colour of the six tones, as in the stylesheet.
TONES = (
    ("brand", "white", "accent"),
    ("deep", "accent", "white"),
    ("tint", "brand", "deep"),
    ("accent", "deep", "white"),
    ("pop", "deep", "white"),
    ("white", "deep", "pop"),
)


@dataclass(frozen=True)
class Card:
    """What stands on it. `motifs` are the drawings of the trade; the seed mixes them."""

    name: str
    line: str
    palette: Palette
    fonts: FontPair
    motifs: tuple[str, ...]
    seed: str


@lru_cache(maxsize=32)
def draw_card(card: Card) -> bytes:
    """The PNG. The same card gives the same bytes with the same Pillow.

    It is composed of palette indexes, not of colours: so the tiles are drawn once for all sites, and a byte a pixel
    is stored.
    """
    image = Image.new("P", (WIDTH, HEIGHT))
    image.putpalette(_palette(card.palette.tokens()))
    left = WIDTH - COLUMNS * SIDE
    image.paste(_words(card, left), (0, 0))
    mosaic = compose_mosaic(f"{card.seed}|card", ARTS["even"], card.motifs, COLUMNS, ROWS)
    for at, tile in enumerate(mosaic.tiles):
        place = (left + at % COLUMNS * SIDE, at // COLUMNS * SIDE)
        image.paste(_tile(tile.drawing, tile.tone or 0, tile.turn), place)
    stored = BytesIO()
    image.save(stored, "PNG", compress_level=COMPRESSION)
    return stored.getvalue()


def _palette(colours: dict[str, str]) -> list[int]:
    """Text on its ground in TEXT_STEPS shades, twice; then for each tone the blends of its three colours."""
    found: list[int] = []
    for text in ("white", "accent"):
        for step in range(TEXT_STEPS):
            share = step / (TEXT_STEPS - 1)
            found += _blend(((colours["deep"], 1 - share), (colours[text], share)))
    for ground, front, second in TONES:
        for first, other in product(range(BLENDS + 1), repeat=2):
            rest = max(0, BLENDS - first - other)
            total = first + other + rest
            parts = ((ground, first), (front, other), (second, rest))
            found += _blend([(colours[token], share / total) for token, share in parts])
    return found


def _blend(parts: Iterable[tuple[str, float]]) -> list[int]:
    mixed = [0.0, 0.0, 0.0]
    for colour, share in parts:
        for at in range(3):
            mixed[at] += int(colour[1 + 2 * at : 3 + 2 * at], 16) * share
    return [round(channel) for channel in mixed]


def _words(card: Card, left: int) -> Image.Image:
    """The name and the line as palette indexes."""
    room = left - 2 * EDGE
    font, lines = _fitted(_writable(card.name), card.fonts, room)
    high = round(font.size * LINE_HEIGHT)
    top = HEIGHT - EDGE - high * len(lines)
    name, line = Image.new("L", (left, HEIGHT)), Image.new("L", (left, HEIGHT))
    for at, text in enumerate(lines):
        ImageDraw.Draw(name).text((EDGE, top + at * high), text, fill=255, font=font)
    small = _font(card.fonts.text, SMALL)
    ImageDraw.Draw(line).text(
        (EDGE, EDGE), _shortened(_writable(card.line), small, room), fill=255, font=small
    )
    step = 255 / (TEXT_STEPS - 1)
    indexes = name.point([round(value / step) for value in range(256)])
    shifted = line.point([TEXT_STEPS + round(value / step) if value else 0 for value in range(256)])
    return ImageChops.add(indexes, shifted)


def _writable(text: str) -> str:
    """The text where our fonts have its letters; else nothing, rather than a row of empty boxes."""
    return text if all(ord(sign) < LATIN_END or sign in PUNCTUATION for sign in text) else ""


def _fitted(name: str, fonts: FontPair, room: int) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest size at which the name fits the width in at most four lines and its share of the height."""
    for size in (128, 112, 96, 84, 72, 60, 50, 42, 34):
        font = _font(fonts.display, size)
        lines = _wrapped(name, font, room)
        tall = size * LINE_HEIGHT * len(lines)
        if (
            len(lines) <= 4
            and tall <= HEIGHT - 2 * EDGE - 80
            and all(font.getlength(line) <= room for line in lines)
        ):
            return font, lines
    return font, [_shortened(line, font, room) for line in lines[:5]]


@lru_cache(maxsize=128)
def _font(font: Font, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font.content), size)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _shortened(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@lru_cache(maxsize=1024)
def _tile(drawing: str, tone: int, turn: int) -> Image.Image:
    """A tile as palette indexes. It is drawn in pure red, green and blue: what they mix to at an edge is then the
    share of ground, front and second colour."""
    pure = {"b": "#ff0000", "f": "#00ff00", "g": "#0000ff"}
    image = Image.new("RGB", (SIDE, SIDE), pure["b"])
    for shape, mask in _masks(drawing):
        image.paste(pure[shape], mask=mask)
    ground, front, _ = image.rotate(-turn).split()  # Pillow turns against the clock, SVG with it
    shares = [round(value * BLENDS / 255) for value in range(256)]
    first = 2 * TEXT_STEPS + tone * (BLENDS + 1) ** 2
    indexes = ground.point([first + share * (BLENDS + 1) for share in shares])
    return ImageChops.add(indexes, front.point(shares))


@lru_cache(maxsize=256)
def _masks(drawing: str) -> tuple[tuple[str, Image.Image], ...]:
    """Each shape of a drawing as (tone, where it covers the tile)."""
    side = SIDE * SMOOTH
    found = []
    for shape in drawing_of(drawing):
        # How often the outlines wind around a point, counted from LEVEL: where it is not zero, the shape covers.
        winding = Image.new("L", (side, side), LEVEL)
        for outline in polygons(shape.path):
            once = Image.new("L", (side, side))
            ImageDraw.Draw(once).polygon([(x * side / TILE, y * side / TILE) for x, y in outline], fill=1)
            count = ImageChops.add if turns_right(outline) else ImageChops.subtract
            winding = count(winding, once)
        mask = winding.point([255 * (value != LEVEL) for value in range(256)])
        found.append((shape.tone, mask.resize((SIDE, SIDE), Image.Resampling.BOX)))
    return tuple(found)
