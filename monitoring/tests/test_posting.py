"""Alerts in a chat: each incident and its recovery once, whatever the webhook does; nobody is called together."""

import pytest

from monitoring.posting import post_incidents
from monitoring.tests.listener import Listener
from pipeline import switches
from pipeline.incidents import open_incident, resolve_incident
from pipeline.models import Effect

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(settings):
    """A webhook, and the setting that sends the alerts there."""
    with Listener() as listener:
        settings.ALERT_WEBHOOK_URL = f"{listener.url}/services/secret"
        yield listener


def an_incident(clock, key="1", title="Mails fail: 6 of 10"):
    return open_incident("test", key, title=title, detail="The cause.", now=clock.now(), severity="critical")


def texts(chat):
    return [body["text"] for _, _, body in chat.heard]


def test_an_incident_is_posted_once_with_a_way_to_it(run, clock, chat, settings):
    incident = an_incident(clock)
    assert [post_incidents(run), post_incidents(run)] == [1, 0]
    [text] = texts(chat)
    assert text.startswith("*Look now: Mails fail: 6 of 10*\nThe cause.\n")
    assert text.endswith(f"{settings.STAFF_BASE_URL}/admin/pipeline/incident/{incident.pk}/change/")


def test_a_recovery_follows_what_was_posted_and_nothing_else(run, clock, chat):
    an_incident(clock, "posted")
    post_incidents(run)
    an_incident(clock, "over before it was posted")
    for key in ("posted", "over before it was posted"):
        resolve_incident("test", key, now=clock.now(), resolution="Mails go again")
    assert [post_incidents(run), post_incidents(run)] == [1, 0]
    assert texts(chat)[1] == "*Over: Mails fail: 6 of 10*\nMails go again"


def test_nothing_is_posted_without_an_address(run, clock, settings):
    settings.ALERT_WEBHOOK_URL = ""
    an_incident(clock)
    assert post_incidents(run) == 0
    assert not Effect.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_webhook_that_is_down_is_asked_again(run, clock, chat, status):
    an_incident(clock)
    chat.status = status
    assert post_incidents(run) == 0
    chat.status = 200
    assert post_incidents(run) == 1


@pytest.mark.parametrize("status", [302, 400, 403, 404])
def test_a_webhook_that_refuses_is_not_asked_for_ever(run, clock, chat, status, caplog):
    an_incident(clock)
    chat.status = status
    assert [post_incidents(run), post_incidents(run)] == [0, 0]
    assert len(chat.heard) == 1
    assert f"answered {status}; see to ALERT_WEBHOOK_URL" in caplog.text
    assert "secret" not in caplog.text


def test_an_unreachable_webhook_keeps_its_address_to_itself(run, clock, settings, caplog):
    settings.ALERT_WEBHOOK_URL = "http://127.0.0.1:9/services/secret"
    an_incident(clock)
    assert post_incidents(run) == 0
    assert "could not be reached" in caplog.text
    assert "secret" not in caplog.text
    assert Effect.objects.get().status == Effect.Status.PLANNED


def test_a_scraped_name_cannot_call_the_channel_together(run, clock, chat):
    an_incident(clock, title="<!channel> & <http://evil.example|Click> wants its site")
    post_incidents(run)
    assert "<" not in texts(chat)[0]
    assert "&lt;!channel&gt; &amp; " in texts(chat)[0]


def test_a_paused_webhook_hears_nothing(run, clock, chat):
    an_incident(clock)
    switches.pause("source:alert_webhook", by="staff", why="test", now=clock.now())
    assert post_incidents(run) == 0
    assert chat.heard == []
