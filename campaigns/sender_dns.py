"""The DNS of our senders' domains: looked at before a mailbox may be active, and again every day."""

import contextlib
import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.utils.module_loading import import_string

from businesses.contacts import domain_of_email
from campaigns import mailboxes
from campaigns.dns_checks import Check, Sender, check_sender, verdict_of
from campaigns.dns_lookups import Dns
from campaigns.models import Mailbox, SenderDomain
from pipeline import incidents
from pipeline.runner import Run

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(days=1)
AGAIN_AFTER: Final = timedelta(hours=1)  # where the DNS did not answer
PATIENCE: Final = timedelta(days=3)  # without an answer, until a person is told
INCIDENT: Final = "sender_dns"
BY: Final = "the daily look at the DNS"


def check_domain(domain: SenderDomain, *, now: datetime, dns: Dns | None = None) -> list[Check]:
    """Look at a domain, store what was found, and act on it; returns the checks.

    What is wrong pauses its mailboxes that write to a real server and tells a person. Where the DNS does not answer,
    nothing changes, and after three days a person is told.
    """
    checks = check_sender(_sender_of(domain), dns or import_string(settings.SENDER_DNS)())
    verdict = verdict_of(checks)
    since = domain.dns_report.get("unknown_since") or now.isoformat()
    report: dict[str, Any] = {"checks": [asdict(check) for check in checks]}
    if verdict is None:
        report["unknown_since"] = since
    fields = {"dns_ok": verdict, "dns_report": report, "dns_checked_at": now}
    SenderDomain.objects.filter(pk=domain.pk).update(**fields)
    for name, value in fields.items():
        setattr(domain, name, value)
    if verdict is False:
        _pause_all(domain, checks, now=now)
    elif verdict is True:
        incidents.resolve_incident(INCIDENT, domain.name, now=now, resolution="Its DNS is in order")
    elif now - datetime.fromisoformat(since) >= PATIENCE:
        _tell(domain, "could not be read for three days", _texts(checks, "unknown"), now=now)
    return checks


def check_due_domains(run: Run) -> int:
    """Look at every domain whose last look is a day old and that a real server sends for; returns how many."""
    now = run.now()
    again = Q(dns_ok__isnull=True, dns_checked_at__lte=now - AGAIN_AFTER)
    due = Q(dns_checked_at__isnull=True) | Q(dns_checked_at__lte=now - EVERY) | again
    looked = 0
    for domain in SenderDomain.objects.filter(due).order_by("dns_checked_at", "pk"):
        if run.may_begin() and any(mailboxes.is_paced(box) for box in domain.mailboxes.all()):
            check_domain(domain, now=now)
            looked += 1
    return looked


def _sender_of(domain: SenderDomain) -> Sender:
    boxes = list(domain.mailboxes.order_by("pk"))
    bounce = [domain_of_email(box.bounce_address) if box.bounce_address else domain.name for box in boxes]
    replies = [domain_of_email(box.reply_to) for box in boxes if box.reply_to]
    return Sender(
        domain=domain.name,
        selector=domain.dkim_selector,
        bounce_domains=tuple(dict.fromkeys(bounce)) or (domain.name,),
        reply_domains=tuple(dict.fromkeys(replies)),
        server=_server_of(boxes),
    )


def _server_of(boxes: list[Mailbox]) -> str:
    """Return the host that the first mailbox by SMTP hands its mails to, "" where there is none."""
    for box in boxes:
        try:
            parts = urlsplit(mailboxes.mail_url(box.transport).strip())
        except ImproperlyConfigured:
            continue
        if parts.scheme.lower() in ("smtp", "smtps") and parts.hostname:
            return parts.hostname
    return ""


def _pause_all(domain: SenderDomain, checks: list[Check], *, now: datetime) -> None:
    problems = _texts(checks, "bad")
    paused = 0
    for box in domain.mailboxes.filter(state=Mailbox.State.ACTIVE):
        if not mailboxes.is_paced(box):
            continue
        # A person may be quicker: then the mailbox is as that person wants it.
        with contextlib.suppress(mailboxes.MayNotSend):
            mailboxes.pause(box, why=f"The DNS of {domain}: {problems}", now=now, by=BY)
            paused += 1
    if paused:
        _tell(domain, "is not in order, so its mailboxes are paused", problems, now=now)


def _tell(domain: SenderDomain, what: str, detail: str, *, now: datetime) -> None:
    logger.warning("The DNS of %s %s: %s", domain, what, detail)
    incidents.open_incident(
        INCIDENT, domain.name, title=f"The DNS of {domain} {what}", detail=detail, now=now
    )


def _texts(checks: list[Check], state: str) -> str:
    return " ".join(
        f"{check.title}: {check.found}. {check.advice}" for check in checks if check.state == state
    )
