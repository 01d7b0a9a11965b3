"""The throttle of the staff login: after eight wrong passwords the door stays shut for that person and place."""

from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
RIGHT = "a-long-password-1"


@pytest.fixture(autouse=True)
def throttled(settings: Any) -> None:
    settings.AXES_ENABLED = True
    User.objects.create_superuser("ann", password=RIGHT)
    User.objects.create_superuser("ben", password=RIGHT)


def log_in(client: Client, name: str, password: str, address: str = "198.51.100.7") -> Any:
    form = {"username": name, "password": password, "next": "/"}
    return client.post(reverse("admin:login"), form, REMOTE_ADDR=address)


def test_eighth_wrong_password_shuts_the_door_even_for_the_right_one(client: Client, settings: Any) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert log_in(client, "ann", "wrong").status_code == 200
    shut = log_in(client, "ann", "wrong")
    assert shut.status_code == 429
    assert "Too many wrong passwords" in shut.text
    assert "public.css" in shut.text  # in our skin
    assert log_in(client, "ann", RIGHT).status_code == 429
    assert "_auth_user_id" not in client.session


def test_others_and_other_places_are_let_in(client: Client, settings: Any) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(client, "ann", "wrong")
    assert log_in(Client(), "ben", RIGHT).status_code == 302
    assert log_in(Client(), "ann", RIGHT, address="198.51.100.8").status_code == 302


def test_person_is_unlocked_in_the_back_office(client: Client, settings: Any) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(client, "ann", "wrong")
    boss = Client()
    assert log_in(boss, "ben", RIGHT).status_code == 302
    attempt = AccessAttempt.objects.get()
    shown = boss.get(reverse("admin:axes_accessattempt_changelist"))
    assert "ann" in shown.text
    form = {"action": "unlock", "_selected_action": [attempt.pk]}
    boss.post(reverse("admin:axes_accessattempt_changelist"), form)
    assert log_in(Client(), "ann", RIGHT).status_code == 302


def test_what_was_typed_is_kept_nowhere(client: Client) -> None:
    log_in(client, "ann", "my-other-password")
    kept = [
        str(value)
        for model in (AccessAttempt, AccessFailureLog)
        for row in model.objects.values()
        for value in row.values()
    ]
    assert kept
    assert not any("my-other-password" in value for value in kept)
