"""The ledger of effects: all that is paid or visible outside happens through `run`, as its policy allows.

A row is planned in the business transaction, committed as `calling` before the call, and its raw answer is
committed before anyone parses it. What a crash in between means depends on the kind's policy:

- KEYED: the other side honours the key, so the call is repeated with it;
- IDEMPOTENT: repeating does no harm, so the call is repeated;
- ASK: the other side can tell whether it happened; asked first, repeated only on a clear no;
- PARK: nobody can tell; the row is UNKNOWN until a person decides.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction

from pipeline import budgets, faults, journal, liveness, switches
from pipeline.bulk import update_each
from pipeline.errors import BadData, LostClaim, NotYet, StageError, Transient, Uncertain, error_text, storable
from pipeline.models import Effect

# What this process is calling right now: an open call of its own that is not here was never recorded.
in_hand: set[int] = set()


class Policy(StrEnum):
    KEYED = "keyed"
    ASK = "ask"
    PARK = "park"
    IDEMPOTENT = "idempotent"


REPEATABLE = (Policy.KEYED, Policy.IDEMPOTENT)


@dataclass(frozen=True)
class EffectKind:
    """One kind of outside act. `scopes` are the switches that stop it besides "everything".

    `lands_within` is how long after its begin a call may still take effect, its own deadline and its wait for its
    turn in a batch included: a request outlives the process that sent it, so ASK asks no sooner.
    """

    name: str
    policy: Policy
    scopes: tuple[str, ...] = ()
    lands_within: timedelta = timedelta(minutes=2)


@dataclass(frozen=True)
class Outcome:
    """What an outside call answered: the raw text, the other side's reference, what it cost."""

    response: str = ""
    reference: str = ""
    cost: Decimal = Decimal(0)


class KeyConflict(Exception):
    """The same key was planned for another request: a bug in the caller, never to be papered over."""


Call = Callable[[Effect], Outcome]
# Answers whether a call of unknown fate happened: its outcome, None for a clear no, else raises Uncertain.
Ask = Callable[[Effect], Outcome | None]
Gate = Callable[[], None]


def plan(
    kind: EffectKind,
    key: str,
    *,
    subject: str,
    request: dict[str, Any],
    now: datetime,
    budget: str = "",
    reserve: Decimal = Decimal(0),
) -> Effect:
    """Return the effect `key`, writing it if it is new; call this in the transaction that decides on it.

    `reserve` is the most the call can cost, drawn from day budget `budget` before it is made.
    Raises KeyConflict when the key stands for another request.
    """
    fields = planned_fields(kind, subject=subject, request=request, now=now)
    fields |= {"budget": budget, "reserved": reserve}
    effect, created = Effect.objects.get_or_create(key=key, defaults=fields)
    if not created and (effect.request_hash != fields["request_hash"] or effect.kind != kind.name):
        raise KeyConflict(f"{key} was planned for another request")
    faults.point("planned")
    return effect


