"""Each part of the system, broken on purpose, is found and told apart: what stops the cycle, what does not."""

import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from monitoring.alerts import alert_on_failures
from monitoring.conductor import Conductor, Exit
from monitoring.health import check_health, clock_finding
from monitoring.models import CycleRun
from monitoring.tests.factories import make_town
from pipeline.models import ClusterHeartbeat, ScheduleSlot

pytestmark = pytest.mark.django_db


def finding(run, part):
    [found] = [each for each in check_health(run).findings if each.part == part]
    return found


def test_a_fresh_system_may_run(run):
    health = check_health(run)
    assert health.can_run
    assert {each.state for each in health.findings if each.part != "workers"} == {"ok"}
    assert str(health) == "No worker runs; the conductor does all the work"


@pytest.mark.parametrize(("setting", "part"), [("SITES_ROOT", "published sites"), ("OUTBOX_DIR", "outbox")])
def test_a_folder_that_cannot_be_written_stops_the_cycle(run, settings, tmp_path, setting, part):
    (tmp_path / "file").write_text("in the way")
    setattr(settings, setting, tmp_path / "file" / "folder")
    assert finding(run, part).state == "unhealthy"
    assert not check_health(run).can_run


def test_the_outbox_is_not_needed_with_a_mail_server(run, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.OUTBOX_DIR, settings.MAIL_URL = tmp_path / "file" / "folder", "smtp://mail.example"
    assert check_health(run).can_run


def test_a_full_disk_stops_the_cycle(run, settings):
    settings.DISK_FLOOR_MB = 10**12
    assert finding(run, "disk").state == "unhealthy"


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, "ok"), (1.9, "ok"), (-1.9, "ok"), (2.1, "unhealthy"), (-3600, "unhealthy")],
)
def test_a_clock_that_is_off_stops_the_cycle(seconds, state):
    here = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert clock_finding(here, here + timedelta(seconds=seconds)).state == state


def test_the_clock_is_compared_with_the_databases(run, settings):
    settings.CLOCK_SKEW_MAX = -1.0  # not even the same moment is near enough
    assert finding(run, "clock").state == "unhealthy"
    assert not check_health(run).can_run


def test_a_database_that_fails_is_the_only_finding(run):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(refuse):
        health = check_health(run)
    assert [each.part for each in health.findings] == ["database"]
    assert not health.can_run


def test_a_silent_worker_is_degraded(run, clock):
    old = clock.now() - timedelta(minutes=10)
    ClusterHeartbeat.objects.create(queue="monitoring", announced_at=clock.now(), answered_at=clock.now())
    assert finding(run, "workers").text == "Workers answer on monitoring"
    ClusterHeartbeat.objects.create(queue="scraping", announced_at=old, answered_at=old)
    ClusterHeartbeat.objects.create(queue="campaigns", announced_at=clock.now(), answered_at=old)  # deaf
    assert finding(run, "workers").text == "No worker answers on campaigns, scraping; the others stand in"
    ClusterHeartbeat.objects.update(announced_at=old)
    assert finding(run, "workers").text == "No worker answers any more; the conductor does all the work"
    assert (check_health(run).state, check_health(run).can_run) == ("degraded", True)


def test_a_broker_that_does_not_answer_is_degraded(run, settings):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    assert finding(run, "broker").state == "degraded"
    assert check_health(run).can_run


@pytest.mark.parametrize(("minutes", "state"), [(119, "ok"), (121, "degraded")])
def test_a_stuck_row_is_degraded(run, clock, minutes, state):
    grid = make_town(clock.now())
    type(grid).objects.update(
        status="scraping", claimed_by="elsewhere:1:0", claimed_at=clock.now() - timedelta(minutes=minutes)
    )
    assert finding(run, "stuck rows").state == state


@pytest.mark.parametrize(("minutes", "state"), [(10, "ok"), (20, "degraded")])
def test_a_schedule_that_does_not_fire_is_degraded(run, clock, minutes, state):
    at = clock.now() - timedelta(minutes=minutes)
    ScheduleSlot.objects.create(task="health_check", slot=at, status="done", started_at=at)
    assert finding(run, "schedules").state == state


def test_a_slot_that_nobody_begins_is_late(run, clock):
    at = clock.now() - timedelta(minutes=20)
    ScheduleSlot.objects.create(task="health_check", slot=at, status="done", started_at=at)
    for minutes, status in ((15, "skipped"), (10, "skipped"), (5, "due")):
        at = clock.now() - timedelta(minutes=minutes)
        ScheduleSlot.objects.create(task="health_check", slot=at, status=status)
    assert finding(run, "schedules").text == "Due and not begun: health_check"


def test_many_late_schedules_are_told_in_short(run, clock):
    at = clock.now() - timedelta(days=2)
    for task in ("alert_on_failures", "beat", "cleanup_stuck_tasks", "health_check", "qualify_new_leads"):
        ScheduleSlot.objects.create(task=task, slot=at, status="done", started_at=at)
    assert finding(run, "schedules").text == (
        "Due and not begun: qualify_new_leads, health_check, cleanup_stuck_tasks and 2 more"
    )


def test_a_task_that_no_worker_ever_ran_is_not_late(run, clock):
    ScheduleSlot.objects.create(task="health_check", slot=clock.now() - timedelta(hours=1), status="due")
    assert finding(run, "schedules").state == "ok"


def test_an_unfit_system_gets_no_further_than_its_alarm(clock, settings, staff_mails):
    settings.DISK_FLOOR_MB = 10**12
    make_town(clock.now())
    conductor = Conductor(clock=clock)
    report = conductor.run_cycle()
    conductor.leave()
    assert [step.task for step in report.steps] == ["health_check", "alert_on_failures"]
    assert report.exit_code == Exit.UNHEALTHY
    assert CycleRun.objects.get().health == "unhealthy"
    assert staff_mails()[0]["Subject"].startswith("Work stands still: only ")


def test_alerts_run_here_even_when_the_work_is_rung(clock, settings):
    conductor = Conductor(clock=clock, dispatch=True, phase="health")
    report = conductor.run_cycle()
    conductor.leave()
    assert [step.result for step in report.steps][1] == "nothing to do"
    assert alert_on_failures.__name__ == report.steps[1].task
