"""Incidents: how a lower room tells a person; monitoring/ delivers them, so nobody imports the roof."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from pipeline.errors import storable
from pipeline.models import Incident


def open_incident(
    kind: str,
    key: str,
    *,
    title: str,
    now: datetime,
    detail: str = "",
    severity: str = Incident.Severity.WARNING,
) -> Incident:
    """Open the incident (kind, key), or count once more on the one that is open."""
    detail = storable(detail)
    try:
        with transaction.atomic():
            return Incident.objects.create(
                kind=kind,
                key=key[:120],
                severity=severity,
                title=storable(title)[:200],
                detail=detail,
                opened_at=now,
                last_seen_at=now,
            )
    except IntegrityError:
        alike = Incident.objects.filter(kind=kind, key=key[:120])
        alike.filter(resolved_at__isnull=True).update(count=F("count") + 1, last_seen_at=now)
        return alike.latest("pk")  # it may have been resolved this very moment


def resolve_incident(kind: str, key: str, *, now: datetime, resolution: str) -> bool:
    """Close the open incident (kind, key); False when there is none."""
    return bool(
        Incident.objects.filter(kind=kind, key=key[:120], resolved_at__isnull=True).update(
            resolved_at=now, resolution=resolution[:300]
        )
    )
