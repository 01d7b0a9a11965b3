"""Letter: a sheet with letterhead and stamp, read from the top to the signature."""

from sites.themes.base import Theme
from sites.themes.mosaic import Panel

THEME = Theme(
    name="letter",
    heroes={"sheet": Panel(1, 2, "pattern"), "airmail": Panel(1, 2, "pattern"), "card": Panel(6, 3)},
    fonts=("book", "warm", "fine"),
    families=("professional", "health", "lodging_pets", "beauty", "home_garden", "trades"),
)
