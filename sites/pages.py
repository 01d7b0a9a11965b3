"""What the templates see: plain text, ready to print, made from a spec and its facts."""

from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from django.utils.safestring import SafeString

from businesses.categories import Family
from sites.categories import find_category
from sites.credits import CreditLine, credit_line
from sites.dice import Dice
from sites.facts import FactSheet
from sites.opening_hours import DAY_MINUTES, Day, OpeningWeek
from sites.spec import Action, Section, SiteSpec
from sites.themes.base import FONTS, Font, Theme
from sites.themes.drawings import Shape
from sites.themes.mosaic import ARTS, Mosaic, Panel, compose, drawing_of
from sites.themes.palette import Palette, solve_palette
from sites.themes.share_card import Card
from sites.themes.templates import escaped, render_template
from sites.words import DAYS, LOCALES, RIGHT_TO_LEFT, SHORT_DAYS, WORDS

# The ground of every drawing, a hair larger than it, so that no seam shows between two tiles.
_TILE = '<path id="tile" class="b" shape-rendering="crispEdges" d="M-.1-.1h40.2v40.2H-.1z"/>'
PLATE_ROWS = 4
NO_BREAK = "\N{NO-BREAK SPACE}"
SHARE_CARD = "share.png"
ONE_LINE, TWO_LINES, MIN_LINE = 9, 26, 5  # characters of a heading set in one, in two lines
LOST_PANEL = Panel(5, 1)
CALM: frozenset[Family] = frozenset({"professional", "health"})
SOCIAL_NAMES = {"facebook": "Facebook", "instagram": "Instagram"}


@dataclass(frozen=True)
class Drawn:
    name: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class CardView:
    title: str
    text: str


@dataclass(frozen=True)
class ActionView:
    href: str
    icon: str
    label: str


@dataclass(frozen=True)
class SectionView:
    type: str
    variant: str
    template: str
    heading: str
    body: tuple[str, ...]
    cards: tuple[CardView, ...]
    actions: tuple[ActionView, ...]


@dataclass(frozen=True)
class DayRow:
    """`spans` are the times of an open day; else `text` says closed or unknown, and `state` which."""

    day: str
    spans: tuple[str, ...]
    text: str
    state: str


@dataclass(frozen=True)
class PlateRow:
    text: str
    href: str = ""
    days: str = ""


@dataclass(frozen=True)
class PlateItem:
    label: str
    icon: str
    rows: tuple[PlateRow, ...]


@dataclass(frozen=True)
class MenuLink:
    section: str
    label: str


@dataclass(frozen=True)
class Social:
    name: str
    url: str


@dataclass
class SiteView:
    """`root` is the path of the site on its host, with both slashes; `url` the same with the host."""

    lang: str
    rtl: bool
    locale: str
    url: str
    root: str
    proposal: bool
    name: str
    name_size: str
    name_chars: int
    name_length: int
    facts: dict[str, str]
    look: object
    palette: Palette
    fonts: tuple[Font, ...]
    display: Font
    text: Font
    display_fallback: str
    display_weight: int
    text_fallback: str
    layout: str
    imprint: str
    card: Card
    share_card: str
    mark: Drawn
    mosaic: Mosaic
    frieze: Mosaic | None
    lost: Mosaic
    menu: tuple[MenuLink, ...]
    plate: tuple[PlateItem, ...]
    hours: tuple[DayRow, ...]
    socials: tuple[Social, ...]
    map_url: str
    credits: tuple[CreditLine, ...]
    sections: tuple[SectionView, ...]
    css: str = ""


