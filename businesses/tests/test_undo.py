"""Taking a merge back: each side gets its own decision again, and nothing that was said since is lost."""

from datetime import datetime, timedelta
from importlib import import_module
from itertools import permutations

import pytest
from django.apps import apps

from businesses import leads, review
from businesses.joining import CannotJoin, merge_businesses, undo_merge
from businesses.models import Business, Merge, SourceRecord
from businesses.tests.factories import make_business
from businesses.tests.listings import METRE, business_of, make_listing, store
from pipeline import states
from pipeline.doctor import examine
from pipeline.models import TimelineEntry
from territories.tests.factories import NOW, make_grid

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MERGED, SINCE, UNDONE = NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR


def make(*names: str) -> list[Business]:
    """Businesses with one record and one mailbox each, three hundred metres apart, which rules took for leads."""
    cell = make_grid()
    store(
        cell,
        *(
            make_listing(
                f"node/{n}", name=name, lat=44.05 + 300 * n * METRE, emails=(f"info@{name[:4].lower()}.example",)
            )
            for n, name in enumerate(names)
        ),
    )  # fmt: skip
    made = [business_of(f"node/{n}") for n in range(len(names))]
    for business in made:
        states.move(business, "qualified", now=NOW, by="rules")
    return made


@pytest.fixture
def two() -> list[Business]:
    return make("Brook Bakery", "Hill Florist")


def decide(business: Business, status: str, by: str, *, now: datetime = NOW) -> None:
    business.refresh_from_db()
    if (business.status, status) == ("rejected", "qualified"):
        leads.overrule(business, why="It has no website", now=now, by=by)
        return
    if status not in Business.TRANSITIONS[business.status]:
        states.move(business, "review", now=now, by="test")
    leads.decide(business, status, now=now, by=by)


def merge(keep: Business, absorb: Business, *, now: datetime = MERGED) -> None:
    for business in (keep, absorb):
        business.refresh_from_db()
    merge_businesses(keep, absorb, now=now, by="bob")


def undo(absorbed: Business) -> None:
    absorbed.refresh_from_db()
    undo_merge(absorbed, now=UNDONE, by="bob")
    assert examine(now=UNDONE) == []


def word(business: Business) -> tuple[str, str]:
    business.refresh_from_db()
    return business.status, business.decided_by


@pytest.mark.parametrize("said", ["rejected", "qualified", "call_list"])
def test_word_about_one_side_is_given_back_to_it_alone(two, said: str):
    keep, absorb = two
    decide(absorb, said, "ann")
    merge(keep, absorb)
    assert word(keep) == (said, "ann")
    undo(absorb)
    assert word(keep) == ("new", "")  # nobody has decided on it: rules look at what it is now
    assert word(absorb) == (said, "ann")
    assert absorb.decided_at == NOW
    assert keep.decided_at is None
    last = TimelineEntry.objects.filter(row_id=keep.pk).latest("pk")
    assert (last.to_status, last.by) == ("new", "bob")


def test_each_side_gets_its_own_word_again(two):
    keep, absorb = two
    decide(keep, "qualified", "carl")
    decide(absorb, "rejected", "ann")
    merge(keep, absorb)
    assert word(keep) == ("rejected", "ann")
    undo(absorb)
    assert (word(keep), word(absorb)) == (("qualified", "carl"), ("rejected", "ann"))


def test_doubt_of_before_is_a_doubt_again(two):
    keep, absorb = two
    for business in two:
        states.move(business, "review", now=NOW, by="rules")
    merge(keep, absorb)
    assert word(keep) == ("new", "")
    undo(absorb)
    assert (word(keep), word(absorb)) == (("review", ""), ("review", ""))


def test_no_that_was_said_since_stands_on_both(two):
    keep, absorb = two
    decide(keep, "qualified", "carl")
    decide(absorb, "qualified", "ann")
    merge(keep, absorb)
    decide(keep, "rejected", "dora", now=SINCE)
    undo(absorb)
    assert (word(keep), word(absorb)) == (("rejected", "dora"), ("rejected", "dora"))


def test_yes_that_was_said_since_stands_and_takes_no_no_from_the_other(two):
    keep, absorb = two
    decide(absorb, "rejected", "ann")
    merge(keep, absorb)
    decide(keep, "qualified", "dora", now=SINCE)
    undo(absorb)
    assert (word(keep), word(absorb)) == (("qualified", "dora"), ("rejected", "ann"))


