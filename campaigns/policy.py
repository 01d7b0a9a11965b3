"""Which country's businesses may be written to cold, and how closely a mail may be followed there.

An engineer's reading of the law, not legal advice, and stricter where in doubt. A country that is not in the table
is not written to.
"""

from dataclasses import dataclass
from typing import Literal

Decision = Literal["allow", "company_only", "needs_consent", "block"]
Tracking = Literal["individual", "aggregate", "none"]


@dataclass(frozen=True, slots=True)
class CountryPolicy:
    """`decision`: company_only means that the recipient must be a company and no sole trader.

    `tracking`: individual may record who opened, aggregate only how many did, none carries no pixel.
    `reason` reads after "Not written to:" and is shown to staff, `source` names the rule.
    """

    country: str
    decision: Decision
    tracking: Tracking
    reason: str
    source: str


_OPT_OUT = "cold mail is allowed with an honest subject, a postal address and a way out"
_COMPANY = "only companies may be written to without consent, and it is not known whether this is one"
_CONSENT = "the country asks for consent first, from companies too"
_PUBLISHED = "the business must have published the address itself, and the proof of that is not kept yet"

_TABLE = (
    CountryPolicy("US", "allow", "individual", _OPT_OUT, "CAN-SPAM Act, 15 USC 7704"),
    CountryPolicy("FR", "allow", "aggregate", _OPT_OUT, "CPCE L34-5; CNIL deliberation 2026-042 on pixels"),
    CountryPolicy("GB", "company_only", "none", _COMPANY, "PECR 2003, regulations 6 and 22"),
    CountryPolicy("IE", "company_only", "none", _COMPANY, "S.I. 336/2011, regulation 13"),
    CountryPolicy("FI", "company_only", "none", _COMPANY, "Act 917/2014, sections 200 and 202"),
    CountryPolicy("SE", "company_only", "none", _COMPANY, "Marketing Act 2008:486, section 19"),
    CountryPolicy("BE", "company_only", "none", _COMPANY, "Royal Decree of 4 April 2003"),
    CountryPolicy("CA", "needs_consent", "individual", _PUBLISHED, "CASL, section 10(9)(b)"),
    CountryPolicy("AU", "needs_consent", "individual", _PUBLISHED, "Spam Act 2003, schedule 2"),
    CountryPolicy(
        "NZ", "needs_consent", "individual", _PUBLISHED, "Unsolicited Electronic Messages Act 2007"
    ),
    CountryPolicy("DE", "needs_consent", "none", _CONSENT, "UWG, section 7(2) no. 2"),
    CountryPolicy("AT", "needs_consent", "none", _CONSENT, "TKG 2021, section 174"),
    CountryPolicy("CH", "needs_consent", "none", _CONSENT, "UWG, article 3(1)(o)"),
    CountryPolicy("DK", "needs_consent", "none", _CONSENT, "Marketing Practices Act, section 10"),
    CountryPolicy("ES", "needs_consent", "none", _CONSENT, "LSSI, article 21"),
    CountryPolicy("IT", "needs_consent", "none", _CONSENT, "Privacy Code, article 130"),
    CountryPolicy("PL", "needs_consent", "none", _CONSENT, "Electronic Communications Law 2024, article 398"),
)
POLICIES = {policy.country: policy for policy in _TABLE}


def policy_for(country: str) -> CountryPolicy:
    """The policy of an ISO 3166-1 alpha-2 code in any case; a country that is not known is blocked."""
    code = country.strip().upper()
    known = POLICIES.get(code)
    if known is not None:
        return known
    where = f"the rules of {code} are not in the table" if code else "its country is not known"
    return CountryPolicy(code, "block", "none", where, "no entry")
