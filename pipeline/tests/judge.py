"""The judge of every crash proof: compares what the database claims with what really happened."""

from collections import Counter
from dataclasses import dataclass

from pipeline.models import Effect
from pipeline.states import label
from pipeline.tests.lab.models import Job
from pipeline.tests.lab.work import act_keys


@dataclass(frozen=True)
class Verdict:
    """What the judge found among `acts` acts.

    lost: it should have happened and did not, or nobody will ever work on it again and nobody is told.
    doubled: it happened more than once where it must not. repeated: more than once where that does no harm.
    uncertain: held for a person, who sees it. failed: given up with a reason, which a person sees too.
    """

    acts: int
    lost: int
    doubled: int
    repeated: int
    uncertain: int
    failed: int

    def __str__(self) -> str:
        return (
            f"{self.acts} acts: {self.lost} lost, {self.doubled} doubled, {self.uncertain} uncertain,"
            f" {self.failed} failed ({self.repeated} repeated harmlessly)"
        )


def judge(happened: Counter[str], *, steps: int) -> Verdict:
    """Judge all jobs against the world's ledger; no job may be ready or busy any more."""
    effects = {effect.key: effect for effect in Effect.objects.all()}
    found: Counter[str] = Counter()
    expected: set[str] = set()
    for job in Job.objects.all():
        keys = act_keys(job, steps)
        expected.update(keys)
        statuses = [effects[key].status for key in keys if key in effects]
        is_uncertain = job.status == Job.Status.HELD and Effect.Status.UNKNOWN in statuses
        is_failed = job.status == Job.Status.FAILED and job.error_kind != ""
        is_seen = is_uncertain or is_failed
        found["uncertain"] += is_uncertain
        found["failed"] += is_failed
        for key in keys:
            times = happened[key]
            is_done = job.status == Job.Status.DONE or (
                key in effects and effects[key].status == Effect.Status.DONE
            )
            found["lost"] += times == 0 and (is_done or not is_seen)
            found["repeated" if job.kind == "idempotent" else "doubled"] += times > 1
        if job.status != Job.Status.DONE and not is_seen:
            found["lost"] += sum(happened[key] > 0 for key in keys)  # happened, and nobody knows
    strangers = set(happened) - expected
    assert not strangers, f"The world did what nobody asked for: {strangers}"
    return Verdict(
        len(expected), found["lost"], found["doubled"], found["repeated"], found["uncertain"], found["failed"]
    )


def unfinished() -> list[str]:
    """Return the jobs that somebody must still work on."""
    open_jobs = Job.objects.filter(status__in=[Job.Status.READY, Job.Status.BUSY])
    return [f"{label(job)} is {job.status}" for job in open_jobs]
