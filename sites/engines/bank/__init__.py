"""The curated English sentence bank: one module a family, and the lines that all of them share."""

from functools import cache

from businesses.categories import Family
from sites.engines.bank import common
from sites.engines.bank.american import american
from sites.engines.bank.automotive import AUTOMOTIVE
from sites.engines.bank.base import FamilyBank, Line, Pack, Slot, line
from sites.engines.bank.beauty import BEAUTY
from sites.engines.bank.fitness import FITNESS
from sites.engines.bank.food import FOOD
from sites.engines.bank.health import HEALTH
from sites.engines.bank.home_garden import HOME_GARDEN
from sites.engines.bank.lodging_pets import LODGING_PETS
from sites.engines.bank.professional import PROFESSIONAL
from sites.engines.bank.questions import QUESTIONS
from sites.engines.bank.retail import RETAIL
from sites.engines.bank.trades import TRADES

BANK_VERSION = "en-1"  # part of every seed: raise it when lines change
FAMILY_BANKS: dict[Family, FamilyBank] = {
    "trades": TRADES,
    "food": FOOD,
    "beauty": BEAUTY,
    "health": HEALTH,
    "automotive": AUTOMOTIVE,
    "retail": RETAIL,
    "professional": PROFESSIONAL,
    "home_garden": HOME_GARDEN,
    "fitness": FITNESS,
    "lodging_pets": LODGING_PETS,
}
# A trade keeps its words whatever family a source puts it in.
PACKS: dict[str, Pack] = {slug: pack for bank in FAMILY_BANKS.values() for slug, pack in bank.packs.items()}


@cache
def bank_lines() -> dict[str, tuple[Line, ...]]:
    """Every line of the bank by its text: what a site may say with origin "bank"."""
    found: dict[str, tuple[Line, ...]] = {}
    for one in _all_lines():
        for spoken in {one, american(one)}:
            found[spoken.text] = (*found.get(spoken.text, ()), spoken)
    return found


def _all_lines() -> list[Line]:
    slots: list[Slot] = [value for name, value in vars(common).items() if name.isupper()]
    packs = [*PACKS.values()]
    for bank in FAMILY_BANKS.values():
        slots += [bank.services_heading, bank.services_intro, bank.cta_heading]
        packs.append(bank.default)
    found = [one for slot in slots for tier in slot for one in tier]
    found += [one for question in QUESTIONS for pair in question for one in pair]
    for pack in packs:
        found += [one for slot in pack.own.values() for tier in slot for one in tier]
        found += [line(text) for text in pack.taglines]
        found += [line(text) for item in (*pack.topics, *pack.steps) for text in item]
    return found
