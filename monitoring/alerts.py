"""Alerts: what staff must know becomes one incident, said once, and one recovery notice when it is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from monitoring.delivery import deliver_incidents
from monitoring.health import LATE_AFTER, check_health, late_tasks, silent_queues, some_of
from monitoring.metrics import FailureRate, failure_rates
from monitoring.models import CycleRun
from monitoring.posting import post_incidents
from monitoring.watchdog import ask_watchdog
from pipeline import watching
from pipeline.incidents import open_incident, resolve_incident
from pipeline.models import Incident, ScheduleSlot
from pipeline.runner import Run, StageResult

# The kinds of incidents that this module opens, and therefore ends.
FAILURES, HEALTH, WORKERS, SCHEDULES = "failures", "health", watching.SILENT, "schedules"
KINDS: Final = (FAILURES, HEALTH, WORKERS, SCHEDULES)
WATCHED_WITHIN: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Alarm:
    """One thing that is wrong now."""

    kind: str
    key: str
    title: str
    detail: str
    severity: str = Incident.Severity.WARNING


def alert_on_failures(run: Run) -> StageResult:
    """Open an incident for all that is wrong, end those that are over, and tell staff of both."""
    now = run.now()
    result = StageResult("alerts")
    rates = failure_rates(now)
    alarms = {(alarm.kind, alarm.key): alarm for alarm in _alarms(run, rates)}
    for alarm in alarms.values():
        incident = open_incident(
            alarm.kind,
            alarm.key,
            title=alarm.title,
            detail=alarm.detail,
            severity=alarm.severity,
            now=now,
        )
        result.rows["opened" if incident.count == 1 else "still open"] += 1
    for incident in Incident.objects.filter(kind__in=KINDS, resolved_at__isnull=True).order_by("pk"):
        recovery = "" if (incident.kind, incident.key) in alarms else _recovery(incident, rates)
        lasted = _span(now - incident.opened_at)
        if recovery and resolve_incident(
            incident.kind, incident.key, now=now, resolution=f"{recovery}. It lasted {lasted}"
        ):
            result.rows["over"] += 1
    delivered = deliver_incidents(run)
    if delivered:
        result.rows["delivered"] = delivered
    posted = post_incidents(run)
    if posted:
        result.rows["posted"] = posted
    ask_watchdog(run)
    return result


def _alarms(run: Run, rates: dict[str, FailureRate]) -> list[Alarm]:
    alarms = _rate_alarms(rates, run.now()) + _health_alarms(run)
    if _was_watching(run.now()):
        alarms += _worker_alarms(run.now())
    return alarms


def _limits() -> dict[str, tuple[str, float, str]]:
    """Return, by stage, what fails there, the share above which people are told, and what did not happen."""
    return {
        "generation": ("Sites", settings.GENERATION_FAILURE_ALERT, "Nothing faulty went online"),
        "campaigns": ("Mails", settings.CAMPAIGN_FAILURE_ALERT, "Nobody was written to twice"),
    }


def _rate_alarms(rates: dict[str, FailureRate], now: datetime) -> list[Alarm]:
    alarms = []
    for stage, (noun, limit, comfort) in _limits().items():
        rate = rates[stage]
        if rate.ended < settings.ALERT_MIN_SAMPLES or rate.share <= limit:
            continue
        title = f"{noun} fail: {rate.failed} of {rate.ended} in 24 h, limit {limit * 100:g} %"
        cause = f"Since {_moment(rate.since or now, now)}, {rate.failed} {noun.lower()} failed"
        if rate.reason:
            many = "all" if rate.reason_count == rate.failed else f"{rate.reason_count} of them"
            cause += f", {many} for one cause: {rate.reason.rstrip('.')}"
        detail = f"{cause}. {comfort}. What failed for a passing cause is tried again by itself within a day."
        alarms.append(Alarm(FAILURES, stage, title, detail))
    return alarms


def _health_alarms(run: Run) -> list[Alarm]:
    detail = (
        "Until this is put right nothing is scraped, built or sent; every row keeps its place. "
        "Work goes on by itself with the first cycle that finds it in order."
    )
    return [
        Alarm(HEALTH, finding.part, f"Work stands still: {_in_sentence(finding.text)}", detail, "critical")
        for finding in check_health(run).findings
        if finding.state == "unhealthy"
    ]


def _worker_alarms(now: datetime) -> list[Alarm]:
    alarms = [
        Alarm(
            WORKERS,
            queue,
            watching.TITLE.format(queue=queue),
            watching.DETAIL,
        )
        for queue in silent_queues(now)
    ]
    late = late_tasks(now)
    if late:
        alarms.append(
            Alarm(
                SCHEDULES,
                "late",
                f"Schedules are late: {some_of(late)}",
                "Due over 10 min ago and begun by no worker. Either none runs, or all are "
                "busy. A missed firing is covered by the next one, and by every cycle of the conductor.",
            )
        )
    return alarms


def _was_watching(now: datetime) -> bool:
    """Tell whether the system ran a while ago: after a night switched off, being late is no news."""
    window = {"started_at__gt": now - WATCHED_WITHIN, "started_at__lte": now - LATE_AFTER}
    return CycleRun.objects.filter(**window).exists() or ScheduleSlot.objects.filter(**window).exists()


def _recovery(incident: Incident, rates: dict[str, FailureRate]) -> str:
    """Return what to say now that an alarm is silent; "" while it is not known whether it is over."""
    if incident.kind == FAILURES:
        rate = rates.get(incident.key, FailureRate(0, 0))
        # Too few samples say nothing, unless all of them went well.
        if rate.ended < settings.ALERT_MIN_SAMPLES and not (rate.ended and not rate.failed):
            return ""
        noun = _limits()[incident.key][0]
        return f"{noun} work again: {rate.ended - rate.failed} of {rate.ended} in 24 h"
    if incident.kind == HEALTH:
        return f"Work goes on: {incident.key} in order again"
    if incident.kind == WORKERS:
        return f"Workers answer on {incident.key} again"
    return "Schedules are on time again"


def _in_sentence(text: str) -> str:
    return text[:1].lower() + text[1:]


def _moment(at: datetime, now: datetime) -> str:
    local = timezone.localtime(at)
    return (
        f"{local:%H:%M}"
        if local.date() == timezone.localtime(now).date()
        else f"{local.day} {local:%b %H:%M}"
    )


def _span(lasted: timedelta) -> str:
    """Return a span in its two largest units: "2 h 50 min"."""
    minutes = max(1, round(lasted.total_seconds() / 60))
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return " ".join(parts[:2])
