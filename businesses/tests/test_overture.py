"""Places of Overture Maps, as their Parquet files really hold them."""

import json
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from businesses.categories import CATEGORIES
from businesses.sources import trade_names
from businesses.sources.base import Listing, ParsedCell, Rectangle
from businesses.sources.overture_file import OvertureFile
from businesses.sources.trade_names import category_of_name, category_of_names
from businesses.tests.places_file import place, source, write_places
from businesses.tests.test_osm_file import real
from pipeline.errors import BadData

TOWN = Rectangle(44.0, -73.0, 44.1, -72.9)
AT = (44.05, -72.95)
CORNERS = ((43.99, -73.01), (44.11, -72.89))  # round the town


def read(folder: Path, *places: dict[str, Any], cell: Rectangle = TOWN) -> ParsedCell:
    source = OvertureFile(write_places(folder / "places.parquet", list(places)))
    return source.parse(source.search(cell, categories=()).body, cell)


def one(folder: Path, **over: Any) -> Listing:
    (listing,) = read(folder, place(1, *AT, **over)).listings
    return listing


def test_a_business_with_a_page_and_a_phone_and_no_website(tmp_path: Path):
    found = one(tmp_path, websites=[None, ""], emails=["ana@ana.example"])
    assert (found.name, found.category, found.raw_categories[0]) == ("Bakery 1", "bakery", "bakery")
    assert (found.lat, found.lon) == AT
    assert (found.websites, found.emails, found.phones) == ((), ("ana@ana.example",), ("+18025550146",))
    assert found.socials == {"facebook": "https://www.facebook.com/901"}
    assert found.same_as == ("facebook:901",)
    assert (found.brand, found.brand_wikidata) == ("", "")
    assert (found.street, found.city, found.postcode) == ("3 Mill Lane", "Alder Falls", "00000")
    assert (found.region, found.country) == ("VT", "US")
    assert found.operating_status == "open"
    assert found.raw["confidence"] == 0.9


def test_licence_is_that_of_the_record_where_it_is_another(tmp_path: Path):
    field_only = source("Foursquare", license="Apache-2.0", property="/properties/phones")
    assert one(tmp_path, sources=[source("meta"), field_only]).licence == ""
    found = one(
        tmp_path, sources=[source("Foursquare", license="Apache-2.0", record_id="4b0588f1"), source("meta")]
    )
    assert found.licence == "Apache-2.0 AND CDLA-Permissive-2.0"
    assert found.same_as == ("foursquare:4b0588f1",)


def test_doubtful_places_are_left_out_and_closed_ones_told(tmp_path: Path, settings):
    places = [
        place(1, *AT, confidence=0.49),
        place(2, *AT, confidence=0.5),
        place(3, *AT, confidence=0.0, operating_status="permanently_closed"),
        place(4, *AT, confidence=None, operating_status="temporarily_closed"),
    ]
    found = {listing.name: listing.operating_status for listing in read(tmp_path, *places).listings}
    assert found == {"Bakery 2": "open", "Bakery 3": "closed", "Bakery 4": "temporarily_closed"}
    settings.OVERTURE_MIN_CONFIDENCE = 0.9
    assert [listing.name for listing in read(tmp_path, *places).listings] == ["Bakery 3", "Bakery 4"]


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"id": ""}, "no id"),
        ({"id": "x" * 121}, "no id"),
        ({"names": {"primary": None}}, "no name"),
        ({"names": None}, "no name"),
        ({"geometry": None, "bbox": None}, "no coordinates"),
        ({"geometry": b"\1\2\0\0\0", "bbox": None}, "no coordinates"),
        ({"geometry": struct.pack("<BIdd", 1, 1, float("nan"), 44.05)}, "no coordinates"),
    ],
)
def test_a_place_that_cannot_be_taken_is_refused_and_the_rest_goes_on(
    over: dict[str, Any], reason: str, tmp_path: Path
):
    around = [place(n, *at) for n, at in enumerate(CORNERS, start=3)]
    parsed = read(tmp_path, place(1, *AT, **over), place(2, *AT), *around)
    assert [listing.name for listing in parsed.listings] == ["Bakery 2"]
    assert parsed.complete
    (refused,) = parsed.refused
    assert reason in refused.reason


