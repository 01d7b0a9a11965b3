"""The watchdog outside hears of us while work can go on, and only then."""

import pytest

from monitoring.beat import beat
from monitoring.tests.listener import Listener
from monitoring.watchdog import ask_watchdog

pytestmark = pytest.mark.django_db


def test_the_beat_asks_the_watchdog(run, settings):
    with Listener() as listener:
        settings.HEARTBEAT_URL = f"{listener.url}/ping/abc"
        assert beat(run).rows["watchdog asked"] == 1
        assert listener.heard == [("GET", "/ping/abc", None)]


def test_silence_while_work_stands_still(run, settings):
    settings.DISK_FLOOR_MB = 10**12
    with Listener() as listener:
        settings.HEARTBEAT_URL = listener.url
        assert not ask_watchdog(run)
        assert listener.heard == []


def test_a_deaf_watchdog_stops_nothing(run, settings, caplog):
    settings.HEARTBEAT_URL = "http://127.0.0.1:9/ping"
    assert not ask_watchdog(run)
    assert "could not be reached" in caplog.text
    with Listener(status=404) as listener:
        settings.HEARTBEAT_URL = listener.url
        assert not ask_watchdog(run)
    assert "answered 404; see to HEARTBEAT_URL" in caplog.text


def test_none_is_asked_where_none_is_named(run, settings):
    settings.HEARTBEAT_URL = ""
    assert not ask_watchdog(run)
