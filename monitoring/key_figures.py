"""The four figures of the overview: each with its change, its sample and the rows behind it, as stat cards."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.variants import wilson
from monitoring.addresses import flow_records, records
from monitoring.comparing import Change, compare_costs, compare_counts, compare_shares, compare_sums
from monitoring.kept_days import Days
from monitoring.money import COSTS_IN, Ledger, amount
from monitoring.periods import Period, trend_days
from webmagic.templatetags.look import grouped, plus_minus

Card = dict[str, Any]


def key_figures(period: Period, before: Period | None, days: Days, ledger: Ledger) -> list[Card]:
    """Return the cards of components/stat_card.html; `before` is what they are compared with, if there is such."""
    return [
        _money_in(period, before, ledger),
        _customers(period, before, days),
        _replies(period, before, days),
        _cost(period, before, days, ledger),
    ]


def _money_in(period: Period, before: Period | None, ledger: Ledger) -> Card:
    now = ledger.came_in(period.days)
    then = ledger.came_in(before.days) if before else None
    change = compare_sums(
        float(now.money),
        float(then.money) if then else None,
        variance=now.squares + (then.squares if then else 0),
        events=now.payments + (then.payments if then else 0),
    )
    said = f"{round((change.ratio - 1) * 100):+d} %" if change.ratio else _signed_amount(change.difference)
    return {
        "label": _("Money in"),
        "value": amount(now.money),
        "reason": ngettext("%(count)s payment", "%(count)s payments", now.payments)
        % {"count": grouped(now.payments)},
        "trend": [float(ledger.came_in(stretch).money) for stretch in trend_days(period)],
        "href": records("customers_payment", status__exact="received", **_span(period, "received_at")),
        **_told(change, said, period),
    }


def _customers(period: Period, before: Period | None, days: Days) -> Card:
    now = days.total("customers", period.days)
    then = days.total("customers", before.days) if before else None
    change = compare_counts(now, then)
    return {
        "label": _("Customers") if period.is_all else _("New customers"),
        "value": grouped(now),
        "reason": "" if then is None else _("%(count)s the time before") % {"count": grouped(then)},
        "trend": [days.total("customers", stretch) for stretch in trend_days(period)],
        "href": _rows("customers", period),
        **_told(change, f"{change.difference:+.0f}", period),
    }


def _replies(period: Period, before: Period | None, days: Days) -> Card:
    now = _answered(days, period)
    card: Card = {
        "label": _("Mails answered"),
        "value": None,
        "missing": _("No mail went out in this time"),
        "href": _rows("replied", period),
    }
    if not now[1]:
        return card
    if now[0] > now[1]:
        return card | {
            "missing": _("%(hits)s answers came to earlier mails") % {"hits": grouped(now[0])},
        }
    share = wilson(*now)
    change = compare_shares(now, _answered(days, before) if before else None)
    points = f"{change.difference * 100:+.1f}"
    return card | {
        "value": f"{share.count / share.total * 100:.1f}",
        "unit": "%",
        "reason": _("%(hits)s of %(tries)s, %(reach)s")
        % {"hits": grouped(now[0]), "tries": grouped(now[1]), "reach": plus_minus(share)},
        "trend": [
            days.total("replied", stretch) / sent if (sent := days.total("campaigns_sent", stretch)) else None
            for stretch in trend_days(period)
        ],
        **_told(change, points, period),
    }


def _answered(days: Days, period: Period) -> tuple[int, int]:
    replied = days.total("replied", period.days)
    return replied, days.total("campaigns_sent", period.days)


def _cost(period: Period, before: Period | None, days: Days, ledger: Ledger) -> Card:
    now = _spent(period, days, ledger)
    card: Card = {
        "label": _("Cost a customer"),
        "value": None,
        "missing": _("%(money)s spent, no customer yet") % {"money": amount(Decimal(now[0]), COSTS_IN)},
        "href": reverse("monitoring:costs"),
    }
    if not now[1]:
        return card
    change = compare_costs(now, _spent(before, days, ledger) if before else None)
    return card | {
        "value": amount(Decimal(now[0] / now[1]), COSTS_IN, cents=True),
        "reason": _("%(money)s for %(count)s")
        % {"money": amount(Decimal(now[0]), COSTS_IN, cents=True), "count": grouped(now[1])},
        "trend": [float(ledger.went_out(stretch)) for stretch in trend_days(period)],
        **_told(change, _signed_amount(change.difference, COSTS_IN), period, more_is="worse"),
    }


def _spent(period: Period, days: Days, ledger: Ledger) -> tuple[float, int]:
    return float(ledger.went_out(period.days)), days.total("customers", period.days)


def _told(change: Change, said: str, period: Period, *, more_is: str = "better") -> Card:
    """Return how a stat card tells a change."""
    if change.verdict == "new":
        return {} if period.is_all else {"tone": "few", "delta": _("Nothing to compare yet")}
    if change.verdict == "few":
        return {"tone": "few", "delta": _("Too few to compare")}
    if change.verdict == "same":
        return {"tone": "same"}
    less_is = "worse" if more_is == "better" else "better"
    tone = more_is if change.verdict == "up" else less_is
    return {"tone": tone, "direction": change.verdict, "delta": said}


def _signed_amount(difference: float, currency: str = "") -> str:
    sign = "-" if difference < 0 else "+"
    return sign + amount(Decimal(f"{abs(difference):.2f}"), currency or settings.CURRENCY)


def _rows(name: str, period: Period) -> str:
    return flow_records(name, None if period.is_all else period.start, period.end)


def _span(period: Period, column: str) -> dict[str, str]:
    span = {} if period.is_all else {f"{column}__gte": period.start.isoformat()}
    return span | {f"{column}__lt": period.end.isoformat()}
