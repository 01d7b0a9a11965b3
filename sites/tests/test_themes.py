"""Themes: a new one is covered by these tests as soon as it is in the registry."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.safestring import SafeString

from businesses.categories import FAMILIES
from sites.categories import CATEGORIES, FAMILY_CATEGORIES
from sites.engines.bank import FAMILY_BANKS
from sites.gates import run_gates
from sites.tests.records import SIZES, bare, build, business, render
from sites.themes import THEMES
from sites.themes.base import FONT_FOLDER, FONTS, Theme
from sites.themes.drawings import FILLERS, MOTIFS
from sites.themes.mosaic import ARTS, PATTERN_STEP, TILE, TONES, Panel, compose, compose_mosaic
from sites.themes.palette import PAIRS, Palette
from sites.themes.templates import FOLDER, render_template
from sites.themes.variety import dress, layouts_for
from sites.words import RIGHT_TO_LEFT

PATH_DATA = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9 .,-]+")
LAYOUTS = [(name, hero) for name, theme in THEMES.items() for hero in theme.heroes]
# Directions that turn round where a language is written from the right have logical names.
PHYSICAL = re.compile(
    r"(?<![-\w])(?:(?:margin|padding|border|inset|scroll-\w+)-(?:left|right)|left|right|"
    r"border-(?:top|bottom)-(?:left|right)-radius)\s*:|"
    r"(?:text-align|float|clear):\s*(?:left|right)\b"
)
BOX = re.compile(r"(?<![-\w])(?:margin|padding|inset|border-width):\s*([^;{}]+)")
ONE_SIDE = re.compile(r"(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+")


@pytest.mark.parametrize(("theme", "hero"), LAYOUTS, ids=["-".join(layout) for layout in LAYOUTS])
@pytest.mark.parametrize("size", SIZES)
def test_every_layout_passes_every_gate(theme: str, hero: str, size: str) -> None:
    facts, spec, _ = build(bare(**SIZES[size]), seed=f"{hero}{size}")
    fonts = THEMES[theme].fonts
    font = fonts[len(hero + size) % len(fonts)]
    spec = dress(spec, theme, hero)
    spec = spec.model_copy(update={"look": spec.look.model_copy(update={"font": font})})
    for files in (render(spec, facts), render(spec, facts, links=None)):
        assert [result for result in run_gates(files, spec, facts) if not result.passed] == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_theme_can_be_turned_round(theme: Theme) -> None:
    for name in ("style.css", "base.css", "print.css"):
        source = (Path(settings.BASE_DIR) / "templates" / theme.template(name)).read_text()
        assert PHYSICAL.findall(source) == []
        boxes = [(match[0], ONE_SIDE.findall(match[1])) for match in BOX.finditer(source)]
        assert [text for text, sides in boxes if len(sides) == 4 and sides[1] != sides[3]] == []


def test_page_says_its_direction() -> None:
    _, _, files = build(business())
    assert b'<html lang="en">' in files["index.html"]
    assert RIGHT_TO_LEFT.isdisjoint({"en", "de"})
    page = render_template("sites/shared/page.html", {"site": {"lang": "he", "rtl": "he" in RIGHT_TO_LEFT}})
    assert '<html lang="he" dir="rtl">' in page


def test_templates_escape_all_text_that_is_not_marked_as_safe() -> None:
    words = {"back": "<b>'\"&", "lost": SafeString("<i>x</i>")}
    page = render_template(
        "sites/shared/404.html",
        {"words": words, "site": {"layout": THEMES["tiles"].template("page.html"), "lang": "<"}},
    )
    assert "&lt;b&gt;&#x27;&quot;&amp;" in page
    assert "<h1><i>x</i></h1>" in page
    assert '<html lang="&lt;">' in page


def test_every_family_has_themes_to_choose_from() -> None:
    for family in FAMILIES:
        assert len({theme for theme, _ in layouts_for(family)}) >= 5
        assert len(layouts_for(family)) >= 15


def test_theme_without_a_template_of_its_own_takes_the_shared_one() -> None:
    assert THEMES["signboard"].template("sections/faq.html") == "sites/shared/sections/faq.html"
    assert THEMES["signboard"].template("sections/hero.html") == "sites/signboard/sections/hero.html"


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_theme_has_all_its_templates(theme: Theme) -> None:
    for page in ("page.html", "index.html", "privacy.html", "404.html", "style.css"):
        assert (FOLDER / theme.template(page)).is_file()
    for section in ("hero", "services", "steps", "about", "visit", "faq", "cta"):
        assert (FOLDER / theme.template(f"sections/{section}.html")).is_file()
    assert set(theme.fonts) <= set(FONTS)
    assert set(theme.arts) <= set(ARTS)
    assert len(theme.heroes) >= 3


def test_families_ask_for_fonts_that_exist() -> None:
    assert {font for bank in FAMILY_BANKS.values() for font in bank.fonts} <= set(FONTS)


def test_every_font_file_has_its_licence_beside_it() -> None:
    fonts = sorted(FONT_FOLDER.glob("*.woff2"))
    assert {path.name for path in fonts} == {font.file for pair in FONTS.values() for font in pair.files}
    for path in fonts:
        licence = path.with_suffix(".LICENSE.txt").read_text()
        assert "SIL Open Font License, Version 1.1" in licence
        assert "Reserved Font Name" not in licence.partition("-----------")[0]


def test_any_pair_of_fonts_leaves_room_for_the_page() -> None:
    assert all(sum(len(font.content) for font in pair.files) <= 50_000 for pair in FONTS.values())


def test_font_path_changes_with_its_content() -> None:
    font = FONTS["sturdy"].text
    assert re.fullmatch(r"fonts/figtree-[0-9a-f]{8}\.woff2", font.path)


def test_icons_come_with_their_licence() -> None:
    icons = Path(settings.BASE_DIR) / "templates" / "sites" / "icons"
    assert "ISC License" in (icons / "LICENSE.txt").read_text()


def test_every_trade_has_drawings_that_exist() -> None:
    for category in (*CATEGORIES.values(), *FAMILY_CATEGORIES.values()):
        assert len(category.motifs) >= 3
        assert set(category.motifs) <= set(MOTIFS)


def test_drawings_are_path_data_in_known_tones() -> None:
    for name, shapes in {**MOTIFS, **FILLERS}.items():
        for shape in shapes:
            assert shape.tone in {"f", "g", "b"}, name
            assert PATH_DATA.fullmatch(shape.path), name


@pytest.mark.parametrize("art", ARTS)
def test_mosaic_is_fixed_by_its_seed_and_fills_its_panel(art: str) -> None:
    first = compose_mosaic("a", ARTS[art], ("drop", "pipe", "wrench"), 5, 6)
    assert first == compose_mosaic("a", ARTS[art], ("drop", "pipe", "wrench"), 5, 6)
    assert first != compose_mosaic("b", ARTS[art], ("drop", "pipe", "wrench"), 5, 6)
    covered = sum(4 if tile.large else 1 for tile in first.tiles)
    assert covered == 30
    assert (first.width, first.height) == (5 * TILE, 6 * TILE)
    assert {tile.tone for tile in first.tiles} <= set(range(TONES))


def test_pattern_goes_on_without_a_seam() -> None:
    """What leaves its block at one side comes in again at the other, at the same height and turned the same way."""
    block = compose("a", "hero", Panel(1, 2, "pattern"), ARTS["even"], ("drop", "pipe", "wrench"))
    assert (block.width, block.height) == (3 * PATTERN_STEP, 2 * PATTERN_STEP)
    second = [tile for tile in block.tiles if tile.top > PATTERN_STEP]
    assert len(second) == 4
    assert (second[0].drawing, second[0].turn) == (second[-1].drawing, second[-1].turn)
    assert second[-1].left - second[0].left == block.width
    assert 'id="p-hero"' in block.svg and "url(#p-hero)" in block.svg


def test_declared_pairs_name_tokens_of_the_palette() -> None:
    tokens = set(Palette.__dataclass_fields__)
    assert {name for pair in PAIRS for name in pair[:2]} <= tokens


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_theme_colours_are_tokens(theme: Theme) -> None:
    """A colour written into a sheet would escape the contrast table; the proposal bar and print have their own."""
    folder = Path(settings.BASE_DIR) / "templates"
    sources = [(folder / theme.template(name)).read_text() for name in ("style.css", "base.css")]
    screen = "".join(source.partition("@media print")[0] for source in sources)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", screen) == []
