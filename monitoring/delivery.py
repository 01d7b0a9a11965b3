"""Telling people: incidents, their recoveries and the daily reports go to staff as mails, each of them once.

With MAIL_URL and STAFF_EMAIL set they leave by the transport of the campaigns; else they are .eml files under
VAR_DIR/staff_mail, apart from the outbox, which holds what businesses are sent.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from campaigns.transports.base import Transport
from campaigns.transports.registry import transport_from_url
from monitoring.models import DailyReport
from monitoring.staff_mail import StaffMail, mail_bytes, render_mail
from pipeline import effects, switches
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, SourcePaused, StageError, Uncertain
from pipeline.models import Effect, Incident
from pipeline.runner import Run

logger = logging.getLogger(__name__)

STAFF_MAIL: Final = "staff_mail"
SWITCH: Final = "source:staff_mail"
REFUSED_FOR: Final = 1800  # seconds
MAILS_PER_RUN: Final = 20
REPORT_IS_NEWS_FOR: Final = timedelta(days=3)
_MARKS: Final = {
    Incident.Severity.CRITICAL: ("bad", "Look now"),
    Incident.Severity.WARNING: ("wait", "Look soon"),
    Incident.Severity.INFO: ("ok", "Good to know"),
}


def deliver_incidents(run: Run) -> int:
    """Mail each open incident that staff was not told of, and each recovery of one it was told of.

    Returns how many mails went out. A passing cause (no network, mails paused) ends the run, the next one tries
    again; a mail whose fate is not known is left to a person.
    """
    delivered = 0
    opened = _still_to_tell("opened").filter(resolved_at=None, delivered_at=None)
    over = _still_to_tell("recovered").filter(recovery_delivered_at=None)
    over = over.exclude(delivered_at=None).exclude(resolved_at=None)
    try:
        for incident in opened[:MAILS_PER_RUN]:
            if _deliver(f"incident:{incident.pk}:opened", _opened(incident), incident, run):
                Incident.objects.filter(pk=incident.pk).update(delivered_at=run.now())
                delivered += 1
        for incident in over[:MAILS_PER_RUN]:
            if _deliver(f"incident:{incident.pk}:recovered", _recovered(incident), incident, run):
                Incident.objects.filter(pk=incident.pk).update(recovery_delivered_at=run.now())
                delivered += 1
    except StageError as error:
        logger.warning("Staff mails wait: %s", error)
    return delivered


def deliver_reports(run: Run) -> int:
    """Mail the reports of the last days that are not delivered yet; returns how many went out."""
    recent = DailyReport.objects.filter(delivered_at=None, created_at__gt=run.now() - REPORT_IS_NEWS_FOR)
    return sum(deliver_report(report, run) for report in recent.order_by("day"))


def deliver_report(report: DailyReport, run: Run) -> bool:
    """Mail one report; False when it did not go out, or may not have."""
    mail = StaffMail(report.subject, report.text, report.html)
    try:
        if not _deliver(f"report:{report.day}", mail, report, run):
            return False
    except StageError as error:
        logger.warning("The report of %s waits: %s", report.day, error)
        return False
    report.delivered_at = run.now()
    report.save(update_fields=["delivered_at"])
    return True


def staff_transport() -> tuple[Transport, str]:
    """Return how mails to staff leave, and to whom."""
    folder = Path(settings.VAR_DIR) / "staff_mail"
    mail_url = settings.MAIL_URL if settings.STAFF_EMAIL else ""
    return transport_from_url(mail_url, folder), settings.STAFF_EMAIL or settings.MAIL_FROM


def _still_to_tell(event: str) -> QuerySet[Incident]:
    """Return the incidents whose mail about `event` the ledger does not hold as refused or as uncertain."""
    ended = [Effect.Status.FAILED, Effect.Status.CANCELLED, Effect.Status.UNKNOWN]
    lost = Effect.objects.filter(key=ledger_key("incident", event), kind=STAFF_MAIL, status__in=ended)
    return Incident.objects.filter(~Exists(lost)).order_by("opened_at", "pk")


def ledger_key(what: str, event: str) -> Concat:
    """Return, for a query over incidents, the ledger's key of telling `event` of one: what:ID:event."""
    return Concat(Value(f"{what}:"), Cast(OuterRef("pk"), CharField()), Value(f":{event}"))


def _deliver(key: str, mail: StaffMail, about: Incident | DailyReport, run: Run) -> bool:
    """Send one mail through the ledger; False when it never will go out, or nobody can tell whether it did.

    Raises the other errors of a stage: nothing happened, and a later try may work.
    """
    transport, recipient = staff_transport()
    kind = EffectKind(STAFF_MAIL, Policy(transport.policy), (SWITCH,))
    effect = effects.plan(
        kind, key, subject=f"{about._meta.label_lower}:{about.pk}", request={"mail": key}, now=run.now()
    )
    message_id = _message_id(key, effect.planned_at)
    body = mail_bytes(mail, recipient=recipient, message_id=message_id, at=effect.planned_at)

    def call(effect: Effect) -> Outcome:
        delivery = transport.deliver(
            body, sender=settings.MAIL_FROM, recipient=recipient, message_id=message_id
        )
        return Outcome(response=delivery.reply, reference=delivery.ref)

    def ask(effect: Effect) -> Outcome | None:
        found = transport.find(message_id)
        if found is None:
            raise Uncertain("The mail server cannot say whether the mail went out")
        return Outcome(response="found by Message-ID") if found else None

    try:
        effects.run(kind, effect, call, now=run.now, ask=ask)
    except (BadData, Uncertain) as error:
        logger.error("%s is given up: %s", key, error)
        return False
    except SourcePaused as error:
        # A server that refuses us is not asked again every minute.
        until = run.now() + timedelta(seconds=error.retry_after or REFUSED_FOR)
        switches.pause(SWITCH, by="pipeline", why=error.reason, now=run.now(), until=until)
        raise
    return True


def _message_id(key: str, planned_at: datetime) -> str:
    domain = settings.MAIL_FROM.rpartition("@")[2]
    return f"<{key.replace(':', '.')}.{planned_at:%Y%m%d%H%M%S}@{domain}>"


def _opened(incident: Incident) -> StaffMail:
    tone, mark = _MARKS[Incident.Severity(incident.severity)]
    return render_mail(
        incident.title,
        "monitoring/emails/incident",
        {
            "tone": tone,
            "mark": mark,
            "said": incident.detail,
            "when": _moment(incident.opened_at),
            "foot": "This is said once. Another mail follows when it is over.",
        },
    )


def _recovered(incident: Incident) -> StaffMail:
    said, _, rest = incident.resolution.partition(". ")
    return render_mail(
        said or f"Over: {incident.title}",
        "monitoring/emails/incident",
        {
            "tone": "ok",
            "mark": "Over",
            "said": rest,
            "when": _moment(incident.resolved_at) if incident.resolved_at else "",
            "foot": f"It began {_moment(incident.opened_at)}: {incident.title}",
        },
    )


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.day} {local:%b %H:%M}"
