"""Signboard: the name in sign-painter size beside a tiled panel of the trade's tools, and a door plate of facts."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="signboard",
    heroes={"window": Panel(5, 6), "awning": Panel(12, 2), "pillar": Panel(3, 6)},
    fonts=("sturdy", "warm", "fine"),
    frieze=Panel(12, 1),
)
