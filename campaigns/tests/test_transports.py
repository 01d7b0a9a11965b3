"""What every transport promises, and how MAIL_URL chooses one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from campaigns.tests.letters import MESSAGE_ID, RECIPIENT, SENDER, make_mail
from campaigns.tests.mail_server import MailServer
from campaigns.transports.base import Transport
from campaigns.transports.outbox import OutboxTransport
from campaigns.transports.registry import transport_from_url
from campaigns.transports.smtp import SmtpServer, SmtpTransport
from pipeline.effects import Policy
from pipeline.errors import BadData


class Outside:
    """A transport and what has arrived on its other side."""

    def __init__(self, transport: Transport, root: Path, server: MailServer) -> None:
        self.transport, self.root, self.server = transport, root, server

    def arrived(self) -> list[bytes]:
        return [path.read_bytes() for path in self.root.glob("*")] + [mail.body for mail in self.server.mails]


@pytest.fixture(params=["outbox:", "smtp"])
def outside(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outside]:
    root = tmp_path / "contract"
    with MailServer() as server:
        url = f"smtp://127.0.0.1:{server.port}" if request.param == "smtp" else request.param
        yield Outside(transport_from_url(url, root), root, server)


def deliver(outside: Outside, message: bytes, **changes: str) -> None:
    envelope = {"sender": SENDER, "recipient": RECIPIENT, "message_id": MESSAGE_ID} | changes
    delivery = outside.transport.deliver(message, **envelope)
    assert delivery.reply.startswith("250 ")
    assert isinstance(delivery.ref, str)


def test_contract_bytes_arrive_as_they_were_frozen(outside: Outside):
    deliver(outside, make_mail())
    assert outside.arrived() == [make_mail()]


def test_contract_name_and_policy_are_known_to_the_ledger(outside: Outside):
    assert outside.transport.name
    assert Policy(outside.transport.policy) is not Policy.KEYED


def test_contract_policy_is_kept(outside: Outside):
    """Idempotent means that a repeat is harmless, ask that `find` knows, park that nobody can tell."""
    deliver(outside, make_mail())
    if outside.transport.policy == "idempotent":
        deliver(outside, make_mail())
        assert len(outside.arrived()) == 1
    if outside.transport.policy == "park":
        assert outside.transport.find("<never.sent@fernhill.example>") is None
    else:
        assert outside.transport.find(MESSAGE_ID) is True


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": f"{RECIPIENT}, other@brooklane.example"},
        {"recipient": f"{RECIPIENT}>\r\nRCPT TO:<other@brooklane.example"},
        {"recipient": ""},
        {"sender": "a@b.example\nX"},
        {"envelope_sender": "bounce+x@b.example>\r\nRCPT TO:<other@brooklane.example"},
        {"message_id": "<../../a@b.example>"},
        {"message_id": "../a"},
    ],
)
def test_contract_refuses_a_hostile_envelope(outside: Outside, changes: dict[str, str]):
    with pytest.raises(BadData):
        deliver(outside, make_mail(), **changes)
    assert outside.arrived() == []
    assert outside.server.recipients_asked == []


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"Subject: no body\r\n",
        make_mail()[:-2],
        make_mail().replace(b"\r\n", b"\n"),
        make_mail() + b"smuggled\n.\nMAIL FROM:<x@evil.example>\r\n",
        make_mail() + b"bare \r return\r\n",
        make_mail() + b"x" * 1_000 + b"\r\n",
    ],
    ids=["empty", "no body", "open end", "bare LF", "smuggled", "bare CR", "endless line"],
)
def test_contract_refuses_bytes_that_are_not_in_wire_form(outside: Outside, message: bytes):
    with pytest.raises(BadData):
        deliver(outside, message)
    assert outside.arrived() == []


@pytest.mark.parametrize("url", ["", "  ", "outbox:"])
def test_no_mail_url_means_the_outbox(url: str, tmp_path: Path):
    transport = transport_from_url(url, tmp_path)
    assert isinstance(transport, OutboxTransport)
    assert transport.root == tmp_path


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://mail.example:2525", SmtpServer("mail.example", 2525)),
        ("smtp://mail.example?tls=starttls", SmtpServer("mail.example", 587, "starttls")),
        ("smtp://mail.example/?tls=ssl", SmtpServer("mail.example", 465, "ssl")),
        ("smtps://mail.example", SmtpServer("mail.example", 465, "ssl")),
        ("SMTP://a%40b.example:p%3Aw%2F@mail.example:587?tls=starttls",
         SmtpServer("mail.example", 587, "starttls", "a@b.example", "p:w/")),
        ("smtp://a@b.example:pw@mail.example?tls=ssl", SmtpServer("mail.example", 465, "ssl", "a@b.example", "pw")),
        ("smtp://ann:pw@127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "none", "ann", "pw")),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025)),
    ],
)  # fmt: skip
def test_mail_url_names_the_server(url: str, server: SmtpServer, tmp_path: Path):
    transport = transport_from_url(url, tmp_path)
    assert isinstance(transport, SmtpTransport)
    assert transport.server == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "sendmail:",
        "smtp:",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example:port",
        "smtp://mail.example:99999",
        "smtp://mail..example",
        "smtp://mail.example/path",
        "smtp://mail.example?tls=maybe",
        "smtp://mail.example?tls",
        "smtp://mail.example?timeout=3",
        "smtps://mail.example?tls=starttls",
        "smtp://ann@mail.example?tls=ssl",
        "smtp://:hush-hush@mail.example?tls=ssl",
        "smtp://ann:hush-hush@mail.example",
        "smtp://ann:hush-hush-é@mail.example?tls=ssl",
        "smtp://ann:hush-hush@[mail.example",
    ],
)
def test_wrong_mail_url_is_one_clear_line_without_the_password(url: str, tmp_path: Path):
    with pytest.raises(ImproperlyConfigured) as caught:
        transport_from_url(url, tmp_path)
    assert str(caught.value).startswith("MAIL_URL ")
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)
