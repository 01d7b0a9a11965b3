"""Several places of one name: the order in which they come plays no part, and nothing is made for one meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from businesses import leads
from businesses.matching import name_key_of
from businesses.models import Business
from businesses.qualification import CHAIN_FROM_DOMAIN
from businesses.tests.factories import make_business
from businesses.tests.test_leads import TownWeb, make_found, web  # noqa: F401 - the fixture
from pipeline.clock import VirtualClock
from pipeline.runner import Run
from territories.tests.factories import make_grid

pytestmark = pytest.mark.django_db
STEP = 0.002  # degrees, more than 100 m each way


@pytest.fixture
def run(clock: VirtualClock) -> Run:
    return Run(by="test", clock=clock, seconds=1e9)


def place(grid: Any, number: int, name: str = "Cup & Kettle", **over: Any) -> Business:
    fields = {
        "name": name,
        "lat": 44.01 + number * STEP,
        "housenumber": str(number),
        "category": "cafe",
    } | over
    return make_found(grid=grid, name_key=name_key_of(name), **fields)


def statuses(*businesses: Business) -> list[str]:
    return [Business.objects.get(pk=business.pk).status for business in businesses]


def test_first_two_are_judged_again_when_the_third_comes(web: TownWeb, run: Run):  # noqa: F811
    grid = make_grid()
    early = [place(grid, number) for number in (1, 2)]
    kept = place(grid, 3, name="Cup & Saucer")
    elsewhere = place(make_grid(), 1)
    leads.qualify_leads(run, limit=10)
    assert statuses(*early, kept, elsewhere) == ["qualified"] * 4
    decided = place(grid, 4, status="qualified", decided_by="staff:ana")
    late = place(grid, 5)
    leads.qualify_leads(run, limit=1)
    assert statuses(late, *early, kept, elsewhere) == ["review", "new", "new", "qualified", "qualified"]
    waits = Business.objects.get(pk=early[0].pk)
    assert (waits.score, [line["code"] for line in waits.reasons]) == (None, ["waits"])
    leads.qualify_leads(run, limit=10)
    assert statuses(*early, late, decided) == ["review", "review", "review", "qualified"]
    assert {each["code"] for each in Business.objects.get(pk=early[0].pk).reasons} >= {"chain_likely"}
    assert leads.qualify_leads(run, limit=10).total == 0


def test_one_that_fails_a_gate_counts_and_has_the_others_judged_again(web: TownWeb, run: Run):  # noqa: F811
    grid = make_grid()
    early = [place(grid, number) for number in (1, 2)]
    leads.qualify_leads(run, limit=10)
    mute = place(grid, 3, email="", phone="")
    leads.qualify_leads(run, limit=1)
    assert statuses(mute, *early) == ["rejected", "new", "new"]


def test_places_of_one_domain_are_judged_again_too(web: TownWeb, run: Run):  # noqa: F811
    grid = make_grid()
    many = range(CHAIN_FROM_DOMAIN - 1)
    early = [
        place(grid, number, name=f"Bar {number} Kettle", website_domain="bars.example") for number in many
    ]
    leads.qualify_leads(run, limit=10)
    assert statuses(*early) == ["qualified"] * len(early)
    place(grid, 9, name="Last Kettle", website_domain="bars.example")
    leads.qualify_leads(run, limit=1)
    assert statuses(*early) == ["new"] * len(early)


def test_judging_one_asks_as_often_whatever_the_number_of_the_others(web: TownWeb, run: Run):  # noqa: F811
    def ask(number: int) -> int:
        grid = make_grid()
        for index in range(number):
            place(grid, index, status="qualified")
        place(grid, number)
        with CaptureQueriesContext(connection) as queries:
            leads.qualify_leads(run, limit=1)
        assert Business.objects.filter(status="new").count() == number
        Business.objects.all().delete()
        return len(queries)

    assert ask(30) == ask(3)


# ------------------------------------------------------------------------------------ before anything is made of it


def test_lead_stands_by_what_is_stored_today(clock: VirtualClock):
    grid = make_grid()
    alone = make_business(
        grid=grid, name="Cup & Kettle", name_key=name_key_of("Cup & Kettle"), category="cafe"
    )
    later = clock.now() + timedelta(days=1)
    assert leads.still_stands(alone, now=later, by="test")
    for number in (1, 2):
        place(grid, number)
    assert not leads.still_stands(alone, now=later, by="test")
    alone.refresh_from_db()
    assert (alone.status, alone.score, alone.reasons[0]["code"]) == ("new", None, "waits")


@pytest.mark.parametrize(
    ("over", "stands"),
    [
        ({}, True), ({"operating_status": "closed"}, False), ({"brand": "Crusty"}, False),
        ({"operating_status": "closed", "decided_by": "staff:ana"}, True), ({"status": "review"}, False),
        ({"status": "call_list"}, True), ({"status": "rejected"}, False), ({"status": "new"}, False),
    ],
)  # fmt: skip
def test_gates_are_asked_again_and_a_person_s_yes_stands(
    clock: VirtualClock, over: dict[str, Any], stands: bool
):
    business = make_business(**over)
    assert leads.still_stands(business, now=clock.now(), by="test") is stands
