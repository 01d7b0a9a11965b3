"""What the staff pages show, as plain values for the components; every figure comes from monitoring/metrics.py."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Count, F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign
from monitoring.cycle import STAGES, TASKS
from monitoring.health import Health, check_health
from monitoring.metrics import day_figures, pipeline_metrics
from monitoring.needs import needs_person, records
from pipeline.budgets import budget_day, day_bounds
from pipeline.claims import passes
from pipeline.models import ClusterHeartbeat, ScheduleSlot, WorkItem
from pipeline.queue import QUEUES, answers
from pipeline.runner import Run
from pipeline.stages import Stage
from sites.models import Site
from territories.models import CoverageGrid

FAILURES_SHOWN = 8
RUNS_SHOWN = 20


def overview(now: datetime) -> dict[str, Any]:
    """Return everything the overview shows."""
    figures = pipeline_metrics(now)
    today = day_figures(day_bounds(budget_day(now))[0], now)
    health = check_health(Run(by="dashboard"))
    return {
        "at": now,
        "health": health,
        "health_text": health_sentence(health),
        "cards": _cards(figures, today),
        "needs": needs_person(),
        "funnel": _funnel(figures),
        "failures": _failures(now),
        "running": _running(now),
        "upcoming": _upcoming(now),
        "quotas": [
            {"label": _QUOTA_WORDS[name], "used": each["used"], "limit": each["limit"]}
            for name, each in figures["budgets"].items()
        ],
    }


_QUOTA_WORDS = {
    "grids": gettext_lazy("Cells today"),
    "sites": gettext_lazy("Sites today"),
    "mails": gettext_lazy("Mails today"),
}


def _cards(figures: dict[str, Any], today: dict[str, Any]) -> list[dict[str, Any]]:
    revenue, campaigns = figures["revenue"], figures["campaigns"]
    return [
        _card(
            _("Money in"), revenue["total"], revenue["currency"],
            _("%(amount)s today") % {"amount": revenue["today"]},
            records("customers_payment", status__exact="received"),
        ),
        _card(
            _("Customers"), figures["customers"]["total"], "",
            _("%(count)d new today") % {"count": today["customers"]}, records("customers_customer"),
        ),
        _card(
            _("Sites online"), figures["sites"]["published"], "",
            _("%(count)d published today") % {"count": today["sites_published"]},
            records("websites_site", status__exact="published"),
        ),
        _card(
            _("Mails sent"), campaigns["sent"], "",
            _("%(count)d today, %(opened)d opened so far")
            % {"count": today["campaigns_sent"], "opened": campaigns["opened"]},
            records("campaigns_campaign", status__exact="sent"),
        ),
    ]  # fmt: skip


def _card(label: str, value: Any, unit: str, reason: str, href: str) -> dict[str, Any]:
    return {"label": label, "value": value, "unit": unit, "reason": reason, "href": href}


def _funnel(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the stages from found to customer; each bar is the share kept from the stage above."""
    businesses, sites, campaigns = figures["businesses"], figures["sites"], figures["campaigns"]
    built = sum(sites[status] for status in ("completed", "published", "expired", "taken_down"))
    stages = [
        (_("Found"), businesses["total"], records("businesses_business")),
        (
            _("Checked"),
            businesses["total"] - businesses["new"],
            records("businesses_business", status__in="review,qualified,call_list,rejected"),
        ),
        (_("Qualified"), businesses["qualified"], records("businesses_business", status__exact="qualified")),
        (
            _("Site built"),
            built,
            records("websites_site", status__in="completed,published,expired,taken_down"),
        ),
        (_("Published"), sites["published"], records("websites_site", status__exact="published")),
        (_("Mailed"), campaigns["sent"], records("campaigns_campaign", status__exact="sent")),
        (_("Clicked"), campaigns["clicked"], records("campaigns_message", clicked_at__isempty=0)),
        (_("Customer"), figures["customers"]["total"], records("customers_customer")),
    ]
    rows: list[dict[str, Any]] = []
    above: int | None = None
    for name, count, href in stages:
        kept = None if not above else min(count / above, 1.0)
        rows.append({"name": name, "count": count, "kept": kept, "href": href})
        above = count
    return {"title": _("Funnel"), "note": _("bar: share kept from the stage above"), "rows": rows}


def _failures(now: datetime) -> dict[str, Any]:
    """Return the latest rows that failed or wait for another try, with what happens next."""
    rows = []
    for found, model in (
        (CoverageGrid.objects.select_related("territory"), "territories_coveragegrid"),
        (Site.objects.all(), "websites_site"),
        (Campaign.objects.select_related("business"), "campaigns_campaign"),
    ):
        failed = found.exclude(error_kind="").order_by("-status_changed_at")[:FAILURES_SHOWN]
        rows += [_failure(row, model, now) for row in failed]
    rows.sort(key=lambda row: row["at"], reverse=True)
    return {
        "id": "failures",
        "title": _("What failed"),
        "rows": rows[:FAILURES_SHOWN],
        "empty": {
            "icon": "circle-check",
            "tone": "ok",
            "title": _("Nothing failed"),
            "text": _("Failed cells, sites and mails appear here with their reason and what comes next."),
        },
    }


