"""The beat: once a minute it rings whatever is due, so that a lost hint costs a minute and never work."""

from collections import Counter

from campaigns import judging, receiving
from monitoring.cleanup import cleanup_stuck
from monitoring.cycle import STAGES, TASKS
from monitoring.delivery import deliver_incidents, deliver_reports
from monitoring.kept_days import keep_figures
from monitoring.posting import post_incidents
from monitoring.watchdog import ask_watchdog
from pipeline import inbox, queue, slots
from pipeline.models import ScheduleSlot
from pipeline.runner import Run, StageResult

RETRIES_PER_STAGE = 50
EVENTS_A_BEAT = 200


def beat(run: Run) -> StageResult:
    """Free the dead's claims, ring due slots and retries, send the canaries, apply the inbox, tell people."""
    done: Counter[str] = Counter()
    done.update(cleanup_stuck(run).rows)
    done["slots rung"] = _ring_due_slots(run)
    done["retries rung"] = _ring_due_retries(run)
    done["canaries"] = len(queue.send_canaries(now=run.now()))
    done["events applied"] = apply_inbox(run).total
    done["incidents delivered"] = deliver_incidents(run)
    done["alerts posted"] = post_incidents(run)
    done["reports delivered"] = deliver_reports(run)
    done["watchdog asked"] = ask_watchdog(run)
    done["days counted"] = keep_figures(run.now())
    return StageResult("beat", +done)


def apply_inbox(run: Run) -> StageResult:
    """Read our mailboxes, apply what they and webhooks brought, and judge who was behind the hits.

    The conductor does this part of the beat itself, so that it waits for no worker.
    """
    receiving.read_mailboxes(run)
    judging.judge_hits(run)
    return inbox.apply_events(run, limit=EVENTS_A_BEAT)


def _ring_due_slots(run: Run) -> int:
    rung = 0
    for spec in TASKS:
        if spec.schedule is None or spec.name == "beat":
            continue
        slot = slots.open_due(spec.name, spec.schedule, now=run.now())
        if slot.status == ScheduleSlot.Status.DUE:
            queue.ring(spec.name)
            rung += 1
    return rung


def _ring_due_retries(run: Run) -> int:
    rung = 0
    for stage in STAGES:
        if not stage.row_task:
            continue
        for row in stage.due(run.now()).filter(attempts__gt=0)[:RETRIES_PER_STAGE]:
            queue.ring(stage.row_task, getattr(row, stage.row_argument))
            rung += 1
    return rung
