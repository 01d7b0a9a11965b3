"""The gates: each finds the defects it is there for, and nothing on a good site."""

from collections.abc import Callable

import pytest

from sites.gates import GATES, run_gates
from sites.gates.page import read_page
from sites.gates.reading import lix
from sites.publishers.headers import HEADERS_FILE
from sites.rendering import SiteFiles
from sites.spec import Action, Card, Sentence, SiteSpec
from sites.tests.records import bare, build, business, render

Change = Callable[[str], str]


def failed(files: SiteFiles, spec: SiteSpec, facts: object) -> dict[str, list[str]]:
    return {result.gate: result.findings for result in run_gates(files, spec, facts) if not result.passed}  # type: ignore[arg-type]


def replaced(old: str, new: str) -> Change:
    def change(html: str) -> str:
        assert old in html
        return html.replace(old, new, 1)

    return change


def test_good_site_passes_and_leaves_evidence() -> None:
    facts, spec, files = build(business())
    results = run_gates(files, spec, facts)
    assert [result.gate for result in results] == list(GATES)
    assert all(result.passed and result.findings == [] and result.ms >= 0 for result in results)


DEFECTS: dict[str, tuple[str, Change]] = {
    "invented sentence": ("grounding", replaced("</main>", "<p>Family-run since the war.</p></main>")),
    "invented number": ("grounding", replaced("</main>", "<p>01632 960999</p></main>")),
    "other phone link": ("grounding", replaced('href="tel:+441632960123"', 'href="tel:+441632960999"')),
    "other mail link": (
        "grounding",
        replaced("mailto:office@hartley.example", "mailto:evil@hartley.example"),
    ),
    "foreign link": (
        "grounding",
        replaced("</main>", '<a href="https://evil.example/">14 Mill Lane</a></main>'),
    ),
    "other title": ("grounding", replaced("<title>", "<title>Best ")),
    "other hours": ("grounding", replaced("09:00 – 13:00</span></td>", "08:00 – 17:30</span></td>")),
    "text in the bar's name": ("structure", replaced("</main>", "<aside>Only today</aside></main>")),
    "script": ("structure", replaced("</main>", "<script>alert(1)</script></main>")),
    "handler": ("structure", replaced("<main ", '<main onclick="alert(1)" ')),
    "style attribute": ("structure", replaced("<main ", '<main style="color:red" ')),
    "frame": ("structure", replaced("</main>", '<iframe src="/x"></iframe></main>')),
    "form": ("structure", replaced("</main>", '<form action="/x"></form></main>')),
    "refresh": ("structure", replaced("</title>", '</title><meta http-equiv="refresh" content="0;url=/x">')),
    "second heading": ("structure", replaced("</main>", "<h1>Plumber</h1></main>")),
    "skipped level": ("structure", replaced("</main>", "<h4>Plumber</h4></main>")),
    "double id": ("structure", replaced("</main>", '<p id="main">Plumber</p></main>')),
    "open element": ("structure", replaced("</main>", "<div></main>")),
    "no language": ("structure", replaced('<html lang="en">', "<html>")),
    "hidden character": ("structure", replaced("Mill Lane", "Mill\u202e Lane")),
    "unfilled placeholder": ("structure", replaced("</main>", "<p>{city}</p></main>")),
    "other style": ("structure", replaced("</style>", "p{color:red}</style>")),
    "outside style": (
        "structure",
        replaced("<style>", '<link rel="stylesheet" href="https://x.example/a.css"><style>'),
    ),
    "open to search engines": ("structure", replaced('content="noindex,nofollow"', 'content="all"')),
    "dead fragment": ("links", replaced('href="#main"', 'href="#nowhere"')),
    "dead page": ("links", replaced("privacy.html", "imprint.html")),
    "dead font": ("links", replaced("/fonts/", "/type/")),
    "script address": ("links", replaced('href="#main"', 'href="javascript:alert(1)"')),
    "odd number link": ("links", replaced('href="tel:+441632960123"', 'href="tel:01632 960123"')),
    "unknown term": ("structured data", replaced('"telephone"', '"telefone"')),
    "rating": ("structured data", replaced('"telephone"', '"aggregateRating":{"ratingValue":5},"telephone"')),
    "odd time": ("structured data", replaced('"opens":"08:00"', '"opens":"7h30"')),
    "other place": ("structured data", replaced('"latitude":51.1465', '"latitude":51.2')),
    "poor contrast": ("contrast", lambda html: html.replace("--soft:#", "--soft:#cccccc;--old:#", 1)),
    "heavy page": ("weight", replaced("</main>", f"<p>{'Plumber ' * 2000}</p></main>")),
    "more requests": ("weight", replaced("</main>", '<img src="/s/mill-lane-1/favicon.svg" alt=""></main>')),
    "glow": ("look", replaced("</style>", ".x{box-shadow:0 0 40px red}</style>")),
    "blended gradient": (
        "look",
        replaced("</style>", ".x{background:linear-gradient(90deg,#123456,#654321)}</style>"),
    ),
    "violet brand": ("look", replaced("--brand:#", "--brand:#5b3fd6;--old:#")),
    "Inter": ("look", replaced("</style>", ".x{font-family:'Inter',sans-serif}</style>")),
    "pill": ("look", replaced("</style>", ".x{border-radius:999px}</style>")),
    "badge": ("look", replaced("<h1 ", '<p class="badge">Plumber</p><h1 ')),
    "dead picture for shared links": ("links", replaced("mill-lane-1/share.png", "mill-lane-1/other.png")),
    "long text": ("reading", replaced("</main>", f"<p>{'Ashford ' * 700}</p></main>")),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_planted_defect_is_found_by_its_gate(defect: str) -> None:
    gate, change = DEFECTS[defect]
    facts, spec, files = build(business())
    broken = SiteFiles(files)
    broken["index.html"] = change(files["index.html"].decode()).encode()
    assert gate in failed(broken, spec, facts)


LIES = [
    "Licensed and insured.",
    "We fix leaking taps.",
    "Parking is available behind the building.",
    "Pay by card.",
    "Wheelchair accessible.",
    "Our friendly team is waiting for you.",
    "Rated five stars by our customers.",
    "Open round the clock.",
]


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("facts_named", [(), ("name",)], ids=["generic", "fact"])
def test_sentence_that_is_no_line_of_the_bank_is_refused(lie: str, facts_named: tuple[str, ...]) -> None:
    facts, spec, _ = build(business())
    said = Sentence(text=lie, facts=facts_named, kind="fact" if facts_named else "generic", origin="bank")
    hero = spec.sections[0].model_copy(update={"body": (*spec.sections[0].body[:2], said)})
    spec = spec.model_copy(update={"sections": (hero, *spec.sections[1:])})
    assert f"{lie!r} is not a line of the bank" in failed(render(spec, facts), spec, facts)["grounding"]


def test_sentence_of_a_model_is_refused_without_a_verdict() -> None:
    facts, spec, _ = build(business())
    said = Sentence(text="{name} is in {city}.", facts=("name", "city"), kind="fact", origin="llm")
    hero = spec.sections[0].model_copy(update={"body": (*spec.sections[0].body[:2], said)})
    spec = spec.model_copy(update={"sections": (hero, *spec.sections[1:])})
    assert "entailment judge" in failed(render(spec, facts), spec, facts)["grounding"][0]


def test_line_of_the_bank_without_the_fact_it_needs_is_refused() -> None:
    """The words are of the bank, but this business says nothing of Sundays."""
    facts, spec, _ = build(business(opening_hours=""))
    said = Sentence(text="Sunday is the day off.", kind="generic", origin="bank")
    hero = spec.sections[0].model_copy(update={"body": (*spec.sections[0].body[:2], said)})
    spec = spec.model_copy(update={"sections": (hero, *spec.sections[1:])})
    assert "is not a line of the bank" in failed(render(spec, facts), spec, facts)["grounding"][0]


def test_words_of_the_owner_may_stand() -> None:
    facts, spec, _ = build(business())
    said = Sentence(text="We repair every tap in town.", kind="generic", origin="owner")
    hero = spec.sections[0].model_copy(update={"body": (*spec.sections[0].body[:2], said)})
    spec = spec.model_copy(update={"sections": (hero, *spec.sections[1:])})
    assert failed(render(spec, facts), spec, facts) == {}


def test_indigo_and_three_equal_cards_are_marks_of_a_machine() -> None:
    facts, spec, _ = build(business())
    sections = tuple(
        section.model_copy(update={"cards": section.cards[:3], "variant": "grid"})
        if section.type == "services"
        else section
        for section in spec.sections
    )
    spec = spec.model_copy(update={"look": spec.look.model_copy(update={"hue": 270}), "sections": sections})
    findings = failed(render(spec, facts), spec, facts)["look"]
    assert findings == ["hue 270 is the indigo of every template", "exactly three equal cards in services"]


def test_stripes_and_flat_fills_are_no_gradients() -> None:
    facts, spec, files = build(business())
    for fill in (
        "linear-gradient(var(--lead) 0 0)",
        "repeating-linear-gradient(-45deg,var(--pop) 0 9px,#fff 9px 18px)",
    ):
        filled = SiteFiles(files)
        style = f".x{{background:{fill}}}</style>"
        filled["index.html"] = files["index.html"].replace(b"</style>", style.encode(), 1)
        assert "look" not in failed(filled, spec, facts)


def test_facts_other_than_those_of_the_spec_are_found() -> None:
    _, spec, files = build(business())
    other, _, _ = build(business(city="Dover"))
    assert failed(files, spec, other)["grounding"] == ["the spec was written for other facts"]


def test_unknown_style_is_found_by_the_policy() -> None:
    facts, spec, files = build(business())
    broken = SiteFiles(files)
    broken[HEADERS_FILE] = files[HEADERS_FILE].replace(b"sha256-", b"sha256-x")
    assert any("content policy" in finding for finding in failed(broken, spec, facts)["structure"])


def test_missing_page_is_found() -> None:
    facts, spec, files = build(business())
    broken = SiteFiles(files)
    del broken["404.html"]
    assert "404.html is missing" in failed(broken, spec, facts)["structure"]


def test_page_reader_notes_what_is_not_well_formed() -> None:
    assert read_page(b"<p><b>x</p></b>").errors
    assert read_page(b'<a href="1" href="2">x</a>').errors
    assert read_page(b"<div/>").errors
    assert read_page(b"<p>1 < 2</p>").errors
    assert read_page(b"<p class=x>x</p>").errors
    assert read_page(b"<p>x</p><!-- x -->").errors
    assert read_page(b"<title>x<b>y</b></title>").errors
    assert read_page(b"<style>a<b></b></style>").errors
    assert read_page(b"<p>x</p><!doctype html>").errors
    assert not read_page(b'<p>x<br><svg><path d=""/></svg></p>').errors


def test_lix_tells_easy_from_hard() -> None:
    assert lix(["We sell bread. It is good."]) < 10
    assert (
        lix(["Unquestionably incomprehensible bureaucratic formulations overwhelm unsuspecting readership"])
        > 60
    )
    assert lix([]) == 0


def test_action_and_card_texts_are_sentences_too() -> None:
    facts, spec, _ = build(business())
    lie = Sentence(text="Free estimate", kind="cta", origin="bank")
    hero = spec.sections[0].model_copy(update={"actions": (Action(target="phone", label=lie),)})
    faq = next(section for section in spec.sections if section.type == "faq")
    changed = faq.model_copy(update={"cards": (Card(title=lie, text=lie), *faq.cards[1:])})
    sections = (hero, *(changed if section is faq else section for section in spec.sections[1:]))
    spec = spec.model_copy(update={"sections": sections})
    assert (
        failed(render(spec, facts), spec, facts)["grounding"].count(
            "'Free estimate' is not a line of the bank"
        )
        == 3
    )


def test_record_with_only_an_address_passes() -> None:
    facts, spec, files = build(
        bare(id=4, name="Öz", category="pet", family="lodging_pets", street="Hafenstraße")
    )
    assert failed(files, spec, facts) == {}
