"""The archive of daily reports: every report is found by its month, and from one the way leads to the next."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitoring.models import DailyReport
from monitoring.report_archive import archive

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/reports/"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def report(day: str, **figures: Any) -> DailyReport:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return DailyReport.objects.create(
        day=date.fromisoformat(day),
        figures={"day": figures},
        subject=f"Report {day}",
        text="",
        html="",
        created_at=at,
    )


def test_every_report_is_found_from_the_newest_month_back(owner: Client) -> None:
    days = ["2025-11-30", "2025-12-01", "2025-12-31", "2026-01-01", "2026-02-28", "2026-02-27"]
    for day in days:
        report(day)
    found: list[str] = []
    address = PAGE
    while True:
        page = owner.get(address)
        found += [row["report"].day.isoformat() for row in page.context["rows"]]
        if page.context["earlier"] is None:
            break
        address = f"{PAGE}?month={page.context['earlier']:%Y-%m}"
        assert address.removeprefix(PAGE) in page.text
    assert found == sorted(days, reverse=True)


def test_month_without_a_report_leads_on(owner: Client) -> None:
    report("2026-01-15")
    report("2026-03-15")
    empty = archive("2026-02")
    assert (empty["rows"], empty["earlier"], empty["later"]) == ([], date(2026, 1, 1), date(2026, 3, 1))
    assert "No report in this month" in owner.get(f"{PAGE}?month=2026-02").text


@pytest.mark.parametrize("asked", ["", "nonsense", "2026-13", "2026-02-30", "9999-99", "<b>"])
def test_what_is_no_month_is_the_newest(owner: Client, asked: str) -> None:
    report("2026-02-28")
    assert owner.get(PAGE, {"month": asked}).context["month"] == date(2026, 2, 1)


@pytest.mark.parametrize("asked", ["9999-12", "0001-01"])
def test_ends_of_the_calendar_are_no_fault(owner: Client, asked: str) -> None:
    report("2026-02-28")
    assert owner.get(PAGE, {"month": asked}).status_code == 200


def test_no_report_yet_is_said(owner: Client) -> None:
    assert "No report yet" in owner.get(PAGE).text


def test_day_shows_its_four_figures_and_what_is_not_known(owner: Client) -> None:
    report("2026-02-27")
    report(
        "2026-02-28", revenue="29.00", currency="USD", campaigns_sent=1204, sites_generated=0, businesses=66
    )
    known, unknown = owner.get(PAGE).context["rows"]
    assert (known["money"], known["sent"], known["built"], known["found"]) == ("$29.00", 1204, 0, 66)
    assert (unknown["money"], unknown["sent"]) == (None, None)
    assert "1,204" in owner.get(PAGE).text


def test_report_leads_to_the_days_around_it(owner: Client) -> None:
    for day in ("2026-02-26", "2026-02-28", "2026-03-01"):
        report(day)
    html = owner.get(f"{PAGE}2026-02-28/").text
    for address in (f"{PAGE}2026-02-26/", f"{PAGE}2026-03-01/", f"{PAGE}?month=2026-02"):
        assert f'href="{address}"' in html
    assert owner.get(f"{PAGE}2026-03-01/").context["after"] is None
