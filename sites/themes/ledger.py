"""Ledger: everything in ruled cells, like a well-kept account book; one colour, used once."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="ledger",
    heroes={"form": Panel(1, 1, "emblem"), "index": Panel(1, 1, "emblem"), "slip": Panel(1, 2, "pattern")},
    fonts=("sturdy", "book", "tall", "fine"),
    families=("professional", "trades", "health", "automotive", "home_garden", "retail", "fitness"),
)
