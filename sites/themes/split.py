"""Split: a panel with the name stands still at one side while the page moves past it at the other."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="split",
    heroes={"curtain": Panel(1, 2, "pattern"), "mural": Panel(5, 4), "field": Panel(1, 1, "emblem")},
    fonts=("fine", "warm", "book", "sturdy"),
    families=(
        "beauty",
        "health",
        "professional",
        "home_garden",
        "fitness",
        "lodging_pets",
        "trades",
        "automotive",
        "food",
        "retail",
    ),
)
