"""Moving rows: only along the table, only from the state that was read, always with a line in the timeline."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from pipeline.clock import VirtualClock
from pipeline.management.commands.statemachine import render_states
from pipeline.models import TimelineEntry
from pipeline.states import IllegalTransition, StaleState, check_transition, move, move_all, work_item_models
from pipeline.tests.conftest import MakeJob
from pipeline.tests.lab.models import Job

MODELS: list[Any] = list(work_item_models())  # each with states of its own


def pairs() -> list[tuple[Any, str, str]]:
    return [
        (model, str(start), str(end))
        for model in MODELS
        for start, end in product(model.Status.values, repeat=2)
        if end not in model.TRANSITIONS.get(start, ())
    ]


@pytest.mark.parametrize(
    ("model", "start", "end"), pairs(), ids=lambda value: getattr(value, "__name__", value)
)
def test_move_outside_the_table_is_refused(model: Any, start: str, end: str) -> None:
    row = model(pk=1, status=start)
    with pytest.raises(IllegalTransition, match=f"cannot go from {start} to {end}"):
        check_transition(row, end)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_table_knows_every_state_and_no_other(model: Any) -> None:
    known = set(model.Status.values)
    assert set(map(str, model.TRANSITIONS)) == known
    assert {str(end) for ends in model.TRANSITIONS.values() for end in ends} <= known


def test_move_along_the_table_writes_row_and_timeline(
    make_job: MakeJob, clock: VirtualClock, db: None
) -> None:
    job = make_job()
    clock.advance(minutes=1)
    move(job, Job.Status.FAILED, now=clock.now(), by="somebody", reason="a reason", result="none")
    stored = Job.objects.get()
    assert (stored.status, stored.result, stored.status_changed_at) == ("failed", "none", clock.now())
    assert (job.status, job.result) == ("failed", "none")
    entry = TimelineEntry.objects.get()
    assert (entry.model, entry.row_id, entry.from_status, entry.to_status) == (
        "lab.job",
        job.pk,
        "ready",
        "failed",
    )
    assert (entry.by, entry.reason, entry.at) == ("somebody", "a reason", clock.now())


def test_move_from_a_state_that_is_no_longer_stored_changes_nothing(
    make_job: MakeJob, clock: VirtualClock, db: None
) -> None:
    job = make_job()
    other = Job.objects.get()
    move(other, Job.Status.FAILED, now=clock.now(), by="quick")
    with pytest.raises(StaleState):
        move(job, Job.Status.FAILED, now=clock.now(), by="slow")
    assert job.status == "ready"
    assert TimelineEntry.objects.count() == 1


def test_move_of_a_claimed_row_is_refused(make_job: MakeJob, clock: VirtualClock, db: None) -> None:
    job = make_job(claimed_by="somebody", claimed_at=clock.now())
    with pytest.raises(StaleState):
        move(job, Job.Status.FAILED, now=clock.now(), by="staff")
    assert Job.objects.get().status == "ready"


def test_many_are_moved_at_once_but_for_those_in_hand_and_those_that_may_not(
    make_job: MakeJob, clock: VirtualClock, db: None
) -> None:
    free, other = make_job(), make_job()
    held = make_job(claimed_by="somebody", claimed_at=clock.now())
    failed = make_job(status=Job.Status.FAILED)
    why = {job.pk: f"reason {job.pk}" for job in (free, other, held, failed)}

    moved = move_all(Job, why, Job.Status.FAILED, now=clock.now(), by="somebody", result="none")

    assert moved == {free.pk, other.pk}
    assert set(Job.objects.filter(result="none").values_list("pk", "status")) == {
        (free.pk, "failed"),
        (other.pk, "failed"),
    }
    entries = set(TimelineEntry.objects.values_list("row_id", "to_status", "reason"))
    assert entries == {(pk, "failed", f"reason {pk}") for pk in moved}


def test_move_is_undone_when_its_timeline_cannot_be_written(
    make_job: MakeJob, clock: VirtualClock, transactional_db: None
) -> None:
    job = make_job()
    with pytest.raises(IntegrityError):
        move(job, Job.Status.FAILED, now=None, by="somebody", status_changed_at=clock.now())  # type: ignore[arg-type]
    assert Job.objects.get().status == "ready"
    assert not TimelineEntry.objects.exists()


def test_move_with_an_endless_or_unstorable_reason_still_writes_its_line(
    make_job: MakeJob, clock: VirtualClock, db: None
) -> None:
    move(make_job(), Job.Status.FAILED, now=clock.now(), by="x" * 500, reason="a\x00b\ud800" + "c" * 1000)
    entry = TimelineEntry.objects.get()
    assert entry.reason.startswith("a\\x00b\\ud800ccc")
    assert (len(entry.by), len(entry.reason)) == (120, 500)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "nonsense"},
        {"status": "busy"},
        {"claimed_by": "somebody"},
        {"status": "busy", "claimed_by": "somebody"},
    ],
    ids=str,
)
def test_database_refuses_a_row_that_no_code_should_write(
    make_job: MakeJob, fields: dict[str, str], db: None
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_job(**fields)


def test_states_page_shows_every_table() -> None:
    page = render_states()
    for model in MODELS:
        assert f"## {model.__name__} ({model._meta.app_label})" in page
        for start, ends in model.TRANSITIONS.items():
            assert f"| {start} | {', '.join(map(str, ends)) or 'nothing: the end'} |" in page


def test_statemachine_command_writes_the_page_and_notices_an_old_one(
    tmp_path: Path, settings: object
) -> None:
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "states.md"
    with pytest.raises(CommandError, match="out of date"):
        call_command("statemachine", "--check")
    call_command("statemachine", verbosity=0)
    assert page.read_text() == render_states()
    call_command("statemachine", "--check")
    page.write_text(page.read_text() + "\nan edit by hand\n")
    with pytest.raises(CommandError, match="out of date"):
        call_command("statemachine", "--check")
