"""Sites written through the stand-in of the Messages API: typed, resumed, paid once, side by side."""

import threading
from typing import Any

import pytest

from businesses.tests.factories import make_business
from pipeline import budgets, claims, doctor, faults
from pipeline.clock import VirtualClock
from pipeline.models import Effect
from pipeline.runner import Run
from pipeline.tests.processes import run_in_child
from sites import model_calls
from sites.engines.claude import client
from sites.engines.claude.asking import Access
from sites.engines.claude.prices import cost_of
from sites.facts import FactSheet
from sites.generation import GENERATE, generate_sites
from sites.models import Site
from sites.spec import SiteSpec
from sites.tests.claude_api import ClaudeApi, Fail
from sites.tests.generating import (
    STEPS,
    cost_told_by,
    engine_of,
    generate,
    note_of,
    page_of,
    spent_in_all,
    stated,
    texts_by_model,
)
from sites.writing import write_spec

pytestmark = pytest.mark.django_db(transaction=True)


def test_site_is_written_by_four_steps_and_passes_every_gate(
    claude_api: ClaudeApi, clock: VirtualClock
) -> None:
    make_business()
    site = generate(clock)
    assert (site.status, engine_of(site)) == (Site.Status.COMPLETED, "claude"), site.last_error
    assert claude_api.steps()[:4] == STEPS
    assert site.version is not None and all(gate["passed"] for gate in site.version.gates)
    assert "The phone number is <bdi>(802) 555-0116</bdi>" in page_of(site)
    assert "{name} is {category_a} in {city}." in texts_by_model(site)
    models = [call.body["model"] for call in claude_api.calls[:4]]
    assert models == ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-haiku-5-5"]


