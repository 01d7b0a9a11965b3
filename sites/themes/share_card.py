"""The picture that stands beside a link when somebody shares it: 1200 x 630, as the networks ask for.

They read PNG and JPEG, not SVG, and ask once: so it is drawn when the site is, and costs a visitor nothing.
"""

import zlib
from collections.abc import Iterator
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
# Ground, front and second colour of the six tones, as in the stylesheet.
TONES = (
    ("brand", "white", "accent"),
    ("deep", "accent", "white"),
    ("tint", "brand", "deep"),
    ("accent", "deep", "white"),
    ("pop", "deep", "white"),
    ("white", "deep", "pop"),
)

# From the index in a tile to that in a tone's part of the palette.
_TONED = [
    [2 * TEXT_STEPS + tone * (BLENDS + 1) ** 2 + index % (BLENDS + 1) ** 2 for index in range(256)]
    for tone in range(len(TONES))
]


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
    image = Image.new("L", (WIDTH, HEIGHT))
    left = WIDTH - COLUMNS * SIDE
    _write(image, card, left)
    mosaic = compose_mosaic(f"{card.seed}|card", ARTS["even"], card.motifs, COLUMNS, ROWS)
    for at, tile in enumerate(mosaic.tiles):
        place = (left + at % COLUMNS * SIDE, at // COLUMNS * SIDE)
        image.paste(_tile(tile.drawing, tile.turn).point(_TONED[tile.tone or 0]), place)
    image.putpalette(_palette(card.palette.tokens()))
    stored = BytesIO()
    # Only runs of one value are sought: they are nearly all there is, and quickly found.
    image.save(stored, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return stored.getvalue()


def _mixes() -> Iterator[tuple[tuple[str, float], ...]]:
    """What each entry of the palette is mixed of: text on its ground in TEXT_STEPS shades, for the name and for the
    line; then for each tone the blends of its three colours."""
    for text in ("white", "accent"):
        for step in range(TEXT_STEPS):
            share = step / (TEXT_STEPS - 1)
            yield ("deep", 1 - share), (text, share), ("deep", 0.0)
    for ground, front, second in TONES:
        for first, other in product(range(BLENDS + 1), repeat=2):
            rest = max(0, BLENDS - first - other)
            total = first + other + rest
            yield (ground, first / total), (front, other / total), (second, rest / total)


_MIXES = tuple(_mixes())


def _palette(colours: dict[str, str]) -> list[int]:
    channels = {token: bytes.fromhex(colour[1:]) for token, colour in colours.items()}
    found = []
    for (one, much), (two, more), (three, rest) in _MIXES:
        a, b, c = channels[one], channels[two], channels[three]
        found += [round(a[at] * much + b[at] * more + c[at] * rest) for at in range(3)]
    return found


def _write(image: Image.Image, card: Card, left: int) -> None:
    """Put the name and the line on it. The shades of a letter's edge lie between the indexes of its ground and of its
    text, so that drawing mixes them as if they were colours."""
    pen, room = ImageDraw.Draw(image), left - 2 * EDGE
    small = _font(card.fonts.text, SMALL)
    line = _shortened(_writable(card.line), small, room)
    pen.rectangle((0, 0, left - 1, EDGE + 2 * SMALL), fill=TEXT_STEPS)
    pen.text((EDGE, EDGE), line, fill=2 * TEXT_STEPS - 1, font=small)
    font, lines = _fitted(_writable(card.name), card.fonts, room)
    high = round(font.size * LINE_HEIGHT)
    top = HEIGHT - EDGE - high * len(lines)
    for at, text in enumerate(lines):
        pen.text((EDGE, top + at * high), text, fill=TEXT_STEPS - 1, font=font)


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


@lru_cache(maxsize=512)
def _tile(drawing: str, turn: int) -> Image.Image:
    """A tile as palette indexes, counted from the first of its tone.

    It is drawn in pure red, green and blue: what they mix to at an edge is then the share of ground, front and
    second colour.
    """
    pure = {"b": "#ff0000", "f": "#00ff00", "g": "#0000ff"}
    image = Image.new("RGB", (SIDE, SIDE), pure["b"])
    for shape, mask in _masks(drawing):
        image.paste(pure[shape], mask=mask)
    ground, front, _ = image.rotate(-turn).split()  # Pillow turns against the clock, SVG with it
    shares = [round(value * BLENDS / 255) for value in range(256)]
    indexes = ground.point([share * (BLENDS + 1) for share in shares])
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
