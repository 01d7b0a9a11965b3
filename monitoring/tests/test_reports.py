"""The daily report: when it is made, that its figures are the dashboard's, and that the mail says them."""

from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.db import IntegrityError

from monitoring.metrics import day_figures, pipeline_metrics, revenue_of_days, waiting_for_person
from monitoring.models import DailyReport
from monitoring.report_mail import compose_report
from monitoring.reports import report_figures, report_if_due, write_report
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
from pipeline.budgets import day_bounds
from pipeline.clock import VirtualClock
from pipeline.runner import Run

pytestmark = pytest.mark.django_db

SUNDAY = date(2026, 3, 1)  # the day before the clock's
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def a_day_of_work():
    """On Sunday: 5 businesses, 3 qualified, 3 sites built, 2 online, 1 failed, 2 mails, 1 opened."""
    make_town(NOON - timedelta(days=4))
    for _ in range(3):
        note_move(make_business(NOON), "qualified", NOON)
    first, second = make_site(NOON), make_site(NOON)
    for site, state in (
        (first, "completed"),
        (first, "published"),
        (second, "failed"),
        (second, "completed"),
        (second, "published"),
        (second, "completed"),
    ):
        note_move(site, state, NOON)
    for site, opened_at in ((first, None), (second, NOON)):
        make_message(make_campaign(NOON, status="sent", site=site), NOON, sent_at=NOON, opened_at=opened_at)


def test_report_is_made_once_a_day_after_six(clock, staff_mails):
    make_town(NOON)
    clock = VirtualClock(datetime(2026, 3, 2, 5, 59, tzinfo=UTC))
    run = Run(by="test", clock=clock)
    report_if_due(run)
    assert DailyReport.objects.count() == 0  # the last due report was on a day without data
    clock.advance(minutes=1)
    for _ in range(3):
        report_if_due(run)
        clock.advance(hours=6)
    assert list(DailyReport.objects.values_list("day", flat=True)) == [SUNDAY]
    assert len(staff_mails()) == 1


def test_report_of_a_missed_morning_comes_with_the_next_run(run, clock):
    make_town(NOON - timedelta(days=9))
    clock.advance(hours=20)  # Tuesday, 05:00: Monday's six o'clock was missed
    report_if_due(run)
    assert DailyReport.objects.get().day == SUNDAY


def test_no_report_is_made_without_data(run, clock):
    report_if_due(run)
    make_town(clock.now())
    report_if_due(run)
    assert DailyReport.objects.count() == 0


def test_a_second_writer_gets_the_first_row(run):
    make_town(NOON)
    assert write_report(SUNDAY, run).pk == write_report(SUNDAY, run).pk


def test_a_day_has_one_row(run):
    make_town(NOON)
    report = write_report(SUNDAY, run)
    report.pk = None
    with pytest.raises(IntegrityError):
        report.save(force_insert=True)


def test_figures_are_those_of_metrics_and_status(run, clock, a_day_of_work):
    make_payment(NOON, "87")
    make_campaign(NOON, review_reason="Asks for consent")
    report = write_report(SUNDAY, run)
    assert report.figures["day"] == day_figures(*day_bounds(SUNDAY))
    assert report.figures["day"]["sites_generated"] == 3
    assert report.figures["day"]["campaigns_sent"] == 2
    assert report.figures["waiting"] == waiting_for_person()
    status = pipeline_status(clock.now())
    assert report.figures["budgets"] == status["budgets"] == pipeline_metrics(clock.now())["budgets"]
    assert report.figures["dead_letters"] == status["dead_letters"]
    assert report.figures["health"]["state"] == status["health"]["state"]
    assert report.figures["day"]["revenue"] == status["revenue"]["total"]
    assert report.figures["day"]["businesses"] == status["businesses"]["total"]


