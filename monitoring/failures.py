"""Failures of one cause together: the same kind of error with the same words, once numbers and names are taken out."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from businesses.models import Business
from campaigns.models import Campaign
from monitoring import letters
from pipeline import dead_letters
from pipeline.claims import REOPEN_LIMIT
from pipeline.models import ErrorKind, InboundEvent, ScheduleSlot, TimelineEntry, WorkItem
from sites.models import Site
from territories.models import CoverageGrid

LOOKED_AT: Final = 500  # newest failures of each kind
SLOTS_LOOKED_AT: Final = 200
_TAKEN_OUT: Final = (
    (re.compile(r"https?://[^\s,;)]+"), "…"),
    (re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>,;)]+"), "…"),
    (re.compile(r"“[^”]*”|\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)"), "…"),
    (re.compile(r"(?<!\w)/[\w./-]+"), "…"),
    (re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE), "…"),
    (re.compile(r"[\w.:,-]*\d[\w:-]*"), "N"),
    (re.compile(r"N(?:[\s,.]+N)+"), "N"),
)


@dataclass(frozen=True, slots=True)
class _Sort:
    """One kind of row that may fail: how it is called, the column of its name, the admin's page of it."""

    model: type[WorkItem]
    title: Any
    name: str
    page: str
    letters: str = ""  # the key of its dead letters; "": no retry is asked for here


SORTS: Final = (
    _Sort(
        CoverageGrid,
        gettext_lazy("Cells"),
        "territory__name",
        "admin:territories_coveragegrid_change",
        "cells",
    ),
    _Sort(Business, gettext_lazy("Leads"), "name", "admin:businesses_business_change"),
    _Sort(Site, gettext_lazy("Sites"), "slug", "admin:websites_site_change", "sites"),
    _Sort(Campaign, gettext_lazy("Mails"), "business__name", "admin:campaigns_campaign_change", "mails"),
    _Sort(
        InboundEvent,
        gettext_lazy("Messages from outside"),
        "source",
        "admin:pipeline_inboundevent_change",
        "events",
    ),
)


@dataclass(slots=True)
class Failures:
    """Failures of one cause, with the newest as the example. `dead`: how many wait for a person; the others are
    tried again by themselves."""

    kind: str
    fingerprint: str
    title: str
    text: str
    error: str
    example: str
    href: str
    first: datetime
    last: datetime
    count: int = 0
    dead: int = 0

    @property
    def can_retry(self) -> bool:
        """Whether a person may ask for another try of all that wait for one."""
        return bool(self.kind and self.dead)


def template_of(text: str, name: str = "") -> str:
    """Return the words of an error without what differs from row to row."""
    if len(name) > 3:
        text = text.replace(name, "…")
    for pattern, stand_in in _TAKEN_OUT:
        text = pattern.sub(stand_in, text)
    return " ".join(text.split())


def fingerprint_of(label: str, error_kind: str, template: str) -> str:
    """Return a short name for one cause, the same in every process."""
    return hashlib.sha256(f"{label}|{error_kind}|{template}".encode()).hexdigest()[:16]


def failures() -> list[Failures]:
    """Return the causes of what failed of late, those that wait for a person first, then the most frequent."""
    found: dict[str, Failures] = {}
    newest = {sort: _newest(sort, sort.model._base_manager.exclude(error_kind="")) for sort in SORTS}
    aside = _set_aside(newest)
    for sort, rows in newest.items():
        for row in rows:
            group = _group_of(found, sort, row)
            group.count += 1
            group.first = min(group.first, row["status_changed_at"])
            group.dead += _waits(sort, row) and (sort.model._meta.label_lower, row["pk"]) not in aside
    _add_slots(found)
    return sorted(found.values(), key=lambda group: (-group.dead, -group.count, group.fingerprint))


def dead_of(kind: letters.Kind, fingerprint: str) -> QuerySet[WorkItem]:
    """Return the dead letters of one cause, `letters.AT_ONCE` at most, in a fixed order."""
    sort = next(each for each in SORTS if each.letters == kind.key)
    rows = _newest(sort, dead_letters.gave_up(kind.model))
    mine = [row["pk"] for row in rows if _fingerprint(sort, row) == fingerprint][: letters.AT_ONCE]
    return kind.model._base_manager.filter(pk__in=mine).order_by("pk")


def _newest(sort: _Sort, rows: QuerySet[Any]) -> list[dict[str, Any]]:
    columns = ("pk", "status", "error_kind", "last_error", "status_changed_at", "reopened_count", sort.name)
    return list(rows.order_by("-status_changed_at").values(*columns)[:LOOKED_AT])


def _fingerprint(sort: _Sort, row: dict[str, Any]) -> str:
    template = template_of(row["last_error"], row[sort.name] or "")
    return fingerprint_of(sort.model._meta.label_lower, row["error_kind"], template)


def _group_of(found: dict[str, Failures], sort: _Sort, row: dict[str, Any]) -> Failures:
    key = _fingerprint(sort, row)
    if key not in found:
        at = row["status_changed_at"]
        kinds: dict[str, Any] = dict(ErrorKind.choices)
        found[key] = Failures(
            kind=sort.letters,
            fingerprint=key,
            title=str(sort.title),
            text=template_of(row["last_error"], row[sort.name] or "") or _("no reason was noted"),
            error=str(kinds.get(row["error_kind"], row["error_kind"])),
            example=f"{row[sort.name]}: {row['last_error']}",
            href=reverse(sort.page, args=[row["pk"]]),
            first=at,
            last=at,
        )
    return found[key]


def _waits(sort: _Sort, row: dict[str, Any]) -> bool:
    """Tell whether a failed row waits for a person, as dead_letters.gave_up tells it of rows."""
    passes = (
        row["error_kind"] in (ErrorKind.TRANSIENT, ErrorKind.STUCK) and row["reopened_count"] < REOPEN_LIMIT
    )
    return bool(sort.letters) and row["status"] == dead_letters.FAILED and not passes


def _set_aside(newest: dict[_Sort, list[dict[str, Any]]]) -> set[tuple[str, int]]:
    """Return (model, key) of the rows that a person set aside since they failed."""
    failed_at = {
        (sort.model._meta.label_lower, row["pk"]): row["status_changed_at"]
        for sort, rows in newest.items()
        for row in rows
        if _waits(sort, row)
    }
    if not failed_at:
        return set()
    mine = Q()
    for label in {label for label, _pk in failed_at}:
        mine |= Q(model=label, row_id__in=[pk for each, pk in failed_at if each == label])
    entries = TimelineEntry.objects.filter(mine, to_status=dead_letters.SET_ASIDE).values_list(
        "model", "row_id", "at"
    )
    return {(label, pk) for label, pk, at in entries if at >= failed_at[label, pk]}


def _add_slots(found: dict[str, Failures]) -> None:
    failed = ScheduleSlot.objects.filter(status=ScheduleSlot.Status.FAILED).order_by("-slot")
    for slot in failed[:SLOTS_LOOKED_AT]:
        template = template_of(slot.outcome)
        key = fingerprint_of(f"slot:{slot.task}", "", template)
        at = slot.finished_at or slot.slot
        if key not in found:
            found[key] = Failures(
                kind="", fingerprint=key, title=_("Task %(name)s") % {"name": slot.task}, text=template,
                error=_("The next firing covers it"), example=slot.outcome,
                href=reverse("admin:pipeline_scheduleslot_change", args=[slot.pk]), first=at, last=at,
            )  # fmt: skip
        found[key].count += 1
        found[key].first = min(found[key].first, at)
