"""What is known of a territory's coverage, what is left, and what a new one would take."""

import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import h3
import pytest

from territories import density
from territories.models import CoverageGrid
from territories.progress import Effort, estimate, progress, progress_of
from territories.splitting import Bounds
from territories.tests.factories import NOW, make_grid, make_territory

pytestmark = pytest.mark.django_db
BOX = Bounds(44.0, -73.0, 44.1, -72.9)
Coverage = CoverageGrid.Coverage
Status = CoverageGrid.Status


class Capped:
    """A paid source as the map knows it."""

    cap: int | None = 60
    cost_per_call = Decimal("0.03")
    calls_budget = "capped_calls"
    money_budget = "capped_usd"

    def check_ready(self) -> None:
        """It always is."""


class Free(Capped):
    cap = None
    cost_per_call = Decimal(0)
    calls_budget = money_budget = ""


@pytest.fixture(autouse=True)
def sources(settings: Any) -> Iterator[None]:
    here = "territories.tests.test_progress"
    settings.SOURCES = {"capped": f"{here}.Capped", "sample": f"{here}.Free"}
    settings.DAY_BUDGETS = {"grids": 40, "capped_calls": 100, "capped_usd": Decimal("1.50")}
    settings.DENSITY_FILE = ""
    density._count.cache_clear()
    yield
    density._count.cache_clear()


def write_density(path: Path, rows: list[str]) -> str:
    text = "\n".join(["h3,places", *rows]) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return str(path)


def hexagons(places: int, resolution: int = 9) -> list[str]:
    """A row for every hexagon whose centre lies in the box."""
    corners = [(BOX.south, BOX.west), (BOX.south, BOX.east), (BOX.north, BOX.east), (BOX.north, BOX.west)]
    return [f"{each},{places}" for each in h3.polygon_to_cells(h3.LatLngPoly(corners), resolution)]


# ----------------------------------------------------------------------------------------------- estimates


def test_nothing_is_known_of_a_source_with_a_cap_and_nothing_to_go_by() -> None:
    unknown = estimate("capped", BOX)
    assert (unknown.expected, unknown.forecast) == (None, None)
    assert "not known" in str(unknown)
    assert "0" not in str(unknown)


def test_source_without_a_cap_takes_one_call_whatever_there_is() -> None:
    free = estimate("sample", BOX).forecast
    assert free is not None
    assert free.least == free.most == Effort(1, 1, Decimal(0), 1)


def test_estimate_says_cells_calls_cost_and_days() -> None:
    told = estimate("capped", BOX, expected=6000)
    assert told.forecast is not None
    assert told.forecast.least == Effort(290, 290, Decimal("8.70"), 8)  # 290 cells at 40 a day
    assert told.forecast.most == Effort(501, 501, Decimal("15.03"), 13)
    assert str(told) == (
        "About 6,000 businesses (as staff expects); "
        "about 290 to 501 cells, 290 to 501 calls, $8.70 to $15.03, 8 to 13 days."
    )


def test_the_scarcest_budget_makes_the_days(settings: Any) -> None:
    settings.DAY_BUDGETS["capped_usd"] = Decimal("0.50")
    assert estimate("capped", BOX, expected=6000).forecast.most.days == 31  # type: ignore[union-attr]
    settings.DAY_BUDGETS["capped_usd"] = 0
    assert "never" in str(estimate("capped", BOX, expected=6000))


def test_few_businesses_take_one_cell() -> None:
    assert estimate("capped", BOX, expected=59).forecast.most.cells == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["density.csv", "density.csv.gz"])
@pytest.mark.parametrize("resolution", [7, 9])
def test_density_file_tells_what_to_expect(settings: Any, tmp_path: Path, name: str, resolution: int) -> None:
    rows = hexagons(10, resolution)
    settings.DENSITY_FILE = write_density(tmp_path / name, rows)
    expected = estimate("capped", BOX).expected
    assert expected is not None
    assert expected.basis == "density"
    # Hexagons that only touch the box are not in the rows, and those in the rows lie partly outside.
    assert 0.75 * 10 * len(rows) < expected.businesses <= 10 * len(rows)


