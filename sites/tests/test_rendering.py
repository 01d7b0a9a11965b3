"""Rendering: the same bytes for the same input, and nothing of a stranger's text becomes markup."""

import json
import re
from typing import Any

import pytest

from sites.facts import Fact, FactSheet, build_fact_sheet
from sites.gates import run_gates
from sites.gates.page import Page, read_page
from sites.pages import unbroken
from sites.publishers.headers import HEADERS_FILE, headers_for
from sites.rendering import Links, SiteFiles
from sites.spec import Sentence, SiteSpec
from sites.structured_data import json_ld, structured_data
from sites.tests.records import BASE_URL, HUGE, LINKS, TINY, bare, build, business, render
from sites.themes import THEMES
from sites.themes.base import Theme
from sites.themes.templates import FOLDER
from sites.themes.variety import dress

HOSTILE = [
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "{{ site.facts }}{% load static %}",
    "{phone_display} {city}",
    "<!-- --><base href=//evil.example>",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "\u2028\u2029]]>",
    "/* */}body{display:none}",
]


def with_values(record: Any, **values: str) -> tuple[FactSheet, SiteSpec]:
    """A site whose facts slipped past the sanitiser."""
    facts, spec, _ = build(record)
    changed = dict(facts.facts)
    for key, value in values.items():
        known: Fact = changed[key]
        changed[key] = known.model_copy(update={"value": value})
    return facts.model_copy(update={"facts": changed}), spec.model_copy(update={"facts": changed})


def pages(files: SiteFiles) -> dict[str, Page]:
    return {path: read_page(content) for path, content in files.items() if path.endswith(".html")}


def tags_of(files: SiteFiles) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {
        path: [(element.tag, tuple(sorted(element.attributes))) for element in page.elements]
        for path, page in pages(files).items()
    }


def test_same_input_gives_same_bytes() -> None:
    _, _, files = build(business())
    assert files == build(business())[2]
    assert files.digest == build(business())[2].digest


def test_site_has_all_its_files() -> None:
    _, _, files = build(business())
    plain = {path for path in files if not path.startswith("fonts/")}
    assert plain == {
        "index.html", "privacy.html", "404.html", "favicon.svg", "share.png", "sitemap.xml", HEADERS_FILE,
    }  # fmt: skip
    assert 1 <= len(files) - len(plain) <= 2


@pytest.mark.parametrize("attack", HOSTILE)
def test_attack_in_a_fact_changes_no_element_and_no_attribute(attack: str) -> None:
    """Even past the sanitiser: the skeleton is that of a harmless value, and the value stands there literally."""
    keys = ("name", "city", "street", "locality", "address", "category", "phone_display")
    attacked_facts, attacked_spec = with_values(business(), **dict.fromkeys(keys, attack))
    harmless_facts, harmless_spec = with_values(business(), **dict.fromkeys(keys, "x" * len(attack)))
    attacked, harmless = render(attacked_spec, attacked_facts), render(harmless_spec, harmless_facts)
    # The size class of the heading may differ; elements and names of attributes may not.
    assert tags_of(attacked) == tags_of(harmless)
    for page in pages(attacked).values():
        assert [script.attributes for script in page.all("script")] in ([], [{"type": "application/ld+json"}])
        assert not any(name.startswith("on") for element in page.elements for name in element.attributes)
    shown = [element.text for element in read_page(attacked["index.html"]).all("h1")]
    assert shown == [" ".join(attack.split())]


@pytest.mark.parametrize("layout", [(name, hero) for name, theme in THEMES.items() for hero in theme.heroes])
def test_attack_in_every_fact_changes_no_element_in_any_layout(layout: tuple[str, str]) -> None:
    attack = " ".join(HOSTILE)
    record = business(socials={"facebook": "https://www.facebook.com/hartley"})
    told = set(build(record)[0].facts) - {"hours", "lat", "lon"}
    rendered = []
    for value in (attack, "x" * len(attack)):
        facts, spec = with_values(record, **dict.fromkeys(told, value))
        rendered.append(tags_of(render(dress(spec, *layout), facts)))
    assert rendered[0] == rendered[1]


@pytest.mark.parametrize("record", [TINY, HUGE], ids=["tiny", "huge"])
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_sheet_leaves_out_only_rules_for_heroes_that_are_not_there(
    theme: Theme, record: dict[str, Any]
) -> None:
    facts, spec, _ = build(bare(**record))
    written = (FOLDER / theme.template("style.css")).read_text(encoding="utf-8")
    for hero in theme.heroes:
        others = set(theme.heroes) - {hero}
        others |= {f"on-{other}" for other in others}
        for page in pages(render(dress(spec, theme.name, hero), facts)).values():
            classes = {name for one in page.elements for name in one.attributes.get("class", "").split()}
            assert not classes & others
            style = page.all("style")[0].text
            own = re.compile(rf"\.(?:on-)?{hero}(?![\w-])")
            assert len(own.findall(style)) >= len(own.findall(written))
            assert not any(f".{other}{{" in style for other in others)


