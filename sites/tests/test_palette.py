"""Colours: every declared pair is readable, for every hue and seed."""

import pytest

from sites.themes.palette import BRIGHT_HUES, PAIRS, colour, contrast, solve_palette


@pytest.mark.parametrize("calm", [False, True], ids=["vivid", "calm"])
@pytest.mark.parametrize("start", range(0, 360, 45))
def test_every_pair_is_readable_over_all_hues(start: int, calm: bool) -> None:
    for hue in range(start, start + 45):
        for seed in ("a", "b", "c", "d"):
            tokens = solve_palette(hue, seed, calm=calm).tokens()
            poor = [
                (pair, hue, seed) for pair in PAIRS if contrast(tokens[pair[0]], tokens[pair[1]]) < pair[2]
            ]
            assert poor == []


def test_palette_is_fixed_by_hue_and_seed() -> None:
    assert solve_palette(200, "a") == solve_palette(200, "a")
    assert solve_palette(200, "a").brand != solve_palette(20, "a").brand
    assert len({solve_palette(200, str(seed)).accent for seed in range(30)}) >= 3


def test_calm_palette_keeps_its_first_colour_and_quietens_the_others() -> None:
    vivid, calm = solve_palette(200, "a"), solve_palette(200, "a", calm=True)
    assert (calm.brand, calm.deep) == (vivid.brand, vivid.deep)
    assert spread(calm.accent) < spread(vivid.accent) / 2
    assert spread(calm.pop) < spread(vivid.pop) / 2


def spread(colour: str) -> int:
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return max(channels) - min(channels)


def test_second_colour_stands_apart_from_the_first() -> None:
    for hue in range(360):
        assert len([bright for bright in BRIGHT_HUES if 55 <= abs(bright - hue) % 360 <= 305]) >= 2


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#ffffff", "#ffffff", 1.0),
        ("#1e1b17", "#fbf9f7", 16.33),
    ],
)
def test_contrast_is_that_of_wcag(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    ("lightness", "chroma", "hue", "value"),
    [
        (1.0, 0.0, 0, "#ffffff"),
        (0.0, 0.0, 0, "#000000"),
        (0.6280, 0.2577, 29.23, "#ff0000"),
        (0.8664, 0.2948, 142.5, "#00ff00"),
    ],
)
def test_colour_converts_from_oklch(lightness: float, chroma: float, hue: float, value: str) -> None:
    found, wanted = (
        tuple(int(text[at : at + 2], 16) for at in (1, 3, 5))
        for text in (colour(lightness, chroma, hue), value)
    )
    assert all(abs(one - other) <= 3 for one, other in zip(found, wanted, strict=True))
