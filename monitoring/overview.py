"""The overview: is it healthy, does it need somebody, is it going well; as plain values for the components."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.addresses import records
from monitoring.context import badges_of
from monitoring.counting import count_groups
from monitoring.cycle import STAGES, TASKS
from monitoring.funnel import funnel
from monitoring.health import Health, check_health
from monitoring.kept_days import days_between
from monitoring.key_figures import key_figures
from monitoring.metrics import day_budgets, stopped_rows, waiting_rows
from monitoring.money import Ledger, ledger_between
from monitoring.money_plot import money_plot
from monitoring.needs import needs_person
from monitoring.periods import DEFAULT, PERIODS, Period, period_of, trend_days
from monitoring.standing import standing_figures
from pipeline.models import ScheduleSlot
from pipeline.runner import Run

EARLIEST: Final = date(2000, 1, 1)  # before anything that there is
_QUOTA_WORDS = {
    "grids": gettext_lazy("Cells today"),
    "sites": gettext_lazy("Sites today"),
    "mails": gettext_lazy("Mails today"),
    "llm_usd": gettext_lazy("Model money today, USD"),
    "outscraper_usd": gettext_lazy("Source money today, USD"),
}


def overview(now: datetime, key: str = DEFAULT) -> dict[str, Any]:
    """Return everything the overview shows of the period `key` (monitoring/periods.py)."""
    period = period_of(key, now, began=EARLIEST)
    before_it = period.before
    earliest = min(trend_days(period)[0][0], before_it.first) if before_it else period.first
    days, ledger = days_between(earliest, period.last), ledger_between(earliest, period.last)
    if period.is_all:
        period = period_of(key, now, began=min([*days.counts, *ledger.income, *ledger.costs, period.last]))
    # Without a kept day from its beginning on, the span before is not known whole.
    before = before_it if before_it and days.began and days.began <= before_it.first else None
    standing, counted_at = standing_figures(now) if period.is_all else (None, now)
    health, counts = check_health(Run(by="dashboard")), _counts_now()
    return {
        "at": now,
        "counted_at": counted_at if counted_at < now else None,
        "health": health,
        "health_text": health_sentence(health),
        "cards": key_figures(period, before, days, ledger),
        "needs": needs_person(counts.waiting, counts.stopped),
        "badges": badges_of(counts.waiting, counts.stopped),
        "funnel": funnel(period, before, days, standing),
        "money": money_plot(period, ledger),
        "running": _running(counts),
        "upcoming": _upcoming(now),
        "quotas": _quotas(now, ledger),
        **_picker(period),
    }


def health_sentence(health: Health) -> str:
    """Return the one line about the system's health."""
    good = sum(finding.state == "ok" for finding in health.findings)
    counted = _("%(good)d of %(all)d checks are well.") % {"good": good, "all": len(health.findings)}
    return counted if health.state == "ok" else f"{counted} {health}."


def _picker(period: Period) -> dict[str, Any]:
    choices = [
        {"words": words, "href": f"?period={key}", "current": key == period.key}
        for key, (words, _days) in PERIODS.items()
    ]
    return {"period": period, "periods": choices}


def _quotas(now: datetime, ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {"label": _QUOTA_WORDS[name], "used": each["used"], "limit": each["limit"]}
        for name, each in day_budgets(now, ledger.used).items()
        if name in _QUOTA_WORDS
    ]


@dataclass(frozen=True)
class _Counts:
    waiting: dict[str, int]  # what waits for a person, by kind
    stopped: dict[str, int]  # what stopped for good, by kind
    slots: dict[str, int]  # running schedules by task
    held: dict[str, dict[str, int]]  # rows in hand by model and status


def _counts_now() -> _Counts:
    """Count all that stands on the page of this moment in one question."""
    waiting, stopped = waiting_rows(), stopped_rows()
    held = {
        stage.model._meta.label_lower: stage.model._base_manager.exclude(claimed_by="") for stage in STAGES
    }
    running = ScheduleSlot.objects.filter(status=ScheduleSlot.Status.RUNNING)
    counts = count_groups(
        {
            **{name: (rows, "") for name, rows in (waiting | stopped).items()},
            **{name: (rows, "status") for name, rows in held.items()},
            "slots": (running, "task"),
        }
    )
    return _Counts(
        {name: counts[name].get("", 0) for name in waiting},
        {name: counts[name].get("", 0) for name in stopped},
        counts["slots"],
        {name: counts[name] for name in held},
    )


def _running(counts: _Counts) -> list[dict[str, Any]]:
    """Return the running schedules, and how many rows each stage has in hand with their list."""
    titles = {spec.name: spec.purpose for spec in TASKS}
    rows: list[dict[str, Any]] = [
        {"title": titles.get(task, task), "href": ""} for task in sorted(counts.slots)
    ]
    for stage in STAGES:
        meta = stage.model._meta
        count = counts.held[meta.label_lower].get(stage.busy, 0)
        if count:
            model = f"{meta.app_label}_{meta.model_name}"
            listed = records(model, status__exact=stage.busy, claimed_at__isnull="False")
            title = _("%(count)d in %(stage)s") % {"count": count, "stage": stage.name}
            rows.append({"title": title, "href": listed})
    return rows


def _upcoming(now: datetime) -> list[dict[str, Any]]:
    """Return the next firings of what a person would wait for, soonest first."""
    watched = (
        "scrape_pending_territories",
        "qualify_new_leads",
        "generate_pending_sites",
        "send_pending_campaigns",
    )
    rows = [
        {"title": spec.purpose, "at": spec.schedule.following(now)}
        for spec in TASKS
        if spec.name in watched and spec.schedule
    ]
    return sorted(rows, key=lambda row: row["at"])
