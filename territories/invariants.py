"""What must always be true of the map."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef

from pipeline.doctor import invariant
from territories.models import CoverageGrid

_PARTS = CoverageGrid.objects.filter(parent=OuterRef("pk"))


@invariant(cheap=False)
def split_cell_has_parts(now: datetime) -> Iterator[str]:
    """A split cell has parts, and no other cell has: each place is asked for once a pass."""
    cells = CoverageGrid.objects.annotate(has_parts=Exists(_PARTS))
    for cell in cells.filter(status=CoverageGrid.Status.SPLIT, has_parts=False)[:20]:
        yield f"{cell} is split into nothing"
    for cell in cells.exclude(status=CoverageGrid.Status.SPLIT).filter(has_parts=True)[:20]:
        yield f"{cell} has parts and is not split"


@invariant(cheap=False)
def complete_cell_has_complete_parts(now: datetime) -> Iterator[str]:
    """No split cell counts as complete while one of its parts does not, nor stays unknown when all of them do."""
    lacking = _PARTS.exclude(coverage=CoverageGrid.Coverage.COMPLETE)
    split = CoverageGrid.objects.filter(status=CoverageGrid.Status.SPLIT).annotate(lacks=Exists(lacking))
    for cell in split.filter(coverage=CoverageGrid.Coverage.COMPLETE, lacks=True)[:20]:
        yield f"{cell} counts as complete, and one of its parts does not"
    for cell in split.exclude(coverage=CoverageGrid.Coverage.COMPLETE).filter(lacks=False)[:20]:
        yield f"{cell} does not count as complete, and all of its parts do"
