"""Leads: a new business is looked up on the web, then decided on by the rules, or by a person."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from businesses import qualification, websites
from businesses.models import Business, WebsiteCheck
from businesses.qualification import Decision, Evidence, LeadFacts, ProbeResult
from businesses.sources.base import Rectangle, Source
from businesses.sources.registry import get_source
from businesses.websites import Subject, Verdict
from pipeline import claims, faults, states
from pipeline.http import Fetcher
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage

QUALIFY = Stage(
    name="qualify",
    queue="scraping",
    model=Business,
    ready=Business.Status.NEW,
    busy=Business.Status.NEW,
    failed=Business.Status.REVIEW,
    retries=2,
    retry_delay=timedelta(minutes=5),
    stuck=lambda row: Business.Status.NEW,
)
DECIDABLE = (Business.Status.QUALIFIED, Business.Status.CALL_LIST, Business.Status.REJECTED)


def qualify_leads(run: Run, *, limit: int) -> StageResult:
    """Decide on up to `limit` new businesses."""
    return run_stage(QUALIFY, _qualify, run, limit=limit)


def decide(business: Business, status: str, *, now: datetime, by: str) -> None:
    """Settle a business by a person's word, which no later scrape overrules.

    Raises ValueError for a status nobody may choose, IllegalTransition and StaleState like every move.
    """
    if status not in DECIDABLE:
        raise ValueError(f"A person decides between: {', '.join(DECIDABLE)}")
    states.move(
        business, status, now=now, by=by, reason=f"Decided by {by}", decided_by=by[:120], decided_at=now
    )


def requalify(business: Business, *, now: datetime, by: str) -> None:
    """Look at a business again; raises StaleState when a worker has it in hand."""
    states.move(
        business,
        Business.Status.NEW,
        now=now,
        by=by,
        reason="Looked at again",
        attempts=0,
        next_attempt_at=now,
        decided_by="",
    )


def _qualify(business: Business, run: Run) -> str:
    source = get_source(business.territory.source)
    evidence: Evidence = "single" if settings.LEAD_EVIDENCE == "single" else "confirmed"
    facts = _facts(business, websites.NO_ADDRESS_KNOWN, "not_run")
    verdicts: list[Verdict] = []
    if not qualification.failed_gates(facts):
        # Only what could become a lead is looked up: nobody else's server is asked for nothing.
        verdicts = _look_up(business, source, evidence)
        facts = _facts(business, verdicts[0], _probe_result(verdicts[1:]))
    _store(business, qualification.qualify(facts, evidence=evidence), verdicts, run)
    faults.point("applied")
    return "done"


def _look_up(business: Business, source: Source, evidence: Evidence) -> list[Verdict]:
    """Return the verdict on the addresses that sources name and, where it leaves the question open, the search's."""
    fetcher = source.web() or live_web()
    known = websites.strongest_verdict(
        websites.check_known_website(url, fetcher=fetcher) for url in business.websites
    )
    if known.state in ("ok", "unknown") or evidence == "single":
        return [known]
    subject = Subject(
        name=business.name,
        suffixes=source.suffixes or websites.suffixes_for_country(business.country),
        phones=(business.phone,) if business.phone else (),
        emails=(business.email,) if business.email else (),
        socials=tuple(business.socials.values()),
        street=business.street,
        housenumber=business.housenumber,
        city=business.city,
        settled_hosts=websites.hosts_of(known),
    )
    return [known, websites.probe_for_website(subject, fetcher=fetcher)]


def live_web() -> Fetcher:
    """Return the client for the live web, shared by all threads of this process."""
    return _fetcher(
        settings.WEB_FETCHER, f"WebMagicBot/1.0 (+{settings.SITES_BASE_URL}; {settings.MAIL_FROM})"
    )


@cache
def _fetcher(path: str, user_agent: str) -> Fetcher:
    fetcher: Fetcher = import_string(path)(user_agent=user_agent)
    return fetcher


def _probe_result(probes: Iterable[Verdict]) -> ProbeResult:
    for verdict in probes:
        if verdict.state == "ok":
            return "found"
        return "none" if verdict.state == "none_known" else "unknown"
    return "not_run"


def _facts(business: Business, known: Verdict, probe: ProbeResult) -> LeadFacts:
    cell = business.grid
    has_site = known.state in ("ok", "unknown")
    records = list(business.records.order_by("first_seen_at"))
    return LeadFacts(
        # As the source wrote it: what cleaning took out is a reason to doubt the record.
        name=str(records[0].payload.get("name", business.name)) if records else business.name,
        category=business.category,
        in_territory=Rectangle(cell.south, cell.west, cell.north, cell.east).contains(
            business.lat, business.lon
        ),
        operating_status=business.operating_status,
        website_state=known.state,
        website_url=known.url,
        sources_without_site=0 if has_site else len({record.source for record in records}),
        probe=probe,
        brand=business.brand,
        brand_wikidata=business.brand_wikidata,
        same_name_count=_places_of_that_name(business),
        email=business.email,
        phone=business.phone,
        opening_hours=business.opening_hours,
        suppressed=business.suppressed,
    )


def _places_of_that_name(business: Business) -> int:
    """Count the places in the territory that carry the name; two records within 100 m are one place."""
    same = Business.objects.filter(territory_id=business.territory_id, name=business.name)
    return len({(round(lat, 3), round(lon, 3)) for lat, lon in same.values_list("lat", "lon")})


def _store(business: Business, decision: Decision, verdicts: list[Verdict], run: Run) -> None:
    now = run.now()
    state = (
        verdicts[-1].state
        if verdicts and verdicts[-1].state == "ok"
        else verdicts[0].state
        if verdicts
        else ""
    )
    with transaction.atomic():
        WebsiteCheck.objects.bulk_create(
            WebsiteCheck(
                business=business,
                checked_at=now,
                state=verdict.state,
                url=verdict.url[:500],
                reason=verdict.reason[:500],
                tries=[asdict(each) for each in verdict.tries],
            )
            for verdict in verdicts
        )
        claims.finish(
            QUALIFY,
            business,
            decision.status,
            now=now,
            by=run.by,
            reason=decision.reasons[0].text if decision.reasons else "",
            website_state=state,
            website_checked_at=now if verdicts else business.website_checked_at,
            evidence=decision.evidence if decision.status in ("qualified", "call_list") else "",
            score=decision.score,
            reasons=[asdict(reason) for reason in decision.reasons],
            rule_version=decision.rule_version,
            decided_at=now,
        )
