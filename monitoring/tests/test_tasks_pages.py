"""Schedules and failures: what ran, what waits, what is stuck; failures of one cause together, and tried again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from monitoring.failures import failures, template_of
from monitoring.tests.factories import make_campaign, make_site, make_town
from pipeline import claims, dead_letters
from pipeline.models import InboundEvent, ScheduleSlot, TimelineEntry
from sites.generation import GENERATE
from sites.models import Site

pytestmark = pytest.mark.django_db
PAGE, FAILURES = "/dashboard/tasks/", "/dashboard/tasks/failures/"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def slot(task: str, *, ago: float, seconds: float = 2, **over: Any) -> ScheduleSlot:
    """Return a run of a task that ended, begun so many minutes ago."""
    at = timezone.now() - timedelta(minutes=ago)
    ended = {
        "status": "done",
        "started_at": at,
        "finished_at": at + timedelta(seconds=seconds),
        "outcome": "1 done",
    }
    return ScheduleSlot.objects.create(task=task, slot=at, **ended | over)


def dead_site(error: str, *, kind: str = "bad_data", **over: Any) -> Site:
    fields = {
        "status": "failed",
        "error_kind": kind,
        "last_error": error,
        "status_changed_at": timezone.now(),
    }
    return make_site(timezone.now(), **fields | over)


def of_task(client: Client, name: str) -> dict[str, Any]:
    return next(task for task in client.get(PAGE).context["tasks"] if task["name"] == name)


def test_schedule_shows_its_last_runs_and_how_long_they_usually_take(owner: Client) -> None:
    for number, seconds in enumerate((2, 4, 90)):
        slot("health_check", ago=5 * (number + 1), seconds=seconds)
    slot("health_check", ago=30, status="failed", outcome="no database")
    task = of_task(owner, "health_check")
    assert [bar["tone"] for bar in task["runs"]] == ["bad", "ok", "ok", "ok"]
    assert (task["last_lasted"], task["usually"]) == (2, 4)


def test_runs_of_long_ago_are_shown_where_there_are_no_newer_ones(owner: Client) -> None:
    for number in range(25):
        slot("health_check", ago=60 * 24 * 5 + number)
    assert len(of_task(owner, "health_check")["runs"]) == 20


def test_queue_says_how_many_hints_wait_and_since_when_rows_are_due(owner: Client) -> None:
    OrmQ.objects.create(key="webmagic", payload="x", lock=timezone.now())
    make_site(timezone.now(), status="pending", next_attempt_at=timezone.now() - timedelta(hours=3))
    make_site(timezone.now(), status="pending", next_attempt_at=timezone.now() + timedelta(hours=3))
    queues = {queue["name"]: queue for queue in owner.get(PAGE).context["queues"]}
    assert queues["monitoring"]["hints"] == 1
    assert queues["generation"]["due"]["count"] == 1
    assert "due, oldest 3\xa0hours" in owner.get(PAGE).text


def test_what_nobody_heard_of_for_long_is_stuck(owner: Client) -> None:
    make_site(timezone.now(), status="pending")
    claims.claim(GENERATE, now=timezone.now(), by="test")
    assert owner.get(FAILURES).context["running"]["stuck"] == 0
    slot("generate_pending_sites", ago=300, status="running", finished_at=None, owner="gone")
    running = owner.get(FAILURES).context["running"]
    assert (len(running["rows"]), running["stuck"]) == (2, 1)


def test_live_part_comes_alone(owner: Client) -> None:
    assert "<html" not in owner.get(PAGE, headers={"HX-Request": "true"}).text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The map source did not answer (504, 3 tries)", "The map source did not answer (503, 1 tries)"),
        ("3 dead links in /a/index.html", "12 dead links in /b.html"),
        ("ann@bakery.example said 550", "bob@smith.example said 551"),
        ("No file “one.pbf” at https://a.example/x?y=1", "No file “two.pbf” at http://b.example/"),
        ("Key websites.site:12 is gone, id 88ab12cd", "Key websites.site:9 is gone, id 77ff01ee"),
    ],
)
def test_numbers_and_names_tell_no_causes_apart(one: str, other: str) -> None:
    assert template_of(one) == template_of(other) != ""


def test_words_tell_causes_apart() -> None:
    assert template_of("The map source did not answer") != template_of("The mail server did not answer")
    assert template_of("Brook Lane Bakery has no facts", "Brook Lane Bakery") == "… has no facts"


def test_failures_of_one_cause_are_one_line(owner: Client) -> None:
    for number in range(3):
        dead_site(f"{number} dead links in /page-{number}.html")
    dead_site("0 dead links in /page.html", kind="bug")
    make_campaign(timezone.now(), status="pending", error_kind="transient", last_error="451 later")
    slot("health_check", ago=5, status="failed", outcome="no database")
    found = {(group.title, group.error): (group.count, group.dead) for group in failures()}
    assert found == {
        ("Sites", "The record cannot be worked on"): (3, 3),
        ("Sites", "A fault of the software"): (1, 1),
        ("Mails", "May work later"): (1, 0),
        ("Task health_check", "The next firing covers it"): (1, 0),
    }
    html = owner.get(FAILURES).text
    assert "Retry 3" in html
    assert "3 wait for you" in html
    assert "go on by themselves" in html


def test_dead_are_exactly_the_dead_letters(owner: Client) -> None:
    dead_site("no answer", kind="transient")
    dead_site("no answer", kind="transient", reopened_count=3)
    resting = dead_site("no answer", kind="bug")
    dead_letters.set_aside(resting, by="staff:ann", why="closed", now=timezone.now())
    assert sum(group.dead for group in failures()) == dead_letters.gave_up(Site).count() == 1


def address_of(title: str) -> str:
    group = next(group for group in failures() if group.title == title and group.can_retry)
    return f"{FAILURES}{group.kind}/{group.fingerprint}/"


def test_retry_asks_back_in_numbers_and_tries_again_what_was_asked_about(owner: Client) -> None:
    mine = [dead_site(f"{number} dead links") for number in range(2)]
    other = dead_site("No facts")
    address = address_of("Sites")  # of the most frequent cause
    asked = owner.get(address)
    assert "Try all 2 again?" in asked.text
    assert "sites are built again" in asked.text
    (upto,) = [value for name, value in asked.context["ask"]["fields"] if name == "upto"]
    later = dead_site("7 dead links")
    answer = owner.post(f"{address}retry/", {"upto": upto, "why": "links are mended"}, follow=True)
    assert "2 rows are done" in answer.text
    status = dict(Site.objects.values_list("pk", "status"))
    assert [status[site.pk] for site in [*mine, other, later]] == ["pending", "pending", "failed", "failed"]
    told = TimelineEntry.objects.filter(to_status="pending", row_id__in=[site.pk for site in mine])
    assert set(told.values_list("by", "reason")) == {("staff:owner", "links are mended")}
    assert LogEntry.objects.filter(user__username="owner").count() == 2
    again = owner.post(f"{address}retry/", {"upto": upto, "why": "twice"}, follow=True)
    assert "0 rows are done" in again.text


def test_retry_that_costs_money_wants_the_number(owner: Client, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "key"
    site = dead_site("No facts")
    address = address_of("Sites")
    assert 'name="confirm"' in owner.get(address).text
    owner.post(f"{address}retry/", {"upto": site.pk, "why": "x"})
    assert Site.objects.get().status == "failed"
    owner.post(f"{address}retry/", {"upto": site.pk, "why": "x", "confirm": "1"})
    assert Site.objects.get().status == "pending"


def test_retry_without_a_reason_changes_nothing(owner: Client) -> None:
    site = dead_site("No facts")
    answer = owner.post(f"{address_of('Sites')}retry/", {"upto": site.pk, "why": " "}, follow=True)
    assert "Say why" in answer.text
    assert Site.objects.get().status == "failed"


def test_retry_refuses_get_strangers_and_nonsense(owner: Client) -> None:
    site = dead_site("No facts")
    address = address_of("Sites")
    assert owner.get(f"{address}retry/").status_code == 405
    assert owner.post(f"{address}retry/", {"upto": "x", "why": "x"}).status_code == 404
    assert owner.get(f"{FAILURES}nothing/{'0' * 16}/").status_code == 404
    assert owner.get(f"{FAILURES}sites/{'0' * 16}/").status_code == 302
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_site"))
    viewer = Client()
    viewer.force_login(clerk)
    assert "Retry" not in viewer.get(FAILURES).text
    assert viewer.get(address).status_code == 403
    assert viewer.post(f"{address}retry/", {"upto": site.pk, "why": "x"}).status_code == 403
    assert Client().get(FAILURES).status_code == 302
    assert Site.objects.get().status == "failed"


def test_every_kind_of_dead_letter_can_be_tried_again(owner: Client) -> None:
    cell = make_town(timezone.now())
    failed = {"status": "failed", "error_kind": "bad_data", "last_error": "x"}
    type(cell).objects.filter(pk=cell.pk).update(**failed)
    dead_site("x")
    make_campaign(timezone.now(), **failed, written_at=None)
    InboundEvent.objects.create(source="mail", external_id="1", body="", received_at=timezone.now(), **failed)
    groups = [group for group in failures() if group.can_retry]
    assert len(groups) == 4
    for group in groups:
        address = f"{FAILURES}{group.kind}/{group.fingerprint}/"
        upto = dict(owner.get(address).context["ask"]["fields"])["upto"]
        answer = owner.post(f"{address}retry/", {"upto": upto, "why": "again"}, follow=True)
        assert "1 row is done" in answer.text, group.kind
    assert [group for group in failures() if group.can_retry] == []


@pytest.mark.parametrize("page", [PAGE, FAILURES])
def test_asks_the_same_few_questions_for_one_row_and_for_many(owner: Client, page: str) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            dead_site(f"{number} dead links")
            make_campaign(timezone.now(), status="failed", error_kind="bug", last_error=f"{number} words")
            for index, task in enumerate(("health_check", "beat", "qualify_new_leads")):
                slot(task, ago=1 + number * 31 + index, status="failed", outcome=f"no {number}")

    fill(1)
    owner.get(page)
    with CaptureQueriesContext(connection) as one:
        owner.get(page)
    ScheduleSlot.objects.all().delete()
    fill(15)
    with CaptureQueriesContext(connection) as many:
        owner.get(page)
    assert len(many) == len(one) <= 20, len(one)


@pytest.mark.parametrize("page", [PAGE, FAILURES])
def test_words_of_strangers_are_escaped(owner: Client, page: str) -> None:
    dead_site(HOSTILE)
    slot("health_check", ago=2, status="failed", outcome=HOSTILE)
    html = owner.get(page).text
    assert "<script>alert" not in html
    assert " style=" not in html
    assert "alert(" in html
