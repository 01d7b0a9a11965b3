"""Publishing: a built site goes online as a whole, and comes down the moment its owner says so."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from businesses.models import Business
from businesses.saying_no import mark_suppressed
from pipeline import claims, effects, faults, states
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, LostClaim, NotYet
from pipeline.models import Effect
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage
from sites.generation import check_still_a_lead
from sites.models import Site, SiteVersion
from sites.presenting import base_url, judge_version
from sites.publishers.base import Publisher, digest
from sites.publishers.registry import publisher_from_url

logger = logging.getLogger(__name__)

PUBLISH = Stage(
    name="publish",
    queue="generation",
    model=Site,
    ready=Site.Status.COMPLETED,
    busy=Site.Status.COMPLETED,
    failed=Site.Status.FAILED,
    retries=2,
    retry_delay=timedelta(minutes=10),
    stuck=lambda row: Site.Status.COMPLETED,
)
# Each is one atomic swap of what visitors see: doing it again changes nothing.
PUBLICATION = EffectKind("publish", Policy.IDEMPOTENT, (PUBLISH.switch,))
REMOVAL = EffectKind("take_down", Policy.IDEMPOTENT)
WITHDRAWAL = EffectKind("withdraw", Policy.IDEMPOTENT, (PUBLISH.switch,))
ROLL_BACK = EffectKind("roll_back", Policy.IDEMPOTENT, (PUBLISH.switch,))


def publisher() -> Publisher:
    """Return the target that sites are published to."""
    return publisher_from_url(settings.PUBLISH_TO, settings.SITES_ROOT)


def site_url(site: Site) -> str:
    """Return the address at which a site is online."""
    return base_url(site)


def publish_sites(run: Run, *, limit: int) -> StageResult:
    """Put up to `limit` built sites online."""
    return run_stage(PUBLISH, _publish, run, limit=limit)


def order_publication(
    site: Site, *, now: datetime, by: str, reason: str, shown: SiteVersion | None = None, **fields: Any
) -> None:
    """Let the next publication put a site online as it renders then; what is online stays until then.

    `shown` is the version on which the order rests. Raises StaleState where that is no longer the present one or a
    worker has the site in hand, IllegalTransition for one that is not built.
    """
    fields |= {
        "attempts": 0,
        "next_attempt_at": now,
        "error_kind": "",
        "last_error": "",
        "reopened_count": 0,
    }
    expected: dict[str, Any] = {"status": site.status, "claimed_by": ""}
    if shown is not None:
        expected["version"] = shown
    to, waits = Site.Status.COMPLETED, site.status == Site.Status.COMPLETED
    if not waits:
        states.check_transition(site, to)
    with transaction.atomic():
        states.swap(site, to, expected, now=now, by=by, reason=reason, fields=fields)
        if waits:
            states.record(site, to, to, now=now, by=by, reason=reason)


def _publish(site: Site, run: Run) -> str:
    version = site.version
    if version is None:
        raise BadData("The site has no version to publish")
    if site.business.suppressed:
        raise BadData("The business said no; nothing is published about it")
    if site.published_at is None:
        check_still_a_lead(site, now=run.now(), by=run.by)
    # Judged again as it will be online: the templates may have changed since it was built.
    files, _ = judge_version(site, version)
    release = digest(files)
    swap_files(
        PUBLICATION,
        f"{site.pk}:{site.publications}:{version.number}:{release}",
        site,
        lambda: publisher().publish(site.slug, files).sha,
        now=run.now,
        release=release,
        gate=lambda: _check_nothing_else_swaps(site),
    )
    try:
        _record(site, version, release, run)
    except LostClaim:
        undo_if_removed(site, now=run.now())
        raise
    faults.point("applied")
    return "done"


def _record(site: Site, version: SiteVersion, release: str, run: Run) -> None:
    with transaction.atomic():
        SiteVersion.objects.filter(pk=version.pk).update(release=release)
        claims.finish(
            PUBLISH,
            site,
            Site.Status.PUBLISHED,
            now=run.now(),
            by=run.by,
            reason=f"Version {version.number} is online",
            published_at=run.now(),
            publications=site.publications + 1,
            expired_at=None,
        )


def undo_if_removed(site: Site, *, now: datetime) -> None:
    """Take down what was put online while its owner had it removed."""
    if Site.objects.filter(pk=site.pk, status=Site.Status.TAKEN_DOWN).exists():
        logger.warning("%s was removed while it was being put online; it is taken down again", site)
        publisher().take_down(site.slug)


def take_down(site: Site, *, now: datetime, by: str, reason: str) -> bool:
    """Remove a site for good, whoever works on it; False when it was removed before.

    The row changes first, and the serving view asks the row: the site is gone for visitors before its files are.
    """
    while site.status != Site.Status.TAKEN_DOWN:
        try:
            _mark_removed(site, now=now, by=by, reason=reason)
        except states.StaleState:
            site.refresh_from_db()
            continue
        remove_files(site, now=now)
        return True
    remove_files(site, now=now)  # the first time may have been cut short; done, it does nothing
    return False


def _mark_removed(site: Site, *, now: datetime, by: str, reason: str) -> None:
    free = {"claimed_by": "", "claimed_at": None}
    with transaction.atomic():
        if site.status == Site.Status.GENERATING:
            # Its worker loses the claim and drops what it built.
            states.swap(
                site,
                Site.Status.FAILED,
                {"status": site.status},
                now=now,
                by=by,
                reason=reason,
                fields=free,
            )
        states.check_transition(site, Site.Status.TAKEN_DOWN)
        states.swap(
            site,
            Site.Status.TAKEN_DOWN,
            {"status": site.status},
            now=now,
            by=by,
            reason=reason,
            fields=free | {"taken_down_at": now},
        )
        mark_suppressed(Business.objects.filter(pk=site.business_id), now=now)


def remove_files(site: Site, *, now: datetime) -> None:
    """Swap the files of a removed site for the notice that it is gone."""
    swap_files(REMOVAL, str(site.pk), site, lambda: publisher().take_down(site.slug), now=lambda: now)


def swap_files(
    kind: EffectKind,
    key: str,
    site: Site,
    act: Callable[[], str | None],
    *,
    now: Callable[[], datetime],
    release: str = "",
    gate: effects.Gate | None = None,
) -> None:
    """Change what visitors of a site see, once for each `key`; `act` does it and names the release, if there is one.

    Raises what effects.run raises.
    """
    request = {"slug": site.slug} | ({"release": release} if release else {})
    effect = effects.plan(kind, f"{kind.name}:{key}", subject=states.label(site), request=request, now=now())

    def call(effect: Effect) -> Outcome:
        return Outcome(reference=act() or "")

    effects.run(kind, effect, call, now=now, gate=gate)


def check_unchanged(site: Site) -> None:
    """Raise StaleState where a site is no longer in the state, or of the version, in which it was read.

    As the gate of a swap it locks the row: what changes the site after it sees the swap as begun.
    """
    rows = Site.objects.select_for_update().filter(pk=site.pk, claimed_by="")
    if not rows.filter(status=site.status, version=site.version, publications=site.publications).exists():
        raise states.StaleState(f"{states.label(site)} was changed by somebody else; look again")


def _check_nothing_else_swaps(site: Site) -> None:
    """A withdrawal or a way back that is under way ends first, or it would undo this publication."""
    begun = Effect.objects.filter(
        subject=states.label(site), kind__in=(WITHDRAWAL.name, ROLL_BACK.name), status=Effect.Status.CALLING
    )
    if begun.exists():
        raise NotYet("What visitors see of the site is being changed by another worker")
