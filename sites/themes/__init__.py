"""The themes by name. A new one is a module here, a folder under templates/sites/ and a line below."""

from sites.themes.base import Theme
from sites.themes.ledger import THEME as LEDGER
from sites.themes.letter import THEME as LETTER
from sites.themes.magazine import THEME as MAGAZINE
from sites.themes.menu import THEME as MENU
from sites.themes.poster import THEME as POSTER
from sites.themes.signboard import THEME as SIGNBOARD
from sites.themes.split import THEME as SPLIT
from sites.themes.tiles import THEME as TILES

THEMES: dict[str, Theme] = {
    theme.name: theme for theme in (SIGNBOARD, SPLIT, POSTER, LEDGER, MENU, MAGAZINE, TILES, LETTER)
}
