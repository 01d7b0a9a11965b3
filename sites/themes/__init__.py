"""The themes by name. A new one is a module here, a folder under templates/sites/ and a line below."""

from sites.themes.base import Theme
from sites.themes.signboard import THEME as SIGNBOARD

THEMES: dict[str, Theme] = {theme.name: theme for theme in (SIGNBOARD,)}
