"""The schedule rows follow the table of tasks, and every task of the table can be run."""

import ast
import inspect
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from monitoring.cycle import PHASES, TASKS
from monitoring.schedules import sync_schedules
from pipeline import queue
from pipeline.models import ScheduleSlot

SCHEDULED = {spec.name: spec for spec in TASKS if spec.schedule}


def stored():
    return {row["name"]: row for row in Schedule.objects.values()}


@pytest.mark.django_db
def test_sync_makes_one_row_a_scheduled_task(clock):
    result = sync_schedules(now=clock.now())
    assert sorted(result.created) == sorted(stored()) == sorted(SCHEDULED)
    rows = stored()
    assert (rows["scrape_pending_territories"]["minutes"], rows["beat"]["minutes"]) == (360, 1)
    assert rows["generate_daily_report"]["schedule_type"] == Schedule.DAILY
    assert rows["generate_daily_report"]["next_run"] == datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert rows["cleanup_expired_cooldowns"]["next_run"] == datetime(2026, 3, 3, 3, tzinfo=UTC)


@pytest.mark.django_db
def test_sync_again_changes_nothing(clock):
    sync_schedules(now=clock.now())
    before = stored()
    clock.advance(seconds=70)
    result = sync_schedules(now=clock.now())
    assert stored() == before
    assert sorted(result.unchanged) == sorted(SCHEDULED)
    assert not (result.created or result.updated or result.deleted)


@pytest.mark.django_db
def test_sync_puts_right_what_was_changed(clock):
    sync_schedules(now=clock.now())
    before = stored()
    Schedule.objects.filter(name="health_check").update(minutes=50)
    Schedule.objects.filter(name="beat").update(args="(")
    Schedule.objects.filter(name="alert_on_failures").update(func="os.system")
    Schedule.objects.filter(name="qualify_new_leads").update(next_run=clock.now() + timedelta(days=9))
    Schedule.objects.filter(name="generate_daily_report").update(
        next_run=datetime(2026, 3, 2, 21, tzinfo=UTC)  # as after a change of TIME_ZONE
    )
    result = sync_schedules(now=clock.now())
    assert sorted(result.updated) == [
        "alert_on_failures",
        "beat",
        "generate_daily_report",
        "health_check",
        "qualify_new_leads",
    ]
    assert stored() == before


@pytest.mark.django_db
def test_sync_deletes_ours_that_left_the_table_and_doubles(clock):
    sync_schedules(now=clock.now())
    Schedule.objects.create(name="old_task", func="pipeline.queue.ring", args="('old_task',)")
    Schedule.objects.create(name="beat", func="pipeline.queue.ring", args="('beat',)")
    assert sorted(sync_schedules(now=clock.now()).deleted) == ["beat", "old_task"]
    assert Schedule.objects.count() == len(SCHEDULED)


@pytest.mark.django_db
def test_sync_leaves_and_names_what_is_not_ours(clock, capsys):
    Schedule.objects.create(name="theirs", func="other.package.task")
    Schedule.objects.create(name=None, func="other.package.nameless")
    result = sync_schedules(now=clock.now())
    assert len(result.foreign) == 2
    assert Schedule.objects.filter(func__startswith="other.package").count() == 2
    call_command("sync_schedules")
    assert "theirs (other.package.task)" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_sync_in_parallel_makes_no_doubles(clock):
    barrier, failures = Barrier(4), []

    def sync():
        try:
            barrier.wait(10)
            sync_schedules(now=clock.now())
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=sync) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert Schedule.objects.count() == len(stored()) == len(SCHEDULED)


@pytest.mark.django_db
def test_rows_are_literals_and_ring_the_task(clock):
    sync_schedules(now=clock.now())
    for row in Schedule.objects.all():
        assert ast.literal_eval(row.args) == (row.name,)
        assert import_string(row.func) is queue.ring
        assert (row.repeats, row.cluster) == (-1, None)
    row = Schedule.objects.get(name="health_check")
    import_string(row.func)(*ast.literal_eval(row.args))
    assert ScheduleSlot.objects.get().task == "health_check"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "month"),
    [("Europe/Helsinki", 3), ("Europe/Helsinki", 10), ("America/New_York", 11), ("Australia/Lord_Howe", 4)],
)
def test_daily_rows_stay_at_their_hour_when_the_clocks_change(settings, zone, month):
    settings.TIME_ZONE = zone
    now = datetime(2026, month, 1, 12, tzinfo=UTC)
    for _ in range(35):
        sync_schedules(now=now)
        row = Schedule.objects.get(name="generate_daily_report")
        assert timezone.localtime(row.next_run).strftime("%H:%M") == "06:00"
        assert now < row.next_run <= now + timedelta(hours=25)
        now += timedelta(days=1)
        row.next_run = row.calculate_next_run()  # as the scheduler does when it fires
        row.save()


@pytest.mark.parametrize("spec", TASKS, ids=lambda spec: spec.name)
def test_task_is_a_plain_function_of_its_name(spec):
    task = import_string(spec.path)
    assert inspect.isfunction(task)
    assert not inspect.iscoroutinefunction(task)
    assert not inspect.isgeneratorfunction(task)
    assert task.__name__ == spec.name
    assert len(inspect.signature(task).parameters) == int(spec.takes_id)
    assert spec.queue in queue.QUEUES
    assert bool(spec.schedule) is not spec.takes_id


@pytest.mark.parametrize(
    "step", [step for phase in PHASES for step in phase.steps], ids=lambda step: step.task
)
def test_step_names_a_task_and_a_plain_verb(step):
    verb = import_string(step.verb)
    assert inspect.isfunction(verb)
    assert not inspect.iscoroutinefunction(verb)
    assert step.task in SCHEDULED
