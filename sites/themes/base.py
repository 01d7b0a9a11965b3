"""What a theme is: a folder of templates under templates/sites/ and the choices it offers."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sites.spec import Look
from sites.themes.mosaic import ARTS

FONT_FOLDER = Path(__file__).parent / "fonts"


@dataclass(frozen=True)
class Font:
    """One font file; `local` and the four figures make a system font take exactly its room until it is there."""

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

    @property
    def files(self) -> tuple[Font, Font]:
        return self.display, self.text


@dataclass(frozen=True)
class Panel:
    """A mosaic of a hero: how many tiles across and down."""

    columns: int
    rows: int


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
FONTS = {
    "sturdy": FontPair(BRICOLAGE, FIGTREE, "sans-serif"),
    "warm": FontPair(YOUNG_SERIF, FIGTREE, "serif"),
    "fine": FontPair(GLOOCK, FIGTREE, "serif"),
}


@dataclass(frozen=True)
class Theme:
    name: str
    heroes: dict[str, Panel]
    fonts: tuple[str, ...]
    arts: tuple[str, ...] = tuple(ARTS)

    def template(self, name: str) -> str:
        return f"sites/{self.name}/{name}"

    def check_look(self, look: Look) -> None:
        """Raises ValueError where the look asks for something this theme does not have."""
        for asked, offered in ((look.hero, self.heroes), (look.font, self.fonts), (look.art, self.arts)):
            if asked not in offered:
                raise ValueError(f"theme {self.name} has no {asked!r}; it has {', '.join(offered)}")
