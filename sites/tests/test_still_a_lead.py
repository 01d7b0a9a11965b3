"""Before a proposal is built or goes online, it is asked once more whether its business is still a lead."""

from typing import Any

import pytest

from businesses.models import Business
from businesses.tests.factories import make_business
from pipeline.clock import VirtualClock
from pipeline.runner import Run
from sites.generation import UNDECIDED_FOR, generate_sites, order_site
from sites.models import Site
from sites.publishing import publish_sites
from sites.tests.factories import make_site, make_version
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


def ordered() -> Site:
    site = order_site(make_business(), now=NOW)
    assert site is not None
    return site


def built(**over: Any) -> Site:
    site = make_site(status=Site.Status.COMPLETED, **{"published_at": None} | over)
    make_version(site, gates=[{"gate": "any", "passed": True}])
    return site


def become(site: Site, **fields: Any) -> None:
    Business.objects.filter(pk=site.business_id).update(**fields)


def stored(site: Site) -> Site:
    return Site.objects.select_related("business").get(pk=site.pk)


@pytest.mark.parametrize(
    ("fields", "status", "business"),
    [
        ({}, "completed", "qualified"),
        ({"status": "review"}, "pending", "review"),
        ({"status": "new"}, "pending", "new"),
        ({"status": "rejected"}, "failed", "rejected"),
        ({"operating_status": "closed"}, "pending", "new"),
        ({"operating_status": "closed", "decided_by": "staff:ana"}, "completed", "qualified"),
    ],
    ids=["lead", "asked about", "to check", "turned away", "closed since", "a person's yes"],
)
def test_site_is_built_for_what_is_a_lead_today(
    clock: VirtualClock, fields: dict[str, Any], status: str, business: str
):
    site = ordered()
    become(site, **fields)
    generate_sites(Run(by="test", clock=clock), limit=1)
    found = stored(site)
    assert (found.status, found.business.status) == (status, business)
    assert found.versions.count() == (1 if status == "completed" else 0)


def test_site_that_waited_is_built_once_a_person_said_yes(clock: VirtualClock):
    site = ordered()
    become(site, status="review")
    generate_sites(Run(by="test", clock=clock), limit=1)
    assert stored(site).attempts == 0
    become(site, status="qualified", decided_by="staff:ana")
    clock.advance(seconds=UNDECIDED_FOR)
    generate_sites(Run(by="test", clock=clock), limit=1)
    assert stored(site).status == "completed"


@pytest.mark.parametrize(
    ("fields", "over", "status"),
    [
        ({}, {}, "published"),
        ({"status": "review"}, {}, "completed"),
        ({"status": "rejected"}, {}, "failed"),
        ({"status": "rejected"}, {"is_proposal": False}, "published"),
        ({"status": "rejected"}, {"published_at": NOW}, "published"),
    ],
    ids=["lead", "asked about", "turned away", "sold", "online before"],
)
def test_site_goes_online_for_what_is_a_lead_today(
    clock: VirtualClock,
    settings: Any,
    tmp_path: Any,
    fields: dict[str, Any],
    over: dict[str, Any],
    status: str,
):
    settings.SITES_ROOT = tmp_path / "sites"
    site = built(**over)
    become(site, **fields)
    publish_sites(Run(by="test", clock=clock), limit=1)
    assert stored(site).status == status
