"""A login with a second factor is nobody's until its code was given."""

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from monitoring import second_factor as factor

pytestmark = pytest.mark.django_db

STAFF_PAGES = ("/", "/admin/", "/dashboard/tasks/", "/admin/auth/user/")


@pytest.fixture
def person() -> User:
    """A member of staff who may see everything."""
    return User.objects.create_superuser("ann", "ann@agency.example", "a long password")


@pytest.fixture
def signed_in(person: User) -> Client:
    """A browser in which the password was given."""
    client = Client(enforce_csrf_checks=False)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def leads_to(answer: HttpResponseBase) -> str:
    """Where an answer sends the browser; "" when it stays."""
    return str(answer.headers.get("Location", ""))


def code_of(device: TOTPDevice, step: int = 0) -> str:
    """The code that the app shows, `step` half minutes from now."""
    return f"{totp(device.bin_key, drift=step):06d}"


def set_up(client: Client) -> tuple[TOTPDevice, list[str]]:
    """Turn it on as a person does; returns the app's device and the backup codes."""
    client.post(reverse("monitoring:second_factor_begin"))
    device = TOTPDevice.objects.get()
    answer = client.post(reverse("monitoring:second_factor_confirm"), {"code": code_of(device)})
    assert answer.status_code == 200
    return device, list(answer.context["codes"])


def test_without_one_the_password_is_enough(signed_in: Client) -> None:
    assert [signed_in.get(page).status_code for page in STAFF_PAGES] == [200] * len(STAFF_PAGES)


def test_another_session_of_the_person_is_nobody_until_its_code(signed_in: Client, person: User) -> None:
    device, _codes = set_up(signed_in)
    other = Client()
    other.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    for page in STAFF_PAGES:
        answer = other.get(page)
        assert (answer.status_code, leads_to(answer).partition("?")[0]) == (302, "/admin/login/")
    assert leads_to(other.get("/admin/login/")) == reverse("monitoring:code")
    assert other.get(reverse("monitoring:code")).status_code == 200

    wrong = other.post(
        reverse("monitoring:code"), {"code": "000000" if code_of(device) != "000000" else "000001"}
    )
    assert wrong.status_code == 422
    assert other.get("/").status_code == 302
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert leads_to(other.post(reverse("monitoring:code"), {"code": code_of(device, step=1)})) == "/"
    assert [other.get(page).status_code for page in STAFF_PAGES] == [200] * len(STAFF_PAGES)
    assert signed_in.get("/").status_code == 200


def test_a_half_login_changes_nothing_of_the_second_factor(signed_in: Client, person: User) -> None:
    set_up(signed_in)
    thief = Client()
    thief.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    before = (TOTPDevice.objects.count(), set(StaticToken.objects.values_list("token", flat=True)))
    for name in ("begin", "confirm", "backup", "off"):
        answer = thief.post(reverse(f"monitoring:second_factor_{name}"), {"code": "1"})
        assert leads_to(answer) == reverse("monitoring:code")
    assert (TOTPDevice.objects.count(), set(StaticToken.objects.values_list("token", flat=True))) == before


def test_a_backup_code_opens_once(signed_in: Client, person: User) -> None:
    _device, codes = set_up(signed_in)
    assert len(set(codes)) == factor.BACKUP_CODES
    for expected in (302, 422):
        other = Client()
        other.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert (
            other.post(reverse("monitoring:code"), {"code": f" {codes[0].upper()} "}).status_code == expected
        )


def test_a_code_is_good_once_and_wrong_ones_are_slowed_down(signed_in: Client, person: User) -> None:
    device, _codes = set_up(signed_in)
    other = Client()
    other.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    used = other.post(reverse("monitoring:code"), {"code": code_of(device)})
    assert (used.status_code, "used already" in used.content.decode()) == (422, True)
    again = other.post(reverse("monitoring:code"), {"code": code_of(device, step=1)})
    assert (again.status_code, "Too many wrong codes" in again.content.decode()) == (422, True)


def test_required_leads_whoever_has_none_to_set_it_up(settings, signed_in: Client) -> None:
    settings.REQUIRE_2FA = True
    assert signed_in.get("/").status_code == 302
    assert leads_to(signed_in.get(reverse("monitoring:code"))) == reverse("monitoring:second_factor")
    signed_in.post(reverse("monitoring:second_factor_begin"))
    page = signed_in.get(reverse("monitoring:second_factor")).content.decode()
    assert "data:image/svg+xml" in page
    assert signed_in.get("/").status_code == 302
    device = TOTPDevice.objects.get()
    signed_in.post(reverse("monitoring:second_factor_confirm"), {"code": code_of(device)})
    assert signed_in.get("/").status_code == 200


def test_turning_it_off_takes_a_code(signed_in: Client) -> None:
    device, _codes = set_up(signed_in)
    off = reverse("monitoring:second_factor_off")
    assert signed_in.post(off, {"code": "nonsense"}).status_code == 422
    assert TOTPDevice.objects.exists()
    assert signed_in.post(off, {"code": code_of(device, step=1)}).status_code == 302
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert signed_in.get("/").status_code == 200


def test_strangers_and_visitors_have_no_second_factor_page(client: Client) -> None:
    for name in ("code", "second_factor"):
        assert client.get(reverse(f"monitoring:{name}")).status_code == 302
    client.force_login(
        User.objects.create_user("visitor"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert leads_to(client.get(reverse("monitoring:second_factor"))) == reverse("admin:login")


def test_a_superuser_helps_somebody_whose_phone_is_lost(signed_in: Client, person: User) -> None:
    ben = User.objects.create_user("ben", is_staff=True)
    TOTPDevice.objects.create(user=ben)
    factor.new_backup_codes(ben)
    data = {"action": "forget_second_factor", "_selected_action": [ben.pk]}
    signed_in.post(reverse("admin:auth_user_changelist"), data)
    assert not factor.has_second_factor(ben)
    assert factor.codes_left(ben) == 0