def test_half_a_box_holds_half_the_businesses(settings: Any, tmp_path: Path) -> None:
    corners = [(43.5, -73.5), (43.5, -72.4), (44.6, -72.4), (44.6, -73.5)]
    rows = [f"{each},100" for each in h3.polygon_to_cells(h3.LatLngPoly(corners), 6)]
    settings.DENSITY_FILE = write_density(tmp_path / "density.csv", rows)
    whole, west, east = (
        density.count_places(bounds) for bounds in (BOX, BOX._replace(east=-72.95), BOX._replace(west=-72.95))
    )
    assert whole and west and east
    assert whole == pytest.approx(west + east, abs=2)
    area = 0.1 * 0.1 * 111.32**2 * 0.7187  # km2, of which a hexagon of this size has 36 on average
    assert whole == pytest.approx(100 * area / 36.13, rel=0.25)


def test_cell_across_the_180th_meridian_counts_on_both_sides(settings: Any, tmp_path: Path) -> None:
    rows = [f"{h3.latlng_to_cell(-17.0, 180.0, 4)},1000"]
    settings.DENSITY_FILE = write_density(tmp_path / "density.csv", rows)
    west = density.count_places(Bounds(-20, 177, -14, 180))
    east = density.count_places(Bounds(-20, -180, -14, -177))
    assert west and east
    assert west + east == pytest.approx(1000, abs=2)


def test_staff_knows_better_than_the_density_file(settings: Any, tmp_path: Path) -> None:
    settings.DENSITY_FILE = write_density(tmp_path / "density.csv", hexagons(10))
    told = estimate("capped", BOX, expected=7).expected
    assert told is not None
    assert (told.businesses, told.basis) == (7, "staff")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        ["not-a-cell,5", "892696075d3ffff", "892696075d3ffff,many", ",", "892696075d3ffff,-4"],
        [f"{h3.latlng_to_cell(-17.0, 20.0, 5)},1000"],
    ],
)
def test_density_file_that_tells_nothing_of_the_place_is_not_a_zero(
    settings: Any, tmp_path: Path, rows: list[str]
) -> None:
    settings.DENSITY_FILE = write_density(tmp_path / "density.csv", rows)
    assert estimate("capped", BOX).expected is None


