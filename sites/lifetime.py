"""The life of a site after it went online: it expires, comes back, goes back to an earlier build, or is sold."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from pipeline import faults, states
from pipeline.errors import BadData, NotYet
from pipeline.runner import Run, StageResult
from sites.models import Site, SiteVersion
from sites.publishing import (
    ROLL_BACK,
    WITHDRAWAL,
    check_unchanged,
    order_publication,
    publish_sites,
    publisher,
    swap_files,
    undo_if_removed,
)


def keep_online(run: Run, *, limit: int) -> StageResult:
    """Put up to `limit` built sites online, and take up to `limit` expired proposals offline."""
    result = publish_sites(run, limit=limit)
    result.rows.update(expire_proposals(run, limit=limit).rows)
    return result


def note_offers(sites: Collection[int], *, now: datetime) -> None:
    """Remember the first mails about sites, by their keys: the days of their proposals count from here."""
    Site.objects.filter(pk__in=sites, offered_at__isnull=True).update(offered_at=now)


def expire_proposals(run: Run, *, limit: int) -> StageResult:
    """Take up to `limit` proposals offline that nobody answered in PROPOSAL_DAYS; what is wanted or sold stays."""
    result = StageResult("expire_proposals")
    before = run.now() - timedelta(days=settings.PROPOSAL_DAYS)
    old = Site.objects.filter(
        status=Site.Status.PUBLISHED,
        claimed_by="",
        is_proposal=True,
        wanted_at__isnull=True,
        offered_at__lte=before,
    )
    for site in old.order_by("offered_at")[:limit]:
        try:
            _expire(site, now=run.now(), by=run.by)
        except (states.StaleState, NotYet):
            continue  # its owner was quicker, or another worker is
        result.count("expired")
    # The worker that was cut short between the row and the files is made good; for the others this does nothing.
    lately = Site.objects.filter(status=Site.Status.EXPIRED, expired_at__gt=run.now() - timedelta(days=1))
    for site in lately.order_by("expired_at")[:limit]:
        with suppress(states.StaleState, NotYet):  # it came back in this moment, or another worker does it
            withdraw_files(site, now=run.now())
    return result


def _expire(site: Site, *, now: datetime, by: str) -> None:
    """The row changes first, unless its owner answers at this moment; then the serving view says that it expired."""
    states.swap(
        site,
        Site.Status.EXPIRED,
        {"status": site.status, "claimed_by": "", "wanted_at__isnull": True, "is_proposal": True},
        now=now,
        by=by,
        reason=f"Nobody answered in {settings.PROPOSAL_DAYS} days",
        fields={"expired_at": now},
    )
    faults.point("applied")
    withdraw_files(site, now=now)


def withdraw_files(site: Site, *, now: datetime) -> None:
    """Swap the files of an expired proposal for a notice; what was published of it is kept.

    Raises StaleState for one that is no longer expired, NotYet while another worker does it.
    """
    swap_files(
        WITHDRAWAL,
        f"{site.pk}:{site.publications}",
        site,
        lambda: publisher().withdraw(site.slug),
        now=lambda: now,
        gate=lambda: check_unchanged(site),
    )


def revive(site: Site, *, now: datetime, by: str) -> None:
    """Let an expired proposal be published again; raises BadData for another site, StaleState while a worker has it."""
    if site.status != Site.Status.EXPIRED:
        raise BadData("Only a proposal that has expired comes back")
    order_publication(site, now=now, by=by, reason="Asked for again", offered_at=now)


def hand_over(site: Site, *, now: datetime, by: str) -> None:
    """Make a proposal its owner's site: without the bar and open to search engines, from its next publication on.

    One that was online is published anew. Raises StaleState while a worker has it in hand, BadData for a site that
    was removed.
    """
    if site.status == Site.Status.TAKEN_DOWN:
        raise BadData("The site was removed at its owner's wish and cannot be sold")
    if site.status in (Site.Status.PUBLISHED, Site.Status.EXPIRED) and site.is_proposal:
        order_publication(site, now=now, by=by, reason="Sold", is_proposal=False)
    elif not Site.objects.filter(pk=site.pk, status=site.status, claimed_by="").update(is_proposal=False):
        raise states.StaleState(f"{states.label(site)} is held by a worker; try again in a minute")


def earlier_version(site: Site) -> SiteVersion | None:
    """Return the newest version before the present one that was online; None where there is none."""
    if site.version is None:
        return None
    online = site.versions.filter(number__lt=site.version.number).exclude(release="")
    return online.order_by("-number").first()


def roll_back(site: Site, *, now: datetime, by: str) -> SiteVersion:
    """Put the version before this one online, byte for byte as it was; returns it.

    Raises BadData where there is none or its files are not kept any more, StaleState while somebody else
    changes the site.
    """
    version = earlier_version(site)
    if site.status != Site.Status.PUBLISHED or version is None or site.version is None:
        raise BadData("There is no earlier version that was online")

    def restore() -> str:
        if publisher().restore(site.slug, version.release) is None:
            raise BadData(
                f"The files of version {version.number} are not kept any more. Build the site again"
            )
        return version.release

    swap_files(
        ROLL_BACK,
        f"{site.pk}:{site.publications}",
        site,
        restore,
        now=lambda: now,
        release=version.release,
        gate=lambda: check_unchanged(site),
    )
    try:
        _note_way_back(site, version, now=now, by=by)
    except states.StaleState:
        undo_if_removed(site, now=now)
        raise
    site.refresh_from_db()
    return version


def _note_way_back(site: Site, version: SiteVersion, *, now: datetime, by: str) -> None:
    with transaction.atomic():
        check_unchanged(site)
        Site.objects.filter(pk=site.pk).update(
            version=version, published_at=now, publications=F("publications") + 1
        )
        why = f"Back to version {version.number} from {site.version.number if site.version else 0}"
        states.record(site, site.status, site.status, now=now, by=by, reason=why)
