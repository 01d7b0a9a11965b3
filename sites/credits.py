"""How the sources of our data want to be named."""

from dataclasses import dataclass

from sites.spec import Credit
from sites.words import day_text


@dataclass(frozen=True)
class CreditLine:
    """`short` stands at the foot of every page, "" where the source does not ask for that."""

    text: str
    short: str
    url: str
    licence: str
    day: str


@dataclass(frozen=True)
class _Source:
    text: str
    short: str
    url: str


SOURCES = {
    "openstreetmap": _Source(
        "OpenStreetMap, © OpenStreetMap contributors",
        "© OpenStreetMap contributors",
        "https://www.openstreetmap.org/copyright",
    ),
    "overture": _Source(
        "Overture Maps Foundation", "Overture Maps Foundation", "https://docs.overturemaps.org/attribution/"
    ),
    "owner": _Source("the owner of the business", "", ""),
    "sample": _Source("the sample town that comes with this software (made up)", "", ""),
}
# The same in other languages, where the words differ.
TRANSLATED = {
    "de": {
        "openstreetmap": _Source(
            "OpenStreetMap, © OpenStreetMap-Mitwirkende",
            "© OpenStreetMap-Mitwirkende",
            "https://www.openstreetmap.org/copyright",
        ),
        "owner": _Source("Angaben des Betriebs", "", ""),
        "sample": _Source("die erfundene Beispielstadt, die mit dieser Software kommt", "", ""),
    }
}
ALIASES = {
    "osm": "openstreetmap",
    "osm_file": "openstreetmap",
    "overpass": "openstreetmap",
    "overture_file": "overture",
}


def source_text(name: str) -> str:
    """What people call a source; an unknown one as it stands in the record."""
    return _source(name, "en").text


def _source(name: str, lang: str) -> _Source:
    key = ALIASES.get(name, name)
    return TRANSLATED.get(lang, {}).get(key) or SOURCES.get(key) or _Source(name, "", "")


def credit_line(credit: Credit, lang: str) -> CreditLine:
    """An unknown source is named as it stands in the record."""
    source = _source(credit.source, lang)
    return CreditLine(
        source.text, source.short, source.url, credit.licence, day_text(credit.fetched_at, lang)
    )
