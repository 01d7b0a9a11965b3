"""Asking Claude: every step is an effect, so an answer that was paid for is never lost and never bought twice.

Before a call its worst cost is set aside, from the day's budget and within the limit of what it is for; the raw answer
and its cost are stored before anyone reads it. A call of which nobody can tell whether it happened counts as paid.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from pipeline import claims, effects, incidents, states
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.errors import BadData, BudgetSpent, NotYet, SourcePaused, Transient
from pipeline.models import Effect, Switch, WorkItem
from pipeline.runner import Run
from sites.engines.base import CannotWrite
from sites.engines.claude import prices
from sites.engines.claude.asking import SOURCE, Access, Question
from sites.models import Site

BUDGET = "llm_usd"
KIND = "site.claude"
MOST_CALLS = 4  # of one step: after so many that came to nothing the site is written without a model
PATIENCE = timedelta(hours=2)  # a pause that ends within this is waited for
BATCH_LOOK = 300.0  # seconds between looks at an order


@dataclass(frozen=True)
class Spent:
    """What a site's answers cost in USD; `unknown` counts the answers whose cost nobody knows, in `usd` at their
    reserve."""

    usd: Decimal
    calls: int
    unknown: int


@dataclass(frozen=True)
class Account:
    """For what answers are bought: `subject` is the row's label, `key` begins the ledger's keys of this one work,
    `most_usd` bounds what it may cost in all, `switch` stops it besides the source's."""

    kind: str
    key: str
    subject: str
    most_usd: Decimal
    switch: str


@dataclass(frozen=True)
class Caller:
    """Asks for one work; `is_last_try` is when waiting any longer would fail its row."""

    account: Account
    run: Run
    is_last_try: bool

    def ask(self, step: str, question: Question) -> str:
        """Return the raw answer, from the ledger where it is there already.

        Raises CannotWrite where it should be written without a model, and Transient, NotYet, SourcePaused,
        SwitchedOff or LostClaim where its row must wait.
        """
        try:
            if effect := self._ordered(step, question):
                return effect.response
            return self._answered(step, question).response
        except BudgetSpent as error:
            raise CannotWrite(str(error)) from error
        except SourcePaused as error:
            self._pause(error)
            raise
        except Transient as error:
            if self.is_last_try:
                raise CannotWrite(f"no answer from the API: {error}") from error
            raise
        except BadData as error:
            self._report_refusal(step, question, error)
            raise CannotWrite(f"the API refused the request: {error}") from error

    def _answered(self, step: str, question: Question) -> Effect:
        def call(effect: Effect) -> Outcome:
            answer = _client().ask(_access(), question)
            cost = cost_of_answer(answer.body, at=self.run.now())
            known = effect.reserved if cost is None else cost
            return Outcome(response=answer.body, reference=answer.request_id, cost=known)

        effect = self._plan(step, question, pays=True)
        effect = effects.run(
            self._kind(step), effect, call, now=self.run.now, gate=lambda: self._check(effect)
        )
        self._report_unknown_cost(effect, question)
        return effect

    def _ordered(self, step: str, question: Question) -> Effect | None:
        """Return the answer of an order at half the price; None where none is wanted, or where it came to nothing."""
        placed = Effect.objects.filter(key=self._key(step, question, ":order")).exists()
        asked = Effect.objects.filter(key=self._key(step, question)).exists()
        if asked or not (placed or is_batch_time(self.run.now())):
            return None
        custom_id = hashlib.sha256(self._key(step, question).encode()).hexdigest()[:40]

        def order(effect: Effect) -> Outcome:
            batch = _client().order_batch(_access(), custom_id, question)
            return Outcome(reference=batch, cost=effect.reserved)

        def collect(effect: Effect) -> Outcome:
            answer = _client().collect_batch(_access(), ordered.reference, custom_id)
            if answer is None:
                raise NotYet("Claude is still at work on the order", retry_after=BATCH_LOOK)
            cost = cost_of_answer(answer.body, at=self.run.now(), batch=True)
            return Outcome(
                response=answer.body,
                reference=answer.request_id,
                cost=Decimal(0) if cost is None else cost - ordered.cost,
            )

        ordered = self._plan(step, question, pays=True, part=":order")
        check = ordered
        ordered = effects.run(
            self._kind(step), ordered, order, now=self.run.now, gate=lambda: self._check(check)
        )
        collected = self._plan(step, question, pays=False, part=":collect")
        try:
            collected = effects.run(self._kind(step), collected, collect, now=self.run.now)
        except BadData:
            return None  # the batch died; the question is asked at once
        self._report_unknown_cost(collected, question)
        return collected

    def _plan(self, step: str, question: Question, *, pays: bool, part: str = "") -> Effect:
        key = self._key(step, question, part)
        known = Effect.objects.filter(key=key).first()
        if known is not None:
            return known
        reserve = Decimal(0)
        if pays:
            counted = _client().count_tokens(_access(), question)
            reserve = prices.ceiling(
                question.model, prompt=counted, output=question.max_tokens, day=self.run.now().date()
            )
        return effects.plan(
            self._kind(step),
            key,
            subject=self.account.subject,
            request={"step": step, "model": question.model, "input": _digest(question)},
            now=self.run.now(),
            budget=BUDGET if pays else "",
            reserve=reserve,
        )

    def _key(self, step: str, question: Question, part: str = "") -> str:
        return f"{self.account.key}{step}:{_digest(question)[:24]}{part}"

    def _kind(self, step: str) -> EffectKind:
        """Asking twice does no harm but for its price, and that is counted."""
        name = f"{self.account.kind}.{step.split('.', maxsplit=1)[0]}"
        return EffectKind(name, Policy.IDEMPOTENT, (self.account.switch, f"source:{SOURCE}"))

    def _check(self, effect: Effect) -> None:
        """The gate of a paid call, in the transaction that begins it: it counts itself already."""
        calls = Effect.objects.values_list("calls", flat=True).get(pk=effect.pk)
        if calls > MOST_CALLS:
            raise CannotWrite(f"{MOST_CALLS} calls of one step came to nothing")
        mine = Effect.objects.filter(key__startswith=self.account.key)
        spent = _sum(mine, "cost") + _sum(mine.filter(status=Effect.Status.CALLING), "reserved")
        if spent > self.account.most_usd:
            raise CannotWrite(f"the next call could exceed {self.account.most_usd} USD for it")

    def _pause(self, error: SourcePaused) -> None:
        """A short pause is the row's; a long one stops the source here, and the row is written without it."""
        if error.retry_after is None or error.retry_after > PATIENCE.total_seconds():
            claims.pause_source(error, self.run.now())
            raise CannotWrite(str(error)) from error

    def _report_refusal(self, step: str, question: Question, error: BadData) -> None:
        incidents.open_incident(
            "bug",
            f"{self.account.kind}.{step}",
            title="Claude's API refuses a request of ours",
            detail=f"{self.account.subject}, {step}, {question.model}: {error}",
            now=self.run.now(),
            severity="critical",
        )

    def _report_unknown_cost(self, effect: Effect, question: Question) -> None:
        at = effect.called_at or self.run.now()
        if cost_of_answer(effect.response, at=at) is None:
            incidents.open_incident(
                "llm_cost_unknown",
                question.model,
                title=f"Nobody knows what {question.model} costs",
                detail="Its calls are counted at the most that they can cost. Add its price to "
                "sites/engines/claude/prices.py, or choose another model.",
                now=self.run.now(),
            )


