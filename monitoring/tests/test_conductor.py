"""The conductor: its cycle, its exit codes, its one leader, and the day budgets it shares with the workers."""

import json
import logging
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_q.models import OrmQ

from businesses import tasks as business_tasks
from businesses.sources import sample
from campaigns import tasks as campaign_tasks
from campaigns.models import Message
from monitoring import conductor as conductor_module
from monitoring.conductor import Conductor, CycleReport, Exit
from monitoring.cycle import PHASES, TASKS
from monitoring.health import Health
from monitoring.management.commands.conductor import Command
from monitoring.models import CycleRun
from monitoring.tests.processes import manage, start
from pipeline import budgets, slots
from pipeline.clock import SYSTEM_CLOCK, VirtualClock
from pipeline.models import ClusterHeartbeat, ScheduleSlot
from pipeline.runner import Run, StageResult
from sites import tasks as site_tasks
from sites.models import SiteVersion
from territories.coverage import add_territory

STEPS = [step.task for phase in PHASES for step in phase.steps]
SEEN: list[str] = []


def broken(run: Run) -> StageResult:
    """A verb with a bug."""
    raise ZeroDivisionError("a bug")


def seen(run: Run, limit: int = 0) -> StageResult:
    """A verb that only leaves a mark."""
    SEEN.append("called")
    return StageResult("seen")


def with_verb(task: str, verb: Any) -> tuple[Any, ...]:
    """Return the table of phases with another verb behind `task`."""
    path = f"{__name__}.{verb.__name__}"
    return tuple(
        replace(
            phase,
            steps=tuple(replace(each, verb=path) if each.task == task else each for each in phase.steps),
        )
        if task in {each.task for each in phase.steps}
        else phase
        for phase in PHASES
    )


def add_sample_town() -> None:
    box = sample.BOUNDS
    add_territory(
        sample.TOWN,
        south=box.south,
        west=box.west,
        north=box.north,
        east=box.east,
        source="sample",
        country=sample.COUNTRY,
        now=SYSTEM_CLOCK.now(),
    )


@pytest.fixture
def command() -> Iterator[Any]:
    """Return a function that runs the command in this process and returns its exit code."""
    root = logging.getLogger()
    handlers, levels = list(root.handlers), [handler.level for handler in root.handlers]
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def run(*words: str) -> int:
        with pytest.raises((SystemExit, CommandError)) as ended:
            call_command("conductor", *words)
        error: Any = ended.value
        return int(error.returncode if isinstance(error, CommandError) else error.code or 0)

    yield run
    for number, before in signals.items():
        signal.signal(number, before)
    for each in root.handlers[:]:
        if each not in handlers:
            root.removeHandler(each)
            each.close()
    for handler, level in zip(handlers, levels, strict=True):
        handler.setLevel(level)


@pytest.mark.django_db
def test_cycle_runs_every_step_in_order() -> None:
    report = Conductor().run_cycle()
    assert [step.task for step in report.steps] == STEPS
    assert [step.error for step in report.steps] == [""] * len(STEPS)
    record = CycleRun.objects.get()
    assert [step["task"] for step in record.steps] == STEPS
    assert (record.failed_steps, record.finished_at is not None) == (0, True)


@pytest.mark.django_db
def test_failing_step_is_recorded_and_the_rest_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conductor_module, "PHASES", with_verb("cleanup_stuck_tasks", broken))
    report = Conductor().run_cycle()
    assert [step.task for step in report.steps] == STEPS
    assert {step.task: step.error for step in report.steps if step.error} == {
        "cleanup_stuck_tasks": "ZeroDivisionError: a bug"
    }
    assert report.exit_code is Exit.STEP_FAILED
    assert CycleRun.objects.get().failed_steps == 1


