"""Promises of single tasks that no room's own test shows: each task does what its name says, and no more."""

import runpy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from businesses import leads, scraping
from businesses.models import Business
from businesses.sources import sample
from businesses.tests.factories import make_business
from campaigns import drafting, sending
from campaigns.models import Campaign, Message
from campaigns.tests.factories import make_campaign, make_message
from monitoring.cycle import STAGES
from monitoring.metrics import pipeline_metrics
from pipeline.clock import VirtualClock
from pipeline.models import ErrorKind
from pipeline.runner import Run
from sites import generation, publishing
from sites.models import Site
from sites.tests.factories import make_site
from territories.cooldowns import reset_expired_cooldowns
from territories.models import CoverageGrid
from territories.tests.factories import make_grid, make_territory

REDIS_URL = "redis://localhost:6379/0"


def sample_cell(**fields: Any) -> CoverageGrid:
    box = sample.BOUNDS
    town = make_territory(south=box.south, west=box.west, north=box.north, east=box.east)
    return make_grid(territory=town, **fields)


def publish_two_sites(run: Run) -> list[Site]:
    """Take the sample town as far as two sites that are online."""
    cell = sample_cell()
    scraping.scrape_grids(run, limit=1, pk=cell.pk)
    leads.qualify_leads(run, limit=100)
    generation.generate_sites(run, limit=2)
    publishing.publish_sites(run, limit=2)
    return list(Site.objects.filter(status=Site.Status.PUBLISHED))


@pytest.mark.django_db
def test_one_cell_is_scraped_and_rests_30_days(run: Run, clock: VirtualClock) -> None:
    cell, other = sample_cell(), make_grid()
    scraping.scrape_grids(run, limit=1, pk=cell.pk)
    cell.refresh_from_db()
    other.refresh_from_db()
    assert (cell.status, cell.cooldown_until) == ("cooldown", clock.now() + timedelta(days=30))
    assert Business.objects.filter(grid=cell).count() == cell.found > 20
    assert other.status == "pending"


@pytest.mark.django_db
def test_cells_on_cooldown_are_not_scraped(run: Run, clock: VirtualClock) -> None:
    resting = make_grid(status="cooldown", cooldown_until=clock.now() + timedelta(days=1))
    pending = sample_cell()
    assert scraping.scrape_grids(run, limit=10).total == 1
    resting.refresh_from_db()
    pending.refresh_from_db()
    assert (resting.scraped_at, pending.scraped_at) == (None, clock.now())


@pytest.mark.django_db
def test_only_expired_cooldowns_become_pending(run: Run, clock: VirtualClock) -> None:
    over = make_grid(status="cooldown", cooldown_until=clock.now())
    resting = make_grid(status="cooldown", cooldown_until=clock.now() + timedelta(seconds=1))
    reset_expired_cooldowns(run)
    over.refresh_from_db()
    resting.refresh_from_db()
    assert (over.status, over.cycle, resting.status) == ("pending", 2, "cooldown")


@pytest.mark.django_db
def test_site_of_one_business_is_built(run: Run) -> None:
    wanted, other = make_business(), make_business(name="Other Shop")
    generation.generate_sites(run, limit=1, business_id=wanted.pk)
    assert list(Site.objects.values_list("business_id", "status")) == [(wanted.pk, "completed")]
    assert not hasattr(other, "site")


@pytest.mark.django_db
def test_only_qualified_businesses_without_a_site_get_one(run: Run) -> None:
    for status in ("review", "rejected", "call_list", "new"):
        make_business(status=status)
    make_business(suppressed=True)
    make_site()
    lead = make_business()
    generation.generate_sites(run, limit=5)
    assert list(
        Site.objects.filter(generated_at=run.now(), version__isnull=False).values_list("business_id")
    ) == [(lead.pk,)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "verb", "becomes"),
    [
        (make_site, generation.retry_failed, "pending"),
        (make_campaign, sending.retry_failed, "pending"),
    ],
    ids=["sites", "mails"],
)
def test_failures_get_another_round_oldest_first(
    run: Run, clock: VirtualClock, make: Any, verb: Any, becomes: str
) -> None:
    rows = [
        make(
            status="failed",
            error_kind=ErrorKind.TRANSIENT,
            attempts=4,
            status_changed_at=clock.now() - timedelta(days=days),
        )
        for days in (2, 4, 3)
    ]
    verb(run, limit=2)
    for row in rows:
        row.refresh_from_db()
    assert [row.status for row in rows] == ["failed", becomes, becomes]
    assert [row.attempts for row in rows] == [4, 0, 0]


@pytest.mark.django_db
def test_campaign_of_one_site_is_written_and_waits_for_its_turn(run: Run) -> None:
    site, other = publish_two_sites(run)
    drafting.create_campaigns(run, limit=1, site_id=site.pk)
    campaign = Campaign.objects.get()
    assert campaign.last_error == ""
    assert (campaign.site, campaign.status, campaign.approved_by) == (site, "pending", "autopilot")
    assert b"/o/" in bytes(campaign.messages.get().body).replace(b"=\r\n", b"")
    assert not hasattr(other, "campaign")


@pytest.mark.django_db
def test_one_campaign_is_sent_once(run: Run, settings: Any) -> None:
    site, other_site = publish_two_sites(run)
    drafting.create_campaigns(run, limit=1, site_id=site.pk)
    campaign = Campaign.objects.get()
    drafting.create_campaigns(run, limit=1, site_id=other_site.pk)
    other = Campaign.objects.get(site=other_site)
    for _ in range(2):
        sending.send_campaigns(run, limit=1, pk=campaign.pk)
    campaign.refresh_from_db()
    other.refresh_from_db()
    assert (campaign.status, campaign.sent_at, other.status) == ("sent", run.now(), "pending")
    assert len(list(Path(settings.OUTBOX_DIR).glob("*.eml"))) == 1


@pytest.mark.django_db
def test_opened_never_uncounts_sent(clock: VirtualClock) -> None:
    campaign = make_campaign(status="sent", sent_at=clock.now())
    Message.objects.filter(pk=make_message(campaign=campaign, sent_at=clock.now()).pk).update(
        opened_at=clock.now()
    )
    figures = pipeline_metrics(clock.now())["campaigns"]
    assert (figures["sent"], figures["opened"]) == (1, 1)


def test_redis_url_selects_broker_and_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", REDIS_URL)
    settings = runpy.run_path(str(Path(project.BASE_DIR) / "webmagic" / "settings.py"))
    assert settings["Q_CLUSTER"]["redis"] == REDIS_URL
    assert "orm" not in settings["Q_CLUSTER"]
    assert settings["CACHES"]["default"]["LOCATION"] == REDIS_URL
    monkeypatch.setenv("REDIS_URL", "")
    settings = runpy.run_path(str(Path(project.BASE_DIR) / "webmagic" / "settings.py"))
    assert (settings["Q_CLUSTER"]["orm"], "redis" in settings["Q_CLUSTER"]) == ("default", False)


def test_requirements_are_pinned_with_hashes() -> None:
    lines = (Path(project.BASE_DIR) / "requirements.txt").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert len(packages) > 20
    for line in packages:
        assert "==" in line
        assert line.endswith("\\"), f"{line} has no hash"


def test_every_stage_has_the_switch_of_its_queue() -> None:
    assert {stage.switch for stage in STAGES} >= {"stage:scraping", "stage:generation", "stage:campaigns"}
