"""A business that said no: it is never written to again, and when it said so is kept."""

from datetime import datetime

from django.db.models import Case, F, QuerySet, Value, When

from businesses.models import Business


def mark_suppressed(businesses: QuerySet[Business], *, now: datetime) -> None:
    """Mark them all; one that had said no before said it then, and saying it again changes nothing."""
    said_before = When(suppressed=True, suppressed_at__isnull=False, then=F("suppressed_at"))
    businesses.update(suppressed=True, suppressed_at=Case(said_before, default=Value(now)))
