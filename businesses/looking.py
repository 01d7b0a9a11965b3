"""One look at the web for one business: its addresses judged, a site searched for, its contacts, its mail domain."""

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from businesses import websites
from businesses.asking import Try
from businesses.contacts import domain_of_email, is_blocked_role
from businesses.evidence import probe_result
from businesses.mail_domains import MailDns, takes_mail
from businesses.models import Business, WebsiteCheck
from businesses.own_pages import find_contacts
from businesses.pages import Signs
from businesses.provenance import field_origins, keep_origins
from businesses.qualification import Evidence, ProbeResult
from businesses.robots import AGENT, Robots
from businesses.sources.base import Source
from businesses.webhosts import is_platform_host, split_web_address
from businesses.websites import WORKING_STATES, Subject, Verdict
from pipeline.http import Fetcher

# How long a site that works is believed, so that a business whose record changes is not asked for again. One that
# does not is always asked again: it may become a lead.
WORKS_FOR: Final = timedelta(days=30)
CHECKS_READ: Final = 20
# Of a site in such a state a page may still be read for its contacts.
_READABLE: Final = frozenset({"empty", "tls_broken"})


@dataclass(frozen=True, slots=True)
class Look:
    """known: the verdict on the addresses that sources name, with all that was tried on any of them. probe: that of
    the search for others, if there was one. seen_at: when it was found out, None for no look; is_new: just now,
    and not remembered.
    """

    known: Verdict
    probe: Verdict | None = None
    seen_at: datetime | None = None
    is_new: bool = True

    @property
    def search(self) -> ProbeResult:
        """How the search ended."""
        return probe_result(self.verdicts[1:])

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts, that on the known addresses first."""
        return (self.known, self.probe) if self.probe else (self.known,)

    @property
    def telling(self) -> Verdict:
        """The verdict that counts: the site that the search found, its doubt, else that on the known addresses."""
        return self.probe if self.probe and self.search in ("found", "unknown") else self.known


NO_LOOK: Final = Look(websites.NO_ADDRESS_KNOWN)


def look_for_website(business: Business, source: Source, evidence: Evidence, *, now: datetime) -> Look:
    """Judge the addresses that sources name and, where that leaves the question open, search for others.

    evidence "single" is an installation that cannot search.
    """
    fetcher = web_of(source)
    named = [websites.check_known_website(url, fetcher=fetcher) for url in business.websites]
    known = websites.strongest_verdict(named)
    others = [attempt for verdict in named if verdict is not known for attempt in verdict.tries]
    known = replace(known, tries=(*known.tries, *others))
    if known.state in WORKING_STATES or known.state == "unknown" or evidence == "single":
        return Look(known, None, now)
    probe = websites.probe_for_website(_subject(business, source, known), fetcher=fetcher)
    return Look(known, probe, now)


def remembered_look(business: Business, *, now: datetime) -> Look | None:
    """Return the last look if it saw one of the addresses work lately; None after a person asked for a new one."""
    if business.website_checked_at is None:
        return None
    addresses = {websites.first_way_in(url) for url in business.websites}
    checks = business.website_checks.filter(state__in=WORKING_STATES, checked_at__gt=now - WORKS_FOR)
    for check in checks.order_by("-checked_at", "-pk")[:CHECKS_READ]:
        if check.tries and check.tries[0]["url"] in addresses:
            return Look(_verdict_of(check), None, check.checked_at, is_new=False)
    return None


def _verdict_of(check: WebsiteCheck) -> Verdict:
    tries = tuple(Try(**each) for each in check.tries)
    weaknesses = (check.state,) if check.state in ("not_mobile", "outdated") else ()
    return Verdict(check.state, tries, check.url, check.reason, weaknesses)  # type: ignore[arg-type]


def _subject(business: Business, source: Source, known: Verdict) -> Subject:
    return Subject(
        name=business.name,
        suffixes=source.suffixes or websites.suffixes_for_country(business.country),
        phones=_all(business.phone, business.phones),
        emails=_all(business.email, business.emails),
        socials=tuple(business.socials.values()),
        street=business.street,
        housenumber=business.housenumber,
        city=business.city,
        settled_hosts=websites.hosts_of(known),
    )


def _all(first: str, others: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in (first, *others) if value))


# --- contacts ---------------------------------------------------------------------------------------------


def pages_to_read(business: Business, known: Verdict = websites.NO_ADDRESS_KNOWN) -> tuple[str, ...]:
    """The business's own pages that may tell a contact: social pages, entries in directories, a poor website."""
    hosts = [(url, parts.netloc) for url in business.websites if (parts := split_web_address(url))]
    elsewhere = [url for url, host in hosts if is_platform_host(host)]
    poor = [known.url] if known.state in _READABLE else []
    links = [url for url in business.socials.values() if "." in url and "/" in url]
    return tuple(dict.fromkeys([*poor, *elsewhere, *links]))


