"""Leads: a new business is looked up on the web, then decided on by the rules, or by a person."""

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

from django.conf import settings
from django.db import transaction

from businesses import qualification, twins
from businesses.chains import leads_like
from businesses.erased import SOURCE as ERASED_SOURCE
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
from businesses.qualification import WEB_DOUBTS, Decision, Evidence, LeadFacts, Reason
from businesses.rejudging import unjudged
from businesses.sources.registry import get_source
from businesses.webhosts import host_of, registrable_domain
from businesses.websites import WORKING_STATES, Verdict
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
LEADS = (Business.Status.QUALIFIED, Business.Status.CALL_LIST)


def qualify_leads(run: Run, *, limit: int) -> StageResult:
    """Decide on up to `limit` new businesses.

    They wait on other people's servers, so many more of them are in hand than of other rows.
    """
    return run_waiting_stage(QUALIFY, _qualify, run, limit=limit, at_once=settings.CHECK_THREADS)


def decide(business: Business, status: str, *, now: datetime, by: str) -> None:
    """Settle a business by a person's word, which no later scrape overrules; a "yes" is asked about again where a
    later record speaks against it.

    One that could be a second record of another, and is decided to be written to or called, is a business of its own.
    Raises ValueError for a status nobody may choose, IllegalTransition and StaleState like every move.
    """
    if status not in DECIDABLE:
        raise ValueError(f"A person decides between: {', '.join(DECIDABLE)}")
    if business.status == Business.Status.REJECTED:
        raise states.IllegalTransition(f"{states.label(business)} was turned away: that is overruled")
    is_asked = twins.is_asked(business)
    with transaction.atomic():
        _decide(business, status, now=now, by=by, reason=f"Decided by {by}")
        if is_asked and status != Business.Status.REJECTED:
            twins.tell_apart(business, now=now, by=by)


def overrule(business: Business, *, why: str, now: datetime, by: str) -> None:
    """Take a business that was turned away as a lead after all, by the word of a person who says why.

    Raises ValueError without a reason, IllegalTransition for one that is not rejected or that stays so (see
    `is_barred`), StaleState like every move.
    """
    if not why.strip():
        raise ValueError("Say why it is a lead after all")
    if business.status != Business.Status.REJECTED or is_barred(business):
        raise states.IllegalTransition(f"{states.label(business)} cannot be made a lead")
    reason = f"Overruled by {by}: {why.strip()}"
    lines = [{"code": "overruled", "points": 0, "text": reason[:300]}, *business.reasons]
    _decide(business, Business.Status.QUALIFIED, now=now, by=by, reason=reason, reasons=lines)


def is_barred(business: Business) -> bool:
    """Whether nobody may make it a lead again: it said no, it asked to be forgotten, or it is no row of its own."""
    if business.suppressed or business.merged_into_id:
        return True
    return business.records.filter(source=ERASED_SOURCE).exists()


def _decide(business: Business, status: str, *, now: datetime, by: str, reason: str, **fields: Any) -> None:
    fields |= {"decided_by": by[:120], "decided_at": now}
    states.move(business, status, now=now, by=by, reason=reason, **fields)


def still_stands(business: Business, *, now: datetime, by: str) -> bool:
    """Tell whether a business is a lead by what is stored now, before anything is made of it; nobody is asked.

    One that rules took for a lead, and that fails a gate by now or is one of too many of its name, goes back to be
    judged. A person's yes stands.
    """
    if business.status not in LEADS:
        return False
    if business.decided_by:
        return True
    facts = _facts(business, NO_LOOK, now)
    against = (*qualification.failed_gates(facts), *qualification.repetition_doubts(facts))
    if not against:
        return True
    waits = unjudged(f"It is judged again: {against[0].text}")
    with suppress(states.StaleState):
        new, why = Business.Status.NEW, against[0].text
        states.move(business, new, now=now, by=by, reason=why, attempts=0, next_attempt_at=now, **waits)
    return False


def requalify(business: Business, *, now: datetime, by: str) -> None:
    """Look at a business again; raises StaleState when a worker has it in hand, IllegalTransition for one that
    stays what it is (see `is_barred`)."""
    if is_barred(business):
        raise states.IllegalTransition(f"{states.label(business)} is not looked at again")
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
        **unjudged(f"{by} asked for another look; it waits for it"),
    )


