"""Phone numbers as strangers wrote them, turned into E.164. Nothing is guessed: no number that is not written there."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher

from businesses.contacts import clean_text


class Phone(NamedTuple):
    """raw is kept as the source wrote it; e164 is "" where it is not a valid number of its country."""

    raw: str
    e164: str


_BREAKS: Final = re.compile(r"[\r\n|]")


def parse_phones(values: Iterable[str], *, region: str) -> tuple[Phone, ...]:
    """Every number in the values, each once. region (ISO2) is where numbers without a country code belong.

    A value may be a list, separated by anything. A "/" belongs to the number where that makes a number of it, as in
    "030/1234567". A text that is no number is kept with e164 "".
    """
    phones: dict[str, Phone] = {}
    for value in values:
        for part in clean_text(_BREAKS.sub(";", value)).split(";"):
            for phone in _phones_in(part.strip(), region):
                phones.setdefault(phone.e164 or phone.raw, phone)
    return tuple(phones.values())


def _phones_in(text: str, region: str) -> Iterator[Phone]:
    if not text:
        return
    if whole := _international(text, region) or _whole(text, region):
        yield Phone(text, whole)
        return
    found = False
    # Numbers that lack the area are left out, and so is what may be dates, prices and hours.
    for match in PhoneNumberMatcher(text, region.upper() or None):
        if e164 := _without_ending(match.raw_string, region) or _parsed(match.raw_string, region):
            found = True
            yield Phone(match.raw_string, e164)
    if not found:
        yield Phone(text, "")


_LETTER_BEHIND: Final = re.compile(r"\d[^A-Za-z]*[A-Za-z]")
_SPELLED: Final = re.compile(r"(\+?1[ .-]*|0)?\(?8(00|33|44|55|66|77|88)\)?[ .-]*[A-Za-z0-9 .-]+")


def _whole(text: str, region: str) -> str:
    """The number that the text as a whole is, "" where it is none."""
    # The library dials words: "0711 234 Fax" would become 0711 234329. "1-800-FLOWERS" is meant so.
    if _LETTER_BEHIND.search(text) and not _SPELLED.fullmatch(text):
        return ""
    return _without_ending(text, region) or _parsed(text, region)


_FULL_LENGTH: Final = 8  # digits without the trunk prefix, from which on a number needs no more of them
_OWN_DIGITS: Final = 5
_ENDING: Final = re.compile(r" *\d{1,4} *")


def _without_ending(text: str, region: str) -> str:
    """The first number of "030 1234567/68", which is two, and of "01 5123456/10", which is one with an extension;
    "" of any other text."""
    pieces = text.split("/")
    own = next((at for at, piece in enumerate(pieces) if _count_digits(piece) >= _OWN_DIGITS), len(pieces))
    endings = pieces[own + 1 :]
    if not endings or not all(_ENDING.fullmatch(piece) for piece in endings):
        return ""
    e164 = _parsed("/".join(pieces[: own + 1]), region)
    return e164 if len(national_number(e164)) >= _FULL_LENGTH else ""


def national_number(e164: str) -> str:
    """ "+4315123456" -> "15123456"; "" for ""."""
    return phonenumbers.national_significant_number(phonenumbers.parse(e164)) if e164 else ""


# How most numbers are written in open data: "+1 802 555 0116".
_INTERNATIONAL: Final = re.compile(r"\+[1-9][0-9]*([ .-][0-9]+)*")


def _international(text: str, region: str) -> str:
    """What `_parsed` makes of a number of the region itself that is written plainly with its country code; "" for
    any other. In a tenth of the time, for such a text need not be taken apart first."""
    if not _INTERNATIONAL.fullmatch(text) or (plan := _numbering(region)) is None:
        return ""
    digits = text[1:].replace(" ", "").replace("-", "").replace(".", "")
    national = digits.removeprefix(plan.code)
    if national == digits or national[:1] == "0" or (plan.prefix and plan.prefix.match(national)):
        return ""  # it may hold digits that are not dialled from abroad
    fits = plan.general.fits(national) and any(kind.fits(national) for kind in plan.kinds)
    return f"+{digits}" if fits else ""


class _Shape(NamedTuple):
    lengths: frozenset[int]
    pattern: re.Pattern[str]

    def fits(self, national: str) -> bool:
        return len(national) in self.lengths and bool(self.pattern.fullmatch(national))


class _Numbering(NamedTuple):
    """The numbers of a region. prefix: what those dialled at home may begin with. kinds: of telephones on desks and
    in pockets; a number is one that fits `general` and a kind."""

    code: str
    prefix: re.Pattern[str] | None
    general: _Shape
    kinds: tuple[_Shape, ...]


@lru_cache(maxsize=300)
def _numbering(region: str) -> _Numbering | None:
    """None for a region that shares its country code and is not the main one under it."""
    code = phonenumbers.country_code_for_region(region)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if not (code and metadata) or phonenumbers.region_code_for_country_code(code) != region:
        return None
    prefix = metadata.national_prefix_for_parsing
    general, *kinds = (
        _Shape(frozenset(each.possible_length), re.compile(each.national_number_pattern))
        for each in (metadata.general_desc, metadata.fixed_line, metadata.mobile)
        if each and each.national_number_pattern
    )
    return _Numbering(str(code), re.compile(prefix) if prefix else None, general, tuple(kinds))


def _parsed(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    # Asked of the region that most numbers are from, it takes half as long as when the region is to be found.
    is_main = phonenumbers.region_code_for_country_code(number.country_code or 0) == region
    if not (is_main and phonenumbers.is_valid_number_for_region(number, region)) and (
        not phonenumbers.is_valid_number(number)
    ):
        return ""
    if _lacks_its_area(text, number, region):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _lacks_its_area(text: str, number: phonenumbers.PhoneNumber, region: str) -> bool:
    """Whether it is written as within its town, "5123456": taken for a whole number, it is somebody else's in the
    town whose area code those digits begin with. That can be only where numbers differ in length."""
    national = phonenumbers.national_significant_number(number)
    if len(national) > _FULL_LENGTH or text.lstrip(" (").startswith(("+", "00")):
        return False
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region.upper())
    if metadata is None or metadata.fixed_line is None or len(metadata.fixed_line.possible_length) == 1:
        return False
    dialled = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return _count_digits(text) < _count_digits(dialled)


def _count_digits(text: str) -> int:
    return sum(char.isdigit() for char in text)
