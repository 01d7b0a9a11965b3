"""What must always be true of leads."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from businesses.models import Business
from pipeline.doctor import invariant


@invariant()
def lead_has_evidence(now: datetime) -> Iterator[str]:
    """A qualified lead has reasons, a way to write to it, and evidence; a person's decision stands for the rules."""
    by_rule = Business.objects.filter(status=Business.Status.QUALIFIED, decided_by="")
    for business in by_rule.filter(Q(email="") | Q(evidence="") | Q(reasons=[]) | Q(suppressed=True))[:20]:
        if business.suppressed and business.email and business.evidence:
            continue  # it said no after it had qualified: kept as history, never written to
        yield f"{business} ({business.pk}) is qualified without evidence or address"


@invariant(cheap=False)
def business_has_a_record(now: datetime) -> Iterator[str]:
    """Every business comes from some source."""
    for business in Business.objects.filter(records__isnull=True)[:20]:
        yield f"{business} ({business.pk}) comes from nowhere"
