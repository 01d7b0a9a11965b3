"""Magazine: a masthead over columns, rules between the articles, a drop cap, and one large quotation."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="magazine",
    heroes={"broadsheet": Panel(1, 1, "emblem"), "cover": Panel(1, 2, "pattern"), "feature": Panel(4, 7)},
    fonts=("fine", "book", "warm", "tall"),
    families=("retail", "beauty", "professional", "home_garden", "food", "lodging_pets", "fitness", "health"),
)
