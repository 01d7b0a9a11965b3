"""Money in and out over a period as two rows of bars, each in its own currency and on its own scale."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring.money import COSTS_IN, Ledger, amount
from monitoring.periods import Period, stretches, trend_days

WIDTH: Final = 600
HEIGHT: Final = 64
MOST_BARS: Final = 45
_GAP: Final = 0.25  # of a bar's room


def money_plot(period: Period, ledger: Ledger) -> dict[str, Any]:
    """Return the card of monitoring/overview_money.html; a single day is shown among the days before it."""
    single = period.length == 1
    parts = trend_days(period) if single else stretches(period.days, MOST_BARS)
    days = [day for part in parts for day in part]
    rows = [
        _bars(_("In"), "in", parts, lambda part: ledger.came_in(part).money, settings.CURRENCY),
        _bars(_("Out"), "out", parts, ledger.went_out, COSTS_IN),
    ]
    return {
        "note": _("the last ten days")
        if single
        else _("by day")
        if len(parts) == len(days)
        else _("by stretch"),
        "rows": rows,
        "width": WIDTH,
        "height": HEIGHT,
        "first": days[0],
        "last": days[-1],
        "table": [
            {"when": _span(part), "sums": [row["sums"][index] for row in rows]}
            for index, part in enumerate(parts)
        ],
    }


def _bars(
    name: str, tone: str, parts: list[list[date]], sum_of: Callable[[list[date]], Decimal], currency: str
) -> dict[str, Any]:
    sums = [sum_of(part) for part in parts]
    most = max(sums)
    room = WIDTH / len(parts)
    bars = [
        {
            "x": f"{index * room + room * _GAP / 2:.1f}",
            "y": f"{HEIGHT - high:.1f}",
            "width": f"{room * (1 - _GAP):.1f}",
            "height": f"{high:.1f}",
            "title": f"{_span(part)}: {amount(money, currency)}",
        }
        for index, (part, money) in enumerate(zip(parts, sums, strict=True))
        if money and (high := max(float(money / most) * HEIGHT, 2))
    ]
    return {
        "name": name,
        "tone": tone,
        "total": amount(sum(sums, Decimal(0)), currency),
        "most": amount(most, currency),
        "bars": bars,
        "sums": [amount(money, currency) for money in sums],
        "currency": currency,
    }


def _span(part: list[date]) -> str:
    first, last = (date_format(day, "j M") for day in (part[0], part[-1]))
    return first if first == last else f"{first} – {last}"
