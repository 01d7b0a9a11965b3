"""Judges leads again by the rules of today from what is stored: nothing is scraped, nobody's server is asked."""

from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from businesses import qualification
from businesses.evidence import gather_facts, probe_result, stored_verdicts
from businesses.models import Business
from businesses.qualification import Decision, Evidence
from businesses.websites import NO_ADDRESS_KNOWN
from pipeline import states

JUDGED = (
    Business.Status.REVIEW,
    Business.Status.QUALIFIED,
    Business.Status.CALL_LIST,
    Business.Status.REJECTED,
)


def rescore_leads(*, now: datetime, by: str, everything: bool = False) -> Counter[str]:
    """Judge every business that rules of another version decided (`everything`: of this one too), and count what
    came of it: "as before", "rescored", a status it moved to, "busy" where somebody else moved it meanwhile.

    A person's decision stays as it is. What was never looked for on the web, and now could be a lead, goes back
    to be looked up: no rule makes a lead without evidence.
    """
    found = Business.objects.filter(status__in=JUDGED, decided_by="", claimed_by="", merged_into=None)
    if not everything:
        found = found.exclude(rule_version=qualification.RULE_VERSION)
    evidence: Evidence = "single" if settings.LEAD_EVIDENCE == "single" else "confirmed"
    counts: Counter[str] = Counter()
    for key in list(found.order_by("pk").values_list("pk", flat=True)):
        business = Business.objects.select_related("territory").get(pk=key)
        try:
            counts[_rescore(business, evidence, now=now, by=by)] += 1
        except states.StaleState:
            counts["busy"] += 1
    return counts


def _rescore(business: Business, evidence: Evidence, *, now: datetime, by: str) -> str:
    verdicts = stored_verdicts(business)
    known = verdicts[0] if verdicts else NO_ADDRESS_KNOWN
    search = probe_result(verdicts[1:])
    if search == "found":
        known = replace(known, url=verdicts[1].url)
    facts = gather_facts(business, known, search, today=now.date())
    if not verdicts and not qualification.failed_gates(facts):
        return _move(business, Business.Status.NEW, now=now, by=by)
    decision = qualification.qualify(facts, evidence=evidence)
    fields = _columns(decision)
    if decision.status == business.status:
        is_same = all(
            getattr(business, name) == value for name, value in fields.items() if name != "rule_version"
        )
        _write(business, business.status, fields, now=now, by=by)
        return "as before" if is_same else "rescored"
    if decision.status in Business.TRANSITIONS[business.status]:
        _write(business, decision.status, fields | {"decided_at": now}, now=now, by=by)
        return str(decision.status)
    return _move(business, Business.Status.NEW, now=now, by=by)


def _columns(decision: Decision) -> dict[str, Any]:
    return {
        "evidence": decision.evidence if decision.status in ("qualified", "call_list") else "",
        "score": decision.score,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "chain": decision.chain[:200],
        "rule_version": decision.rule_version,
    }


def _move(business: Business, status: str, *, now: datetime, by: str) -> str:
    _write(business, status, {"attempts": 0, "next_attempt_at": now}, now=now, by=by)
    return status


def _write(business: Business, status: str, fields: dict[str, Any], *, now: datetime, by: str) -> None:
    """Write under the condition that nobody moved, took or decided it meanwhile."""
    expected = {"status": business.status, "claimed_by": "", "decided_by": ""}
    states.swap(
        business, status, expected, now=now, by=by, reason="Judged by the rules of today", fields=fields
    )
