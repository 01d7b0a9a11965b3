"""What a real server's faults, phase by phase, are taken to mean."""

import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from campaigns.tests.letters import MESSAGE_ID, RECIPIENT, SENDER, make_mail
from campaigns.tests.mail_server import DROP, STALL, MailServer, pipelining
from campaigns.transports.base import Delivery, MessageRefused, RecipientRefused
from campaigns.transports.smtp import SmtpServer, SmtpTransport
from pipeline.errors import BadData, SourcePaused, StageError, Transient, Uncertain


def deliver(
    server: MailServer, message: bytes | None = None, *, timeout: float = 30, **options: Any
) -> Delivery:
    transport = SmtpTransport(SmtpServer("127.0.0.1", server.port, **options), timeout=timeout)
    return transport.deliver(
        message or make_mail(), sender=SENDER, recipient=RECIPIENT, message_id=MESSAGE_ID
    )


def failure(server: MailServer, message: bytes | None = None, **options) -> StageError:
    with pytest.raises(StageError) as caught:
        deliver(server, message, **options)
    return caught.value


__all__ = ["pipelining"]  # the fixture that plays each test with both kinds of servers


def test_deliver_sends_the_frozen_bytes_to_one_recipient():
    mail = make_mail()
    with MailServer() as server:
        delivery = deliver(server, mail)
    [received] = server.mails
    assert received.body == mail
    assert (received.sender, received.recipients) == (SENDER, [RECIPIENT])
    assert delivery.ref == "4Zq7Vb1kXz"
    assert delivery.reply.startswith("250 2.0.0")


def test_deliver_keeps_lines_that_begin_with_a_dot():
    mail = make_mail()[:-2] + b"\r\n.\r\n..two\r\n.hidden\r\n"
    with MailServer() as server:
        deliver(server, mail)
    assert server.mails[0].body == mail


def test_deliver_announces_eight_bit_bytes():
    mail = make_mail() + "Über\r\n".encode()
    with MailServer() as server:
        deliver(server, mail)
    assert server.mails[0].body == mail
    assert "BODY=8BITMIME" in server.mails[0].options


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "451 4.3.0 try later", "452 4.2.2 full"])
def test_temporary_refusal_is_transient_in_every_phase(phase: str, reply: str):
    with MailServer({phase: reply}) as server:
        assert type(failure(server)) is Transient


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA", "BODY"])
def test_dropped_before_the_final_dot_is_transient(phase: str):
    mail = make_mail() + b"x" * 76 + b"\r\n"
    mail += (b"y" * 76 + b"\r\n") * 200_000 if phase == "BODY" else b""
    with MailServer({phase: DROP}) as server:
        assert type(failure(server, mail)) is Transient
    assert server.mails == []


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
def test_silence_before_the_final_dot_is_transient(phase: str):
    with MailServer({phase: STALL}) as server:
        assert type(failure(server, timeout=0.3)) is Transient


@pytest.mark.parametrize("fault", [DROP, STALL])
def test_no_answer_to_the_final_dot_is_uncertain(fault: str):
    with MailServer({"DOT": fault}) as server:
        assert type(failure(server, timeout=30 if fault == DROP else 3)) is Uncertain
    assert len(server.mails) == 1


@pytest.mark.parametrize("reply", ["354 go on", "hello there", "199 what"])
def test_senseless_answer_to_the_final_dot_is_uncertain(reply: str):
    with MailServer({"DOT": reply}) as server:
        assert type(failure(server)) is Uncertain


@pytest.mark.parametrize(
    "reply", ["550 5.1.1 no such user", "550 no such user", "552 5.2.2 box full for good"]
)
def test_refused_recipient_is_the_recipients_fault(reply: str):
    with MailServer({"RCPT": reply}) as server:
        error = failure(server)
    assert type(error) is RecipientRefused
    assert isinstance(error, BadData)
    assert server.mails == []


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.26 unauthenticated sender",
        "550 5.7.515 access denied",
        "554 5.7.1 <info@brooklane.example>: Relay access denied",
        "530 5.7.0 authentication required",
        "550 5.7.54 unable to relay",
    ],
)
def test_refusal_of_what_we_are_pauses_the_sender_and_blames_no_recipient(reply: str):
    with MailServer({"RCPT": reply}) as server:
        error = failure(server)
    assert isinstance(error, SourcePaused)
    assert error.source == "smtp"


def test_refusal_by_policy_at_rcpt_does_not_say_that_the_box_is_gone():
    with MailServer({"RCPT": "550 5.7.1 client host blocked"}) as server:
        assert type(failure(server)) is MessageRefused


