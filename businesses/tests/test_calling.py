"""A call of a source: it ends in time however the other side deals out its bytes, and hears how long to wait."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from businesses.sources import calling
from businesses.sources.calling import Answer, call
from businesses.tests.loopback import Reply, serving
from pipeline.errors import Transient, Uncertain

SELF_SIGNED = Path(__file__).parents[2] / "pipeline/tests/data/self_signed.pem"
BODY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"
DRIPS, PAUSE = 400, 0.05  # 20 s in all
SECONDS, AT_MOST = 0.5, 10


@contextmanager
def dripping(head: bytes, *, tls: bool = False) -> Iterator[str]:
    """A server that says `head` and then a byte now and again, until the client has had enough."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError), ExitStack() as stack:
            connection = stack.enter_context(listener.accept()[0])
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(SELF_SIGNED)
                connection = stack.enter_context(context.wrap_socket(connection, server_side=True))
            connection.recv(65536)
            connection.sendall(head)
            for _ in range(DRIPS):
                if over.wait(PAUSE):
                    return
                connection.sendall(b"1")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        listener.close()
        thread.join(AT_MOST)


HEADS = [BODY, CHUNKS, b"HTTP/1.1 200 OK\r\nX: ", b"", b"HTTP/1.1 200 OK\r\n\r\n"]


def ask_in_vain(url: str) -> float:
    """Return the seconds after which the call gave up."""
    begun = time.monotonic()
    with pytest.raises(Uncertain, match="broke off"):
        call("POST", url, headers={}, max_bytes=1 << 20, seconds=SECONDS, data={"a": "b"})
    return time.monotonic() - begun


@pytest.mark.parametrize("head", HEADS)
def test_seconds_bound_a_call_whose_answer_drips(head: bytes):
    with dripping(head) as url:
        assert ask_in_vain(url) < AT_MOST


@pytest.mark.parametrize("head", HEADS)
def test_seconds_bound_an_encrypted_call_too(head: bytes, monkeypatch: pytest.MonkeyPatch):
    here = socket.getaddrinfo("127.0.0.1", 0, type=socket.SOCK_STREAM)[0]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, *args: [(*here[:4], ("127.0.0.1", port))])
    monkeypatch.setattr(calling, "DEFAULT_CA_BUNDLE_PATH", str(SELF_SIGNED))
    calling._tls.cache_clear()
    try:
        with dripping(head, tls=True) as url:
            assert ask_in_vain(url.replace("127.0.0.1", "shop.example")) < AT_MOST
    finally:
        calling._tls.cache_clear()


def test_server_whose_certificate_is_not_trusted_is_told_nothing():
    with dripping(b"", tls=True) as url, pytest.raises(Transient, match="cannot be reached"):
        call("GET", url, headers={}, max_bytes=1 << 20, seconds=SECONDS)


def answered(**headers: str) -> Answer:
    with serving(lambda asked: Reply(body=b"{}", headers=headers)) as server:
        return call("GET", server.url, headers={}, max_bytes=1 << 20, seconds=10)


def test_retry_after_may_be_a_time_of_the_day():
    at = datetime.now(UTC) + timedelta(hours=2)
    for said in (format_datetime(at, usegmt=True), at.strftime("%A, %d-%b-%y %H:%M:%S GMT")):
        wait = answered(**{"Retry-After": said}).retry_after
        assert wait is not None
        assert 7000 < wait <= 7200


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("240", 240), ("0", 0), ("Mon, 02 Mar 2020 11:00:00 GMT", 0), ("soon", None), ("", None), ("-5", None),
        ("Mon, 99 Mar 2020 11:00:00 GMT", None), ("Mon, 02 Mar 99999999 11:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_in_other_words(said: str, seconds: float | None):
    assert answered(**{"Retry-After": said}).retry_after == seconds