def test_mail_says_every_figure(run, a_day_of_work):
    make_payment(NOON, "87")
    make_payment(NOON - timedelta(days=1), "29")
    make_campaign(NOON, review_reason="Asks for consent")
    report = write_report(SUNDAY, run)
    assert report.subject == "Sun 1 Mar: 1 new customer, $87, 1 thing needs you"
    for part in (report.text, seen_text(report.html)):
        for said in (
            "Sunday 1 March 2026",
            "$87",
            "$58 more than Sat",
            "1 opened, 0 clicked",
            "2 online, 1 failed",
            "3 qualified",
            "1 mail waits for approval",
            "1 site failed",
            "last 7 days: $116",
            "40 cells, 120 sites, 960 mails",
            "midnight to midnight in UTC",
        ):
            assert said.lower() in part.lower(), said


def test_subject_of_a_day_without_a_sale_says_the_work(run, a_day_of_work):
    assert write_report(SUNDAY, run).subject == "Sun 1 Mar: 2 sites online, 2 mails sent, nothing needs you"


def test_mail_is_small_and_asks_for_nothing_remote(run, a_day_of_work):
    report = write_report(SUNDAY, run)
    assert len(report.html.encode()) < 40_000
    assert "<img" not in report.html
    assert "url(" not in report.html
    assert "<script" not in report.html
    assert "prefers-color-scheme: dark" in report.html


def test_a_change_within_chance_is_none(run):
    make_town(NOON - timedelta(days=4))
    for at, number in ((NOON - timedelta(days=1), 5), (NOON, 8)):
        for _ in range(number):
            make_business(at)
    assert "No real change; 0 qualified" in write_report(SUNDAY, run).text


def test_a_change_beyond_chance_is_told(run):
    make_town(NOON - timedelta(days=4))
    for at, number in ((NOON - timedelta(days=1), 2), (NOON, 20)):
        for _ in range(number):
            make_business(at)
    assert "18 more than Sat; 0 qualified" in write_report(SUNDAY, run).text


def test_the_first_day_has_nothing_to_compare_with(run):
    make_town(NOON)
    assert report_figures(SUNDAY, run)["before"] is None
    assert "First day" in write_report(SUNDAY, run).text


def test_unhealthy_is_the_first_thing_said(run, settings):
    make_town(NOON)
    settings.DISK_FLOOR_MB = 10**12
    assert write_report(SUNDAY, run).text.splitlines()[2].startswith("Stands still: Only ")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)]
)
def test_a_day_on_which_the_clocks_change_is_counted_whole(run, settings, day, hours):
    settings.TIME_ZONE = "Europe/Helsinki"
    start, end = day_bounds(day)
    assert (end - start.astimezone(UTC)) == timedelta(hours=hours)
    make_town(start - timedelta(days=9))
    make_payment(start, "1")
    make_payment(end - timedelta(seconds=1), "2")
    make_payment(end, "4")
    make_payment(start - timedelta(seconds=1), "8")
    figures = report_figures(day, run)
    assert (figures["day"]["revenue"], figures["before"]["revenue"]) == ("3.00", "8.00")
    assert [int(money) for _, money in revenue_of_days(day, days=2)] == [8, 3]


def test_the_report_is_due_at_six_of_its_zone(settings):
    settings.TIME_ZONE = "America/New_York"
    make_town(datetime(2026, 2, 1, tzinfo=UTC))
    clock = VirtualClock(datetime(2026, 3, 2, 10, 59, tzinfo=UTC))  # 05:59 in New York
    run = Run(by="test", clock=clock)
    report_if_due(run)
    clock.advance(minutes=1)
    report_if_due(run)
    assert list(DailyReport.objects.order_by("day").values_list("day", flat=True)) == [
        date(2026, 2, 28),
        SUNDAY,
    ]


def test_a_name_in_the_health_text_cannot_add_markup(run):
    make_town(NOON)
    figures = report_figures(SUNDAY, run) | {"health": {"state": "degraded", "text": "<img src=x>"}}
    assert "<img" not in compose_report(SUNDAY, figures).html


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.hidden = [], False

    def handle_starttag(self, tag, attrs):
        self.hidden = tag in ("style", "title")

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def seen_text(html):
    parser = _Words()
    parser.feed(html)
    return " ".join(" ".join(parser.words).split())
