"""The common part of OpenStreetMap's opening_hours syntax; what it does not understand it leaves unknown. And the
same week in words, as people of a country and a language say it."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MINUTES = 24 * 60
LATEST_END = 30 * 60  # 06:00 of the next morning, the latest end the syntax is used for
TEXT_LIMIT = 255
TWELVE_HOUR = frozenset("US CA AU NZ IN PH EG".split())

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


@lru_cache(maxsize=512)
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


@lru_cache(maxsize=4096)
def clock_text(minutes: int, country: str, lang: str = "en") -> str:
    """Minutes after midnight as a table of that country prints them: "5:30 PM", "17:30"; the end of a day is
    "midnight", in German "24:00"."""
    if minutes == DAY_MINUTES:
        return "24:00" if lang == "de" else "midnight"
    hour, minute = divmod(minutes % DAY_MINUTES, 60)
    if country not in TWELVE_HOUR:
        return f"{hour:02d}:{minute:02d}"
    suffix = "AM" if hour < 12 else "PM"
    return f"{hour % 12 or 12}:{minute:02d} {suffix}"


def span_text(day: Day, country: str, lang: str = "en") -> str:
    """Opening times of one day as a sentence says them: "9:00 AM to 5:00 PM", "8 bis 17:30 Uhr", "all day"; ""
    where closed or unknown."""
    if lang == "de":
        return _german_spans(day)
    if day == ((0, DAY_MINUTES),):
        return "all day"
    return " and ".join(f"{clock_text(a, country)} to {clock_text(b, country)}" for a, b in day or ())


def week_traits(week: OpeningWeek, country: str, lang: str = "en") -> dict[str, str]:
    """Statements that the week makes true; the value is what a sentence may print of it, "" where not true."""
    monday, *_, saturday, sunday = week.days
    weekdays = week.days[:5]
    same, words = bool(monday) and all(day == monday for day in weekdays), _TRAIT_WORDS[lang]
    closes = min((day[-1][1] for day in weekdays if day), default=0) if all(weekdays) else 0
    traits = {
        "closed_holidays": words["holidays"] if week.holidays_closed else "",
        "open_weekdays": span_text(monday, country, lang) if same else "",
        "open_saturday": span_text(saturday, country, lang),
        "open_sunday": span_text(sunday, country, lang),
        "open_daily": span_text(monday, country, lang) if all(day == monday for day in week.days) else "",
        "closed_sunday": words["sunday"] if sunday == () else "",
        "closed_only_sunday": words["sunday"] if sunday == () and all(week.days[:6]) else "",
        "closed_weekend": words["weekend"] if saturday == sunday == () else "",
        "open_late": _moment(closes, country, lang) if closes >= 19 * 60 else "",
    }
    if same and monday and len(monday) > 1:
        traits["midday_break"] = span_text(((monday[0][1], monday[1][0]),), country, lang)
    return traits


_TRAIT_WORDS = {
    "en": {"holidays": "closed on public holidays", "sunday": "Sunday", "weekend": "Saturday and Sunday"},
    "de": {"holidays": "an Feiertagen geschlossen", "sunday": "Sonntag", "weekend": "Samstag und Sonntag"},
}


def _moment(minutes: int, country: str, lang: str) -> str:
    return f"{_german_clock(minutes)} Uhr" if lang == "de" else clock_text(minutes, country)


def _german_spans(day: Day) -> str:
    if not day:
        return ""
    if day == ((0, DAY_MINUTES),):
        return "rund um die Uhr"
    return " und ".join(f"{_german_clock(start)} bis {_german_clock(end)}" for start, end in day) + " Uhr"


def _german_clock(minutes: int) -> str:
    """Full hours stand without minutes, and a day ends at 24."""
    hour, minute = divmod(minutes if minutes == DAY_MINUTES else minutes % DAY_MINUTES, 60)
    return f"{hour}:{minute:02d}" if minute else str(hour)