def view_site(
    spec: SiteSpec, facts: FactSheet, theme: Theme, *, url: str, root: str, proposal: bool
) -> SiteView:
    category = find_category(facts.category, facts.family)
    art, panel, seed = ARTS[spec.look.art], theme.heroes[spec.look.hero], spec.look.seed
    motifs = category.motifs
    even = ARTS["even"]
    palette = solve_palette(spec.look.hue, seed, calm=spec.family in CALM)
    mark = Dice(seed).pick("mark", motifs)
    pair = FONTS[spec.look.font]
    heading = spec.sections[0].heading.fill(facts)
    return SiteView(
        lang=spec.lang,
        rtl=spec.lang in RIGHT_TO_LEFT,
        locale=LOCALES[spec.lang],
        url=url,
        root=root,
        proposal=proposal,
        name=facts.value("name"),
        name_size=name_size(heading),
        name_length=len(heading),
        name_chars=longest_line(heading),
        facts={key: fact.value for key, fact in facts.facts.items()},
        look=spec.look,
        palette=palette,
        fonts=pair.files,
        display=pair.display,
        text=pair.text,
        display_fallback=pair.fallback,
        display_weight=pair.weight,
        text_fallback=pair.text_fallback,
        layout=theme.template("page.html"),
        imprint=f"sites/shared/imprint.{spec.lang}.html",
        card=Card(heading, spec.sections[0].body[0].fill(facts), palette, pair, motifs, seed),
        share_card=SHARE_CARD,
        mark=Drawn(mark, drawing_of(mark)),
        mosaic=compose(seed, "hero", panel, art, motifs),
        frieze=compose(seed, "frieze", theme.frieze, even, motifs) if theme.frieze else None,
        lost=compose(seed, "lost", LOST_PANEL, even, motifs),
        menu=_menu(spec, facts),
        plate=_plate(facts),
        hours=hours_rows(facts),
        socials=tuple(Social(name, facts.value(key)) for key, name in SOCIAL_NAMES.items() if facts.has(key)),
        map_url=map_url(facts),
        credits=tuple(credit_line(credit, spec.lang) for credit in spec.legal.credits),
        sections=tuple(_section(section, facts, theme) for section in spec.sections),
    )


def drawings_of(site: SiteView, *mosaics: Mosaic | None) -> SafeString:
    """What a page with these mosaics has to define, as SVG of ours: drawings, the mark of the header, icons."""
    names = {site.mark.name, *(name for mosaic in mosaics if mosaic for name in mosaic.drawings())}
    return SafeString(_TILE + "".join(_definition(name) for name in sorted(names)) + _icons())


@cache
def _icons() -> str:
    return render_template("sites/icons/symbols.html")


@cache
def _definition(name: str) -> str:
    shapes = "".join(f'<path class="{shape.tone}" d="{shape.path}"/>' for shape in drawing_of(name))
    return f'<g id="d-{name}"><use href="#tile"/>{shapes}</g>'


def name_size(name: str) -> str:
    """The size class of a heading: how large it may be set without breaking a word."""
    longest = max(len(word) for word in name.split())
    for size, word_limit, limit in (("s", 8, 16), ("m", 11, 28), ("l", 16, 44)):
        if longest <= word_limit and len(name) <= limit:
            return size
    return "xl"


def longest_line(name: str) -> int:
    """Characters of the longest line when a heading is set as large as it can be, in one to three lines."""
    words = name.split()
    lines = 1 if len(name) <= ONE_LINE else 2 if len(name) <= TWO_LINES else 3
    return max(MIN_LINE, min(_widest(words, lines), len(name)))


def _widest(words: list[str], lines: int) -> int:
    whole = len(" ".join(words))
    if lines == 1 or len(words) == 1:
        return whole
    breaks = range(1, len(words))
    return min(max(len(" ".join(words[:at])), _widest(words[at:], lines - 1)) for at in breaks)


def map_url(facts: FactSheet) -> str:
    """A map of the place, by coordinates or else by address; "" where neither is known."""
    if facts.has("lat", "lon"):
        lat, lon = facts.value("lat"), facts.value("lon")
        return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=18/{lat}/{lon}"
    if facts.has("address", "locality"):
        wanted = quote(f"{facts.value('address')}, {facts.value('locality')}", safe="")
        return f"https://www.openstreetmap.org/search?query={wanted}"
    return ""


def hours_rows(facts: FactSheet) -> tuple[DayRow, ...]:
    week, words = facts.week(), WORDS[facts.lang]
    if week is None:
        return ()
    rows = [_day_row(name, day, facts) for name, day in zip(DAYS[facts.lang], week.days, strict=True)]
    if week.holidays_closed:
        rows.append(DayRow(words["holidays"], (), words["closed"], "closed"))
    return tuple(rows)