def test_word_that_was_taken_back_since_does_not_return(two):
    keep, absorb = two
    decide(keep, "qualified", "carl")
    decide(absorb, "rejected", "ann")
    merge(keep, absorb)
    review.undo_decision(keep, now=SINCE, by="dora")
    undo(absorb)
    assert (word(keep), word(absorb)) == (("review", ""), ("rejected", "ann"))


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_merges_either_may_be_taken_back_first(first: int):
    keep, *absorbed = make("Brook Bakery", "Hill Florist", "Vale Tailor")
    decide(keep, "qualified", "carl")
    decide(absorbed[0], "rejected", "ann")
    decide(absorbed[1], "call_list", "dora")
    merge(keep, absorbed[0])
    merge(keep, absorbed[1], now=MERGED + HOUR / 2)
    undo(absorbed[first])
    assert word(keep) == (("call_list", "dora") if first == 0 else ("rejected", "ann"))
    undo(absorbed[1 - first])
    assert [word(each) for each in (keep, *absorbed)] == [
        ("qualified", "carl"), ("rejected", "ann"), ("call_list", "dora"),
    ]  # fmt: skip


def test_word_between_two_merges_outlives_the_undoing_of_both():
    keep, a, b = make("Brook Bakery", "Hill Florist", "Vale Tailor")
    merge(keep, a)
    decide(keep, "call_list", "carl", now=SINCE)
    merge(keep, b, now=SINCE + HOUR / 2)
    undo(a)
    assert (word(keep), word(a)) == (("call_list", "carl"), ("new", ""))
    undo(b)
    assert (word(keep), word(b)) == (("call_list", "carl"), ("new", ""))


def test_merges_within_merges_are_taken_back_last_first():
    a, b, c = make("Brook Bakery", "Hill Florist", "Vale Tailor")
    before = list(Business.objects.order_by("pk").values("name", "email", "lat"))
    decide(b, "rejected", "ann")
    merge(a, b)
    merge(c, a, now=SINCE)
    assert word(c) == ("rejected", "ann")
    b.refresh_from_db()
    with pytest.raises(
        CannotJoin, match=rf"\({a.pk}\) was itself merged .*\({c.pk}\) since\. Take that back"
    ):
        undo_merge(b, now=UNDONE, by="bob")

    undo(a)
    assert (word(a), word(b), word(c)) == (("rejected", "ann"), ("rejected", "ann"), ("new", ""))
    assert a.records.count() == 2
    undo(b)
    assert (word(a), word(b)) == (("new", ""), ("rejected", "ann"))
    assert list(Business.objects.order_by("pk").values("name", "email", "lat")) == before
    assert not SourceRecord.objects.filter(merged_from__isnull=False).exists()


def test_record_that_changed_in_between_finds_its_way_back():
    a, b, c = make("Brook Bakery", "Hill Florist", "Vale Tailor")
    merge(a, b)
    merge(c, a)
    store(c.grid, make_listing("node/1", name="Hill Florist", city="Alderton"), now=SINCE, complete=False)
    undo(a)
    undo(b)
    assert business_of("node/1") == b
    assert [each.records.count() for each in (a, b, c)] == [1, 2, 1]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_the_order_everybody_ends_with_what_was_theirs(order: tuple[int, ...]):
    root, *others = made = make("Brook Bakery", "Hill Florist", "Vale Tailor", "Dune Cobbler")
    words = ["qualified", "rejected", "call_list", "qualified"]
    for business, status in zip(made, words, strict=True):
        decide(business, status, f"by {business}")
    before = [word(each) for each in made]
    for number, other in enumerate(others):
        merge(root, other, now=MERGED + number * timedelta(minutes=1))
    for number in order:
        undo(others[number])
    assert [word(each) for each in made] == before


def test_business_whose_records_are_gone_is_no_lead_after_an_undo(two):
    keep, absorb = two
    merge(keep, absorb)
    store(keep.grid, make_listing("node/0", name="Brook Bakery"), now=SINCE)
    undo(absorb)
    assert word(absorb) == ("rejected", "")
    assert absorb.reasons[0]["code"] == "gone"


def test_what_was_never_merged_is_told():
    with pytest.raises(CannotJoin, match="was not merged"):
        undo_merge(make_business(), now=NOW, by="staff")


def test_merge_of_before_they_were_kept_is_taken_back_in_doubt_with_a_no_on_both(two):
    keep, absorb = two
    decide(absorb, "rejected", "ann")
    merge(keep, absorb)
    Business.objects.filter(pk=keep.pk).update(suppressed=True)
    Merge.objects.all().delete()
    migration = import_module("businesses.migrations.0012_merges_kept")
    migration.keep_older_merges(apps, None)
    undo(absorb)
    assert (word(keep), word(absorb)) == (("rejected", "ann"), ("rejected", "ann"))
    assert keep.suppressed
    assert absorb.suppressed
