"""Which sites are judged: made-up records in every layout, and real records beside the project."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from businesses.categories import CATEGORIES, Family, find_family
from businesses.listings import facts_of_listing
from businesses.sources import osm
from businesses.sources.base import Listing, Rectangle, Source
from businesses.sources.osm_file import OsmFile
from businesses.sources.overpass import Overpass
from businesses.sources.overture_file import OvertureFile
from pipeline.errors import BadData
from scripts.judges.base import Sample
from sites.engines.bank import suiting_hues
from sites.engines.embedded import EmbeddedEngine
from sites.facts import BusinessFacts, FactSheet, Provenance, build_fact_sheet
from sites.rendering import Links
from sites.spec import SiteSpec
from sites.tests.records import FIELDS, READ_AT, SAMPLES, SIZES, bare, render
from sites.themes import THEMES
from sites.themes.variety import NEIGHBOURS, Layout, Seen, dress, vary

WORLD = Rectangle(-90, -180, 90, 180)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LANGUAGES = {"en": "GB", "de": "DE"}  # each by a country that speaks it
Address = Callable[[str], str]  # slug -> where that site is served, with the final slash


def layouts() -> list[Layout]:
    return [(name, hero) for name, theme in THEMES.items() for hero in theme.heroes]


def made_up(much: str, address: Address) -> Iterator[Sample]:
    """Each theme with each hero: once (few), with two sizes of record (pairs), or all sizes and languages (all)."""
    sizes = list(SIZES.values())
    for at, layout in enumerate(layouts()):
        first, second = sizes[at % len(sizes)], sizes[(at + 1 + at // 8) % len(sizes)]
        records = {"few": [first], "pairs": [first, second], "all": in_each_language(sizes)}[much]
        for number, record in enumerate(records):
            facts = build_fact_sheet(bare(**record))
            spec = dress(EmbeddedEngine().write(facts, seed=str(record["id"])), *layout)
            yield finish(f"{'-'.join(layout)}-{number}", spec, facts, address)


def picture_samples(address: Address, layout: Layout = ("split", "mural")) -> list[Sample]:
    """The sample trades in one layout, as sites of their owners: without the proposal bar."""
    samples = []
    for record in SAMPLES:
        facts = build_fact_sheet(bare(**record))
        spec = dress(EmbeddedEngine().write(facts, seed=str(record["id"])), *layout)
        samples.append(finish(f"{'-'.join(layout)}-of-{record['id']}", spec, facts, address, proposal=False))
    return samples


def in_each_language(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**record, "country": country} for record in records for country in LANGUAGES.values()]


def finish(slug: str, spec: SiteSpec, facts: FactSheet, address: Address, *, proposal: bool = True) -> Sample:
    name = f"{spec.look.theme}.{spec.look.hero} {facts.value('name')[:24]!r} {spec.lang}"
    links = proposal_links(address(slug)) if proposal else None
    return Sample(slug, name, spec, facts, render(spec, facts, links=links, base_url=address(slug)))


def proposal_links(home: str) -> Links:
    return Links("/claim/token/", "/claim/token/remove/", f"{home}privacy.html")


def real(address: Address) -> tuple[list[Sample], Counter[str]]:
    """A site of every real record that has one, as the product makes it, and how many records have none and why.

    Every second one is set in German, as if it stood in Germany.
    """
    samples: list[Sample] = []
    around: dict[Family, list[Seen]] = defaultdict(list)
    none: Counter[str] = Counter()
    for number, business in enumerate(real_businesses(none)):
        try:
            facts = build_fact_sheet(business)
        except BadData as error:
            none[type(error).__name__] += 1
            continue
        neighbours = around[facts.family]
        hues = suiting_hues(facts.family, facts.category)
        latest = neighbours[: -NEIGHBOURS - 1 : -1]
        spec = vary(EmbeddedEngine().write(facts, seed=str(number)), latest, hues)
        neighbours.append(Seen((spec.look.theme, spec.look.hero), spec.look.hue))
        samples.append(finish(f"real-{number}", spec, facts, address))
    return samples, none


def real_businesses(none: Counter[str]) -> Iterator[BusinessFacts]:
    number = 0
    for source, country, listings in _recorded():
        for listing in listings:
            if listing.category not in CATEGORIES:
                none["no trade of ours"] += 1
                continue
            number += 1
            yield _business(number, listing, source, LANGUAGES["de"] if number % 2 else country)


def choose(samples: list[Sample], wanted: int) -> list[Sample]:
    """`wanted` of them: the families in turn, and of each family from the least told to the most."""
    families: dict[Family, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: len(sample.facts.facts)):
        families[sample.spec.family].append(sample)
    share = -(-wanted // len(families))
    while sum(min(share, len(members)) for members in families.values()) < min(wanted, len(samples)):
        share += 1
    spread = (
        [members[at * len(members) // share] for at in range(share)] if len(members) > share else members
        for members in families.values()
    )
    in_turn = [sample for row in zip_longest(*spread) for sample in row if sample]
    return in_turn[:wanted]


def _recorded() -> Iterator[tuple[Source, str, tuple[Listing, ...]]]:
    """The towns beside the project: source, country, listings."""
    for file, country in (("helsinki-centre-2019", "FI"), ("monaco-2023", "MC")):
        town = OsmFile(DATA / "osm" / f"{file}.osm.pbf")
        yield town, country, town.parse(town.search(WORLD, categories=()).body, WORLD).listings
    answer = (DATA / "overpass" / "malta-valletta-cell.json").read_text(encoding="utf-8")
    yield Overpass(), "MT", osm.parse_elements(answer, WORLD).listings
    suburb = OvertureFile(DATA / "overture" / "lane-cove-sydney-2026-04-sample.parquet")
    yield suburb, "AU", suburb.parse(suburb.search(WORLD, categories=()).body, WORLD).listings


def _business(number: int, listing: Listing, source: Source, country: str) -> BusinessFacts:
    told = facts_of_listing(listing._replace(country=""), source, territory_country=country)
    here = Provenance(source.name, listing.licence or source.licence, READ_AT)
    same = {key: told.get(key, "") for key in "street housenumber postcode city region".split()}
    return BusinessFacts(
        id=number,
        name=told["name"],
        category=listing.category,
        family=find_family(listing.category),
        lat=listing.lat,
        lon=listing.lon,
        country=country,
        phone_e164=next(iter(told.get("phones", ())), ""),
        email=next(iter(told.get("emails", ())), ""),
        opening_hours=told.get("opening_hours", ""),
        socials=told.get("socials", {}),
        provenance=dict.fromkeys(FIELDS, here),
        **same,
    )
