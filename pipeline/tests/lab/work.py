"""A stage over jobs whose work is one or more effects on a stand-in world: what every proof runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from django.db import transaction

from pipeline import claims, effects, faults
from pipeline.effects import EffectKind, Outcome, Policy
from pipeline.models import Effect
from pipeline.runner import Run
from pipeline.stages import Stage
from pipeline.states import label
from pipeline.tests.lab.models import Job

WORK = Stage(
    name="work",
    queue="generation",
    model=Job,
    ready=Job.Status.READY,
    busy=Job.Status.BUSY,
    failed=Job.Status.FAILED,
    uncertain=Job.Status.HELD,
    retries=3,
    retry_delay=timedelta(minutes=5),
    stuck=lambda row: Job.Status.READY,
)
KINDS = {
    policy.value: EffectKind(f"lab.{policy}", policy, ("source:lab",), lands_within=timedelta(seconds=30))
    for policy in Policy
}


class Outside(Protocol):
    """The outside world as the work sees it."""

    def act(self, policy: str, key: str, not_after: float) -> str:
        """Do the thing and return its reference; nothing happens after `not_after` (seconds of the epoch)."""
        ...

    def happened(self, key: str) -> str | None:
        """Return the reference of the thing, None when it did not happen."""
        ...


@dataclass(frozen=True)
class Labour:
    """How a job is worked on: `steps` effects of the job's kind, each paid from `budget`, then the end."""

    outside: Outside
    stage: Stage = WORK
    steps: int = 1
    budget: str = ""
    reserve: Decimal = Decimal(0)
    lands_within: timedelta = timedelta(seconds=30)

    def __call__(self, job: Job, run: Run) -> str:
        kind = replace(KINDS[job.kind], lands_within=self.lands_within)
        for key in act_keys(job, self.steps):
            with transaction.atomic():
                effect = self._plan(kind, key, job, run)
            effects.run(kind, effect, self._call(kind), now=run.now, ask=self._ask)
        claims.finish(self.stage, job, Job.Status.DONE, now=run.now(), by=run.by, result="all done")
        faults.point("applied")
        return "done"

    def _plan(self, kind: EffectKind, key: str, job: Job, run: Run) -> Effect:
        return effects.plan(
            kind,
            key,
            subject=label(job),
            request={"job": job.name},
            now=run.now(),
            budget=self.budget,
            reserve=self.reserve,
        )

    def _call(self, kind: EffectKind) -> Callable[[Effect], Outcome]:
        def call(effect: Effect) -> Outcome:
            assert effect.called_at is not None
            not_after = (effect.called_at + self.lands_within).timestamp()
            reference = self.outside.act(kind.policy, effect.key, not_after)
            return Outcome(response=f"answer of {reference}", reference=reference, cost=self.reserve)

        return call

    def _ask(self, effect: Effect) -> Outcome | None:
        reference = self.outside.happened(effect.key)
        return Outcome(response="found", reference=reference) if reference else None


def act_keys(job: Job, steps: int) -> list[str]:
    """Return the keys of the acts that make a job."""
    return [f"{job.kind}:{job.name}:{step}" for step in range(steps)]
