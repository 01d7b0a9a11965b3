"""The doorbell: what a hint says, where it is sent, and how little it matters when it is lost or doubled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from pipeline import queue, slots
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import ClusterHeartbeat, ScheduleSlot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lab_tasks(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.TASKS = "pipeline.tests.lab.tasks.TASKS"
    monkeypatch.setenv("LAB_NOTES", str(tmp_path / "notes"))
    return tmp_path / "notes"


def sent() -> list[tuple[str, str, tuple[Any, ...]]]:
    """Return what lies in the queues: (cluster, function, arguments)."""
    packages = [(row.key, SignedPackage.loads(row.payload)) for row in OrmQ.objects.order_by("pk")]
    return [(key, package["func"], package["args"]) for key, package in packages]


def heartbeat(name: str, *, announced: int | None, answered: int | None, started: int | None = 600) -> None:
    now = SYSTEM_CLOCK.now()

    def ago(seconds: int | None) -> datetime | None:
        return None if seconds is None else now - timedelta(seconds=seconds)

    ClusterHeartbeat.objects.create(
        queue=name, announced_at=ago(announced), answered_at=ago(answered), started_at=ago(started)
    )


def test_ring_opens_the_slot_and_sends_one_hint() -> None:
    queue.ring("quick")
    assert ScheduleSlot.objects.get().task == "quick"
    assert sent() == [("webmagic", "pipeline.queue.perform", ("quick",))]


def test_ring_for_a_row_names_the_row_and_opens_no_slot() -> None:
    queue.ring("row", 7)
    assert not ScheduleSlot.objects.exists()
    assert sent() == [("webmagic", "pipeline.queue.perform", ("row", 7))]


def test_ring_waits_for_the_commit() -> None:
    with transaction.atomic():
        queue.ring("quick")
        assert sent() == []
    assert len(sent()) == 1


def test_ring_of_a_transaction_that_is_undone_sends_nothing() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue.ring("quick")
        raise ZeroDivisionError
    assert sent() == []
    assert not ScheduleSlot.objects.exists()


def test_ring_of_an_unknown_task_lists_those_there_are() -> None:
    with pytest.raises(
        queue.UnknownTask, match=r"no task 'nonsense'. There are: deaf, drain, failing, quick"
    ):
        queue.ring("nonsense")


@pytest.mark.parametrize(("task", "pk"), [("row", None), ("quick", 7)])
def test_ring_with_the_wrong_number_of_ids_is_refused(task: str, pk: int | None) -> None:
    with pytest.raises(ValueError, match=f"{task} works on"):
        queue.ring(task, pk)
    assert sent() == []


def test_hint_that_cannot_be_sent_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Conf, "ORM", "a database that does not exist")
    queue.ring("quick")
    assert "could not be sent; the next beat rings again" in caplog.text
    assert ScheduleSlot.objects.get().status == "due"


@pytest.mark.parametrize(
    ("announced", "answered", "started", "cluster"),
    [
        (5, 30, 600, "scraping"),
        (5, None, 30, "scraping"),  # it has only just started
        (5, 200, 600, "webmagic"),  # it runs, but its workers are deaf
        (5, None, 200, "webmagic"),  # they never answered
        (90, 30, 600, "webmagic"),  # its main process is gone
        (None, None, None, "webmagic"),
    ],
)
def test_hint_goes_to_the_specialised_cluster_only_while_that_answers(
    announced: int | None, answered: int | None, started: int | None, cluster: str
) -> None:
    heartbeat("scraping", announced=announced, answered=answered, started=started)
    queue.ring("slow")
    assert [where for where, _, _ in sent()] == [cluster]


def test_hint_goes_to_the_default_cluster_where_there_is_no_other() -> None:
    queue.ring("slow")
    assert [where for where, _, _ in sent()] == ["webmagic"]


def test_perform_runs_the_due_slot_once_however_often_it_is_hinted(lab_tasks: Path) -> None:
    queue.ring("quick")
    assert [queue.perform("quick") for _ in range(3)] == ["quick is done", "no slot is due", "no slot is due"]
    assert len(lab_tasks.read_text().splitlines()) == 1
    slot = ScheduleSlot.objects.get()
    assert (slot.status, slot.outcome) == ("done", "quick is done")


def test_perform_without_a_slot_does_nothing(lab_tasks: Path) -> None:
    assert queue.perform("quick") == "no slot is due"
    assert not lab_tasks.exists()


def test_perform_of_a_row_calls_its_task_with_the_id() -> None:
    assert queue.perform("row", 7) == "row 7"


def test_failing_task_closes_its_slot_and_is_not_run_again_by_doubled_hints() -> None:
    queue.ring("failing")
    with pytest.raises(ZeroDivisionError):
        queue.perform("failing")
    slot = ScheduleSlot.objects.get()
    assert (slot.status, slot.outcome, slot.owner) == ("failed", "ZeroDivisionError: a bug\\x00", "")
    assert queue.perform("failing") == "no slot is due"


def test_lost_hint_is_made_up_for_by_ringing_again(lab_tasks: Path) -> None:
    queue.ring("quick")
    OrmQ.objects.all().delete()
    queue.ring("quick")
    assert len(sent()) == 1
    assert queue.perform("quick") == "quick is done"
    assert ScheduleSlot.objects.count() == 1


def test_cluster_that_starts_again_is_not_trusted_for_its_earlier_answers() -> None:
    now = SYSTEM_CLOCK.now()
    queue.announce("scraping", now=now, starting=True)
    queue.answer_canary("scraping")
    queue.announce("scraping", now=now + timedelta(seconds=10))
    beat = ClusterHeartbeat.objects.get()
    assert beat.answered_at is not None
    assert beat.started_at == now
    queue.announce("scraping", now=now + timedelta(seconds=20), starting=True)
    beat = ClusterHeartbeat.objects.get()
    assert (beat.answered_at, beat.started_at) == (None, now + timedelta(seconds=20))


def test_canaries_are_sent_through_every_cluster_that_runs() -> None:
    heartbeat("monitoring", announced=5, answered=None)
    heartbeat("scraping", announced=5, answered=None)
    heartbeat("campaigns", announced=300, answered=None)
    assert sorted(queue.send_canaries(now=SYSTEM_CLOCK.now())) == ["monitoring", "scraping"]
    assert sorted((where, args) for where, _, args in sent()) == [
        ("scraping", ("scraping",)),
        ("webmagic", ("monitoring",)),
    ]
    for _, function, args in sent():
        assert function == "pipeline.queue.answer_canary"
        assert queue.answer_canary(*args) == f"{args[0]} answers"
    assert ClusterHeartbeat.objects.exclude(answered_at=None).count() == 2


def test_slots_are_opened_for_the_time_of_ringing() -> None:
    queue.ring("quick")
    now = SYSTEM_CLOCK.now()
    assert ScheduleSlot.objects.get().slot in (
        slots.Every(60).latest(now),
        slots.Every(60).latest(now) - timedelta(hours=1),
    )


@pytest.mark.parametrize(
    "value",
    [0, 7, -3, "12", "text", "", True, None, 1.5, [1, "a"], {"a": {"b": [None]}}, "ü\u2028"],
    ids=repr,
)
def test_cache_gives_back_what_it_was_given(value: object) -> None:
    serializer = queue.JsonSerializer()
    stored = serializer.dumps(value)
    as_redis_returns_it = str(stored).encode() if isinstance(stored, int) else stored
    assert serializer.loads(as_redis_returns_it) == value
    assert type(serializer.loads(as_redis_returns_it)) is type(value)


def test_cache_leaves_integers_to_redis_and_writes_no_pickle() -> None:
    serializer = queue.JsonSerializer()
    assert serializer.dumps(7) == 7
    assert serializer.dumps({"at": datetime(2026, 3, 2, tzinfo=UTC)}) == b'{"at": "2026-03-02T00:00:00Z"}'
    with pytest.raises(TypeError):
        serializer.dumps(object())


def test_cache_does_not_run_what_others_wrote_into_it() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        queue.JsonSerializer().loads(b"cos\nsystem\n(S'echo'\ntR.")
