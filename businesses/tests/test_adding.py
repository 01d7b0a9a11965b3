"""Many rows are added at once, with whatever text they hold, and a refusal reaches the one who adds."""

import pytest
from django.db import DatabaseError, connection, transaction

from businesses.adding import RowAdder
from businesses.models import Business, RefusedRecord
from territories.tests.factories import NOW, make_grid

pytestmark = pytest.mark.django_db


def row(grid_id: int, place: str, **more: object) -> dict[str, object]:
    return {
        "grid_id": grid_id, "source": "map", "place": place, "reason": "why", "refused_at": NOW, **more
    }  # fmt: skip


def business(grid, name: str, **more: object) -> dict[str, object]:
    times = dict.fromkeys(("found_at", "seen_at", "next_attempt_at", "status_changed_at"), NOW)
    return {
        "territory_id": grid.territory_id, "grid_id": grid.pk, "name": name, "lat": 44.0, "lon": -73.0,
        **times, **more,
    }  # fmt: skip


def test_every_text_comes_back_as_it_went_in():
    grid = make_grid()
    texts = ['a\tb\nc\rd\\e\\Nf"g', "\\N", "", "Ümläut 漢字 \U0001f600", "\\.", "ends with a backslash\\"]
    rows = [business(grid, text, raw_categories=[text, 2**70], rating=None) for text in texts]
    with RowAdder() as adder:
        keys = adder.add_keyed(Business, rows, {})
        adder.wait()
        stored = {each.pk: each for each in Business.objects.all()}
    assert [stored[key].name for key in keys] == texts
    assert [stored[key].raw_categories for key in keys] == [[text, 2**70] for text in texts]
    assert {each.rating for each in stored.values()} == {None}
    assert {each.status for each in stored.values()} == {"new"}  # the default of what the rows leave out


def test_several_lots_are_added_in_turn():
    grid = make_grid()
    with RowAdder() as adder:
        for lot in range(5):
            adder.add(RefusedRecord, [row(grid.pk, f"{lot}/{n}") for n in range(300)], {})
        adder.wait()
        assert RefusedRecord.objects.count() == 1500


def test_what_the_database_refuses_is_told_and_nothing_stays():
    grid = make_grid()
    with pytest.raises(DatabaseError), transaction.atomic(), RowAdder() as adder:
        adder.add(RefusedRecord, [row(grid.pk, "1"), row(grid.pk, "1")], {})
        adder.wait()
    assert not RefusedRecord.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only COPY has marks between values")
@pytest.mark.parametrize("mark", ["\0", "\1", "\2"])
def test_a_mark_of_the_format_in_a_text_is_refused(mark):
    grid = make_grid()
    with RowAdder() as adder, pytest.raises(ValueError, match="control character"):
        adder.add(RefusedRecord, [row(grid.pk, f"1{mark}")], {})
