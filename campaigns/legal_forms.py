"""Company or person: what the name of a business says by the legal form at its end, or by words only a person uses.

Only what is written counts. A name without a form says nothing: a shop of that name may be either.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

LegalForm = Literal["company", "sole_trader"]

# By country, as they are written, without dots; "" are forms that mean a company wherever they stand.
COMPANIES: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("Ltd", "Limited", "LLP", "PLC", "LLC", "GmbH", "Inc", "Incorporated"),
    "US": ("Corp", "Corporation", "Co Inc", "PLLC", "LLLP"),
    "CA": ("Corp", "Corporation", "Ltée", "Limitée"),
    "GB": ("CIC", "CIO", "Cyfyngedig", "Cyf"),
    "IE": ("DAC", "CLG", "Teoranta", "Teo", "UC"),
    "AU": ("Pty",),
    "NZ": ("Tapui",),
    "DE": ("UG", "UG haftungsbeschränkt", "AG", "KGaA", "eG", "GmbH & Co KG", "SE"),
    "AT": ("AG", "FlexCo", "FlexKapG", "GesmbH", "GmbH & Co KG", "SE"),
    "CH": ("AG", "SA", "Sàrl", "Sagl"),
    "LI": ("AG", "Anstalt"),
    "FR": ("SARL", "SAS", "SASU", "EURL", "SA", "SCOP", "SELARL"),
    "BE": ("BV", "BVBA", "NV", "SRL", "SPRL", "SA", "CV"),
    "LU": ("SARL", "SA", "Sàrl-S"),
    "NL": ("BV", "NV"),
    "FI": ("Oy", "Oyj", "Oy Ab", "Osk"),
    "SE": ("AB", "Aktiebolag"),
    "NO": ("AS", "ASA", "BA"),
    "DK": ("ApS", "A/S", "AMBA"),
    "IS": ("ehf", "hf"),
    "IT": ("Srl", "Srls", "SpA", "Sapa", "Scarl"),
    "ES": ("SL", "SLU", "SA", "SAU", "SLL"),
    "PT": ("Lda", "Unipessoal Lda", "SA"),
    "PL": ("Sp z oo", "Spółka z oo", "SA", "PSA"),
    "CZ": ("sro", "as", "spol s ro"),
    "SK": ("sro", "as"),
    "HU": ("Kft", "Zrt", "Nyrt"),
    "EE": ("OÜ", "AS"),
    "LV": ("SIA", "AS"),
    "LT": ("UAB", "AB"),
    "RO": ("SRL", "SA"),
    "BG": ("EOOD", "OOD", "AD"),
    "HR": ("doo", "jdoo", "dd"),
    "SI": ("doo", "dd"),
    "GR": ("AE", "EPE", "IKE"),
    "CY": (),
    "MT": (),
}
# Forms under which a person, or persons who answer for everything themselves, do business.
PERSONS: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("sole trader", "sole proprietor"),
    "DE": ("eK", "eKfm", "eKfr", "Inh", "Inhaber", "Inhaberin", "GbR"),
    "AT": ("eU", "Inh", "Inhaber", "Inhaberin"),
    "CH": ("Inh", "Inhaber", "Inhaberin"),
    "FR": ("EI", "EIRL", "entrepreneur individuel"),
    "IT": ("ditta individuale", "impresa individuale"),
    "FI": ("Tmi", "Toiminimi"),
    "NL": ("eenmanszaak", "VOF"),
    "NO": ("ENK",),
    "SE": ("enskild firma",),
    "DK": ("enkeltmandsvirksomhed",),
    "EE": ("FIE",),
}
# A person's word may stand anywhere ("Salon Rosa, Inh. Rosa Muster"), a company's stands at the end.
_ANYWHERE: Final = frozenset({"inh", "inhaber", "inhaberin", "ek", "eu", "sole trader", "sole proprietor"})
_SEPARATORS: Final = re.compile(r"[\s,;()–—|]+")


def legal_form_of(name: str, country: str) -> tuple[LegalForm, str] | None:
    """Return what a name says of its legal form and the words that say so; None where it says nothing.

    Words for a person win: "Beauty GmbH, Inh. ..." is not to be settled by a machine, so it counts as a person.
    """
    words = [word for word in _SEPARATORS.split(name) if word]
    plain = [_plain(word) for word in words]
    for form, table in (("sole_trader", PERSONS), ("company", COMPANIES)):
        for written in (*table[""], *table.get(country.strip().upper(), ())):
            parts = [_plain(part) for part in _SEPARATORS.split(written)]
            place = _place(plain, parts, anywhere=" ".join(parts) in _ANYWHERE)
            if place is not None:
                said = " ".join(words[place : place + len(parts)])
                return ("sole_trader" if form == "sole_trader" else "company"), said
    return None


def _place(words: list[str], parts: list[str], *, anywhere: bool) -> int | None:
    """Return where these words begin in a name that has more than them; None where they do not stand."""
    last = len(words) - len(parts)
    for at in range(last, 0, -1) if anywhere else (last,):
        if at > 0 and words[at : at + len(parts)] == parts:
            return at
    return None


def _plain(word: str) -> str:
    return word.replace(".", "").casefold()
