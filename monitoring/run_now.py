"""Running a step because a person asks, out of its turn: by a worker, else by the conductor, never twice at once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from monitoring.conductor import ROLE
from monitoring.cycle import PHASES, STAGES
from pipeline import queue, slots, switches
from pipeline.errors import BadData
from pipeline.models import RoleLease, ScheduleSlot
from pipeline.queue import TaskSpec, task_spec

IN_CYCLE = frozenset(step.task for phase in PHASES for step in phase.steps)
SWITCHED = frozenset(stage.queue for stage in STAGES)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it, in a sentence; `slot` is the firing that was opened, None where nothing new was begun."""

    text: str
    slot: ScheduleSlot | None = None


def run_now(task: str, *, now: datetime) -> Asked:
    """Let `task` run as soon as somebody can.

    Raises UnknownTask, SwitchedOff while it is paused, and BadData where nobody would run it.
    """
    spec = task_spec(task)
    if spec.schedule is None:
        raise BadData(_("It works on one row: ask for it where the row is shown"))
    if spec.queue in SWITCHED:
        switches.check_on(f"stage:{spec.queue}", now=now)
    by_worker = queue.worker_answers(spec.queue, now=now)
    if not by_worker and not _conductor_would(spec, now=now):
        raise BadData(
            _(
                "Nothing would run it: no worker answers and no conductor leads. "
                "Start manage.py qcluster or manage.py conductor --mode continuous"
            )
        )
    with transaction.atomic():
        slot = slots.open_now(task, now=now)
        if slot is None:
            return Asked(
                _("“%(what)s” runs or is due already. It was not begun twice") % {"what": spec.purpose}
            )
        if by_worker:
            queue.ring(task)
    if by_worker:
        return Asked(_("“%(what)s” was given to a worker") % {"what": spec.purpose}, slot)
    return Asked(_("“%(what)s” is run by the conductor within half a minute") % {"what": spec.purpose}, slot)


def _conductor_would(spec: TaskSpec, *, now: datetime) -> bool:
    return spec.name in IN_CYCLE and RoleLease.objects.filter(role=ROLE, expires_at__gt=now).exists()
