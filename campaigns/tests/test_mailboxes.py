"""Who writes: a mailbox sends only where its domain's DNS is known to be good and a person said so."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections

from campaigns import mailboxes
from campaigns.mailboxes import MayNotSend
from campaigns.models import Campaign, Mailbox, SenderDomain
from campaigns.tests.factories import make_campaign, make_message
from campaigns.transports.outbox import OutboxTransport
from campaigns.transports.smtp import SmtpTransport
from pipeline.errors import BadData

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SERVER = "smtp://127.0.0.1:2525"


@pytest.fixture(autouse=True)
def senders(settings: Any) -> None:
    settings.MAIL_FROM = "hello@fernhill.example"
    settings.MAIL_URL = SERVER
    settings.MAIL_URLS = {"sales": "smtp://127.0.0.1:2526"}
    settings.IMAP_URLS = {"sales": "imap://ann:secret@127.0.0.1:143/"}
    settings.MAIL_PACING = True


def dns_is(ok: bool | None, *, at: datetime | None = NOW) -> None:
    SenderDomain.objects.update(dns_ok=ok, dns_checked_at=at)


def active(address: str, **fields: Any) -> Mailbox:
    box = mailboxes.add_mailbox(address, now=NOW)
    changed = {"state": "active", "active_since": NOW, "state_changed_by": "ann"} | fields
    Mailbox.objects.filter(pk=box.pk).update(**changed)
    dns_is(True)
    box.refresh_from_db()
    return box


def test_default_mailbox_on_the_outbox_is_active_at_once_and_made_once(settings: Any) -> None:
    settings.MAIL_URL = ""
    box = mailboxes.default_mailbox(now=NOW)
    assert (box.address, box.domain.name, box.state) == (
        "hello@fernhill.example",
        "fernhill.example",
        "active",
    )
    assert mailboxes.default_mailbox(now=NOW + timedelta(days=1)) == box
    assert not mailboxes.is_paced(box)
    assert mailboxes.why_silent(box) == ""
    assert isinstance(mailboxes.transport_of(box), OutboxTransport)


def test_default_mailbox_on_a_server_waits_for_its_dns_and_a_person() -> None:
    box = mailboxes.default_mailbox(now=NOW)
    assert box.state == "setup"
    assert mailboxes.is_paced(box)
    assert "not active yet" in mailboxes.why_silent(box)
    assert isinstance(mailboxes.transport_of(box), SmtpTransport)


def test_pacing_switched_off_opens_a_server_at_once(settings: Any) -> None:
    settings.MAIL_PACING = False
    assert mailboxes.default_mailbox(now=NOW).state == "active"


def test_mailbox_of_the_outbox_is_set_up_anew_when_a_server_comes(settings: Any) -> None:
    settings.MAIL_URL = ""
    mailboxes.default_mailbox(now=NOW)
    settings.MAIL_URL = SERVER
    box = mailboxes.default_mailbox(now=NOW + timedelta(days=200))
    assert (box.state, box.active_since) == ("setup", None)
    dns_is(True)
    mailboxes.activate(box, now=NOW + timedelta(days=200), by="ann")
    assert mailboxes.cap_today(box, now=NOW + timedelta(days=200)) == box.ramp_start
    assert mailboxes.default_mailbox(now=NOW + timedelta(days=201)).state == "active"


@pytest.mark.parametrize(
    ("ok", "at", "says"),
    [(None, None, "checked first"), (None, NOW, "could not be read"), (False, NOW, "Mend the DNS")],
)
def test_mailbox_is_not_activated_before_its_dns_is_known_to_be_good(
    ok: bool | None, at: datetime | None, says: str
) -> None:
    box = mailboxes.default_mailbox(now=NOW)
    dns_is(ok, at=at)
    with pytest.raises(MayNotSend, match=says):
        mailboxes.activate(box, now=NOW, by="ann")
    assert Mailbox.objects.get().state == "setup"


def test_activate_pause_and_resume_keep_who_when_and_why() -> None:
    box = mailboxes.default_mailbox(now=NOW)
    dns_is(True)
    mailboxes.activate(box, now=NOW, by="ann")
    later = NOW + timedelta(hours=1)
    mailboxes.pause(box, why="The provider complains", now=later, by="bob")
    stored = Mailbox.objects.get()
    assert (stored.state, stored.state_changed_by, stored.state_changed_at) == ("paused", "bob", later)
    assert "The provider complains" in mailboxes.why_silent(stored)
    mailboxes.resume(stored, now=later, by="ann")
    assert (stored.state, stored.paused_why, stored.active_since) == ("active", "", NOW)


def test_mailbox_with_bad_dns_is_not_resumed() -> None:
    box = active("hello@fernhill.example")
    mailboxes.pause(box, why="Holiday", now=NOW, by="ann")
    dns_is(False)
    with pytest.raises(MayNotSend, match="Mend the DNS"):
        mailboxes.resume(box, now=NOW, by="ann")


def test_mailbox_that_never_was_active_goes_back_to_setup() -> None:
    box = mailboxes.default_mailbox(now=NOW)
    mailboxes.pause(box, why="Not this one", now=NOW, by="ann")
    mailboxes.resume(box, now=NOW, by="ann")
    assert Mailbox.objects.get().state == "setup"


def test_a_persons_pause_is_left_alone(settings: Any) -> None:
    settings.MAIL_URL = ""
    box = mailboxes.default_mailbox(now=NOW)
    mailboxes.pause(box, why="No mail this week", now=NOW, by="ann")
    assert mailboxes.default_mailbox(now=NOW).state == "paused"


def test_two_people_at_once_are_told() -> None:
    box, other = active("hello@fernhill.example"), Mailbox.objects.get()
    mailboxes.pause(box, why="mine", now=NOW, by="ann")
    with pytest.raises(MayNotSend, match="somebody else"):
        mailboxes.pause(other, why="his", now=NOW, by="bob")


def test_ramp_grows_by_the_day_up_to_the_cap() -> None:
    box = active("hello@fernhill.example", ramp_start=5, ramp_step=2, daily_cap=40)
    days = [mailboxes.cap_today(box, now=NOW + timedelta(days=day)) for day in (0, 1, 2, 17, 18, 400)]
    assert days == [5, 7, 9, 39, 40, 40]


def test_choice_is_by_what_each_may_still_send_and_stays_with_its_seed() -> None:
    small = active("ann@fernhill.example", ramp_start=10, ramp_step=0)
    large = active("bob@fernhill.example", ramp_start=30, ramp_step=0)
    seeds = [f"campaign-{number}" for number in range(400)]
    chosen = [mailboxes.choose_mailbox(now=NOW, seed=seed) for seed in seeds]
    assert chosen == [mailboxes.choose_mailbox(now=NOW, seed=seed) for seed in seeds]
    counts = Counter(chosen)
    assert 60 < counts[small] < 140  # a quarter of 400
    assert counts[small] + counts[large] == 400


def test_mailbox_without_room_today_is_passed_over_while_another_has_some() -> None:
    full = active("ann@fernhill.example", ramp_start=1, ramp_step=0)
    make_message(campaign=make_campaign(mailbox=full))
    free = active("bob@fernhill.example", ramp_start=2, ramp_step=0)
    for seed in range(20):
        assert mailboxes.choose_mailbox(now=NOW, seed=str(seed)) == free
    for _ in range(2):
        make_campaign(mailbox=free)
    assert {mailboxes.choose_mailbox(now=NOW, seed=str(seed)) for seed in range(40)} == {full, free}
    assert Campaign.objects.count() == 3


def test_where_none_is_active_the_default_one_is_written_from() -> None:
    paused = active("ann@fernhill.example")
    mailboxes.pause(paused, why="Holiday", now=NOW, by="ann")
    assert mailboxes.choose_mailbox(now=NOW, seed="1").address == "hello@fernhill.example"


def test_mailbox_by_another_transport_is_paused_by_a_name_of_its_own() -> None:
    box = mailboxes.add_mailbox("sales@fernhill.example", now=NOW, transport="sales", imap="sales", by="ann")
    transport = mailboxes.transport_of(box)
    assert isinstance(transport, SmtpTransport)
    assert (transport.name, transport.server.port) == ("mail.sales", 2526)


@pytest.mark.parametrize(
    ("address", "names", "says"),
    [
        ("not an address", {}, "plain mail address"),
        ("ann@fernhill.example", {"transport": "nowhere"}, "MAIL_URL_NOWHERE is not set"),
        ("ann@fernhill.example", {"imap": "nowhere"}, "IMAP_URL_NOWHERE is not set"),
    ],
)
def test_mailbox_that_could_not_work_is_refused(address: str, names: dict[str, str], says: str) -> None:
    with pytest.raises(BadData, match=says):
        mailboxes.add_mailbox(address, now=NOW, **names)
    assert not Mailbox.objects.exists()


def test_mailbox_whose_transport_left_the_environment_is_not_chosen(settings: Any) -> None:
    box = active("sales@fernhill.example", transport="sales")
    settings.MAIL_URLS = {}
    assert mailboxes.choose_mailbox(now=NOW, seed="1") != box
    with pytest.raises(ImproperlyConfigured, match="MAIL_URL_SALES is not set"):
        mailboxes.transport_of(box)


@pytest.mark.parametrize(
    ("setting", "urls", "says"),
    [
        ("MAIL_URLS", {"sales": "smtp://ann:hush@mail.example"}, "MAIL_URL_SALES would send its password in the clear"),
        ("MAIL_URLS", {"sales": "gopher:hush"}, "MAIL_URL_SALES is empty, outbox:, smtp://"),
        ("MAIL_URLS", {"a-b": SERVER}, "MAIL_URL_A-B: the name must be"),
        ("MAIL_URLS", {"default": SERVER}, "MAIL_URL_DEFAULT is called MAIL_URL"),
        ("IMAP_URLS", {"sales": "imap://ann:hush@mail.example/"}, "would send its password in the clear"),
        ("IMAP_URLS", {"sales": "https://ann:hush@mail.example/"}, "IMAP_URL_SALES must look like"),
        ("IMAP_URLS", {"sales": "imaps://mail.example/hush"}, "IMAP_URL_SALES must look like"),
        ("IMAP_URLS", {"sales": "imaps://ann:hush@mail.example:99999/"}, "IMAP_URL_SALES must look like"),
    ],
)  # fmt: skip
def test_address_that_cannot_be_used_is_told_at_the_start(
    setting: str, urls: dict[str, str], says: str, settings: Any
) -> None:
    setattr(settings, setting, urls)
    with pytest.raises(SystemCheckError) as caught:
        call_command("check")
    assert says in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.django_db(transaction=True)
def test_default_mailbox_is_made_by_many_workers_at_once(settings: Any) -> None:
    settings.MAIL_URL = ""
    start = threading.Barrier(6)

    def ask(_: int) -> str:
        try:
            start.wait(timeout=30)
            return mailboxes.default_mailbox(now=NOW).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == [Mailbox.State.ACTIVE] * 6
    assert Mailbox.objects.count() == 1
