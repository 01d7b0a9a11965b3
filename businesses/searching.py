"""Leads by what a person types: a part of a name or of a street, a number as it is dialled, an address of mail.

Numbers and addresses of mail are looked for by their indexes. For parts of names and streets the table is read until
a page of rows is found.
"""

import re
from typing import Final

import phonenumbers
from django.db.models import Q

from businesses.models import Business
from pipeline.searching import folded_pattern
from territories.models import Territory

_NUMBER: Final = re.compile(r"[+(\d][\d\s().\-–/]{5,}")
_MAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_STREET: Final = (
    re.compile(r"(?P<street>.*\D)[\s,]+(?P<number>\d+\s?[a-zA-Z]?)"),
    re.compile(r"(?P<number>\d+\s?[a-zA-Z]?)[\s,]+(?P<street>\D.*)"),
)
_NEWEST: Final = 1_000  # businesses whose countries count where a territory names none
_MOST_COUNTRIES: Final = 30


def found_by(words: str) -> Q:
    """Return the condition of the leads that the words find; they are not empty."""
    if _NUMBER.fullmatch(words) and (numbers := _numbers_of(words)):
        return Q(phone__in=numbers)
    if _MAIL.fullmatch(words):
        return Q(email__iexact=words)
    pattern = folded_pattern(words)
    place = next((found for shape in _STREET if (found := shape.fullmatch(words))), None)
    if place is None:
        return Q(name__iregex=pattern) | Q(street__iregex=pattern)
    number = Q(housenumber__iexact=place["number"]) | Q(street__iregex=pattern)
    return Q(name__iregex=pattern) | (Q(street__iregex=folded_pattern(place["street"])) & number)


def _numbers_of(words: str) -> list[str]:
    """What is stored, E.164, of a number that is written as in one of the countries that there is something of."""
    numbers = {_number(words, region) for region in _countries()}
    numbers.add(_number("+" + re.sub(r"\D", "", words), None))
    return sorted(numbers - {""})


def _number(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _countries() -> list[str]:
    said = Territory.objects.exclude(country="").order_by("country").values_list("country", flat=True)
    newest = Business.objects.order_by("-pk").values_list("country", flat=True)[:_NEWEST]
    return sorted({*said.distinct()[:_MOST_COUNTRIES], *newest} - {""})[:_MOST_COUNTRIES]
