"""From a cell to what it held: splitting, second passes, budgets, orders, and workers that die in between."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from businesses.fetching import rectangle_of
from businesses.models import Business, RefusedRecord, SourceRecord
from businesses.scraping import MOST_REFUSED, scrape_grids
from businesses.sources.base import Refusal
from businesses.tests.capped import SETTINGS, Capped, Ordered, Place, in_use
from businesses.tests.extract import AREA, write_extract
from pipeline import claims, doctor, effects, faults, switches
from pipeline.clock import VirtualClock
from pipeline.errors import BadData, SourcePaused, Transient, Uncertain
from pipeline.models import Budget, Effect, Switch, TimelineEntry
from pipeline.runner import Run, StageResult
from pipeline.tests.owners import becomes
from pipeline.tests.processes import run_in_child
from territories.cooldowns import reset_expired_cooldowns
from territories.coverage import SCRAPE, add_territory, requeue_cell
from territories.models import CoverageGrid, Territory

pytestmark = pytest.mark.django_db
Status = CoverageGrid.Status
BOX: dict[str, float] = {"south": 44.0, "west": -73.0, "north": 44.1, "east": -72.9}


def street(
    count: int, *, lat: float = 44.01, lon: float = -72.99, step: float = 0.002, **fields: Any
) -> list[Place]:
    """Businesses in a row that goes north-east from a point."""
    return [
        Place(
            f"{fields.get('category', 'shop')}/{lat}/{n}",
            lat + n * step,
            lon + n * step,
            f"Number {n} {lat}",
            **fields,
        )
        for n in range(count)
    ]


@dataclass
class Agency:
    """One territory, the provider it is asked from, and the clock."""

    clock: VirtualClock
    stack: ExitStack
    territory: Territory | None = None

    def use[P: Capped](self, source: P, **territory: Any) -> P:
        self.stack.enter_context(in_use(source))
        self.territory = add_territory(
            "Fernhill", **BOX | territory, source="capped", country="US", now=self.clock.now()
        )
        return source

    def run(self) -> Run:
        return Run(by="test", clock=self.clock)

    def scrape(self, limit: int = 500) -> StageResult:
        return scrape_grids(self.run(), limit=limit)

    def next_pass(self) -> None:
        self.clock.advance(days=31)
        reset_expired_cooldowns(self.run())

    @property
    def root(self) -> CoverageGrid:
        return CoverageGrid.objects.get(parent=None)


@pytest.fixture
def agency(clock: VirtualClock, settings: Any) -> Iterator[Agency]:
    settings.SOURCES = SETTINGS["SOURCES"]
    settings.DAY_BUDGETS = {"grids": 10_000, "capped_calls": 100, "capped_usd": 1}
    settings.THREADS = 1
    with ExitStack() as stack:
        yield Agency(clock, stack)


def stored() -> set[str]:
    return set(SourceRecord.objects.values_list("source_id", flat=True))


def cells(**which: Any) -> int:
    return CoverageGrid.objects.filter(**which).count()


# --------------------------------------------------------------------------------------------- splitting


def test_short_answer_makes_a_complete_cell_with_its_figures(agency: Agency) -> None:
    source = agency.use(Capped(street(9), cap=10))
    assert agency.scrape().rows == {"done": 1}
    root = agency.root
    assert (root.status, root.coverage, root.found, root.calls, root.cost) == (
        "cooldown",
        "complete",
        9,
        1,
        0,
    )
    assert len(source.asked) == 1


def test_full_answer_splits_the_cell_until_every_business_is_found(agency: Agency) -> None:
    places = street(40)
    agency.use(Capped(places, cap=10))
    agency.scrape(limit=1)
    root = agency.root
    assert (root.status, root.coverage, root.found, cells()) == ("split", "unknown", 10, 5)
    assert len(stored()) == 10  # what it held stays
    assert sum(child.found for child in root.children.all()) == 10
    agency.scrape()
    assert stored() == {place.source_id for place in places}
    assert (agency.root.status, agency.root.coverage) == ("split", "complete")
    assert not doctor.examine(now=agency.clock.now())


def test_split_cell_is_not_complete_before_its_last_part_is(agency: Agency) -> None:
    agency.use(Capped(street(40), cap=10))
    while CoverageGrid.objects.filter(status=Status.PENDING).count() > 1 or cells() == 1:
        agency.scrape(limit=1)
        assert agency.root.coverage == "unknown"
    agency.scrape(limit=1)
    assert agency.root.coverage == "complete"


def test_business_belongs_to_the_leaf_that_owns_its_point(agency: Agency) -> None:
    agency.use(Capped(street(40), cap=10))
    agency.scrape()
    for business in Business.objects.select_related("grid"):
        leaf = business.grid
        assert leaf.status != "split"
        assert leaf.south <= business.lat < leaf.north
        assert leaf.west <= business.lon < leaf.east
    assert sum(CoverageGrid.objects.exclude(status="split").values_list("found", flat=True)) == 40


def test_points_on_the_borders_are_found_once(agency: Agency) -> None:
    """The middle lines of every depth, and all four borders of the territory; the open ones are not its own."""
    on_lines = [
        Place(f"line/{i}/{j}", 44.0 + i * 0.1 / 8, -73.0 + j * 0.1 / 8, f"Cross {i} {j}")
        for i in range(9)
        for j in range(9)
    ]
    owned = {p.source_id for p in on_lines if p.lat < BOX["north"] and p.lon < BOX["east"]}
    agency.use(Capped(on_lines, cap=10))
    agency.scrape()
    assert stored() == owned
    assert agency.root.coverage == "complete"
    assert sum(CoverageGrid.objects.exclude(status="split").values_list("found", flat=True)) == len(owned)


@pytest.mark.parametrize(
    "corner",
    [
        {"south": 89.0, "west": 179.0, "north": 90.0, "east": 180.0},
        {"south": -90.0, "west": -180.0, "north": -89.0, "east": -179.0},
    ],
)
def test_the_ends_of_the_world_are_covered(agency: Agency, corner: dict[str, float]) -> None:
    lats, lons = (corner["south"], 89.5, corner["north"]), (corner["west"], 179.5, corner["east"])
    if corner["south"] < 0:
        lats, lons = (-90.0, -89.5), (-180.0, -179.5)
    places = [Place(f"end/{lat}/{lon}", lat, lon, f"End {lat} {lon}") for lat in lats for lon in lons]
    agency.use(Capped(places, cap=3), **corner)
    agency.scrape()
    assert stored() == {place.source_id for place in places}
    assert agency.root.coverage == "complete"


def test_pile_on_one_spot_stays_incomplete_and_visible(agency: Agency) -> None:
    pile = [Place(f"pile/{n}", 44.051, -72.951, f"Floor {n}") for n in range(30)]
    agency.use(Capped([*pile, *street(5)], cap=10, smallest_edge=500))
    agency.scrape()
    spot = CoverageGrid.objects.get(status="cooldown", coverage="unresolved")
    assert "at most 10 businesses" in spot.coverage_reason
    assert spot.north - spot.south < 500 / 111_000
    assert agency.root.coverage == "unresolved"
    assert "1 stayed incomplete" in agency.root.coverage_reason
    assert agency.root.scraped_at and agency.root.status == "split"


def test_pile_is_split_by_trades_where_the_source_can_be_asked_for_them(agency: Agency) -> None:
    pile = [Place(f"food/{n}", 44.051, -72.951, f"Bakery {n}", "bakery") for n in range(8)]
    pile += [Place(f"hair/{n}", 44.051, -72.951, f"Barber {n}", "barber") for n in range(8)]
    source = agency.use(Capped(pile, cap=10, smallest_edge=500, trade_groups=("food", "beauty", "fitness")))
    agency.scrape()
    assert stored() == {place.source_id for place in pile}
    assert agency.root.coverage == "complete"
    groups = CoverageGrid.objects.exclude(trades="")
    assert sorted(groups.values_list("trades", "found")) == [("beauty", 8), ("fitness", 0), ("food", 8)]
    assert len({(g.south, g.west, g.north, g.east) for g in groups}) == 1
    assert {"bakery", "butcher"} <= set(next(asked for _, asked in source.asked if "bakery" in asked))
    assert {b.grid.trades for b in Business.objects.filter(category="barber").select_related("grid")} == {
        "beauty"
    }


def test_trades_of_a_territory_narrow_the_groups(agency: Agency) -> None:
    pile = [Place(f"food/{n}", 44.051, -72.951, f"Bakery {n}", "bakery") for n in range(12)]
    source = agency.use(
        Capped(pile, cap=10, smallest_edge=500, trade_groups=("food", "beauty", "fitness")),
        categories=["bakery", "barber"],
    )
    agency.scrape()
    assert {trades for _, trades in source.asked} == {("bakery", "barber"), ("bakery",), ("barber",)}
    assert CoverageGrid.objects.get(trades="food").coverage == "unresolved"


def test_incomplete_answer_is_no_complete_cell(agency: Agency) -> None:
    agency.use(Capped(street(3), incomplete="the server gave up half-way"))
    agency.scrape()
    root = agency.root
    assert (root.status, root.coverage) == ("cooldown", "unresolved")
    assert root.coverage_reason == "the server gave up half-way"
    assert len(stored()) == 3


def test_refused_records_are_kept_up_to_a_bound_and_replaced_in_the_next_pass(agency: Agency) -> None:
    source = agency.use(Capped(street(3), cap=None))
    source.refuses = tuple(Refusal(f"line {n}", "no\x00 name", "\ud800") for n in range(MOST_REFUSED + 5))
    agency.scrape()
    assert RefusedRecord.objects.count() == MOST_REFUSED + 1
    assert RefusedRecord.objects.get(place="the rest").reason == "5 more records were refused"
    assert agency.root.coverage == "complete"
    source.refuses = (Refusal("line 7", "no point"),)
    agency.next_pass()
    agency.scrape()
    assert RefusedRecord.objects.get().reason == "no point"


def gone(agency: Agency) -> set[str]:
    """What is taken for gone after the next pass."""
    agency.next_pass()
    agency.scrape()
    return set(SourceRecord.objects.exclude(missing_since=None).values_list("source_id", flat=True))


def test_a_refused_record_is_not_gone_and_one_without_an_id_may_be_any(agency: Agency) -> None:
    places = street(3)
    source = agency.use(Capped(places, cap=None))
    agency.scrape()
    source.know(places[2:])
    source.refuses = (Refusal("line 7", "no point"),)
    assert gone(agency) == set()
    assert agency.root.coverage == "complete"
    assert "nothing is taken for gone" in TimelineEntry.objects.latest("pk").reason
    source.refuses = (Refusal("line 7", "no point", source_id=places[0].source_id),)
    assert gone(agency) == {places[1].source_id}


def test_a_smaller_extract_leaves_the_cell_incomplete_and_nothing_beyond_it_is_gone(
    clock: VirtualClock, settings: Any, tmp_path: Path
) -> None:
    settings.OSM_FILE = str(write_extract(tmp_path / "town.osm.pbf"))
    add_territory(
        "Town", south=AREA.south, west=AREA.west, north=AREA.north, east=AREA.east, source="osm_file",
        now=clock.now(),
    )  # fmt: skip
    scrape_grids(Run(by="test", clock=clock), limit=1)
    assert CoverageGrid.objects.get().coverage == "complete"

    # All that lies south of 10.055 is left of the town, and of that one shop has gone.
    settings.OSM_FILE = str(write_extract(tmp_path / "less.osm.pbf", north=10.055, without={2}))
    clock.advance(days=91)
    reset_expired_cooldowns(Run(by="test", clock=clock))
    scrape_grids(Run(by="test", clock=clock), limit=1)
    cell = CoverageGrid.objects.get()
    assert (cell.status, cell.coverage) == ("cooldown", "unresolved")
    assert cell.coverage_reason.startswith(
        "The map file ends within this cell: it covers 10.0000,20.0000 to 10.0550"
    )
    records = SourceRecord.objects.filter(is_current=True).exclude(missing_since=None)
    assert set(records.values_list("source_id", flat=True)) == {"node/2"}
    assert cell.cooldown_until == clock.now() + timedelta(days=settings.COOLDOWN_DAYS)


# ------------------------------------------------------------------------------------------ the next pass


def test_second_pass_asks_the_leaves_alone(agency: Agency) -> None:
    source = agency.use(Capped(street(40), cap=10))
    agency.scrape()
    leaves = CoverageGrid.objects.exclude(status="split").count()
    assert len(source.asked) > leaves
    source.asked.clear()
    agency.next_pass()
    assert agency.root.coverage == "unknown"
    agency.scrape()
    assert len(source.asked) == leaves
    assert (agency.root.coverage, agency.root.status) == ("complete", "split")


def test_leaf_that_has_filled_up_splits_in_a_later_pass(agency: Agency) -> None:
    source = agency.use(Capped(street(5), cap=10))
    agency.scrape()
    assert agency.root.status == "cooldown"
    places = street(30)
    source.know(places)
    agency.next_pass()
    agency.scrape()
    assert agency.root.status == "split"
    assert agency.root.coverage == "complete"
    assert stored() == {place.source_id for place in places}


def test_one_leaf_that_is_due_makes_all_above_it_unknown(agency: Agency) -> None:
    agency.use(Capped(street(40), cap=10))
    agency.scrape()
    leaf = CoverageGrid.objects.filter(status="cooldown").order_by("-depth")[0]
    requeue_cell(leaf, now=agency.clock.now(), by="staff")
    above = leaf.parent
    while above:
        assert above.coverage == "unknown"
        above = above.parent
    agency.scrape()
    assert agency.root.coverage == "complete"


def test_failed_part_shows_in_the_cells_above_until_it_is_done(agency: Agency) -> None:
    source = agency.use(Capped(street(40), cap=10))
    agency.scrape(limit=1)

    def break_north_west(cell: Any) -> None:
        if cell.south > 44.04 and cell.west < -72.96:
            raise BadData("The map has a hole here")

    source.before_answer = break_north_west
    agency.scrape()
    failed = CoverageGrid.objects.get(status="failed")
    assert (agency.root.coverage, failed.coverage) == ("unresolved", "unknown")
    assert "1 failed" in agency.root.coverage_reason
    source.before_answer = lambda cell: None
    requeue_cell(agency.root, now=agency.clock.now(), by="staff")  # a split cell stands for its leaves
    agency.scrape()
    assert agency.root.coverage == "complete"


# ---------------------------------------------------------------------------------------- calls and money


def test_spent_calls_stop_the_source_and_burn_nothing(agency: Agency, settings: Any) -> None:
    settings.DAY_BUDGETS["capped_calls"] = 3
    source = agency.use(Capped(street(40), cap=10, calls_budget="capped_calls"))
    result = agency.scrape()
    assert len(source.asked) == 3
    assert result.rows == {"done": 3, "returned": 1}
    waiting = CoverageGrid.objects.filter(status="pending")
    assert set(waiting.values_list("attempts", "error_kind", "claimed_by")) == {(0, "", "")}
    assert switches.paused_names("source:", now=agency.clock.now()) == ["capped"]
    assert Budget.objects.get(name="grids").used == 3
    agency.scrape()
    assert len(source.asked) == 3
    for _ in range(20):
        agency.clock.advance(days=1)
        agency.scrape()
    assert agency.root.coverage == "complete"
    assert not doctor.examine(now=agency.clock.now())


def test_pages_of_one_answer_draw_from_the_calls_too(agency: Agency) -> None:
    agency.use(Capped(street(45, step=0.001), cap=60, calls_budget="capped_calls"))
    agency.scrape()
    assert Budget.objects.get(name="capped_calls").used == 3
    assert agency.root.calls == 3


def test_money_is_reserved_before_and_settled_after_a_call(agency: Agency, settings: Any) -> None:
    settings.DAY_BUDGETS["capped_usd"] = Decimal("0.25")
    source = agency.use(Capped(street(40), cap=10, cost_per_call=Decimal("0.1"), money_budget="capped_usd"))
    agency.scrape()
    assert len(source.asked) == 2  # a third could cost more than is left
    assert Budget.objects.get(name="capped_usd").used == Decimal("0.2")
    assert sum(CoverageGrid.objects.values_list("cost", flat=True)) == Decimal("0.2")


def test_source_without_its_budget_waits_for_a_person(agency: Agency, settings: Any) -> None:
    del settings.DAY_BUDGETS["capped_calls"]
    source = agency.use(Capped(street(3), calls_budget="capped_calls"))
    agency.scrape()
    assert not source.asked
    assert Switch.objects.get(scope="source:capped").until is None
    assert agency.root.attempts == 0


@pytest.mark.parametrize(
    ("error", "attempts", "wait"),
    [
        (SourcePaused("capped", "too many requests", retry_after=900), 0, 900),
        (Transient("busy", retry_after=900), 1, 900),
        (Transient("busy", retry_after=1), 1, 300),
    ],
)
def test_retry_after_is_obeyed(agency: Agency, error: Exception, attempts: int, wait: int) -> None:
    source = agency.use(Capped(street(3)))

    def refuse(cell: Any) -> None:
        raise error

    source.before_answer = refuse
    agency.scrape()
    root = agency.root
    assert (root.status, root.attempts) == ("pending", attempts)
    assert root.next_attempt_at == agency.clock.now() + timedelta(seconds=wait)
    source.before_answer = lambda cell: None
    agency.clock.advance(seconds=wait)
    agency.scrape()
    assert agency.root.coverage == "complete"


def test_paid_call_of_unknown_fate_waits_for_a_person_and_is_not_repeated(agency: Agency) -> None:
    source = agency.use(Capped(street(3), cost_per_call=Decimal("0.1"), money_budget="capped_usd"))

    def break_off(cell: Any) -> None:
        raise Uncertain("it broke off")

    source.before_answer = break_off
    agency.scrape()
    root, effect = agency.root, Effect.objects.get()
    assert (root.status, root.error_kind, effect.status) == ("failed", "uncertain", "unknown")
    agency.clock.advance(days=2)
    reset_expired_cooldowns(agency.run())
    agency.scrape()
    assert len(source.asked) == 1
    # It did not happen, says a person: then it is asked for under the same key.
    source.before_answer = lambda cell: None
    effects.decide(effect, happened=False, now=agency.clock.now(), by="staff")
    requeue_cell(agency.root, now=agency.clock.now(), by="staff")
    agency.scrape()
    assert agency.root.coverage == "complete"
    assert Effect.objects.count() == 1


# ------------------------------------------------------------------------------------------------ orders


def test_order_is_placed_once_and_collected_when_it_is_there(agency: Agency) -> None:
    source = agency.use(Ordered(street(5), cost_per_call=Decimal("0.4"), money_budget="capped_usd", polls=2))
    agency.scrape()
    root = agency.root
    assert (root.status, root.attempts) == ("pending", 0)
    assert root.next_attempt_at == agency.clock.now() + timedelta(seconds=30)
    assert Budget.objects.get(name="capped_usd").used == Decimal("0.4")
    for _ in range(2):
        agency.clock.advance(seconds=30)
        agency.scrape()
    assert (source.orders, source.collected) == (["order-1"], ["order-1"] * 3)
    root = agency.root
    assert (root.coverage, root.found, root.cost) == ("complete", 5, Decimal("0.01"))
    # What the order did not cost in the end is there for others.
    assert Budget.objects.get(name="capped_usd").used == Decimal("0.01")
    assert sum(Effect.objects.values_list("cost", flat=True)) == Decimal("0.01")
    assert not doctor.examine(now=agency.clock.now())


def test_full_answer_of_an_order_splits_its_cell(agency: Agency) -> None:
    source = agency.use(Ordered(street(20), cap=10, cost_per_call=Decimal("0.01"), money_budget="capped_usd"))
    agency.scrape()
    assert agency.root.coverage == "complete"
    assert len(source.orders) == cells() > 4
    assert len(stored()) == 20


def test_order_that_failed_is_ordered_anew_only_by_a_person(agency: Agency) -> None:
    source = agency.use(Ordered(street(5), cost_per_call=Decimal("0.1"), money_budget="capped_usd"))

    def fail(reference: str) -> Any:
        source.collected.append(reference)
        raise BadData("The order failed")

    collect, source.collect = source.collect, fail  # type: ignore[method-assign]
    agency.scrape()
    assert (agency.root.status, agency.root.error_kind) == ("failed", "bad_data")
    agency.clock.advance(days=3)
    reset_expired_cooldowns(agency.run())
    agency.scrape()
    assert source.orders == ["order-1"]
    source.collect = collect  # type: ignore[method-assign]
    requeue_cell(agency.root, now=agency.clock.now(), by="staff")
    agency.scrape()
    assert source.orders == ["order-1", "order-2"]
    assert agency.root.coverage == "complete"


# ----------------------------------------------------------------------------------------- dying workers


def crash(agency: Agency, point: str, *, after: int = 0) -> None:
    """Scrape in a child that is killed at `point`, then clean up behind it."""

    def die() -> None:
        faults.arm(point, "kill", after=after)
        agency.scrape(limit=1)

    assert run_in_child(die) == -9
    owners = {
        *CoverageGrid.objects.values_list("claimed_by", flat=True),
        *Effect.objects.values_list("owner", flat=True),
    }
    for owner in owners - {""}:
        assert becomes(False, owner)
    agency.clock.advance(minutes=5)
    effects.free_dead(now=agency.clock.now())
    claims.free_dead(SCRAPE, now=agency.clock.now(), by="cleanup")


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("point", ["claim.taken", "calling", "called", "recorded", "splitting", "applied"])
def test_worker_killed_while_it_splits_leaves_a_whole_cell_or_a_whole_split(
    agency: Agency, point: str
) -> None:
    source = agency.use(Capped(street(20), cap=10))
    crash(agency, point)
    assert cells() in (1, 5)
    assert (agency.root.status == "split") == (cells() == 5) == (point == "applied")
    assert (SourceRecord.objects.count() > 0) == (point == "applied")
    agency.scrape()
    assert agency.root.coverage == "complete"
    assert stored() == {place.source_id for place in street(20)}
    whole = [cell for cell, _ in source.asked if cell.north - cell.south > 0.06]
    assert len(whole) == (0 if point in ("recorded", "splitting", "applied") else 1)  # in this process
    assert not doctor.examine(now=agency.clock.now())
    connections.close_all()


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("point", ["planned", "calling", "called", "recorded"])
def test_worker_killed_at_an_order_never_orders_twice(
    agency: Agency, point: str, after: int, tmp_path: Any
) -> None:
    """after=1 is the same point at the collection. What was ordered is in a file, which a killed child leaves."""
    source = agency.use(Ordered(street(5), cost_per_call=Decimal("0.1"), money_budget="capped_usd"))
    ledger = tmp_path / "orders"
    ledger.touch()

    def note(cell: Any) -> None:
        with ledger.open("a") as file:
            file.write("ordered\n")

    source.before_answer = note
    source._answers = dict.fromkeys(["order-1"], source.answer(source_cell(agency), ()))
    crash(agency, point, after=after)
    agency.scrape()
    agency.scrape()
    placed = ledger.read_text().count("ordered")
    assert placed <= 1
    if (point, after) in {("calling", 0), ("called", 0)}:
        assert (agency.root.status, agency.root.error_kind) == ("failed", "uncertain")
    else:
        assert (agency.root.coverage, placed) == ("complete", 1)
    assert not doctor.examine(now=agency.clock.now())
    connections.close_all()


def source_cell(agency: Agency) -> Any:
    return rectangle_of(agency.root)
