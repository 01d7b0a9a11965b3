"""Spans of days that figures are told for, each beside the span of the same length before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pipeline.budgets import budget_day, day_bounds

DEFAULT: Final = "30"
SPARK_POINTS: Final = 10
# By what the address says: the words, and how many days up to today; None: all there are.
PERIODS: Final[dict[str, tuple[str | Promise, int | None]]] = {
    "today": (_("Today"), 1),
    "7": (_("7 days"), 7),
    "30": (_("30 days"), 30),
    "90": (_("90 days"), 90),
    "all": (_("All"), None),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The days `first` to `last`, both in it; `is_all`: everything there ever was, so nothing came before."""

    key: str
    first: date
    last: date
    is_all: bool = False

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The moment it begins."""
        return day_bounds(self.first)[0]

    @property
    def end(self) -> datetime:
        """The moment it has ended."""
        return day_bounds(self.last)[1]

    @property
    def before(self) -> "Period | None":
        """The span of the same length before it."""
        if self.is_all:
            return None
        return Period(self.key, self.first - timedelta(days=self.length), self.first - timedelta(days=1))

    @property
    def days(self) -> list[date]:
        """Its days, oldest first."""
        return [self.first + timedelta(days=number) for number in range(self.length)]


def period_of(key: str, now: datetime, *, began: date) -> Period:
    """Return the period `key` up to today; `began` is the first day of all."""
    today, days = budget_day(now), PERIODS[key][1]
    if days is None:
        return Period(key, min(began, today), today, is_all=True)
    return Period(key, today - timedelta(days=days - 1), today)


def trend_days(period: Period) -> list[list[date]]:
    """Return at most ten stretches of days for a small line: of the period, or the last ten days of a single one."""
    days = period.days
    if len(days) == 1:
        days = [period.last - timedelta(days=number) for number in reversed(range(SPARK_POINTS))]
    return stretches(days, SPARK_POINTS)


def stretches(days: Sequence[date], most: int) -> list[list[date]]:
    """Return the days in at most `most` groups that follow each other and differ by one day in length."""
    count = min(most, len(days))
    cuts = [round(index * len(days) / count) for index in range(count + 1)]
    return [list(days[begins:ends]) for begins, ends in pairwise(cuts)]