def recheck_before_mail(
    business: Business, *, now: datetime, by: str
) -> Literal["lead", "no_lead", "review", "unknown"]:
    """Look at a lead's website once more, right before it is written to; call it outside of any transaction.

    "lead": still without a usable one. "no_lead": it has one now, and is rejected. "review": it has one now that
    the person who made it a lead did not know of, and a person decides again. "unknown": that could not be settled
    today; once that has happened on three days, or where it will not pass, a person decides. A look of the last
    24 hours is good enough, whoever decided. Raises StaleState like every move.
    """
    if business.website_checked_at and business.website_checked_at > now - FRESH_FOR:
        return "lead"
    business.refresh_from_db()
    source = get_source(business.territory.source)
    look = look_for_website(business, source, _evidence_asked(), now=now)
    telling = look.telling
    works = telling.state in WORKING_STATES
    seen = {"website_state": telling.state, "website_weaknesses": list(telling.weaknesses)}
    with transaction.atomic():
        _keep_checks(business, look)
        if not (works or telling.state == "unknown") or _was_decided_knowing(business, telling):
            Business.objects.filter(pk=business.pk).update(website_checked_at=now, unsettled_looks=0, **seen)
            return "lead"
        if works:
            to = Business.Status.REVIEW if business.decided_by else Business.Status.REJECTED
            _move(business, to, look, now, by, website_checked_at=now, **seen)
            return "review" if business.decided_by else "no_lead"
        looks = business.unsettled_looks + 1
        if looks < MOST_LOOKS and telling.is_passing:
            Business.objects.filter(pk=business.pk).update(unsettled_looks=looks)
        else:
            _move(business, Business.Status.REVIEW, look, now, by, unsettled_looks=looks, **seen)
        return "unknown"


def _was_decided_knowing(business: Business, telling: Verdict) -> bool:
    """Tell whether the last look before a person decided had said the same: of that, their word stands."""
    if not business.decided_by or business.decided_at is None:
        return False
    before = business.website_checks.filter(checked_at__lte=business.decided_at).order_by(
        "-checked_at", "-pk"
    )
    checks = list(before[:2])  # a look leaves two at most
    return any(
        check.checked_at == checks[0].checked_at
        and (check.state in WORKING_STATES, check.state == "unknown")
        == (telling.state in WORKING_STATES, telling.state == "unknown")
        and registrable_domain(host_of(check.url)) == registrable_domain(host_of(telling.url))
        for check in checks
    )


def _move(business: Business, to: str, look: Look, now: datetime, by: str, **fields: Any) -> None:
    """Move a business by what the look before its mail found, with the reason as the first line of the decision."""
    found = f"Looked at again before the mail: {look.telling.reason}"
    reason = found
    if business.decided_by:
        on = f" on {business.decided_at:%Y-%m-%d}" if business.decided_at else ""
        works = look.telling.state in WORKING_STATES
        since = "the website works" if works else "whether it has a website could not be settled"
        said = f"{business.decided_by} said “{business.get_status_display()}”{on}"
        reason = f"A person decides: {said}; since then: {since}. {found}"
    line = asdict(Reason("second_look", 0, reason[:500]))
    lines = [line, *(each for each in business.reasons if each.get("points"))]  # they still sum to the score
    evidence = business.evidence if to == Business.Status.REVIEW else ""
    states.move(business, to, now=now, by=by, reason=reason, reasons=lines, evidence=evidence, **fields)


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
    facts = _facts(business, look, now)
    decision = qualification.qualify(facts, evidence=evidence)
    with transaction.atomic():
        _store(business, decision, look, columns, run)
        if qualification.repetition_doubts(facts):
            _judge_others_again(business, run)
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
        "chain": decision.chain[:200],
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
    _keep_checks(business, look)
    claims.finish(QUALIFY, business, status, now=now, by=run.by, reason=why, **fields)


def _judge_others_again(business: Business, run: Run) -> None:
    """Have the leads of its name or domain judged again: they were judged when there were too few of them to tell."""
    text = f"{business.name} is one of several places by now; it waits for a look"
    why = dict.fromkeys(leads_like(business), text)
    fields = unjudged(text) | {"attempts": 0, "next_attempt_at": run.now()}
    states.move_all(Business, why, Business.Status.NEW, now=run.now(), by=run.by, **fields)


def _may_settle_later(decision: Decision, look: Look) -> bool:
    codes = {reason.code for reason in decision.reasons}
    return decision.status == "review" and not codes.isdisjoint(WEB_DOUBTS) and look.telling.is_passing


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
