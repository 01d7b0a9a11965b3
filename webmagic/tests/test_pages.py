"""The frame and the components, drawn as a page would draw them."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

PAGE = (
    '{% extends "base.html" %}{% block heading %}Overview{% endblock %}{% block content %}body{% endblock %}'
)
PAUSED = {
    "who": "the owner",
    "when": datetime(2026, 11, 23, 9, tzinfo=UTC),
    "why": "checking the <new> price",
    "waits": "140 mails wait.",
    "what": "Sending",
    "scope": "stage:sending",
}


class Marks(HTMLParser):
    """Collects the start tags of a document: [(tag, attributes)]."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def frame(**context: Any) -> str:
    """Render a page in the frame as somebody who may see nothing but the frame."""
    request: HttpRequest = RequestFactory().get("/")
    request.user = AnonymousUser()
    return engines["django"].from_string(PAGE).render(context, request)


def component(name: str, **context: Any) -> str:
    return render_to_string(f"components/{name}.html", context)


def test_frame_stands_without_any_context() -> None:
    html = frame()
    marks = Marks(html)
    assert "<h1>Overview</h1>" in html
    assert [attributes["id"] for attributes in marks.named("main")] == ["main"]
    assert 'href="#main"' in html
    assert "autopilot" not in html
    assert 'class="banner' not in html


def test_frame_gives_every_landmark_its_own_name() -> None:
    names = [attributes["aria-label"] for attributes in Marks(frame()).named("nav")]
    assert len(names) == len(set(names)) == 3


def test_frame_has_unique_ids_and_names_for_icon_buttons() -> None:
    marks = Marks(frame(badges={}))
    ids = [attributes["id"] for _, attributes in marks.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    bare = [each for each in marks.named("button") if "button-icon" in (each.get("class") or "")]
    assert bare
    assert all(each.get("title") for each in bare)


def test_frame_loads_the_theme_before_anything_is_drawn() -> None:
    head = frame().partition("</head>")[0]
    scripts = Marks(head).named("script")
    assert scripts[0]["src"].endswith("theme.js")  # type: ignore[union-attr]
    assert "defer" not in scripts[0]
    assert all("defer" in script for script in scripts[1:])
    assert head.index("theme.js") < head.index("stylesheet")


def test_frame_shows_who_paused_what_and_why() -> None:
    may_resume = {"pipeline": {"change_switch": True}}
    html = frame(badges={}, paused=PAUSED, perms=may_resume)
    assert "Sending is paused." in html
    assert "By the owner" in html
    assert "checking the &lt;new&gt; price" in html
    assert "140 mails wait." in html
    assert 'value="stage:sending"' in html
    assert 'value="stage:sending"' not in frame(badges={}, paused=PAUSED)  # who may only look resumes nothing
    assert ">Paused" in html
    assert "Autopilot on" not in html


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"paused": None}, "Autopilot on"),
        ({"paused": None, "autopilot": False}, "You approve mails"),
        ({"paused": PAUSED}, "Paused"),
        ({"paused": {"unknown": True}}, "Unknown, stopped"),
    ],
)
def test_kill_switch_says_what_runs(context: dict[str, Any], said: str) -> None:
    words = ("Autopilot on", "You approve mails", ">Paused", "Unknown, stopped")
    html = frame(badges={}, **context)
    assert [word for word in words if word in html] == [f">{said}" if said == "Paused" else said]


def test_toast_stays_only_for_errors() -> None:
    html = frame(messages=[Message(25, "6 mails <approved>"), Message(40, "The source did not answer")])
    assert "6 mails &lt;approved&gt;" in html
    assert html.count("data-toast") == 2
    assert html.count("data-stays") == 1


def test_stat_card_that_is_not_known_says_so() -> None:
    html = component("stat_card", card={"label": "Replies", "value": None, "missing": "from tomorrow"})
    assert "Not known" in html
    assert "from tomorrow" in html
    assert "stat-spark" not in html


def test_stat_card_shows_a_zero_as_a_number() -> None:
    html = component("stat_card", card={"label": "Replies", "value": 0, "reason": "0 of 12"})
    assert '<span class="stat-value">0</span>' in html
    assert "Not known" not in html


def test_stat_card_without_real_change_has_no_direction() -> None:
    card = {"label": "Replies", "value": "2.9", "tone": "same", "delta": "+0.1", "direction": "up"}
    html = component("stat_card", card=card)
    assert "No real change" in html
    assert "arrow-up-right" not in html
    assert "+0.1" not in html


def test_funnel_draws_the_first_stage_whole_and_unknown_shares_empty() -> None:
    rows = [
        {"name": "Found", "count": 12, "whole": True, "kept": None},
        {"name": "Qualified", "count": 0, "kept": None},
    ]
    html = component("funnel", funnel={"title": "Funnel", "rows": rows})
    assert html.count("bar-fill") == 1
    assert html.count("bar-track") == 2


@pytest.mark.parametrize("nothing", [0, "0"])
def test_funnel_of_nothing_draws_no_bar(nothing: object) -> None:
    html = component(
        "funnel", funnel={"title": "Funnel", "rows": [{"name": "Found", "count": nothing, "kept": None}]}
    )
    assert "bar-fill" not in html


def test_table_escapes_what_strangers_wrote() -> None:
    rows = [
        {
            "name": "<img src=x onerror=alert(1)>",
            "model": "websites.site",
            "status": "failed",
            "reason": "</td>",
        }
    ]
    html = component("table", table={"id": "sites", "title": "Sites", "rows": rows})
    assert "<img" not in html
    assert html.count("</td>") == 4


def test_table_without_rows_says_why() -> None:
    empty = {"icon": "store", "title": "No leads yet", "text": "The first territory is read at 14:00."}
    html = component("table", table={"id": "leads", "title": "Leads", "rows": [], "empty": empty})
    assert "No leads yet" in html
    assert "<table" not in html


def test_needs_list_without_rows_says_that_nothing_needs_you() -> None:
    empty = {"icon": "circle-check", "title": "Nothing needs you", "text": "Next look 14:00."}
    html = component("needs", needs={"title": "Needs you", "rows": [], "empty": empty})
    assert "Nothing needs you" in html
    assert "pill" not in html


def test_confirm_dialog_puts_the_safe_button_first() -> None:
    dialog = {
        "id": "stop",
        "title": "Stop everything?",
        "action": "/stop/",
        "keep": "Keep running",
        "act": "Stop everything",
        "type_number": 1842,
    }
    html = component("confirm_dialog", dialog=dialog)
    first, second = Marks(html).named("button")
    assert "autofocus" in first
    assert first["type"] == "button"
    assert "button-danger" in (second["class"] or "")
    assert 'pattern="1842"' in html


def test_timeline_shows_what_comes_next_as_hollow() -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    entries = [
        {"title": "Next: mail", "at": now, "next": True, "icon": "send", "tone": "off"},
        {"title": "Site published", "reason": "9 gates passed", "at": now, "icon": "check", "tone": "ok"},
    ]
    html = component("timeline", entries=entries)
    assert html.count("timeline-tile-next") == 1
    assert html.count("tile-ok") == 1
