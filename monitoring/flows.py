"""What was done, by day (of TIME_ZONE): every count that can be told of a span of time, each defined once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from businesses.models import Business
from campaigns.models import Campaign, Message
from customers.models import Customer
from monitoring.counting import count_each, count_groups
from pipeline.models import TimelineEntry
from sites.models import Site
from territories.models import CoverageGrid


@dataclass(frozen=True, slots=True)
class Flow:
    """One count: of which rows, and the column that says when."""

    model: type[Model]
    at: str
    only: Mapping[str, Any] = field(default_factory=dict)  # lookup -> the value it must have

    def rows(self, start: datetime, end: datetime) -> QuerySet[Any]:
        """Return the rows that count in [start, end)."""
        when = {f"{self.at}__gte": start, f"{self.at}__lt": end}
        return self.model._default_manager.filter(**self.only, **when)


def moves(model: type[Model], **only: Any) -> Flow:
    """Return the lines of the timeline that say that a row of `model` became so."""
    return Flow(TimelineEntry, "at", {"model": model._meta.label_lower, **only})


FLOWS: Final[dict[str, Flow]] = {
    "cells": moves(CoverageGrid, to_status=CoverageGrid.Status.COOLDOWN),
    "businesses": Flow(Business, "found_at"),
    "checked": moves(Business, from_status=Business.Status.NEW),
    "qualified": moves(Business, to_status=Business.Status.QUALIFIED),
    "qualified_on_single_evidence": moves(
        Business,
        to_status=Business.Status.QUALIFIED,
        row_id__in=Business.objects.filter(evidence="single").values("pk"),
    ),
    "sites_generated": moves(Site, to_status=Site.Status.COMPLETED),
    "sites_published": moves(Site, to_status=Site.Status.PUBLISHED),
    "sites_failed": moves(Site, to_status=Site.Status.FAILED),
    "mailed": Flow(Campaign, "sent_at"),
    "campaigns_sent": Flow(Message, "sent_at"),
    "campaigns_failed": moves(Campaign, to_status=Campaign.Status.FAILED),
    "opened": Flow(Message, "opened_at"),
    "clicked": Flow(Message, "clicked_at"),
    "engaged": Flow(Message, "engaged_at"),
    "replied": Flow(Message, "replied_at"),
    "unsubscribed": Flow(Message, "unsubscribed_at"),
    "customers": Flow(Customer, "since"),
}
ENTERED_LATER: Final = ("customers",)


def count_flows(start: datetime, end: datetime) -> dict[str, int]:
    """Return every count of [start, end)."""
    return count_each({name: flow.rows(start, end) for name, flow in FLOWS.items()})


def count_flows_by_day(start: datetime, end: datetime, *, whole: datetime) -> dict[str, dict[str, int]]:
    """Return every count of each day of [start, end) on which there was anything: {"2026-03-01": {name: count}}.

    What people enter with a day of the past is counted from `whole` on.
    """
    zone = timezone.get_default_timezone()
    groups = {
        name: flow.rows(whole if name in ENTERED_LATER else start, end).annotate(
            day=TruncDate(flow.at, tzinfo=zone)
        )
        for name, flow in FLOWS.items()
    }
    counted = count_groups({name: (rows, "day") for name, rows in groups.items()})
    days: dict[str, dict[str, int]] = {}
    for name, counts in counted.items():
        for day, count in counts.items():
            days.setdefault(day, {})[name] = count
    return days
