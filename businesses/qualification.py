"""Decides what a business is to us: a lead, a call, nothing, or a question for a person. Pure.

Gates first, each a plain no; then the website, where doubt is a question and never a lead; then the way to
reach the business; then a score whose lines sum to it. A rule that changes raises RULE_VERSION, so that
every decision can be told from those made by other rules.
"""

from dataclasses import dataclass
from typing import Final, Literal

from businesses.categories import CATEGORIES, is_lead_category
from businesses.contacts import domain_of_email, is_blocked_role, is_freemail, suspicion_of_name
from businesses.webhosts import is_platform_host
from businesses.websites import BROKEN_STATES, WORKING_STATES, WebsiteState

RULE_VERSION: Final = 3
PASS_SCORE: Final = 60
CHAIN_FROM: Final = 3  # as many places of one name in a territory may be a chain
CHAIN_FROM_DOMAIN: Final = 5  # and so many places that send to one domain

type Evidence = Literal["confirmed", "single"]
type Status = Literal["qualified", "call_list", "rejected", "review"]
type ProbeResult = Literal["none", "found", "unknown", "not_run"]
# Doubts that another look at the web may settle.
WEB_DOUBTS: Final = frozenset({"website_unknown", "probe_unknown"})


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """All that the decision rests on. None means not known.

    name: as the source wrote it, before cleaning. category: a slug of businesses.categories or "".
    known_chain: the index of chains knows the name, for this trade and country.
    same_name_count, same_domain_count: places in the territory at different addresses under this name, or
    with a website under this domain, this one included.
    email: a normalised address or "". email_takes_mail: whether its domain has a mail server.
    phone: E.164 or "". operating_status: as in Listing; anything but the words known there is doubt.
    operating_words: what a source says of that in words that are not understood, or "".
    website_state, website_url: the strongest verdict on the addresses that sources name, or the address that
    the probe found.
    sources_without_site: independent sources that name no working site of its own (two sources that copy
    from one are one). probe: how the search for a site ended. seen_lately: somebody saw it alive within a
    year. suppressed: somebody asked us not to write. twice: how its source tells of it twice, "" where it does not.
    """

    name: str
    category: str
    in_territory: bool
    operating_status: str
    website_state: WebsiteState
    sources_without_site: int
    probe: ProbeResult
    brand: str = ""
    brand_wikidata: str = ""
    known_chain: bool = False
    same_name_count: int = 1
    same_domain_count: int = 1
    email: str = ""
    email_takes_mail: bool | None = None
    phone: str = ""
    operating_words: str = ""
    website_url: str = ""
    opening_hours: str = ""
    rating: float | None = None
    review_count: int | None = None
    seen_lately: bool | None = None
    suppressed: bool = False
    twice: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """code is for machines and never changes its meaning; text is one plain sentence for people."""

    code: str
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The points of the reasons sum to the score. evidence says how well "no website" is shown in this case,
    not how well it had to be."""

    status: Status
    score: int
    reasons: tuple[Reason, ...]
    evidence: Evidence
    rule_version: int = RULE_VERSION

    @property
    def chain(self) -> str:
        """Why it is taken for a chain, or may be one; "" where nothing marks it as one."""
        return next((reason.text for reason in self.reasons if reason.code in ("chain", "chain_likely")), "")


def qualify(facts: LeadFacts, *, evidence: Evidence) -> Decision:
    """Decide. evidence is what is asked for before a business counts as without a website.

    confirmed: two independent sources without a site, or one and a probe that found none.
    single: one source is enough; a probe that was run is still believed, whatever it said.
    """
    strength: Evidence = "confirmed" if _is_confirmed(facts) else "single"
    if gates := failed_gates(facts):
        return Decision("rejected", 0, gates, strength)
    if facts.website_state in WORKING_STATES or facts.probe == "found":
        return Decision("rejected", 0, (_site_found(facts),), strength)
    score = _score(facts)
    total = sum(reason.points for reason in score)
    if doubts := (*_web_doubts(facts, evidence), *repetition_doubts(facts), *_record_doubts(facts)):
        return Decision("review", total, (*doubts, *score), strength)
    if not writable_email(facts):
        call = Reason(
            "call_only", 0, "To be called: it has a phone number and no address that may be written to"
        )
        return Decision("call_list", total, (call, *score), strength)
    if total < PASS_SCORE:
        low = Reason("score_low", 0, f"Score {total}, {PASS_SCORE} needed")
        return Decision("review", total, (low, *score), strength)
    return Decision("qualified", total, score, strength)


def failed_gates(facts: LeadFacts) -> tuple[Reason, ...]:
    """Every plain no that needs no look at the web, the most telling first; () where there is none.

    A business that fails here need not be probed.
    """
    checks = (
        _check_name(facts),
        _check_place(facts),
        _check_operating(facts),
        _check_suppression(facts),
        _check_chain(facts),
        _check_category(facts),
        _check_reach(facts),
    )
    return tuple(reason for reason in checks if reason)


def writable_email(facts: LeadFacts) -> bool:
    """Whether there is an address that a person of this business reads and that is known to be no dead end."""
    if not facts.email or is_blocked_role(facts.email) or facts.email_takes_mail is False:
        return False
    domain = domain_of_email(facts.email)
    return not is_platform_host(domain)


def _check_name(facts: LeadFacts) -> Reason | None:
    if facts.name.strip():
        return None
    return Reason("no_name", 0, "Not a lead: it has no name")


def _check_place(facts: LeadFacts) -> Reason | None:
    if facts.in_territory:
        return None
    return Reason("outside", 0, "Not a lead: it lies outside of the territory")


def _check_operating(facts: LeadFacts) -> Reason | None:
    if facts.operating_status == "closed":
        return Reason("closed", 0, "Not a lead: it has closed for good")
    if facts.operating_status == "temporarily_closed":
        return Reason("temporarily_closed", 0, "Not a lead for now: it is closed for a time")
    return None


def _check_suppression(facts: LeadFacts) -> Reason | None:
    if not facts.suppressed:
        return None
    return Reason("suppressed", 0, "Not written to: it asked not to be")


def _check_chain(facts: LeadFacts) -> Reason | None:
    if facts.brand or facts.brand_wikidata:
        return Reason(
            "chain", 0, f"Not a lead: it belongs to the chain {facts.brand or facts.brand_wikidata}"
        )
    if facts.known_chain:
        return Reason("chain", 0, f"Not a lead: {facts.name} is the name of a chain in its trade and country")
    return None


def _check_category(facts: LeadFacts) -> Reason | None:
    if is_lead_category(facts.category):
        return None
    if facts.category in CATEGORIES:
        trade = CATEGORIES[facts.category].name
        return Reason("category", 0, f"Not a lead: {trade} is a trade that is not written to")
    return Reason("category", 0, "Not a lead: its trade is not known or not on the list")


def _check_reach(facts: LeadFacts) -> Reason | None:
    if facts.phone or writable_email(facts):
        return None
    if facts.email:
        return Reason(
            "no_contact", 0, f"Not a lead: {facts.email} may not be written to, and it has no phone number"
        )
    return Reason("no_contact", 0, "Not a lead: no e-mail address and no phone number is known")


def _site_found(facts: LeadFacts) -> Reason:
    where = f": {facts.website_url}" if facts.website_url else ""
    if facts.website_state in WORKING_STATES:
        return Reason("has_site", 0, f"Not a lead: it has a website that works{where}")
    return Reason("has_site", 0, f"Not a lead: the search found a website of its own{where}")


def _is_confirmed(facts: LeadFacts) -> bool:
    return facts.sources_without_site >= 2 or (facts.sources_without_site == 1 and facts.probe == "none")


def _web_doubts(facts: LeadFacts, evidence: Evidence) -> tuple[Reason, ...]:
    """What of "no website" a person has to settle before this can be a lead."""
    doubts = []
    if facts.website_state == "unknown":
        where = f" at {facts.website_url}" if facts.website_url else ""
        doubts.append(Reason("website_unknown", 0, f"A person decides: the site{where} could not be checked"))
    elif facts.probe == "unknown":
        doubts.append(
            Reason("probe_unknown", 0, "A person decides: the search for a website did not settle it")
        )
    elif facts.sources_without_site < 1:
        doubts.append(
            Reason("no_evidence", 0, "A person decides: no source shows that it has no working website")
        )
    elif evidence == "confirmed" and not _is_confirmed(facts):
        doubts.append(
            Reason("one_source", 0, "Waits for a search: one source without a website proves nothing")
        )
    return tuple(doubts)


def repetition_doubts(facts: LeadFacts) -> tuple[Reason, ...]:
    """Whether so many places share its name or domain that it may be a chain."""
    doubts = []
    if facts.same_name_count >= CHAIN_FROM:
        doubts.append(f"{facts.same_name_count} places here carry its name")
    if facts.same_domain_count >= CHAIN_FROM_DOMAIN:
        doubts.append(f"{facts.same_domain_count} places here share its domain")
    return tuple(
        Reason("chain_likely", 0, f"A person decides: {words}, so it may be a chain") for words in doubts
    )


def _record_doubts(facts: LeadFacts) -> tuple[Reason, ...]:
    """What of the record itself a person has to settle before this can be a lead."""
    doubts = []
    if facts.twice:
        doubts.append(Reason("twice", 0, f"A person decides: {facts.twice}"))
    if odd := suspicion_of_name(facts.name):
        doubts.append(Reason("odd_name", 0, f"A person decides: {odd}"))
    if facts.operating_status != "open":
        why = "no source says clearly whether it is open"
        if facts.operating_words:
            why = f"its source gives the status {facts.operating_words!r}, which is not understood"
        doubts.append(Reason("operating_unknown", 0, f"A person decides: {why}"))
    return tuple(doubts)


def _score(facts: LeadFacts) -> tuple[Reason, ...]:
    """The lines of the score, at most 100 points: need 40, reach 25, signs of life 20, fit 15."""
    lines = (
        _need(facts),
        *_reach(facts),
        *_life(facts),
        Reason("fit_trade", 10, f"{CATEGORIES[facts.category].name} is a trade on the list"),
        Reason("fit_independent", 0 if repetition_doubts(facts) else 5, "Nothing marks it as a chain"),
    )
    return tuple(line for line in lines if line.points)


def _need(facts: LeadFacts) -> Reason:
    state = facts.website_state
    if state == "none_known":
        if _is_confirmed(facts):
            how = (
                f"{facts.sources_without_site} sources name none"
                if facts.sources_without_site >= 2
                else "no source names one and a search found none"
            )
            return Reason("need_no_site", 40, f"No website: {how}")
        return Reason("need_none_known", 25, "No website known: one source names none")
    if state == "social_only":
        return Reason("need_social_only", 35, "Its only address is a page on a social network")
    if state == "directory":
        return Reason("need_directory_only", 35, "Its only address is an entry in a directory")
    if state in BROKEN_STATES:
        return Reason("need_broken_site", 35, _BROKEN[state])
    return Reason("need_unknown", 0, "")


_BROKEN: Final[dict[WebsiteState, str]] = {
    "dns_dead": "The name of its website does not exist any more",
    "parked": "The name of its website is for sale or parked",
    "tls_broken": "Browsers warn their visitors away from its website",
    "http_error": "Its website answers with an error",
    "empty": "Its website is empty or a placeholder",
}


def _reach(facts: LeadFacts) -> list[Reason]:
    lines = []
    if writable_email(facts):
        if facts.email_takes_mail or is_freemail(domain_of_email(facts.email)):
            lines.append(Reason("reach_email", 15, "An e-mail address whose domain takes mail"))
        else:
            lines.append(
                Reason("reach_email_unchecked", 10, "An e-mail address; whether it takes mail is not known")
            )
    if facts.phone:
        lines.append(Reason("reach_phone", 10, "A valid phone number"))
    return lines


def _life(facts: LeadFacts) -> list[Reason]:
    lines = []
    if facts.rating is not None and facts.rating >= 4 and (facts.review_count or 0) >= 10:
        lines.append(Reason("life_reviews", 12, f"Rated {facts.rating:.1f} by {facts.review_count} people"))
    if facts.seen_lately:
        lines.append(Reason("life_seen", 5, "Seen alive within the last year"))
    if facts.opening_hours:
        lines.append(Reason("life_hours", 3, "Its opening hours are known"))
    return lines
