"""Colours of a site, solved from one hue so that every declared pair of tokens can be read."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sites.dice import Dice

TEXT, LARGE = 4.8, 3.2  # WCAG asks for 4.5 and 3.0; the margin covers rounding to hex


@dataclass(frozen=True)
class Palette:
    """Tokens as #rrggbb. Grounds: paper, card, tint, brand, deep, accent, pop. The rest is drawn on them."""

    paper: str
    card: str
    tint: str
    line: str
    ink: str
    soft: str  # quieter text on the light grounds
    brand: str
    deep: str
    deep_soft: str  # quieter text on deep
    accent: str
    pop: str
    white: str = "#ffffff"

    def tokens(self) -> dict[str, str]:
        return dict(vars(self))


# (drawn, ground, least contrast): what the stylesheets may put on what. Text needs 4.5, everything else that
# must be seen (focus rings, outlines of controls) 3.0.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *(
        (text, ground, 4.5)
        for ground in ("paper", "card", "tint")
        for text in ("ink", "soft", "brand", "deep")
    ),
    *(("white", ground, 4.5) for ground in ("brand", "deep")),
    ("deep_soft", "deep", 4.5),
    ("accent", "deep", 4.5),
    ("deep", "accent", 4.5),
    ("deep", "pop", 4.5),
    ("deep", "white", 4.5),
    ("brand", "white", 4.5),
    ("pop", "deep", 3.0),
)
# Second and third colours that look good bright: rose, apricot, yellow, mint, sky. Turquoise and violet glow.
BRIGHT_HUES = (12, 58, 90, 152, 235)
APART = 55  # least degrees between a bright colour and the brand


def solve_palette(hue: int, seed: str, *, calm: bool = False) -> Palette:
    """The palette for an OKLCH hue (0 to 359); the seed chooses the second and third colour.

    In a calm one these two are nearly grey, for trades that people turn to on a serious day.
    """
    vivid = 0.35 if calm else 1.0
    dice = Dice(seed)
    bright = [step for step in BRIGHT_HUES if _distance(step, hue) >= APART]
    accent = dice.pick("palette.accent", bright)
    pop = dice.pick("palette.pop", [step for step in bright if step != accent])
    strength = dice.pick("palette.strength", (0.85, 1.0, 1.15))
    paper = colour(0.985, 0.006, hue)
    tint = colour(0.935, 0.032 * strength, hue)
    deep = _solve(0.30, -0.01, 0.062 * strength, hue, lambda text: contrast(text, tint) >= 9)
    return Palette(
        paper=paper,
        card="#ffffff",
        tint=tint,
        line=colour(0.86, 0.02, hue),
        ink=_solve(0.25, -0.01, 0.03, hue, lambda text: contrast(text, tint) >= 11),
        soft=_solve(0.52, -0.01, 0.03, hue, lambda text: contrast(text, tint) >= TEXT),
        brand=_solve(0.56, -0.01, 0.13 * strength, hue, lambda text: contrast(text, tint) >= TEXT),
        deep=deep,
        deep_soft=_solve(0.74, 0.01, 0.03, hue, lambda text: contrast(text, deep) >= TEXT + 1),
        accent=_solve(0.82, 0.01, 0.13 * vivid, accent, lambda ground: contrast(deep, ground) >= TEXT + 1),
        pop=_solve(0.72, 0.01, 0.12 * vivid, pop, lambda ground: contrast(deep, ground) >= TEXT),
    )


@lru_cache(maxsize=8192)
def colour(lightness: float, chroma: float, hue: float) -> str:
    """OKLCH to #rrggbb; chroma is lowered until the colour exists in sRGB."""
    while True:
        channels = _linear_rgb(lightness, chroma, math.radians(hue % 360))
        if chroma <= 0 or all(-0.0005 <= channel <= 1.0005 for channel in channels):
            return "#" + "".join(f"{round(_encode(channel) * 255):02x}" for channel in channels)
        chroma = max(0.0, chroma - 0.004)


@lru_cache(maxsize=8192)
def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _distance(first: int, second: int) -> int:
    turn = abs(first - second) % 360
    return min(turn, 360 - turn)


def _solve(lightness: float, step: float, chroma: float, hue: float, fits: Callable[[str], bool]) -> str:
    while 0 < lightness < 1:
        candidate = colour(lightness, chroma, hue)
        if fits(candidate):
            return candidate
        lightness += step
    raise ValueError(f"no colour of hue {hue} fits")


def _linear_rgb(lightness: float, chroma: float, angle: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encode(channel: float) -> float:
    channel = min(1.0, max(0.0, channel))
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _luminance(value: str) -> float:
    weights = (0.2126, 0.7152, 0.0722)
    total = 0.0
    for weight, start in zip(weights, (1, 3, 5), strict=True):
        channel = int(value[start : start + 2], 16) / 255
        total += weight * (channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
    return total
