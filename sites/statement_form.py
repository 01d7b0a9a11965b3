"""The form for what an owner told of the business: a few facts, a few prices, and who told them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sites.facts import PRICE_KEYS
from sites.owner_words import OwnerWords, Statement
from sites.statements import CURRENCIES, WAYS, Told

LABELS = {
    "founded": (_("Year it was founded"), _("In digits: 1987")),
    "experience": (_("Years in the trade"), _("The whole number of years")),
    "staff": (_("People who work there"), _("How many")),
    "award": (_("An award"), _("Its name, who gave it and when")),
}
BASES = (("", _("is the price")), ("from", _("and more")), ("hour", _("an hour")))
HOW = dict(
    zip(
        WAYS,
        (_("On the phone"), _("By mail"), _("In person"), _("In writing, such as a letter")),
        strict=True,
    )
)
CURRENCY_OF = {"US": "USD", "GB": "GBP", "CH": "CHF", "LI": "CHF", "CA": "CAD", "AU": "AUD", "NZ": "NZD"}
EURO_COUNTRIES = frozenset("AT BE DE ES FI FR GR IE IT LU MT NL PT".split())
LIMIT = 200  # characters of one field; what is longer is no statement


@dataclass(frozen=True)
class ToldField:
    """`was` says who told what stands there now."""

    name: str
    label: str | Promise
    help: str | Promise
    value: str
    finding: str
    was: str


@dataclass(frozen=True)
class PriceFields:
    name: str
    number: int
    about: str
    amount: str
    currency: str
    basis: str
    finding: str
    was: str


@dataclass(frozen=True)
class ToldForm:
    fields: list[ToldField]
    prices: list[PriceFields]
    told_by: str
    how: str
    currencies: tuple[str, ...] = CURRENCIES
    bases: tuple[tuple[str, str | Promise], ...] = BASES

    @property
    def ways(self) -> list[tuple[str, str | Promise]]:
        return list(HOW.items())


def read_told(posted: Mapping[str, str]) -> Told:
    """What was entered; a field that is not there is empty."""
    names = [*LABELS]
    names += [f"{key}{part}" for key in PRICE_KEYS for part in ("", "_for", "_currency", "_basis")]
    return Told(
        values={name: posted.get(name, "")[:LIMIT] for name in names},
        told_by=posted.get("told_by", "")[:LIMIT],
        how=posted.get("how", ""),
    )


def form_of(words: OwnerWords, told: Told | None, findings: Mapping[str, str], country: str) -> ToldForm:
    """The form; with `told` as it was entered, else as the owner's word stands."""
    values = told.values if told else _values(words)
    usual = "EUR" if country in EURO_COUNTRIES else CURRENCY_OF.get(country, settings.CURRENCY.upper())
    return ToldForm(
        fields=[
            ToldField(key, label, hint, values.get(key, ""), findings.get(key, ""), _was(words, key))
            for key, (label, hint) in LABELS.items()
        ],
        prices=[
            PriceFields(
                name=key,
                number=number,
                about=values.get(f"{key}_for", ""),
                amount=values.get(key, ""),
                currency=values.get(f"{key}_currency", "") or usual,
                basis=values.get(f"{key}_basis", ""),
                finding=findings.get(key, ""),
                was=_was(words, key),
            )
            for number, key in enumerate(PRICE_KEYS, start=1)
        ],
        told_by=told.told_by if told else "",
        how=told.how if told else "",
    )


def _values(words: OwnerWords) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, one in words.statements.items():
        found[key] = one.value.removesuffix(".00") if key in PRICE_KEYS else one.value
        found |= {f"{key}_for": one.about, f"{key}_currency": one.currency, f"{key}_basis": one.basis}
    return found


def _was(words: OwnerWords, key: str) -> str:
    return who_told(words.statements[key]) if key in words.statements else ""


def who_told(one: Statement) -> str:
    """Who told it, how, when and to whom."""
    return f"{one.told_by}, {one.how}, {one.at:%d %b %Y}, written by {one.by}"
