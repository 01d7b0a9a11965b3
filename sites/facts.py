"""What is known of one business, each value with where it came from: the only source of facts on its site."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import phonenumbers
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from businesses.categories import Family
from pipeline.errors import BadData
from sites.categories import find_category
from sites.opening_hours import OpeningWeek, clock_text, parse_opening_hours, week_traits
from sites.sanitising import SuspiciousRecord, clean_name, clean_text
from sites.words import language_of

__all__ = [
    "BusinessFacts",
    "Fact",
    "FactSheet",
    "Provenance",
    "SuspiciousRecord",
    "TooLittleKnown",
    "build_fact_sheet",
]

# Every key a FactSheet may hold, and so every placeholder a sentence may use. Those of the second group are
# worked out from the first and keep its provenance; a sentence that needs one is true where it exists.
STATED_KEYS = frozenset(
    "name category street housenumber postcode city region country lat lon phone email hours facebook instagram".split()
)
DERIVED_KEYS = frozenset(
    "category_lower category_a category_many address locality phone_display open_daily open_weekdays open_saturday "
    "open_sunday open_late closed_sunday closed_only_sunday closed_weekend closed_holidays midday_break".split()
)
# What only the owner can say (sites/owner_words.py); `price_one_for` is what `price_one` is the price of.
PRICE_KEYS = ("price_one", "price_two", "price_three", "price_four")
OWNER_KEYS = frozenset(
    {"founded", "experience", "staff", "award", *PRICE_KEYS, *(f"{key}_for" for key in PRICE_KEYS)}
)
FACT_KEYS = STATED_KEYS | DERIVED_KEYS | OWNER_KEYS

LIMITS = {"street": 80, "housenumber": 20, "postcode": 16, "city": 60, "region": 60}
SOCIAL_HOSTS = {"facebook": "www.facebook.com", "instagram": "www.instagram.com"}
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}")
_SOCIAL = re.compile(r"(?:https?://)?(?:[a-z-]{1,5}\.)?(facebook|instagram)\.com/([A-Za-z0-9._/-]{2,100}?)/?")
_HANDLE = re.compile(r"@?([A-Za-z0-9._-]{2,60})")
_COUNTRY = re.compile(r"[A-Z]{2}")
# Countries that write the house number before the street, and the town before the postcode.
NUMBER_FIRST = frozenset("US CA GB IE AU NZ FR LU MC IN ZA MT SG HK PH IL EG MA TN".split())
POSTCODE_LAST = frozenset("US CA GB IE AU NZ IN SG HK ZA MT".split())


class TooLittleKnown(BadData):
    """The record holds nothing by which a visitor could reach the business."""


@dataclass(frozen=True)
class Provenance:
    source: str  # "openstreetmap"
    licence: str  # "ODbL-1.0"
    fetched_at: datetime  # aware


@dataclass(frozen=True)
class BusinessFacts:
    """A business as the rooms before this one know it; empty text is an unknown.

    `provenance` has an entry for each field that is set, under the field's name.
    """

    id: int
    name: str
    category: str  # slug, "plumber"
    family: Family
    lat: float | None = None
    lon: float | None = None
    street: str = ""
    housenumber: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    phone_e164: str = ""
    email: str = ""
    opening_hours: str = ""  # as OpenStreetMap writes it
    socials: Mapping[str, str] = field(default_factory=dict)  # network -> address or handle
    provenance: Mapping[str, Provenance] = field(default_factory=dict)


class Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    value: str = Field(min_length=1)
    source: str
    licence: str
    fetched_at: AwareDatetime
    confirmed_by_owner: bool = False


class FactSheet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    business_id: int
    lang: str = "en"
    family: Family
    category: str  # slug of sites/categories.py, "" where only the family is known
    facts: dict[str, Fact]

    def has(self, *keys: str) -> bool:
        return all(map(self.facts.__contains__, keys))

    def value(self, key: str) -> str:
        """The value of `key`, or "" where it is not known."""
        return self.facts[key].value if key in self.facts else ""

    def week(self) -> OpeningWeek | None:
        return parse_opening_hours(self.value("hours"))

    def clock(self, minutes: int) -> str:
        """Minutes after midnight as people of this country write it: "5:30 PM", "17:30", "midnight"."""
        return clock_text(minutes, self.value("country"), self.lang)


class _Collector:
    """Gathers facts in order, each with the provenance of the field it comes from."""

    def __init__(self, business: BusinessFacts) -> None:
        self._business = business
        self.facts: dict[str, Fact] = {}

    def add(self, key: str, value: str, origin: str) -> None:
        if not value:
            return
        known = self._business.provenance.get(origin)
        if known is None:
            raise BadData(f"business {self._business.id}: no source is stated for {origin}")
        self.facts[key] = Fact(
            key=key, value=value, source=known.source, licence=known.licence, fetched_at=known.fetched_at
        )

    def value(self, key: str) -> str:
        return self.facts[key].value if key in self.facts else ""


def build_fact_sheet(business: BusinessFacts) -> FactSheet:
    """Everything in the record that is sure and fit to print; what is not is left out, never mended.

    Raises SuspiciousRecord (a person should look), TooLittleKnown, or BadData for a missing provenance.
    """
    found = _Collector(business)
    country = business.country if _COUNTRY.fullmatch(business.country) else ""
    lang = language_of(country, business.postcode)
    category = find_category(business.category, business.family, country, lang)
    found.add("name", clean_name(business.name), "name")
    found.add("category", category.label[0].upper() + category.label[1:], "category")
    found.add("category_lower", category.label, "category")
    found.add("category_a", category.with_article, "category")
    found.add("category_many", category.many, "category")
    for key, limit in LIMITS.items():
        found.add(key, clean_text(key, getattr(business, key), limit), key)
    found.add("country", country, "country")
    _add_address(found, country)
    _add_place(found, business)
    _add_contacts(found, business, country)
    _add_hours(found, business, country, lang)
    if not any(key in found.facts for key in ("phone", "email", "address")):
        raise TooLittleKnown(f"business {business.id} has no phone number, no e-mail address and no street")
    return FactSheet(
        business_id=business.id, lang=lang, family=business.family, category=category.slug, facts=found.facts
    )


def _add_address(found: _Collector, country: str) -> None:
    street, number = found.value("street"), found.value("housenumber")
    first, last = (number, street) if country in NUMBER_FIRST else (street, number)
    if street:
        found.add("address", f"{first} {last}".strip(), "street")
    city, postcode, region = (found.value(key) for key in ("city", "postcode", "region"))
    if not city:
        return
    if country in {"US", "CA", "AU"}:
        locality = f"{city}, {region} {postcode}" if region else f"{city} {postcode}"
    else:
        locality = f"{city} {postcode}" if country in POSTCODE_LAST else f"{postcode} {city}"
    found.add("locality", " ".join(locality.split()), "city")


def _add_place(found: _Collector, business: BusinessFacts) -> None:
    lat, lon = business.lat, business.lon
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return
    found.add("lat", f"{lat:.5f}", "lat")
    found.add("lon", f"{lon:.5f}", "lon")


def _add_contacts(found: _Collector, business: BusinessFacts, country: str) -> None:
    if _PHONE.fullmatch(business.phone_e164):
        number = phonenumbers.parse(business.phone_e164)
        if phonenumbers.is_possible_number(number):
            at_home = country in phonenumbers.region_codes_for_country_code(number.country_code or 0)
            form = phonenumbers.PhoneNumberFormat
            found.add("phone", business.phone_e164, "phone_e164")
            display = phonenumbers.format_number(number, form.NATIONAL if at_home else form.INTERNATIONAL)
            found.add("phone_display", display, "phone_e164")
    if _EMAIL.fullmatch(business.email):
        found.add("email", business.email, "email")
    for network, host in SOCIAL_HOSTS.items():
        found.add(network, _social_url(network, host, business.socials.get(network, "")), "socials")


def _social_url(network: str, host: str, raw: str) -> str:
    match = _SOCIAL.fullmatch(raw.strip())
    if match and match[1] == network and ".." not in match[2]:
        return f"https://{host}/{match[2]}"
    handle = _HANDLE.fullmatch(raw.strip())
    return f"https://{host}/{handle[1]}" if handle and ".." not in handle[1] else ""


def _add_hours(found: _Collector, business: BusinessFacts, country: str, lang: str) -> None:
    week = parse_opening_hours(business.opening_hours)
    if week is None:
        return
    found.add("hours", week.canonical(), "opening_hours")
    for key, value in week_traits(week, country, lang).items():
        found.add(key, value, "opening_hours")
