"""Generation: a qualified business gets a site, built from its facts and judged before anyone sees it."""

import copy
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.dateparse import parse_datetime

from businesses.categories import find_family
from businesses.leads import still_stands
from businesses.models import Business
from businesses.provenance import field_origins
from pipeline import claims, faults, incidents, states
from pipeline.errors import BadData, LostClaim, NotYet
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage
from sites.engines.bank import suiting_hues
from sites.engines.embedded import EmbeddedEngine
from sites.facts import BusinessFacts, FactSheet, Provenance, SuspiciousRecord, build_fact_sheet
from sites.models import Site, SiteVersion
from sites.neighbours import looks_around
from sites.owner_words import keep_owner_words, owner_words, with_statements
from sites.presenting import gate_version, refusal_of
from sites.publishers.slugs import make_slug
from sites.themes.variety import vary
from sites.writing import Written, write_embedded, write_spec

UNDECIDED_FOR = 6 * 3_600.0  # seconds until a site is asked about again whose business waits for a decision
GENERATE = Stage(
    name="generate",
    queue="generation",
    model=Site,
    ready=Site.Status.PENDING,
    busy=Site.Status.GENERATING,
    failed=Site.Status.FAILED,
    retries=2,
    retry_delay=timedelta(minutes=10),
    stuck=lambda row: Site.Status.FAILED,
    budget="sites",
    row_task="generate_site_for_business",
    row_argument="business_id",
)
# Staff may ask for the site of a lead that has only a phone.
BY_HAND = (Business.Status.QUALIFIED, Business.Status.CALL_LIST)


def generate_sites(run: Run, *, limit: int, business_id: int | None = None) -> StageResult:
    """Build up to `limit` sites of qualified businesses that have none, or the site of `business_id`."""
    if business_id is not None:
        site = Site.objects.filter(business_id=business_id).first()
        if site is None:
            business = Business.objects.filter(pk=business_id, status=Business.Status.QUALIFIED).first()
            site = order_site(business, now=run.now()) if business else None
        return run_stage(GENERATE, _generate, run, limit=1, pk=site.pk if site else -1)
    _order_best(limit, now=run.now())
    return run_stage(GENERATE, _generate, _side_by_side(run), limit=limit)


def retry_failed(run: Run, *, limit: int) -> StageResult:
    """Give up to `limit` sites that failed for a passing cause another round, oldest first."""
    result = StageResult("retry_generations")
    reopened = claims.reopen(GENERATE, now=run.now(), by=run.by, limit=limit)
    if reopened:
        result.rows["reopened"] = reopened
    return result


def order_site(business: Business, *, now: datetime) -> Site | None:
    """Order the site of a lead; None when it has one, is no lead, or said no."""
    if business.suppressed or business.status not in BY_HAND:
        return None
    try:
        with transaction.atomic():
            return Site.objects.create(
                business=business,
                slug=make_slug(business.name, business.city, business.pk),
                created_at=now,
                next_attempt_at=now,
                status_changed_at=now,
            )
    except IntegrityError:
        return None  # another worker ordered it


def _order_best(limit: int, *, now: datetime) -> None:
    """Order as many sites as this run can build on top of those that wait, best leads first."""
    waiting = GENERATE.due(now)[:limit].count()
    leads = Business.objects.filter(status=Business.Status.QUALIFIED, suppressed=False, site__isnull=True)
    for business in leads.order_by("-score", "pk")[: limit - waiting]:
        order_site(business, now=now)


def _side_by_side(run: Run) -> Run:
    """Return the run with a thread for each site that may wait for a model; without one, nothing is waited for."""
    if not settings.ANTHROPIC_API_KEY:
        return run
    wide = copy.copy(run)  # the same deadline, stop flag and watcher
    wide.threads = max(run.threads, settings.ANTHROPIC_PARALLEL)
    return wide


