"""Day budgets: calls, money and mails that conductor, schedules and people draw from together.

A day is a day of TIME_ZONE. The limits are settings.DAY_BUDGETS (name -> units); a name that is not there has no limit
set and therefore no budget: asking for it is an error, never "unlimited".
"""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from pipeline.errors import BudgetSpent
from pipeline.models import Budget


def budget_day(now: datetime) -> date:
    """Return the day whose budget `now` draws from."""
    return timezone.localtime(now).date()


def limit_of(name: str) -> Decimal:
    """Return the units that `name` may use in a day; raises KeyError for a name without a limit."""
    return Decimal(str(settings.DAY_BUDGETS[name]))


def take(name: str, amount: Decimal | int, *, now: datetime) -> None:
    """Use `amount` of today's budget at once; raises BudgetSpent when it does not fit."""
    _change(name, now, used=Decimal(amount))


def give_back(name: str, amount: Decimal | int, *, taken_at: datetime) -> None:
    """Return `amount` to the day it was taken from."""
    Budget.objects.filter(name=name, day=budget_day(taken_at), used__gte=amount).update(used=F("used") - amount)


def reserve(name: str, amount: Decimal, *, now: datetime) -> None:
    """Set `amount` aside before a paid call; raises BudgetSpent when it does not fit."""
    _change(name, now, reserved=amount)


def settle(name: str, reserved: Decimal, cost: Decimal, *, reserved_at: datetime) -> None:
    """Turn a reservation into what the call really cost."""
    Budget.objects.filter(name=name, day=budget_day(reserved_at)).update(
        reserved=F("reserved") - reserved, used=F("used") + cost
    )


def used_today(name: str, *, now: datetime) -> Decimal:
    """Return what is used or set aside of today's budget."""
    row = Budget.objects.filter(name=name, day=budget_day(now)).first()
    return row.used + row.reserved if row else Decimal(0)


def _change(name: str, now: datetime, *, used: Decimal = Decimal(0), reserved: Decimal = Decimal(0)) -> None:
    limit = limit_of(name)
    row, _ = Budget.objects.get_or_create(name=name, day=budget_day(now), defaults={"limit": limit})
    room = Budget.objects.filter(pk=row.pk).annotate(after=F("used") + F("reserved") + used + reserved)
    if not room.filter(after__lte=limit).update(
        used=F("used") + used, reserved=F("reserved") + reserved, limit=limit
    ):
        raise BudgetSpent(f"The day's budget of {limit.normalize():f} {name} is used up; it starts anew at midnight")
