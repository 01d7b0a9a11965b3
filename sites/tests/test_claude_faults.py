"""Whatever the API does, the site is built: later by Claude, or now by the built-in engine, and never paid twice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from businesses.tests.factories import make_business
from pipeline import budgets
from pipeline.clock import VirtualClock
from pipeline.models import Effect, Incident, Switch
from pipeline.runner import Run
from sites import model_calls
from sites.generation import generate_sites
from sites.models import Site
from sites.tests.claude_api import Break, ClaudeApi, Fail, Fault, Say
from sites.tests.generating import STEPS, cost_told_by, engine_of, generate, note_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("step", ["analyst", "critic"])
def test_limit_of_calls_sends_the_row_away_until_then(
    claude_api: ClaudeApi, clock: VirtualClock, step: str
) -> None:
    """Nothing sleeps, no attempt is burnt, and what was answered is not asked again."""
    make_business()
    claude_api.faults[step] = [Fail(429, headers={"retry-after": "3600"})]
    site = generate(clock)
    assert (site.status, site.attempts, site.version) == (Site.Status.PENDING, 0, None)
    assert site.next_attempt_at == clock.now() + timedelta(seconds=3600)
    assert Switch.objects.get(scope="source:claude").until == clock.now() + timedelta(seconds=3600)
    assert not Incident.objects.exists()
    clock.advance(seconds=3601)
    assert engine_of(generate(clock)) == "claude"
    others = [each for each in STEPS if each != "copywriter"]
    assert [claude_api.steps().count(each) for each in others] == [1 + (each == step) for each in others]


def test_limit_that_lasts_too_long_is_not_waited_for(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    make_business()
    claude_api.faults["analyst"] = [Fail(429, headers={"retry-after": "90000"})]
    site = generate(clock)
    assert (site.status, engine_of(site)) == ("completed", "embedded")
    assert Switch.objects.get().until == clock.now() + timedelta(seconds=90000)


@pytest.mark.parametrize("status", [503, 529])
def test_overload_is_tried_again_and_the_last_try_is_embedded(
    claude_api: ClaudeApi, clock: VirtualClock, status: int
) -> None:
    make_business()
    claude_api.faults["copywriter"] = [Fail(status)] * 9
    for attempt in (1, 2):
        site = generate(clock)
        assert (site.status, site.attempts) == ("pending", attempt)
        assert site.next_attempt_at == clock.now() + timedelta(minutes=10)
        clock.advance(minutes=10)
    site = generate(clock)
    assert (site.status, engine_of(site)) == ("completed", "embedded")
    assert str(status) in note_of(site)
    assert claude_api.steps() == ["analyst", "copywriter", "copywriter", "copywriter"]
    assert cost_told_by(claude_api) == budgets.used_today("llm_usd", now=clock.now())


def test_three_overloads_and_then_an_answer_is_written_by_claude(
    claude_api: ClaudeApi, clock: VirtualClock
) -> None:
    make_business()
    claude_api.faults["copywriter"] = [Fail(529)] * 2
    generate(clock)
    clock.advance(minutes=10)
    generate(clock)
    clock.advance(minutes=10)
    assert engine_of(generate(clock)) == "claude"
    assert claude_api.steps().count("analyst") == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fail(401),
        Fail(402),
        Fail(403),
        Fail(400, "Your credit balance is too low to access the API"),
        Fail(429, details={"error_code": "enforced_spend_limit_reached"}),
    ],
    ids=["key", "payment", "permission", "credit", "spend limit"],
)
def test_trouble_with_key_or_credit_stops_claude_and_no_site(
    claude_api: ClaudeApi, clock: VirtualClock, fault: Fault
) -> None:
    make_business()
    claude_api.faults["analyst"] = [fault]
    site = generate(clock)
    assert (site.status, engine_of(site)) == ("completed", "embedded")
    assert Switch.objects.get(scope="source:claude").until is None
    assert [incident.kind for incident in Incident.objects.all()] == ["source_paused"]
    make_business(name="Mill Lane Bakery")
    generate_sites(Run(clock=clock), limit=1)
    assert Site.objects.filter(version__engine="embedded").count() == 2
    assert len(claude_api.calls) == 1


@pytest.mark.parametrize("status", [400, 413, 422])
def test_refused_request_is_a_fault_of_ours_and_asked_once(
    claude_api: ClaudeApi, clock: VirtualClock, status: int
) -> None:
    make_business()
    claude_api.faults["copywriter"] = [Fail(status)] * 5
    site = generate(clock)
    assert (site.status, engine_of(site)) == ("completed", "embedded")
    assert Incident.objects.get().kind == "bug"
    assert claude_api.steps() == ["analyst", "copywriter"]
    assert Effect.objects.get(kind="site.claude.copywriter").status == "failed"


def test_refusal_is_embedded_and_paid(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    make_business()
    claude_api.faults["copywriter"] = [Say(stop_reason="refusal")]
    site = generate(clock)
    assert (engine_of(site), claude_api.steps()) == ("embedded", ["analyst", "copywriter"])
    assert "refused" in note_of(site)
    assert Effect.objects.get(kind="site.claude.copywriter").cost > 0


def test_cut_answer_is_asked_for_at_twice_the_length(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    make_business()
    claude_api.faults["copywriter"] = [Say(stop_reason="max_tokens")]
    assert engine_of(generate(clock)) == "claude"
    limits = [call.body["max_tokens"] for call in claude_api.calls if call.step == "copywriter"]
    assert limits[1] == 2 * limits[0]


def too_many(answer: Any) -> Any:
    return {"lines": answer["lines"] * 20}


UNUSABLE: dict[str, Fault] = {
    "no JSON": Say(text="Here is your copy!"),
    "too many": Say(change=too_many),
    "wrong type": Say(change=lambda answer: {"lines": "none"}),
    "no text": Say(over={"content": []}),
    "odd end": Say(stop_reason="pause_turn"),
    "page": Break("html"),
}


@pytest.mark.parametrize("fault", UNUSABLE)
def test_unusable_answer_is_asked_for_once_more(
    claude_api: ClaudeApi, clock: VirtualClock, fault: str
) -> None:
    make_business()
    claude_api.faults["copywriter"] = [UNUSABLE[fault]]
    site = generate(clock)
    assert engine_of(site) == "claude"
    again = [call for call in claude_api.calls if call.step == "copywriter"][1]
    assert "could not be used" in again.text


@pytest.mark.parametrize("step", STEPS)
def test_step_that_stays_unusable_costs_its_own_part_only(
    claude_api: ClaudeApi, clock: VirtualClock, step: str
) -> None:
    make_business()
    claude_api.faults[step] = [Say(text="no")] * 9
    site = generate(clock)
    # Without lines, or without a judge of them, nothing of Claude's would stand.
    assert engine_of(site) == ("embedded" if step in ("copywriter", "critic") else "claude")
    assert "no usable answer" in note_of(site)
    assert claude_api.steps().count(step) == (2 if step != "critic" else 4)


def test_page_instead_of_an_answer_costs_its_reserve(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    make_business()
    claude_api.faults["analyst"] = [Break("html")]
    site = generate(clock)
    effect = Effect.objects.order_by("pk")[0]
    assert effect.cost == effect.reserved > 0
    assert Incident.objects.get().kind == "llm_cost_unknown"
    assert model_calls.spent_on(site).unknown == 1


def test_model_without_a_price_is_paid_at_its_reserve(
    claude_api: ClaudeApi, clock: VirtualClock, settings: Any
) -> None:
    settings.ANTHROPIC_MODELS = settings.ANTHROPIC_MODELS | {"small": "claude-unpriced-1"}
    make_business()
    site = generate(clock)
    assert engine_of(site) == "claude"
    effect = Effect.objects.get(kind="site.claude.analyst")
    assert effect.cost == effect.reserved > Decimal("0.01")
    assert Incident.objects.get().key == "claude-unpriced-1"


@pytest.mark.parametrize("how", ["close", "drip"])
def test_call_that_broke_off_counts_as_paid_and_is_repeated(
    claude_api: ClaudeApi, clock: VirtualClock, settings: Any, how: str
) -> None:
    settings.ANTHROPIC_TIMEOUT = 2
    make_business()
    claude_api.faults["analyst"] = [Break(how)]
    site = generate(clock)
    assert (site.status, site.attempts) == ("pending", 1)
    assert how == "close" or claude_api.hung_up.wait(30)
    effect = Effect.objects.get()
    assert effect.cost == effect.reserved > 0
    clock.advance(minutes=10)
    assert engine_of(generate(clock)) == "claude"
    effect.refresh_from_db()
    assert effect.reserved < effect.cost < 2 * effect.reserved


def test_server_that_is_not_there_is_not_paid(
    claude_api: ClaudeApi, clock: VirtualClock, settings: Any
) -> None:
    settings.ANTHROPIC_BASE_URL = "http://127.0.0.1:9"
    make_business()
    assert generate(clock).status == "pending"
    assert Effect.objects.get().cost == 0
    assert budgets.used_today("llm_usd", now=clock.now()) == 0


def test_day_that_is_spent_is_written_without_claude(
    claude_api: ClaudeApi, clock: VirtualClock, settings: Any
) -> None:
    settings.DAY_BUDGETS = settings.DAY_BUDGETS | {"llm_usd": Decimal("0.005")}
    make_business()
    site = generate(clock)
    assert (site.status, engine_of(site)) == ("completed", "embedded")
    assert "budget" in note_of(site)
    assert claude_api.steps() == ["analyst"]  # the copywriter's worst case did not fit
    assert budgets.used_today("llm_usd", now=clock.now()) < Decimal("0.005")


def test_site_has_a_limit_of_its_own(claude_api: ClaudeApi, clock: VirtualClock, settings: Any) -> None:
    settings.ANTHROPIC_USD_PER_SITE = Decimal("0.05")
    make_business()
    site = generate(clock)
    assert engine_of(site) == "embedded"
    assert "could exceed 0.05 USD" in note_of(site)
    assert claude_api.steps() == ["analyst"]