def test_a_shape_in_the_other_byte_order_and_none_but_bounds(tmp_path: Path):
    big_endian = struct.pack(">BIdd", 0, 1, AT[1], AT[0])
    assert (one(tmp_path, geometry=big_endian).lat, one(tmp_path, geometry=big_endian).lon) == AT
    found = one(tmp_path, geometry=None)
    assert (found.lat, found.lon) == pytest.approx(AT, abs=1e-5)


def test_only_row_groups_near_the_cell_are_read(tmp_path: Path):
    path = write_places(
        tmp_path / "places.parquet", [place(n, 40 + n, -72.95) for n in range(10)], rows_per_group=1
    )
    # What belongs to the other places is spoilt: whoever reads it, fails.
    whole, groups = bytearray(path.read_bytes()), pq.read_metadata(path)
    for n in (0, 1, 2, 7, 8, 9):
        for i in range(groups.num_columns):
            part = groups.row_group(n).column(i)
            start = part.dictionary_page_offset or part.data_page_offset
            whole[start : start + part.total_compressed_size] = b"\xff" * part.total_compressed_size
    path.write_bytes(whole)
    found = OvertureFile(path)
    cell = Rectangle(43.5, -73, 46.5, -72)
    parsed = found.parse(found.search(cell, categories=()).body, cell)
    assert [listing.name for listing in parsed.listings] == ["Bakery 4", "Bakery 5", "Bakery 6"]


def test_too_many_for_one_answer_split_the_cell(tmp_path: Path):
    path = write_places(tmp_path / "places.parquet", [place(n, *AT) for n in range(5)])
    for cap, is_cut in ((4, True), (5, False)):
        source = OvertureFile(path, cap=cap)
        parsed = source.parse(source.search(TOWN, categories=()).body, TOWN)
        assert (parsed.saturated, len(parsed.listings)) == (is_cut, cap)
        assert "more than 4" in parsed.reason or not is_cut


def test_the_age_of_the_data_is_that_of_its_newest_part(tmp_path: Path):
    source = OvertureFile(write_places(tmp_path / "places.parquet", [place(1, *AT)]))
    assert source.search(TOWN, categories=()).data_timestamp == datetime(2026, 2, 7, 10, 0, 15, tzinfo=UTC)


def test_a_cell_with_places_all_round_it_is_complete(tmp_path: Path):
    parsed = read(tmp_path, *(place(n, *at) for n, at in enumerate(CORNERS)))
    assert (parsed.complete, parsed.covered, parsed.outside) == (True, None, 0)


def test_places_that_end_near_the_border_prove_nothing_gone_beyond(tmp_path: Path):
    parsed = read(tmp_path, place(1, *CORNERS[0]), place(2, 44.095, -72.905))
    assert parsed.complete
    assert parsed.covered
    assert (parsed.covered.north, parsed.covered.east) == pytest.approx((44.095, -72.905), abs=2e-4)


def test_a_cell_that_reaches_far_beyond_the_places_is_incomplete(tmp_path: Path):
    parsed = read(tmp_path, place(1, *CORNERS[0]), place(2, 44.05, -72.9))
    assert (parsed.complete, parsed.saturated) == (False, False)
    assert parsed.covered
    assert parsed.covered.north == pytest.approx(44.05, abs=2e-4)
    assert parsed.reason.startswith(
        "The file of places ends within this cell: it covers 43.9899,-73.0101 to "
    )
    assert parsed.reason.endswith(", which is 50 % of it")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"name,lat,lon\n" * 50, b"PAR1" + b"\xff" * 500 + b"PAR1"])
def test_a_file_that_is_none_is_one_clear_sentence(content: bytes, tmp_path: Path):
    path = tmp_path / "places.parquet"
    path.write_bytes(content)
    with pytest.raises(BadData, match="cannot be read") as caught:
        OvertureFile(path).check_ready()
    assert "\n" not in str(caught.value)


