"""Leads: a new business is looked up on the web, then decided on by the rules, or by a person."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

from django.conf import settings
from django.db import transaction

from businesses import qualification, twins
from businesses.evidence import gather_facts
from businesses.looking import (
    NO_LOOK,
    Look,
    add_contacts,
    choose_email,
    look_for_website,
    pages_to_read,
    remembered_look,
)
from businesses.models import Business, WebsiteCheck
from businesses.qualification import Decision, Evidence, LeadFacts, Reason
from businesses.sources.registry import get_source
from businesses.websites import WORKING_STATES
from pipeline import claims, faults, states
from pipeline.runner import Run, StageResult
from pipeline.stages import Stage
from pipeline.waiting import Steps, run_waiting_stage

# A look that settled nothing for a cause that passes is repeated on other days; then a person decides.
MOST_LOOKS: Final = 3
LOOK_AGAIN_AFTER: Final = timedelta(days=1)
# A look this young is good enough right before a mail.
FRESH_FOR: Final = timedelta(days=1)

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
    """Decide on up to `limit` new businesses.

    They wait on other people's servers, so many more of them are in hand than of other rows.
    """
    return run_waiting_stage(QUALIFY, _qualify, run, limit=limit, at_once=settings.CHECK_THREADS)


def decide(business: Business, status: str, *, now: datetime, by: str) -> None:
    """Settle a business by a person's word, which no later scrape overrules.

    One that could be a second record of another, and is decided to be written to or called, is a business of its own.
    Raises ValueError for a status nobody may choose, IllegalTransition and StaleState like every move.
    """
    if status not in DECIDABLE:
        raise ValueError(f"A person decides between: {', '.join(DECIDABLE)}")
    is_asked = twins.is_asked(business)
    with transaction.atomic():
        states.move(
            business, status, now=now, by=by, reason=f"Decided by {by}", decided_by=by[:120], decided_at=now
        )
        if is_asked and status != Business.Status.REJECTED:
            twins.tell_apart(business, now=now, by=by)


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
        unsettled_looks=0,
        website_checked_at=None,  # what was seen before does not count
    )


def recheck_before_mail(
    business: Business, *, now: datetime, by: str
) -> Literal["lead", "no_lead", "unknown"]:
    """Look at a lead's website once more, right before it is written to; call it outside of any transaction.

    "lead": still without a usable one. "no_lead": it has one now, and is rejected. "unknown": that could not be
    settled today; once that has happened on three days, or where it will not pass, a person decides. A look of
    the last 24 hours is good enough, and a person's decision stands. Raises StaleState like every move.
    """
    if business.decided_by or (business.website_checked_at and business.website_checked_at > now - FRESH_FOR):
        return "lead"
    business.refresh_from_db()
    source = get_source(business.territory.source)
    look = look_for_website(business, source, _evidence_asked(), now=now)
    telling = look.telling
    seen = {"website_state": telling.state, "website_weaknesses": list(telling.weaknesses)}
    with transaction.atomic():
        _keep_checks(business, look)
        if telling.state in WORKING_STATES:
            _move(business, Business.Status.REJECTED, look, now, by, website_checked_at=now, **seen)
            return "no_lead"
        if telling.state != "unknown":
            Business.objects.filter(pk=business.pk).update(website_checked_at=now, unsettled_looks=0, **seen)
            return "lead"
        looks = business.unsettled_looks + 1
        if looks < MOST_LOOKS and telling.is_passing:
            Business.objects.filter(pk=business.pk).update(unsettled_looks=looks)
        else:
            _move(business, Business.Status.REVIEW, look, now, by, unsettled_looks=looks, **seen)
        return "unknown"


def _move(business: Business, to: str, look: Look, now: datetime, by: str, **fields: Any) -> None:
    reason = f"Looked at again before the mail: {look.telling.reason}"[:300]
    states.move(business, to, now=now, by=by, reason=reason, **fields)


def _evidence_asked() -> Evidence:
    return "single" if settings.LEAD_EVIDENCE == "single" else "confirmed"


def _qualify(business: Business, run: Run) -> Steps:
    source = get_source(business.territory.source)
    evidence = _evidence_asked()
    now = run.now()
    look, columns = NO_LOOK, dict[str, Any]()
    gates = _gates(business, now)
    if gates == {"no_contact"} and pages_to_read(business, look.known):
        columns |= yield partial(add_contacts, business, source, look.known, now=now)
        gates = _gates(business, now)
    if not gates:
        # Only what could become a lead is looked up: nobody else's server is asked for nothing.
        look = remembered_look(business, now=now) or (
            yield partial(look_for_website, business, source, evidence, now=now)
        )
        if look.telling.state not in WORKING_STATES:
            if not business.email:
                columns |= yield partial(add_contacts, business, source, look.known, now=now)
            columns |= yield partial(choose_email, business, source)
    decision = qualification.qualify(_facts(business, look, now), evidence=evidence)
    _store(business, decision, look, columns, run)
    faults.point("applied")
    return "done"


def _gates(business: Business, now: datetime) -> set[str]:
    return {reason.code for reason in qualification.failed_gates(_facts(business, NO_LOOK, now))}


def _facts(business: Business, look: Look, now: datetime) -> LeadFacts:
    found = replace(look.known, url=look.telling.url) if look.search == "found" else look.known
    return gather_facts(business, found, look.search, today=now.date())


def _store(business: Business, decision: Decision, look: Look, columns: dict[str, Any], run: Run) -> None:
    now = run.now()
    fields: dict[str, Any] = columns | {
        "website_state": look.telling.state if look.seen_at else "",
        "website_weaknesses": list(look.telling.weaknesses),
        "website_checked_at": look.seen_at or business.website_checked_at,
        "score": decision.score,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "rule_version": decision.rule_version,
        "evidence": decision.evidence if decision.status in ("qualified", "call_list") else "",
        "chain": next((reason.text for reason in decision.reasons if reason.code == "chain"), "")[:200],
        "unsettled_looks": 0,
        "decided_at": now,
    }
    status, why = str(decision.status), decision.reasons[0].text if decision.reasons else ""
    if _may_settle_later(decision, look):
        looks = fields["unsettled_looks"] = business.unsettled_looks + 1
        if looks < MOST_LOOKS:
            again = Reason("look_again", 0, f"{look.telling.reason}. It is looked at again tomorrow")
            status, why = Business.Status.NEW, again.text
            fields |= {"reasons": [asdict(again)], "score": None, "decided_at": None}
            fields["next_attempt_at"] = now + LOOK_AGAIN_AFTER
    with transaction.atomic():
        _keep_checks(business, look)
        claims.finish(QUALIFY, business, status, now=now, by=run.by, reason=why, **fields)


def _may_settle_later(decision: Decision, look: Look) -> bool:
    doubt = decision.status == "review" and decision.reasons[0].code in ("website_unknown", "probe_unknown")
    return doubt and look.telling.is_passing


def _keep_checks(business: Business, look: Look) -> None:
    """Keep what was tried as evidence, unless it was kept when it was found out."""
    if look.seen_at is None or not look.is_new:
        return
    WebsiteCheck.objects.bulk_create(
        WebsiteCheck(
            business=business,
            checked_at=look.seen_at,
            state=verdict.state,
            url=verdict.url[:500],
            reason=verdict.reason[:500],
            tries=[asdict(each) for each in verdict.tries],
        )
        for verdict in look.verdicts
    )
