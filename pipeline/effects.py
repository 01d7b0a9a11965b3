"""The ledger of effects: everything paid or visible outside happens through `run`, at most as its policy allows.

A row is planned in the business transaction, committed as `calling` before the call, and its raw answer is committed
before anyone parses it. What a crash in between means depends on the kind's policy:

- KEYED: the other side honours the key, so the call is repeated with it;
- IDEMPOTENT: repeating does no harm, so the call is repeated;
- ASK: the other side can tell whether it happened; asked first, repeated only on a clear no;
- PARK: nobody can tell; the row is UNKNOWN until a person decides.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F

from pipeline import budgets, faults, liveness, switches
from pipeline.errors import BadData, LostClaim, StageError, Transient, Uncertain
from pipeline.models import Effect


class Policy(StrEnum):
    KEYED = "keyed"
    ASK = "ask"
    PARK = "park"
    IDEMPOTENT = "idempotent"


@dataclass(frozen=True)
class EffectKind:
    """One kind of outside act. `scopes` are the switches that stop it besides "everything"."""

    name: str
    policy: Policy
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an outside call answered: the raw text, the other side's reference, what it cost."""

    response: str = ""
    reference: str = ""
    cost: Decimal = Decimal(0)


class KeyConflict(Exception):
    """The same key was planned for another request: a bug in the caller, never to be papered over."""


Call = Callable[[Effect], Outcome]
# Answers whether a call of unknown fate happened: its outcome, or None for a clear no. Raises Uncertain otherwise.
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
    """Return the effect `key`, writing it first if it is new; call this in the transaction that decides on it.

    `reserve` is the most the call can cost, drawn from day budget `budget` before it is made.
    Raises KeyConflict when the key stands for another request.
    """
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    effect, created = Effect.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind.name,
            "subject": subject,
            "request": request,
            "request_hash": digest,
            "planned_at": now,
            "budget": budget,
            "reserved": reserve,
        },
    )
    if not created and (effect.request_hash != digest or effect.kind != kind.name):
        raise KeyConflict(f"{key} was planned for another request")
    faults.point("planned")
    return effect


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

    `gate` runs in the transaction that commits `calling` and refuses by raising. Errors of `call`: a StageError other
    than Uncertain says that surely nothing happened; anything else leaves the outcome open, and the policy decides.
    Raises Uncertain when it cannot be known whether the effect happened, and what `call` and `gate` raise.
    """
    effect.refresh_from_db()
    if effect.status == Effect.Status.CALLING:
        _recover(kind, effect, ask, now)
    elif effect.status == Effect.Status.UNKNOWN:
        _settle_unknown(kind, effect, ask, now)
    if effect.status == Effect.Status.DONE:
        return effect
    if effect.status != Effect.Status.PLANNED:
        raise BadData(f"This act was {effect.get_status_display().lower()}: {effect.error or 'by decision'}")
    _begin(kind, effect, gate, now)
    faults.point("calling")
    try:
        outcome = call(effect)
    except BaseException as error:
        _settle_failure(kind, effect, error, now)
        raise
    faults.point("called")
    _settle(effect, Effect.Status.DONE, now=now, outcome=outcome)
    faults.point("recorded")
    return effect


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


def _begin(kind: EffectKind, effect: Effect, gate: Gate | None, now: Callable[[], datetime]) -> None:
    liveness.check_alive()
    owner = liveness.current_owner()
    with transaction.atomic(durable=True):
        switches.check_on(*kind.scopes, now=now())
        if gate is not None:
            gate()
        if effect.budget:
            budgets.reserve(effect.budget, effect.reserved, now=now())
        begun = now()
        changed = Effect.objects.filter(pk=effect.pk, status=Effect.Status.PLANNED).update(
            status=Effect.Status.CALLING, owner=owner, called_at=begun, calls=F("calls") + 1
        )
        if not changed:
            raise LostClaim(f"{effect.key} was begun by another worker")
    effect.refresh_from_db()


def _recover(kind: EffectKind, effect: Effect, ask: Ask | None, now: Callable[[], datetime]) -> None:
    """Deal with a call that another worker began and never recorded."""
    if liveness.is_alive(effect.owner) is not False:
        raise Transient(f"{effect.key} is being called by another worker")
    if kind.policy in (Policy.KEYED, Policy.IDEMPOTENT):
        _settle(effect, Effect.Status.PLANNED, now=now, error="Its worker died during the call")
        return
    _settle(effect, Effect.Status.UNKNOWN, now=now, error="Its worker died during the call")
    _settle_unknown(kind, effect, ask, now)


def _settle_unknown(kind: EffectKind, effect: Effect, ask: Ask | None, now: Callable[[], datetime]) -> None:
    if kind.policy is not Policy.ASK or ask is None:
        raise Uncertain(f"It is not known whether this happened: {effect.error}")
    outcome = ask(effect)
    if outcome is None:
        _settle(effect, Effect.Status.PLANNED, now=now, error="Asked: it did not happen")
    else:
        _settle(effect, Effect.Status.DONE, now=now, outcome=outcome)


def _settle_failure(kind: EffectKind, effect: Effect, error: BaseException, now: Callable[[], datetime]) -> None:
    text = (str(error) or type(error).__name__)[:500]
    surely_not = isinstance(error, StageError) and not isinstance(error, Uncertain)
    if isinstance(error, BadData):
        _settle(effect, Effect.Status.FAILED, now=now, error=text)
    elif surely_not or kind.policy in (Policy.KEYED, Policy.IDEMPOTENT):
        _settle(effect, Effect.Status.PLANNED, now=now, error=text, may_be_billed=not surely_not)
    else:
        _settle(effect, Effect.Status.UNKNOWN, now=now, error=text)
        if not isinstance(error, Uncertain) and isinstance(error, Exception):
            raise Uncertain(f"It is not known whether this happened: {text}") from error


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

    The reservation is settled with it: at the real cost, at nothing for what surely did not happen, and in full where
    the call may have been billed.
    """
    expected = {"status": effect.status, "owner": effect.owner, "calls": effect.calls}
    fields: dict[str, Any] = {"status": status, "error": error[:500]}
    cost = Decimal(0)
    if outcome is not None:
        cost = outcome.cost
        fields |= {"response": outcome.response, "reference": outcome.reference[:200], "settled_at": now()}
    elif may_be_billed and status in (Effect.Status.PLANNED, Effect.Status.UNKNOWN):
        cost = effect.reserved
    if status == Effect.Status.FAILED:
        fields["settled_at"] = now()
    was_calling = effect.status == Effect.Status.CALLING
    with transaction.atomic():
        if was_calling:
            fields["cost"] = F("cost") + cost
        if Effect.objects.filter(pk=effect.pk, **expected).update(**fields) != 1:
            raise LostClaim(f"{effect.key} was settled by another worker")
        if was_calling and effect.budget and effect.called_at:
            budgets.settle(effect.budget, effect.reserved, cost, reserved_at=effect.called_at)
    effect.refresh_from_db()
