"""What must always be true of websites."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipeline.doctor import invariant
from sites.models import Site
from sites.publishing import publisher


@invariant(cheap=False)
def published_site_is_on_disk(now: datetime) -> Iterator[str]:
    """What is online is the release of the site's version."""
    target = publisher()
    for site in Site.objects.filter(status=Site.Status.PUBLISHED).select_related("version").iterator():
        expected = site.version.release if site.version else ""
        release = target.current(site.slug)
        if release is None or release.sha != expected:
            yield f"{site} should be online as {expected[:12]}, on disk is {release.sha[:12] if release else 'nothing'}"
        elif not target.is_intact(site.slug):
            yield f"{site} is online with files that are not the ones published"


@invariant(cheap=False)
def expired_site_is_hidden(now: datetime) -> Iterator[str]:
    """A proposal that expired over an hour ago shows its notice and nothing else."""
    target = publisher()
    expired = Site.objects.filter(status=Site.Status.EXPIRED, expired_at__lte=now - timedelta(hours=1))
    for site in expired.iterator():
        release = target.current(site.slug)
        if release is not None and not release.is_tombstone:
            yield f"{site} has expired, its files are still served"


@invariant(cheap=False)
def removed_site_is_gone(now: datetime) -> Iterator[str]:
    """A removed site serves nothing any more."""
    target = publisher()
    for site in Site.objects.filter(status=Site.Status.TAKEN_DOWN).iterator():
        release = target.current(site.slug)
        if release is not None and not release.is_tombstone:
            yield f"{site} was removed, its files are still served"


@invariant()
def built_site_has_passed_its_gates(now: datetime) -> Iterator[str]:
    """Nothing is built or online that failed a gate."""
    for site in Site.objects.filter(status__in=["completed", "published"]).select_related("version")[:500]:
        if site.version is None:
            yield f"{site} is {site.status} without a version"
        elif not site.version.gates or not all(gate["passed"] for gate in site.version.gates):
            yield f"{site} is {site.status} and failed a gate"
