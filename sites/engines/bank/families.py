"""What the sites of a family have in common beside their words: the order of their parts, fonts and hues."""

from dataclasses import dataclass
from typing import Final

from businesses.categories import Family


@dataclass(frozen=True)
class FamilyBank:
    """`orders` lists the sections after the hero; a plan without cards for one of them leaves it out."""

    orders: tuple[tuple[str, ...], ...]
    fonts: tuple[str, ...]
    hues: tuple[int, ...]  # degrees of OKLCH; 262 to 305 (indigo) is nobody's


@dataclass(frozen=True)
class Plan:
    """How many cards each part gets, and of what the part about the business speaks."""

    services: int
    steps: int
    faq: int
    about: tuple[str, ...]


_ALL = ("about.place", "about.hours", "about.contact")
_CONTACT_FIRST = ("about.place", "about.contact", "about.hours")
_SHORT, _REACH = ("about.place", "about.hours"), ("about.place", "about.contact")
PLANS: Final = (
    Plan(5, 4, 5, _ALL),
    Plan(6, 3, 4, _REACH),
    Plan(4, 5, 5, _CONTACT_FIRST),
    Plan(7, 0, 6, _ALL),
    Plan(4, 4, 6, _SHORT),
    Plan(6, 4, 4, _CONTACT_FIRST),
    Plan(5, 3, 6, _REACH),
    Plan(8, 0, 5, _CONTACT_FIRST),
    Plan(4, 6, 4, _SHORT),
    Plan(5, 5, 4, _ALL),
)


def _orders(*texts: str) -> tuple[tuple[str, ...], ...]:
    return tuple((*text.split(), "cta") for text in texts)


FAMILY_BANKS: Final[dict[Family, FamilyBank]] = {
    "trades": FamilyBank(
        orders=_orders(
            "services steps visit about faq",
            "about services steps visit faq",
            "steps services about visit faq",
            "services about steps visit faq",
            "services faq about visit steps",
            "about steps services faq visit",
        ),
        fonts=("sturdy", "sturdy", "tall", "warm"),
        hues=(250, 225, 205, 185, 160, 140, 85, 60, 40),
    ),
    "food": FamilyBank(
        orders=_orders(
            "about visit services faq steps",
            "visit services about steps faq",
            "services visit about steps faq",
            "about services visit steps faq",
            "visit about services faq steps",
            "about services faq visit steps",
        ),
        fonts=("warm", "round", "sturdy", "fine", "round"),
        hues=(25, 45, 75, 110, 145, 165, 200, 235, 350),
    ),
    "beauty": FamilyBank(
        orders=_orders(
            "about services visit steps faq",
            "services about visit steps faq",
            "services steps visit about faq",
            "visit about services steps faq",
            "about visit services faq steps",
            "services visit faq steps about",
        ),
        fonts=("fine", "fine", "warm", "book"),
        hues=(345, 10, 175, 200, 150, 235, 60, 320),
    ),
    "health": FamilyBank(
        orders=_orders(
            "services steps visit about faq",
            "visit services steps about faq",
            "about visit services steps faq",
            "services visit steps about faq",
            "visit about steps services faq",
            "about services faq steps visit",
        ),
        fonts=("sturdy", "book", "fine", "warm"),
        hues=(165, 185, 200, 215, 235, 145, 250),
    ),
    "automotive": FamilyBank(
        orders=_orders(
            "services steps visit about faq",
            "steps services visit about faq",
            "about services steps visit faq",
            "services visit steps about faq",
            "visit services faq steps about",
            "about steps services faq visit",
        ),
        fonts=("sturdy", "tall", "tall"),
        hues=(255, 235, 210, 30, 60, 90, 150, 180),
    ),
    "retail": FamilyBank(
        orders=_orders(
            "about visit services faq steps",
            "visit about services steps faq",
            "services visit about steps faq",
            "about services visit steps faq",
            "visit services faq about steps",
            "services about faq visit steps",
        ),
        fonts=("warm", "sturdy", "fine", "round"),
        hues=(15, 40, 75, 100, 130, 155, 190, 220, 250, 335),
    ),
    "professional": FamilyBank(
        orders=_orders(
            "about services steps visit faq",
            "services steps about visit faq",
            "services about visit steps faq",
            "about visit services steps faq",
            "steps services about faq visit",
            "about services faq steps visit",
        ),
        fonts=("book", "fine", "warm", "sturdy"),
        hues=(250, 230, 205, 170, 150, 70, 20, 345),
    ),
    "home_garden": FamilyBank(
        orders=_orders(
            "services about steps visit faq",
            "about services visit steps faq",
            "services visit steps about faq",
            "about visit services steps faq",
            "about steps services faq visit",
            "services steps faq about visit",
        ),
        fonts=("warm", "fine", "sturdy", "book"),
        hues=(140, 150, 125, 165, 110, 45, 75, 195, 230),
    ),
    "fitness": FamilyBank(
        orders=_orders(
            "services steps about visit faq",
            "about services visit steps faq",
            "steps services visit about faq",
            "services visit about steps faq",
            "visit services faq steps about",
            "about visit steps services faq",
        ),
        fonts=("sturdy", "tall", "sturdy", "warm"),
        hues=(30, 55, 130, 160, 190, 220, 250, 345),
    ),
    "lodging_pets": FamilyBank(
        orders=_orders(
            "about visit services steps faq",
            "services about visit steps faq",
            "about services steps visit faq",
            "visit services about steps faq",
            "visit about services faq steps",
            "services visit faq about steps",
        ),
        fonts=("warm", "round", "fine", "book", "sturdy"),
        hues=(35, 60, 85, 145, 175, 200, 230, 10),
    ),
}
_PACK_HUES: Final = {"funeral_directors": (250, 230, 165, 150)}


def suiting_hues(family: Family, category: str) -> tuple[int, ...]:
    """The hues that suit a trade, else its family; in degrees of OKLCH."""
    return _PACK_HUES.get(category, FAMILY_BANKS[family].hues)
