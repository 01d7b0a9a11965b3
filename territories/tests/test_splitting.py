"""The geometry of cells: the parts of a cell are together exactly the cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territories.models import CoverageGrid
from territories.splitting import Bounds, parts_of

WORLD = Bounds(-90, -180, 90, 180)


@st.composite
def bounds(draw: st.DrawFn) -> Bounds:
    south, north = sorted(draw(st.lists(st.floats(-90, 90), min_size=2, max_size=2, unique=True)))
    west, east = sorted(draw(st.lists(st.floats(-180, 180), min_size=2, max_size=2, unique=True)))
    return Bounds(south, west, north, east)


@given(bounds(), st.floats(0, 1), st.floats(0, 1), st.integers(0, 8))
def test_a_point_of_a_cell_lies_in_exactly_one_of_its_quarters(
    whole: Bounds, up: float, along: float, depth: int
) -> None:
    lat, lon = whole.south + up * (whole.north - whole.south), whole.west + along * (whole.east - whole.west)
    here = whole
    for _ in range(depth):
        quarters = here.quarters()
        if not quarters:
            return
        owners = [quarter for quarter in quarters if quarter.owns(lat, lon)]
        assert len(owners) == here.owns(lat, lon)
        if not owners:
            return
        here = owners[0]


@pytest.mark.parametrize("lat", [-90.0, -45.0, 0.0, 45.0, 90.0])
@pytest.mark.parametrize("lon", [-180.0, -90.0, 0.0, 90.0, 180.0])
def test_points_on_the_lines_and_at_the_ends_of_the_world_have_one_owner(lat: float, lon: float) -> None:
    level = [WORLD]
    for _ in range(4):
        level = [quarter for each in level for quarter in each.quarters()]
        assert sum(quarter.owns(lat, lon) for quarter in level) == 1


def test_corners_of_quarters_are_the_same_numbers() -> None:
    south_west, south_east, north_west, north_east = Bounds(0.1, 0.2, 0.3, 0.7).quarters()
    assert south_west.north == north_west.south == south_east.north == north_east.south
    assert south_west.east == south_east.west == north_west.east == north_east.west
    assert (south_west[:2], north_east[2:]) == ((0.1, 0.2), (0.3, 0.7))


def test_edge_is_the_longer_side_where_the_cell_is_widest() -> None:
    assert Bounds(0, 0, 1, 1).edge() == pytest.approx(111_320)
    assert Bounds(60, 0, 60.1, 1).edge() == pytest.approx(55_660)
    assert Bounds(-60.1, 0, -60, 1).edge() == pytest.approx(55_660)
    assert Bounds(-60, 0, 60, 200).edge() == pytest.approx(111_320 * 200)
    assert Bounds(60, 0, 61, 0.1).edge() == pytest.approx(111_320)


def cell(edge: float, **fields: object) -> CoverageGrid:
    """A cell at the equator with an edge of so many metres."""
    degrees = edge / 111_320
    return CoverageGrid(south=0, west=0, north=degrees, east=degrees, **fields)


def test_cell_above_the_smallest_edge_is_quartered() -> None:
    parts = parts_of(
        cell(101), smallest_edge=100, trade_groups=("food", "beauty"), points=[(0, 0), (0, 0.0008)]
    )
    assert [(part.trades, part.found) for part in parts] == [("", 1), ("", 1), ("", 0), ("", 0)]


def test_cell_below_the_smallest_edge_is_split_by_trades_once() -> None:
    small = cell(99)
    parts = parts_of(small, smallest_edge=100, trade_groups=("food", "beauty"))
    assert [part.trades for part in parts] == ["food", "beauty"]
    assert {part.bounds for part in parts} == {Bounds(small.south, small.west, small.north, small.east)}
    assert parts_of(cell(99, trades="food"), smallest_edge=100, trade_groups=("food", "beauty")) == []


@pytest.mark.parametrize("groups", [(), ("food",)])
def test_cell_that_cannot_be_split_has_no_parts(groups: tuple[str, ...]) -> None:
    assert parts_of(cell(99), smallest_edge=100, trade_groups=groups) == []


def test_cell_too_fine_for_numbers_has_no_quarters() -> None:
    assert Bounds(45.0, 7.0, 45.00000000000001, 7.000000000000001).quarters() == ()
