"""How long each step of the funnel took after the one before it.

A day's times are kept as counts in steps of a factor, a quarter of a doubling each, so that the days of any period
can be put together: the median is exact to a tenth.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import accumulate
from math import log2
from typing import Any, Final

from django.db.models import F, OuterRef, QuerySet, Subquery

from businesses.models import Business
from campaigns.models import Campaign
from monitoring.flows import FLOWS
from pipeline.models import TimelineEntry
from sites.models import Site

MOST_A_DAY: Final = 1_000  # times read of a step and a day
_STEPS: Final = 4  # in a doubling

Waits = dict[str, dict[str, int]]  # step -> width of the wait -> how often


def waits_of(start: datetime, end: datetime) -> Waits:
    """Return how long what was done in [start, end) had waited since the step before."""
    return {name: _widths(name, start, end) for name in _BEFORE}


def median(waits: Iterable[Waits], name: str) -> float | None:
    """Return the median of a step over several days in seconds; None where none is known."""
    counted: Counter[int] = Counter()
    for each in waits:
        counted.update({int(width): count for width, count in each.get(name, {}).items()})
    half = counted.total() / 2
    widths = sorted(counted)
    for width, reached in zip(widths, accumulate(counted[width] for width in widths), strict=True):
        if reached >= half:
            return float(2 ** (width / _STEPS) - 1)
    return None


def _widths(name: str, start: datetime, end: datetime) -> dict[str, int]:
    flow = FLOWS[name]
    rows = _BEFORE[name](flow.rows(start, end)).filter(before__isnull=False)
    found = rows.order_by(flow.at).values_list(flow.at, "before")[:MOST_A_DAY]
    seconds = [(at - before).total_seconds() for at, before in found]
    widths = Counter(round(_STEPS * log2(each + 1)) for each in seconds if each >= 0)
    return {str(width): count for width, count in sorted(widths.items())}


def _since_found(rows: QuerySet[Any]) -> Any:
    found = Business.objects.filter(pk=OuterRef("row_id")).values("found_at")
    return rows.annotate(before=Subquery(found[:1]))


def _last_move(model: type[Any], row: str, **statuses: str) -> Subquery:
    """Return when the row that column `row` names last became so, before the line at hand."""
    lines = TimelineEntry.objects.filter(
        model=model._meta.label_lower, row_id=OuterRef(row), at__lte=OuterRef("at"), **statuses
    )
    return Subquery(lines.order_by("-at").values("at")[:1])


def _since_checked(rows: QuerySet[Any]) -> Any:
    return rows.annotate(before=_last_move(Business, "row_id", from_status=Business.Status.NEW))


def _since_qualified(rows: QuerySet[Any]) -> Any:
    business = Site.objects.filter(pk=OuterRef("row_id")).values("business_id")
    with_business = rows.filter(from_status=Site.Status.GENERATING).annotate(business=Subquery(business[:1]))
    return with_business.annotate(
        before=_last_move(Business, "business", to_status=Business.Status.QUALIFIED)
    )


def _since_built(rows: QuerySet[Any]) -> Any:
    return rows.annotate(before=_last_move(Site, "row_id", to_status=Site.Status.COMPLETED))


def _since_mailed(rows: QuerySet[Any]) -> Any:
    first = Campaign.objects.filter(business=OuterRef("business_id"), sent_at__isnull=False)
    return rows.annotate(before=Subquery(first.order_by("sent_at").values("sent_at")[:1]))


_BEFORE: Final[dict[str, Callable[[QuerySet[Any]], Any]]] = {
    "checked": _since_found,
    "qualified": _since_checked,
    "sites_generated": _since_qualified,
    "sites_published": _since_built,
    "mailed": lambda rows: rows.annotate(before=F("site__published_at")),
    "engaged": lambda rows: rows.annotate(before=F("sent_at")),
    "replied": lambda rows: rows.annotate(before=F("sent_at")),
    "customers": _since_mailed,
}
