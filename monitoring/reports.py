"""The daily report: once 06:00 has passed, the day before is counted, kept as a row and mailed, each day once."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from monitoring.delivery import deliver_report
from monitoring.health import check_health
from monitoring.kept_days import keep_figures
from monitoring.metrics import (
    day_figures,
    dead_letters,
    pipeline_metrics,
    revenue_of_days,
    waiting_for_person,
)
from monitoring.models import DailyReport
from monitoring.report_mail import compose_report
from pipeline.budgets import budget_day, day_bounds
from pipeline.queue import task_spec
from pipeline.runner import Run, StageResult
from territories.models import Territory

MONEY_DAYS: Final = 7


def report_if_due(run: Run) -> StageResult:
    """Write and mail the report of the day before the last due moment, unless that was done.

    Days before the first territory get none.
    """
    keep_figures(run.now())
    result = StageResult("report")
    day = _day_to_report(run.now())
    report = DailyReport.objects.filter(day=day).first()
    if report is None and _has_data(day):
        report = write_report(day, run)
        result.rows["written"] = 1
    if report is not None and report.delivered_at is None and deliver_report(report, run):
        result.rows["delivered"] = 1
    return result


def write_report(day: date, run: Run) -> DailyReport:
    """Count `day` (in TIME_ZONE), compose its mail and store both; a report that exists is returned as it is."""
    figures = report_figures(day, run)
    mail = compose_report(day, figures)
    try:
        with transaction.atomic():
            return DailyReport.objects.create(
                day=day,
                figures=figures,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                created_at=run.now(),
            )
    except IntegrityError:
        return DailyReport.objects.get(day=day)  # another process was quicker


def report_figures(day: date, run: Run) -> dict[str, Any]:
    """Return all that the report on `day` says, as plain JSON-able values from the functions of the dashboard."""
    before = day - timedelta(days=1)
    health = check_health(run)
    return {
        "day": day_figures(*day_bounds(day)),
        "before": day_figures(*day_bounds(before)) if _has_data(before) else None,
        "money": [[str(each), str(money)] for each, money in revenue_of_days(day, days=MONEY_DAYS)],
        "waiting": waiting_for_person(),
        "dead_letters": dead_letters(),
        "health": {"state": health.state, "text": str(health)},
        "budgets": pipeline_metrics(run.now())["budgets"],
    }


def _day_to_report(now: datetime) -> date:
    schedule = task_spec("generate_daily_report").schedule
    if schedule is None:
        raise LookupError("generate_daily_report has no schedule")
    return budget_day(schedule.latest(now)) - timedelta(days=1)


def _has_data(day: date) -> bool:
    """Tell whether there was anything to count by the end of `day`: all begins with a territory."""
    return Territory.objects.filter(created_at__lt=day_bounds(day)[1]).exists()