def test_german_business_is_written_for_in_german(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    make_business(country="DE", city="Ulm", postcode="89073", region="", phone="+493023125000")
    site = generate(clock)
    assert engine_of(site) == "claude"
    assert "Das ist die Seite von {name} in {city}." in texts_by_model(site)
    assert '<html lang="de"' in page_of(site)


def test_topics_look_and_order_are_the_chosen_ones(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    make_business()
    site = generate(clock)
    analyst, director = claude_api.calls[0], claude_api.calls[2]
    assert site.version is not None
    spec = SiteSpec.model_validate(site.version.spec)
    services = next(section for section in spec.sections if section.type == "services")
    topics = analyst.part("topics")
    assert [card.title.text for card in services.cards[:2]] == [topics["topic_3"], topics["topic_1"]]
    assert all(card.owner_confirm for card in services.cards)
    chosen = claude_api.answer(director)
    assert spec.look.model_dump(exclude={"seed"}) == director.part("looks")[chosen["look"]]
    assert [section.type for section in spec.sections] in director.part("orders").values()


def test_same_answers_make_the_same_site(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    """What the model says is frozen in the ledger: asked again, the spec is equal and nobody is called."""
    make_business()
    site = generate(clock)
    calls = len(claude_api.calls)
    assert site.version is not None
    facts = FactSheet.model_validate(site.version.facts)
    again = write_spec(site, facts, number=1, run=Run(clock=clock), is_last_try=False)
    assert again.spec.model_dump(mode="json") == site.version.spec
    assert len(claude_api.calls) == calls


def test_without_a_key_nobody_is_asked(claude_api: ClaudeApi, clock: VirtualClock, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = ""
    make_business()
    site = generate(clock)
    assert (engine_of(site), note_of(site), claude_api.calls) == ("embedded", "", [])
    assert not Effect.objects.exists()


def test_each_step_is_an_effect_whose_cost_is_on_the_day(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    make_business()
    site = generate(clock)
    effects = Effect.objects.order_by("pk")
    assert [effect.kind for effect in effects][:4] == [f"site.claude.{step}" for step in STEPS]
    assert all(effect.status == "done" and 0 < effect.cost < effect.reserved for effect in effects)
    spent = spent_in_all()
    assert spent == cost_told_by(claude_api) == budgets.used_today("llm_usd", now=clock.now())
    assert model_calls.spent_on(site) == model_calls.Spent(spent, len(claude_api.calls), unknown=0)
    assert claude_api.counted == len(claude_api.calls)


def test_rules_are_read_from_the_cache_by_the_next_site(claude_api: ClaudeApi, clock: VirtualClock) -> None:
    for name in ("Brook Lane Bakery", "Mill Lane Bakery"):
        make_business(name=name)
    generate_sites(Run(clock=clock), limit=2)
    usages = [stated(effect)[1] for effect in Effect.objects.filter(kind="site.claude.copywriter")]
    assert sum(usage.write_5m > 0 for usage in usages) == 1
    assert sum(usage.read > 1024 for usage in usages) == len(usages) - 1


@pytest.mark.parametrize(
    ("point", "after"),
    [("planned", 1), ("calling", 1), ("called", 0), ("called", 1), ("called", 3), ("recorded", 2)],
)
def test_killed_worker_resumes_and_pays_no_answer_twice(
    claude_api: ClaudeApi, clock: VirtualClock, point: str, after: int
) -> None:
    """Only the answer that the kill kept from the ledger is asked for again, and it counts as paid twice."""
    make_business()

    def work() -> None:
        faults.arm(point, "kill", after=after)
        generate_sites(Run(clock=clock), limit=1)

    assert run_in_child(work) == -9
    clock.advance(minutes=2)
    claims.free_dead(GENERATE, now=clock.now(), by="cleanup")
    site = generate(clock)
    assert (site.status, engine_of(site)) == ("completed", "claude"), site.last_error
    asked = [claude_api.steps().count(step) for step in STEPS if step != "copywriter"]
    if point == "called" and STEPS[after] != "copywriter":
        assert sorted(asked) == [1, 1, 2]
    else:
        assert asked == [1, 1, 1]
    spent = spent_in_all()
    assert spent == budgets.used_today("llm_usd", now=clock.now())
    assert spent >= cost_told_by(claude_api)
    findings = doctor.examine(now=clock.now())
    assert [each for each in findings if each.invariant.startswith("pipeline.")] == []


def test_sites_wait_for_the_model_side_by_side(
    claude_api: ClaudeApi, clock: VirtualClock, settings: Any
) -> None:
    """No call is answered until as many wait as there are sites: one after the other, nobody would be."""
    settings.ANTHROPIC_PARALLEL = sites = 6
    claude_api.together = threading.Barrier(sites, timeout=60)
    for number in range(sites):
        make_business(name=f"Bakery {'ABCDEF'[number]}")
    result = generate_sites(Run(clock=clock), limit=sites)
    assert result.rows == {"done": sites}
    assert not claude_api.together.broken


def test_at_night_answers_are_ordered_for_later_at_half_the_price(
    claude_api: ClaudeApi, clock: VirtualClock, settings: Any
) -> None:
    settings.ANTHROPIC_BATCH_HOURS = "8-10"
    make_business()
    site = generate(clock)
    assert (site.status, site.attempts, len(claude_api.batches)) == ("pending", 0, 1)
    assert site.claimed_by == ""  # nobody holds the row while the order is at work
    clock.advance(minutes=6)
    assert (generate(clock).status, len(claude_api.batches)) == ("pending", 1)
    claude_api.batches_ended = True
    clock.advance(minutes=6)
    site = generate(clock)
    assert engine_of(site) == "claude", site.last_error
    assert len(claude_api.batches) == len(claude_api.calls)
    total = spent_in_all()
    answers = Effect.objects.exclude(response="")
    half = sum(cost_of(*stated(each), day=clock.now().date(), batch=True) or 0 for each in answers)
    assert total == half


def test_order_that_comes_to_nothing_is_asked_at_once(
    claude_api: ClaudeApi, clock: VirtualClock, settings: Any
) -> None:
    settings.ANTHROPIC_BATCH_HOURS = "8-10"
    claude_api.batches_ended = True
    claude_api.faults["analyst"] = [Fail(500)]
    make_business()
    site = generate(clock)
    assert engine_of(site) == "claude"
    assert claude_api.steps()[:2] == ["analyst", "analyst"]


def test_environment_gives_the_client_nothing(
    claude_api: ClaudeApi, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-somebody-else")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    make_business()
    assert engine_of(generate(clock)) == "claude"
    assert {call.headers["authorization"] for call in claude_api.calls} == {"Bearer sk-standin"}
    assert {call.headers["x-stainless-retry-count"] for call in claude_api.calls} == {"0"}


def test_forked_worker_has_a_client_of_its_own(claude_api: ClaudeApi) -> None:
    access = Access("sk-standin", claude_api.url, 5.0)
    ours = client._client(access, 1)
    assert client._client(access, 1) is ours
    assert client._client(access, 2) is not ours
