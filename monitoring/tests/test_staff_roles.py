"""What each role may open and do, by the pages themselves."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from monitoring.staff_roles import ROLES, sync_roles

pytestmark = pytest.mark.django_db

LOOKED_AT = (
    "/",
    "/dashboard/leads/",
    "/dashboard/sites/",
    "/admin/campaigns/campaign/",
    "/admin/pipeline/effect/",
)


def signed_in(role: str) -> Client:
    """A browser of somebody in that group."""
    user = User.objects.create_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def roles() -> None:
    """The groups, as a release makes them."""
    sync_roles()


@pytest.mark.parametrize("role", [role.name for role in ROLES])
def test_every_role_sees_the_pipeline(role: str) -> None:
    client = signed_in(role)
    assert {page: client.get(page).status_code for page in LOOKED_AT} == dict.fromkeys(LOOKED_AT, 200)


@pytest.mark.parametrize(("role", "status"), [("Viewer", 403), ("Operator", 302), ("Admin", 302)])
def test_a_viewer_pauses_nothing(role: str, status: int) -> None:
    answer = signed_in(role).post("/dashboard/pause/", {"scope": "everything", "why": "a test"})
    assert answer.status_code == status


@pytest.mark.parametrize(("role", "status"), [("Viewer", 403), ("Operator", 403), ("Admin", 200)])
def test_only_an_admin_sees_who_may_log_in(role: str, status: int) -> None:
    assert signed_in(role).get("/admin/auth/user/").status_code == status


def test_an_admin_makes_nobody_a_superuser() -> None:
    client, ben = signed_in("Admin"), User.objects.create_user("ben", is_staff=True)
    data: dict[str, Any] = {"username": "ben", "is_superuser": "on", "is_active": "on"}
    client.post(f"/admin/auth/user/{ben.pk}/change/", data)
    ben.refresh_from_db()
    assert not ben.is_superuser


def test_an_operator_leaves_the_law_alone() -> None:
    operator = User.objects.create_user("ann", is_staff=True)
    operator.groups.add(Group.objects.get(name="Operator"))
    assert operator.has_perm("campaigns.change_campaign")
    assert operator.has_perm("campaigns.view_countryrule")
    assert not operator.has_perm("campaigns.change_countryrule")
    assert not operator.has_perm("campaigns.add_mailbox")
    assert not operator.has_perm("campaigns.delete_campaign")


def test_roles_are_mended_and_other_groups_left(capsys: pytest.CaptureFixture[str]) -> None:
    own = Group.objects.create(name="Interns")
    own.permissions.add(Permission.objects.get(codename="view_site"))
    Group.objects.get(name="Viewer").permissions.clear()
    call_command("sync_roles")
    call_command("sync_roles")
    assert capsys.readouterr().out.splitlines() == ["Changed: Viewer.", "Every role has its rights."]
    assert own.permissions.count() == 1
