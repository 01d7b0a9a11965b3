"""How fast the pages of a site are made, and how different the sites of neighbours look."""

import random
from datetime import UTC, datetime
from itertools import cycle
from math import dist
from pathlib import Path

from businesses.categories import Family
from pipeline.measure import Figure, bench, per_second
from sites.dice import Dice
from sites.engines.embedded import EmbeddedEngine
from sites.facts import BusinessFacts, Provenance, build_fact_sheet
from sites.rendering import Agency, Links, SiteFiles, render_site
from sites.spec import SiteSpec
from sites.themes import THEMES
from sites.themes.base import FONTS, FontPair
from sites.themes.palette import Palette, solve_palette
from sites.themes.share_card import Card, draw_card
from sites.themes.variety import NEIGHBOURS, choose_layout, dress, layouts_for, least_distance

PAGES_GOAL = 1300  # a second, on one core
SITES, FAR_ENOUGH, SHARE_GOAL = 500, 60, 95
ROUNDS, CARDS = 5, 20
SEEN = Provenance("sample", "CC0-1.0", datetime(2026, 11, 20, tzinfo=UTC))
AGENCY = Agency("Northlight Web Agency", "4 Sample Street, Sampleville", "hello@northlight.example")
LINKS = Links("/claim/token/", "/claim/token/remove/", "/s/bench/privacy.html")
ADDRESS = "https://sites.example/s/bench/"
BUSINESS = BusinessFacts(
    id=1,
    name="Hartley & Sons",
    category="plumber",
    family="trades",
    lat=51.1465,
    lon=0.875,
    street="Mill Lane",
    housenumber="14",
    postcode="TN23 1AA",
    city="Ashford",
    country="GB",
    phone_e164="+441632960123",
    email="office@hartley.example",
    opening_hours="Mo-Fr 08:00-17:30; Sa 09:00-13:00; PH off",
    provenance=dict.fromkeys(
        "name category lat lon street housenumber postcode city country phone_e164 email opening_hours".split(),
        SEEN,
    ),
)


@bench
def rendering(folder: Path) -> list[Figure]:
    """The pages of all layouts in turn beside the joining of as many strings as they have; then their pictures."""
    facts = build_fact_sheet(BUSINESS)
    spec = EmbeddedEngine().write(facts, seed="bench")
    looks = [dress(spec, theme.name, hero) for theme in THEMES.values() for hero in theme.heroes]

    def render(look: SiteSpec) -> SiteFiles:
        return render_site(look, facts, agency=AGENCY, links=LINKS, base_url=ADDRESS)

    sites = [render(look) for look in looks]  # their pictures are drawn now and not measured with the pages
    pages = [content for site in sites for path, content in site.items() if path.endswith(".html")]
    homes = [len(site["index.html"]) for site in sites]
    joined = "<p>A line of text.</p>\n"
    parts = [joined] * (sum(len(page) for page in pages) // len(pages) // len(joined))
    turns = cycle(looks)
    rate = per_second(lambda: render(next(turns)), ROUNDS * len(looks)) * len(pages) / len(looks)
    floor = per_second(lambda: "".join(parts), ROUNDS * len(pages))
    cards = cycle([Card(f"Hartley {number}", "Plumber", *_card_look(spec)) for number in range(2 * CARDS)])
    return [
        Figure(
            "pages rendered, three a site", rate, "/s", "as much text joined", floor,
            f"at least {PAGES_GOAL}/s", rate >= PAGES_GOAL,
        ),
        Figure("largest home page", max(homes) / 1000, "kB", goal="at most 30 kB", reached=max(homes) <= 30_000),
        Figure("pictures for shared links", per_second(lambda: draw_card(next(cards)), CARDS), "/s"),
    ]  # fmt: skip


def _card_look(spec: SiteSpec) -> tuple[Palette, FontPair, tuple[str, ...], str]:
    look = spec.look
    return solve_palette(look.hue, look.seed), FONTS[look.font], ("drop", "pipe", "wrench"), look.seed


@bench
def variety(folder: Path) -> list[Figure]:
    """500 sites of one family in one town, each built beside the five nearest that stand already."""
    family: Family = "food"
    place = random.Random(family)  # noqa: S311 - places on a made-up map
    built: list[tuple[tuple[float, float], tuple[str, str]]] = []
    for number in range(SITES):
        spot = (place.random(), place.random())
        nearest = sorted(built, key=lambda site: dist(site[0], spot))[:NEIGHBOURS]
        wanted = Dice(str(number)).pick("layout", layouts_for(family))
        built.append((spot, choose_layout(str(number), family, wanted, [layout for _, layout in nearest])))
    distances = []
    for at, (spot, layout) in enumerate(built):
        _, neighbour = min(
            (site for index, site in enumerate(built) if index != at), key=lambda site: dist(site[0], spot)
        )
        distances.append(least_distance(layout, [neighbour]))
    share = 100 * sum(distance >= FAR_ENOUGH for distance in distances) / SITES
    return [
        Figure(
            f"of {SITES} sites, those that differ from their nearest in {FAR_ENOUGH} of 256 bits or more",
            share,
            "%",
            goal=f"at least {SHARE_GOAL} %",
            reached=share >= SHARE_GOAL,
        )
    ]
