"""What an owner told staff of the business, such as its year or its prices: checked, stored, built into the site."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from django.db import transaction

from pipeline import states
from pipeline.errors import BadData
from sites.editing import TOLD_BY_LIMIT, Refused
from sites.facts import PRICE_KEYS
from sites.generation import rebuild
from sites.models import Site
from sites.owner_words import OwnerWords, Statement, owner_words
from sites.sanitising import ADDRESS, SuspiciousRecord, clean_text

OLDEST_YEAR = 1000
# The least and the most that may be entered; one person or one year is nothing to tell.
NUMBERS = {"experience": (2, 150), "staff": (2, 9999)}
TEXT_LIMIT = 80
HIGHEST_PRICE = Decimal(1_000_000)
CURRENCIES = tuple(
    "USD EUR GBP CHF CAD AUD NZD SEK NOK DKK ISK PLN CZK HUF RON TRY ILS ZAR MXN BRL INR SGD HKD JPY AED".split()
)
WAYS = ("on the phone", "by mail", "in person", "in writing")
Basis = Literal["", "from", "hour"]
_AMOUNT = re.compile(r"[0-9]{1,7}(?:[.,][0-9]{1,2})?")


@dataclass(frozen=True)
class Told:
    """What was entered. `values` are by key: those of facts.OWNER_KEYS, and "price_one_currency", "price_one_basis".

    An empty value takes back what was told before.
    """

    values: Mapping[str, str]
    told_by: str
    how: str


def state(site: Site, told: Told, *, now: datetime, by: str) -> None:
    """Store what the owner told and let the site be built again with it; one that is online stays so meanwhile.

    Raises Refused with what is wrong beside each key, BadData where nothing changed or the business said no,
    StaleState or IllegalTransition while a worker has the site in hand or after it was removed.
    """
    if site.business.suppressed:
        raise BadData("The business said no; nothing is published about it")
    words = owner_words(site)
    statements = read_statements(told, words, now=now, by=by)
    if statements == words.statements:
        raise BadData("Nothing was changed")
    stored = words.model_copy(update={"statements": statements}).model_dump(mode="json")
    with transaction.atomic():
        same = {"status": site.status, "claimed_by": "", "owner_words": site.owner_words}
        if not Site.objects.filter(pk=site.pk, **same).update(owner_words=stored):
            raise states.StaleState(f"{states.label(site)} was changed by somebody else; look again")
        if site.status != Site.Status.PENDING:
            rebuild(site, now=now, by=by)
    site.owner_words = stored


def read_statements(told: Told, words: OwnerWords, *, now: datetime, by: str) -> dict[str, Statement]:
    """Return every statement as it stands after `told`; one that says the same keeps who said it. Raises Refused."""
    findings: dict[str, str] = {}
    found: list[Statement] = []
    result: dict[str, Statement] = {}
    made = {"told_by": " ".join(told.told_by.split()), "how": told.how, "at": now, "by": by}
    for key in ("founded", *NUMBERS, "award", *PRICE_KEYS):
        try:
            fields = _price(key, told.values) if key in PRICE_KEYS else _value(key, told.values, now)
        except BadData as why:
            findings[key] = str(why)
            continue
        if not fields:
            continue
        statement = Statement.model_validate(fields | made)
        if key in PRICE_KEYS:
            found.append(
                _as_before(
                    statement, [words.statements[one] for one in PRICE_KEYS if one in words.statements]
                )
            )
        else:
            result[key] = _as_before(statement, [words.statements[key]] if key in words.statements else [])
    result |= dict(zip(PRICE_KEYS, found, strict=False))  # without gaps between them
    if any(one.at == now for one in result.values()):
        findings |= _about_teller(told)
    if findings:
        raise Refused(findings)
    return result


def _as_before(statement: Statement, before: list[Statement]) -> Statement:
    return next((one for one in before if one.same_as(statement)), statement)


def _about_teller(told: Told) -> dict[str, str]:
    findings = {}
    if not told.told_by.strip():
        findings["told_by"] = "Say who told you"
    elif len(told.told_by) > TOLD_BY_LIMIT:
        findings["told_by"] = f"Use at most {TOLD_BY_LIMIT} characters"
    if told.how not in WAYS:
        findings["how"] = "Say how you were told"
    return findings


def _value(key: str, values: Mapping[str, str], now: datetime) -> dict[str, str]:
    entered = values.get(key, "").strip()
    if not entered:
        return {}
    if key == "award":
        return {"value": _text(entered)}
    least, most = (OLDEST_YEAR, now.year) if key == "founded" else NUMBERS[key]
    if not (entered.isascii() and entered.isdigit() and len(entered) <= len(str(most))):
        raise BadData(f"Enter a whole number from {least} to {most}, in digits alone")
    if not least <= int(entered) <= most:
        raise BadData(f"Enter a whole number from {least} to {most}")
    return {"value": str(int(entered))}


def _price(key: str, values: Mapping[str, str]) -> dict[str, str]:
    about, entered = values.get(f"{key}_for", "").strip(), values.get(key, "").strip()
    if not about and not entered:
        return {}
    if not about:
        raise BadData("Say what this is the price of")
    if not _AMOUNT.fullmatch(entered):
        raise BadData("Enter the amount in digits, such as 49 or 49.50")
    try:
        amount = Decimal(entered.replace(",", "."))
    except InvalidOperation as error:
        raise BadData("Enter the amount in digits, such as 49 or 49.50") from error
    if not 0 < amount <= HIGHEST_PRICE:
        raise BadData(f"Enter an amount above 0 and up to {HIGHEST_PRICE:,}")
    currency, basis = values.get(f"{key}_currency", ""), values.get(f"{key}_basis", "")
    if currency not in CURRENCIES:
        raise BadData("Choose a currency")
    if basis not in get_args(Basis):
        raise BadData("Choose what the price is for")
    return {"value": f"{amount:.2f}", "about": _text(about), "currency": currency, "basis": basis}


def _text(entered: str) -> str:
    """A text as it may be printed; raises BadData for one that could be more than words."""
    try:
        text = clean_text("it", entered, TEXT_LIMIT)
    except SuspiciousRecord as why:
        raise BadData(f"Write plain words: {why}") from why
    if not text:
        raise BadData(f"Use 1 to {TEXT_LIMIT} characters of plain words")
    if ADDRESS.search(text):
        raise BadData("Write it without a web or mail address")
    return text
