"""The DNS of senders, asked of a name server on loopback: what is wrong is named, what is not known is no verdict."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import dns_lookups, mailboxes, sender_dns
from campaigns.dns_checks import Check, Sender, check_sender, rsa_bits, verdict_of
from campaigns.models import Mailbox, SenderDomain
from campaigns.tests.dns_server import CONTROL, SERVFAIL, SILENCE, DnsServer
from pipeline.clock import VirtualClock
from pipeline.models import Incident
from pipeline.runner import Run

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DOMAIN = "fernhill.example"
type Records = Mapping[str, list[str] | str]
# Public keys that were made for these tests; the private halves were thrown away.
KEY_768 = (
    "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhALnZgT6TmQmdMGA3krguE7bean2dgpt60ugh4V5ZpG0jRggDC3Zzuw4/G7xmGLIZ"
    "M3A9Mxvpx4tpPyQW8WWLLHuT0CrKrQMOSUJJqEkm/gTNwFNuXSqLy3fbNNVBxNnzbwIDAQAB"
)
KEY_1024 = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7uFnfKXiqbto9F6XGvEGSmn5KSQn/ehC8gbob8c3+4s3qm8/RCbr0dHU9"
    "jgk+l2NHq5kA9JJtU8gngqPk8VbUKq1xTh9HAV4hdAmlVAWjNwejkCY3wzkHj9fQBr5J8rnbjUkYlu5bpVPQigZevFvqH1ta"
    "+CPw/MnPdcMTbXWebQIDAQAB"
)
KEY_2048 = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAiOPZL6ODanhitCuXkK1RZwGTGRyffv692/EEKdtz+jps8pRgtkxj"
    "rzUC1tI4fiIHmFcIEPlp4ayesG1rrick0NOPHi66pOqsTNNj171NJDzZ7k6I1q/havmn0YfvY0ydijsUEwzAyRiEaQv+7YNj"
    "XJaSDvmg8deHohFg6iTPpDciv+BcEZLe3TkUFcWxsWBajJ8he+2JDVbUbHj0olEroiUg/rYNfERWiC2OCoAUKItVmrDXPGRu"
    "AODIlI6LPVcCBju9QBNGtILS5hGPzaZpcSCkE8XuYjnG557krTajVWyuX1zh7OVRPrIguyo8DT2Vi3Bc7R+WxCotNEKVToaI"
    "aQIDAQAB"
)
BARE_2048 = (
    "MIIBCgKCAQEA2mCRUlOvJKU9qgt4eaLTpjVqOFra9SFMPXVMC3Z97hDZv7SzeFNfZuZ6Lp2vpL9pmZDeH15vhqMp3nNcVKoS"
    "5BbqpP7/wmXXY8EpLCUbcRJSwiJLqx1eqEMV2bmxeHQtI2SM9HC8Qmk4HuYyjaOPb2SuHdnhfdEQIei0mGIjGO00UjIkl8jC"
    "mIb6jgzph0wCDaRrrANERgX4dZ7muo8rN2MCKpV4xBsf8E7qYg7ClJ/C40XpafmZ26mBFVZmqUb+tV4RhysTezwRXZOouNTF"
    "AdTpKcsewcVvMkoDX6JQaqjK2/DCxlMzLTy+VlR6Gik61N0tWqb1rvkur85kfQQnnwIDAQAB"
)
DKIM = f"mail._domainkey.{DOMAIN} TXT"
SPF = f"{DOMAIN} TXT"
DMARC = f"_dmarc.{DOMAIN} TXT"
MX = f"{DOMAIN} MX"
GOOD: Records = {
    SPF: ["some-other-proof=1", "v=spf1 ip4:192.0.2.0/28 include:spf.relay.example -all"],
    "spf.relay.example TXT": ["v=spf1 ip4:198.51.100.0/24 ~all"],
    DKIM: [f"v=DKIM1; k=rsa; p={KEY_2048}"],
    DMARC: ["v=DMARC1; p=none; rua=mailto:dmarc@fernhill.example"],
    MX: ["10 mx.fernhill.example.", "20 mx2.fernhill.example."],
    "mx.fernhill.example A": ["192.0.2.25"],
    "smtp.relay.example A": ["198.51.100.7"],
    "7.100.51.198.in-addr.arpa PTR": ["out7.relay.example."],
}


def look(records: Records | None = None, **over: Any) -> dict[str, Check]:
    """Return the checks by name (the SPF and MX of the domain itself) over the good records and these."""
    fields: dict[str, Any] = {
        "domain": DOMAIN, "selector": "mail", "bounce_domains": (DOMAIN,), "reply_domains": (),
        "server": "smtp.relay.example",
    } | over  # fmt: skip
    with DnsServer({**GOOD, **(records or {})}) as server:
        checks = check_sender(Sender(**fields), server.view)
    named: dict[str, Check] = {}
    for check in checks:
        named.setdefault(check.name, check)
    verdict = verdict_of(checks)
    named["all"] = Check("all", "", "unknown" if verdict is None else "good" if verdict else "bad", "")
    return named


def test_domain_in_order_is_good() -> None:
    found = look()
    assert {name: check.state for name, check in found.items()} == dict.fromkeys(
        ("spf", "dkim", "dmarc", "mx", "alignment", "server", "all"), "good"
    )
    assert "1 of 10" in found["spf"].found
    assert "2048 bits" in found["dkim"].found
    assert "out7.relay.example" in found["server"].found


def many_includes(count: int) -> Records:
    records: dict[str, list[str] | str] = {
        SPF: ["v=spf1 " + " ".join(f"include:s{number}.example" for number in range(count)) + " -all"]
    }
    return records | {f"s{number}.example TXT": ["v=spf1 ip4:203.0.113.1 -all"] for number in range(count)}


@pytest.mark.parametrize(
    ("records", "state", "says"),
    [
        ({SPF: ["nothing of the kind"]}, "bad", "has no SPF record"),
        ({SPF: ["v=spf1 -all", "v=spf1 mx -all"]}, "bad", "2 SPF records"),
        ({SPF: ["v=spf1 ip4:192.0.2.1 +all"]}, "bad", "lets everybody send"),
        ({SPF: ["v=spf1 ip4:192.0.2.1 all"]}, "bad", "lets everybody send"),
        ({SPF: ["v=spf1 ip4:192.0.2.1 ?all"]}, "warn", "says nothing about strangers"),
        ({SPF: ["v=spf1 ip4:192.0.2.1"]}, "warn", "says nothing about strangers"),
        ({SPF: ["v=spf1 ip4:192.0.2.1.9 -all"]}, "bad", "is no address"),
        ({SPF: ["v=spf1 -all wrong:word"]}, "good", "0 of 10"),  # nothing after all is read
        ({SPF: ["v=spf1 wrong:word -all"]}, "bad", "wrong:word"),
        ({SPF: ["v=spf1 include:nowhere.example -all"]}, "bad", "nowhere.example, which has no SPF record"),
        ({SPF: [f"v=spf1 include:{DOMAIN} -all"]}, "bad", "includes itself"),
        ({SPF: ["v=spf1 redirect=spf.relay.example"]}, "good", "1 of 10"),
        ({SPF: ["V=SPF1 MX A -ALL"]}, "good", "2 of 10"),
        ({SPF: ["v=spf1 a:x1.example a:x2.example a:x3.example -all"]}, "warn", "lead nowhere"),
        ({SPF: ["v=spf1 exists:%{i}.spf.example ptr -all"]}, "good", "2 of 10"),
        (many_includes(10), "good", "10 of 10"),
        (many_includes(11), "bad", "more than 10 look-ups"),
    ],
)  # fmt: skip
def test_spf(records: Records, state: str, says: str) -> None:
    check = look(records)["spf"]
    assert check.state == state
    assert says in f"{check.found} {check.advice}"


@pytest.mark.parametrize(
    ("records", "state", "says"),
    [
        ({DKIM: []}, "bad", "holds no key"),
        ({DKIM: ["v=DKIM1; p="]}, "bad", "withdrawn"),
        ({DKIM: [f"v=DKIM1; p={KEY_768}"]}, "bad", "768 bits"),
        ({DKIM: [f"v=DKIM1; p={KEY_1024}"]}, "warn", "1024 bits"),
        ({DKIM: [f"v=DKIM1; p={KEY_2048[:200]} {KEY_2048[200:]}"]}, "good", "2048 bits"),
        ({DKIM: [f"v=DKIM1; p={BARE_2048}"]}, "good", "2048 bits"),
        ({DKIM: [f"v=DKIM1; t=y; p={KEY_2048}"]}, "warn", "test"),
        ({DKIM: [f"v=DKIM1; p={KEY_2048[:-40]}"]}, "bad", "cannot be read"),
        ({DKIM: ["v=DKIM1; p=not a key"]}, "bad", "cannot be read"),
        ({DKIM: ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]}, "warn", "RSA"),
        ({DKIM: [f"p={KEY_2048}", f"p={KEY_1024}"]}, "bad", "2 keys"),
    ],
)  # fmt: skip
def test_dkim(records: Records, state: str, says: str) -> None:
    check = look(records)["dkim"]
    assert check.state == state
    assert says in f"{check.found} {check.advice}"


def test_domain_without_a_selector_cannot_be_good() -> None:
    found = look(selector="")
    assert (found["dkim"].state, found["all"].state) == ("bad", "bad")
    assert "selector" in found["dkim"].advice


@pytest.mark.parametrize(
    "key", ["", "AAAA", "MAA=", "MIGf", "MIIB", "////", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"]
)
def test_broken_key_has_no_length(key: str) -> None:
    assert rsa_bits(key) is None


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ({DMARC: []}, "bad"),
        ({DMARC: ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}, "bad"),
        ({DMARC: ["v=DMARC1; rua=mailto:a@b.example"]}, "bad"),
        ({DMARC: ["v=DMARC1;p=reject"]}, "good"),
    ],
)
def test_dmarc(records: Records, state: str) -> None:
    assert look(records)["dmarc"].state == state


def test_dmarc_of_the_domain_above_counts() -> None:
    below = f"mail.{DOMAIN}"
    records = {
        f"{below} TXT": GOOD[SPF], f"mail._domainkey.{below} TXT": GOOD[DKIM], f"{below} MX": GOOD[MX],
    }  # fmt: skip
    found = look(records, domain=below, bounce_domains=(below,))
    assert (found["dmarc"].state, found["all"].state) == ("good", "good")


@pytest.mark.parametrize(
    "records",
    [{MX: []}, {MX: ["0 ."]}, {MX: ["10 gone.fernhill.example."]}],
    ids=["none", "null", "leads nowhere"],
)
def test_domain_that_takes_no_answers_is_bad(records: Records) -> None:
    found = look(records)
    assert (found["mx"].state, found["all"].state) == ("bad", "bad")
    assert "lost" in found["mx"].advice


def test_domain_of_reply_to_must_take_mail_too() -> None:
    assert look(reply_domains=("desk.example",))["all"].state == "bad"
    good = {"desk.example MX": ["10 mx.fernhill.example."]}
    assert look(good, reply_domains=("desk.example",))["all"].state == "good"


def test_bounces_elsewhere_lean_on_the_signature_alone() -> None:
    elsewhere = {"bounce.relay.example TXT": ["v=spf1 -all"], "bounce.relay.example MX": GOOD[MX]}
    found = look(elsewhere, bounce_domains=("bounce.relay.example",))
    assert (found["alignment"].state, found["all"].state) == ("warn", "good")
    found = look({**elsewhere, DKIM: []}, bounce_domains=("bounce.relay.example",))
    assert found["alignment"].state == "bad"
    sub = {"bounce.fernhill.example TXT": ["v=spf1 -all"], "bounce.fernhill.example MX": GOOD[MX]}
    assert look(sub, bounce_domains=(f"bounce.{DOMAIN}",))["alignment"].state == "good"


def test_server_is_told_for_information_only() -> None:
    stranger = {"smtp.relay.example A": ["203.0.113.9"]}
    found = look(stranger)
    assert (found["server"].state, found["all"].state) == ("warn", "good")
    assert "does not name it" in found["server"].advice
    assert look({"smtp.relay.example A": []})["server"].state == "warn"


@pytest.mark.parametrize("fault", [SERVFAIL, SILENCE])
@pytest.mark.parametrize("name", [SPF, DKIM, DMARC, MX, "spf.relay.example TXT"])
def test_dns_that_fails_is_neither_good_nor_bad(
    name: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_lookups, "SECONDS", 0.1)
    found = look({name: fault})
    assert found["all"].state == "unknown"
    assert "bad" not in {check.state for check in found.values()}


def test_dns_that_denies_everything_is_not_believed() -> None:
    with DnsServer({}) as server:
        server.records = {"something A": ["192.0.2.1"]}  # not even the name that always is
        checks = check_sender(Sender(DOMAIN, "mail", (DOMAIN,), ()), server.view)
    assert {check.state for check in checks if check.name != "alignment"} == {"unknown"}
    assert f"{CONTROL} A" in server.asked


@pytest.mark.parametrize("name", ["a..b.example", "x" * 70 + ".example", "bücher.example", "a b.example"])
def test_odd_names_do_no_harm(name: str) -> None:
    assert look(domain=name, bounce_domains=(name,), reply_domains=(name,))["all"].state in ("bad", "unknown")


@pytest.fixture
def box(db: None, settings: Any) -> Mailbox:
    settings.MAIL_FROM, settings.MAIL_URL, settings.MAIL_PACING = (
        "hello@fernhill.example",
        "smtp://smtp.relay.example",
        True,
    )
    box = mailboxes.default_mailbox(now=NOW)
    SenderDomain.objects.update(dkim_selector="mail")
    return Mailbox.objects.select_related("domain").get(pk=box.pk)


def check(records: Records, *, at: datetime = NOW) -> SenderDomain:
    domain = SenderDomain.objects.get()
    with DnsServer({**GOOD, **records}) as server:
        sender_dns.check_domain(domain, now=at, dns=server.view)
    return SenderDomain.objects.get()


def test_what_was_found_is_stored_and_opens_the_way(box: Mailbox) -> None:
    domain = check({})
    assert (domain.dns_ok, domain.dns_checked_at) == (True, NOW)
    assert {entry["state"] for entry in domain.dns_report["checks"]} == {"good"}
    mailboxes.activate(box, now=NOW, by="ann")
    assert mailboxes.why_silent(Mailbox.objects.get()) == ""


def test_what_turns_bad_pauses_the_mailbox_and_tells_a_person_once(box: Mailbox) -> None:
    check({})
    mailboxes.activate(box, now=NOW, by="ann")
    for day in (1, 2):
        check({DKIM: []}, at=NOW + timedelta(days=day))
    stored = Mailbox.objects.get()
    assert stored.state == "paused"
    assert "holds no key" in stored.paused_why
    incident = Incident.objects.get()
    assert (incident.kind, incident.key, incident.count) == ("sender_dns", DOMAIN, 1)
    assert "Publish the DKIM record" in incident.detail
    check({}, at=NOW + timedelta(days=3))
    incident.refresh_from_db()
    assert incident.resolved_at is not None
    assert Mailbox.objects.get().state == "paused"  # a person lets it go on
    mailboxes.resume(Mailbox.objects.get(), now=NOW, by="ann")


def test_what_is_not_known_changes_nothing_and_is_told_after_three_days(box: Mailbox) -> None:
    check({})
    mailboxes.activate(box, now=NOW, by="ann")
    for hours in (24, 48, 95):
        domain = check({DKIM: SERVFAIL}, at=NOW + timedelta(hours=hours))
        assert (domain.dns_ok, Mailbox.objects.get().state) == (None, "active")
    assert not Incident.objects.exists()
    check({DKIM: SERVFAIL}, at=NOW + timedelta(hours=96))
    assert "three days" in Incident.objects.get().title
    assert mailboxes.why_silent(Mailbox.objects.get()) == ""


def test_the_look_is_taken_daily_and_sooner_where_nothing_was_learned(
    box: Mailbox, settings: Any, clock: VirtualClock
) -> None:
    looks = []
    for _ in range(27):
        looks.append(due(clock))
        clock.advance(hours=1)
    assert sum(looks) == 27  # no DNS in tests: nothing is learned
    SenderDomain.objects.update(dns_ok=True, dns_checked_at=clock.now())
    clock.advance(hours=23)
    assert due(clock) == 0
    clock.advance(hours=1)
    assert due(clock) == 1
    settings.MAIL_URL = ""
    clock.advance(days=2)
    assert due(clock) == 0  # the outbox asks no DNS


def due(clock: VirtualClock) -> int:
    return sender_dns.check_due_domains(Run(by="test", clock=clock))
