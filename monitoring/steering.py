"""What the steering page shows, as plain values: switches, limits, steps, dead letters, and who changed what.

What an act would mean is counted when it is asked for, never further than a person can use the number.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import mailboxes
from campaigns.models import Campaign, Mailbox
from monitoring import letters
from monitoring.cycle import STAGES, TASKS
from pipeline import budgets, limits, queue, switches
from pipeline.budgets import budget_day
from pipeline.errors import BadData
from pipeline.limits import Limit
from pipeline.models import LimitChange, ScheduleSlot, Switch
from sites.models import Site
from territories.models import CoverageGrid

type Line = tuple[str, str]

COUNTED: Final = 1000  # further nobody counts
HISTORY: Final = 20
MAILBOXES: Final = 50
MAILBOX: Final = "mailbox:"
STAGE_WORDS: Final = {
    "monitoring": gettext_lazy("Health, reports and what comes in"),
    "scraping": gettext_lazy("Scraping and checking"),
    "generation": gettext_lazy("Building and publishing sites"),
    "campaigns": gettext_lazy("Writing and sending mails"),
}
SOURCE_WORDS: Final = {
    "sample": gettext_lazy("Sample town"),
    "osm_file": gettext_lazy("Map file"),
    "overture_file": gettext_lazy("Overture file"),
    "csv_file": gettext_lazy("CSV file"),
    "outbox": gettext_lazy("Outbox (files)"),
    "smtp": gettext_lazy("Mail server (SMTP)"),
    "anymail": gettext_lazy("Mail provider"),
    "staff_mail": gettext_lazy("Mails to staff"),
    "alert_webhook": gettext_lazy("Alerts by webhook"),
    "s3": gettext_lazy("Storage of sites (S3)"),
}
WAITS: Final = {
    "scrape": gettext_lazy("cells wait to be scraped"),
    "qualify": gettext_lazy("businesses wait to be checked"),
    "generate": gettext_lazy("sites wait to be built"),
    "publish": gettext_lazy("sites wait to go online"),
    "write": gettext_lazy("mails wait to be written"),
    "send": gettext_lazy("mails wait to go out"),
    "apply_inbox": gettext_lazy("messages from outside wait to be applied"),
}
# How long a pause lasts, as the page offers it; empty waits for a person.
SPANS: Final = {"": None, "1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1)}
SPAN_WORDS: Final = {
    "": gettext_lazy("Until somebody resumes it"),
    "1h": gettext_lazy("For 1 hour"),
    "4h": gettext_lazy("For 4 hours"),
    "1d": gettext_lazy("For 1 day"),
}


def page(*, now: datetime) -> dict[str, Any]:
    """Return everything the page shows; the number of queries grows with nothing."""
    return {
        "now": now,
        "switches": _switch_groups(now),
        "limits": _limit_groups(now),
        "steps": _steps(now),
        "letters": letters.overview(),
        "history": _history(),
    }


# --------------------------------------------------------------------------------------------------- switches
def scope_words(scope: str) -> str:
    """Return the name of a scope for people; raises BadData for one that pauses nothing."""
    if scope.startswith(MAILBOX):
        return _("The mailbox %(address)s") % {"address": mailbox_of(scope).address}
    if scope not in switches.known_scopes():
        raise BadData(_("There is nothing of this name to pause"))
    if scope == switches.EVERYTHING:
        return _("Everything")
    kind, _colon, name = scope.partition(":")
    words = STAGE_WORDS if kind == "stage" else SOURCE_WORDS
    return str(words.get(name) or name.replace("_", " ").replace(".", " ").capitalize())


def mailbox_of(scope: str) -> Mailbox:
    """Return the mailbox of a scope "mailbox:ID"; raises BadData where there is none."""
    key = scope.removeprefix(MAILBOX)
    found = Mailbox.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None
    if found is None:
        raise BadData(_("There is no such mailbox"))
    return found


def pause(scope: str, *, by: str, why: str, span: str, now: datetime) -> str:
    """Pause a scope or a mailbox and return what came of it; raises BadData, saying what to do."""
    if not why.strip():
        raise BadData(_("Nothing was paused. Say why, so that others know"))
    if span not in SPANS:
        raise BadData(_("Nothing was paused. Choose how long"))
    name = scope_words(scope)
    if scope.startswith(MAILBOX):
        mailboxes.pause(mailbox_of(scope), why=why.strip(), now=now, by=by)
        return _("Paused: %(name)s. Nothing more goes out of it until somebody resumes it") % {"name": name}
    lasts = SPANS[span]
    if not switches.pause(scope, by=by, why=why.strip(), now=now, until=now + lasts if lasts else None):
        return _("%(name)s is paused for longer already. Nothing was changed") % {"name": name}
    return _("Paused: %(name)s. What is begun is finished, nothing new is begun") % {"name": name}


def resume(scope: str, *, by: str, now: datetime) -> str:
    """Let a scope or a mailbox go on and return what came of it; raises BadData, saying what to do."""
    name = scope_words(scope)
    if scope.startswith(MAILBOX):
        mailboxes.resume(mailbox_of(scope), now=now, by=by)
    elif not switches.resume(scope, by=by, now=now):
        return _("%(name)s was not paused") % {"name": name}
    return _("Runs again: %(name)s") % {"name": name}


def waits_meanwhile(scope: str, *, now: datetime) -> list[Line]:
    """Return what a pause would hold back, in numbers: {count, words} of each kind of row that waits now."""
    kind, _colon, name = scope.partition(":")
    if kind == "source":
        return _waits_for_source(name)
    if kind == "mailbox":
        going = Campaign.objects.filter(mailbox=mailbox_of(scope), status=Campaign.Status.PENDING)
        return [(_counted(going), _("mails of this mailbox wait meanwhile"))]
    stages = STAGES if scope == switches.EVERYTHING else tuple(each for each in STAGES if each.queue == name)
    return [(_counted(stage.waiting(now)), str(WAITS[stage.name])) for stage in stages]


def _waits_for_source(name: str) -> list[Line]:
    if name in settings.SOURCES:
        cells = CoverageGrid.objects.filter(status=CoverageGrid.Status.PENDING, territory__source=name)
        return [(_counted(cells), _("cells of this source wait meanwhile"))]
    transport = name.removeprefix("mail.")
    if name in ("outbox", "smtp", "anymail") or transport != name:
        going = Campaign.objects.filter(status=Campaign.Status.PENDING)
        of_it = Q(mailbox__transport=transport) if transport != name else Q(mailbox__transport="default")
        return [(_counted(going.filter(of_it)), _("mails that go this way wait meanwhile"))]
    if name == "claude":
        sites = Site.objects.filter(status=Site.Status.PENDING)
        return [(_counted(sites), _("sites are built by the built-in engine, or wait"))]
    return []


def _counted(rows: QuerySet[Any]) -> str:
    count = rows.order_by()[: COUNTED + 1].count()
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"


def _switch_groups(now: datetime) -> dict[str, dict[str, Any]]:
    stored = {switch.scope: switch for switch in Switch.objects.all()}
    rows = {scope: _switch_row(scope, stored.get(scope), now) for scope in switches.known_scopes()}
    whole = [rows[scope] for scope in rows if not scope.startswith("source:")]
    sources = [rows[scope] for scope in rows if scope.startswith("source:")]
    boxes = [_mailbox_row(box) for box in Mailbox.objects.order_by("address")[:MAILBOXES]]
    sources.sort(key=lambda row: (not row["paused"], row["name"]))
    groups = [
        {"id": "stages", "title": _("Everything, and the stages"), "rows": whole},
        {"id": "sources", "title": _("Sources and ways out"), "rows": sources},
        {"id": "mailboxes", "title": _("Mailboxes"), "rows": boxes},
    ]
    return {str(group["id"]): group for group in groups}


def _switch_row(scope: str, switch: Switch | None, now: datetime) -> dict[str, Any]:
    paused = bool(switch and switch.paused and (switch.until is None or switch.until > now))
    said = ""
    if switch and paused:
        ends = (
            _("resumes %(at)s by itself") % {"at": f"{timezone.localtime(switch.until):%d %b %H:%M}"}
            if switch.until
            else _("until somebody resumes it")
        )
        said = _("%(why)s (%(by)s, %(ends)s)") % {"why": switch.why, "by": switch.by, "ends": ends}
    return {
        "scope": scope,
        "name": scope_words(scope),
        "paused": paused,
        "tone": "wait" if paused else "ok",
        "icon": "circle-pause" if paused else "",
        "word": _("Paused") if paused else _("On"),
        "said": said,
        "at": switch.at if switch and paused else None,
    }


def _mailbox_row(box: Mailbox) -> dict[str, Any]:
    paused = box.state == Mailbox.State.PAUSED
    said = f"{box.paused_why} ({box.state_changed_by})" if paused else ""
    if box.state == Mailbox.State.SETUP:
        said = _("Being set up: see Mailboxes")
    tone = {Mailbox.State.ACTIVE: "ok", Mailbox.State.PAUSED: "wait"}.get(Mailbox.State(box.state), "off")
    return {
        "scope": f"{MAILBOX}{box.pk}",
        "name": box.address,
        "paused": paused,
        "tone": tone,
        "icon": "circle-pause" if paused else "",
        "word": {"ok": _("On"), "wait": _("Paused")}.get(tone, _("Not active")),
        "said": said,
        "at": box.state_changed_at if paused else None,
        "is_fixed": box.state == Mailbox.State.SETUP,
    }


# ----------------------------------------------------------------------------------------------------- limits
def limit_row(limit: Limit, used: Decimal | None) -> dict[str, Any]:
    """Return a limit as a row: `used` is what today has used of it, None for one that is no budget of a day."""
    last = limit.last
    return {
        "limit": limit,
        "used": used,
        "value": limits.in_words(limit.name, limit.value),
        "file": limits.in_words(limit.name, limit.file),
        "most": limits.in_words(limit.name, limit.most),
        "least": limits.in_words(limit.name, limit.least),
        "plain": f"{limit.value.normalize():f}",
        "by": last.by if last else "",
        "at": last.at if last else None,
        "why": last.why if last else "",
    }


def limit_history(name: str) -> list[dict[str, Any]]:
    """Return the last changes of one limit, newest first."""
    rows = LimitChange.objects.filter(name=name).order_by("-number")[:HISTORY]
    return [_change_entry(row) for row in rows]


def limit_means(limit: Limit, value: Decimal | None, *, now: datetime) -> str:
    """Say in one sentence what a new value means for today: "up to 240 more mails today"."""
    new = limit.file if value is None else value
    if limit.name.startswith(budgets.ROWS):
        return _("Each run takes up to %(n)s rows from the next one on") % {
            "n": limits.in_words(limit.name, new)
        }
    used = budgets.used_today(limit.name, now=now)
    room = max(new - used, Decimal(0))
    return _("From %(old)s to %(new)s: %(room)s are left today, %(used)s are used") % {
        "old": limits.in_words(limit.name, limit.value),
        "new": limits.in_words(limit.name, new),
        "room": limits.in_words(limit.name, room),
        "used": limits.in_words(limit.name, used),
    }


def _limit_groups(now: datetime) -> list[dict[str, Any]]:
    used = budgets.used_on(budget_day(now))
    every = limits.all_limits()
    days = [each for each in every if not each.name.startswith(budgets.ROWS)]
    runs = [each for each in every if each.name.startswith(budgets.ROWS)]
    return [
        {
            "id": "days",
            "title": _("Day budgets"),
            "rows": [limit_row(each, used.get(each.name, Decimal(0))) for each in days],
        },
        {"id": "runs", "title": _("Rows of one run"), "rows": [limit_row(each, None) for each in runs]},
    ]


# ------------------------------------------------------------------------------------------------------ steps
def _steps(now: datetime) -> list[dict[str, Any]]:
    """Return every task that has a schedule, with its last firing: one query for all of them."""
    specs = [spec for spec in TASKS if spec.schedule and spec.name != "beat"]
    newest = Q()
    for spec in specs:
        of_task = ScheduleSlot.objects.filter(task=spec.name).order_by("-slot")
        newest |= Q(pk=Subquery(of_task.values("pk")[:1]))
    last = {slot.task: slot for slot in ScheduleSlot.objects.filter(newest)}
    return [
        {
            "task": spec.name,
            "name": spec.purpose,
            "queue": spec.queue,
            "last": last.get(spec.name),
            "next": spec.schedule.following(now) if spec.schedule else None,
        }
        for spec in specs
    ]


def who_runs(now: datetime) -> str:
    """Say who would run a step that is asked for now."""
    if queue.worker_answers(queue.DEFAULT_QUEUE, now=now):
        return _("A worker takes it within seconds")
    return _("No worker answers: the conductor takes it within half a minute, where one leads")


# ---------------------------------------------------------------------------------------------------- history
def _history() -> list[dict[str, Any]]:
    """Return the last pauses, resumptions and changes of limits, newest first."""
    entries = [
        {
            "title": _("%(name)s: %(state)s")
            % {
                "name": _name_of(scope),
                "state": _("paused") if entry.to_status == switches.PAUSED else _("resumed"),
            },
            "reason": f"{entry.reason} ({entry.by})" if entry.reason else entry.by,
            "at": entry.at,
            "tone": "wait" if entry.to_status == switches.PAUSED else "ok",
            "icon": "circle-pause" if entry.to_status == switches.PAUSED else "play",
        }
        for scope, entry in switches.history(limit=HISTORY)
    ]
    entries += [_change_entry(row) for row in LimitChange.objects.order_by("-at", "-pk")[:HISTORY]]
    return sorted(entries, key=_at, reverse=True)[:HISTORY]


def _at(entry: dict[str, Any]) -> datetime:
    at: datetime = entry["at"]
    return at


def _name_of(scope: str) -> str:
    try:
        return scope_words(scope)
    except BadData:  # a source that was taken out of the settings
        return scope


def _change_entry(row: LimitChange) -> dict[str, Any]:
    new = limits.in_words(row.name, row.value) if row.value is not None else _("what the settings say")
    return {
        "title": _("%(title)s: from %(old)s to %(new)s")
        % {"title": limits.title_of(row.name), "old": limits.in_words(row.name, row.before), "new": new},
        "reason": f"{row.why} ({row.by})",
        "at": row.at,
        "tone": "off",
        "icon": "sliders-horizontal",
    }
