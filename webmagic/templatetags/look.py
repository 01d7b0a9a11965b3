"""Tags of the staff pages: icons, pills, and the small drawings that strict CSP wants as plain SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webmagic import navigation
from webmagic.look import TONE_ICONS, status_word

register = template.Library()

NBSP = "\N{NO-BREAK SPACE}"
SPARK_WIDTH, SPARK_HEIGHT, SPARK_POINTS = 96, 36, 10
RUNS_SHOWN = 20
NEARLY_USED = 0.9


@register.simple_tag
@lru_cache(maxsize=500, typed=True)  # a page draws it dozens of times
def icon(name: str, css: str = "") -> SafeString:
    """Return the icon `name` of the sprite, silent for readers; the words beside it say what it means."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f"i {css}".strip(),
        static("webmagic/icons/icons.svg"),
        name,
    )


@register.simple_tag
def address(*names: str) -> str:
    """Return the path of the first of these url names that exists, or ""."""
    return navigation.address(*names)


@register.simple_tag(takes_context=True)
def nav_groups(context: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of the sidebar: {title, entries: [{page, url, current, badge}]}."""
    request = context.get("request")
    if request is None:
        return []
    badges = context.get("badges") or {}
    return [
        {
            "title": group.title,
            "entries": [
                {
                    "page": entry.page,
                    "url": entry.url,
                    "current": entry.current,
                    "badge": _badge(badges.get(entry.page.key)),
                }
                for entry in found
            ],
        }
        for group, found in navigation.entries(request)
    ]


@register.simple_tag
def status_pill(model: str, status: str) -> SafeString:
    """Draw the status of a model ("websites.site") as the registry words it."""
    word = status_word(model, status)
    return draw_pill(word.tone, word.icon, str(word.word))


@register.simple_tag
def pill(tone: str, word: str, icon_name: str = "") -> SafeString:
    """Draw a pill that is no status of a row; without an icon it takes the one of its tone."""
    return draw_pill(tone, icon_name or TONE_ICONS[tone], str(word))


@lru_cache(maxsize=500, typed=True)  # typed: what is safe as HTML and what is not may be the same letters
def draw_pill(tone: str, icon_name: str, word: str) -> SafeString:
    """Return the HTML of a pill."""
    return format_html('<span class="pill pill-{}">{}{}</span>', tone, icon(icon_name), word)


@register.simple_tag
def moment(at: datetime | None, css: str = "") -> SafeString:
    """Draw a time: the hour of today or day and hour of another day; all of it where it is pointed at.

    A dash for what is not known.
    """
    if at is None:
        return format_html("–")
    local = timezone.localtime(at)
    shown = "H:i" if local.date() == timezone.localdate() else "j M H:i"
    return format_html(
        '<time{} datetime="{}" title="{}">{}</time>',
        format_html(' class="{}"', css) if css else "",
        local.isoformat(),
        formats.date_format(local, "DATETIME_FORMAT"),
        formats.date_format(local, shown),
    )


@register.inclusion_tag("components/bar.html")
def bar(share: float | None, tone: str = "", height: int = 18) -> dict[str, Any]:
    """Draw a horizontal bar: `share` from 0 to 1 of the track, None leaves the track empty."""
    return {
        "width": None if share is None else f"{min(max(share, 0), 1) * 100:.1f}",
        "tone": tone,
        "height": height,
        "radius": min(4, height / 2),
    }


@register.inclusion_tag("components/quota.html")
def quota(
    label: str, used: float | Decimal, limit: float | Decimal | None, again: str = ""
) -> dict[str, Any]:
    """Draw what is used of a limit; `again` says when there is more ("00:00"), None as limit means not known."""
    share = None if limit is None else (float(used) / float(limit) if limit else 1.0)
    tone, note = "", ""
    if share is not None and share >= 1:
        tone, note = "bad", _("used up, again %(when)s") % {"when": again} if again else _("used up")
    elif share is not None and share >= NEARLY_USED:
        tone, note = "wait", _("nearly used")
    figures = {"used": grouped(used), "limit": None if limit is None else grouped(limit)}
    return {"label": label, "share": share, "tone": tone, "note": note, **figures}


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[float | None]) -> dict[str, Any]:
    """Draw the last ten values; a value that is not known (None) leaves a gap."""
    shown = list(values)[-SPARK_POINTS:]
    known = [value for value in shown if value is not None]
    if not known:
        return {"line": "", "area": "", "dot": None}
    low, high = min(known), max(known)
    step = (SPARK_WIDTH - 8) / max(len(shown) - 1, 1)
    pieces: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(shown):
        if value is None:
            pieces.append([])
            continue
        height = (value - low) / (high - low) if high > low else (0.5 if value else 0.0)
        pieces[-1].append((4 + index * step, 32 - height * 28))
    pieces = [piece for piece in pieces if piece]
    last = pieces[-1][-1]
    return {
        "line": " ".join(_path(piece) for piece in pieces),
        "area": " ".join(f"{_path(piece)} V{SPARK_HEIGHT} H{piece[0][0]:.1f} Z" for piece in pieces),
        "dot": (f"{last[0]:.1f}", f"{last[1]:.1f}") if shown[-1] is not None else None,
    }


@register.inclusion_tag("components/run_bars.html")
def run_bars(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Draw the last 20 runs, oldest first: each {tone: ok|bad|missed, seconds: float|None, title: str}."""
    shown = list(runs)[-RUNS_SHOWN:]
    longest = max((run.get("seconds") or 0 for run in shown), default=0)
    bars = []
    for index, run in enumerate(shown):
        share = (run.get("seconds") or 0) / longest if longest else 0
        height = 20.0 if run["tone"] == "missed" else 5 + 15 * share
        bars.append(
            {
                "x": (RUNS_SHOWN - len(shown) + index) * 8,
                "y": f"{20 - height:.1f}",
                "height": f"{height:.1f}",
                "tone": run["tone"],
                "title": run["title"],
            }
        )
    bad = sum(run["tone"] != "ok" for run in shown)
    said = ngettext("%(count)d run", "%(count)d runs", len(shown)) % {"count": len(shown)}
    troubled = ngettext("%(count)d failed or missed", "%(count)d failed or missed", bad) % {"count": bad}
    free = [index * 8 for index in range(RUNS_SHOWN - len(shown))]
    return {"bars": bars, "free": free, "sentence": f"{said}, {troubled}"}


@register.filter
def grouped(value: float | Decimal | None) -> str:
    """Return a number with the grouping of its language, "12,480"; a dash for what is not known."""
    if value is None:
        return "–"
    whole = int(value)
    return formats.number_format(whole if whole == value else value, use_l10n=True, force_grouping=True)


@register.filter
def usd(amount: Decimal) -> str:
    """Return US dollars: "$1,204.50", small ones with what matters of them: "$0.0123"."""
    if amount and abs(amount) < Decimal("0.1"):
        return f"${amount:.4f}"
    return f"${formats.number_format(amount, 2, use_l10n=True, force_grouping=True)}"


@register.filter
def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as "69 %", with a dash for what is not known."""
    return "–" if share is None else f"{round(share * 100)}{NBSP}%"


@register.filter
def share_text(share: float) -> str:
    """Return a small share from 0 to 1 with up to two decimals: "2 %", "0.25 %"."""
    return f"{grouped(round(share * 100, 2))}{NBSP}%"


@register.filter
def plus_minus(share: Any) -> str:
    """Return half of an interval (`low` to `high`, from 0 to 1) in points of a hundred: "±1.0"."""
    return f"±{formats.number_format((share.high - share.low) * 50, 1)}"


@register.filter
def lasted(span: timedelta | float | None) -> str:
    """Return a span (timedelta or seconds) in the largest unit that suits: "40 s", "9 min", "1.2 h", "3 d"."""
    if span is None:
        return "–"
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            amount = seconds / size
            return f"{amount:.0f}{NBSP}{unit}" if amount >= 10 else f"{amount:.2g}{NBSP}{unit}"
    return f"{seconds:.0f}{NBSP}s"


def _badge(value: Any) -> dict[str, Any] | None:
    """Return {text, waits} of a badge: a count that waits for a person, or {count, waits}; None shows nothing."""
    badge = value if isinstance(value, dict) else {"count": value}
    count = badge["count"]
    if not count:
        return None
    return {"text": "99+" if count > 99 else str(count), "waits": badge.get("waits", True)}


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
