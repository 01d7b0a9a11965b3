"""The curated sentence bank: one folder of text files a language, and what a family's sites look like."""

from functools import cache
from pathlib import Path

from sites.engines.bank.american import american
from sites.engines.bank.base import Bank, Line
from sites.engines.bank.families import FAMILY_BANKS, suiting_hues
from sites.engines.bank.reader import read_bank
from sites.engines.bank.swiss import swiss

__all__ = ["BANKS", "BANK_VERSION", "FAMILY_BANKS", "bank_lines", "suiting_hues", "voiced"]

BANK_VERSION = "6"  # part of every seed: raise it when lines change
BANKS: dict[str, Bank] = {lang: read_bank(Path(__file__).parent / lang) for lang in ("en", "de")}


def voiced(one: Line, lang: str, country: str) -> Line:
    """The line as people of that country write their language."""
    if lang == "en" and country == "US":
        return american(one)
    return swiss(one) if lang == "de" and country in {"CH", "LI"} else one


@cache
def bank_lines() -> dict[str, tuple[Line, ...]]:
    """Every line of the bank by its text: what a site may say with origin "bank"."""
    found: dict[str, tuple[Line, ...]] = {}
    for lang, bank in BANKS.items():
        for one in bank.lines():
            for spoken in {voiced(one, lang, country) for country in ("", "US", "CH")}:
                found[spoken.text] = (*found.get(spoken.text, ()), spoken)
    return found
