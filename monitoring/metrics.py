"""The figures: one function makes them for the command line, the dashboard, the report, the alerts and /metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from businesses.models import Business
from campaigns import approving
from campaigns.answers import REPLY
from campaigns.inbox_page import open_answers
from campaigns.models import Campaign
from customers.models import Payment
from monitoring.counting import count_each
from monitoring.flows import count_flows
from monitoring.standing import standing_figures
from pipeline import budgets
from pipeline.budgets import budget_day, day_bounds
from pipeline.dead_letters import gave_up
from pipeline.models import Incident, Switch, TimelineEntry
from sites.models import Site
from territories.models import CoverageGrid

RATE_WINDOW = timedelta(hours=24)


def pipeline_metrics(now: datetime) -> dict[str, Any]:
    """Return every figure of the pipeline as plain JSON-able values; counts are rows as they stood at `counted_at`."""
    figures, counted_at = standing_figures(now)
    return {
        "timestamp": now.isoformat(),
        "counted_at": counted_at.isoformat(),
        **figures,
        "revenue": _revenue(now),
        "budgets": day_budgets(now),
        "switches": _switches(now),
    }


@dataclass(frozen=True)
class FailureRate:
    """How many of the rows that ended in the window failed; the most frequent reason and how often it was given."""

    ended: int
    failed: int
    since: datetime | None = None
    reason: str = ""
    reason_count: int = 0

    @property
    def share(self) -> float:
        """The failed share, 0 to 1; 0 where nothing ended."""
        return self.failed / self.ended if self.ended else 0.0


def failure_rates(now: datetime) -> dict[str, FailureRate]:
    """Return the failure rates of generation and campaigns over the last 24 hours, by what the timelines say."""
    since = now - RATE_WINDOW
    return {
        "generation": _rate(Site, ok=Site.Status.COMPLETED, failed=Site.Status.FAILED, since=since, now=now),
        "campaigns": _rate(
            Campaign, ok=Campaign.Status.SENT, failed=Campaign.Status.FAILED, since=since, now=now
        ),
    }


def wanted_sites() -> QuerySet[Site]:
    """Return the sites whose owner wants them and has not become a customer yet."""
    wanted = Site.objects.filter(wanted_at__isnull=False, business__customer__isnull=True)
    return wanted.exclude(status=Site.Status.TAKEN_DOWN)


def open_troubles() -> QuerySet[Incident]:
    """Return the open incidents; an owner's wish and an answer are some too, but counted for what they are."""
    return Incident.objects.filter(resolved_at__isnull=True).exclude(kind__in=["wants_site", REPLY])


def waiting_rows() -> dict[str, QuerySet[Any]]:
    """Return the rows of each kind that wait for a person, money first; cheap to count at any table size."""
    return {
        "wanted": wanted_sites(),
        "answers": open_answers(),
        "uncertain": Campaign.objects.filter(status=Campaign.Status.HELD),
        "approvals": approving.waiting(),
        "review": Business.objects.filter(status=Business.Status.REVIEW),
        "incidents": open_troubles(),
    }


def stopped_rows() -> dict[str, QuerySet[Any]]:
    """Return the rows of each kind that stopped for good and wait for a person."""
    return {"cells": gave_up(CoverageGrid), "sites": gave_up(Site), "mails": gave_up(Campaign)}


def waiting_for_person() -> dict[str, int]:
    """Return how many rows of each kind wait for a person, money first."""
    return count_each(waiting_rows())


def dead_letters() -> dict[str, int]:
    """Return how many rows of each kind stopped for good and wait for a person."""
    return count_each(stopped_rows())


def paused_switches(now: datetime) -> QuerySet[Switch]:
    """Return the switches that hold something back now."""
    return Switch.objects.filter(Q(until__isnull=True) | Q(until__gt=now), paused=True).order_by("scope")


def revenue_of_days(last: date, *, days: int) -> list[tuple[date, Decimal]]:
    """Return the money of each of the `days` days up to `last`, oldest first."""
    first = last - timedelta(days=days - 1)
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    rows = Payment.objects.filter(status=Payment.Status.RECEIVED, received_at__gte=start, received_at__lt=end)
    in_zone = TruncDate("received_at", tzinfo=timezone.get_default_timezone())
    sums = dict(rows.annotate(day=in_zone).values_list("day").annotate(money=Sum("amount")).order_by())
    return [(day, sums.get(day, Decimal(0))) for day in (first + timedelta(days=n) for n in range(days))]


def day_figures(start: datetime, end: datetime) -> dict[str, Any]:
    """Return what was done in [start, end): the figures of a daily report."""
    money = Payment.objects.filter(
        status=Payment.Status.RECEIVED, received_at__gte=start, received_at__lt=end
    )
    return count_flows(start, end) | {"revenue": _money_of(money), "currency": settings.CURRENCY}


def _revenue(now: datetime) -> dict[str, str]:
    start, end = day_bounds(budget_day(now))
    sums = Payment.objects.filter(status=Payment.Status.RECEIVED).aggregate(
        total=Sum("amount"), today=Sum("amount", filter=Q(received_at__gte=start, received_at__lt=end))
    )
    return {name: _cents(sums[name]) for name in ("today", "total")} | {"currency": settings.CURRENCY}


def _money_of(payments: QuerySet[Payment]) -> str:
    return _cents(payments.aggregate(total=Sum("amount"))["total"])


def _cents(money: Decimal | None) -> str:
    """Return a sum with its cents, the same on every database."""
    return f"{money or Decimal(0):.2f}"


def day_budgets(now: datetime, used: Mapping[str, Decimal] | None = None) -> dict[str, dict[str, float]]:
    """Return what of each day budget is used today (`budgets.used_on`, read anew unless given), and its limit."""
    used = budgets.used_on(budget_day(now)) if used is None else used
    return {
        name: {"used": float(used.get(name, 0)), "limit": float(limit)}
        for name, limit in budgets.limits().items()
    }


def _switches(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "scope": switch.scope,
            "by": switch.by,
            "why": switch.why,
            "at": switch.at.isoformat() if switch.at else None,
            "until": switch.until.isoformat() if switch.until else None,
        }
        for switch in paused_switches(now)
    ]


def _rate(model: type[Any], *, ok: str, failed: str, since: datetime, now: datetime) -> FailureRate:
    """Count rows, not moves: a site that was built and then failed to go online is one site that failed."""
    moves = TimelineEntry.objects.filter(model=model._meta.label_lower, at__gte=since, at__lt=now)
    count_rows, has_failed = Count("row_id", distinct=True), Q(to_status=failed)
    counted = moves.filter(to_status__in=[ok, failed]).aggregate(
        ended=count_rows,
        failed=Count("row_id", distinct=True, filter=has_failed),
        since=Min("at", filter=has_failed),
    )
    reasons = moves.filter(has_failed).values("reason").annotate(rows=count_rows)
    reason = reasons.order_by("-rows", "reason").first() if counted["failed"] else None
    return FailureRate(
        **counted,
        reason=reason["reason"] if reason else "",
        reason_count=reason["rows"] if reason else 0,
    )
