"""Businesses from a map file: the same as the query of a map server finds, and clear errors."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from businesses.sources.base import ParsedCell, Rectangle
from businesses.sources.osm import parse_elements
from businesses.sources.osm_file import OsmFile, check_file
from businesses.tests.extract import AREA, write_extract
from businesses.tests.test_sources import tiles
from pipeline.errors import BadData

REAL = Path(__file__).resolve().parents[3] / "shared" / "data"

# Relations whose members the extract does not hold: the server puts them off the coast of Peru; from the
# members that are in the file they get a centre in the town.
WITHOUT_A_BELIEVABLE_CENTRE = {"relation/335178", "relation/7297463", "relation/7307341"}


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "town.osm.pbf")


def found(path: Path, cell: Rectangle) -> set[str]:
    elements = json.loads(OsmFile(path).search(cell, categories=()).body)["elements"]
    return {f"{element['type']}/{element['id']}" for element in elements}


def real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real data is not here: {path}")
    return path


@pytest.mark.parametrize(
    ("extract_name", "answer_name", "bounds", "count", "odd"),
    [
        ("monaco-2023", "monaco2023-all", (43.72, 7.40, 43.76, 7.45), 384, set()),
        (
            "helsinki-centre-2019",
            "helsinki-all",
            (60.164, 24.935, 60.180, 24.954),
            1168,
            WITHOUT_A_BELIEVABLE_CENTRE,
        ),
    ],
)
def test_finds_exactly_what_a_real_overpass_server_found(
    extract_name: str, answer_name: str, bounds: tuple[float, float, float, float], count: int, odd: set[str]
):
    path = real(f"osm/{extract_name}.osm.pbf")
    cell = Rectangle(*bounds)
    theirs = real(f"overpass/{answer_name}.json").read_text(encoding="utf-8")
    ours = OsmFile(path).search(cell, categories=()).body
    elements = {f"{e['type']}/{e['id']}": e for e in json.loads(theirs)["elements"]}
    assert len(elements) == count
    assert found(path, cell) == set(elements)

    ours_by_id = {listing.source_id: listing for listing in OsmFile().parse(ours, cell).listings}
    theirs_by_id = {listing.source_id: listing for listing in OsmFile().parse(theirs, cell).listings}
    assert set(ours_by_id) == set(elements)
    assert set(ours_by_id) - set(theirs_by_id) == odd
    assert {refusal.place for refusal in OsmFile().parse(theirs, cell).refused} == odd
    for source_id, listing in theirs_by_id.items():
        mine = ours_by_id[source_id]
        assert (mine.name, mine.category, mine.websites, mine.phones, mine.opening_hours) == (
            listing.name, listing.category, listing.websites, listing.phones, listing.opening_hours,
        )  # fmt: skip
        assert (mine.lat, mine.lon) == pytest.approx(
            (listing.lat, listing.lon), abs=2e-7
        )  # the server rounds up


def test_real_cells_that_tile_a_town_own_every_business_once():
    path, town = real("osm/monaco-2023.osm.pbf"), Rectangle(43.7234, 7.4092, 43.7517, 7.4487)
    source = OsmFile(path)
    whole = [
        listing.source_id for listing in source.parse(source.search(town, categories=()).body, town).listings
    ]
    owned: list[str] = []
    for cell in tiles(town, 2):
        parsed = source.parse(source.search(cell, categories=()).body, cell)
        owned += [listing.source_id for listing in parsed.listings]
    assert len(whole) > 300
    assert sorted(owned) == sorted(whole)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("200-timeout-remark", "timed out"), ("200-memory-remark", "memory")],
)
def test_a_real_failure_that_looks_like_success_is_not_an_empty_cell(name: str, reason: str):
    parsed = OsmFile().parse(real(f"overpass/{name}.json").read_text(encoding="utf-8"), AREA)
    assert not parsed.complete
    assert reason in parsed.reason


def test_a_real_empty_cell_is_complete():
    parsed = parse_elements(real("overpass/malta-empty-sea.json").read_text(encoding="utf-8"), AREA)
    assert parsed.complete
    assert parsed.listings == ()


def test_a_real_error_page_is_bad_data():
    with pytest.raises(BadData, match="did not answer with JSON"):
        OsmFile().parse(real("overpass/200-html-protocol-error.html").read_text(encoding="utf-8"), AREA)


def read(path: Path, cell: Rectangle) -> ParsedCell:
    source = OsmFile(path)
    return source.parse(source.search(cell, categories=()).body, cell)


def test_a_cell_that_the_file_covers_is_complete(extract: Path):
    parsed = read(extract, Rectangle(10.0, 20.0, 10.1, 20.1))
    assert (parsed.complete, parsed.reason, parsed.covered) == (True, "", None)


def test_a_cell_that_reaches_beyond_the_file_is_incomplete_and_told_of_within_it(extract: Path):
    parsed = read(extract, Rectangle(10.05, 19.9, 10.15, 20.1))
    assert {"node/1", "node/9"} <= {listing.source_id for listing in parsed.listings}
    assert (parsed.complete, parsed.saturated) == (False, False)
    assert parsed.covered == Rectangle(10.05, 20.0, 10.1, 20.1)
    assert parsed.reason == (
        "The map file ends within this cell: it covers 10.0000,20.0000 to 10.1000,20.1000, which is 25 % of it"
    )


def test_a_file_that_does_not_say_what_it_covers_proves_no_cell_complete(tmp_path: Path):
    parsed = read(write_extract(tmp_path / "town.osm.pbf", with_bounds=False), AREA)
    assert len(parsed.listings) == 8
    assert (parsed.complete, parsed.covered) == (False, None)
    assert "does not say which area it covers" in parsed.reason


def test_search_returns_what_touches_the_cell(extract: Path):
    assert found(extract, AREA) == {
        "node/1", "node/2", "node/3", "node/9",  # all four borders, as a map server counts
        "way/11", "way/12", "way/14", "way/15", "way/18", "relation/21", "relation/22",
    }  # fmt: skip


def test_parse_keeps_what_the_cell_owns_by_its_centre(extract: Path):
    source = OsmFile(extract)
    parsed = source.parse(source.search(AREA, categories=()).body, AREA)
    assert {listing.source_id for listing in parsed.listings} == {
        "node/1", "node/2", "node/9", "way/11", "way/12", "way/14", "relation/21", "relation/22",
    }  # fmt: skip
    assert parsed.outside == 3  # the shop on the north border, the neighbour's house and the fence


def test_centre_is_that_of_the_box_round_the_known_points(extract: Path):
    source = OsmFile(extract)
    places = {
        p.source_id: (p.lat, p.lon)
        for p in source.parse(source.search(AREA, categories=()).body, AREA).listings
    }
    assert places["way/11"] == pytest.approx((10.025, 20.095))
    assert places["relation/21"] == pytest.approx((10.045, 20.025))
    assert places["relation/22"] == pytest.approx((10.04, 20.02))


def test_answer_carries_the_age_of_the_data_and_nobodys_name(extract: Path):
    answer = OsmFile(extract).search(AREA, categories=())
    assert answer.data_timestamp == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert not {"user", "uid", "changeset"} & {key for e in json.loads(answer.body)["elements"] for key in e}


def test_path_comes_from_the_settings_when_it_is_needed(extract: Path, settings):
    source = OsmFile()
    settings.OSM_FILE = str(extract)
    assert source.search(AREA, categories=()).calls == 1


def test_no_file_set_is_one_clear_sentence(settings):
    settings.OSM_FILE = ""
    with pytest.raises(BadData, match=r"Put the path of an \.osm\.pbf file into OSM_FILE"):
        OsmFile().check_ready()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:20],
        lambda whole: whole[:-20],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-30] + b"\xff" * 20 + whole[-10:],
        lambda whole: b"<osm version='0.6'/>",
        lambda whole: b"\xff" * 5_000,
        lambda whole: whole + b"rest of another file",
    ],
)
def test_a_spoilt_file_is_one_clear_error(spoil, extract: Path):
    extract.write_bytes(spoil(extract.read_bytes()))
    for attempt in (lambda: check_file(extract), lambda: OsmFile(extract).search(AREA, categories=())):
        with pytest.raises(BadData, match="cannot be read") as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_a_file_cut_inside_a_block_is_noticed_wherever_it_is_cut(extract: Path):
    whole = extract.read_bytes()
    starts = block_starts(whole)
    for start, end in zip(starts, [*starts[1:], len(whole)], strict=True):
        # The first four bytes are the length of what follows; a cut before them leaves a whole, smaller file.
        for length in {start + 4, start + 9, (start + end) // 2, end - 1}:
            extract.write_bytes(whole[:length])
            with pytest.raises(BadData, match="cannot be read"):
                check_file(extract)


def block_starts(whole: bytes) -> list[int]:
    """Where each block begins, by the one thing that all their headers hold: their kind."""
    return [found.start() - 6 for found in re.finditer(b"OSMHeader|OSMData", whole)]


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path):
    for path in (tmp_path / "none.osm.pbf", tmp_path):
        with pytest.raises(BadData, match="does not exist"):
            check_file(path)


def test_a_cell_outside_of_the_file_is_an_error_not_an_empty_cell(extract: Path):
    with pytest.raises(BadData, match="lies outside"):
        OsmFile(extract).search(Rectangle(50, 50, 51, 51), categories=())


def test_a_file_that_does_not_tell_its_bounds_is_read(tmp_path: Path):
    path = write_extract(tmp_path / "town.osm.pbf", with_bounds=False)
    assert check_file(path).bounds is None
    assert (
        OsmFile(path)
        .parse(OsmFile(path).search(Rectangle(50, 50, 51, 51), categories=()).body, AREA)
        .listings
        == ()
    )


def test_header_tells_bounds_and_age(extract: Path):
    header = check_file(extract)
    assert header.bounds == AREA
    assert header.timestamp == "2026-01-02T03:04:05Z"
