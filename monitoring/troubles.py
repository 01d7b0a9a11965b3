"""What failed last, with its reason and what happens next, as the overview lists it."""

from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from monitoring.cycle import STAGES
from pipeline.claims import passes
from pipeline.models import WorkItem
from pipeline.stages import Stage
from sites.models import Site
from territories.models import CoverageGrid

SHOWN: Final = 8


def latest_failures(now: datetime) -> dict[str, Any]:
    """Return the latest rows that failed or wait for another try, with what happens next."""
    rows = []
    for found, model in (
        (CoverageGrid.objects.select_related("territory"), "territories_coveragegrid"),
        (Site.objects.all(), "websites_site"),
        (Campaign.objects.select_related("business"), "campaigns_campaign"),
    ):
        failed = found.exclude(error_kind="").order_by("-status_changed_at")[:SHOWN]
        rows += [_failure(row, model, now) for row in failed]
    rows.sort(key=lambda row: row["at"], reverse=True)
    return {
        "id": "failures",
        "title": _("What failed"),
        "rows": rows[:SHOWN],
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
        "next": _next_step(row, now),
        "at": row.status_changed_at,
        "cells": [],
    }


def _next_step(row: WorkItem, now: datetime) -> str:
    """Say what happens to a row by itself, and when."""
    stage = _stage_of(row)
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


def _stage_of(row: WorkItem) -> Stage | None:
    """Return the stage that a row waits for or is worked on by; None where it waits for none."""
    return next(
        (
            stage
            for stage in STAGES
            if isinstance(row, stage.model) and row.status in (stage.ready, stage.busy)
        ),
        None,
    )