def test_a_file_of_something_else_is_told(tmp_path: Path):
    pq.write_table(pa.table({"id": ["1"], "amount": [3]}), tmp_path / "other.parquet")
    with pytest.raises(BadData, match="holds no Overture places: it has no column bbox, names"):
        OvertureFile(tmp_path / "other.parquet").check_ready()


def test_a_cell_outside_of_the_file_is_an_error_not_an_empty_cell(tmp_path: Path):
    with pytest.raises(BadData, match=r"covers 44\.0499,-72\.9501 .* the cell lies outside"):
        read(tmp_path, place(1, *AT), cell=Rectangle(50, 50, 51, 51))


def test_trade_names_mean_one_trade_each_and_every_trade_has_its_name():
    lines = [line.split() for line in trade_names._NAMES.strip().splitlines()]
    names = [name for _, *names in lines for name in names]
    assert len(names) == len(set(names))
    assert {slug for slug, *_ in lines} <= set(CATEGORIES)
    assert not set(names) & set(CATEGORIES)
    for category in CATEGORIES.values():
        assert category_of_name(category.slug) == category_of_name(category.name) == category.slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("hair_salon", "hairdresser"), ("Hair salon", "hairdresser"), ("Auto repair shop", "car_repair"),
        ("thai_restaurant", "restaurant"), ("pizza_restaurant", "pizzeria"), ("Women's clothing store", "clothes"),
        ("attorney_or_law_firm", "lawyer"), ("dui_law", "lawyer"), ("Bed & breakfast", ""), ("", ""), ("\ud800", ""),
    ],
)  # fmt: skip
def test_trades_are_known_by_their_names(name: str, slug: str):
    assert category_of_name(name) == slug


def test_the_first_name_that_means_a_trade_counts():
    assert category_of_names(["unheard_of", "bakery", "florist"]) == "bakery"
    assert category_of_names([]) == ""


def test_real_places_are_read(settings):
    settings.OVERTURE_MIN_CONFIDENCE = 0
    cell = Rectangle(-33.81, 151.14, -33.79, 151.16)
    source = OvertureFile(real("overture/lane-cove-sydney-2026-04-sample.parquet"))
    parsed = source.parse(source.search(cell, categories=()).body, cell)
    assert (len(parsed.listings), parsed.refused, parsed.outside) == (7, (), 0)
    assert {listing.country for listing in parsed.listings} == {"AU"}
    assert "lawyer" in {listing.category for listing in parsed.listings}
    assert all(other.startswith("facebook:") for listing in parsed.listings for other in listing.same_as)


def test_the_real_vocabulary_is_known_for_what_is_written_to():
    lines = real("overture/overture_categories.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    names = {line.partition(";")[0] for line in lines}
    meant = {category_of_name(name) for name in names}
    unmet = {slug for slug, category in CATEGORIES.items() if category.is_lead} - meant
    assert unmet == set()


def test_memory_stays_flat_however_large_the_file_is(tmp_path: Path):
    def most_memory(times: int) -> int:
        # Each group may hold the cell by its bounds: none is skipped.
        places = [place(n, 44.2 + n / 10_000, -72.95) for n in range(1_000)]
        places[0] = place(0, 43.0, -73.5)
        path = write_places(tmp_path / f"{times}.parquet", places, times=times)
        used = pa.proxy_memory_pool(default := pa.default_memory_pool())
        pa.set_memory_pool(used)
        try:
            found = OvertureFile(path).search(TOWN, categories=())
        finally:
            pa.set_memory_pool(default)
        assert json.loads(found.body)["places"] == []
        return used.max_memory()

    assert 0 < most_memory(30) < 1.5 * most_memory(2)


def test_answer_is_json_of_the_places_of_the_cell(tmp_path: Path):
    path = write_places(tmp_path / "places.parquet", [place(1, *AT), place(2, 45.0, -72.95)])
    told = json.loads(OvertureFile(path).search(TOWN, categories=()).body)
    assert [found["id"] for found in told["places"]] == [place(1, *AT)["id"]]
    assert (told["places"][0]["lat"], told["places"][0]["lon"]) == AT
