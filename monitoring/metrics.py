"""The figures: one function makes them for the command line, the dashboard, the report, the alerts and /metrics."""

from collections import Counter
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
from campaigns.models import Campaign, Message
from customers.models import Customer, Payment
from pipeline import budgets
from pipeline.budgets import budget_day, day_bounds
from pipeline.claims import PASSES
from pipeline.models import Incident, Switch, TimelineEntry
from sites.models import Site
from territories.models import CoverageGrid, Territory

RATE_WINDOW = timedelta(hours=24)


def pipeline_metrics(now: datetime) -> dict[str, Any]:
    """Return every figure of the pipeline as plain JSON-able values; counts are rows as they stand at `now`."""
    return {
        "timestamp": now.isoformat(),
        "territories": _territories(),
        "grids": _by_status(CoverageGrid.objects.all(), CoverageGrid.Status.values),
        "businesses": _businesses(),
        "sites": _by_status(Site.objects.all(), Site.Status.values),
        "campaigns": _campaigns(),
        "customers": {"total": Customer.objects.count()},
        "revenue": _revenue(now),
        "budgets": _budgets(now),
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


def dead_letters() -> dict[str, int]:
    """Return how many rows of each kind stopped for good and wait for a person."""
    return {
        "cells": CoverageGrid.objects.filter(~PASSES, status=CoverageGrid.Status.FAILED).count(),
        "sites": Site.objects.filter(~PASSES, status=Site.Status.FAILED).count(),
        "mails": Campaign.objects.filter(~PASSES, status=Campaign.Status.FAILED).count(),
    }


def wanted_sites() -> QuerySet[Site]:
    """Return the sites whose owner wants them and has not become a customer yet."""
    wanted = Site.objects.filter(wanted_at__isnull=False, business__customer__isnull=True)
    return wanted.exclude(status=Site.Status.TAKEN_DOWN)


def open_troubles() -> QuerySet[Incident]:
    """Return the open incidents; an owner's wish is one too, but counted as a wanted site."""
    return Incident.objects.filter(resolved_at__isnull=True).exclude(kind="wants_site")


def waiting_for_person() -> dict[str, int]:
    """Return how many rows of each kind wait for a person, money first; cheap at any table size."""
    return {
        "wanted": wanted_sites().count(),
        "uncertain": Campaign.objects.filter(status=Campaign.Status.HELD).count(),
        "approvals": approving.waiting().count(),
        "review": Business.objects.filter(status=Business.Status.REVIEW).count(),
        "incidents": open_troubles().count(),
    }


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
    entered = _entered(start, end)
    mails = Message.objects.aggregate(
        **{
            column: Count("pk", filter=Q(**{f"{column}__gte": start, f"{column}__lt": end}))
            for column in ("sent_at", "opened_at", "clicked_at", "unsubscribed_at")
        }
    )
    return {
        "businesses": Business.objects.filter(found_at__gte=start, found_at__lt=end).count(),
        "qualified": entered[Business, Business.Status.QUALIFIED],
        "sites_generated": entered[Site, Site.Status.COMPLETED],
        "sites_published": entered[Site, Site.Status.PUBLISHED],
        "sites_failed": entered[Site, Site.Status.FAILED],
        "campaigns_sent": mails["sent_at"],
        "campaigns_failed": entered[Campaign, Campaign.Status.FAILED],
        "opened": mails["opened_at"],
        "clicked": mails["clicked_at"],
        "unsubscribed": mails["unsubscribed_at"],
        "customers": Customer.objects.filter(since__gte=start, since__lt=end).count(),
        "revenue": _money_of(money),
        "currency": settings.CURRENCY,
    }


def _by_status(rows: QuerySet[Any], statuses: list[str]) -> dict[str, int]:
    counts = dict(rows.order_by().values_list("status").annotate(rows=Count("pk")))
    return {status: counts.get(status, 0) for status in statuses}


def _territories() -> dict[str, int]:
    pending = Territory.objects.filter(grids__status=CoverageGrid.Status.PENDING).distinct()
    return {"total": Territory.objects.count(), "pending": pending.count()}


def _businesses() -> dict[str, int]:
    counts = _by_status(Business.objects.all(), Business.Status.values)
    single = Business.objects.filter(status=Business.Status.QUALIFIED, evidence="single").count()
    return {"total": sum(counts.values()), **counts, "qualified_on_single_evidence": single}


def _campaigns() -> dict[str, int]:
    # What we did is the status, what the world did is a time: a mail that was opened is still a mail that was sent.
    events = Message.objects.aggregate(
        opened=Count("pk", filter=Q(opened_at__isnull=False)),
        clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        unsubscribed=Count("pk", filter=Q(unsubscribed_at__isnull=False)),
    )
    # A campaign that writes its second mail was sent all the same.
    sent = {"sent": Campaign.objects.filter(sent_at__isnull=False).count()}
    return _by_status(Campaign.objects.all(), Campaign.Status.values) | sent | events


def _revenue(now: datetime) -> dict[str, str]:
    start, end = day_bounds(budget_day(now))
    received = Payment.objects.filter(status=Payment.Status.RECEIVED)
    today = received.filter(received_at__gte=start, received_at__lt=end)
    return {
        "today": _money_of(today),
        "total": _money_of(received),
        "currency": settings.CURRENCY,
    }


def _money_of(payments: QuerySet[Payment]) -> str:
    """Return a sum with its cents, the same on every database."""
    return f"{payments.aggregate(total=Sum('amount'))['total'] or Decimal(0):.2f}"


def _budgets(now: datetime) -> dict[str, dict[str, float]]:
    used = budgets.used_on(budget_day(now))
    return {
        name: {"used": float(used.get(name, 0)), "limit": float(budgets.limit_of(name))}
        for name in settings.DAY_BUDGETS
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
    failures = moves.filter(to_status=failed)
    count_rows = Count("row_id", distinct=True)
    counted = failures.aggregate(rows=count_rows, first=Min("at"))
    reason = failures.values("reason").annotate(rows=count_rows).order_by("-rows", "reason").first()
    return FailureRate(
        ended=moves.filter(to_status__in=[ok, failed]).aggregate(rows=count_rows)["rows"],
        failed=counted["rows"],
        since=counted["first"],
        reason=reason["reason"] if reason else "",
        reason_count=reason["rows"] if reason else 0,
    )


def _entered(start: datetime, end: datetime) -> Counter[tuple[type[Any], str]]:
    """Count the moves into each status in [start, end)."""
    models = {model._meta.label_lower: model for model in (Business, Site, Campaign)}
    moves = TimelineEntry.objects.filter(model__in=models, at__gte=start, at__lt=end).order_by()
    counts = moves.values_list("model", "to_status").annotate(moves=Count("pk"))
    return Counter({(models[model], status): count for model, status, count in counts})
