"""The archive of daily reports: a month at a time, each day with its four figures; the way to the days around one."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Max, Min

from monitoring.models import DailyReport
from monitoring.money import amount


def month_of(text: str) -> date | None:
    """Return the first day of the month "2026-11"; None for what is no month, or has none before or after it."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if 1 < month.year < 9999 else None


def archive(asked: str) -> dict[str, Any]:
    """Return the reports of a month, newest first, and the months around it; the newest one where none is asked for."""
    bounds = DailyReport.objects.aggregate(first=Min("day"), last=Max("day"))
    first, last = bounds["first"], bounds["last"]
    month = month_of(asked) or (last.replace(day=1) if last else None)
    if month is None:
        return {"month": None, "rows": [], "earlier": None, "later": None}
    following = _following(month)
    rows = (
        DailyReport.objects.filter(day__gte=month, day__lt=following).defer("text", "html").order_by("-day")
    )
    return {
        "month": month,
        "rows": [{"report": report, **_four(report.figures.get("day") or {})} for report in rows],
        "earlier": (month - timedelta(days=1)).replace(day=1) if first and first < month else None,
        "later": following if last and last >= following else None,
    }


def neighbours(report: DailyReport) -> dict[str, date | None]:
    """Return the days of the reports before and after one; None where there is none."""
    days = DailyReport.objects.order_by("day").values_list("day", flat=True)
    return {
        "before": days.filter(day__lt=report.day).last(),
        "after": days.filter(day__gt=report.day).first(),
    }


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _four(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the four figures of a day; None for one that a report of an older make does not hold."""
    try:
        money = amount(Decimal(figures["revenue"]), figures.get("currency", ""), cents=True)
    except (KeyError, TypeError, InvalidOperation):
        money = None
    return {
        "money": money,
        "sent": figures.get("campaigns_sent"),
        "built": figures.get("sites_generated"),
        "found": figures.get("businesses"),
    }
