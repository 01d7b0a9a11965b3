"""The first run makes what is missing, once; settings that would lose an alert are found at the start."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django_q.models import Schedule

from monitoring.checks import check_alert_limits, check_staff_mail
from territories.models import CoverageGrid, Territory


def first_run():
    out = StringIO()
    call_command("first_run", stdout=out)
    return out.getvalue()


def shown_password(text):
    return next(line.split()[2] for line in text.splitlines() if "Password  " in line)


@pytest.mark.django_db
def test_first_run_makes_territory_login_and_schedules():
    text = first_run()
    assert Territory.objects.get().source == "sample"
    assert CoverageGrid.objects.count() == 1
    assert Schedule.objects.filter(name="beat").exists()
    assert text.count("Password") == 1
    user = authenticate(username="admin", password=shown_password(text))
    assert user is not None
    assert user.is_superuser


@pytest.mark.django_db
def test_first_run_again_changes_nothing_and_shows_no_password():
    first_run()
    before = get_user_model().objects.get().password
    assert first_run() == ""
    assert get_user_model().objects.get().password == before
    assert (Territory.objects.count(), CoverageGrid.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_first_run_touches_nothing_of_a_running_agency(settings):
    get_user_model().objects.create_superuser("owner", password="a long password")
    settings.MAIL_URL = "smtp://mail.example"
    text = first_run()
    assert "Password" not in text
    assert get_user_model().objects.get().username == "owner"
    assert not Territory.objects.exists()  # made-up owners are never written to by real mail


@pytest.mark.django_db
def test_first_run_takes_another_name_where_admin_is_nobody_special():
    get_user_model().objects.create_user("admin", password="a long password")
    text = first_run()
    made = get_user_model().objects.get(is_superuser=True)
    assert made.username != "admin"
    assert made.check_password(shown_password(text))


@pytest.mark.parametrize(("name", "value"), [("STAFF_EMAIL", "not an address"), ("MAIL_FROM", "")])
def test_a_mistyped_address_fails_the_checks(settings, name, value):
    assert check_staff_mail(None) == []
    setattr(settings, name, value)
    [problem] = check_staff_mail(None)
    assert problem.id == "monitoring.E001"
    assert name in problem.msg


@pytest.mark.parametrize(
    ("name", "value"),
    [("GENERATION_FAILURE_ALERT", 50), ("CAMPAIGN_FAILURE_ALERT", -0.1), ("ALERT_MIN_SAMPLES", 0)],
)
def test_an_alert_limit_out_of_range_fails_the_checks(settings, name, value):
    assert check_alert_limits(None) == []
    setattr(settings, name, value)
    assert name in check_alert_limits(None)[0].msg
