"""The queue's own tables can run code: here they are looked at, never unpacked, added to or changed."""

import base64
import pickle
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

pytestmark = [pytest.mark.django_db, pytest.mark.urls("webmagic.tests.urls")]


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.fixture
def page(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


@pytest.fixture
def clerk(client: Client) -> Client:
    """Somebody who may manage staff and schedules but is no superuser."""
    user = User.objects.create_user("clerk", is_staff=True)
    granted = [
        "view_user",
        "change_user",
        "add_user",
        "delete_user",
        "add_group",
        "change_group",
        "add_schedule",
    ]
    user.user_permissions.set(Permission.objects.filter(codename__in=granted))
    client.force_login(user)
    return client


def schedule() -> Schedule:
    return Schedule.objects.create(name="beat", func="pipeline.queue.ring", schedule_type="I", minutes=1)


def test_schedule_cannot_be_added_by_anybody(page: Client) -> None:
    answer = page.post("/admin/django_q/schedule/add/", {"name": "evil", "func": "os.system", "args": "'id'"})
    assert answer.status_code == 403
    assert not Schedule.objects.exists()


def test_schedule_cannot_be_changed_or_deleted_by_anybody(page: Client) -> None:
    row = schedule()
    address = f"/admin/django_q/schedule/{row.pk}/"
    assert page.get(f"{address}change/").status_code == 200
    page.post(f"{address}change/", {"name": "beat", "func": "os.system"})
    assert page.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.func == "pipeline.queue.ring"


@pytest.mark.parametrize(("success", "model"), [(True, "success"), (False, "failure")])
def test_task_with_a_planted_pickle_is_shown_without_loading_it(
    page: Client, tmp_path: Path, success: bool, model: str
) -> None:
    trap = tmp_path / "sprung"
    times = {"started": timezone.now(), "stopped": timezone.now()}
    Task.objects.create(id="a" * 32, name="alpha", func="pipeline.queue.ring", success=success, **times)
    planted = base64.b64encode(pickle.dumps(Bomb(trap))).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_q_task SET args = %s, kwargs = %s, result = %s", [planted] * 3)
    address = f"/admin/django_q/{model}/"
    assert "alpha" in page.get(address).text
    assert page.get(f"{address}?q=alp").status_code == 200
    assert page.get(f"{address}{'a' * 32}/change/").status_code == 200
    assert page.get(f"{address}{'a' * 32}/history/").status_code == 200
    assert not trap.exists()
    Task.objects.get(pk="a" * 32)  # the trap is real: whoever loads the row springs it
    assert trap.exists()


def test_waiting_message_is_shown_without_its_payload(page: Client) -> None:
    row = OrmQ.objects.create(key="webmagic", payload="signed-pickle", lock=timezone.now())
    for address in ("/admin/django_q/ormq/", f"/admin/django_q/ormq/{row.pk}/change/"):
        answer = page.get(address)
        assert answer.status_code == 200
        assert "signed-pickle" not in answer.text


def test_clerk_cannot_give_rights(clerk: Client) -> None:
    other = User.objects.create_user("other", is_staff=True)
    address = f"/admin/auth/user/{other.pk}/change/"
    form = {
        "username": "other",
        "first_name": "Ada",
        "is_active": "on",
        "is_superuser": "on",
        "is_staff": "on",
    }
    assert clerk.post(address, form).status_code == 302
    other.refresh_from_db()
    assert (other.first_name, other.is_superuser) == ("Ada", False)
    assert clerk.get("/admin/auth/group/add/").status_code == 403


def test_clerk_cannot_touch_a_superuser(clerk: Client) -> None:
    boss = User.objects.create_superuser("boss", password="a-long-password")
    address = f"/admin/auth/user/{boss.pk}/"
    passwords = {"password1": "another-long-one", "password2": "another-long-one"}
    assert clerk.post(f"{address}password/", passwords).status_code == 403
    assert clerk.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [boss.pk], "post": "yes"}
    clerk.post("/admin/auth/user/", chosen)
    boss.refresh_from_db()
    assert boss.check_password("a-long-password")


def test_superuser_may_change_staff(page: Client) -> None:
    other = User.objects.create_user("other")
    assert page.get(f"/admin/auth/user/{other.pk}/change/").status_code == 200
    assert page.get("/admin/auth/user/add/").status_code == 200