@pytest.mark.parametrize("reply", ["550 5.7.1 sender blocked", "535 5.7.8 log in first", "501 bad sender"])
def test_refused_sender_pauses_the_sender(reply: str):
    with MailServer({"MAIL": reply}) as server:
        assert type(failure(server)) is SourcePaused


def test_server_that_asks_for_a_mail_it_has_no_recipient_for_gets_nothing():
    with MailServer({"RCPT": "550 5.1.1 no such user", "BODY": "354 go on all the same"}) as server:
        assert type(failure(server)) is RecipientRefused
    assert server.mails == []


@pytest.mark.parametrize("phase", ["DATA", "DOT"])
def test_refused_content_stops_this_mail_only(phase: str):
    with MailServer({phase: "554 5.6.0 not this one"}) as server:
        assert type(failure(server)) is MessageRefused


def test_refused_login_pauses_the_sender_without_telling_the_password():
    with MailServer(login=("ann", "right-secret")) as server:
        error = failure(server, user="ann", password="wrong-secret")
    assert isinstance(error, SourcePaused)
    assert "secret" not in str(error)
    assert server.recipients_asked == []


def test_login_is_used_when_given():
    with MailServer(login=("ann", "right-secret")) as server:
        deliver(server, user="ann", password="right-secret")
    assert len(server.mails) == 1


def test_login_at_a_server_without_one_pauses_the_sender():
    with MailServer() as server:
        assert type(failure(server, user="ann", password="right-secret")) is SourcePaused
    assert server.mails == []


def test_throttling_asks_for_a_longer_wait():
    with MailServer({"MAIL": "421 4.7.28 rate limited"}) as server:
        error = failure(server)
    assert isinstance(error, Transient)
    assert error.retry_after is not None


def test_refused_connection_is_transient():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    transport = SmtpTransport(SmtpServer("127.0.0.1", port))
    with pytest.raises(Transient):
        transport.deliver(make_mail(), sender=SENDER, recipient=RECIPIENT, message_id=MESSAGE_ID)


@pytest.mark.parametrize(
    ("greeting", "kind"), [(b"421 busy\r\n", Transient), (b"554 go away\r\n", SourcePaused)]
)
def test_refusal_at_the_door(greeting: bytes, kind: type[StageError]):
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            visitor, _ = door.accept()
            with visitor:
                visitor.sendall(greeting)
                visitor.recv(1)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        transport = SmtpTransport(SmtpServer("127.0.0.1", door.getsockname()[1]))
        with pytest.raises(kind):
            transport.deliver(make_mail(), sender=SENDER, recipient=RECIPIENT, message_id=MESSAGE_ID)
        thread.join(10)


def test_trickled_answer_ends_at_the_deadline_of_the_whole_mail():
    """Each byte comes in time, the answer never ends: only a limit on the whole gets out of this."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        gone = threading.Event()

        def trickle() -> None:
            visitor, _ = door.accept()
            with visitor:
                visitor.sendall(b"220 mail.example\r\n")
                while not gone.wait(0.05):
                    try:
                        visitor.sendall(b"2")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        transport = SmtpTransport(SmtpServer("127.0.0.1", door.getsockname()[1]), timeout=0.5)
        with pytest.raises(Transient):
            transport.deliver(make_mail(), sender=SENDER, recipient=RECIPIENT, message_id=MESSAGE_ID)
        gone.set()
        thread.join(10)


def test_find_cannot_tell():
    assert SmtpTransport(SmtpServer("127.0.0.1", 25)).find(MESSAGE_ID) is None


def test_server_does_not_show_its_password():
    assert "hush" not in repr(SmtpServer("mail.example", 587, "starttls", "ann", "hush"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate of the test server, is not installed")
    both = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", both.with_suffix(".key"), "-out", both],
        check=True, capture_output=True,
    )  # fmt: skip
    return both


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_deliver_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch, tls: str):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    mail = make_mail()
    with MailServer(tls=context, tls_from_start=tls == "ssl") as server:
        deliver(server, mail, tls=tls)
    assert server.mails[0].body == mail


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_unknown_certificate_pauses_the_sender(certificate: Path, tls: str):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    with MailServer(tls=context, tls_from_start=tls == "ssl") as server:
        assert type(failure(server, tls=tls)) is SourcePaused
    assert server.mails == []


def test_missing_starttls_pauses_the_sender_and_sends_nothing_in_the_clear():
    with MailServer(login=("ann", "right-secret")) as server:
        assert type(failure(server, tls="starttls", user="ann", password="right-secret")) is SourcePaused
    assert server.mails == []
