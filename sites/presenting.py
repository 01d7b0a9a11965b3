"""How a stored version becomes files, and whether they are fit to be seen: used when building and when publishing."""

from dataclasses import asdict
from typing import Any

from django.conf import settings

from pipeline import tokens
from pipeline.errors import BadData
from sites import reading_marks
from sites.credits import source_text
from sites.facts import FactSheet
from sites.gates import run_gates
from sites.gates.base import GateResult
from sites.models import Site, SiteVersion
from sites.rendering import Agency, Links, SiteFiles, render_site
from sites.spec import SiteSpec

# What the owner is asked to confirm, in the order of the page.
CLAIM_KEYS = {
    "name": "Name",
    "category": "Trade",
    "address": "Address",
    "locality": "Town",
    "phone_display": "Phone",
    "email": "E-mail",
    "hours": "Opening hours",
}


def judge_version(site: Site, version: SiteVersion) -> tuple[SiteFiles, list[dict[str, Any]]]:
    """Render a version and put it through every gate; returns the files and the evidence.

    Raises BadData with the first findings when a gate refuses it.
    """
    files, results = gate_version(site, version)
    if refused := refusal_of(results):
        raise BadData(refused)
    return files, [asdict(result) for result in results]


def refusal_of(results: list[GateResult]) -> str:
    """What the gates refuse, the first findings of each; "" where all are passed."""
    refused = [f"{result.gate}: {'; '.join(result.findings[:3])}" for result in results if not result.passed]
    return f"Refused by its gates. {' | '.join(refused)}" if refused else ""


def gate_version(site: Site, version: SiteVersion) -> tuple[SiteFiles, list[GateResult]]:
    """Render a version and return its files with what every gate found."""
    spec = SiteSpec.model_validate(version.spec)
    facts = FactSheet.model_validate(version.facts)
    links = proposal_links(site) if site.is_proposal else None
    files = render_site(spec, facts, agency=agency(), links=links, base_url=base_url(site))
    return files, run_gates(files, spec, facts)


def agency() -> Agency:
    """Return who makes the sites and answers for them."""
    return Agency(name=settings.AGENCY_NAME, address=settings.AGENCY_ADDRESS, email=settings.MAIL_FROM)


def base_url(site: Site) -> str:
    """Return the address of a site, with the final slash: a host of its own where SITES_HOST names one."""
    if settings.SITES_HOST:
        return f"https://{site.slug}.{settings.SITES_HOST}/"
    return f"{settings.SITES_BASE_URL}/s/{site.slug}/"


def claim_url(site: Site) -> str:
    """Return the page on which the owner of a site says yes or no."""
    return f"{settings.SITES_BASE_URL}/claim/{tokens.make_token('claim', site.pk)}/"


def proposal_links(site: Site) -> Links:
    """Return where the proposal bar leads."""
    claim = claim_url(site)
    about = f"{base_url(site)}privacy.html"
    return Links(claim=claim, remove=f"{claim}remove/", about=about, mark=reading_marks.mark_of(site))


def claim_facts(site: Site) -> list[tuple[str, str, str]]:
    """Return what is known of the business as (label, value, source), for its owner to check."""
    if site.version is None:
        return []
    sheet = FactSheet.model_validate(site.version.facts)
    return [
        (label, sheet.facts[key].value, source_text(sheet.facts[key].source))
        for key, label in CLAIM_KEYS.items()
        if sheet.has(key)
    ]
