"""The life of a site after it went online: what expires, what comes back, what is sold, and what goes back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline import doctor, faults
from pipeline.clock import VirtualClock
from pipeline.errors import BadData
from pipeline.models import Effect, TimelineEntry
from pipeline.runner import Run
from pipeline.states import StaleState
from sites import lifetime
from sites.generation import generate_sites
from sites.models import Site, SiteVersion
from sites.publishing import publish_sites, publisher, take_down
from sites.tests.factories import make_site, make_version
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = timedelta(days=30)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def online(clock: VirtualClock, settings: Any, tmp_path: Any) -> Callable[..., Site]:
    """Make a site that is really online."""
    settings.SITES_ROOT = tmp_path / "sites"

    def make(**over: Any) -> Site:
        site = make_site(status=Site.Status.COMPLETED, published_at=None, **over)
        make_version(site, gates=[{"gate": "any", "passed": True}])
        publish_sites(working(clock), limit=5)
        site.refresh_from_db()
        assert site.status == Site.Status.PUBLISHED, site.last_error
        return site

    return make


def working(clock: VirtualClock) -> Run:
    return Run(by="test", clock=clock)


def findings(now: datetime) -> list[str]:
    """What the doctor finds wrong with websites."""
    return [found.text for found in doctor.examine(now=now) if found.invariant.startswith("sites.")]


def served(site: Site) -> tuple[int, bytes]:
    file = publisher().open_file(site.slug, "index.html")
    assert file is not None
    return file.status, file.content


def test_proposal_that_nobody_answers_expires_after_its_days(
    online: Callable[..., Site], clock: VirtualClock
) -> None:
    site = online()
    lifetime.note_offers([site.pk], now=NOW)
    clock.advance(seconds=(MONTH - timedelta(seconds=1)).total_seconds())
    assert not lifetime.expire_proposals(working(clock), limit=5).rows
    clock.advance(seconds=1)
    assert lifetime.keep_online(working(clock), limit=5).rows["expired"] == 1
    site.refresh_from_db()
    assert (site.status, site.expired_at) == ("expired", clock.now())
    assert served(site)[0] == 410
    assert not site.business.suppressed
    assert findings(clock.now() + timedelta(days=1)) == []


@pytest.mark.parametrize(
    "over",
    [{"wanted_at": NOW}, {"is_proposal": False}, {"offered_at": None}],
    ids=lambda over: next(iter(over)),
)
def test_site_that_is_wanted_sold_or_not_offered_stays(
    online: Callable[..., Site], clock: VirtualClock, over: dict[str, Any]
) -> None:
    site = online(**{"offered_at": NOW} | over)
    clock.advance(seconds=(10 * MONTH).total_seconds())
    assert not lifetime.expire_proposals(working(clock), limit=5).rows
    assert served(site)[0] == 200


def test_owner_who_answers_while_it_expires_keeps_the_site(online: Callable[..., Site]) -> None:
    site = online(offered_at=NOW)
    seen_before = Site.objects.get(pk=site.pk)
    Site.objects.filter(pk=site.pk).update(wanted_at=NOW)
    with pytest.raises(StaleState):
        lifetime._expire(seen_before, now=NOW + MONTH, by="test")
    site.refresh_from_db()
    assert (site.status, served(site)[0]) == ("published", 200)


def test_days_count_from_the_first_mail(online: Callable[..., Site]) -> None:
    site = online()
    lifetime.note_offers([site.pk], now=NOW)
    lifetime.note_offers([site.pk], now=NOW + MONTH)
    site.refresh_from_db()
    assert site.offered_at == NOW


def test_worker_that_dies_in_mid_expiry_is_made_good(
    online: Callable[..., Site], clock: VirtualClock
) -> None:
    site = online(offered_at=NOW)
    clock.advance(seconds=MONTH.total_seconds())

    faults.arm("applied", "raise")
    try:
        with pytest.raises(faults.InjectedFault):
            lifetime.expire_proposals(working(clock), limit=5)
    finally:
        faults.disarm()
    site.refresh_from_db()
    assert (site.status, served(site)[0]) == ("expired", 200)
    lifetime.expire_proposals(working(clock), limit=5)
    assert served(site)[0] == 410


def test_expired_proposal_comes_back_with_new_days(online: Callable[..., Site], clock: VirtualClock) -> None:
    site = online(offered_at=NOW)
    before = served(site)
    clock.advance(seconds=MONTH.total_seconds())
    lifetime.keep_online(working(clock), limit=5)
    site.refresh_from_db()
    lifetime.revive(site, now=clock.now(), by="test")
    lifetime.keep_online(working(clock), limit=5)
    site.refresh_from_db()
    assert (site.status, site.publications, site.expired_at) == ("published", 2, None)
    assert served(site) == before
    clock.advance(seconds=MONTH.total_seconds())
    lifetime.keep_online(working(clock), limit=5)  # and expires a second time
    assert served(site)[0] == 410


def test_sold_site_loses_its_bar_and_may_be_found(online: Callable[..., Site], clock: VirtualClock) -> None:
    site = online()
    assert b"noindex" in served(site)[1]
    lifetime.hand_over(site, now=NOW, by="test")
    assert served(site)[0] == 200, "It must stay online meanwhile"
    publish_sites(working(clock), limit=5)
    site.refresh_from_db()
    status, page = served(site)
    assert (site.status, site.is_proposal, status) == ("published", False, 200)
    assert b"noindex" not in page
    assert b"/claim/" not in page


def test_removed_site_cannot_be_sold_revived_or_brought_back(online: Callable[..., Site]) -> None:
    site = online()
    take_down(site, now=NOW, by="test", reason="No")
    with pytest.raises(BadData, match="cannot be sold"):
        lifetime.hand_over(site, now=NOW, by="test")
    with pytest.raises(BadData, match="no earlier version"):
        lifetime.roll_back(site, now=NOW, by="test")


def test_roll_back_shows_the_version_before_byte_for_byte(
    online: Callable[..., Site], clock: VirtualClock
) -> None:
    site = online()
    first = served(site)
    type(site.business).objects.filter(pk=site.business_id).update(name="Another Name Altogether")
    Site.objects.filter(pk=site.pk).update(status=Site.Status.PENDING)
    generate_sites(working(clock), limit=1)
    publish_sites(working(clock), limit=1)
    site.refresh_from_db()
    second = served(site)
    assert second != first
    version = lifetime.roll_back(site, now=clock.now(), by="staff:ada")
    assert (version.number, site.version_id, served(site)) == (1, version.pk, first)
    assert findings(clock.now()) == []
    moved = TimelineEntry.objects.filter(model="websites.site", row_id=site.pk).latest("pk")
    assert (moved.by, moved.reason) == ("staff:ada", "Back to version 1 from 2")
    with pytest.raises(BadData, match="no earlier version"):
        lifetime.roll_back(site, now=clock.now(), by="staff:ada")


def test_roll_back_to_files_that_are_gone_changes_nothing(
    online: Callable[..., Site], clock: VirtualClock
) -> None:
    site = online()
    SiteVersion.objects.filter(site=site).update(release="0" * 64)
    make_version(site, gates=[{"gate": "any", "passed": True}])
    before = served(site)
    with pytest.raises(BadData, match="not kept any more"):
        lifetime.roll_back(site, now=NOW, by="test")
    assert served(site) == before


def test_site_in_a_workers_hand_is_left_to_it(online: Callable[..., Site]) -> None:
    site = online()
    Site.objects.filter(pk=site.pk).update(claimed_by="somebody", claimed_at=NOW)
    with pytest.raises(StaleState):
        lifetime.hand_over(site, now=NOW, by="test")
    site.refresh_from_db()
    assert site.is_proposal


def begun(kind: str, site: Site) -> Effect:
    """An effect of a worker that is alive somewhere else, in the middle of its call."""
    return Effect.objects.create(
        kind=kind,
        policy="idempotent",
        key=f"{kind}:{site.pk}:by somebody else",
        subject=f"websites.site:{site.pk}",
        request={},
        request_hash="",
        planned_at=NOW,
        called_at=NOW,
        status=Effect.Status.CALLING,
        owner="somebody",
    )


def test_withdrawal_that_is_made_good_leaves_a_site_that_came_back(
    online: Callable[..., Site], clock: VirtualClock
) -> None:
    site = online(offered_at=NOW)
    clock.advance(seconds=MONTH.total_seconds())
    faults.arm("applied", "raise")
    try:
        with pytest.raises(faults.InjectedFault):
            lifetime.expire_proposals(working(clock), limit=5)
    finally:
        faults.disarm()
    seen_before = Site.objects.get(pk=site.pk)
    assert seen_before.status == Site.Status.EXPIRED
    lifetime.revive(Site.objects.get(pk=site.pk), now=clock.now(), by="the business")
    with pytest.raises(StaleState):
        lifetime.withdraw_files(seen_before, now=clock.now())
    publish_sites(working(clock), limit=5)
    with pytest.raises(StaleState):
        lifetime.withdraw_files(seen_before, now=clock.now())
    assert served(site)[0] == 200


@pytest.mark.parametrize("kind", ["withdraw", "roll_back"])
def test_publication_waits_for_a_swap_that_is_under_way(
    online: Callable[..., Site], clock: VirtualClock, kind: str
) -> None:
    site = online()
    lifetime.hand_over(site, now=NOW, by="test")
    other = begun(kind, site)
    assert publish_sites(working(clock), limit=5).rows == {"returned": 1}
    Effect.objects.filter(pk=other.pk).update(status=Effect.Status.DONE, settled_at=clock.now())
    clock.advance(seconds=120)
    publish_sites(working(clock), limit=5)
    site.refresh_from_db()
    assert (site.status, b"noindex" in served(site)[1]) == ("published", False)


def test_roll_back_of_a_site_that_somebody_changed_swaps_nothing(
    online: Callable[..., Site], clock: VirtualClock
) -> None:
    site = online()
    Site.objects.filter(pk=site.pk).update(status=Site.Status.PENDING)
    type(site.business).objects.filter(pk=site.business_id).update(name="Another Name Altogether")
    generate_sites(working(clock), limit=1)
    publish_sites(working(clock), limit=1)
    seen_before = Site.objects.get(pk=site.pk)
    lifetime.hand_over(Site.objects.get(pk=site.pk), now=clock.now(), by="test")
    before = served(site)
    with pytest.raises(StaleState):
        lifetime.roll_back(seen_before, now=clock.now(), by="test")
    assert served(site) == before


@pytest.mark.parametrize("status", [Site.Status.PUBLISHED, Site.Status.COMPLETED, Site.Status.FAILED])
def test_only_an_expired_proposal_comes_back(online: Callable[..., Site], status: str) -> None:
    site = online()
    Site.objects.filter(pk=site.pk).update(status=status)
    site.refresh_from_db()
    with pytest.raises(BadData, match="has expired"):
        lifetime.revive(site, now=NOW, by="test")
