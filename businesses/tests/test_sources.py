"""What every source promises, and how one is found by its name."""

import json
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from businesses.categories import CATEGORIES
from businesses.sources import registry
from businesses.sources.base import Listing, Rectangle, Source
from businesses.sources.osm_file import OsmFile
from businesses.sources.registry import UnknownSource, get_source
from businesses.sources.sample import BOUNDS, SampleTown
from businesses.tests.extract import AREA, write_extract
from pipeline.errors import BadData


@pytest.fixture(params=["sample", "osm_file"])
def source_and_cell(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Source, Rectangle]:
    """Every source with a cell in which it finds something. A new source is added here."""
    if request.param == "sample":
        return SampleTown(), BOUNDS
    return OsmFile(write_extract(tmp_path / "town.osm.pbf")), AREA


def test_source_says_what_it_is(source_and_cell: tuple[Source, Rectangle]):
    source, _ = source_and_cell
    assert source.name
    assert source.title
    assert source.cap is None or source.cap > 0
    assert source.licence
    assert source.attribution
    assert isinstance(source.cost_per_call, Decimal)
    source.check_ready()


def test_answer_is_text_that_parses_to_listings(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    answer = source.search(cell, categories=())
    parsed = source.parse(answer.body, cell)
    assert answer.calls >= 1
    assert answer.cost == answer.calls * source.cost_per_call
    assert parsed.listings
    assert parsed.complete
    assert not parsed.saturated
    for listing in parsed.listings:
        assert listing.name
        assert cell.contains(listing.lat, listing.lon)
        assert listing.category in {"", *CATEGORIES}
        assert listing.raw["name"] == listing.name
        json.dumps(listing.raw)
    ids = [listing.source_id for listing in parsed.listings]
    assert len(ids) == len(set(ids))


def test_parse_is_pure(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    body = source.search(cell, categories=()).body
    assert source.parse(body, cell) == source.parse(body, cell)


def test_cells_that_tile_the_area_own_every_business_once(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    whole = {
        listing.source_id for listing in source.parse(source.search(cell, categories=()).body, cell).listings
    }
    found: list[str] = []
    for tile in tiles(cell, 5):
        parsed = source.parse(source.search(tile, categories=()).body, tile)
        found += [listing.source_id for listing in parsed.listings]
    assert sorted(found) == sorted(whole)


def test_search_by_category_answers_with_that_category_alone(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    parsed = source.parse(source.search(cell, categories=("bakery",)).body, cell)
    assert {listing.category for listing in parsed.listings} == {"bakery"}


@pytest.mark.parametrize(
    "body", ["", "<html>busy</html>", "[]", "{}", '{"elements": [1]}', '{"elements": [{"type": "x"}]}']
)
def test_what_is_no_answer_is_bad_data_not_an_empty_cell(
    body: str, source_and_cell: tuple[Source, Rectangle]
):
    source, cell = source_and_cell
    with pytest.raises(BadData):
        source.parse(body, cell)


def tiles(cell: Rectangle, n: int) -> list[Rectangle]:
    lats = [cell.south + (cell.north - cell.south) * i / n for i in range(n)] + [cell.north]
    lons = [cell.west + (cell.east - cell.west) * i / n for i in range(n)] + [cell.east]
    return [Rectangle(lats[i], lons[j], lats[i + 1], lons[j + 1]) for i in range(n) for j in range(n)]


def test_rectangle_is_half_open():
    cell = Rectangle(1, 2, 3, 4)
    assert cell.contains(1, 2)
    assert not cell.contains(3, 2)
    assert not cell.contains(1, 4)
    assert not cell.contains(float("nan"), 3)


@pytest.mark.parametrize(
    "bounds",
    [
        (3, 2, 1, 4),
        (1, 4, 3, 2),
        (1, 2, 1, 4),
        (-91, 0, 0, 1),
        (0, 0, 1, 181),
        (0, 0, float("nan"), 1),
        (0, 0, 1, float("inf")),
    ],
)
def test_rectangle_refuses_nonsense(bounds: tuple[float, float, float, float]):
    with pytest.raises(ValueError, match="rectangle"):
        Rectangle(*bounds)


def test_rectangles_overlap_with_more_than_a_border():
    cell = Rectangle(0, 0, 1, 1)
    assert cell.overlaps(Rectangle(0.5, 0.5, 2, 2))
    assert not cell.overlaps(Rectangle(1, 0, 2, 1))


def test_sources_are_found_by_name(settings):
    settings.SOURCES = {
        "sample": "businesses.sources.sample.SampleTown",
        "osm_file": "businesses.sources.osm_file.OsmFile",
    }
    assert isinstance(get_source("sample"), SampleTown)
    assert registry.source_names() == ("osm_file", "sample")


def test_unknown_source_lists_the_known_ones(settings):
    settings.SOURCES = {"sample": "businesses.sources.sample.SampleTown"}
    with pytest.raises(UnknownSource, match=r"no source named 'smaple'\. Known sources: sample"):
        get_source("smaple")


def test_listing_tells_nothing_that_it_was_not_told():
    listing = Listing("x/1", "Bob", 1.0, 2.0)
    told = {"source_id", "name", "lat", "lon", "operating_status"}
    assert all(not getattr(listing, field.name) for field in fields(listing) if field.name not in told)
    assert listing.operating_status == "unknown"
