"""One HTTP call of a source: bounded in time and size, with no word from the environment."""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPException, InvalidURL
from json import dumps
from typing import Any, Final, cast
from urllib.parse import urlencode

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from pipeline.errors import Transient, Uncertain

_CONNECT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """body: the text, damaged bytes replaced. too_large: there was more than was asked for; body is "" then.

    retry_after: seconds, None where the server does not say how long it wants to be left alone.
    """

    status: int
    content_type: str
    retry_after: float | None
    body: str
    too_large: bool


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    max_bytes: int,
    seconds: float,
    data: Mapping[str, str] | None = None,
    json: Any = None,
) -> Answer:
    """Make the call; a redirect is an answer like any other. `seconds` bounds the whole of it.

    Raises Transient where the call surely did not arrive, Uncertain where it may have and no answer came.
    """
    sent = {"Accept-Encoding": "gzip, deflate", "Connection": "close", **headers}
    body: str | None = None
    if data is not None:
        body, sent["Content-Type"] = urlencode(data), "application/x-www-form-urlencoded"
    elif json is not None:
        body, sent["Content-Type"] = dumps(json), "application/json"
    host = url.split("/")[2]
    until = time.monotonic() + seconds
    connection: HTTPConnection | None = None
    try:
        try:
            connection, path = _connected(url, until)
            connection.request(method, path, body=body, headers=sent, preload_content=False)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            if connection is None or isinstance(error, ValueError | InvalidURL):  # nothing of it was sent
                raise Transient(f"{host} cannot be reached ({type(error).__name__})") from error
            raise
        with connection.getresponse() as response:
            return _answer(response, max_bytes)
    except (HTTPError, HTTPException, OSError) as error:
        raise Uncertain(f"{host} broke off before its answer was whole ({type(error).__name__})") from error
    finally:
        if connection is not None:
            connection.close()


def _connected(url: str, until: float) -> tuple[HTTPConnection, str]:
    """Return a connection to the server of `url` that is bounded by `until`, and what to ask it for."""
    parts = parse_url(url)
    wait = max(min(_CONNECT_SECONDS, until - time.monotonic()), 0.001)
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = _TLSConnection(parts.host or "", parts.port, timeout=wait, ssl_context=_tls())
    else:
        connection = _Connection(parts.host or "", parts.port, timeout=wait)
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    cast(_BoundedSocket, connection.sock).until = until
    return connection, parts.request_uri


def _answer(response: HTTPResponse, max_bytes: int) -> Answer:
    """What is read is dropped at once when there is more than `max_bytes` of it, unpacked."""
    body = bytearray()
    # A bomb goes off in pieces of this size.
    while len(body) <= max_bytes and (piece := response.read1(64 * 1024, decode_content=True)):
        body += piece
    too_large = len(body) > max_bytes
    return Answer(
        status=response.status,
        content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        retry_after=_seconds(response.headers.get("Retry-After", "").strip()),
        body="" if too_large else body.decode("utf-8", "replace"),
        too_large=too_large,
    )


def _seconds(retry_after: str) -> float | None:
    """The seconds that the header asks us to wait: it may tell them, or a time of the day."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max((at - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, OverflowError):  # neither
        return None


class _BoundedSocket(socket.socket):
    """A socket that waits for the other side until one moment, however it deals out its bytes."""

    until: float | None = None  # monotonic; None: each wait has the timeout that was set

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._bound()
        super().sendall(*args, **kwargs)

    def _bound(self) -> None:
        if self.until is None:
            return
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self.settimeout(left)


class _BoundedTLSSocket(_BoundedSocket, ssl.SSLSocket):
    """The same for an encrypted connection."""


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _bounded(super()._new_conn())


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _bounded(super()._new_conn())


def _bounded(plain: socket.socket) -> _BoundedSocket:
    timeout = plain.gettimeout()
    bounded = _BoundedSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
    bounded.settimeout(timeout)
    return bounded


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.sslsocket_class = _BoundedTLSSocket
    return context
