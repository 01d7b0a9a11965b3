"""The picture for shared links, and the outlines it is drawn from."""

from io import BytesIO

import pytest
from PIL import Image

from sites.gates.page import read_page
from sites.tests.records import BASE_URL, HOSTILE, HUGE, TINY, bare, build, business
from sites.themes.base import FONTS
from sites.themes.drawings import FILLERS, MOTIFS
from sites.themes.outlines import polygons, turns_right
from sites.themes.palette import solve_palette
from sites.themes.share_card import HEIGHT, WIDTH, Card, draw_card


def card(**over: object) -> Card:
    fields = {
        "name": "Hartley & Sons",
        "line": "Plumber in Ashford",
        "palette": solve_palette(222, "a"),
        "fonts": FONTS["sturdy"],
        "motifs": ("drop", "pipe", "wrench"),
        "seed": "a",
    }
    return Card(**{**fields, **over})  # type: ignore[arg-type]


def picture(one: Card) -> Image.Image:
    return Image.open(BytesIO(draw_card(one))).convert("RGB")


def test_page_names_a_picture_that_the_site_has() -> None:
    _, _, files = build(business())
    page = read_page(files["index.html"])
    assert page.meta("og:image") == f"{BASE_URL}share.png"
    image = Image.open(BytesIO(files["share.png"]))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert (page.meta("og:image:width"), page.meta("og:image:height")) == ("1200", "630")
    assert len(files["share.png"]) < 60_000


@pytest.mark.parametrize("record", [TINY, HUGE, HOSTILE], ids=["tiny", "huge", "hostile"])
def test_any_record_has_its_picture(record: dict[str, object]) -> None:
    assert Image.open(BytesIO(build(bare(**record))[2]["share.png"])).size == (WIDTH, HEIGHT)


def test_picture_has_the_colours_of_the_site_and_the_name_on_it() -> None:
    palette = solve_palette(222, "a").tokens()
    colours = {count_colour[1] for count_colour in picture(card()).getcolors(100_000) or []}
    for token in ("deep", "white", "accent", "brand"):
        wanted = tuple(int(palette[token][at : at + 2], 16) for at in (1, 3, 5))
        assert wanted in colours
    assert draw_card(card()) != draw_card(card(name="Hartley & Sonst"))


@pytest.mark.parametrize("font", FONTS)
def test_long_name_stays_on_its_side(font: str) -> None:
    """The tiles are the same whatever stands beside them."""
    tiles = (WIDTH - 420, 0, WIDTH, HEIGHT)
    long = card(name="Donaudampfschifffahrtsgesellschaftskapitänspromenade am Hafen", fonts=FONTS[font])
    assert picture(long).crop(tiles).tobytes() == picture(card(fonts=FONTS[font])).crop(tiles).tobytes()


def test_name_our_fonts_cannot_write_is_left_out() -> None:
    assert draw_card(card(name="東京", seed="b")) == draw_card(card(name="مخبز", seed="b"))


def test_outlines_of_every_drawing_stay_on_their_tile() -> None:
    for name, shapes in {**MOTIFS, **FILLERS}.items():
        for shape in shapes:
            for outline in polygons(shape.path):
                assert len(outline) >= 3, name
                assert all(-21 <= x <= 61 and -21 <= y <= 61 for x, y in outline), name


def test_circle_is_round_and_its_hole_turns_the_other_way() -> None:
    outer, inner = polygons(
        "M3 20a17 17 0 1 0 34 0a17 17 0 1 0 -34 0zM9 20a11 11 0 1 1 22 0a11 11 0 1 1 -22 0z"
    )
    for outline, radius in ((outer, 17), (inner, 11)):
        assert all(abs(((x - 20) ** 2 + (y - 20) ** 2) ** 0.5 - radius) < 0.01 for x, y in outline)
    assert turns_right(outer) != turns_right(inner)


@pytest.mark.parametrize("path", ["M0 0R5 5", "M0", "L"])
def test_path_that_is_no_drawing_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not the path of a drawing"):
        polygons(path)
