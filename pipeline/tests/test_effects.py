"""The ledger: one row for each outside act, called at most as its policy allows, its answer kept before use."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from pipeline import effects, switches
from pipeline.clock import VirtualClock
from pipeline.effects import EffectKind, KeyConflict, Outcome, Policy
from pipeline.errors import BadData, LostClaim, NotYet, SourcePaused, SwitchedOff, Transient, Uncertain
from pipeline.models import Effect
from pipeline.tests.lab.work import KINDS
from pipeline.tests.owners import Worker

pytestmark = pytest.mark.django_db
REPEATABLE = ["keyed", "idempotent"]
POLICIES = [*REPEATABLE, "ask", "park"]
DONE = Outcome(response="<raw>", reference="ref-1")


def plan(
    clock: VirtualClock, kind: EffectKind = KINDS["keyed"], key: str = "a key", **options: Any
) -> Effect:
    request = options.pop("request", {"query": "bakeries"})
    return effects.plan(kind, key, subject="lab.job:1", request=request, now=clock.now(), **options)


class Calls:
    """A call that does as told, in turn, and counts."""

    def __init__(self, *answers: Outcome | BaseException) -> None:
        self._answers = list(answers)
        self.count = 0

    def __call__(self, effect: Effect) -> Outcome:
        self.count += 1
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def left_open(clock: VirtualClock, hire: Callable[[], Worker]) -> Callable[[str], Effect]:
    """Return a function that plans an effect of a policy whose worker died during the call."""

    def make(policy: str) -> Effect:
        effect = plan(clock, KINDS[policy])
        worker = hire()
        with worker.at_work():
            effects._begin(KINDS[policy], effect, None, clock.now)
        effects.in_hand.clear()  # it was another process
        worker.die()
        return effect

    return make


def test_plan_is_one_row_however_often_it_is_made(clock: VirtualClock) -> None:
    assert plan(clock).pk == plan(clock).pk
    effect = Effect.objects.get()
    assert (effect.status, effect.calls, effect.policy, effect.planned_at) == (
        "planned",
        0,
        "keyed",
        clock.now(),
    )


def test_plan_of_another_request_under_the_same_key_is_a_bug(clock: VirtualClock) -> None:
    plan(clock)
    with pytest.raises(KeyConflict):
        plan(clock, request={"query": "butchers"})
    with pytest.raises(KeyConflict):
        plan(clock, replace(KINDS["keyed"], name="another"))
    assert Effect.objects.get().request == {"query": "bakeries"}


def test_plan_does_not_mind_the_order_of_the_request(clock: VirtualClock) -> None:
    plan(clock, request={"a": 1, "b": 2})
    assert plan(clock, request={"b": 2, "a": 1}).status == "planned"


@pytest.mark.parametrize("policy", POLICIES)
def test_run_calls_once_and_keeps_the_raw_answer(clock: VirtualClock, policy: str) -> None:
    calls = Calls(DONE)
    effect = plan(clock, KINDS[policy])
    for _ in range(3):
        effect = effects.run(KINDS[policy], effect, calls, now=clock.now)
        assert (effect.status, effect.response, effect.reference) == ("done", "<raw>", "ref-1")
    assert calls.count == Effect.objects.get().calls == 1


def test_run_is_committed_as_calling_before_the_call(clock: VirtualClock) -> None:
    seen = []

    def call(effect: Effect) -> Outcome:
        stored = Effect.objects.get()
        seen.append((stored.status, stored.calls, bool(stored.owner), stored.called_at))
        return DONE

    effects.run(KINDS["park"], plan(clock, KINDS["park"]), call, now=clock.now)
    assert seen == [("calling", 1, True, clock.now())]


def test_run_inside_a_transaction_is_refused(clock: VirtualClock) -> None:
    effect = plan(clock)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        effects.run(KINDS["keyed"], effect, Calls(DONE), now=clock.now)
    assert Effect.objects.get().calls == 0


def test_answer_that_no_database_takes_is_kept_visibly(clock: VirtualClock) -> None:
    odd = Outcome(response="a\x00b\ud800c", reference="r\x00" + "x" * 300)
    effect = effects.run(KINDS["park"], plan(clock, KINDS["park"]), Calls(odd), now=clock.now)
    assert (effect.status, effect.response) == ("done", "a\\x00b\\ud800c")
    assert len(effect.reference) == 200


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("error", [Transient("429"), SourcePaused("lab", "no credit")], ids=str)
def test_call_that_surely_did_nothing_may_be_made_again(
    clock: VirtualClock, policy: str, error: Exception
) -> None:
    calls = Calls(error, DONE)
    effect = plan(clock, KINDS[policy])
    with pytest.raises(type(error)):
        effects.run(KINDS[policy], effect, calls, now=clock.now)
    assert Effect.objects.get().status == "planned"
    assert effects.run(KINDS[policy], effect, calls, now=clock.now).status == "done"
    assert Effect.objects.get().calls == 2


@pytest.mark.parametrize("policy", POLICIES)
def test_refusal_for_good_is_never_called_again(clock: VirtualClock, policy: str) -> None:
    effect = plan(clock, KINDS[policy])
    for expected in ("no such address", "failed: no such address"):
        with pytest.raises(BadData, match=expected):
            effects.run(KINDS[policy], effect, Calls(BadData("no such address")), now=clock.now)
    stored = Effect.objects.get()
    assert (stored.status, stored.calls, stored.settled_at) == ("failed", 1, clock.now())


@pytest.mark.parametrize("policy", REPEATABLE)
@pytest.mark.parametrize(
    "error", [Uncertain("cut"), TimeoutError("read"), ConnectionResetError("reset")], ids=repr
)
def test_repeatable_call_of_unknown_fate_is_repeated(
    clock: VirtualClock, policy: str, error: Exception
) -> None:
    calls = Calls(error, DONE)
    effect = plan(clock, KINDS[policy])
    with pytest.raises(Transient, match="not known yet"):
        effects.run(KINDS[policy], effect, calls, now=clock.now)
    assert effects.run(KINDS[policy], effect, calls, now=clock.now).status == "done"


@pytest.mark.parametrize(
    "error", [Uncertain("cut"), TimeoutError("read"), KeyError("bug"), SystemExit()], ids=repr
)
def test_parked_call_of_unknown_fate_waits_for_a_person(clock: VirtualClock, error: BaseException) -> None:
    kind = KINDS["park"]
    calls = Calls(error)
    effect = plan(clock, kind)
    with pytest.raises(Uncertain if isinstance(error, Exception) else SystemExit):
        effects.run(kind, effect, calls, now=clock.now)
    assert Effect.objects.get().status == "unknown"
    clock.advance(days=30)
    with pytest.raises(Uncertain, match="not known whether this happened"):
        effects.run(kind, effect, calls, now=clock.now)
    assert calls.count == 1


@pytest.mark.parametrize("policy", ["keyed", "ask"])
def test_bug_in_the_call_stays_a_bug(clock: VirtualClock, policy: str) -> None:
    with pytest.raises(KeyError):
        effects.run(KINDS[policy], plan(clock, KINDS[policy]), Calls(KeyError("bug")), now=clock.now)
    assert Effect.objects.get().status == ("planned" if policy == "keyed" else "unknown")


@pytest.mark.parametrize(("answer", "calls_made"), [(DONE, 1), (None, 2)], ids=["it did", "it did not"])
def test_asked_call_is_repeated_on_a_clear_no_only(
    clock: VirtualClock, answer: Outcome | None, calls_made: int
) -> None:
    kind = KINDS["ask"]
    calls = Calls(Uncertain("cut"), DONE)
    effect = plan(clock, kind)
    with pytest.raises(Transient):
        effects.run(kind, effect, calls, now=clock.now, ask=lambda effect: answer)
    clock.advance(minutes=1)
    effect = effects.run(kind, effect, calls, now=clock.now, ask=lambda effect: answer)
    assert (effect.status, effect.reference, calls.count) == ("done", "ref-1", calls_made)


def test_other_side_is_asked_only_when_the_call_can_no_longer_land(clock: VirtualClock) -> None:
    kind = KINDS["ask"]
    effect = plan(clock, kind)
    with pytest.raises(Transient):
        effects.run(kind, effect, Calls(Uncertain("cut")), now=clock.now)
    clock.advance(seconds=29)
    with pytest.raises(NotYet) as waiting:
        effects.run(kind, effect, Calls(), now=clock.now, ask=lambda effect: pytest.fail("asked too early"))
    assert waiting.value.retry_after == 1.0
    clock.advance(seconds=1)
    assert effects.run(kind, effect, Calls(), now=clock.now, ask=lambda effect: DONE).status == "done"


@pytest.mark.parametrize("error", [Uncertain("cannot tell"), Transient("not now")], ids=repr)
def test_asked_call_is_not_repeated_while_there_is_no_answer(clock: VirtualClock, error: Exception) -> None:
    kind = KINDS["ask"]
    effect = plan(clock, kind)
    with pytest.raises(Transient):
        effects.run(kind, effect, Calls(Uncertain("cut")), now=clock.now)
    clock.advance(minutes=1)

    def ask(effect: Effect) -> Outcome | None:
        raise error

    with pytest.raises(type(error)):
        effects.run(kind, effect, Calls(), now=clock.now, ask=ask)
    with pytest.raises(Uncertain):
        effects.run(kind, effect, Calls(), now=clock.now)  # nobody to ask
    assert Effect.objects.get().status == "unknown"


@pytest.mark.parametrize("policy", POLICIES)
def test_call_of_a_living_worker_is_waited_for(
    clock: VirtualClock, policy: str, hire: Callable[[], Worker]
) -> None:
    effect = plan(clock, KINDS[policy])
    with hire().at_work():
        effects._begin(KINDS[policy], effect, None, clock.now)
    clock.advance(days=1)
    with pytest.raises(NotYet, match="another worker"):
        effects.run(KINDS[policy], effect, Calls(), now=clock.now)
    assert effects.free_dead(now=clock.now()) == 0


@pytest.mark.parametrize(
    ("policy", "after"), [("keyed", "done"), ("idempotent", "done"), ("park", "unknown")]
)
def test_call_of_a_dead_worker_is_settled_by_its_policy(
    clock: VirtualClock, left_open: Callable[[str], Effect], policy: str, after: str
) -> None:
    effect = left_open(policy)
    try:
        effects.run(KINDS[policy], effect, Calls(DONE), now=clock.now)
    except Uncertain:
        assert policy == "park"
    assert Effect.objects.get().status == after


def test_call_that_this_process_could_not_record_is_not_waited_for(clock: VirtualClock) -> None:
    """The database failed between the call and its record; the process lives on."""
    effect = plan(clock, KINDS["park"])
    effects._begin(KINDS["park"], effect, None, clock.now)
    effects.in_hand.discard(effect.pk)
    with pytest.raises(Uncertain):
        effects.run(KINDS["park"], effect, Calls(), now=clock.now)


@pytest.mark.parametrize(
    ("policy", "status"),
    [("keyed", "planned"), ("idempotent", "planned"), ("ask", "unknown"), ("park", "unknown")],
)
def test_calls_of_the_dead_are_seen_without_anybody_working_on_their_rows(
    clock: VirtualClock, left_open: Callable[[str], Effect], policy: str, status: str
) -> None:
    left_open(policy)
    clock.advance(seconds=59)
    assert effects.free_dead(now=clock.now()) == 0
    clock.advance(seconds=1)
    assert effects.free_dead(now=clock.now()) == 1
    assert Effect.objects.get().status == status
    assert effects.free_dead(now=clock.now()) == 0


def test_answer_of_a_worker_that_was_taken_for_dead_changes_nothing(
    clock: VirtualClock, left_open: Callable[[str], Effect]
) -> None:
    zombies_view = left_open("keyed")
    effects.run(KINDS["keyed"], Effect.objects.get(), Calls(DONE), now=clock.now)
    with pytest.raises(LostClaim):
        effects._settle(zombies_view, Effect.Status.DONE, now=clock.now, outcome=Outcome(response="stale"))
    assert Effect.objects.get().response == "<raw>"


@pytest.mark.parametrize("scope", ["everything", "source:lab"])
def test_switch_stops_an_effect_before_it_begins(clock: VirtualClock, scope: str) -> None:
    switches.pause(scope, by="staff", why="stop", now=clock.now())
    with pytest.raises(SwitchedOff):
        effects.run(KINDS["keyed"], plan(clock), Calls(), now=clock.now)
    effect = Effect.objects.get()
    assert (effect.status, effect.calls) == ("planned", 0)


def test_gate_refuses_in_the_transaction_that_commits_the_call(clock: VirtualClock) -> None:
    def gate() -> None:
        assert Effect.objects.get().status == "calling"
        raise BadData("the address said no")

    with pytest.raises(BadData, match="said no"):
        effects.run(KINDS["keyed"], plan(clock), Calls(), now=clock.now, gate=gate)
    effect = Effect.objects.get()
    assert (effect.status, effect.calls, effect.owner) == ("planned", 0, "")


@pytest.mark.parametrize(("happened", "calls_made"), [(True, 0), (False, 1)])
def test_person_decides_an_uncertain_effect(clock: VirtualClock, happened: bool, calls_made: int) -> None:
    kind = KINDS["park"]
    effect = plan(clock, kind)
    with pytest.raises(Uncertain):
        effects.run(kind, effect, Calls(Uncertain("cut")), now=clock.now)
    effects.decide(effect, happened=happened, now=clock.now(), by="Ada")
    assert effect.error == "Decided by Ada"
    calls = Calls(DONE)
    assert effects.run(kind, effect, calls, now=clock.now).status == "done"
    assert calls.count == calls_made
    with pytest.raises(LostClaim, match="no longer uncertain"):
        effects.decide(effect, happened=False, now=clock.now(), by="Ada")


def test_cancelled_effect_is_never_called(clock: VirtualClock) -> None:
    effect = plan(clock)
    assert effects.cancel(effect, now=clock.now(), why="not wanted") is True
    with pytest.raises(BadData, match="cancelled: not wanted"):
        effects.run(KINDS["keyed"], effect, Calls(), now=clock.now)
    assert effects.cancel(effect, now=clock.now(), why="again") is False


def test_effect_that_has_begun_cannot_be_cancelled(clock: VirtualClock) -> None:
    effect = effects.run(KINDS["keyed"], plan(clock), Calls(DONE), now=clock.now)
    assert effects.cancel(effect, now=clock.now(), why="too late") is False
    assert Effect.objects.get().status == "done"


def test_call_may_land_two_minutes_unless_its_kind_says_otherwise() -> None:
    assert EffectKind("any", Policy.ASK).lands_within == timedelta(minutes=2)