def _day_row(name: str, day: Day, facts: FactSheet) -> DayRow:
    words = WORDS[facts.lang]
    if day is None:
        return DayRow(name, (), words["ask"], "unknown")
    if not day:
        return DayRow(name, (), words["closed"], "closed")
    return DayRow(name, tuple(_spans(day, facts)), "", "")


def _spans(day: Day, facts: FactSheet) -> list[str]:
    if day == ((0, DAY_MINUTES),):
        return [WORDS[facts.lang]["all_day"]]
    return [f"{facts.clock(start)} – {facts.clock(end)}" for start, end in day or ()]


def _menu(spec: SiteSpec, facts: FactSheet) -> tuple[MenuLink, ...]:
    words = WORDS[spec.lang]
    labels = {
        "services": words["menu_services"],
        "visit": words["menu_visit"] if facts.has("hours") else words["menu_find"],
        "faq": words["menu_faq"],
    }
    return tuple(
        MenuLink(section.type, labels[section.type]) for section in spec.sections if section.type in labels
    )


def _plate(facts: FactSheet) -> tuple[PlateItem, ...]:
    """The facts that most visitors come for, as on the plate beside a shop door."""
    words, items = WORDS[facts.lang], []
    week = facts.week()
    if week:
        items.append(PlateItem(words["hours"], "hours", _week_summary(week, facts)))
    if facts.has("address"):
        place = [PlateRow(facts.value("address"))]
        place += [PlateRow(facts.value("locality"))] if facts.has("locality") else []
        items.append(PlateItem(words["address"], "map", tuple(place)))
    if facts.has("phone"):
        number = PlateRow(facts.value("phone_display"), f"tel:{facts.value('phone')}")
        items.append(PlateItem(words["phone"], "phone", (number,)))
    if facts.has("email"):
        mail = PlateRow(facts.value("email"), f"mailto:{facts.value('email')}")
        items.append(PlateItem(words["email"], "email", (mail,)))
    return tuple(items)


def _week_summary(week: OpeningWeek, facts: FactSheet) -> tuple[PlateRow, ...]:
    groups, words, names = week.groups(), WORDS[facts.lang], SHORT_DAYS[facts.lang]
    if len(groups) > PLATE_ROWS:
        return (PlateRow(words["see_week"], "#visit"),)
    rows = []
    for first, last, day in groups:
        days = names[first] if first == last else f"{names[first]} – {names[last]}"
        times = words["ask"] if day is None else ", ".join(_spans(day, facts)) or words["closed"]
        rows.append(PlateRow(times, days=days))
    return tuple(rows)


def unbroken(text: str, facts: FactSheet) -> SafeString:
    """The text for a page, escaped, its phone number kept on one line."""
    written, number = escaped(text), escaped(facts.value("phone_display"))
    if not number or number not in written:
        return SafeString(written)
    return SafeString(written.replace(number, f"<bdi>{number}</bdi>"))


def _section(section: Section, facts: FactSheet, theme: Theme) -> SectionView:
    return SectionView(
        type=section.type,
        variant=section.variant,
        template=theme.template(f"sections/{section.type}.html"),
        heading=unbroken(section.heading.fill(facts), facts),
        body=tuple(unbroken(sentence.fill(facts), facts) for sentence in section.body),
        cards=tuple(
            CardView(
                unbroken(card.title.fill(facts), facts),
                unbroken(card.text.fill(facts), facts) if card.text else "",
            )
            for card in section.cards
        ),
        actions=tuple(_action(action, facts) for action in section.actions),
    )


def _action(action: Action, facts: FactSheet) -> ActionView:
    if action.target == "map":
        href = map_url(facts) or "#visit"
    else:
        href = f"{'tel' if action.target == 'phone' else 'mailto'}:{facts.value(action.target)}"
    # In a button every element is a box of its own, so there the number is held together by its spaces.
    number = facts.value("phone_display")
    label = action.label.fill(facts)
    if number:
        label = label.replace(number, number.replace(" ", NO_BREAK))
    return ActionView(href, action.target, label)
