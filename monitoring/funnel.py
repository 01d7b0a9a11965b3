"""The funnel from cells to customers: counts, what was kept of the step above, what was lost, how long it took.

A period tells what was done in it, "all" tells the rows as they stand (the figures of `conductor --status`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.addresses import flow_records, records
from monitoring.comparing import compare_shares
from monitoring.kept_days import Days
from monitoring.periods import Period
from webmagic.templatetags.look import grouped, lasted

BUILT: Final = ("completed", "published", "expired", "taken_down")
DECIDED: Final = ("review", "qualified", "call_list", "rejected")
SCRAPED: Final = ("cooldown", "split")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a step counts: its flow, its words, how many stand there in all."""

    flow: str
    words: str | Promise
    standing: Callable[[dict[str, Any]], int]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the flow that counts it in a period, how many stand there in all, and their list."""

    flow: str
    name: str | Promise
    standing: Callable[[dict[str, Any]], int]
    listed: Callable[[], str]
    part: Part | None = None  # of the count, shown beside it where it is not 0
    of_kind: bool = True  # whether the step above counts what becomes this one


STEPS: Final = (
    Step(
        "cells", gettext_lazy("Cells"), lambda all_: sum(all_["grids"][each] for each in SCRAPED),
        lambda: records("territories_coveragegrid", status__in=",".join(SCRAPED)),
    ),
    Step(
        "businesses", gettext_lazy("Found"), lambda all_: all_["businesses"]["total"],
        lambda: records("businesses_business"), of_kind=False,
    ),
    Step(
        "checked", gettext_lazy("Checked"), lambda all_: sum(all_["businesses"][each] for each in DECIDED),
        lambda: records("businesses_business", status__in=",".join(DECIDED)),
    ),
    Step(
        "qualified", gettext_lazy("Qualified"), lambda all_: all_["businesses"]["qualified"],
        lambda: records("businesses_business", status__exact="qualified"),
        Part(
            "qualified_on_single_evidence", gettext_lazy("(%(count)s on single evidence)"),
            lambda all_: all_["businesses"]["qualified_on_single_evidence"],
        ),
    ),
    Step(
        "sites_generated", gettext_lazy("Site built"), lambda all_: sum(all_["sites"][each] for each in BUILT),
        lambda: records("websites_site", status__in=",".join(BUILT)),
    ),
    Step(
        "sites_published", gettext_lazy("Published"), lambda all_: all_["sites"]["published"],
        lambda: records("websites_site", status__exact="published"),
    ),
    Step(
        "mailed", gettext_lazy("Mailed"), lambda all_: all_["campaigns"]["sent"],
        lambda: records("campaigns_campaign", sent_at__isnull="False"),
    ),
    Step(
        "engaged", gettext_lazy("Engaged"), lambda all_: all_["campaigns"]["engaged"],
        lambda: records("campaigns_message", engaged_at__isnull="False"),
    ),
    Step(
        "replied", gettext_lazy("Replied"), lambda all_: all_["campaigns"]["replied"],
        lambda: records("campaigns_message", replied_at__isnull="False"),
    ),
    Step(
        "customers", gettext_lazy("Customer"), lambda all_: all_["customers"]["total"],
        lambda: records("customers_customer"),
    ),
)  # fmt: skip
# A loss that a person can do something about: the step, its words, and where those wait who did not get there.
CAN_CHANGE: Final = {
    "sites_generated": (
        gettext_lazy("%(lost)s qualified, not built"), "monitoring:steering", gettext_lazy("Limits of a day"),
    ),
    "sites_published": (
        gettext_lazy("%(lost)s built, not published"), "sites:gallery", gettext_lazy("Sites"),
    ),
    "mailed": (gettext_lazy("%(lost)s published, not mailed"), "campaigns:campaigns", gettext_lazy("Campaigns")),
}  # fmt: skip


def funnel(
    period: Period, before: Period | None, days: Days, standing: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the card of components/funnel.html; with `standing` (monitoring/standing.py) of the rows as they stand."""
    counted = [each for step in STEPS for each in (step, step.part) if each]
    if standing:
        counts = {each.flow: each.standing(standing) for each in counted}
    else:
        counts = {each.flow: days.total(each.flow, period.days) for each in counted}
    counts_before = {step.flow: days.total(step.flow, before.days) for step in STEPS} if before else {}
    rows = []
    for index, step in enumerate(STEPS):
        above = STEPS[index - 1].flow if index and step.of_kind else None
        rows.append(_row(step, above, counts, counts_before, period, days))
    return {
        "title": _("Funnel"),
        "note": _("bar: share kept from the step above"),
        "has_medians": True,
        "rows": rows,
        **_foot(rows),
    }


def _row(
    step: Step, above: str | None, counts: dict[str, int], before: dict[str, int], period: Period, days: Days
) -> dict[str, Any]:
    count = counts[step.flow]
    row: dict[str, Any] = {
        "flow": step.flow,
        "name": step.name,
        "count": grouped(count),
        "of_it": _of_it(step, counts),
        "whole": above is None and count > 0,
        "kept": None,
        "lost": "",
        "median": lasted(days.median(step.flow, period.days)),
        "href": step.listed() if period.is_all else flow_records(step.flow, period.start, period.end),
    }
    if above is None or not counts[above]:
        return row
    lost = max(counts[above] - count, 0)
    row |= {"kept": min(count / counts[above], 1.0), "lost": grouped(lost), "lost_count": lost}
    if before and before[above] and count <= counts[above] and before[step.flow] <= before[above]:
        change = compare_shares((count, counts[above]), (before[step.flow], before[above]))
        row["low"] = change.verdict == "down"
    return row


def _of_it(step: Step, counts: dict[str, int]) -> str:
    part = step.part
    return str(part.words) % {"count": grouped(counts[part.flow])} if part and counts[part.flow] else ""


def _foot(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the largest loss that a person can do something about."""
    losses = [row for row in rows if row["flow"] in CAN_CHANGE and row.get("lost_count")]
    if not losses:
        return {}
    worst = max(losses, key=lambda row: row["lost_count"])
    words, address, place = CAN_CHANGE[worst["flow"]]
    said = words % {"lost": worst["lost"]}
    return {
        "foot": _("Biggest loss you can change: %(loss)s.") % {"loss": said},
        "foot_link": {"text": place, "href": reverse(address)},
    }
