"""What the page of costs shows, as plain values: every figure from the ledger, what is unknown said as unknown."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from monitoring import costs, money
from monitoring.costs import dollars
from monitoring.periods import DEFAULT, PERIODS, Period, period_of
from pipeline import budgets
from pipeline.budgets import budget_day

CUSTOMERS_SHOWN: Final = 20
OFFERED: Final = ("7", "30", "90")
PLOT_WIDTH, PLOT_HEIGHT, PLOT_FLOOR = 1200, 200, 180


def costs_page(asked: str, *, now: datetime) -> dict[str, Any]:
    """Return everything the page shows of the period that is asked for; what is none is the usual one."""
    key = asked if asked in OFFERED else DEFAULT
    period = period_of(key, now, began=budget_day(now))
    rows = costs.read_ledger(period.first, period.last)
    days = costs.per_day(rows, period.first, period.last)
    spent = costs.together(rows)
    return {
        "period": period,
        "periods": [(each, PERIODS[each][0]) for each in OFFERED],
        "spent": spent,
        "cards": _cards(period, spent, days),
        "plot": _plot(days),
        "budgets": _budgets(now),
        "sources": costs.per_source(rows),
        "models": costs.per_model(rows, on=period.last),
        "sites": costs.dearest_sites(costs.paid_effects(period.first, period.last)),
        "customers": _customers(),
        "mails": costs.mails_sent(period.first, period.last),
        "mails_cost": bool(settings.MAIL_URL),
        "publishing_costs": bool(settings.PUBLISH_TO),
    }


def _cards(
    period: Period, spent: costs.Spending, days: list[tuple[date, Decimal, Decimal]]
) -> list[dict[str, Any]]:
    income = money.ledger_between(period.first, period.last).came_in(period.days)
    won = costs.customers_won(period.first, period.last)
    earlier = period.before
    before = costs.together(costs.read_ledger(earlier.first, earlier.last)) if earlier else None
    models = sum((model for _day, model, _source in days), Decimal(0))
    calls = ngettext("%(count)d paid call", "%(count)d paid calls", spent.calls) % {"count": spent.calls}
    compared = _("%(amount)s the days before") % {"amount": dollars(before.usd)} if before else ""
    customers = ngettext("%(count)d new customer", "%(count)d new customers", won) % {"count": won}
    return [
        {
            "label": _("Spent"), "value": dollars(spent.usd), "trend": [float(a + b) for _day, a, b in days],
            "reason": ", ".join(part for part in (calls, compared) if part),
        },
        {
            "label": _("Of it for models"), "value": dollars(models),
            "reason": _("%(amount)s for sources") % {"amount": dollars(spent.usd - models)},
        },
        {
            "label": _("Cost of a customer"), "value": dollars(spent.usd / won) if won else None,
            "reason": _("%(amount)s spent, %(customers)s") % {"amount": dollars(spent.usd), "customers": customers},
            "missing": _("nobody became a customer in these days"),
        },
        {
            "label": _("Came in"), "value": money.amount(income.money, cents=True),
            "reason": ngettext("%(count)d payment", "%(count)d payments", income.payments)
            % {"count": income.payments},
        },
    ]  # fmt: skip


def _budgets(now: datetime) -> list[dict[str, Any]]:
    """Return what is used and left today of every budget that counts money or calls."""
    used = budgets.used_on(budget_day(now))
    found = []
    for name, limit in budgets.limits().items():
        if not name.endswith(("_usd", "_calls")):
            continue
        taken = used.get(name, Decimal(0))
        unit = _("USD") if name.endswith("_usd") else _("calls")
        said = {"name": _BUDGET_NAMES.get(name, name.rpartition("_")[0].capitalize()), "unit": unit}
        found.append({"label": _("%(name)s today, %(unit)s") % said, "used": round(taken, 2), "limit": limit,
                      "left": max(limit - taken, Decimal(0))})  # fmt: skip
    return found


_BUDGET_NAMES: Final = {"llm_usd": "Claude"}


def _customers() -> list[dict[str, Any]]:
    """Return the newest customers with what their own rows cost and what they paid."""
    newest = list(Customer.objects.select_related("business").order_by("-since", "-pk")[:CUSTOMERS_SHOWN])
    spent, paid = costs.of_customers(newest), costs.paid_by(newest)
    return [
        {
            "customer": each,
            "spent": spent[each.pk],
            "paid": money.amount(paid.get(each.pk, Decimal(0)), cents=True),
        }
        for each in newest
    ]


def _plot(days: list[tuple[date, Decimal, Decimal]]) -> dict[str, Any]:
    """Return the bars of the days, ready to be drawn: models below, sources on top of them."""
    most = max((models + sources for _day, models, sources in days), default=Decimal(0))
    width = PLOT_WIDTH / max(len(days), 1)
    every = max(1, len(days) // 8)
    bars = []
    for index, (day, models, sources) in enumerate(days):
        low = _height(models, most)
        high = _height(models + sources, most)
        bars.append(
            {
                "day": day, "models": models, "sources": sources, "usd": models + sources,
                "x": f"{index * width + width * 0.12:.1f}", "width": f"{width * 0.76:.1f}",
                "models_y": f"{PLOT_FLOOR - low:.1f}", "models_height": f"{low:.1f}",
                "sources_y": f"{PLOT_FLOOR - high:.1f}", "sources_height": f"{high - low:.1f}",
                "middle": f"{index * width + width / 2:.1f}", "labelled": (len(days) - 1 - index) % every == 0,
            }
        )  # fmt: skip
    return {"bars": bars, "most": most, "width": PLOT_WIDTH, "height": PLOT_HEIGHT, "floor": PLOT_FLOOR}


def _height(usd: Decimal, most: Decimal) -> float:
    return float(usd / most) * (PLOT_FLOOR - 24) if most else 0.0
