"""Staff are told once when too much fails, and once when it is over."""

from datetime import timedelta

import pytest

from monitoring.alerts import alert_on_failures
from monitoring.models import CycleRun
from monitoring.tests.factories import make_campaign, make_site, note_move
from pipeline.models import ClusterHeartbeat, Incident, ScheduleSlot

pytestmark = pytest.mark.django_db


def build_sites(at, *, good, bad, reason="The theme check refused it"):
    for number in range(good + bad):
        site = make_site(at)
        note_move(site, "completed" if number < good else "failed", at, reason=reason)


def send_mails(at, *, good, bad):
    for number in range(good + bad):
        note_move(make_campaign(at), "sent" if number < good else "failed", at)


def open_titles():
    return list(Incident.objects.filter(resolved_at__isnull=True).values_list("title", flat=True))


def test_six_failed_sites_of_ten_are_one_alert(run, clock, staff_mails):
    build_sites(clock.now() - timedelta(hours=1), good=4, bad=6)
    alert_on_failures(run)
    assert open_titles() == ["Sites fail: 6 of 10 in 24 h, limit 50 %"]
    [mail] = staff_mails()
    assert mail["Subject"] == "Sites fail: 6 of 10 in 24 h, limit 50 %"
    text = mail.get_body(("plain",)).get_content()
    assert "Since 08:00, 6 sites failed, all for one cause: The theme check refused it." in text


def test_one_failed_site_of_one_is_no_alert(run, clock, staff_mails):
    build_sites(clock.now() - timedelta(hours=1), good=0, bad=1)
    alert_on_failures(run)
    assert (open_titles(), staff_mails()) == ([], [])


def test_five_of_five_is_an_alert_at_the_smallest_sample(run, clock):
    build_sites(clock.now() - timedelta(hours=1), good=0, bad=5)
    alert_on_failures(run)
    assert open_titles() == ["Sites fail: 5 of 5 in 24 h, limit 50 %"]


def test_exactly_half_is_no_alert(run, clock):
    build_sites(clock.now() - timedelta(hours=1), good=5, bad=5)
    alert_on_failures(run)
    assert open_titles() == []


def test_failures_before_the_window_do_not_count(run, clock):
    build_sites(clock.now() - timedelta(hours=24, seconds=1), good=0, bad=9)
    alert_on_failures(run)
    assert open_titles() == []


def test_a_site_that_was_built_and_failed_to_go_online_counts_once(run, clock):
    at = clock.now() - timedelta(hours=1)
    for _ in range(6):
        site = make_site(at)
        note_move(site, "completed", at)
        note_move(site, "failed", at)
    alert_on_failures(run)
    assert open_titles() == ["Sites fail: 6 of 6 in 24 h, limit 50 %"]


def test_mails_have_their_own_limit(run, clock):
    send_mails(clock.now() - timedelta(hours=1), good=6, bad=4)
    alert_on_failures(run)
    assert open_titles() == ["Mails fail: 4 of 10 in 24 h, limit 30 %"]


def test_limits_come_from_the_settings(run, clock, settings):
    settings.GENERATION_FAILURE_ALERT = 0.6
    settings.ALERT_MIN_SAMPLES = 11
    build_sites(clock.now() - timedelta(hours=1), good=3, bad=7)
    alert_on_failures(run)
    assert open_titles() == []
    settings.ALERT_MIN_SAMPLES = 10
    alert_on_failures(run)
    assert open_titles() == ["Sites fail: 7 of 10 in 24 h, limit 60 %"]


def test_an_alert_is_said_once_however_long_it_lasts(run, clock, staff_mails):
    build_sites(clock.now() - timedelta(hours=1), good=0, bad=9)
    for _ in range(4):
        alert_on_failures(run)
        clock.advance(minutes=15)
    assert len(staff_mails()) == 1
    assert Incident.objects.get().count == 4