@pytest.mark.django_db
def test_phase_runs_that_phase_alone(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--mode=once", "--phase=generation", "--json") == Exit.DONE
    answer = json.loads(capsys.readouterr().out)
    assert [step["task"] for step in answer["steps"]] == [
        "retry_failed_generations",
        "generate_pending_sites",
        "publish_completed_sites",
    ]
    assert answer["status"]["health"]["state"] in ("ok", "degraded")


@pytest.mark.django_db
def test_once_runs_one_cycle_and_leaves_its_log(command: Any, settings: Any) -> None:
    assert command("--mode=once") == Exit.DONE
    assert CycleRun.objects.count() == 1
    log = (Path(settings.LOG_DIR) / "conductor.log").read_text()
    for task in STEPS:
        assert f" {task}: " in log


@pytest.mark.django_db
def test_failing_step_makes_the_command_exit_with_1(
    command: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(conductor_module, "PHASES", with_verb("cleanup_stuck_tasks", broken))
    assert command("--mode=once") == Exit.STEP_FAILED
    assert "FAILED ZeroDivisionError: a bug" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("words", [[], ["--mode=once", "--interval=0"], ["--interval=5"]], ids=str)
def test_wrong_use_exits_with_2_and_runs_nothing(command: Any, words: list[str]) -> None:
    assert command(*words) == Exit.WRONG_USE
    assert not CycleRun.objects.exists()


def test_interval_is_300_seconds_unless_told_otherwise() -> None:
    parser = Command().create_parser("manage.py", "conductor")
    assert parser.parse_args(["--mode", "continuous"]).interval == 300
    assert parser.parse_args(["--mode", "continuous", "--interval", "3600"]).interval == 3600


@pytest.mark.django_db(transaction=True)  # between cycles the conductor lets go of stale connections
def test_cycles_begin_an_interval_apart(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conductor_module, "check_health", lambda run: Health(()))
    begun = []
    conductor = Conductor(clock=clock)

    def note(report: CycleReport) -> None:
        begun.append(report.started_at)
        if len(begun) == 3:
            conductor.stop.set()

    conductor.phase = "cleanup"
    conductor.run_for_ever(interval=3600, on_cycle=note)
    assert [(after - before).total_seconds() for before, after in pairwise(begun)] == [
        3600,
        3600,
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("has_worker", "status"), [(False, "done"), (True, "due")])
def test_step_that_a_person_asked_for_is_run_between_cycles_where_no_worker_answers(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, has_worker: bool, status: str
) -> None:
    monkeypatch.setattr(conductor_module, "check_health", lambda run: Health(()))
    conductor = Conductor(clock=clock)

    def ask(report: CycleReport) -> None:
        if ScheduleSlot.objects.exists():
            conductor.stop.set()
            return
        assert slots.open_now("cleanup_stuck_tasks", now=clock.now()) is not None
        if has_worker:
            later = clock.now() + timedelta(hours=2)
            ClusterHeartbeat.objects.create(queue="monitoring", announced_at=later, answered_at=later)

    conductor.phase = "cleanup"
    conductor.run_for_ever(interval=300, on_cycle=ask)
    assert ScheduleSlot.objects.get().status == status


@pytest.mark.django_db
def test_status_has_every_figure_that_others_rely_on(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("conductor", "--status", "--json")
    status = json.loads(capsys.readouterr().out)
    keys = {
        "territories": ["total", "pending"],
        "grids": ["pending", "scraping", "cooldown", "failed"],
        "businesses": ["total", "qualified"],
        "sites": ["generating", "completed", "published", "failed"],
        "campaigns": ["draft", "sent", "opened", "clicked", "failed"],
        "customers": ["total"],
        "revenue": ["today", "total", "currency"],
        "budgets": ["grids", "sites", "mails"],
    }
    assert {"timestamp", "health", "switches", *keys} <= set(status)
    for name, inner in keys.items():
        assert set(inner) <= set(status[name]), name


@pytest.mark.django_db
def test_dispatch_rings_the_workers_and_does_no_work_itself(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    SEEN.clear()
    monkeypatch.setattr(conductor_module, "PHASES", with_verb("generate_pending_sites", seen))
    with django_capture_on_commit_callbacks(execute=True):
        report = Conductor(dispatch=True).run_cycle()
    rung = [step.task for step in report.steps if step.result == "rung"]
    assert rung == [task for task in STEPS if task not in ("health_check", "alert_on_failures")]
    assert set(ScheduleSlot.objects.values_list("task", flat=True)) == set(rung)
    assert OrmQ.objects.count() == len(rung)
    assert SEEN == []


@pytest.mark.django_db
def test_day_budgets_hold_for_conductor_and_workers_together(settings: Any) -> None:
    settings.DAY_BUDGETS = {"grids": 1, "sites": 3, "mails": 2}
    add_sample_town()
    Conductor().run_cycle()
    for _ in range(2):
        business_tasks.scrape_pending_territories()
        site_tasks.generate_pending_sites()
        site_tasks.publish_completed_sites()
        campaign_tasks.create_campaigns_for_new_sites()
        campaign_tasks.send_pending_campaigns()
    Conductor().run_cycle()
    now = SYSTEM_CLOCK.now()
    assert {
        name: int(budgets.used_today(name, now=now)) for name in settings.DAY_BUDGETS
    } == settings.DAY_BUDGETS
    assert SiteVersion.objects.count() == 3
    assert Message.objects.filter(sent_at__isnull=False).count() == 2


def test_task_of_every_step_is_scheduled_for_the_workers_too() -> None:
    assert {spec.name for spec in TASKS if spec.schedule} == {*STEPS, "beat"}


def test_one_conductor_leads_and_ends_with_0_when_told(tmp_path: Path) -> None:
    assert manage(["migrate", "-v0"], tmp_path).returncode == 0
    with start(["conductor", "--mode=continuous"], tmp_path) as first:
        assert first.stdout is not None
        for line in first.stdout:
            if line.startswith("report: "):
                break
        second = manage(["conductor", "--mode=once"], tmp_path)
        first.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        first.communicate(timeout=120)
    assert (second.returncode, second.stderr.count("\n")) == (Exit.ANOTHER_LEADS, 1)
    assert "Another conductor leads" in second.stderr
    assert first.returncode == Exit.DONE
    assert time.monotonic() - begun < 120  # long before the next cycle, 300 s later
    assert "send_pending_campaigns: nothing to do" in (tmp_path / "log" / "conductor.log").read_text()


def test_unfit_system_exits_with_4(tmp_path: Path) -> None:
    assert manage(["migrate", "-v0"], tmp_path).returncode == 0
    (tmp_path / "a_file").touch()
    done = manage(["conductor", "--mode=once"], tmp_path, SITES_ROOT=str(tmp_path / "a_file"))
    assert (done.returncode, done.stderr) == (Exit.UNHEALTHY, "")
    assert "The folder of the published sites cannot be written" in done.stdout
    assert "Scraping territories" not in done.stdout
