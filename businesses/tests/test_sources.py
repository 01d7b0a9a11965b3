"""What every source promises, and how one is found by its name."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from businesses.categories import CATEGORIES, FAMILIES, trades_of
from businesses.sources import registry
from businesses.sources.base import Listing, OrderedSource, Rectangle, Source
from businesses.sources.registry import UnknownSource, get_source
from businesses.sources.sample import SampleTown
from businesses.tests.source_cases import CASES, Case, ask, case_of
from pipeline.errors import BadData, StageError

# What a record may hold in any of its places.
HOSTILE: list[Any] = [
    None, True, -1, 0, 10**400, 1e300, float("nan"), float("inf"), "", " ", "x" * 5000, "Bo\0b \ud800", "nan", "=1+1",
    [], {}, [[]], [None], {"primary": {}}, {"": 0}, ["\ud800"], {"\0": "\0"},
]  # fmt: skip


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    with case_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def source_and_cell(case: Case) -> tuple[Source, Rectangle]:
    return case.source, case.cell


def test_every_source_of_the_settings_keeps_the_contract(settings):
    assert set(settings.SOURCES) == set(CASES)
    for name in settings.SOURCES:
        assert get_source(name).name == name


def test_source_says_what_it_is(source_and_cell: tuple[Source, Rectangle]):
    source, _ = source_and_cell
    assert source.title
    assert source.cap is None or source.cap > 0
    assert 0 < len(source.licence) <= 80
    assert 0 < len(source.attribution) <= 200
    assert source.attribution_url == "" or source.attribution_url.startswith("https://")
    assert isinstance(source.cost_per_call, Decimal)
    assert source.cost_per_call == 0 or (source.money_budget and source.calls_budget)
    assert source.smallest_edge >= 0
    assert set(source.trade_groups) <= set(FAMILIES)
    assert all(trades_of(group) for group in source.trade_groups)
    source.check_ready()


def test_a_source_that_is_not_set_up_says_in_one_line_what_to_set(case: Case, settings):
    settings.OVERPASS_URL = settings.OUTSCRAPER_API_KEY = ""
    if case.unready is None:
        return
    with pytest.raises(BadData) as caught:
        case.unready.check_ready()
    assert "\n" not in str(caught.value)
    assert any(setting in str(caught.value) for setting in ("_FILE", "_URL", "_KEY"))


def test_answer_is_text_that_parses_to_listings(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    answer = ask(source, cell)
    parsed = source.parse(answer.body, cell)
    assert answer.calls >= 1
    assert 0 <= answer.cost <= answer.calls * source.cost_per_call
    assert answer.data_timestamp is None or answer.data_timestamp.tzinfo
    assert parsed.listings
    assert parsed.complete
    assert not parsed.saturated
    assert not parsed.refused
    for listing in parsed.listings:
        check_listing(listing, cell)
    ids = [listing.source_id for listing in parsed.listings]
    assert len(ids) == len(set(ids))


def check_listing(listing: Listing, cell: Rectangle) -> None:
    """It can be stored, and it belongs to the cell."""
    assert listing.name.strip()
    assert 0 < len(listing.source_id) <= 120
    assert cell.contains(listing.lat, listing.lon)
    assert listing.category in {"", *CATEGORIES}
    assert len(listing.licence) <= 80
    assert listing.country == "" or (len(listing.country) == 2 and listing.country.isupper())
    assert listing.rating is None or 0 <= listing.rating <= 5
    assert all(":" in other for other in listing.same_as)
    assert listing.raw["name"] == listing.name
    stored = json.dumps(listing._asdict(), allow_nan=False, ensure_ascii=False, default=dict)
    stored.encode()
    assert "\\u0000" not in stored


def test_what_lies_outside_is_counted(case: Case):
    source, cell = case.source, case.cell
    body = ask(source, cell).body
    whole = source.parse(body, cell)
    middle = (cell.north + cell.south) / 2
    south, north = (
        source.parse(body, Rectangle(cell.south, cell.west, middle, cell.east)),
        source.parse(body, Rectangle(middle, cell.west, cell.north, cell.east)),
    )
    assert len(south.listings) + len(north.listings) == len(whole.listings)
    assert south.outside == whole.outside + len(north.listings)
    assert north.outside == whole.outside + len(south.listings)


def test_parse_is_pure(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    body = ask(source, cell).body
    assert source.parse(body, cell) == source.parse(body, cell)


def test_cells_that_tile_the_area_own_every_business_once(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    whole = {listing.source_id for listing in source.parse(ask(source, cell).body, cell).listings}
    found: list[str] = []
    for tile in tiles(cell, 3):
        parsed = source.parse(ask(source, tile).body, tile)
        found += [listing.source_id for listing in parsed.listings]
    assert sorted(found) == sorted(whole)


def test_search_by_category_answers_with_that_category_alone(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    parsed = source.parse(ask(source, cell, ("bakery",)).body, cell)
    assert {listing.category for listing in parsed.listings} == {"bakery"}
    assert parsed.complete


def test_no_failure_looks_like_an_empty_cell(case: Case):
    for name, asked in case.broken.items():
        try:
            taken_for_everything = asked()
        except StageError as error:
            assert "\n" not in str(error), name
            assert len(str(error)) < 600, name
        else:
            assert taken_for_everything is False, name


@pytest.mark.parametrize(
    "body",
    [
        "", "<html>busy</html>", "[]", "{}", "null", '"', '{"elements": ', "[" * 100_000, '{"elements": [1]}',
        '{"elements": {}}', '{"places": 1}', '{"rows": null}', '{"answer": {"data": 0}}', "1" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_answer_is_bad_data_not_an_empty_cell(
    body: str, source_and_cell: tuple[Source, Rectangle]
):
    source, cell = source_and_cell
    with pytest.raises(BadData) as caught:
        source.parse(body, cell)
    assert len(str(caught.value)) < 300


def test_whatever_a_record_holds_it_is_read_or_refused_and_the_rest_goes_on(case: Case):
    source, cell = case.source, case.cell
    answer = json.loads(ask(source, cell).body)
    whole = source.parse(json.dumps(answer), cell)
    places = list(leaves(answer))
    chance = random.Random(7)
    lost = 0
    for _ in range(80):
        spoilt = deepcopy(answer)
        put(spoilt, chance.choice(places), chance.choice(HOSTILE))
        try:
            parsed = source.parse(json.dumps(spoilt), cell)
        except BadData:
            lost += 1  # what was spoilt holds the records
            continue
        for listing in parsed.listings:
            check_listing(listing, cell)
        if parsed.complete:
            told = len(parsed.listings) + len(parsed.refused) + parsed.outside
            assert told >= len(whole.listings) - 1
    assert lost < 10


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value below the first level of a JSON text."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if len(path) > 1:
            yield (*path, key)
        yield from leaves(item, (*path, key))


def put(value: Any, path: tuple[Any, ...], what: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = what


def test_only_ordered_sources_are_ordered(source_and_cell: tuple[Source, Rectangle]):
    source, cell = source_and_cell
    if isinstance(source, OrderedSource):
        assert source.collect_after > 0
        with pytest.raises(BadData):
            source.search(cell, categories=())


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
    assert all(not value for name, value in listing._asdict().items() if name not in told)
    assert listing.operating_status == "unknown"
