"""Day budgets: calls, money and mails that conductor, schedules and people draw from together.

A day is a day of TIME_ZONE. The limits are settings.DAY_BUDGETS (name -> units) until a person changes one
(pipeline/limits.py); a name that is not there has no limit set and therefore no budget: asking for it is an error,
never "unlimited".
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Round
from django.utils import timezone

from pipeline.errors import BudgetSpent
from pipeline.models import Budget, LimitChange

ROWS = "rows:"  # before the name of a task: how many rows one run of it takes


def budget_day(now: datetime) -> date:
    """Return the day whose budget `now` draws from, whatever zone a page has activated."""
    return timezone.localtime(now, timezone.get_default_timezone()).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the moment at which `day` begins and the one at which it has ended."""
    zone = timezone.get_default_timezone()
    begins = datetime.combine(day, time.min, tzinfo=zone)
    return begins, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)


def file_limit(name: str) -> Decimal:
    """Return what the settings say of a limit; raises KeyError for a name without one."""
    task = name.removeprefix(ROWS)
    return Decimal(str(settings.LIMITS[task] if task != name else settings.DAY_BUDGETS[name]))


def limit_of(name: str) -> Decimal:
    """Return the units that `name` may use in a day, or the rows of a run for "rows:TASK": what a person set last,
    else what the settings say. Raises KeyError for a name without a limit.
    """
    default = file_limit(name)
    chosen = _newest(name).values_list("value", flat=True).first()
    return default if chosen is None else chosen


def limits() -> dict[str, Decimal]:
    """Return `limit_of` every day budget, in the order of the settings."""
    chosen = dict(newest_changes().values_list("name", "value"))
    return {
        name: file_limit(name) if (value := chosen.get(name)) is None else value
        for name in settings.DAY_BUDGETS
    }


def newest_changes() -> QuerySet[LimitChange]:
    """Return the last change of every limit that was ever changed."""
    return LimitChange.objects.filter(pk=Subquery(_newest(OuterRef("name")).values("pk")[:1]))


def rows_per_run(task: str) -> int:
    """Return how many rows one run of `task` takes; raises KeyError for a task that has no such limit."""
    return int(limit_of(f"{ROWS}{task}"))


def take(name: str, amount: Decimal | int, *, now: datetime) -> None:
    """Use `amount` of today's budget at once; raises BudgetSpent when it does not fit."""
    _change(name, now, used=Decimal(amount))


def give_back(name: str, amount: Decimal | int, *, taken_at: datetime) -> None:
    """Return `amount` to the day it was taken from."""
    Budget.objects.filter(name=name, day=budget_day(taken_at), used__gte=amount).update(
        used=_exact(F("used") - amount)
    )


def reserve(name: str, amount: Decimal, *, now: datetime) -> None:
    """Set `amount` aside before a paid call; raises BudgetSpent when it does not fit."""
    _change(name, now, reserved=amount)


def settle(name: str, reserved: Decimal, cost: Decimal, *, reserved_at: datetime) -> None:
    """Turn a reservation into what the call really cost."""
    Budget.objects.filter(name=name, day=budget_day(reserved_at)).update(
        reserved=_exact(F("reserved") - reserved), used=_exact(F("used") + cost)
    )


def used_on(day: date) -> dict[str, Decimal]:
    """Return what is used or set aside of each budget of `day`; a name that is not there is untouched."""
    return {row.name: row.used + row.reserved for row in Budget.objects.filter(day=day)}


def used_today(name: str, *, now: datetime) -> Decimal:
    """Return what is used or set aside of today's budget."""
    return used_on(budget_day(now)).get(name, Decimal(0))


def _newest(name: str | OuterRef) -> QuerySet[LimitChange]:
    return LimitChange.objects.filter(name=name).order_by("-number")


def _change(name: str, now: datetime, *, used: Decimal = Decimal(0), reserved: Decimal = Decimal(0)) -> None:
    limit = file_limit(name)
    # The limit is read with the row: a claim asks the database no more often for it.
    chosen = Subquery(_newest(name).values("value")[:1])
    today = Budget.objects.filter(name=name, day=budget_day(now))
    found = today.annotate(chosen=chosen).values_list("pk", "chosen").first()
    if found is None:
        limit = limit_of(name)
        row, _ = Budget.objects.get_or_create(name=name, day=budget_day(now), defaults={"limit": limit})
        pk = row.pk
    else:
        pk, limit = found[0], limit if found[1] is None else found[1]
    after = _exact(F("used") + F("reserved") + used + reserved)
    room = Budget.objects.annotate(after=after).filter(pk=pk, after__lte=limit)
    if not room.update(used=_exact(F("used") + used), reserved=_exact(F("reserved") + reserved), limit=limit):
        raise BudgetSpent(
            f"The day's budget of {limit.normalize():f} {name} is used up; it starts anew at midnight"
        )


def _exact(amount: Combinable) -> Round:
    """Return `amount` to the millionth: SQLite counts in floats, and 0.3 - 0.1 - 0.2 is below zero there."""
    return Round(amount, precision=6)