def planned_fields(
    kind: EffectKind, *, subject: str, request: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Return the fields of an act that is planned, its key and price left out."""
    return {
        "kind": kind.name,
        "policy": kind.policy,
        "subject": subject,
        "request": request,
        "request_hash": hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest(),
        "planned_at": now,
    }


def reroute(kind: EffectKind, key: str) -> bool:
    """Let a planned act that has not begun go another way, as `kind`; False when it has, or is of that kind."""
    planned = Effect.objects.filter(key=key, status=Effect.Status.PLANNED).exclude(kind=kind.name)
    return bool(planned.update(kind=kind.name, policy=kind.policy))


def run(
    kind: EffectKind,
    effect: Effect,
    call: Call,
    *,
    now: Callable[[], datetime],
    ask: Ask | None = None,
    gate: Gate | None = None,
) -> Effect:
    """Bring `effect` to `done` and return it with its raw answer; a done effect is returned without a call.

    `gate` runs in the transaction that commits `calling` and refuses by raising. Errors of `call`: a
    StageError other than Uncertain says that surely nothing happened; anything else leaves the outcome open,
    and the policy decides. Raises NotYet while it must be waited for, Transient when it will be repeated or
    asked for, Uncertain when it cannot be known whether it happened, and what `call` and `gate` raise.
    """
    effect.refresh_from_db()
    recover(kind, effect, ask, now)
    if effect.status == Effect.Status.DONE:
        return effect
    _begin(kind, effect, gate, now)
    try:
        _call(kind, effect, call, now)
    finally:
        in_hand.discard(effect.pk)
    return effect


def recover(kind: EffectKind, effect: Effect, ask: Ask | None, now: Callable[[], datetime]) -> None:
    """Settle a call that was begun before, as far as it can be: then `effect` is done, or planned and may begin.

    Raises like `run` where it can be neither.
    """
    if effect.status == Effect.Status.CALLING:
        if _is_being_called(effect, now()):
            raise NotYet(f"{effect.key} is being called by another worker")
        _abandon(effect, now)
    if effect.status == Effect.Status.UNKNOWN:
        _settle_unknown(kind, effect, ask, now)
    if effect.status not in (Effect.Status.DONE, Effect.Status.PLANNED):
        raise BadData(f"This act was {effect.get_status_display().lower()}: {effect.error or 'by decision'}")


def decide(effect: Effect, *, happened: bool, now: datetime, by: str) -> None:
    """Settle an uncertain effect by a person's word: it happened, or it is free to be called again."""
    status = Effect.Status.DONE if happened else Effect.Status.PLANNED
    changed = Effect.objects.filter(pk=effect.pk, status=Effect.Status.UNKNOWN).update(
        status=status, settled_at=now if happened else None, error=f"Decided by {by}"[:500], owner=""
    )
    if not changed:
        raise LostClaim("This act is no longer uncertain")
    effect.refresh_from_db()


def cancel(effect: Effect, *, now: datetime, why: str) -> bool:
    """Cancel an effect that has not begun; False when it has."""
    return bool(
        Effect.objects.filter(pk=effect.pk, status=Effect.Status.PLANNED).update(
            status=Effect.Status.CANCELLED, settled_at=now, error=why[:500]
        )
    )


def free_dead(*, now: datetime) -> int:
    """Settle the calls that dead workers left open, a minute after their begin; returns how many.

    So an uncertain one is seen at once, and not only when its row is worked on again.
    """
    freed = 0
    old = now - timedelta(seconds=settings.CLAIM_FREE_AFTER)
    for effect in Effect.objects.filter(status=Effect.Status.CALLING, called_at__lte=old):
        if _is_being_called(effect, now):
            continue
        try:
            _abandon(effect, lambda: now)
        except LostClaim:
            continue  # another process settled it
        freed += 1
    journal.sweep()
    return freed


def _begin(kind: EffectKind, effect: Effect, gate: Gate | None, now: Callable[[], datetime]) -> None:
    liveness.check_alive()
    owner = liveness.current_owner()
    begun = now()  # one time for all of it: the reservation is settled on the day of `called_at`
    with transaction.atomic(durable=True):
        # The row before the budget, as in `_settle`: two workers never wait for each other.
        fields = {
            "status": Effect.Status.CALLING,
            "owner": owner,
            "called_at": begun,
            "calls": effect.calls + 1,
        }
        same = Effect.objects.filter(pk=effect.pk, status=Effect.Status.PLANNED, calls=effect.calls)
        if not same.update(**fields):
            raise LostClaim(f"{effect.key} was begun by another worker")
        switches.check_on(*kind.scopes, now=begun)
        if gate is not None:
            gate()
        if effect.budget:
            budgets.reserve(effect.budget, effect.reserved, now=begun)
        in_hand.add(effect.pk)
    take_over(effect, fields)


def _call(kind: EffectKind, effect: Effect, call: Call, now: Callable[[], datetime]) -> None:
    faults.point("calling")
    try:
        outcome = call(effect)
    except BaseException as error:
        settle_failure(kind, effect, error, now)
        raise
    faults.point("called")
    _settle(effect, Effect.Status.DONE, now=now, outcome=outcome)
    faults.point("recorded")


def _abandon(effect: Effect, now: Callable[[], datetime]) -> None:
    """Settle a call whose worker died, as its journal tells where there is one, else as its policy says."""
    told = journal.read(effect.owner, effect.called_at) if effect.called_at else None
    entry = told.begun.get(effect.pk) if told else None
    if told and entry is None:
        _settle(
            effect, Effect.Status.PLANNED, now=now, error="Its worker died before it", may_be_billed=False
        )
    elif entry and entry.is_answered:
        outcome = Outcome(entry.response, entry.reference, entry.cost)
        _settle(effect, Effect.Status.DONE, now=now, outcome=outcome)
    else:
        status = Effect.Status.PLANNED if effect.policy in REPEATABLE else Effect.Status.UNKNOWN
        _settle(effect, status, now=now, error="Its worker died during the call")


def _is_being_called(effect: Effect, now: datetime) -> bool:
    if effect.owner == liveness.current_owner():
        return effect.pk in in_hand
    if effect.called_at and journal.is_held(effect.owner, effect.called_at):
        return True
    alive = liveness.is_alive(effect.owner)
    if alive is None:
        return bool(effect.called_at and effect.called_at > now - timedelta(seconds=settings.CLAIM_LEASE))
    return alive


def _settle_unknown(kind: EffectKind, effect: Effect, ask: Ask | None, now: Callable[[], datetime]) -> None:
    if kind.policy in REPEATABLE:
        _settle(effect, Effect.Status.PLANNED, now=now, error=effect.error)
        return
    if kind.policy is not Policy.ASK or ask is None:
        raise Uncertain(f"It is not known whether this happened: {effect.error}")
    landing = effect.called_at + kind.lands_within - now() if effect.called_at else timedelta(0)
    if landing > timedelta(0):
        raise NotYet(
            "It may still happen; the other side is asked later", retry_after=landing.total_seconds()
        )
    outcome = ask(effect)
    if outcome is None:
        _settle(effect, Effect.Status.PLANNED, now=now, error="Asked: it did not happen")
    else:
        _settle(effect, Effect.Status.DONE, now=now, outcome=outcome)


def settle_done(answered: Sequence[tuple[Effect, Outcome]], *, now: Callable[[], datetime]) -> set[int]:
    """Write the ends of one batch's calls that were answered and cost nothing; returns the keys of those that were
    still this worker's."""
    if not answered:
        return set()
    fields = {"status": Effect.Status.DONE, "error": "", "settled_at": now()}
    told = {
        effect.pk: (storable(outcome.response), storable(outcome.reference)[:200])
        for effect, outcome in answered
    }
    held = update_each(
        Effect,
        ("response", "reference"),
        [(key, *texts) for key, texts in told.items()],
        same=fields,
        where={"status": Effect.Status.CALLING, "owner": answered[0][0].owner},
    )
    for effect, _ in answered:
        if effect.pk in held:
            response, reference = told[effect.pk]
            take_over(effect, {**fields, "response": response, "reference": reference})
    return held


def settle_failure(
    kind: EffectKind, effect: Effect, error: BaseException, now: Callable[[], datetime]
) -> None:
    """Write what a failed call means, and raise that in place of `error` where the policy knows more.

    Raises LostClaim where another worker settled it.
    """
    text = error_text(error)
    if isinstance(error, BadData):
        _settle(effect, Effect.Status.FAILED, now=now, error=text)
        return
    if isinstance(error, StageError) and not isinstance(error, Uncertain):
        _settle(effect, Effect.Status.PLANNED, now=now, error=text, may_be_billed=False)
        return
    status = Effect.Status.PLANNED if kind.policy in REPEATABLE else Effect.Status.UNKNOWN
    _settle(effect, status, now=now, error=text)
    if kind.policy is Policy.PARK:
        if isinstance(error, Exception):
            raise Uncertain(f"It is not known whether this happened: {text}") from error
    elif isinstance(error, (Uncertain, OSError)):  # every error of the network is an OSError
        raise Transient(f"It is not known yet whether this happened: {text}") from error


def _settle(
    effect: Effect,
    status: Effect.Status,
    *,
    now: Callable[[], datetime],
    outcome: Outcome | None = None,
    error: str = "",
    may_be_billed: bool = True,
) -> None:
    """Write the end of a call; only the worker that began it (or its recoverer) can, and only once.

    The reservation is settled with it: at the real cost, at nothing for what surely did not happen, and in
    full where the call may have been billed.
    """
    expected = {"status": effect.status, "owner": effect.owner, "calls": effect.calls}
    fields: dict[str, Any] = {"status": status, "error": error[:500]}
    cost = Decimal(0)
    if outcome is not None:
        cost = outcome.cost
        fields |= {"response": storable(outcome.response), "reference": storable(outcome.reference)[:200]}
        fields["settled_at"] = now()
    elif may_be_billed and status in (Effect.Status.PLANNED, Effect.Status.UNKNOWN):
        cost = effect.reserved
    if status == Effect.Status.FAILED:
        fields["settled_at"] = now()
    was_calling = effect.status == Effect.Status.CALLING
    with transaction.atomic():
        if was_calling:
            fields["cost"] = effect.cost + cost  # nobody else writes it while the call is ours
        if Effect.objects.filter(pk=effect.pk, **expected).update(**fields) != 1:
            raise LostClaim(f"{effect.key} was settled by another worker")
        if was_calling and effect.budget and effect.called_at:
            budgets.settle(effect.budget, effect.reserved, cost, reserved_at=effect.called_at)
    take_over(effect, fields)


def take_over(effect: Effect, fields: dict[str, Any]) -> None:
    """Let the row in hand say what was committed of it."""
    for name, value in fields.items():
        setattr(effect, name, value)