def test_templates_trust_nothing_but_the_structured_data() -> None:
    trusted = [
        (path.name, line.count("|safe"))
        for path in sorted((FOLDER / "sites").rglob("*.*"))
        if path.suffix in {".html", ".svg", ".xml", ".css"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\|\s*safe\b|autoescape|Markup", line)
    ]
    assert trusted == [("head.html", 1)]


@pytest.mark.parametrize("attack", HOSTILE)
def test_attack_in_a_fact_does_not_leave_the_structured_data(attack: str) -> None:
    facts, _ = with_values(business(), name=attack, city=attack)
    written = json_ld(structured_data(facts, BASE_URL))
    assert not set("<>&'") & set(written)
    assert written.isascii()
    assert json.loads(written)["name"] == attack


@pytest.mark.parametrize("attack", HOSTILE)
def test_attack_in_the_sentence_of_an_owner_stays_text_or_is_refused(attack: str) -> None:
    facts, spec, _ = build(business())
    try:
        said = Sentence(text=attack, kind="generic", origin="owner")
    except ValueError:
        return
    hero = spec.sections[0].model_copy(update={"body": (said, said, said)})
    files = render(spec.model_copy(update={"sections": (hero, *spec.sections[1:])}), facts)
    assert tags_of(files) == tags_of(render(spec, facts))


def test_email_cannot_leave_its_link() -> None:
    facts, spec = with_values(business(), email='a"onmouseover="alert(1)@x.example')
    names = {
        name for page in pages(render(spec, facts)).values() for a in page.all("a") for name in a.attributes
    }
    assert names <= {"href", "class"}


def test_facts_must_be_those_of_the_spec() -> None:
    _, spec, _ = build(business())
    with pytest.raises(ValueError, match="written for other facts"):
        render(spec, build_fact_sheet(business(city="Dover")))


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "sites.example/",
        "https://sites.example",
        "ftp://sites.example/",
        'https://x.example/"onload="/',
        "https://x.example/../",
    ],
)
def test_base_url_that_is_none_is_refused(base_url: str) -> None:
    facts, spec, _ = build(business())
    with pytest.raises(ValueError, match="not the address of a site"):
        render(spec, facts, base_url=base_url)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "claim", "", "//evil.example/", "/a b", '/"x']
)
@pytest.mark.parametrize("place", ["claim", "remove", "about"])
def test_link_of_the_bar_that_is_no_address_is_refused(link: str, place: str) -> None:
    facts, spec, _ = build(business())
    links = Links(**{**LINKS.__dict__, place: link})
    with pytest.raises(ValueError, match="not an address for the proposal bar"):
        render(spec, facts, links=links)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"theme": "neon"}, "no theme"),
        ({"hero": "video"}, "has no 'video'"),
        ({"font": "inter"}, "has no 'inter'"),
    ],
)
def test_look_that_no_theme_has_is_refused(change: dict[str, str], message: str) -> None:
    facts, spec, _ = build(business())
    with pytest.raises(ValueError, match=message):
        render(spec.model_copy(update={"look": spec.look.model_copy(update=change)}), facts)


def test_proposal_carries_the_bar_last_and_is_kept_from_search_engines() -> None:
    _, _, files = build(business())
    for page in pages(files).values():
        assert page.meta("robots") == "noindex,nofollow"
        bar = page.all("aside")[0]
        assert bar.attributes["aria-label"] == "About this proposal"
        assert bar.text.startswith(
            "A proposal by Northlight Web Agency for Hartley & Sons. Not their official site yet."
        )
        links = {a.text: a.attributes["href"] for a in page.all("a") if "aside" in a.within}
        assert links == {
            "Make it mine": LINKS.claim,
            "Remove it": LINKS.remove,
            "Who is behind this?": LINKS.about,
        }
        after = page.elements[page.elements.index(bar) + 1 :]
        assert all("aside" in element.within for element in after)
    assert headers_for(files[HEADERS_FILE].decode(), "index.html")["X-Robots-Tag"] == "noindex, nofollow"


def test_proposal_may_carry_a_reading_mark_from_its_own_host() -> None:
    facts, spec, _ = build(business())
    files = render(spec, facts, links=Links(**{**LINKS.__dict__, "mark": "/o/token.gif"}))
    marks = read_page(files["index.html"]).all("img")
    assert [mark.attributes for mark in marks] == [
        {"src": "/o/token.gif", "alt": "", "width": "1", "height": "1"}
    ]
    assert all("aside" in mark.within for mark in marks)
    assert [result for result in run_gates(files, spec, facts) if not result.passed] == []


def test_site_without_a_mark_loads_no_picture() -> None:
    _, _, files = build(business())
    assert all(not page.all("img") for page in pages(files).values())


