"""Kept connections: many mails over one, and a dead one costs a reconnect, never a doubt and never a double."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from campaigns.tests.letters import MESSAGE_ID, RECIPIENT, SENDER, make_mail
from campaigns.tests.mail_server import DROP, STALL, MailServer, pipelining
from campaigns.transports import connections
from campaigns.transports.smtp import SmtpServer, SmtpTransport
from pipeline.errors import Transient, Uncertain
from pipeline.tests.processes import run_in_child

__all__ = ["pipelining"]  # the fixture that plays each test with both kinds of servers

BOUNCES = "bounces+Token-0123_abc@fernhill.example"


class Once(dict[str, str]):
    """A script whose faults happen a single time."""

    def get(self, phase: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return self.pop(phase, default)


@pytest.fixture
def server() -> Iterator[MailServer]:
    connections.close_all()
    with MailServer() as running:
        yield running
    connections.close_all()


def send(server: MailServer, *, timeout: float = 30, envelope_sender: str = "") -> None:
    SmtpTransport(SmtpServer("127.0.0.1", server.port), timeout=timeout).deliver(
        make_mail(),
        sender=SENDER,
        recipient=RECIPIENT,
        message_id=MESSAGE_ID,
        envelope_sender=envelope_sender,
    )


def hang_up(server: MailServer) -> None:
    """Let the server drop every connection, and wait until that has reached us."""

    async def abort() -> None:
        for session in server.sessions:
            if isinstance(session.transport, asyncio.Transport):
                session.transport.abort()

    asyncio.run_coroutine_threadsafe(abort(), server.loop).result(10)
    kept = [connection for each in connections._kept.values() for connection in each]
    until = time.monotonic() + 10
    while any(connection.is_usable() for connection in kept):
        assert time.monotonic() < until


def test_mails_share_a_connection(server: MailServer):
    for _ in range(5):
        send(server)
    assert (len(server.mails), len(server.sessions)) == (5, 1)


def test_bounces_go_to_the_envelope_sender_and_the_header_stays(server: MailServer):
    send(server, envelope_sender=BOUNCES)
    [mail] = server.mails
    assert mail.sender == BOUNCES
    assert mail.body == make_mail()


def test_connection_that_the_server_closed_is_replaced(server: MailServer):
    send(server)
    hang_up(server)
    send(server)
    assert (len(server.mails), len(server.sessions)) == (2, 2)


@pytest.mark.parametrize("fault", [DROP, "421 4.4.2 you were idle for too long"])
def test_connection_that_dies_as_the_mail_is_announced_is_replaced(server: MailServer, fault: str):
    send(server)
    server.script = Once(MAIL=fault)
    send(server)
    assert (len(server.mails), len(server.sessions)) == (2, 2)


def test_silent_kept_connection_is_replaced(server: MailServer):
    send(server)
    server.script = Once(MAIL=STALL)
    send(server, timeout=0.5)
    assert (len(server.mails), len(server.sessions)) == (2, 2)


def test_fresh_connection_that_dies_is_transient_and_not_tried_again(server: MailServer):
    server.script = {"MAIL": DROP}
    with pytest.raises(Transient):
        send(server)
    assert len(server.sessions) == 1


@pytest.mark.parametrize("phase", ["RCPT", "DATA"])
def test_kept_connection_that_dies_later_is_transient(server: MailServer, phase: str):
    send(server)
    server.script = Once({phase: DROP})
    with pytest.raises(Transient):
        send(server)
    assert len(server.mails) == 1


def test_kept_connection_that_dies_after_the_dot_is_uncertain_and_never_repeated(server: MailServer):
    send(server)
    server.script = Once(DOT=DROP)
    with pytest.raises(Uncertain):
        send(server)
    assert (len(server.mails), len(server.sessions)) == (
        2,
        1,
    )  # the second was taken: a repeat would double it
    send(server)
    assert len(server.mails) == 3


def test_connection_is_left_after_its_mails_and_when_it_was_idle(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "MOST_MAILS", 2)
    for _ in range(3):
        send(server)
    assert len(server.sessions) == 2
    monkeypatch.setattr(connections, "IDLE_LIMIT", -1)
    send(server)
    assert len(server.sessions) == 3


def test_connection_over_which_a_mail_was_refused_is_not_kept(server: MailServer):
    server.script = Once(RCPT="450 4.2.1 later")
    with pytest.raises(Transient):
        send(server)
    send(server)
    assert len(server.sessions) == 2


def test_each_login_and_domain_has_connections_of_its_own(server: MailServer):
    send(server)
    send(server, envelope_sender="bounces+x@bounce.fernhill.example")
    assert len(server.sessions) == 2


def test_forked_child_connects_for_itself_and_leaves_its_parents_alone(server: MailServer):
    send(server)
    assert run_in_child(lambda: send(server)) == 0
    send(server)
    assert (len(server.mails), len(server.sessions)) == (3, 2)
