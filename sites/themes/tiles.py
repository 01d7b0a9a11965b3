"""Tiles: every fact has a tile of its own, in one quilt from the name to the last word."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="tiles",
    heroes={"quilt": Panel(4, 5), "tower": Panel(1, 2, "pattern"), "board": Panel(1, 1, "emblem")},
    fonts=("sturdy", "round", "warm", "tall"),
    families=("fitness", "food", "retail", "beauty", "automotive", "lodging_pets", "health", "home_garden"),
    frieze=Panel(1, 2, "pattern"),
)