@pytest.mark.parametrize(
    "mark", ["https://x.example/o.gif", "//x.example/o.gif", "o.gif", '/o"onload="x', "data:,"]
)
def test_reading_mark_from_elsewhere_is_refused(mark: str) -> None:
    facts, spec, _ = build(business())
    with pytest.raises(ValueError, match="not a path on the host"):
        render(spec, facts, links=Links(**{**LINKS.__dict__, "mark": mark}))


def test_proposal_bar_is_small() -> None:
    facts, spec, with_bar = build(business())
    without = render(spec, facts, links=None)
    assert len(with_bar["index.html"]) - len(without["index.html"]) < 1500


def test_site_of_its_owner_has_no_bar_and_may_be_found() -> None:
    facts, spec, _ = build(business())
    files = render(spec, facts, links=None)
    home = read_page(files["index.html"])
    assert not home.all("aside")
    assert home.meta("robots") == ""
    assert read_page(files["404.html"]).meta("robots") == "noindex,nofollow"
    assert "X-Robots-Tag" not in files[HEADERS_FILE].decode()
    assert b"proposal" not in files["index.html"]


def test_privacy_page_says_who_where_from_and_how_to_remove() -> None:
    _, _, files = build(business())
    page = read_page(files["privacy.html"])
    text = " ".join(part.text for part in page.texts)
    assert "Northlight Web Agency, 4 Sample Street, Sampleville, VT 00000, USA." in text
    assert "licence ODbL-1.0, read on 20 November 2026" in text
    hrefs = {a.attributes["href"] for a in page.all("a")}
    assert {
        "https://www.openstreetmap.org/copyright",
        "mailto:hello@northlight.example",
        LINKS.remove,
    } <= hrefs
    assert {"imprint", "remove", "data", "privacy"} <= set(page.ids())


def test_name_in_another_script_is_kept_apart() -> None:
    facts, spec, files = build(business(name="مخبز النور"))
    assert "<bdi>مخبز النور</bdi>" in files["index.html"].decode()
    assert all(result.passed for result in run_gates(files, spec, facts))


def test_policy_of_a_site_lets_nothing_run_and_nothing_load_from_elsewhere() -> None:
    _, _, files = build(business())
    headers = headers_for(files[HEADERS_FILE].decode(), "index.html")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy and "script-src" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    font = next(path for path in files if path.startswith("fonts/"))
    assert "immutable" in headers_for(files[HEADERS_FILE].decode(), font)["Cache-Control"]


def test_all_pages_of_a_site_share_one_style() -> None:
    _, _, files = build(business())
    assert len({page.all("style")[0].text for page in pages(files).values()}) == 1


def test_times_of_the_day_are_shown_as_the_country_writes_them() -> None:
    _, _, files = build(business(country="US", phone_e164="+12025550123"))
    assert "8:00 AM – 5:30 PM" in files["index.html"].decode()


def test_unknown_day_is_neither_open_nor_closed() -> None:
    _, _, files = build(business(opening_hours="Mo-Fr 08:00-17:30; Sa,Su by appointment"))
    texts = [text.text for text in read_page(files["index.html"]).texts if "table" in text.within]
    assert texts[texts.index("Saturday") + 1] == "Please ask"
    assert "Closed" not in texts


@pytest.mark.parametrize("record", [TINY, HUGE], ids=["tiny", "huge"])
def test_site_at_the_root_of_its_own_host_passes_every_gate(record: dict[str, Any]) -> None:
    facts, spec, _ = build(bare(**record))
    links = Links(*(f"https://agency.example/{page}/" for page in ("claim", "remove", "about")))
    files = render(spec, facts, links=links, base_url="https://oez.sites.example/")
    assert [result for result in run_gates(files, spec, facts) if not result.passed] == []


def test_phone_number_in_a_sentence_stands_by_itself_and_is_escaped_with_it() -> None:
    facts, spec, files = build(business())
    page = files["index.html"].decode()
    number = facts.value("phone_display")
    assert unbroken("Tom & Jo", facts) == "Tom &amp; Jo"
    assert unbroken(f"Tom & Jo: {number}", facts) == f"Tom &amp; Jo: <bdi>{number}</bdi>"
    assert page.count(f"<bdi>{number}</bdi>") == sum(
        sentence.text.count("{phone_display}")
        for section in spec.sections
        for sentence in (
            section.heading,
            *section.body,
            *(text for card in section.cards for text in (card.title, card.text) if text),
        )
    )


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_mail_address_may_break_before_its_at_sign_and_is_one_text(theme: Theme) -> None:
    facts, spec = with_values(business(), email="<b>x@birch.example")
    home = render(dress(spec, theme.name, next(iter(theme.heroes))), facts)["index.html"]
    assert b"&lt;b&gt;x<wbr>@birch.example</a>" in home
    assert "<b>x@birch.example" in read_page(home).visible
