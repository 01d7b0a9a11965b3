"""What every staff page is told: what is paused, how much waits, and whether the data is made up."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone

from monitoring.context import environment, shell
from monitoring.tests.factories import make_business, make_campaign, make_town
from pipeline import switches
from pipeline.incidents import open_incident

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.fixture
def staff():
    return request_of(User(username="owner", is_staff=True, is_active=True))


@pytest.mark.parametrize(
    "user", [AnonymousUser(), User(username="visitor"), User(username="left", is_staff=True, is_active=False)]
)
def test_nobody_but_staff_is_told_anything(user):
    switches.pause("everything", by="owner", why="a break", now=NOW)
    assert shell(request_of(user)) == {}
    assert environment(request_of(user)) is None


def test_a_request_without_a_user_is_told_nothing():
    assert shell(RequestFactory().get("/")) == {}


def test_shell_of_a_quiet_system(staff):
    told = shell(request_of(staff.user))
    assert told["paused"] is None
    assert set(told["badges"].values()) == {0}


def test_badges_count_what_waits(staff):
    make_campaign(NOW, review_reason="Asks for consent")
    make_campaign(NOW)  # the autopilot approves it
    make_campaign(NOW, written_at=None)
    make_campaign(NOW, status="held")
    make_business(NOW, status="review")
    open_incident("test", "1", title="Broken", now=NOW)
    badges = shell(request_of(staff.user))["badges"]
    counted = {name: badges[name] for name in ("approvals", "review", "uncertain", "incidents")}
    assert counted == {"approvals": 1, "review": 1, "uncertain": 1, "incidents": 1}
    assert (badges["campaigns"], badges["leads"], badges["overview"]) == (1, 1, 4)


def test_every_draft_waits_while_the_autopilot_is_off(staff, settings):
    settings.AUTOPILOT = False
    make_campaign(NOW)
    told = shell(request_of(staff.user))
    assert (told["badges"]["approvals"], told["autopilot"]) == (1, False)


def test_badges_cost_nothing_a_second_time(staff, django_assert_num_queries):
    shell(request_of(staff.user))
    with django_assert_num_queries(1):  # what is paused is always read anew
        shell(request_of(staff.user))


def test_a_pause_is_told_with_who_when_and_why(staff):
    switches.pause("everything", by="owner", why="a break", now=NOW)
    paused = shell(request_of(staff.user))["paused"]
    assert (paused["scope"], paused["who"], paused["when"], paused["why"], paused["until"]) == (
        "everything",
        "owner",
        NOW,
        "a break",
        None,
    )
    assert environment(request_of(staff.user)) == ["Paused", "warning"]
    switches.resume("everything", by="owner", now=NOW)
    assert shell(request_of(staff.user))["paused"] is None


def test_the_widest_pause_is_told_first(staff):
    switches.pause("source:smtp", by="pipeline", why="login", now=NOW, until=NOW + timedelta(hours=1))
    assert shell(request_of(staff.user))["paused"]["what"] == "The source smtp"
    switches.pause("stage:campaigns", by="owner", why="a break", now=NOW)
    paused = shell(request_of(staff.user))["paused"]
    assert paused["what"] == "The stage campaigns"
    assert "1 more paused" in paused["waits"]


def test_a_pause_that_is_over_is_not_told(staff):
    switches.pause("source:smtp", by="pipeline", why="login", now=NOW, until=NOW - timedelta(seconds=1))
    assert shell(request_of(staff.user))["paused"] is None


def test_switches_that_cannot_be_read_count_as_stopped(staff):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        assert shell(request_of(staff.user))["paused"] == {"unknown": True}


def test_sample_data_is_named_until_there_is_other(staff):
    assert environment(request_of(staff.user)) is None
    cache.clear()
    make_town(NOW)
    assert environment(request_of(staff.user)) == ["Sample data", "info"]
    cache.clear()
    make_town(NOW, source="osm_file")
    assert environment(request_of(staff.user)) is None
