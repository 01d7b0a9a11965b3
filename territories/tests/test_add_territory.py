"""manage.py add_territory: what it says, and one clear line for what cannot be."""

from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from territories.coverage import add_territory
from territories.models import CoverageGrid, Territory
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db
CAPPED = {"capped": "territories.tests.test_progress.Capped"}


def added(*words: str) -> str:
    out = StringIO()
    call_command("add_territory", *words, stdout=out)
    return out.getvalue()


def test_what_it_will_take_is_said(settings: Any) -> None:
    settings.SOURCES = CAPPED
    settings.DAY_BUDGETS = {"grids": 40, "capped_calls": 100, "capped_usd": 10}
    said = added("Town", "--bbox=44,-73,44.1,-72.9", "--source=capped", "--expected=6000")
    assert (
        "About 6,000 businesses (as staff expects); "
        "about 290 to 501 cells, 290 to 501 calls, $8.70 to $15.03, 8 to 13 days." in said
    )
    assert Territory.objects.get().expected == 6000


def test_what_is_not_known_is_said_so(settings: Any) -> None:
    settings.SOURCES = CAPPED
    settings.DENSITY_FILE = ""
    said = added("Town", "--bbox=44,-73,44.1,-72.9", "--source=capped")
    assert "How many businesses there are is not known; cells, calls and cost are not known." in said
    assert Territory.objects.get().expected is None


def test_source_without_a_cap_costs_one_call() -> None:
    assert "about 1 cell, 1 call, no cost, 1 day." in added(
        "Town", "--bbox=44,-73,44.1,-72.9", "--source=sample"
    )


@pytest.mark.parametrize(
    ("bbox", "says"),
    [
        ("44.1,-73,44,-72.9", "swapped"),
        ("44,-72.9,44.1,-73", "swapped"),
        ("-17,177,-16,-179", "swapped"),
        ("-73,44,-72.9,144.1,5", "four numbers"),
        ("24.9,160.1,125.0,160.2", "not on earth"),
        ("nan,-73,44.1,-72.9", "plain numbers"),
        ("44,-73,inf,-72.9", "plain numbers"),
        ("44,-73,44.0001,-72.9", "too small"),
        ("44,-73,44.1,-72.9999999", "too small"),
        ("44,-73", "four numbers"),
        ("here", "four numbers"),
    ],
)
def test_bad_bounds_are_one_clear_line(bbox: str, says: str) -> None:
    with pytest.raises(CommandError, match=says) as refusal:
        added("Town", f"--bbox={bbox}", "--source=sample")
    assert "\n" not in str(refusal.value)
    assert not CoverageGrid.objects.exists()


@pytest.mark.parametrize("expected", ["0", "-5", "many", "99999999999999999999"])
def test_bad_expectation_is_refused(expected: str) -> None:
    with pytest.raises(CommandError):
        added("Town", "--bbox=44,-73,44.1,-72.9", "--source=sample", f"--expected={expected}")
    assert not Territory.objects.exists()


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--categories=plumbers, foo", "no trade 'plumbers'. Near it: plumber.* no trade 'foo'"),
        ("--categories=Hairdressers", "Near it: hairdresser"),
        ("--country=ZZ", "country: There is no country 'ZZ'"),
    ],
)
def test_what_is_no_trade_and_no_country_is_refused(option: str, says: str) -> None:
    with pytest.raises(CommandError, match=says) as refusal:
        added("Town", "--bbox=44,-73,44.1,-72.9", "--source=sample", option)
    assert "\n" not in str(refusal.value)
    assert not Territory.objects.exists()


def test_trades_are_taken_each_once() -> None:
    added("Town", "--bbox=44,-73,44.1,-72.9", "--source=sample", "--categories=plumber, bakery,plumber")
    assert Territory.objects.get().categories == ["plumber", "bakery"]


def test_missing_bounds_are_told_once_each() -> None:
    territory = Territory(name="Town", source="sample", created_at=NOW, west=1.0, east=2.0)
    with pytest.raises(ValidationError) as refusal:
        territory.full_clean(validate_constraints=False)
    assert set(refusal.value.message_dict) == {"south", "north"}
    assert all(len(said) == 1 for said in refusal.value.message_dict.values())


def test_missing_source_is_told_once() -> None:
    with pytest.raises(ValidationError) as refusal:
        add_territory("Town", south=44, west=-73, north=44.1, east=-72.9, source="", now=NOW)
    assert set(refusal.value.message_dict) == {"source"}
