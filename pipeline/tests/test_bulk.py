"""Many rows by one statement: the same as one by one, whatever the values are."""

from typing import Any

import pytest

from pipeline.bulk import insert_each, update_each
from pipeline.clock import VirtualClock
from pipeline.effects import plan
from pipeline.models import Effect, TimelineEntry
from pipeline.tests.lab.work import KINDS

pytestmark = pytest.mark.django_db
ODD = 'it\'s 100 %s "odd"; -- ünïcode \\'


def entry(clock: VirtualClock, **over: Any) -> dict[str, Any]:
    fields = {
        "model": "lab.job",
        "from_status": "a",
        "to_status": "b",
        "at": clock.now(),
        "by": "test",
        "reason": ODD,
    }
    return fields | over


def test_rows_are_inserted_as_they_would_be_one_by_one(clock: VirtualClock) -> None:
    TimelineEntry.objects.create(row_id=1, **entry(clock))
    insert_each(TimelineEntry, "row_id", [2, 3], same=entry(clock))
    first, *others = TimelineEntry.objects.order_by("row_id").values("row_id", *entry(clock))
    assert [{**other, "row_id": 1} for other in others] == [first, first]


def test_values_that_are_there_are_left_out_where_that_is_asked_for(clock: VirtualClock) -> None:
    plan(KINDS["keyed"], "there", subject="lab.job:1", request={"kept": True}, now=clock.now())
    new: dict[str, Any] = {"kind": "lab", "policy": "park", "subject": "lab.job:2", "request": "{}"}
    new |= {"request_hash": "", "status": "planned", "calls": 0, "owner": "", "planned_at": clock.now()}
    new |= dict.fromkeys(("called_at", "settled_at"))
    new |= dict.fromkeys(("response", "reference", "budget", "error"), "")
    new |= dict.fromkeys(("reserved", "cost"), 0)
    insert_each(Effect, "key", ["there", "new"], same=new, unless_there=True)
    assert dict(Effect.objects.values_list("key", "request")) == {"there": {"kept": True}, "new": {}}


def test_each_row_gets_its_own_and_only_those_that_are_as_expected(clock: VirtualClock) -> None:
    pks = [
        plan(KINDS["keyed"], name, subject="lab.job:1", request={}, now=clock.now()).pk
        for name in ("a", "b", "c")
    ]
    Effect.objects.filter(key="b").update(owner="another")
    rows = [(pk, ODD, f"ref {pk}") for pk in pks]
    same = {"status": "done", "settled_at": clock.now()}
    assert update_each(Effect, ("response", "reference"), rows, same=same, where={"owner": ""}) == {
        pks[0],
        pks[2],
    }
    found = Effect.objects.order_by("pk").values_list("response", "reference", "status", "settled_at")
    assert list(found) == [
        (ODD, f"ref {pks[0]}", "done", clock.now()),
        ("", "", "planned", None),
        (ODD, f"ref {pks[2]}", "done", clock.now()),
    ]


def test_no_rows_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        insert_each(TimelineEntry, "row_id", [], same={})
        assert update_each(Effect, ("response",), [], same={"error": ""}) == set()
