"""Themes: a new one is covered by these tests as soon as it is in the registry."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from sites.categories import CATEGORIES, FAMILY_CATEGORIES
from sites.engines.bank import FAMILY_BANKS
from sites.gates import run_gates
from sites.tests.records import HUGE, NORMAL, TINY, bare, build, render
from sites.themes import THEMES
from sites.themes.base import FONT_FOLDER, FONTS, Theme
from sites.themes.drawings import FILLERS, MOTIFS
from sites.themes.mosaic import ARTS, TILE, TONES, compose_mosaic
from sites.themes.palette import PAIRS, Palette

PATH_DATA = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9 .,-]+")
COMBINATIONS = [
    (name, hero, font) for name, theme in THEMES.items() for hero in theme.heroes for font in theme.fonts
]


@pytest.mark.parametrize(("name", "hero", "font"), COMBINATIONS)
@pytest.mark.parametrize("record", [TINY, NORMAL, HUGE], ids=["tiny", "normal", "huge"])
def test_every_look_passes_every_gate(name: str, hero: str, font: str, record: dict[str, object]) -> None:
    facts, spec, _ = build(bare(**record), seed=f"{hero}{font}")
    look = spec.look.model_copy(update={"theme": name, "hero": hero, "font": font})
    hero_section = spec.sections[0].model_copy(update={"variant": hero})
    spec = spec.model_copy(update={"look": look, "sections": (hero_section, *spec.sections[1:])})
    for files in (render(spec, facts), render(spec, facts, links=None)):
        assert [result for result in run_gates(files, spec, facts) if not result.passed] == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_theme_has_all_its_templates(theme: Theme) -> None:
    for page in ("index.html", "privacy.html", "404.html", "style.css"):
        get_template(theme.template(page))
    for section in ("hero", "services", "steps", "about", "visit", "faq", "cta"):
        get_template(theme.template(f"sections/{section}.html"))
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
    covered = sum(4 if "scale(2)" in tile.place else 1 for tile in first.tiles)
    assert covered == 30
    assert (first.width, first.height) == (5 * TILE, 6 * TILE)
    assert {tile.tone for tile in first.tiles} <= set(range(TONES))


def test_declared_pairs_name_tokens_of_the_palette() -> None:
    tokens = set(Palette.__dataclass_fields__)
    assert {name for pair in PAIRS for name in pair[:2]} <= tokens


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_theme_colours_are_tokens(theme: Theme) -> None:
    """A colour written into a sheet would escape the contrast table; the proposal bar and print have their own."""
    source = (Path(settings.BASE_DIR) / "templates" / theme.template("style.css")).read_text()
    screen = source.partition("@media print")[0]
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", screen) == []
