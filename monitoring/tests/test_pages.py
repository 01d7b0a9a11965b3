"""The staff pages: who may see them, that they tell the truth, and that nothing written by strangers acts in them."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.transports.outbox import OutboxTransport
from monitoring.metrics import day_figures
from monitoring.models import DailyReport
from monitoring.money import amount
from monitoring.overview import overview
from monitoring.status import pipeline_status
from monitoring.tests.factories import (
    make_business,
    make_campaign,
    make_message,
    make_payment,
    make_site,
    make_town,
    note_move,
)
from pipeline import states
from pipeline.budgets import budget_day, day_bounds
from pipeline.models import Incident, ScheduleSlot, Switch

pytestmark = pytest.mark.django_db
PAGES = ("/", "/dashboard/latest-failures/", "/dashboard/tasks/", "/dashboard/reports/", "/dashboard/outbox/")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7|add:7 }}"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def fill(words: str = "The source did not answer", rows: int = 1) -> None:
    now = timezone.now()
    for number in range(rows):
        failed = {"status": "failed", "last_error": words[:500]}
        town = make_town(now)
        type(town).objects.filter(pk=town.pk).update(**failed, error_kind="bad_data")
        make_site(
            now, business=make_business(now, name=words[:80], city=words[:80]), **failed, error_kind="bug"
        )
        make_campaign(now, **failed, error_kind="transient")
        make_campaign(now, status="held", error_kind="uncertain", last_error=words[:500])
        make_campaign(now, status="draft", review_reason=words[:300])
        make_business(now, status="review", name=words[:80])
        make_message(make_campaign(now, status="sent"), now, sent_at=now, clicked_at=now)
        make_site(now, status="published", published_at=now)
        make_payment(now, "29.00")
        Incident.objects.create(
            kind="bug", key=str(number), title=words[:200], detail=words, opened_at=now, last_seen_at=now
        )
        ScheduleSlot.objects.create(
            task="health_check", slot=now - timedelta(minutes=number), status="done", outcome=words[:500],
            started_at=now, finished_at=now, owner="w",
        )  # fmt: skip
        DailyReport.objects.create(
            day=date(2026, 1, 1) + timedelta(days=number), figures={}, subject=words[:200], text=words,
            html=f"<p style='color:red'>{number}</p>", created_at=now,
        )  # fmt: skip


def fill_funnel(at: datetime) -> None:
    """Let one business go the whole way at `at`."""
    town = make_town(at)
    note_move(town, "cooldown", at)
    site = make_site(at, status="published", published_at=at, business=make_business(at, status="qualified"))
    states.record(site.business, "new", "qualified", now=at, by="test", reason="")
    note_move(site, "completed", at)
    note_move(site, "published", at)
    campaign = make_campaign(at, site=site, status="sent")
    make_message(campaign, at, sent_at=at, opened_at=at, engaged_at=at, replied_at=at)
    make_payment(at, "29.00")


@pytest.mark.parametrize("address", PAGES)
def test_page_sends_strangers_to_the_login(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("rows", [0, 1])
def test_page_opens_empty_and_filled(owner: Client, address: str, rows: int) -> None:
    fill(rows=rows)
    answer = owner.get(address)
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert " style=" not in answer.text


def test_refresh_returns_the_live_part_alone(owner: Client) -> None:
    part = owner.get("/", headers={"HX-Request": "true"}).text
    assert 'class="health"' in part
    assert "<html" not in part
    assert 'hx-trigger="every 10s, refresh"' in owner.get("/").text


def test_overview_of_all_times_shows_the_figures_of_the_status(owner: Client) -> None:
    fill(rows=3)
    status = pipeline_status(timezone.now())
    seen = overview(timezone.now(), "all")
    money, customers, *_others = (card["value"] for card in seen["cards"])
    assert money == amount(Decimal(status["revenue"]["total"]))
    assert customers == str(status["customers"]["total"])
    counts = {row["flow"]: int(row["count"]) for row in seen["funnel"]["rows"]}
    assert counts["businesses"] == status["businesses"]["total"]
    assert counts["checked"] == status["businesses"]["total"] - status["businesses"]["new"]
    assert counts["mailed"] == status["campaigns"]["sent"]


def test_overview_of_today_shows_the_figures_of_the_report(owner: Client) -> None:
    fill(rows=3)
    now = timezone.now()
    told = day_figures(*day_bounds(budget_day(now)))
    seen = overview(now, "today")
    assert {row["flow"]: int(row["count"]) for row in seen["funnel"]["rows"]}.items() <= told.items()
    assert seen["cards"][0]["value"] == amount(Decimal(told["revenue"]))


@pytest.mark.parametrize("period", ["today", "7", "30", "90", "all"])
@pytest.mark.parametrize("autopilot", [True, False])
def test_every_number_leads_to_exactly_its_rows(
    owner: Client, settings: Any, autopilot: bool, period: str
) -> None:
    settings.AUTOPILOT = autopilot
    now = timezone.now()
    fill(rows=2)
    make_business(now, status="new")
    make_campaign(now, status="draft")  # no reason to ask a person
    for days in (0, 3, 20, 60, 200):
        fill_funnel(now - timedelta(days=days))
    seen = overview(now, period)
    counted = [(str(row["name"]), int(row["count"]), row["href"]) for row in seen["funnel"]["rows"]]
    customers, replies = seen["cards"][1], seen["cards"][2]
    counted.append(("customers", int(customers["value"]), customers["href"]))
    counted.append(("replies", int(replies["reason"].split()[0]), replies["href"]))
    for row in seen["needs"]["rows"]:
        if number := re.match(r"\d+", row["title"]):
            counted.append((row["title"], int(number[0]), row["buttons"][0]["href"]))
    assert sum(bool(count) for _name, count, _href in counted) > 14
    wrong = []
    for name, count, href in counted:
        answer = owner.get(href)
        assert answer.status_code == 200, (href, answer.status_code)
        if "cl" in answer.context:
            rows = answer.context["cl"].queryset.count()
        elif "count" in answer.context:
            rows = answer.context["count"]
        elif "waiting" in answer.context:
            rows = len(answer.context["waiting"])
        else:
            rows = answer.context["queue"].waiting
        if rows != count:
            wrong.append((name, count, href, rows))
    assert wrong == []


def test_needs_are_counted_as_the_sidebar_counts_them(owner: Client) -> None:
    fill(rows=12)
    make_site(timezone.now(), status="published", published_at=timezone.now(), wanted_at=timezone.now())
    cache.clear()
    page = owner.get("/")
    needs = page.context["needs"]
    assert page.context["badges"]["overview"] == int(needs["count_text"].split()[0])
    titles = [row["title"] for row in needs["rows"]]
    assert titles[0].endswith("wants its site")
    assert "More incidents are open" in titles
    assert len(titles) < 20


@pytest.mark.parametrize("period", ["today", "30", "all"])
def test_overview_asks_few_questions(owner: Client, period: str) -> None:
    fill(rows=2)
    make_site(timezone.now(), status="published", published_at=timezone.now(), wanted_at=timezone.now())
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        owner.get(f"/?period={period}")
    assert len(asked) <= 20, [query["sql"][:90] for query in asked]


def test_failure_shows_its_reason_and_what_comes_next(owner: Client) -> None:
    fill("The map source did not answer")
    html = owner.get("/dashboard/latest-failures/").text
    assert "The map source did not answer" in html
    assert "Waits for a person" in html
    assert "Another round of tries after a day" in html


@pytest.mark.parametrize("address", PAGES)
def test_words_of_strangers_are_escaped(owner: Client, address: str) -> None:
    fill(HOSTILE)
    html = owner.get(address).text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "{{ 7|add:7 }}" in unescape(html) or address == "/dashboard/outbox/"


@pytest.mark.parametrize("address", PAGES)
def test_page_asks_the_same_questions_for_one_row_and_for_many(owner: Client, address: str) -> None:
    fill()
    cache.clear()  # the figures of the frame are made anew both times
    with CaptureQueriesContext(connection) as one:
        owner.get(address)
    Incident.objects.all().delete()
    ScheduleSlot.objects.all().delete()
    DailyReport.objects.all().delete()
    fill(rows=30)
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        owner.get(address)
    assert len(many) == len(one)


def test_pause_and_resume_act_at_once(owner: Client) -> None:
    owner.post("/dashboard/pause/", {"scope": "everything", "why": "checking"})
    assert Switch.objects.get(scope="everything").paused
    assert "Everything is paused." in owner.get("/").text
    owner.post("/dashboard/resume/", {"scope": "everything"})
    assert not Switch.objects.get(scope="everything").paused


def test_pause_without_a_reason_pauses_nothing(owner: Client) -> None:
    owner.post("/dashboard/pause/", {"scope": "everything", "why": " "})
    assert not Switch.objects.exists()


@pytest.mark.parametrize("address", ["/dashboard/pause/", "/dashboard/resume/"])
def test_switch_refuses_get_and_staff_without_permission(owner: Client, address: str) -> None:
    assert owner.get(address).status_code == 405
    clerk = Client()
    clerk.force_login(User.objects.create_user("clerk", is_staff=True))
    assert clerk.post(address, {"why": "x"}).status_code == 403
    assert not Switch.objects.exists()


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fsecret.eml", "%2e%2e", "..\\secret.eml", "secret.txt", "nothing.eml"]
)
@pytest.mark.parametrize("tail", ["", "html/"])
def test_outbox_gives_out_nothing_but_its_mails(owner: Client, var_dir: Path, name: str, tail: str) -> None:
    Path(project.OUTBOX_DIR).mkdir(parents=True, exist_ok=True)
    (var_dir / "secret.eml").write_text("Subject: secret\n\nsecret")
    assert owner.get(f"/dashboard/outbox/{name}/{tail}").status_code == 404


def test_outbox_shows_a_mail_as_its_receiver_reads_it(owner: Client) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = HOSTILE, "hello@agency.example", "owner@bakery.example"
    mail["Message-ID"], mail["Date"] = "<campaign-1.1.00@agency.example>", "Mon, 23 Nov 2026 09:00:00 +0000"
    mail.set_content(f"Hello {HOSTILE}")
    pixel = '<img src="https://sites.example/o/token.gif" width="1" height="1" alt="">'
    html = f"<html><head></head><body><p style='color:red'>Hello in colour</p>{pixel}</body></html>"
    mail.add_alternative(html, subtype="html")
    transport = OutboxTransport(Path(project.OUTBOX_DIR))
    transport.deliver(
        mail.as_bytes(policy=SMTP),
        sender="hello@agency.example",
        recipient="owner@bakery.example",
        message_id=mail["Message-ID"],
    )
    listed = owner.get("/dashboard/outbox/").text
    assert "owner@bakery.example" in listed
    assert "<img src=x" not in listed
    address = re.search(r'href="(/dashboard/outbox/[^"]+\.eml/)"', listed)
    assert address
    page = owner.get(unescape(address[1])).text
    assert "Hello &lt;script&gt;" in page
    assert "<script>alert" not in page
    framed = owner.get(unescape(address[1]) + "html/")
    assert "Hello in colour" in framed.text
    assert framed["Content-Security-Policy"].endswith("sandbox")
    # Neither a look nor a click of staff is one of the receiver's.
    assert "<img" not in framed.text
    assert '<base target="_blank">' in framed.text


def test_report_is_framed_in_a_sandbox_with_its_own_policy(owner: Client) -> None:
    fill()
    assert '<iframe class="mail-frame" sandbox ' in owner.get("/dashboard/reports/2026-01-01/").text
    framed = owner.get("/dashboard/reports/2026-01-01/mail/")
    policy = framed["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "script-src" not in policy


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "1999-01-01"])
def test_report_of_a_day_without_one_is_not_found(owner: Client, day: str) -> None:
    assert owner.get(f"/dashboard/reports/{day}/").status_code == 404
