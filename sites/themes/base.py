"""What a theme is: a folder of templates under templates/sites/ and the choices it offers."""

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from businesses.categories import FAMILIES, Family
from sites.spec import Look
from sites.themes.mosaic import ARTS, Panel
from sites.themes.templates import first_template

FONT_FOLDER = Path(__file__).parent / "fonts"


@dataclass(frozen=True)
class Font:
    """One font file; `local` and the four figures make a system font take its room where it comes too late."""

    family: str
    file: str
    weight: str
    local: tuple[str, ...]
    size_adjust: str
    ascent: str
    descent: str

    @cached_property
    def content(self) -> bytes:
        return (FONT_FOLDER / self.file).read_bytes()

    @cached_property
    def path(self) -> str:
        """Where it lies in a site; the name changes with the content, so it may be cached for ever."""
        return (
            f"fonts/{self.file.removesuffix('.woff2')}-{hashlib.sha256(self.content).hexdigest()[:8]}.woff2"
        )


@dataclass(frozen=True)
class FontPair:
    display: Font
    text: Font
    fallback: str  # the generic family behind the display face
    text_fallback: str = "system-ui, sans-serif"
    weight: int = 400  # of headings

    @property
    def files(self) -> tuple[Font, ...]:
        return (self.text,) if self.display is self.text else (self.display, self.text)


FIGTREE = Font(
    "Figtree", "figtree.woff2", "400 700", ("Arial", "Liberation Sans"), "101.3%", "93.8%", "24.7%"
)
BRICOLAGE = Font(
    "Bricolage", "bricolage.woff2", "700", ("Arial Bold", "Liberation Sans Bold"), "87.4%", "106.4%", "30.9%"
)
YOUNG_SERIF = Font(
    "Young Serif",
    "young-serif.woff2",
    "400",
    ("Times New Roman Bold", "Liberation Serif Bold"),
    "118.3%",
    "88.4%",
    "30.9%",
)
GLOOCK = Font(
    "Gloock",
    "gloock.woff2",
    "400",
    ("Times New Roman Bold", "Liberation Serif Bold"),
    "109%",
    "89.4%",
    "20.6%",
)
BARLOW_CONDENSED = Font(
    "Barlow Condensed",
    "barlow-condensed.woff2",
    "600",
    ("Arial Bold", "Liberation Sans Bold"),
    "74.6%",
    "134%",
    "26.8%",
)
CAPRASIMO = Font(
    "Caprasimo",
    "caprasimo.woff2",
    "400",
    ("Times New Roman Bold", "Liberation Serif Bold"),
    "119.7%",
    "76.7%",
    "19.1%",
)
LITERATA = Font(
    "Literata", "literata.woff2", "400 650", ("Times New Roman", "Liberation Serif"), "118.7%", "99.2%", "26%"
)
FONTS = {
    "sturdy": FontPair(BRICOLAGE, FIGTREE, "sans-serif"),
    "warm": FontPair(YOUNG_SERIF, FIGTREE, "serif"),
    "fine": FontPair(GLOOCK, FIGTREE, "serif"),
    "tall": FontPair(BARLOW_CONDENSED, FIGTREE, "sans-serif"),
    "round": FontPair(CAPRASIMO, FIGTREE, "serif"),
    "book": FontPair(LITERATA, LITERATA, "serif", "serif", 600),
}


@dataclass(frozen=True)
class Theme:
    """`heroes` are its ways to begin a page, each with its picture; `families` are the trades it suits.

    Its folder holds style.css and the templates in which it differs; every other one is that of shared/.
    """

    name: str
    heroes: dict[str, Panel]
    fonts: tuple[str, ...]
    families: tuple[Family, ...] = FAMILIES
    arts: tuple[str, ...] = tuple(ARTS)
    frieze: Panel | None = None  # the band at the end of the page

    def template(self, name: str) -> str:
        """The theme's own template of that name, or the shared one."""
        return _template(self.name, name)

    def check_look(self, look: Look) -> None:
        """Raises ValueError where the look asks for something this theme does not have."""
        for asked, offered in ((look.hero, self.heroes), (look.font, self.fonts), (look.art, self.arts)):
            if asked not in offered:
                raise ValueError(f"theme {self.name} has no {asked!r}; it has {', '.join(offered)}")


@cache
def _template(theme: str, name: str) -> str:
    return first_template(f"sites/{theme}/{name}", f"sites/shared/{name}")
