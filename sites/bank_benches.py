"""How different the words of neighbours are, and what the built-in engine takes to write them."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from businesses.categories import Family, find_family
from pipeline.measure import Figure, bench, per_second
from sites.engines.bank import BANKS
from sites.engines.embedded import EmbeddedEngine
from sites.facts import BusinessFacts, FactSheet, Provenance, build_fact_sheet
from sites.spec import SiteSpec

SITES, SHARE_GOAL, MS_GOAL = 500, 35, 20
SHINGLE = 5  # words
_WORD = re.compile(r"\w+")
_FIRST = "Alder Brook Cedar Dale Elm Fern Grove Hazel Iris Juniper Linden Maple North Oak Pine Quill Rue Sage".split()
_STREETS = (
    "Mill Lane,High Street,Station Road,Church Walk,Market Place,Orchard Close,Bridge Street,Park Row".split(
        ","
    )
)
_HOURS = (
    "Mo-Fr 08:00-17:30; Sa 09:00-13:00; PH off",
    "Mo-Fr 09:00-18:00",
    "Tu-Sa 10:00-19:00",
    "Mo-Su 11:00-22:00",
    "Mo-Fr 08:00-12:00,13:00-17:00",
    "",
)
_PLACES = {"en": ("Ashford", "TN23 1AA", "GB", "+441632960"), "de": ("Ulm", "89073", "DE", "+493023125")}
_KNOWN = Provenance("sample", "own", datetime(2026, 1, 1, tzinfo=UTC))
_FIELDS = "name category street housenumber postcode city country phone_e164 email opening_hours".split()


def neighbour(number: int, trade: str, family: Family, lang: str) -> BusinessFacts:
    """One of many businesses of a town: names, streets and hours differ, as much is known of each as is usual."""
    city, postcode, country, phone = _PLACES[lang]
    return BusinessFacts(
        id=number + 1,
        name=f"{_FIRST[number % 18]} {_FIRST[number // 18 % 18]}",
        category=trade,
        family=family,
        street=_STREETS[number % 8],
        housenumber=str(number // 8 + 1),
        postcode=postcode,
        city=city,
        country=country,
        phone_e164=f"{phone}{number:03d}",
        email=f"desk{number}@town.example" if number % 3 == 0 else "",
        opening_hours=_HOURS[number % len(_HOURS)],
        provenance=dict.fromkeys(_FIELDS, _KNOWN),
    )


def sheets(family: Family, trades: list[str], lang: str, size: int = SITES) -> list[FactSheet]:
    return [
        build_fact_sheet(neighbour(number, trades[number % len(trades)], family, lang))
        for number in range(size)
    ]


def shingles(facts: FactSheet) -> set[tuple[str, ...]]:
    """Every run of five words inside a sentence of the site, the facts filled in."""
    found = set()
    for sentence in EmbeddedEngine().write(facts, seed=str(facts.business_id)).sentences():
        words = _WORD.findall(sentence.fill(facts).lower())
        found |= {tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
    return found


def nearest_shares(sites: Iterable[set[tuple[str, ...]]]) -> list[float]:
    """For each site the largest share of its shingles, in per cent, that it has in common with one other."""
    sets = list(sites)
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, own in enumerate(sets):
        for shingle in own:
            holders.setdefault(shingle, []).append(number)
    shares = []
    for number, own in enumerate(sets):
        common = Counter(other for shingle in own for other in holders[shingle])
        del common[number]
        shares.append(100 * max(common.values(), default=0) / len(own))
    return sorted(shares)


@bench
def words_of_neighbours(folder: Path) -> list[Figure]:
    """500 sites of one family, and 500 of one trade in one town, in each language."""
    figures = []
    for lang in BANKS:
        trades = [slug for slug in BANKS[lang].packs if find_family(slug) == "trades"]
        for name, chosen in ((f"{SITES} trades", trades), (f"{SITES} plumbers", ["plumber"])):
            shares = nearest_shares(shingles(facts) for facts in sheets("trades", chosen, lang))
            mean, most = sum(shares) / len(shares), shares[int(len(shares) * 0.95)]
            goal = f"<= {SHARE_GOAL} %"
            figures += [
                Figure(
                    f"{name} ({lang}): words shared with the nearest",
                    mean,
                    "%",
                    goal=goal,
                    reached=mean <= SHARE_GOAL,
                ),
                Figure(f"{name} ({lang}): the same, for 95 % of them at most", most, "%"),
            ]
    return figures


@bench
def writing_by_the_bank(folder: Path) -> list[Figure]:
    """Sites a second, beside the bare checking of such a site's data."""
    written = [
        build_fact_sheet(neighbour(number, "plumber", "trades", lang))
        for lang in BANKS
        for number in range(50)
    ]
    engine = EmbeddedEngine()
    sites = [engine.write(facts, seed=str(facts.business_id)) for facts in written]
    raw = [site.model_dump() for site in sites]
    floor = per_second(lambda: [SiteSpec.model_validate(values) for values in raw], 3) * len(raw)
    rate = per_second(
        lambda: [engine.write(facts, seed=str(facts.business_id)) for facts in written], 3
    ) * len(raw)
    milliseconds = 1000 / rate
    return [
        Figure(
            "one site written by the bank", milliseconds, "ms",
            goal=f"< {MS_GOAL} ms", reached=milliseconds < MS_GOAL,
        ),
        Figure("sites written by the bank", rate, "/s", "checking the data of one", floor),
    ]  # fmt: skip