def _generate(site: Site, run: Run) -> str:
    business = site.business
    if business.suppressed:
        raise BadData("The business said no; nothing is built about it")
    check_still_a_lead(site, now=run.now(), by=run.by)
    facts = _facts_or_review(site, now=run.now())
    number = (site.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    is_last_try = site.attempts >= GENERATE.max_attempts
    written = write_spec(site, facts, number=number, run=run, is_last_try=is_last_try)
    version = _version(site, number, facts, written, run.now())
    refused = _judge(site, version)
    if refused and written.engine != EmbeddedEngine.name:
        written = write_embedded(site, facts, why=refused)
        version = _version(site, number, facts, written, run.now())
        refused = _judge(site, version)
    if refused:
        _keep_refused(site, version)
        raise BadData(refused)
    note = f"; {written.spec.engine_note}" if written.spec.engine_note else ""
    now = run.now()
    with transaction.atomic():
        version.save()
        claims.finish(
            GENERATE,
            site,
            Site.Status.COMPLETED,
            now=now,
            by=run.by,
            reason=f"Version {number} by the {written.engine} engine, {len(version.gates)} gates passed{note}"[
                :500
            ],
            version=version,
            generated_at=now,
        )
    faults.point("applied")
    return "done"


def check_still_a_lead(site: Site, *, now: datetime, by: str) -> None:
    """Refuse to make a proposal for what is no lead by what is known today. Raises NotYet where that is not decided,
    BadData where it is; a site that was sold is made whatever its business is."""
    business = site.business
    if not site.is_proposal or still_stands(business, now=now, by=by):
        return
    if business.status == Business.Status.REJECTED:
        raise BadData("The business is no lead any more; nothing is made for it")
    raise NotYet("Whether the business is still a lead is not decided", retry_after=UNDECIDED_FOR)


def _judge(site: Site, version: SiteVersion) -> str:
    """Put a version through its gates, with their evidence on it; returns what they refuse, or ""."""
    _, results = gate_version(site, version)
    version.gates = [asdict(result) for result in results]
    return refusal_of(results)


def _keep_refused(site: Site, version: SiteVersion) -> None:
    """Store what the gates refused as the site's version: a person can mend its words (editing.py)."""
    with transaction.atomic():
        version.save()
        claim = Site.objects.filter(pk=site.pk, claimed_by=site.claimed_by, claimed_at=site.claimed_at)
        if not claim.update(version=version):
            raise LostClaim(f"{states.label(site)} is in other hands")


def _facts_or_review(site: Site, *, now: datetime) -> FactSheet:
    """Return the facts; a record that looks like an attack goes to a person and to no engine."""
    try:
        return with_statements(build_fact_sheet(facts_of(site.business)), owner_words(site))
    except SuspiciousRecord as error:
        incidents.open_incident(
            "suspicious_record",
            states.label(site.business),
            title="A record looks like an attack or like rubbish",
            detail=f"{error}. No site is made of it until you have looked at the business and let it be built.",
            now=now,
        )
        raise


def _version(site: Site, number: int, facts: FactSheet, written: Written, now: datetime) -> SiteVersion:
    hues = suiting_hues(facts.family, facts.category)
    spec = keep_owner_words(site, vary(written.spec, looks_around(site.business), hues))
    return SiteVersion(
        site=site,
        number=number,
        engine=written.engine,
        theme=spec.look.theme,
        spec=spec.model_dump(mode="json"),
        spec_hash=spec.spec_hash,
        facts=facts.model_dump(mode="json"),
        created_at=now,
    )


def facts_of(business: Business) -> BusinessFacts:
    """Return what is stored of a business as plain values, each with where it came from."""
    provenance = {
        name: Provenance(
            origin["source"], origin["licence"], parse_datetime(origin["at"]) or business.found_at
        )
        for name, origin in field_origins(business.provenance).items()
    }
    if "phone" in provenance:
        provenance["phone_e164"] = provenance["phone"]
    return BusinessFacts(
        id=business.pk,
        name=business.name,
        category=business.category,
        family=find_family(business.category),
        lat=business.lat,
        lon=business.lon,
        street=business.street,
        housenumber=business.housenumber,
        postcode=business.postcode,
        city=business.city,
        region=business.region,
        country=business.country,
        phone_e164=business.phone,
        email=business.email,
        opening_hours=business.opening_hours,
        socials=business.socials,
        provenance=provenance,
    )


def most_cost(count: int) -> Decimal:
    """Return the USD that building `count` sites costs at most; nothing where the built-in engine writes them."""
    return count * settings.ANTHROPIC_USD_PER_SITE if settings.ANTHROPIC_API_KEY else Decimal(0)


def rebuild(site: Site, *, now: datetime, by: str, why: str = "Asked for by staff") -> None:
    """Let a site be built anew; raises StaleState or IllegalTransition. A site that is online stays so meanwhile."""
    states.move(
        site,
        Site.Status.PENDING,
        now=now,
        by=by,
        reason=why,
        attempts=0,
        next_attempt_at=now,
        reopened_count=0,
    )
