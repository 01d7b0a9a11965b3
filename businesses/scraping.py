"""Scraping: one cell's source is asked, its raw answer is kept, and the cell ends with what it held.

A cell is complete only on proof: a whole answer that is shorter than the source's cap. A full one splits the cell,
and where that is not possible it stays visibly incomplete.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import batched

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from businesses import intake
from businesses.fetching import Fetched, fetch_cell, groups_of, rectangle_of
from businesses.lists import source_of
from businesses.models import Business, RefusedRecord, SourceRecord
from businesses.sources.base import Listing, ParsedCell, Rectangle, Refusal, Source
from businesses.sources.registry import UnknownSource
from pipeline import budgets, claims, faults
from pipeline.errors import BadData, storable
from pipeline.runner import Run, StageResult, run_stage
from territories.coverage import SCRAPE
from territories.models import CoverageGrid
from territories.rollup import settle_ancestors, show_failed
from territories.splitting import Bounds, Part, bounds_of, parts_of, split_cell

MOST_REFUSED = 1000  # refused records that are kept of one answer; the rest is counted
_IDS_AT_ONCE = 500
_NOTHING_GONE = "nothing is taken for gone, as a record was refused that does not say which it is"


def scrape_grids(run: Run, *, limit: int, pk: int | None = None) -> StageResult:
    """Scrape up to `limit` due cells, or the cell `pk`."""
    result = run_stage(SCRAPE, _scrape, run, limit=limit, pk=pk)
    show_failed(limit=100)
    return result


def _scrape(cell: CoverageGrid, run: Run) -> str:
    try:
        source = source_of(cell.territory)
    except UnknownSource as error:
        raise BadData(str(error)) from error
    fetched = fetch_cell(cell, source, run)
    parsed = source.parse(fetched.body, rectangle_of(cell))
    _end(cell, source, fetched, parsed, run)
    return "done"


def _end(cell: CoverageGrid, source: Source, fetched: Fetched, parsed: ParsedCell, run: Run) -> None:
    """Store the listings and end the cell in one transaction, so that a crash leaves neither or both."""
    now = run.now()
    listings = parsed.listings
    told = {
        "scraped_at": now,
        "found": len(listings),
        "outside": parsed.outside,
        "calls": fetched.calls,
        "cost": fetched.cost,
        "data_at": fetched.data_at,
    }
    is_full = _is_full(source, parsed)
    whole = _whole(cell, parsed, is_full)
    complete = parsed.complete and not is_full
    parts = _parts(cell, source, listings) if is_full else []
    with transaction.atomic():
        stored = intake.store_listings(
            cell,
            source,
            listings,
            now=now,
            by=run.by,
            whole=whole,
            refused={each.source_id for each in parsed.refused},
        )
        _take_over(cell, source, listings)
        if fetched.unspent and fetched.drawn_at:
            budgets.give_back(source.money_budget, fetched.unspent, taken_at=fetched.drawn_at)
        # The parts are asked for the same records: what is refused is refused there.
        _keep_refused(cell, source, () if parts else parsed.refused, now)
        if parts:
            why = f"{stored}; {parsed.reason or 'as many as the source shows at once'}"
            _hand_down(cell, split_cell(cell, parts, now=now, by=run.by, reason=why, **told))
        else:
            lacks = "" if complete else _why_incomplete(source, parsed, is_full)
            told_of = f"; incomplete: {lacks}" if lacks else "" if whole else f"; {_NOTHING_GONE}"
            claims.finish(
                SCRAPE,
                cell,
                CoverageGrid.Status.COOLDOWN,
                now=now,
                by=run.by,
                reason=f"{stored}{told_of}",
                coverage=CoverageGrid.Coverage.COMPLETE if complete else CoverageGrid.Coverage.UNRESOLVED,
                coverage_reason=lacks,
                cooldown_until=now + timedelta(days=settings.COOLDOWN_DAYS),
                **told,
            )
            settle_ancestors(cell)
    faults.point("applied")


def _parts(cell: CoverageGrid, source: Source, listings: Sequence[Listing]) -> list[Part]:
    return parts_of(
        cell,
        smallest_edge=source.smallest_edge,
        trade_groups=groups_of(cell, source),
        points=[(listing.lat, listing.lon) for listing in listings],
    )


def _is_full(source: Source, parsed: ParsedCell) -> bool:
    """Tell whether there may be more than the answer holds; the source's own word is not needed for that."""
    held = len(parsed.listings) + parsed.outside + len(parsed.refused)
    return parsed.saturated or (source.cap is not None and held >= source.cap)


def _whole(cell: CoverageGrid, parsed: ParsedCell, is_full: bool) -> Rectangle | None:
    """The area of which the answer holds everything, so that what it leaves out there is gone.

    A refused record that does not say what it is known by may be any of those that are left out.
    """
    if is_full or not all(each.source_id for each in parsed.refused):
        return None
    return parsed.covered or (rectangle_of(cell) if parsed.complete else None)


def _why_incomplete(source: Source, parsed: ParsedCell, is_full: bool) -> str:
    if not is_full:
        return storable(parsed.reason or "the source did not answer whole")[:300]
    most = f"at most {source.cap} businesses" if source.cap else "only so much"
    told = f" ({parsed.reason})" if parsed.reason else ""
    return storable(f"{source.title} shows {most} of a place, and this one cannot be split further{told}")[
        :300
    ]


def _take_over(cell: CoverageGrid, source: Source, listings: Sequence[Listing]) -> None:
    """Make the cell the one that its businesses belong to; one without a cell above it has no rival."""
    if not cell.parent_id:
        return
    for some in batched(listings, _IDS_AT_ONCE):
        ids = [listing.source_id for listing in some]
        records = SourceRecord.objects.filter(source=source.name, source_id__in=ids, is_current=True)
        theirs = Business.objects.filter(territory_id=cell.territory_id, pk__in=records.values("business"))
        theirs.exclude(grid=cell).update(grid=cell)


def _hand_down(cell: CoverageGrid, children: Sequence[CoverageGrid]) -> None:
    """Give the businesses of a split cell to the part that owns their point; where all parts lie in one place,
    each finds its own."""
    if any(bounds_of(child) == bounds_of(cell) for child in children):
        return
    for child in children:
        Business.objects.filter(_lies_in(bounds_of(child)), grid=cell).update(grid=child)


def _lies_in(bounds: Bounds) -> Q:
    """Say as a query what `Bounds.owns` says of a point."""
    inside = Q(lat__gte=bounds.south, lon__gte=bounds.west)
    inside &= Q(**{"lat__lte" if bounds.north == 90 else "lat__lt": bounds.north})
    return inside & Q(**{"lon__lte" if bounds.east == 180 else "lon__lt": bounds.east})


def _keep_refused(cell: CoverageGrid, source: Source, refused: Sequence[Refusal], now: datetime) -> None:
    """Keep what this pass refused in place of what the last one did."""
    RefusedRecord.objects.filter(grid=cell, source=source.name).delete()
    kept = [*refused[:MOST_REFUSED]]
    if more := len(refused) - len(kept):
        kept.append(Refusal("the rest", f"{more:,} more records were refused"))
    RefusedRecord.objects.bulk_create(
        (
            RefusedRecord(
                grid=cell,
                source=source.name,
                place=storable(each.place)[:120],
                reason=storable(each.reason)[:300],
                excerpt=storable(each.excerpt)[:500],
                refused_at=now,
            )
            for each in kept
        ),
        ignore_conflicts=True,  # two records may name the same place
    )
