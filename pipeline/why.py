"""Why a row does not move and what happens next by itself: asked of what decides, in the order in which it decides.

settings.WHY names the table of the verbs, one for each model, so that pages of every room can ask with `explain`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Max
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from pipeline import budgets, claims, dead_letters, liveness, switches
from pipeline.budgets import budget_day, day_bounds
from pipeline.errors import SwitchedOff
from pipeline.models import Switch, WorkItem
from pipeline.stages import Stage


@dataclass(frozen=True, slots=True)
class Why:
    """`code` for machines, `text` for people, `next_at`: when something happens by itself; None waits for a person."""

    code: str
    text: str
    next_at: datetime | None = None


# Answers when the work on a stage begins next, if nothing is rung before: the firing after a moment.
NextRun = Callable[[datetime], datetime]


def explain(row: models.Model, *, now: datetime) -> Why | None:
    """Return why `row` does not move; None for a model of which nobody knows."""
    verb = _verbs().get(row._meta.label_lower)
    return verb(row, now=now) if verb else None


def can_explain(model: type[models.Model]) -> bool:
    """Tell whether somebody knows why a row of `model` does not move."""
    return model._meta.label_lower in _verbs()


def _verbs() -> Mapping[str, Callable[..., Why]]:
    return cast(Mapping[str, Callable[..., Why]], import_string(settings.WHY))


def why_of_stage(
    stage: Stage, row: WorkItem, *, now: datetime, next_run: NextRun, scopes: Collection[str] = ()
) -> Why:
    """Say why a row that is ready for `stage`, or in its hands, is not done: what a claim meets first.

    `scopes` are switches that stop its work besides the stage's own.
    """
    if row.claimed_by:
        return why_in_hand(row, now=now)
    if paused := why_paused([stage.switch, *scopes], now=now):
        return paused
    if row.next_attempt_at > now:
        return _why_later(stage, row, next_run)
    if spent := why_spent(stage.budget, now=now):
        return spent
    return Why("due", _("It is taken with the next run"), next_run(now))


def why_in_hand(row: WorkItem, *, now: datetime) -> Why:
    """Say who works on a claimed row, or when it is freed because its worker is gone."""
    since = row.claimed_at or now
    alive = liveness.is_alive(row.claimed_by)
    if alive:
        return Why("in_hand", _("A worker has it in hand"), now)
    if alive is None:
        freed_at = max(now, since + timedelta(seconds=settings.CLAIM_LEASE))
        text = _(
            "A worker took it, of which nothing can be known here; it is freed if it is not heard of again"
        )
    else:
        freed_at = max(now, since + timedelta(seconds=settings.CLAIM_FREE_AFTER))
        text = _("Its worker died; it is freed and tried again")
    return Why("in_hand", text, freed_at)


def why_paused(scopes: Collection[str], *, now: datetime) -> Why | None:
    """Say what is paused of `scopes` and of everything; None where nothing is."""
    try:
        switches.check_on(*scopes, now=now)
    except SwitchedOff as refusal:
        paused = Switch.objects.filter(scope__in=[switches.EVERYTHING, *scopes], paused=True)
        forever = paused.filter(until__isnull=True).exists()
        until = None if forever else paused.aggregate(last=Max("until"))["last"]
        return Why("switch", str(refusal), until)
    return None


def why_spent(budget: str, *, now: datetime) -> Why | None:
    """Say that a day budget is used up; None where one more unit of it fits, or `budget` is ""."""
    if not budget:
        return None
    limit = budgets.limit_of(budget)
    if budgets.used_today(budget, now=now) + 1 <= limit:
        return None
    tomorrow = day_bounds(budget_day(now))[1]
    text = _("The day's budget of %(limit)s %(name)s is used up; it starts anew at midnight")
    return Why("budget", text % {"limit": f"{limit.normalize():f}", "name": budget}, tomorrow)


def why_failed(row: WorkItem, *, now: datetime) -> Why:
    """Say whether a failed row gets another round of tries by itself."""
    if claims.passes(row):
        at = max(now, row.status_changed_at + claims.REOPEN_PAUSE)
        text = _("It failed for a cause that may pass and gets another round of tries: %(error)s")
        return Why("failed", text % {"error": row.last_error}, at)
    if not dead_letters.gave_up(type(row)).filter(pk=row.pk).exists():
        return Why(
            "set_aside", _("It failed for good and was set aside: %(error)s") % {"error": row.last_error}
        )
    text = _("It failed for good; mend the cause and requeue it: %(error)s")
    return Why("failed", text % {"error": row.last_error or row.get_error_kind_display()})


def _why_later(stage: Stage, row: WorkItem, next_run: NextRun) -> Why:
    because = f": {row.last_error}" if row.last_error else ""
    if not row.attempts:
        return Why("turn", _("Its turn comes later") + because, next_run(row.next_attempt_at))
    said = {"number": row.attempts + 1, "all": stage.max_attempts}
    return Why("retry", _("Try %(number)d of %(all)d follows") % said + because, row.next_attempt_at)
