"""The common part of OpenStreetMap's opening_hours syntax; what it does not understand it leaves unknown."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MINUTES = 24 * 60
LATEST_END = 30 * 60  # 06:00 of the next morning, the latest end the syntax is used for
TEXT_LIMIT = 255

_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)"
_SELECTOR = re.compile(rf"({_DAY}(?:\s*[-,]\s*{_DAY})*)\s*:?\s*(.*)", re.IGNORECASE)
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_SPANS = re.compile(rf"{_SPAN.pattern}(?:\s*,\s*{_SPAN.pattern})*")
# A comma between a finished time and a day name begins a further rule: "Mo-Fr 09:00-18:00, Sa 10:00-14:00".
_ADDITION = re.compile(rf"(?<=[0-9fFdD])\s*,\s*(?={_DAY}\b)", re.IGNORECASE)

Span = tuple[int, int]  # minutes after midnight, start < end; an end over 1440 is in the next day
Day = tuple[Span, ...] | None  # () is closed, None is not known


@dataclass(frozen=True)
class OpeningWeek:
    """Monday to Sunday; `holidays_closed` is None where the record says nothing of public holidays."""

    days: tuple[Day, ...]
    holidays_closed: bool | None = None

    def canonical(self) -> str:
        """The same week in the same syntax; `parse_opening_hours` reads it back to an equal value."""
        rules = [f"{name} {_day_text(day)}" for name, day in zip(DAY_NAMES, self.days, strict=True)]
        if self.holidays_closed:
            rules.append("PH off")
        return "; ".join(rules)

    def groups(self) -> list[tuple[int, int, Day]]:
        """Runs of days with equal hours as (first day, last day, hours)."""
        runs: list[tuple[int, int, Day]] = []
        for index, day in enumerate(self.days):
            if runs and runs[-1][2] == day:
                runs[-1] = (runs[-1][0], index, day)
            else:
                runs.append((index, index, day))
        return runs


def parse_opening_hours(raw: str) -> OpeningWeek | None:
    """The week that `raw` states, or None where it states none that is sure.

    A day that a rule names in words not understood becomes unknown; a rule whose days are not understood
    (months, weeks, school holidays) may touch any day, so the whole week is left out.
    """
    text = " ".join(unicodedata.normalize("NFKC", raw).replace("–", "-").replace("—", "-").split())
    if not text or len(text) > TEXT_LIMIT:
        return None
    main, fallback, _ = text.partition("||")
    if main.strip() == "24/7":
        main = "Mo-Su 00:00-24:00"
    # Days that no rule names are closed, unless a fallback such as "by appointment" speaks of them.
    week: list[Day] = [None if fallback else ()] * 7
    named: set[int] = set()
    holidays: bool | None = None
    for rule in filter(None, (part.strip() for part in main.split(";"))):
        for position, piece in enumerate(_ADDITION.split(rule)):
            selected = _select(piece)
            if selected is None:
                return None
            days, on_holidays, spans = selected
            if on_holidays:
                holidays = True if spans == () else None
            for day in days:
                week[day] = _combine(week[day] if day in named else (), spans, add=position > 0)
                named.add(day)
    if not any(week):
        return None
    return OpeningWeek(tuple(week), holidays)


def _select(piece: str) -> tuple[list[int], bool, Day] | None:
    """Days, whether public holidays are meant, and hours of one rule; None where the days are not sure."""
    match = _SELECTOR.fullmatch(piece)
    if match is None:
        return (list(range(7)), False, _spans(piece)) if piece[:1].isdigit() else None
    days: list[int] = []
    holidays = False
    for part in re.split(r"\s*,\s*", match[1]):
        first, _, last = (name.strip().capitalize() for name in part.partition("-"))
        if first.upper() == "PH" or last.upper() == "PH":
            if last:
                return None
            holidays = True
            continue
        start, end = DAY_NAMES.index(first), DAY_NAMES.index(last or first)
        days += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return days, holidays, _spans(match[2])


def _spans(text: str) -> Day:
    text = text.strip()
    if text.lower() in {"off", "closed"}:
        return ()
    if not _SPANS.fullmatch(text):
        return None
    spans: list[Span] = []
    for match in _SPAN.finditer(text):
        start_hour, start_minute, end_hour, end_minute = (int(number) for number in match.groups())
        start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
        if end < start:
            end += DAY_MINUTES
        if start_minute > 59 or end_minute > 59 or start >= DAY_MINUTES or not start < end <= LATEST_END:
            return None
        spans.append((start, end))
    return _without_overlap(spans)


def _combine(old: Day, new: Day, *, add: bool) -> Day:
    if add:
        return None if old is None or new is None else _without_overlap([*old, *new])
    # A later rule replaces an earlier one. Where the two have no minute in common ("Mo-Fr 09:00-18:00;
    # Mo-Fr 20:00-22:00") the mapper as likely meant both: not sure, so not known.
    if old and new and not any(a[0] < b[1] and b[0] < a[1] for a in old for b in new):
        return None
    return new


def _without_overlap(spans: list[Span]) -> Day:
    spans = sorted(spans)
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        return None
    return tuple(spans)


def _day_text(day: Day) -> str:
    if day is None:
        return "unknown"
    if not day:
        return "off"
    return ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in day)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
