"""Dead letters of every kind: how many wait and why, another try or rest for all of one cause, at what price."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.models import Campaign
from campaigns.requeueing import requeue
from pipeline import budgets, dead_letters, inbox
from pipeline.errors import BadData, StageError
from pipeline.models import InboundEvent, WorkItem
from pipeline.states import IllegalTransition, StaleState
from sites.generation import most_cost as most_cost_of_sites
from sites.generation import rebuild
from sites.models import Site
from territories.coverage import requeue_cell
from territories.models import CoverageGrid
from territories.progress import most_cost as most_cost_of_cells

type Line = tuple[str, str]

AT_ONCE: Final = 500  # more are done by pressing again
LOOKED_AT: Final = 1000
CAUSES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of dead letter. `retry(row, now=, by=, why=)` asks for another try; `most_cost` is USD at most."""

    key: str
    title: Any
    model: type[WorkItem]
    may: str
    retry: Callable[..., None]
    most_cost: Callable[[QuerySet[Any]], Decimal]
    budget: str = ""


KINDS: Final = {
    kind.key: kind
    for kind in (
        Kind(
            "cells", gettext_lazy("Cells"), CoverageGrid, "territories.change_coveragegrid",
            requeue_cell, most_cost_of_cells, "grids",
        ),
        Kind(
            "sites", gettext_lazy("Sites"), Site, "websites.change_site",
            rebuild, lambda rows: most_cost_of_sites(rows.count()), "sites",
        ),
        Kind(
            "mails", gettext_lazy("Mails"), Campaign, "campaigns.change_campaign",
            requeue, lambda rows: Decimal(0), "mails",
        ),
        Kind(
            "events", gettext_lazy("Messages from outside"), InboundEvent, "pipeline.change_inboundevent",
            inbox.apply_again, lambda rows: Decimal(0),
        ),
    )
}  # fmt: skip


@dataclass(slots=True)
class Done:
    """How many rows moved, and why others were left."""

    moved: list[WorkItem] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        said = ngettext("%(n)d row is done", "%(n)d rows are done", len(self.moved)) % {"n": len(self.moved)}
        if not self.left:
            return said
        count = sum(self.left.values())
        stayed = ngettext("%(n)d stayed as it was", "%(n)d stayed as they were", count) % {"n": count}
        return f"{said}. {stayed}: {'; '.join(list(self.left)[:3])}"


def kind_of(key: str) -> Kind:
    """Return one kind; raises BadData for a key that is none."""
    if key not in KINDS:
        raise BadData(_("There are no dead letters of this kind"))
    return KINDS[key]


def overview() -> list[dict[str, Any]]:
    """Return the kinds that have dead letters: {kind, title, count, causes}, the most frequent causes first."""
    found = []
    for kind in KINDS.values():
        causes = dead_letters.causes(kind.model, limit=LOOKED_AT)
        count = sum(cause["count"] for cause in causes)
        if count:
            more = len(causes) - CAUSES_SHOWN
            found.append(
                {
                    "kind": kind.key,
                    "title": kind.title,
                    "may": kind.may,
                    "count": count,
                    "is_more": count >= LOOKED_AT,
                    "causes": causes[:CAUSES_SHOWN],
                    "more": max(more, 0),
                }
            )
    return found


def chosen(kind: Kind, cause: str | None) -> QuerySet[WorkItem]:
    """Return the dead letters of one kind, or of one cause alone, the oldest first; AT_ONCE at most."""
    rows = dead_letters.gave_up(kind.model)
    if cause is not None:
        rows = rows.filter(last_error=cause)
    oldest = rows.order_by("status_changed_at", "pk").values("pk")[:AT_ONCE]
    return kind.model._base_manager.filter(pk__in=list(oldest.values_list("pk", flat=True))).order_by("pk")


def consequence(kind: Kind, rows: QuerySet[WorkItem], *, now: datetime) -> list[Line]:
    """Return what another try means, in numbers: rows, money at most, and what today's budget still has room for."""
    count = rows.count()
    words = {
        "cells": ngettext("cell is asked for again", "cells are asked for again", count),
        "sites": ngettext("site is built again", "sites are built again", count),
        "mails": ngettext(
            "mail is tried again, after every check; none goes out twice",
            "mails are tried again, after every check; none goes out twice",
            count,
        ),
        "events": ngettext("message is applied again", "messages are applied again", count),
    }
    lines = [(f"{count:,}", words[kind.key])]
    if kind.budget:
        room = int(budgets.limit_of(kind.budget) - budgets.used_today(kind.budget, now=now))
        left = _("of today's budget are left; what does not fit waits for midnight")
        lines.append((f"{max(room, 0):,}", left))
    if kind.key in ("cells", "sites"):
        lines.append((f"${kind.most_cost(rows):,.2f}", _("at most is paid for it")))
    return lines


def try_again(kind: Kind, rows: QuerySet[WorkItem], *, by: str, why: str, now: datetime) -> Done:
    """Ask for another try of each row; one that somebody else moved meanwhile is left as it is."""
    return _each(rows, lambda row: kind.retry(row, now=now, by=by, why=why))


def rest(kind: Kind, rows: QuerySet[WorkItem], *, by: str, why: str, now: datetime) -> Done:
    """Set each row aside; one that somebody else moved meanwhile is left as it is."""
    return _each(rows, lambda row: dead_letters.set_aside(row, by=by, why=why, now=now))


def _each(rows: QuerySet[WorkItem], verb: Callable[[WorkItem], None]) -> Done:
    done = Done()
    for row in rows:
        try:
            verb(row)
        except (StaleState, IllegalTransition):
            reason = _("somebody else changed it, or a worker holds it")
            done.left[reason] = done.left.get(reason, 0) + 1
        except StageError as error:
            done.left[str(error)] = done.left.get(str(error), 0) + 1
        else:
            done.moved.append(row)
    return done
