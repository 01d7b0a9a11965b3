"""Each incident, recovery and report reaches staff once, whatever fails on the way."""

from datetime import date

import pytest

from campaigns.tests.mail_server import DROP, MailServer
from monitoring.beat import beat
from monitoring.delivery import deliver_incidents, deliver_report, deliver_reports
from monitoring.models import DailyReport
from pipeline import switches
from pipeline.incidents import open_incident, resolve_incident
from pipeline.models import Effect, Incident, Switch

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    """A mail server, and the settings that make staff mails go there."""
    with MailServer() as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
        settings.STAFF_EMAIL = "owner@agency.example"
        yield server


def an_incident(clock, key="1", title="Something broke"):
    return open_incident("test", key, title=title, detail="The cause. The comfort.", now=clock.now())


def a_report(clock):
    return DailyReport.objects.create(
        day=date(2026, 3, 1),
        figures={},
        subject="Sun 1 Mar",
        text="Text\n",
        html="<p>Page</p>\n",
        created_at=clock.now(),
    )


def test_an_incident_becomes_one_mail_with_both_parts(run, clock, staff_mails, settings):
    an_incident(clock)
    assert deliver_incidents(run) == 1
    [mail] = staff_mails()
    assert (mail["Subject"], mail["To"]) == ("Something broke", settings.MAIL_FROM)
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        content = mail.get_body((kind,)).get_content()
        assert "The cause. The comfort." in content
        assert f"{settings.STAFF_BASE_URL}/" in content


def test_nothing_is_delivered_twice(run, clock, staff_mails):
    incident = an_incident(clock)
    assert [deliver_incidents(run), deliver_incidents(run)] == [1, 0]
    Incident.objects.filter(pk=incident.pk).update(
        delivered_at=None
    )  # as if the process had died right after
    deliver_incidents(run)
    assert Effect.objects.get().calls == 1
    assert len(staff_mails()) == 1
    assert Incident.objects.get().delivered_at is not None


def test_staff_mails_stay_out_of_the_outbox_of_businesses(run, clock, settings):
    settings.MAIL_URL, settings.STAFF_EMAIL = "outbox:", "owner@agency.example"
    an_incident(clock)
    assert deliver_incidents(run) == 1
    assert not settings.OUTBOX_DIR.exists()
    assert len(list((settings.VAR_DIR / "staff_mail").glob("*.eml"))) == 1


def test_a_recovery_follows_only_what_was_told(run, clock, staff_mails):
    an_incident(clock, "told")
    deliver_incidents(run)
    an_incident(clock, "never told")
    clock.advance(minutes=5)
    for key in ("told", "never told"):
        resolve_incident("test", key, now=clock.now(), resolution="It works again. It lasted 5 min")
    assert [deliver_incidents(run), deliver_incidents(run)] == [1, 0]
    assert [mail["Subject"] for mail in staff_mails()] == ["Something broke", "It works again"]


def test_a_mail_goes_to_staff_by_the_mail_server(run, clock, server):
    an_incident(clock)
    assert deliver_incidents(run) == 1
    assert server.mails[0].recipients == ["owner@agency.example"]
    assert Effect.objects.get().response.startswith("250")


def test_a_passing_failure_is_tried_again_later(run, clock, server):
    an_incident(clock, "1")
    an_incident(clock, "2")
    server.script["DATA"] = "451 4.3.0 Try later"
    assert deliver_incidents(run) == 0
    assert len(server.recipients_asked) == 1  # the rest waits for a server that works
    server.script.clear()
    assert deliver_incidents(run) == 2
    assert len(server.mails) == 2


def test_a_mail_of_unknown_fate_is_not_repeated_and_holds_nothing_up(run, clock, server):
    an_incident(clock, "1")
    server.script["DOT"] = DROP
    assert deliver_incidents(run) == 0
    server.script.clear()
    an_incident(clock, "2")
    assert [deliver_incidents(run), deliver_incidents(run)] == [1, 0]
    assert len(server.mails) == 2
    assert set(Effect.objects.values_list("status", flat=True)) == {"unknown", "done"}


def test_a_refused_recipient_is_given_up(run, clock, server):
    an_incident(clock)
    server.script["RCPT"] = "550 5.1.1 No such box"
    assert [deliver_incidents(run), deliver_incidents(run)] == [0, 0]
    assert server.recipients_asked == ["owner@agency.example"]


def test_a_server_that_refuses_us_is_left_alone_for_a_while(run, clock, server):
    an_incident(clock)
    server.script["MAIL"] = "550 5.7.1 Not you"
    assert [deliver_incidents(run), deliver_incidents(run)] == [0, 0]
    assert Effect.objects.get().calls == 1
    assert Switch.objects.get().scope == "source:staff_mail"
    server.script.clear()
    clock.advance(minutes=31)
    assert deliver_incidents(run) == 1


def test_nothing_leaves_while_everything_is_paused(run, clock, staff_mails):
    an_incident(clock)
    switches.pause("everything", by="owner", why="a break", now=clock.now())
    assert deliver_incidents(run) == 0
    switches.resume("everything", by="owner", now=clock.now())
    assert deliver_incidents(run) == 1
    assert len(staff_mails()) == 1


def test_a_title_cannot_add_a_header_or_markup(run, clock, staff_mails):
    an_incident(clock, title="Broken\r\nBcc: all@town.example <script>")
    deliver_incidents(run)
    [mail] = staff_mails()
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Broken Bcc: all@town.example <script>"
    assert "<script>" not in mail.get_body(("html",)).get_content()


def test_a_report_is_delivered_once(run, clock, staff_mails):
    report = a_report(clock)
    assert deliver_report(report, run) is True
    assert deliver_reports(run) == 0
    DailyReport.objects.update(delivered_at=None)
    assert deliver_reports(run) == 1
    assert [mail["Subject"] for mail in staff_mails()] == ["Sun 1 Mar"]
    assert Effect.objects.get().calls == 1


def test_a_report_that_failed_is_tried_while_it_is_news(run, clock, server):
    a_report(clock)
    server.script["MAIL"] = "451 4.3.0 Try later"
    assert deliver_reports(run) == 0
    clock.advance(days=1)
    server.script.clear()
    assert deliver_reports(run) == 1


def test_an_old_report_is_not_delivered_any_more(run, clock, server):
    a_report(clock)
    clock.advance(days=3, seconds=1)
    assert deliver_reports(run) == 0
    assert server.mails == []


def test_the_beat_delivers_what_is_open(run, clock, staff_mails):
    an_incident(clock)
    a_report(clock)
    done = beat(run).rows
    assert (done["incidents delivered"], done["reports delivered"]) == (1, 1)
    done = beat(run).rows
    assert "incidents delivered" not in done
    assert {mail["Subject"] for mail in staff_mails()} == {"Something broke", "Sun 1 Mar"}
