"""The days' figures: what is over is counted once and kept, what may still change is counted when it is asked for.

News of a mail may come days later, with the time at which it happened. A day is settled three days after its end; a
settled day is never counted again. The kept days follow each other without a gap from the first day of all.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Min, Value

from businesses.models import Business
from customers.models import Customer, Payment
from monitoring.flows import ENTERED_LATER, count_flows, count_flows_by_day
from monitoring.models import DayFigures
from monitoring.standing import refresh_standing
from monitoring.waits import Waits, median, waits_of
from pipeline.budgets import budget_day, day_bounds
from territories.models import Territory

SETTLED_AFTER: Final = timedelta(days=3)
COUNTED_ANEW: Final = timedelta(minutes=10)  # a day that is not settled
DAYS_AT_ONCE: Final = 30


@dataclass
class Days:
    """The figures of a stretch of days."""

    counts: dict[date, Counter[str]] = field(default_factory=dict)
    waits: dict[date, Waits] = field(default_factory=dict)
    began: date | None = None  # the first day that is kept, where it lies in the stretch

    def total(self, name: str, days: Iterable[date]) -> int:
        """Return the sum of one count over `days`."""
        return sum(self.counts[day][name] for day in days if day in self.counts)

    def median(self, name: str, days: Iterable[date]) -> float | None:
        """Return the median seconds that a step took over `days`; None where none is known."""
        return median((self.waits[day] for day in days if day in self.waits), name)


def days_between(first: date, last: date) -> Days:
    """Return the figures of the days `first` to `last` in two questions, however many rows there are."""
    kept = list(DayFigures.objects.filter(day__gte=first, day__lte=last).order_by("day"))
    days = Days(began=kept[0].day if kept else None)
    live_from = kept[0].day if kept else first
    for row in kept:
        days.waits[row.day] = row.waits
        if row.day == live_from and _is_settled(row.day, row.counted_at):
            days.counts[row.day] = Counter(row.counts)
            live_from += timedelta(days=1)
    for name in ENTERED_LATER:
        for counts in days.counts.values():
            counts[name] = 0
    whole = day_bounds(first)[0]
    live = count_flows_by_day(day_bounds(live_from)[0], day_bounds(last)[1], whole=whole)
    for day, counted in live.items():
        days.counts.setdefault(date.fromisoformat(day), Counter()).update(counted)
    return days


def keep_figures(now: datetime) -> int:
    """Count the days that are not settled, the oldest first, and the whole tables; return how many days were counted.

    At most thirty days at once, so that a long history is taken up bit by bit.
    """
    refresh_standing(now)
    today = budget_day(now)
    kept = list(DayFigures.objects.order_by("day").values_list("day", "counted_at"))
    due = [
        day
        for day, counted_at in kept
        if not _is_settled(day, counted_at) and counted_at <= now - COUNTED_ANEW
    ]
    begins = kept[-1][0] + timedelta(days=1) if kept else first_day()
    if begins is not None:
        due += [begins + timedelta(days=number) for number in range((today - begins).days + 1)]
    for day in due[:DAYS_AT_ONCE]:
        start, end = day_bounds(day)
        figures = {"counts": count_flows(start, end), "waits": waits_of(start, end), "counted_at": now}
        DayFigures.objects.update_or_create(day=day, defaults=figures)
    return len(due[:DAYS_AT_ONCE])


def _is_settled(day: date, counted_at: datetime) -> bool:
    return counted_at >= day_bounds(day)[1] + SETTLED_AFTER


def first_day() -> date | None:
    """Return the day on which all began: with a territory, a business, or a customer of before."""
    firsts = [
        model._base_manager.order_by()
        .annotate(all=Value(1))
        .values("all")
        .annotate(first=Min(column))
        .values_list("first")
        for model, column in (
            (Territory, "created_at"), (Business, "found_at"), (Customer, "since"), (Payment, "received_at"),
        )
    ]  # fmt: skip
    known = [moment for (moment,) in firsts[0].union(*firsts[1:], all=True) if moment]
    return budget_day(min(known)) if known else None