@pytest.mark.parametrize("damage", ["missing", "cut", "no gzip", "no text"])
def test_density_file_that_cannot_be_read_is_not_a_zero(settings: Any, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "density.csv.gz"
    whole = Path(write_density(path, hexagons(10))).read_bytes()
    path.write_bytes(
        {"cut": whole[: len(whole) // 2], "no gzip": b"h3,places\n", "missing": b""}.get(
            damage, gzip.compress(b"\xff\xfe,\xff")
        )
    )
    if damage == "missing":
        path.unlink()
    settings.DENSITY_FILE = str(path)
    assert estimate("capped", BOX).expected is None


def test_bad_rows_are_left_out_and_the_others_count(settings: Any, tmp_path: Path) -> None:
    rows = hexagons(10)
    settings.DENSITY_FILE = write_density(tmp_path / "density.csv", ["x,1", *rows, "y"])
    assert density.count_places(BOX)


# ------------------------------------------------------------------------------------------------ progress


def test_progress_counts_leaves_and_what_is_left() -> None:
    territory = make_territory(source="capped", expected=1000)
    root = make_grid(
        territory=territory, status=Status.SPLIT, found=60, calls=3, cost=Decimal("0.09"), scraped_at=NOW
    )
    done = {
        "status": Status.COOLDOWN,
        "cooldown_until": NOW,
        "scraped_at": NOW,
        "parent": root,
        "territory": territory,
        "depth": 1,
    }
    make_grid(
        **done, coverage=Coverage.COMPLETE, found=50, calls=3, cost=Decimal("0.09"), north=44.05, east=-72.95
    )
    make_grid(
        **done,
        coverage=Coverage.UNRESOLVED,
        found=60,
        calls=3,
        cost=Decimal("0.09"),
        north=44.05,
        west=-72.95,
    )
    make_grid(territory=territory, parent=root, depth=1, found=20, south=44.05, east=-72.95)
    make_grid(territory=territory, parent=root, depth=1, status=Status.FAILED, south=44.05, west=-72.95)
    told = progress(territory)
    assert (told.leaves, told.complete, told.unresolved, told.failed) == (4, 1, 1, 1)
    assert told.cells == {"pending": 1, "scraping": 0, "cooldown": 2, "failed": 1, "split": 1}
    assert (told.found, told.calls, told.cost) == (130, 9, Decimal("0.27"))
    assert told.completeness == pytest.approx(0.13)
    assert not told.is_complete
    # 950 are missing in what is not proved complete: 2.9 to 5 cells for each 60 of them, of three calls at
    # three cents; at most those three cells are asked for in vain first.
    assert told.left is not None
    assert (told.left.least.cells, told.left.least.calls, told.left.least.cost) == (46, 138, Decimal("4.14"))
    assert (told.left.most.cells, told.left.most.calls, told.left.most.cost) == (83, 249, Decimal("7.47"))
    assert told.trouble == (
        "1 cell failed: read why in the list of cells, and choose “Scrape in the next run” there. "
        "1 cell not proved complete: asked again by itself after a rest"
    )


@pytest.mark.parametrize(
    "cell",
    [
        {"status": Status.FAILED},
        {"status": Status.COOLDOWN, "cooldown_until": NOW, "coverage": Coverage.UNRESOLVED},
    ],
)
def test_cell_that_failed_or_is_not_proved_complete_is_left_to_do(cell: dict[str, Any]) -> None:
    told = progress(make_grid(**cell).territory)
    assert told.left is not None
    assert (told.left.least.cells, told.left.most.cells, told.left.most.calls) == (1, 1, 1)
    assert told.trouble.startswith("1 cell ")


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [(40, 100, "40%"), (100, 100, "100%"), (66, 2, "more than staff expects"), (5, None, "100%")],
)
def test_share_above_all_that_is_expected_is_no_figure(found: int, expected: int | None, said: str) -> None:
    territory = make_territory(expected=expected)
    make_grid(
        territory=territory,
        status=Status.COOLDOWN,
        cooldown_until=NOW,
        coverage=Coverage.COMPLETE,
        found=found,
    )
    assert progress(territory).share == said
    assert progress(make_grid(territory=make_territory(source="capped")).territory).share == ""


def test_one_business_is_one() -> None:
    assert str(estimate("sample", BOX, expected=1)).startswith("About 1 business (as staff expects)")


def test_completeness_and_what_is_left_are_not_known_where_nothing_is_expected() -> None:
    territory = make_territory(source="capped")
    make_grid(territory=territory)
    told = progress(territory)
    assert (told.expected, told.completeness, told.left) == (None, None, None)


def test_complete_leaves_tell_what_to_expect_of_the_rest() -> None:
    territory = make_territory(source="capped")
    root = make_grid(territory=territory, status=Status.SPLIT, found=60, scraped_at=NOW)
    quarter = {"territory": territory, "parent": root, "depth": 1}
    make_grid(
        **quarter,
        status=Status.COOLDOWN,
        cooldown_until=NOW,
        coverage=Coverage.COMPLETE,
        found=40,
        north=44.05,
        east=-72.95,
    )
    make_grid(**quarter, south=44.05)
    told = progress(territory)
    assert told.expected is not None
    assert (told.expected.basis, told.expected.businesses) == ("cells", 160)
    assert told.completeness == pytest.approx(0.25)


def test_territory_whose_leaves_are_all_complete_is_complete() -> None:
    territory = make_territory()
    make_grid(
        territory=territory,
        status=Status.COOLDOWN,
        cooldown_until=NOW,
        coverage=Coverage.COMPLETE,
        found=4,
        calls=1,
    )
    told = progress(territory)
    assert told.is_complete
    assert told.completeness == 1
    assert told.left is not None
    assert told.left.least == told.left.most == Effort(0, 0, Decimal(0), 0)


def test_source_that_was_taken_out_of_the_settings_has_no_forecast(settings: Any) -> None:
    territory = make_territory(source="capped", expected=10)
    make_grid(territory=territory)
    settings.SOURCES = {}
    assert progress(territory).left is None


def test_progress_of_many_territories_takes_two_queries(django_assert_num_queries: Any) -> None:
    territories = [make_territory(expected=5) for _ in range(5)]
    for territory in territories:
        make_grid(territory=territory)
    with django_assert_num_queries(2):
        told = progress_of(territories)
    assert set(told) == {territory.pk for territory in territories}
    assert progress(make_territory()).leaves == 0
