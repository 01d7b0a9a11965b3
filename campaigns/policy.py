"""Which country's businesses may be written to cold, and how closely a mail may be followed there.

An engineer's reading of the law, not legal advice, and stricter where in doubt: staff may decide otherwise for a
country, with a reason that is kept. A country that is in neither table is not written to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from django.core.exceptions import ValidationError

from campaigns.models import CountryRule
from pipeline.errors import BadData

Decision = Literal["allow", "company_only", "needs_consent", "block"]
Tracking = Literal["individual", "aggregate", "none"]
STRICTNESS: Final[tuple[Decision, ...]] = get_args(Decision)  # the mildest first
LEAST_WHY: Final = 10  # characters


@dataclass(frozen=True, slots=True)
class CountryPolicy:
    """`decision`: company_only means that the recipient must be a company and no sole trader.

    `published_counts`: an address that the business itself published without refusing such mail stands for consent.
    `tracking`: individual may record who opened, aggregate only how many did, none carries no pixel.
    `opt_out_days`: within which a no must take effect; ours takes effect at once. `footer`: what the foot must say
    besides our name, address and the way out. `reason` reads after "Not written to:" and is shown to staff, `source`
    names the rule, and what was read of it where that is not the rule itself.
    """

    country: str
    decision: Decision
    tracking: Tracking
    reason: str
    source: str
    opt_out_days: int = 0
    footer: str = ""
    published_counts: bool = False
    decided_by: str = ""


_OPT_OUT = "cold mail is allowed with an honest subject, a postal address and a way out"
_COMPANY = "only companies may be written to without consent, and it is not known whether this is one"
_CONSENT = "the country asks for consent first, from companies too"
_PUBLISHED = (
    "the business must have published the address itself without refusing such mail, and that is not known"
)
_UNREAD = "what the country allows towards companies is not known for certain, so consent is asked for"
_GUIDES = "two published surveys of the countries' rules"
_DIRECTIVE = (
    "Directive 2002/58/EC, article 13; the country's own rule was not read, so the stricter one holds"
)


def _published(country: str, source: str, days: int) -> CountryPolicy:
    return CountryPolicy(
        country, "needs_consent", "individual", _PUBLISHED, source, opt_out_days=days, published_counts=True
    )


_TABLE = (
    CountryPolicy("US", "allow", "individual", _OPT_OUT, "CAN-SPAM Act, 15 USC 7704", opt_out_days=14),
    CountryPolicy(
        "FR", "allow", "aggregate", _OPT_OUT, f"CPCE L34-5; CNIL deliberation 2026-042 on pixels; {_GUIDES}"
    ),
    CountryPolicy(
        "GB", "company_only", "none", _COMPANY, "PECR 2003, regulations 6 and 22; ICO on business mail"
    ),
    CountryPolicy("IE", "company_only", "none", _COMPANY, f"S.I. 336/2011, regulation 13; {_GUIDES}"),
    CountryPolicy(
        "FI", "company_only", "none", _COMPANY, "Act 917/2014, sections 200 and 202; a lawyers' summary of it"
    ),
    CountryPolicy("SE", "company_only", "none", _COMPANY, "Marketing Act 2008:486, section 19"),
    CountryPolicy("BE", "company_only", "none", _COMPANY, f"Royal Decree of 4 April 2003; {_GUIDES}"),
    _published("CA", "CASL, section 10(9)(b)", 14),
    _published("AU", "Spam Act 2003, schedule 2", 7),
    _published("NZ", "Unsolicited Electronic Messages Act 2007", 7),
    CountryPolicy("DE", "needs_consent", "none", _CONSENT, "UWG, section 7(2) no. 2"),
    CountryPolicy("AT", "needs_consent", "none", _CONSENT, "TKG 2021, section 174"),
    CountryPolicy("CH", "needs_consent", "none", _CONSENT, "UWG, article 3(1)(o)"),
    CountryPolicy("LI", "needs_consent", "none", _UNREAD, _DIRECTIVE),
    CountryPolicy("DK", "needs_consent", "none", _CONSENT, f"Marketing Practices Act, section 10; {_GUIDES}"),
    CountryPolicy("ES", "needs_consent", "none", _CONSENT, "LSSI, article 21"),
    CountryPolicy("IT", "needs_consent", "none", _CONSENT, f"Privacy Code, article 130; {_GUIDES}"),
    CountryPolicy("PL", "needs_consent", "none", _CONSENT, "Electronic Communications Law 2024, article 398"),
    CountryPolicy(
        "NL",
        "needs_consent",
        "none",
        _CONSENT,
        f"Telecommunications Act, article 11.7; FEDMA's summary, {_GUIDES}",
    ),
    CountryPolicy(
        "HR", "needs_consent", "none", _CONSENT, "Electronic Communications Act; FEDMA's summary of it"
    ),
    CountryPolicy("RO", "needs_consent", "none", _CONSENT, "Law 506/2004, article 12; FEDMA's summary of it"),
    CountryPolicy(
        "PT",
        "needs_consent",
        "none",
        "companies may be on the national list of those that want no such mail, and nobody looks there",
        "Law 41/2004, article 13-A; ANACOM on unsolicited communications",
    ),
    *(
        CountryPolicy(country, "needs_consent", "none", _UNREAD, _DIRECTIVE)
        for country in ("BG", "CY", "CZ", "EE", "GR", "HU", "IS", "LT", "LU", "LV", "MT", "NO", "SI", "SK")
    ),
)
POLICIES = {policy.country: policy for policy in _TABLE}


def shipped_policy_for(country: str) -> CountryPolicy:
    """The policy that ships for an ISO 3166-1 alpha-2 code in any case; a country that is not known is blocked."""
    code = country.strip().upper()
    known = POLICIES.get(code)
    if known is not None:
        return known
    where = f"the rules of {code} are not in the table" if code else "its country is not known"
    return CountryPolicy(code, "block", "none", where, "no entry")


def policy_for(country: str) -> CountryPolicy:
    """The policy of an ISO 3166-1 alpha-2 code in any case, as staff decided or else as it ships."""
    code = country.strip().upper()
    rule = CountryRule.objects.filter(country=code).first() if code else None
    return _decided(rule) if rule else shipped_policy_for(code)


def tracking_in(countries: Iterable[str]) -> dict[str, Tracking]:
    """How closely mails may be followed in each of these countries."""
    return {country: policy_for(country).tracking for country in set(countries)}


def decide_country(
    country: str,
    *,
    decision: str,
    tracking: str,
    why: str,
    now: datetime,
    by: str,
    opt_out_days: int = 0,
    footer: str = "",
) -> CountryRule:
    """Let a rule of staff win over the table for one country; raises BadData that says what is missing."""
    code = country.strip().upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise BadData(f"{country[:20]!r} is no country code of two letters, such as US")
    if len(why.strip()) < LEAST_WHY:
        raise BadData(f"Say on whose advice, or by which rule, in {LEAST_WHY} characters or more")
    rule = CountryRule.objects.filter(country=code).first() or CountryRule(country=code)
    rule.decision, rule.tracking, rule.why = decision, tracking, why.strip()
    rule.opt_out_days, rule.footer = opt_out_days, footer.strip()
    rule.decided_by, rule.decided_at = by[:120], now
    try:
        rule.full_clean()
    except ValidationError as error:
        raise BadData(" ".join(error.messages)) from error
    rule.save()
    return rule


def _decided(rule: CountryRule) -> CountryPolicy:
    shipped = shipped_policy_for(rule.country)
    decision: Decision = next(each for each in STRICTNESS if each == rule.decision)
    tracking: Tracking = next(each for each in get_args(Tracking) if each == rule.tracking)
    reasons: dict[str, str] = {"allow": _OPT_OUT, "company_only": _COMPANY, "needs_consent": _CONSENT}
    return CountryPolicy(
        rule.country,
        decision,
        tracking,
        reasons.get(decision, f"staff decided so: {rule.why}"),
        f"{rule.why} ({rule.decided_by}, {rule.decided_at:%Y-%m-%d})",
        opt_out_days=rule.opt_out_days,
        footer=rule.footer or shipped.footer,
        published_counts=shipped.published_counts and decision == "needs_consent",
        decided_by=rule.decided_by,
    )
