"""A business that has a site is never dissolved into another."""

import pytest

from businesses.joining import CannotJoin, merge_businesses
from businesses.tests.listings import METRE, business_of, make_listing, store
from sites.tests.factories import make_site
from territories.tests.factories import NOW, make_grid

pytestmark = pytest.mark.django_db


def test_business_with_a_site_is_kept():
    store(make_grid(), make_listing("1"), make_listing("2", lat=44.05 + 30 * METRE))
    keep, absorb = business_of("1"), business_of("2")
    make_site(business=absorb)
    with pytest.raises(CannotJoin, match=r"has a site, which would be orphaned\. Merge .* into it instead"):
        merge_businesses(keep, absorb, now=NOW, by="staff:ana")
    assert absorb.records.count() == 1
    merge_businesses(absorb, keep, now=NOW, by="staff:ana")
    assert keep.merged_into == absorb