def add_contacts(business: Business, source: Source, known: Verdict, *, now: datetime) -> dict[str, Any]:
    """Fill an e-mail address or a phone number that no source tells from the business's own pages.

    Returns the columns that changed, with where they are from; the row is not saved.
    """
    fetcher = web_of(source)
    signs = Signs(
        business.name, _all(business.phone, business.phones), _all(business.email, business.emails),
        business.street, business.housenumber, business.city,
    )  # fmt: skip
    found = find_contacts(
        pages_to_read(business, known),
        signs,
        region=business.country,
        fetcher=fetcher,
        robots=_robots_of(source),
    )
    if found is None:
        return {}
    changed: dict[str, Any] = {}
    for name, value in (("email", found.email), ("phone", found.phone)):
        if value and not getattr(business, name):
            changed |= {name: value, f"{name}s": [value]}
    origin = {"source": "own_page", "licence": "", "at": now.isoformat(), "url": found.url}
    if changed:
        changed["provenance"] = keep_origins(
            field_origins(business.provenance) | dict.fromkeys(changed, origin)
        )
    for name, value in changed.items():
        setattr(business, name, value)
    return changed


def choose_email(business: Business, source: Source) -> dict[str, Any]:
    """Find out which of its addresses takes mail; returns the columns that say so, the row is not saved.

    The first that surely does is the one to write to, then the first of which it is not known.
    """
    candidates = _all(business.email, business.emails)
    dns = mail_dns_of(source)
    answers = {
        address: takes_mail(address, dns)
        for address in candidates
        if not is_blocked_role(address) and not is_platform_host(domain_of_email(address))
    }
    order = {True: 0, None: 1, False: 2}
    chosen = min(answers, key=lambda address: order[answers[address]], default=business.email)
    business.email, business.email_takes_mail = chosen, answers.get(chosen)
    return {"email": business.email, "email_takes_mail": business.email_takes_mail}


# --- the outside ------------------------------------------------------------------------------------------


def web_of(source: Source) -> Fetcher:
    """Return the web that a source's businesses live in."""
    # A forked worker gets a client of its own: the threads of its parent's are not there.
    return source.web() or _live_web(settings.WEB_FETCHER, os.getpid())


@cache
def _live_web(path: str, process: int) -> Fetcher:
    agent = f"{AGENT}/1.0 (+{settings.SITES_BASE_URL}; {settings.MAIL_FROM})"
    fetcher: Fetcher = import_string(path)(user_agent=agent)
    return fetcher


@cache
def _live_robots(path: str, process: int) -> Robots:
    return Robots(_live_web(path, process))


def _robots_of(source: Source) -> Robots:
    """Those of the live web are remembered, as it is."""
    recorded = source.web()
    return Robots(recorded) if recorded else _live_robots(settings.WEB_FETCHER, os.getpid())


def mail_dns_of(source: Source | None) -> MailDns:
    """Return the DNS that a source's businesses live in; that of this machine where the source is not known."""
    web: object = source.web() if source else None
    if isinstance(web, MailDns):
        return web
    dns: MailDns = import_string(settings.MAIL_DNS)()
    return dns
