"""manage.py tasks: what is registered, scheduled, active, failed, and what happened last."""

import json
import os
import signal
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_q.models import Task

from monitoring.activity import latest_events
from monitoring.cycle import TASKS
from monitoring.schedules import sync_schedules
from monitoring.tests.factories import make_business, make_site, make_town, note_move
from pipeline import liveness
from pipeline.models import ScheduleSlot

pytestmark = pytest.mark.django_db


def shown(*args):
    out = StringIO()
    call_command("tasks", *args, stdout=out)
    return out.getvalue()


def shown_json(*args):
    return json.loads(shown(*args, "--json"))


def a_slot(clock, task, status, **fields):
    values = {"started_at": clock.now(), "finished_at": clock.now()} | fields
    return ScheduleSlot.objects.create(task=task, slot=clock.now(), status=status, **values)


def test_registered_lists_every_task():
    rows = {row["task"]: row for row in shown_json("registered")}
    assert list(rows) == [spec.name for spec in TASKS]
    assert rows["generate_site_for_business"]["retries"] == "2 x 10 min"
    assert rows["scrape_territory"]["retries"] == rows["send_campaign"]["retries"] == "3 x 5 min"
    assert rows["scrape_pending_territories"]["schedule"] == "every 6 h"
    assert rows["scrape_territory"]["schedule"] == "on demand"
    assert rows["send_campaign"]["queue"] == "campaigns"
    assert "generate_daily_report" in shown("registered")


def test_scheduled_shows_the_next_and_the_last_firing(clock):
    assert {row["next"] for row in shown_json("scheduled")} == {None}
    sync_schedules(now=clock.now())
    a_slot(clock, "health_check", "done", outcome="Everything works")
    rows = {row["task"]: row for row in shown_json("scheduled")}
    assert len(rows) == sum(spec.schedule is not None for spec in TASKS)
    assert rows["health_check"]["next"] == "2026-03-02T09:05:00Z"
    assert rows["health_check"]["result"] == "Everything works"
    assert rows["beat"]["result"] == "never ran"
    assert next(iter(rows)) == "beat"  # the next to come


def test_active_tells_the_living_from_the_dead(clock):
    dead = f"{liveness.HOST}:1:00000000"
    a_slot(clock, "health_check", "running", owner=liveness.current_owner(), finished_at=None)
    grid = make_town(clock.now())
    type(grid).objects.update(status="scraping", claimed_by=dead, claimed_at=clock.now(), attempts=1)
    make_site(clock.now(), status="generating", claimed_by="elsewhere:1:0", claimed_at=clock.now())
    # On one host nothing can be known of another; PostgreSQL knows of every owner.
    of_elsewhere = False if connection.vendor == "postgresql" else None
    rows = {row["work"]: row for row in shown_json("active")}
    assert {name: row["alive"] for name, row in rows.items()} == {
        "task": True,
        "scrape": False,
        "generate": of_elsewhere,
    }
    assert rows["scrape"]["on"] == f"territories.coveragegrid:{grid.pk}"
    assert ("not known" in shown("active")) is (of_elsewhere is None)


def test_active_of_an_idle_system_says_so():
    assert shown("active") == "Nothing runs.\n"
    assert shown_json("active") == []


def test_failed_shows_slots_rows_and_messages_newest_first(clock):
    a_slot(clock, "health_check", "failed", outcome="OSError: disk")
    make_business(clock.now(), status="review")  # doubtful, not failed
    at = clock.now() + timedelta(minutes=1)
    make_site(at, status="failed", error_kind="bug", last_error="KeyError: 'name'")
    make_site(at + timedelta(minutes=1), status="failed", error_kind="transient", last_error="No answer")
    Task.objects.create(
        id="0" * 32,
        name="lost",
        func="pipeline.queue.perform",
        success=False,
        started=clock.now(),
        stopped=clock.now() - timedelta(minutes=1),
    )
    rows = shown_json("failed")
    assert [(row["error"], row["next"]) for row in rows] == [
        ("No answer", "tried again within a day"),
        ("KeyError: 'name'", "waits for a person"),
        ("OSError: disk", "the next firing covers it"),
        ("see worker.log", "the next beat rings again"),
    ]
    assert len(shown_json("failed", "--limit", "2")) == 2


def test_failed_loads_no_pickle(clock):
    """A row that would run code when its result is loaded is listed all the same."""
    Task.objects.create(
        id="1" * 32, name="evil", func="x.y", success=False, started=clock.now(), stopped=clock.now()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE django_q_task SET result = %s, args = %s", ["no pickle at all", "no pickle at all"]
        )
    assert shown_json("failed")[0]["what"] == "message evil (x.y)"


def test_events_are_the_latest_in_order(clock):
    site = make_site(clock.now())
    for minute, status in enumerate(["generating", "completed", "published"]):
        note_move(site, status, clock.now() + timedelta(minutes=minute), reason="Try 1")
    a_slot(clock, "beat", "done", finished_at=clock.now() + timedelta(minutes=9))
    rows = shown_json("events")
    assert [row["event"] for row in rows][-3:] == ["nothing to completed", "nothing to published", "done"]
    assert [row["what"] for row in shown_json("events", "--limit", "1")] == ["task beat"]


def test_events_since_a_moment_keep_their_names(clock):
    site = make_site(clock.now())
    note_move(site, "generating", clock.now())
    note_move(site, "completed", clock.now() + timedelta(minutes=5))
    everything = latest_events(limit=10)
    late = latest_events(limit=10, since=clock.now() + timedelta(minutes=1))
    assert [row["id"] for row in late] == [everything[-1]["id"]]


@pytest.fixture
def ctrl_c():
    """Lets Ctrl-C be heard also where a shell started the tests in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_events_follow_shows_each_once_and_ends_with_ctrl_c(clock, ctrl_c):
    note_move(make_site(clock.now()), "generating", clock.now())

    class Watched(StringIO):
        """Presses Ctrl-C as soon as something is flushed."""

        def flush(self):
            if "generating" in self.getvalue():
                os.kill(os.getpid(), signal.SIGINT)

    out = Watched()
    call_command("tasks", "events", "--follow", stdout=out)
    assert out.getvalue().count("generating") == 1


def test_a_strangers_words_cannot_steer_the_terminal(clock):
    make_site(clock.now(), status="failed", error_kind="bug", last_error="\x1b[2J\x1b]0;gone\x07")
    text = shown("failed")
    assert "\x1b" not in text
    assert "\\x1b[2J" in text


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "Say what to show: registered, scheduled, active, failed, events."),
        (["everything"], "Say what to show: registered, scheduled, active, failed, events."),
        (["failed", "--limit", "0"], "--limit takes a number from 1 to 10000."),
        (["failed", "--limit", "many"], "--limit takes a number from 1 to 10000."),
        (["failed", "--follow"], "--follow goes with events only."),
    ],
)
def test_bad_use_is_one_clear_line(args, said):
    with pytest.raises(CommandError) as caught:
        shown(*args)
    assert (str(caught.value), caught.value.returncode) == (said, 2)
