"""A real town two years later: what is told of it again is found again, and nothing is silently overwritten."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from businesses.import_benches import TOWN, TOWN_IN_TWO_YEARS, match_of_two_years
from businesses.intake import Intake, store_listings
from businesses.matching import is_same_name, name_key_of
from businesses.models import Business, SourceRecord
from businesses.sources.base import Listing
from businesses.sources.osm_file import OsmFile
from pipeline import states
from territories.tests.factories import NOW, make_grid, make_territory

LATER = NOW + timedelta(days=730)

pytestmark = pytest.mark.skipif(
    not all(path.exists() for path in TOWN_IN_TWO_YEARS),
    reason=f"the real data is not here: {TOWN_IN_TWO_YEARS[0]}",
)


def listings(path: Path) -> dict[str, Listing]:
    source = OsmFile(path)
    parsed = source.parse(source.search(TOWN, categories=()).body, TOWN)
    return {listing.source_id: listing for listing in parsed.listings}


def test_a_second_source_two_years_later_is_matched_without_ids():
    precision, recall = match_of_two_years(*TOWN_IN_TWO_YEARS, TOWN, country="MC")
    assert precision >= 0.99
    assert recall >= 0.96


@pytest.mark.django_db
def test_two_years_later_everything_is_accounted_for():
    bounds = {"south": TOWN.south, "west": TOWN.west, "north": TOWN.north, "east": TOWN.east}
    cell = make_grid(territory=make_territory(country="MC", **bounds))
    before, after = map(listings, TOWN_IN_TWO_YEARS)

    def scrape(told: dict[str, Listing], now: Any) -> Intake:
        with transaction.atomic():
            return store_listings(cell, OsmFile(), tuple(told.values()), now=now, by="test", whole=TOWN)

    assert scrape(before, NOW).new == len(before) == Business.objects.count()
    leads = dict.fromkeys(Business.objects.values_list("pk", flat=True), "")
    states.move_all(Business, leads, Business.Status.QUALIFIED, now=NOW, by="test")
    first = dict(SourceRecord.objects.values_list("source_id", "payload"))
    result = scrape(after, LATER)

    common = before.keys() & after.keys()
    current = SourceRecord.objects.filter(is_current=True)
    assert set(current.filter(missing_since=None).values_list("source_id", flat=True)) == after.keys()
    assert (
        set(current.filter(missing_since=LATER).values_list("source_id", flat=True)) == before.keys() - common
    )
    assert result.new + result.merged == len(after.keys() - common)
    assert result.changed + result.seen == len(common)
    # Places drawn again under a new id: each is the business that it was.
    assert result.merged >= 4
    # All that was said before is there still, word for word.
    kept = SourceRecord.objects.filter(first_seen_at=NOW)
    assert dict(kept.values_list("source_id", "payload")) == first
    # Under the same id another name: a person looks at it, and no other lead is taken for what it was.
    renamed = {
        key for key in common if not is_same_name(name_key_of(before[key].name), name_key_of(after[key].name))
    }
    asked = Business.objects.filter(status=Business.Status.REVIEW, reasons__0__code="renamed")
    assert renamed <= set(current.filter(business__in=asked).values_list("source_id", flat=True))
    assert len(renamed) >= 8
    assert Business.objects.filter(status=Business.Status.QUALIFIED).count() == result.seen
    assert (
        Business.objects.filter(status=Business.Status.REJECTED, reasons__0__code="gone").count()
        == len(before.keys() - common) - result.merged
    )
