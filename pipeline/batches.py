"""Several acts of one kind through the ledger together: planned, begun and settled by one commit, called one by one.

Each is what `effects.run` makes of one act, at a fraction of the commits. What keeps them apart when their worker dies
is the journal (pipeline/journal.py): an act that was not begun is planned again, an answered one is done, and only the
one that was under way is as uncertain as its policy says.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from pipeline import effects, faults, liveness, switches
from pipeline.effects import Ask, Call, EffectKind, Gate, Outcome
from pipeline.errors import LostClaim, NotYet, StageError, storable
from pipeline.journal import Journal
from pipeline.logs import about
from pipeline.models import Effect

# Nobody waits longer for what was answered to be seen, nor does a worker go on for longer that was taken for dead.
SETTLE_EVERY: Final = 0.5  # seconds
# So long after the commit the last act of a batch may be called.
BEGIN_WITHIN: Final = 20.0  # seconds


@dataclass(frozen=True, eq=False)
class Act:
    """One act of a batch. `gate` refuses by raising, right before the call; `ask` as for `effects.run`."""

    effect: Effect
    call: Call
    gate: Gate
    ask: Ask | None = None


@dataclass(frozen=True)
class Ended:
    """An act that came to its end: done, or with what it raised."""

    act: Act
    error: Exception | None = None


def plan_new(
    kind: EffectKind, wanted: Mapping[str, tuple[str, dict[str, Any]]], *, now: datetime
) -> dict[str, Effect]:
    """Plan what the ledger does not know yet of `wanted` (key to subject and request); returns these by key.

    What it knows is left to `effects.plan`, which compares it.
    """
    known = set(Effect.objects.filter(key__in=wanted).values_list("key", flat=True))
    new = [
        Effect(key=key, **effects.planned_fields(kind, subject=subject, request=request, now=now))
        for key, (subject, request) in wanted.items()
        if key not in known
    ]
    Effect.objects.bulk_create(new)
    faults.point("planned")
    return {effect.key: effect for effect in new}


def run_together(
    kind: EffectKind, acts: Sequence[Act], *, now: Callable[[], datetime], may_begin: Callable[[], bool]
) -> Iterator[list[Ended]]:
    """Bring `acts` to their ends like `effects.run`, and yield them as these are committed.

    They have no price: what is paid for is reserved one by one. `may_begin` is asked before each call; what may not
    begin any more is planned as before and ends with NotYet.
    """
    open_acts: list[Act] = []
    for act in acts:
        try:
            effects.recover(kind, act.effect, act.ask, now)
        except Exception as error:
            yield [Ended(act, error)]
            continue
        if act.effect.status == Effect.Status.DONE:
            yield [Ended(act)]
        else:
            open_acts.append(act)
    if open_acts:
        yield from _Batch(kind, now, may_begin).run(open_acts)


class _Batch:
    """Acts that are begun together."""

    def __init__(self, kind: EffectKind, now: Callable[[], datetime], may_begin: Callable[[], bool]) -> None:
        self._kind, self._now, self._may_begin = kind, now, may_begin
        self._answered: list[tuple[Act, Outcome]] = []
        self._settled_at = time.monotonic()

    def run(self, acts: Sequence[Act]) -> Iterator[list[Ended]]:
        try:
            liveness.check_alive()
            owner = liveness.current_owner()
            begun_at, journal = self._open_journal(owner)
        except StageError as error:
            yield [Ended(act, error) for act in acts]
            return
        is_settled = False
        try:
            yield from self._begin_and_call(acts, owner, begun_at, journal)
            is_settled = True
        finally:
            journal.close(is_settled=is_settled)
            effects.in_hand.difference_update(act.effect.pk for act in acts)

    def _begin_and_call(
        self, acts: Sequence[Act], owner: str, begun_at: datetime, journal: Journal
    ) -> Iterator[list[Ended]]:
        try:
            mine = self._begin(acts, owner, begun_at)
        except StageError as error:
            yield [Ended(act, error) for act in acts]
            return
        lost = [act for act in acts if act.effect.pk not in mine]
        yield [Ended(act, LostClaim(f"{act.effect.key} was begun by another worker")) for act in lost]
        left = [act for act in acts if act.effect.pk in mine]
        until = time.monotonic() + BEGIN_WITHIN
        while left and self._may_begin() and time.monotonic() < until:
            act = left.pop(0)
            with about(row=act.effect.subject):
                failure = self._call(act, journal)
            if failure is not None:
                yield [Ended(act, failure)]
            if time.monotonic() - self._settled_at > SETTLE_EVERY:
                yield self._settle()
                liveness.check_alive()
        yield self._settle()
        self._plan_again(left)
        yield [Ended(act, NotYet("Its turn did not come in this run")) for act in left]

    def _open_journal(self, owner: str) -> tuple[datetime, Journal]:
        """Return the time of this batch, which names its journal, and that."""
        begun_at = self._now()
        while True:
            try:
                return begun_at, Journal(owner, begun_at)
            except FileExistsError:  # another thread began in this very moment
                begun_at += timedelta(microseconds=1)

    def _begin(self, acts: Sequence[Act], owner: str, begun_at: datetime) -> set[int]:
        """Commit the acts as `calling`; returns the keys of those that are ours."""
        fields = {"status": Effect.Status.CALLING, "owner": owner, "called_at": begun_at}
        calls = {act.effect.pk: act.effect.calls for act in acts}
        with transaction.atomic(durable=True):
            planned = Effect.objects.filter(pk__in=calls, status=Effect.Status.PLANNED)
            found = planned.select_for_update().order_by("pk").values_list("pk", "calls")
            mine = {pk for pk, count in found if calls[pk] == count}
            for count in {calls[pk] for pk in mine}:
                same = [pk for pk in mine if calls[pk] == count]
                Effect.objects.filter(pk__in=same).update(**fields, calls=count + 1)
            switches.check_on(*self._kind.scopes, now=begun_at)
            effects.in_hand.update(mine)
        for act in acts:
            if act.effect.pk in mine:
                effects.take_over(act.effect, {**fields, "calls": act.effect.calls + 1})
        return mine

    def _call(self, act: Act, journal: Journal) -> Exception | None:
        """Make one call; what failed is settled here, what was answered with the others."""
        effect = act.effect
        faults.point("calling")
        try:
            act.gate()
            journal.begin(effect.pk)
        except Exception as refusal:
            self._plan_again([act])
            return refusal
        try:
            outcome = act.call(effect)
        except Exception as error:
            try:
                effects.settle_failure(self._kind, effect, error, self._now)
            except Exception as known_better:
                return known_better
            return error
        faults.point("called")
        journal.answer(effect.pk, storable(outcome.response), storable(outcome.reference), outcome.cost)
        self._answered.append((act, outcome))
        return None

    def _settle(self) -> list[Ended]:
        """Commit what was answered since the last time."""
        self._settled_at = time.monotonic()
        answered, self._answered = self._answered, []
        if not answered:
            return []
        held = effects.settle_done([(act.effect, outcome) for act, outcome in answered], now=self._now)
        faults.point("recorded")
        return [
            Ended(
                act, None if act.effect.pk in held else LostClaim(f"{act.effect.key} was settled elsewhere")
            )
            for act, _ in answered
        ]

    def _plan_again(self, acts: Sequence[Act]) -> None:
        """Plan anew what was committed and surely not begun."""
        for owner in {act.effect.owner for act in acts}:
            keys = [act.effect.pk for act in acts]
            ours = Effect.objects.filter(pk__in=keys, status=Effect.Status.CALLING, owner=owner)
            ours.update(status=Effect.Status.PLANNED)
