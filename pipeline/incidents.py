"""Incidents: how a lower room tells a person; monitoring/ delivers them, so nobody imports the roof."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from pipeline.models import Incident


def open_incident(
    kind: str, key: str, *, title: str, now: datetime, detail: str = "", severity: str = Incident.Severity.WARNING
) -> Incident:
    """Open the incident (kind, key), or count once more on the one that is open."""
    try:
        with transaction.atomic():
            return Incident.objects.create(
                kind=kind,
                key=key[:120],
                severity=severity,
                title=title[:200],
                detail=detail,
                opened_at=now,
                last_seen_at=now,
            )
    except IntegrityError:
        open_one = Incident.objects.filter(kind=kind, key=key[:120], resolved_at__isnull=True)
        open_one.update(count=F("count") + 1, last_seen_at=now)
        return open_one.get()


def resolve_incident(kind: str, key: str, *, now: datetime, resolution: str) -> bool:
    """Close the open incident (kind, key); False when there is none."""
    return bool(
        Incident.objects.filter(kind=kind, key=key[:120], resolved_at__isnull=True).update(
            resolved_at=now, resolution=resolution[:300]
        )
    )