def check_usable(now: datetime) -> None:
    """Raise CannotWrite while Claude is paused for long, NotYet while the pause ends soon."""
    paused = Switch.objects.filter(scope=f"source:{SOURCE}", paused=True)
    switch = paused.filter(Q(until__isnull=True) | Q(until__gt=now)).first()
    if switch is None:
        return
    if switch.until is None or switch.until > now + PATIENCE:
        raise CannotWrite(f"Claude is paused: {switch.why}")
    raise NotYet(f"Claude is paused: {switch.why}", retry_after=(switch.until - now).total_seconds())


def is_batch_time(now: datetime) -> bool:
    """Tell whether answers are ordered for later at this hour."""
    if not settings.ANTHROPIC_BATCH_HOURS:
        return False
    begins, ends = (int(hour) for hour in settings.ANTHROPIC_BATCH_HOURS.split("-"))
    hour = timezone.localtime(now, timezone.get_default_timezone()).hour
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends


def cost_of_answer(body: str, *, at: datetime, batch: bool = False) -> Decimal | None:
    """Return what a raw answer cost, in USD; None where it does not say or no price is known."""
    stated = prices.usage_of(body)
    if stated is None:
        return None
    model, usage = stated
    return prices.cost_of(model, usage, day=at.astimezone(UTC).date(), batch=batch)


def site_account(site: Site, number: int) -> Account:
    """Return the account of one version of one site."""
    return Account(
        KIND,
        f"{KIND}:{site.pk}:{number}:",
        states.label(site),
        settings.ANTHROPIC_USD_PER_SITE,
        "stage:generation",
    )


def spent_on(row: WorkItem, kind: str = KIND) -> Spent:
    """Return what the answers of a kind cost for a row: a site with all its versions, or another."""
    mine = Effect.objects.filter(subject=states.label(row), kind__startswith=kind)
    answered = mine.filter(status=Effect.Status.DONE).exclude(response="")
    unknown = sum(
        at is not None and cost_of_answer(body, at=at) is None
        for body, at in answered.values_list("response", "called_at")
    )
    calls = mine.aggregate(calls=Sum("calls"))["calls"] or 0
    return Spent(usd=_sum(mine, "cost"), calls=calls, unknown=unknown)


def _sum(effects_of: QuerySet[Effect], field: str) -> Decimal:
    """Return USD to the millionth: SQLite adds in floats."""
    total = effects_of.aggregate(total=Sum(field))["total"] or 0
    return Decimal(total).quantize(Decimal("0.000001"))


def _client() -> Any:
    """Return the module that speaks with the API; its SDK takes seconds to load, so it is loaded by the first call."""
    return import_module("sites.engines.claude.client")


def _access() -> Access:
    return Access(settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL, float(settings.ANTHROPIC_TIMEOUT))


def _digest(question: Question) -> str:
    return hashlib.sha256(json.dumps(question.params(), sort_keys=True).encode()).hexdigest()
