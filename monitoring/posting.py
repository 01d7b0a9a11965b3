"""Alerts in a chat: incidents and their recoveries are posted to ALERT_WEBHOOK_URL, beside the mails to staff."""

import logging
from typing import Final

from django.conf import settings
from django.db.models import Exists, QuerySet
from django.urls import reverse

from monitoring.delivery import ledger_key
from monitoring.notifiers.outgoing import post_text
from pipeline import effects
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, StageError
from pipeline.models import Effect, Incident
from pipeline.runner import Run

logger = logging.getLogger(__name__)

# Twice is better than not at all, for an alert: after a crash it is posted again.
POST: Final = EffectKind("alert_post", Policy.IDEMPOTENT, ("source:alert_webhook",))
POSTS_PER_RUN: Final = 20
_MARKS: Final = {
    Incident.Severity.CRITICAL: "Look now",
    Incident.Severity.WARNING: "Look soon",
    Incident.Severity.INFO: "Good to know",
}


def post_incidents(run: Run) -> int:
    """Post each open incident that was not posted, and each recovery of one that was; returns how many went out.

    A post that is refused for good is given up; where the webhook does not answer, the next run tries again.
    """
    if not settings.ALERT_WEBHOOK_URL:
        return 0
    opened = _without("opened").filter(resolved_at=None).order_by("opened_at", "pk")
    was_posted = Effect.objects.filter(key=ledger_key("alert", "opened"), status=Effect.Status.DONE)
    over = (
        _without("recovered")
        .exclude(resolved_at=None)
        .filter(Exists(was_posted))
        .order_by("resolved_at", "pk")
    )
    posted = 0
    try:
        for incident in opened[:POSTS_PER_RUN]:
            posted += _post(incident, "opened", _opened_text(incident), run)
        for incident in over[:POSTS_PER_RUN]:
            posted += _post(incident, "recovered", _recovered_text(incident), run)
    except StageError as error:
        logger.warning("Alerts to the webhook wait: %s", error)
    return posted


def _without(event: str) -> QuerySet[Incident]:
    """Return the incidents of which `event` was neither posted nor given up."""
    ended = [Effect.Status.DONE, Effect.Status.FAILED, Effect.Status.CANCELLED]
    told = Effect.objects.filter(key=ledger_key("alert", event), status__in=ended)
    return Incident.objects.filter(~Exists(told))


def _post(incident: Incident, event: str, text: str, run: Run) -> bool:
    key = f"alert:{incident.pk}:{event}"
    subject = f"{incident._meta.label_lower}:{incident.pk}"
    effect = effects.plan(POST, key, subject=subject, request={"post": key}, now=run.now())
    try:
        effects.run(
            POST,
            effect,
            lambda effect: Outcome(response=post_text(settings.ALERT_WEBHOOK_URL, text)),
            now=run.now,
        )
    except BadData as error:
        logger.error("%s is given up: %s", key, error)
        return False
    return True


def _opened_text(incident: Incident) -> str:
    mark = _MARKS[Incident.Severity(incident.severity)]
    link = settings.STAFF_BASE_URL + reverse("admin:pipeline_incident_change", args=[incident.pk])
    return f"*{mark}: {_plain(incident.title)}*\n{_plain(incident.detail)}\n{link}"


def _recovered_text(incident: Incident) -> str:
    return f"*Over: {_plain(incident.title)}*\n{_plain(incident.resolution)}"


def _plain(text: str) -> str:
    """Take the meaning from the signs with which a chat would call a whole channel together."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
