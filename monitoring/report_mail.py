"""The words and the layout of the daily report; its figures come from monitoring/reports.py and are only shown."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from monitoring.comparing import compare_counts
from monitoring.money import amount
from monitoring.staff_mail import StaffMail, render_mail

BAR: Final = 20  # characters of a bar in the text part
BLOCKS: Final = "▁▂▃▄▅▆▇█"
_FUNNEL: Final = (
    ("Found", "businesses"),
    ("Qualified", "qualified"),
    ("Built", "sites_generated"),
    ("Online", "sites_published"),
    ("Mailed", "campaigns_sent"),
    ("Clicked", "clicked"),
    ("Customers", "customers"),
)
_BUDGETS: Final = {"grids": "cells"}  # the others are called as people call them
_HEALTH: Final = {
    "ok": ("ok", "Everything works"),
    "degraded": ("wait", "Works in part"),
    "unhealthy": ("bad", "Stands still"),
}
# What waits: its key, the words for one and for more, the list behind it.
_WAITING: Final = (
    (
        "wanted",
        "owner wants the site",
        "owners want their sites",
        "admin/websites/site/?wanted_at__isnull=False",
    ),
    ("answers", "answer waits for you", "answers wait for you", "dashboard/inbox/"),
    (
        "uncertain",
        "mail may or may not have gone out",
        "mails may or may not have gone out",
        "admin/campaigns/campaign/?status__exact=held",
    ),
    (
        "approvals",
        "mail waits for approval",
        "mails wait for approval",
        "admin/campaigns/campaign/?status__exact=draft",
    ),
    (
        "review",
        "business is doubtful",
        "businesses are doubtful",
        "dashboard/leads/review/",
    ),
    (
        "incidents",
        "incident is open",
        "incidents are open",
        "admin/pipeline/incident/?resolved_at__isnull=True",
    ),
    ("cells", "cell gave up", "cells gave up", "admin/territories/coveragegrid/?status__exact=failed"),
    ("sites", "site gave up", "sites gave up", "admin/websites/site/?status__exact=failed"),
    ("mails", "mail gave up", "mails gave up", "admin/campaigns/campaign/?status__exact=failed"),
)


@dataclass(frozen=True)
class Stat:
    """One of the four figures: a number never stands alone."""

    label: str
    value: str
    change: str
    tone: str
    reason: str


@dataclass(frozen=True)
class Row:
    """One line with a bar; `share` is 0 to 100."""

    name: str
    value: str
    share: int
    note: str = ""  # on a part of the value

    @property
    def rest(self) -> int:
        """The empty part of the bar, in percent."""
        return 100 - self.share

    @property
    def bar(self) -> str:
        """The bar of the text part; what is there is never shown as nothing."""
        return "#" * max(round(self.share * BAR / 100), int(self.share > 0))


def compose_report(day: date, figures: dict[str, Any]) -> StaffMail:
    """Return the mail about `day`; `figures` as monitoring.reports.report_figures makes them."""
    waiting = _waiting(figures)
    tone, state = _HEALTH[figures["health"]["state"]]
    money = _money_rows(figures)
    return render_mail(
        _subject(day, figures, len(waiting)),
        "monitoring/emails/report",
        {
            "title": f"{day:%A} {day.day} {day:%B %Y}",
            "day": _short(day),
            "tone": tone,
            "state": state,
            "health": "" if tone == "ok" else figures["health"]["text"],
            "stats": _stats(day, figures),
            "waiting": waiting,
            "funnel": _funnel(figures["day"]),
            "stopped": _stopped(figures["day"]),
            "money": money,
            "sparkline": _sparkline(row.share for row in money),
            "money_total": amount(sum((Decimal(each) for _, each in figures["money"]), Decimal(0))),
            "limits": [
                (_BUDGETS.get(name, name), f"{each['limit']:,g}") for name, each in figures["budgets"].items()
            ],
            "zone": settings.TIME_ZONE,
        },
    )


def _subject(day: date, figures: dict[str, Any], waiting: int) -> str:
    of_day = figures["day"]
    parts = []
    if of_day["customers"] or Decimal(of_day["revenue"]):
        parts += [
            _count(of_day["customers"], "new customer", "new customers"),
            amount(Decimal(of_day["revenue"])),
        ]
    else:
        parts += [
            _count(of_day["sites_published"], "site online", "sites online"),
            _count(of_day["campaigns_sent"], "mail sent", "mails sent"),
        ]
    needs = _count(waiting, "thing needs you", "things need you") if waiting else "nothing needs you"
    return f"{_short(day)}: {', '.join([*parts, needs])}"


def _stats(day: date, figures: dict[str, Any]) -> list[Stat]:
    now, before = figures["day"], figures["before"]
    since = f"{day - timedelta(days=1):%a}"

    def counted(label: str, key: str, reason: str) -> Stat:
        change, tone = _change(now[key], before and before[key], since)
        return Stat(label, f"{now[key]:,}", change, tone, reason)

    revenue = Decimal(now["revenue"])
    money = Stat(
        "Money in",
        amount(revenue),
        _money_change(revenue, before and Decimal(before["revenue"]), since),
        "off",
        _count(now["customers"], "new customer", "new customers"),
    )
    return [
        money,
        counted("Mails sent", "campaigns_sent", f"{now['opened']:,} opened, {now['clicked']:,} clicked"),
        counted(
            "Sites built",
            "sites_generated",
            f"{now['sites_published']:,} online, {now['sites_failed']:,} failed",
        ),
        counted("Businesses found", "businesses", _qualified(now)),
    ]


def _qualified(counts: dict[str, Any]) -> str:
    return f"{counts['qualified']:,} qualified {_single_evidence(counts)}".rstrip()


def _single_evidence(counts: dict[str, Any]) -> str:
    single = counts["qualified_on_single_evidence"]
    return f"({single:,} on single evidence)" if single else ""


def _change(now: int, before: int | None, since: str) -> tuple[str, str]:
    """Return what changed and its tone."""
    change = compare_counts(now, before)
    difference = round(abs(change.difference))
    if change.verdict == "new":
        return "First day", "off"
    if change.verdict == "up":
        return f"{difference:,} more than {since}", "ok"
    if change.verdict == "down":
        return f"{difference:,} fewer than {since}", "bad"
    return "No real change", "off"


def _money_change(now: Decimal, before: Decimal | None, since: str) -> str:
    if before is None:
        return "First day"
    if now == before:
        return f"As on {since}"
    return f"{amount(abs(now - before))} {'more' if now > before else 'less'} than {since}"


def _waiting(figures: dict[str, Any]) -> list[tuple[str, str]]:
    counts = figures["waiting"] | figures["dead_letters"]
    return [
        (_count(counts[key], one, more), f"{settings.STAFF_BASE_URL}/{address}")
        for key, one, more, address in _WAITING
        if counts[key]
    ]


def _funnel(of_day: dict[str, Any]) -> list[Row]:
    """Return the stages of the day; each bar is the share of the stage above, full where there is no stage above."""
    rows, above = [], 0
    for name, key in _FUNNEL:
        count = of_day[key]
        share = min(100, round(100 * count / above)) if above else 100
        note = _single_evidence(of_day) if key == "qualified" else ""
        rows.append(Row(name, f"{count:,}", share if count else 0, note))
        above = count
    return rows


def _stopped(of_day: dict[str, Any]) -> str:
    parts = [
        _count(of_day["sites_failed"], "site failed", "sites failed"),
        _count(of_day["campaigns_failed"], "mail failed", "mails failed"),
        _count(of_day["unsubscribed"], "owner wants no more mails", "owners want no more mails"),
    ]
    told = [part for part in parts if not part.startswith("0 ")]
    return f"{', '.join(told)}." if told else ""


def _money_rows(figures: dict[str, Any]) -> list[Row]:
    days = [(date.fromisoformat(day), Decimal(money)) for day, money in figures["money"]]
    most = max(money for _, money in days)
    cents = any(money % 1 for _, money in days)
    return [
        Row(
            f"{day:%a} {day.day}",
            amount(money, cents=cents),
            max(1, round(100 * money / most)) if money else 0,
        )
        for day, money in days
    ]


def _sparkline(shares: Any) -> str:
    return "".join(BLOCKS[round(share * (len(BLOCKS) - 1) / 100)] for share in shares)


def _count(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