def _failure(row: WorkItem, model: str, now: datetime) -> dict[str, Any]:
    return {
        "name": str(row),
        "href": reverse(f"admin:{model}_change", args=[row.pk]),
        "model": row._meta.label_lower,
        "status": row.status,
        "reason": row.last_error,
        "next": next_step(row, now),
        "at": row.status_changed_at,
        "cells": [],
    }


def next_step(row: WorkItem, now: datetime) -> str:
    """Say what happens to a row by itself, and when."""
    stage = stage_of(row)
    if stage is None:
        return _("Another round of tries after a day") if passes(row) else _("Waits for a person")
    if row.claimed_by:
        return _("At work now")
    at = timezone.localtime(max(row.next_attempt_at, now))
    return _("Try %(number)d of %(all)d, not before %(at)s") % {
        "number": row.attempts + 1,
        "all": stage.max_attempts,
        "at": at.strftime("%H:%M"),
    }


def stage_of(row: WorkItem) -> Stage | None:
    """Return the stage that a row waits for or is worked on by; None where it waits for none."""
    return next(
        (
            stage
            for stage in STAGES
            if isinstance(row, stage.model) and row.status in (stage.ready, stage.busy)
        ),
        None,
    )


def _running(now: datetime) -> list[dict[str, Any]]:
    titles = {spec.name: spec.purpose for spec in TASKS}
    slots = ScheduleSlot.objects.filter(status=ScheduleSlot.Status.RUNNING).order_by("started_at")
    rows = [{"title": titles.get(slot.task, slot.task), "since": slot.started_at} for slot in slots]
    held: Counter[tuple[type[WorkItem], str]] = Counter()
    models: set[type[Any]] = {stage.model for stage in STAGES}
    for model in models:
        claimed = model._base_manager.exclude(claimed_by="").order_by()
        for status, count in claimed.values_list("status").annotate(rows=Count("pk")):
            held[model, status] = count
    for stage in STAGES:
        count = held[stage.model, stage.busy]
        if count:
            title = _("%(count)d in %(stage)s") % {"count": count, "stage": stage.name}
            rows.append({"title": title, "since": None})
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


def schedules(now: datetime) -> dict[str, Any]:
    """Return every task with its last runs and its next one, and the workers of every queue."""
    heartbeats = {heartbeat.queue: heartbeat for heartbeat in ClusterHeartbeat.objects.all()}
    return {
        "tasks": [_task_row(spec, _last_runs(spec.name) if spec.schedule else [], now) for spec in TASKS],
        "queues": [_queue_row(name, heartbeats.get(name), now) for name in QUEUES],
    }


def _last_runs(task: str) -> list[ScheduleSlot]:
    ended = ScheduleSlot.objects.filter(task=task, status__in=["done", "failed", "skipped"])
    return list(ended.annotate(lasted=F("finished_at") - F("started_at")).order_by("-slot")[:RUNS_SHOWN])


def _task_row(spec: Any, runs: list[ScheduleSlot], now: datetime) -> dict[str, Any]:
    last = runs[0] if runs else None
    return {
        "name": spec.name,
        "purpose": spec.purpose,
        "queue": spec.queue,
        "schedule": str(spec.schedule) if spec.schedule else _("on demand"),
        "next": spec.schedule.following(now) if spec.schedule else None,
        "last": last,
        "runs": [_run_bar(slot) for slot in reversed(runs)],
    }


def _run_bar(slot: ScheduleSlot) -> dict[str, Any]:
    tone = {"done": "ok", "failed": "bad"}.get(slot.status, "missed")
    lasted = getattr(slot, "lasted", None)
    at = timezone.localtime(slot.slot).strftime("%d %b %H:%M")
    return {
        "tone": tone,
        "seconds": lasted.total_seconds() if lasted else None,
        "title": f"{at}: {slot.outcome}",
    }


def _queue_row(name: str, heartbeat: ClusterHeartbeat | None, now: datetime) -> dict[str, Any]:
    if heartbeat is None:
        return {"name": name, "tone": "off", "word": _("Not started"), "at": None}
    if answers(heartbeat, now=now):
        return {"name": name, "tone": "ok", "word": _("Answers"), "at": heartbeat.answered_at}
    return {
        "name": name,
        "tone": "wait",
        "word": _("Silent"),
        "at": heartbeat.answered_at or heartbeat.announced_at,
    }


def health_sentence(health: Health) -> str:
    """Return the one line about the system's health."""
    good = sum(finding.state == "ok" for finding in health.findings)
    counted = _("%(good)d of %(all)d checks are well.") % {"good": good, "all": len(health.findings)}
    return counted if health.state == "ok" else f"{counted} {health}."
