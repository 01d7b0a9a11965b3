"""Money by day: what customers paid, in the agency's currency, and what models and sources cost, in US dollars.

The two are never added up across currencies: no rate is known here.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import Count, DecimalField, F, Q, Sum
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from customers.models import Payment
from pipeline.budgets import day_bounds
from pipeline.models import Budget

COSTS_IN: Final = "USD"
SPENT: Final = "_usd"  # the end of the name of a budget that counts money
_SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True, slots=True)
class Income:
    """What came in on one day: the sum, how many payments, and the sum of their squares."""

    money: Decimal = Decimal(0)
    payments: int = 0
    squares: float = 0.0

    def __add__(self, other: "Income") -> "Income":
        """Return both together."""
        return Income(self.money + other.money, self.payments + other.payments, self.squares + other.squares)


@dataclass
class Ledger:
    """The money of a stretch of days; a day that is not there had none."""

    income: dict[date, Income] = field(default_factory=dict)
    costs: dict[date, Decimal] = field(default_factory=dict)
    used: dict[str, Decimal] = field(
        default_factory=dict
    )  # of every budget on the last day, as `budgets.used_on`

    def came_in(self, days: list[date]) -> Income:
        """Return what came in over `days`."""
        return sum((self.income[day] for day in days if day in self.income), Income())

    def went_out(self, days: list[date]) -> Decimal:
        """Return what was spent over `days`."""
        return sum((self.costs[day] for day in days if day in self.costs), Decimal(0))


def ledger_between(first: date, last: date) -> Ledger:
    """Return the money of the days `first` to `last`: payments that were not paid back, and what budgets say."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    rows = Payment.objects.filter(status=Payment.Status.RECEIVED, received_at__gte=start, received_at__lt=end)
    in_zone = TruncDate("received_at", tzinfo=timezone.get_default_timezone())
    square = Cast(F("amount") * F("amount"), DecimalField(max_digits=20, decimal_places=4))
    paid = rows.annotate(day=in_zone).order_by().values_list("day")
    ledger = Ledger(
        {
            day: Income(money, count, float(squares))
            for day, money, count, squares in paid.annotate(
                money=Sum("amount"), count=Count("pk"), squares=Sum(square)
            )
        }
    )
    for row in Budget.objects.filter(Q(name__endswith=SPENT) | Q(day=last), day__gte=first, day__lte=last):
        if row.name.endswith(SPENT) and row.used:
            ledger.costs[row.day] = ledger.costs.get(row.day, Decimal(0)) + row.used
        if row.day == last:
            ledger.used[row.name] = row.used + row.reserved
    return ledger


def amount(money: Decimal, currency: str = "", *, cents: bool | None = None) -> str:
    """Return a sum as people write it, "$1,914" or "87.50 CHF"; cents where there are some, unless said otherwise."""
    currency = currency or settings.CURRENCY
    shows_cents = bool(money % 1) if cents is None else cents
    number = f"{money:,.2f}" if shows_cents else f"{money:,.0f}"
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency}"