def test_recovery_is_told_once_with_how_long_it_lasted(run, clock, staff_mails):
    build_sites(clock.now() - timedelta(hours=22), good=0, bad=6)
    alert_on_failures(run)
    clock.advance(hours=2, minutes=50)
    build_sites(clock.now() - timedelta(minutes=5), good=9, bad=0)
    for _ in range(3):
        alert_on_failures(run)
        clock.advance(minutes=15)
    incident = Incident.objects.get()
    assert incident.resolution == "Sites work again: 9 of 9 in 24 h. It lasted 2 h 50 min"
    assert [mail["Subject"] for mail in staff_mails()] == [
        "Sites fail: 6 of 6 in 24 h, limit 50 %",
        "Sites work again: 9 of 9 in 24 h",
    ]
    assert incident.recovery_delivered_at is not None


def test_silence_is_no_recovery(run, clock):
    build_sites(clock.now() - timedelta(hours=1), good=0, bad=6)
    alert_on_failures(run)
    clock.advance(days=2)
    alert_on_failures(run)
    assert len(open_titles()) == 1


def test_a_few_good_sites_and_no_bad_one_are_a_recovery(run, clock):
    build_sites(clock.now() - timedelta(hours=1), good=0, bad=6)
    alert_on_failures(run)
    clock.advance(days=2)
    build_sites(clock.now() - timedelta(hours=1), good=2, bad=0)
    alert_on_failures(run)
    assert open_titles() == []


def test_a_second_breakdown_is_a_second_incident(run, clock, staff_mails):
    for _ in range(2):
        build_sites(clock.now() - timedelta(hours=1), good=0, bad=6)
        alert_on_failures(run)
        clock.advance(days=2)
        build_sites(clock.now() - timedelta(hours=1), good=6, bad=0)
        alert_on_failures(run)
        clock.advance(days=2)
    assert Incident.objects.count() == 2
    assert len(staff_mails()) == 4


def test_an_unfit_system_is_an_alert_and_its_recovery(run, clock, settings, staff_mails):
    floor, settings.DISK_FLOOR_MB = settings.DISK_FLOOR_MB, 10**12
    alert_on_failures(run)
    incident = Incident.objects.get()
    assert (incident.kind, incident.key, incident.severity) == ("health", "disk", "critical")
    assert incident.title.startswith("Work stands still: only ")
    settings.DISK_FLOOR_MB = floor
    clock.advance(minutes=10)
    alert_on_failures(run)
    assert staff_mails()[1]["Subject"] == "Work goes on: disk in order again"


def watched(clock):
    """The system ran half an hour ago."""
    CycleRun.objects.create(started_at=clock.now() - timedelta(minutes=30), term=1, health="ok")


def late_slot(clock, *, minutes):
    at = clock.now() - timedelta(minutes=minutes)
    return ScheduleSlot.objects.create(
        task="health_check", slot=at, status="done", started_at=at, finished_at=at
    )


def test_a_missed_schedule_is_an_alert(run, clock):
    watched(clock)
    late_slot(clock, minutes=20)
    alert_on_failures(run)
    assert open_titles() == ["Schedules are late: health_check"]
    ScheduleSlot.objects.create(task="health_check", slot=clock.now(), status="done", started_at=clock.now())
    alert_on_failures(run)
    assert Incident.objects.get().resolution == "Schedules are on time again. It lasted 1 min"


def test_a_schedule_that_was_late_while_all_was_off_is_no_alert(run, clock):
    late_slot(clock, minutes=60 * 14)
    alert_on_failures(run)
    assert open_titles() == []


def test_a_silent_worker_is_an_alert(run, clock):
    watched(clock)
    heartbeat = ClusterHeartbeat.objects.create(
        queue="generation", announced_at=clock.now() - timedelta(minutes=5), answered_at=clock.now()
    )
    alert_on_failures(run)
    assert open_titles() == ["No worker answers on generation"]
    heartbeat.announced_at = clock.now()
    heartbeat.save()
    alert_on_failures(run)
    assert open_titles() == []


def test_what_others_opened_is_left_to_them(run, clock):
    Incident.objects.create(
        kind="bug", key="x", title="A bug", opened_at=clock.now(), last_seen_at=clock.now()
    )
    alert_on_failures(run)
    assert open_titles() == ["A bug"]
