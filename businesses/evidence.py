"""Gathers from the database all that the decision on a business rests on."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from businesses import merging
from businesses.chains import find_chain_signs
from businesses.models import Business, WebsiteCheck
from businesses.qualification import LeadFacts, ProbeResult
from businesses.twins import find_twins
from businesses.websites import WORKING_STATES, Verdict
from territories.splitting import Bounds

LATELY: Final = timedelta(days=365)


def gather_facts(business: Business, known: Verdict, probe: ProbeResult, *, today: date) -> LeadFacts:
    """Return the facts. known: the verdict on the addresses that sources name; probe: how the search ended."""
    land = business.territory
    has_site = known.state in WORKING_STATES or known.state == "unknown"
    records = list(merging.standing_records(business).order_by("first_seen_at", "pk"))
    signs = find_chain_signs(business)
    return LeadFacts(
        # As the source wrote it: what cleaning took out is a reason to doubt the record.
        name=str(records[0].payload.get("name", business.name)) if records else business.name,
        category=business.category,
        in_territory=Bounds(land.south, land.west, land.north, land.east).owns(business.lat, business.lon),
        operating_status=business.operating_status,
        operating_words=next(
            (words for each in records if (words := each.listing.get("operating_words"))), ""
        ),
        website_state=known.state,
        website_url=known.url,
        sources_without_site=0 if has_site else len(merging.independent_sources(records)),
        probe=probe,
        brand=business.brand,
        brand_wikidata=business.brand_wikidata,
        known_chain=signs.in_index,
        same_name_count=signs.of_name,
        same_domain_count=signs.of_domain,
        email=business.email,
        email_takes_mail=business.email_takes_mail,
        phone=business.phone,
        opening_hours=business.opening_hours,
        rating=business.rating,
        review_count=business.review_count,
        seen_lately=None if business.alive_on is None else today - business.alive_on <= LATELY,
        suppressed=business.suppressed,
        twice=str(next(iter(find_twins(business)), "")),
    )


def probe_result(probes: Iterable[Verdict]) -> ProbeResult:
    """Return how the search for a website ended; without a verdict it was not run."""
    for verdict in probes:
        if verdict.state in WORKING_STATES:
            return "found"
        return "none" if verdict.state == "none_known" else "unknown"
    return "not_run"


def stored_verdicts(business: Business) -> list[Verdict]:
    """Return what the last look found, the verdict on the known addresses first; [] where nobody looked."""
    if business.website_checked_at is None:
        return []
    last: Iterable[WebsiteCheck] = business.website_checks.filter(
        checked_at=business.website_checked_at
    ).order_by("pk")
    return [Verdict(check.state, (), check.url, check.reason) for check in last]  # type: ignore[arg-type]
