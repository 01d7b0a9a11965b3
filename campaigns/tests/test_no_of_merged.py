"""A no that was said of one of two merged businesses: whose it is when they are parted again."""

import pytest

from businesses.models import Business
from businesses.tests.test_undo import SINCE, make, merge, undo
from campaigns import suppression
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", [0, 1])
def test_no_of_an_address_goes_back_to_the_side_that_said_it(who: int):
    keep, absorb = two = make("Brook Bakery", "Hill Florist")
    suppression.suppress_business(two[who], reason="unsubscribed", now=NOW, by="ann")
    merge(keep, absorb)
    keep.refresh_from_db()
    assert keep.suppressed
    undo(absorb)
    assert [Business.objects.get(pk=each.pk).suppressed for each in two] == [who == 0, who == 1]


@pytest.mark.parametrize("before", [True, False])
def test_no_of_an_address_since_the_merge_stays_on_both(before: bool):
    keep, absorb = two = make("Brook Bakery", "Hill Florist")
    if before:
        suppression.suppress_business(absorb, reason="unsubscribed", now=NOW, by="ann")
    merge(keep, absorb)
    suppression.suppress_business(keep, reason="unsubscribed", now=SINCE, by="ann")
    undo(absorb)
    assert [Business.objects.get(pk=each.pk).suppressed for each in two] == [True, True]
