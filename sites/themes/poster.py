"""Poster: the name as large as the window allows, in bands of flat colour from edge to edge."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="poster",
    heroes={"shout": Panel(1, 1, "pattern"), "night": Panel(12, 2), "sheet": Panel(1, 1, "emblem")},
    fonts=("tall", "sturdy", "round"),
    families=("trades", "automotive", "fitness", "food", "retail", "home_garden", "beauty", "lodging_pets"),
    frieze=Panel(1, 1, "pattern"),
)
