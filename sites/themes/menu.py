"""Menu: a printed card on wrapping paper, set on a middle axis, with double frames and dotted leaders."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="menu",
    heroes={"paper": Panel(1, 2, "pattern"), "board": Panel(12, 1), "jar": Panel(1, 1, "emblem")},
    fonts=("round", "warm", "fine"),
    families=("food", "beauty", "lodging_pets", "retail", "home_garden"),
    frieze=Panel(1, 1, "pattern"),
)
