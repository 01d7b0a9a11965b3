"""What must always be true of leads."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from businesses.list_storage import path_of
from businesses.models import Business, SourceRecord
from pipeline.doctor import invariant
from territories.models import ListFile


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
    """Every business comes from some source; one that was merged has given all it had away, and is no lead."""
    current = SourceRecord.objects.filter(business=OuterRef("pk"), is_current=True)
    for business in Business.objects.filter(~Exists(current), merged_into__isnull=True)[:20]:
        yield f"{business} ({business.pk}) comes from nowhere"
    holds = Exists(SourceRecord.objects.filter(business=OuterRef("pk")))
    merged = Business.objects.filter(merged_into__isnull=False)
    for business in merged.filter(holds | ~Q(status=Business.Status.REJECTED))[:20]:
        yield f"{business} ({business.pk}) was merged and still has records or is still a lead"


@invariant(cheap=False)
def source_id_has_one_current_record(now: datetime) -> Iterator[str]:
    """Of all that a source ever said of one id, one record is current."""
    by_id = SourceRecord.objects.values("source", "source_id").annotate(
        current=Count("pk", filter=Q(is_current=True))
    )
    for row in by_id.exclude(current=1).order_by("source", "source_id")[:20]:
        yield f"{row['source']} {row['source_id']} has {row['current']} current records"


@invariant(cheap=False)
def imported_list_has_its_file(now: datetime) -> Iterator[str]:
    """What a territory is read from lies where it was put."""
    for own in ListFile.objects.filter(imported_at__isnull=False).select_related("territory"):
        if not path_of(own.file).is_file():
            yield f"The file of the list {own.territory} is gone. Import the list again on the territory's page"
