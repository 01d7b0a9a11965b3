from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.template import Context, Template

from webmagic.look import NOT_KNOWN, STATUS_WORDS, TONE_ICONS, StatusWord, status_word
from webmagic.navigation import GROUPS
from webmagic.templatetags.look import grouped, lasted, percent
from webmagic.tests.test_markup import ROOMS, SPRITE

WORDS = {
    "territories.coveragegrid": "pending scraping cooldown failed split",
    "businesses.business": "new review qualified call_list rejected",
    "websites.site": "pending generating completed published failed expired taken_down",
    "campaigns.campaign": "draft pending sending sent failed held cancelled",
    "pipeline.effect": "planned calling done failed unknown cancelled",
    "pipeline.inboundevent": "received applying applied failed",
    "pipeline.scheduleslot": "due running done failed skipped",
    "customers.payment": "received refunded",
}


def draw(source: str, **context: object) -> str:
    return Template("{% load look %}" + source).render(Context(context))


@pytest.mark.parametrize(("model", "statuses"), WORDS.items(), ids=WORDS)
def test_registry_words_every_status(model: str, statuses: str) -> None:
    assert set(STATUS_WORDS[model]) == set(statuses.split())


def test_registry_words_every_choice_of_every_model() -> None:
    """A model with a status that people meet must say how it is called."""
    unworded = [
        f"{model._meta.label_lower}: {value}"
        for model in apps.get_models()
        if model.__module__.partition(".")[0] in ROOMS and ".tests." not in model.__module__
        for field in model._meta.fields
        if field.name == "status"
        for value, _ in field.choices or ()
        if status_word(model._meta.label_lower, value) is NOT_KNOWN
    ]
    assert unworded == []


def test_registry_has_an_icon_and_a_tone_for_every_word() -> None:
    words = [word for statuses in STATUS_WORDS.values() for word in statuses.values()]
    assert {word.icon for word in words} | set(TONE_ICONS.values()) | {NOT_KNOWN.icon} <= SPRITE
    assert {word.tone for word in words} == set(TONE_ICONS)
    assert {page.icon for group in GROUPS for page in group.pages} <= SPRITE


def test_registry_tells_statuses_of_one_model_apart_without_colour() -> None:
    for model, statuses in STATUS_WORDS.items():
        assert len({str(word.word) for word in statuses.values()}) == len(statuses), model


def test_status_nobody_named_is_not_known() -> None:
    assert status_word("websites.site", "vanished") is NOT_KNOWN
    assert status_word("no.model", "pending") == StatusWord(NOT_KNOWN.word, "off", "circle-help")


def test_pill_shows_icon_word_and_tone() -> None:
    html = draw('{% status_pill "businesses.business" "review" %}')
    assert 'class="pill pill-wait"' in html
    assert "icons.svg#circle-help" in html
    assert ">Doubtful</span>" in html


def test_pill_escapes_its_word() -> None:
    assert "<b>" not in draw('{% pill "off" word %}', word="<b>bold</b>")


def test_bar_is_cut_to_its_track_and_empty_when_not_known() -> None:
    assert 'width="100.0%"' in draw("{% bar 1.7 %}")
    assert 'width="31.5%"' in draw("{% bar 0.315 %}")
    assert "bar-fill" not in draw("{% bar share %}", share=None)


@pytest.mark.parametrize(
    ("used", "limit", "said", "tone"),
    [
        (312, 960, "312 of 960", ""),
        (Decimal("38.0"), 40.0, "38 of 40, nearly used", "quota-wait"),
        (1204, 12480, "1,204 of 12,480", ""),
        (40, 40, "40 of 40, used up, again 00:00", "quota-bad"),
        (0, 0, "0 of 0, used up, again 00:00", "quota-bad"),
        (7, None, "7 used, limit not known", ""),
    ],
)
def test_quota_says_how_much_is_left(used: float, limit: float | None, said: str, tone: str) -> None:
    html = draw('{% quota "Cells today" used limit "00:00" %}', used=used, limit=limit)
    assert f">{said}</span>" in html
    assert (tone in html) if tone else ("quota-wait" not in html and "quota-bad" not in html)


def test_sparkline_leaves_a_gap_for_what_is_not_known() -> None:
    html = draw("{% sparkline values %}", values=[1, 2, None, 3, 4])
    line = html.partition('class="spark-line" d="')[2].partition('"')[0]
    assert line.count("M") == 2
    assert "None" not in html


def test_sparkline_ends_without_a_dot_when_the_last_value_is_not_known() -> None:
    assert "circle" in draw("{% sparkline values %}", values=[1, 2])
    assert "circle" not in draw("{% sparkline values %}", values=[1, None])


def test_sparkline_of_nothing_draws_nothing() -> None:
    assert draw("{% sparkline values %}", values=[]).strip() == ""
    assert draw("{% sparkline values %}", values=[None, None]).strip() == ""


def test_run_bars_say_what_they_show() -> None:
    runs = [{"tone": "ok", "seconds": 4.0, "title": "Ran 4 s"}] * 2
    runs += [
        {"tone": "bad", "seconds": None, "title": "Failed"},
        {"tone": "missed", "seconds": None, "title": "Missed"},
    ]
    html = draw("{% run_bars runs %}", runs=runs)
    assert 'aria-label="4 runs, 2 failed or missed"' in html
    assert html.count("<title>") == 4
    assert html.count("run-none") == 16


def test_run_bars_show_the_newest_twenty() -> None:
    runs = [{"tone": "ok", "seconds": 1.0, "title": f"run {number}"} for number in range(25)]
    html = draw("{% run_bars runs %}", runs=runs)
    assert "run 4<" not in html
    assert "run 5<" in html
    assert "run 24<" in html


def test_figures_are_written_as_people_read_them() -> None:
    assert (percent(0.694), percent(None)) == ("69\N{NO-BREAK SPACE}%", "–")
    assert (grouped(12480), grouped(Decimal("1914.50")), grouped(None)) == ("12,480", "1,914.50", "–")
    spans: list[timedelta | float | None] = [40, 540, timedelta(hours=1.2), timedelta(days=3), None]
    written = [lasted(span).replace("\N{NO-BREAK SPACE}", " ") for span in spans]
    assert written == ["40 s", "9 min", "1.2 h", "3 d", "–"]


def test_address_takes_the_first_name_that_exists() -> None:
    assert draw('{% address "no:such" "admin:index" %}') == "/admin/"
    assert draw('{% address "no:such" %}') == ""
