"""Businesses for tests: fictional, with telephone numbers of the reserved ranges."""

from datetime import UTC, datetime
from typing import Any

from sites.engines.embedded import EmbeddedEngine
from sites.facts import BusinessFacts, FactSheet, Provenance, build_fact_sheet
from sites.rendering import Agency, Links, SiteFiles, render_site
from sites.spec import SiteSpec

READ_AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
OSM = Provenance("openstreetmap", "ODbL-1.0", READ_AT)
FIELDS = (
    "name category lat lon street housenumber postcode city region country phone_e164 email opening_hours socials"
).split()
AGENCY = Agency(
    "Northlight Web Agency", "4 Sample Street, Sampleville, VT 00000, USA", "hello@northlight.example"
)
LINKS = Links("/claim/token/", "/claim/token/remove/", "/s/mill-lane-1/privacy.html")
BASE_URL = "https://sites.example/s/mill-lane-1/"

NORMAL: dict[str, Any] = {
    "id": 1,
    "name": "Hartley & Sons",
    "category": "plumber",
    "family": "trades",
    "lat": 51.1465,
    "lon": 0.875,
    "street": "Mill Lane",
    "housenumber": "14",
    "postcode": "TN23 1AA",
    "city": "Ashford",
    "country": "GB",
    "phone_e164": "+441632960123",
    "email": "office@hartley.example",
    "opening_hours": "Mo-Fr 08:00-17:30; Sa 09:00-13:00; PH off",
}
TINY: dict[str, Any] = {
    "id": 2,
    "name": "Öz",
    "category": "tattoo",
    "family": "beauty",
    "phone_e164": "+12025550123",
}
HUGE: dict[str, Any] = {
    **NORMAL,
    "id": 3,
    "name": "Bäckerei Konditorei Café Großmann-Schwarzenberger und Söhne",
    "category": "bakery",
    "family": "food",
    "street": "Donaudampfschifffahrtsgesellschaftskapitänspromenade am Alten Hafenbecken Nord",
    "housenumber": "128a-134c",
    "city": "Neustadt an der Großen Ziethener Seenplatte",
    "region": "Mecklenburg-Vorpommern",
    "country": "DE",
    "postcode": "18273",
    "email": "the.whole.team.of.the.bakery.and.everybody.else@department.of.something.example",
    "opening_hours": "Mo 06:00-12:00,13:00-18:00; Tu 06:30-12:00; We 07:00-12:00,14:00-18:00; Th 06:00-18:00; "
    "Fr 05:30-12:30,13:30-19:00; Sa 05:30-13:00; Su 08:00-11:00; PH off",
    "socials": {"facebook": "some.page", "instagram": "https://instagram.com/some_page/"},
}


HOSTILE: dict[str, Any] = {
    **NORMAL,
    "id": 4,
    "name": "Æ & 'Ünverschämt' مخبز النور 東京",
    "category": "car_repair",
    "family": "automotive",
    "street": 'O\'Brien & "Söhne" ]]> Straße',
    "housenumber": "1/2 & 3",
    "city": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    "email": "",
    "opening_hours": "Mo-Fr 22:00-04:00; Sa,Su by appointment",
}
SIZES = {"tiny": TINY, "normal": NORMAL, "huge": HUGE, "hostile": HOSTILE}
# Three trades whose first screens stand for all when layouts are compared.
SAMPLES: tuple[dict[str, Any], ...] = (
    NORMAL,
    {**NORMAL, "id": 5, "name": "Brotgarten", "category": "bakery", "family": "food"},
    {
        **NORMAL,
        "id": 6,
        "name": "The Lantern Guest House",
        "category": "guest_house",
        "family": "lodging_pets",
    },
)


def business(**fields: Any) -> BusinessFacts:
    return BusinessFacts(**{**NORMAL, "provenance": dict.fromkeys(FIELDS, OSM), **fields})


def bare(**fields: Any) -> BusinessFacts:
    """A business of which only the given fields are known."""
    return BusinessFacts(provenance=dict.fromkeys(FIELDS, OSM), **fields)


def build(record: BusinessFacts, seed: str = "seed") -> tuple[FactSheet, SiteSpec, SiteFiles]:
    facts = build_fact_sheet(record)
    spec = EmbeddedEngine().write(facts, seed=seed)
    return facts, spec, render(spec, facts)


def render(
    spec: SiteSpec, facts: FactSheet, links: Links | None = LINKS, base_url: str = BASE_URL
) -> SiteFiles:
    return render_site(spec, facts, agency=AGENCY, links=links, base_url=base_url)
