"""The one client for addresses that strangers wrote: it reaches the public web and nothing else.

The name is resolved at the moment of connecting, every address it has is checked, and the connection goes to a
checked address as a number, so that no second answer of the DNS can lead it elsewhere. Host header and SNI stay the
name. Each redirect starts over. Time, header bytes and decoded body bytes are bounded whatever the server does.
"""

import contextlib
import errno
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.client import HTTPException, InvalidURL
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urljoin

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPResponse
from urllib3 import exceptions as urllib3_errors
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url

from pipeline.addresses import WEB_PORTS, FailureKind, FetchFailed, IPAddress, check_url, is_public
from pipeline.names import Names, Resolver, system_resolver
from pipeline.turns import Turns

__all__ = ["FetchFailed", "Fetched", "Fetcher", "GuardedClient", "is_public"]

MAX_HEADERS = 32 * 1024  # bytes before the body; one read-ahead buffer more may get in
LONGEST_WAIT = 60  # seconds for a turn at an address that many ask
MAX_ADDRESSES = 4  # tried one after the other; a name with many dead ones must not use up the time
KEPT_TYPES = re.compile(r"\s*(text/|application/xhtml\+xml)", re.IGNORECASE)
# Of what OpenSSL finds wrong with a certificate, what every browser does, too: not valid yet, expired, self-signed
# (alone or at the end of its chain), revoked, another name or address.
REFUSED_EVERYWHERE = frozenset({9, 10, 18, 19, 23, 62, 64})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Fetched:
    """What a server answered. Header names are lower case.

    `body` is decoded, at most `max_body` bytes, and empty for anything that is not HTML or text. `truncated`: the
    server had, or had promised, more.
    """

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool


class Fetcher(Protocol):
    """Whatever can fetch an untrusted address: the guarded client, or a recorded web."""

    def fetch(self, url: str) -> Fetched:
        """Return the answer to a GET of `url`; raises FetchFailed."""
        ...


class GuardedClient:
    """Fetches untrusted addresses; one instance serves any number of threads.

    Times are seconds: `connect_timeout` covers the DNS and the connection, `read_timeout` each wait for bytes,
    `total_timeout` everything including redirects, except the wait for a turn at an address that
    `max_per_address` requests are asking already. `max_body` is decoded bytes. What the DNS said is believed for
    `remember_names` seconds; the addresses are checked at every connection all the same.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        resolver: Resolver = system_resolver,
        allow: Callable[[IPAddress], bool] = is_public,
        allowed_ports: frozenset[int] = WEB_PORTS,
        connect_timeout: float = 3,
        read_timeout: float = 7,
        total_timeout: float = 12,
        max_body: int = 512 * 1024,
        max_redirects: int = 5,
        max_per_address: int = 2,
        remember_names: float = 300,
    ) -> None:
        self.ssl_context = _browser_like_context()
        self._names = Names(resolver, remember=remember_names)
        self._turns = Turns(max_per_address)
        self._allow = allow
        self._allowed_ports = allowed_ports
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._total_timeout = total_timeout
        self._max_body = max_body
        self._max_redirects = max_redirects
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,text/plain;q=0.8",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }

    def fetch(self, url: str) -> Fetched:
        """GET `url`, following redirects; raises FetchFailed."""
        deadline = time.monotonic() + self._total_timeout
        current = url
        for _ in range(self._max_redirects + 1):
            target = check_url(current, allowed_ports=self._allowed_ports)
            answer, deadline = self._fetch_once(url, target, deadline)
            if isinstance(answer, Fetched):
                return answer
            current = answer
        raise FetchFailed("protocol", current, f"more than {self._max_redirects} redirects")

    def _fetch_once(self, url: str, target: str, deadline: float) -> tuple[Fetched | str, float]:
        """Return the answer of `target`, or the address it redirects to; and the deadline, later by any wait for a
        turn."""
        allowance = _Allowance(deadline, self._read_timeout, MAX_HEADERS, target)
        token = _allowance.set(allowance)
        try:
            with _failures_of(target), self._asked(target) as answer:
                location = answer.headers.get("Location")
                if answer.status in REDIRECTS and location is not None:
                    return _redirect_target(target, location), allowance.deadline
                # Twice the body, because small chunks and useless compression may double it on the wire.
                allowance.limit += 2 * self._max_body + 64 * 1024
                body, truncated = self._read_body(answer)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Fetched(url, target, answer.status, headers, body, truncated), allowance.deadline
        finally:
            _allowance.reset(token)
            allowance.turn.close()

    @contextlib.contextmanager
    def _asked(self, target: str) -> Iterator[HTTPResponse]:
        """Send the request over a connection of its own; one that died idle would look like a broken site."""
        parts = parse_url(target)
        host = parts.host or ""
        connection: HTTPConnection
        if parts.scheme == "https":
            connection = _TLSConnection(
                host,
                parts.port,
                timeout=self._read_timeout,
                ssl_context=self.ssl_context,
                connect=self._connect,
            )
        else:
            connection = _Connection(host, parts.port, timeout=self._read_timeout, connect=self._connect)
        try:
            connection.connect()
            connection.request("GET", parts.request_uri, headers=self._headers, preload_content=False)
            answer = connection.getresponse()
            try:
                yield answer
            finally:
                answer.close()
        finally:
            connection.close()

    def _read_body(self, answer: HTTPResponse) -> tuple[bytes, bool]:
        if not KEPT_TYPES.match(answer.headers.get("Content-Type", "text/html")):
            return b"", False
        body = bytearray()
        while len(body) <= self._max_body:
            try:
                # urllib3 bounds what one read unpacks, so a bomb goes off in pieces of this size.
                piece = answer.read1(min(16 * 1024, self._max_body + 1 - len(body)), decode_content=True)
            except urllib3_errors.ProtocolError:
                if not body:
                    raise
                return bytes(body), True  # it ended before its announced end
            if not piece:
                return bytes(body), False
            body += piece
        return bytes(body[: self._max_body]), True

    def _connect(self, host: str, port: int) -> socket.socket:
        """Return a socket that is connected to a checked address of `host`; raises FetchFailed."""
        allowance = _allowance.get()
        until = min(time.monotonic() + self._connect_timeout, allowance.deadline)
        addresses = self._checked_addresses(host.strip("[]"), port, until, allowance.url)
        errors: list[OSError] = []
        for index, ip in enumerate(addresses):
            waited = self._wait_for_turn(ip, allowance)
            until += waited
            seconds = (until - time.monotonic()) / (len(addresses) - index)
            if seconds <= 0:
                break
            family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
            try:
                connection = _connected((str(ip), port), family, seconds)
            except OSError as error:
                errors.append(error)
                allowance.turn.close()
                continue
            connection.settimeout(max(until - time.monotonic(), 0.001))  # what is left is for the handshake
            return connection
        all_refused = bool(errors) and all(error.errno == errno.ECONNREFUSED for error in errors)
        detail = str(errors[-1]) if errors else "no answer in time"
        raise FetchFailed("refused" if all_refused else "timeout", allowance.url, detail)

    def _wait_for_turn(self, ip: IPAddress, allowance: "_Allowance") -> float:
        """Wait until few enough ask `ip`; returns the seconds, which are not held against the site."""
        begun = time.monotonic()
        if not self._turns.take(ip, LONGEST_WAIT):
            raise FetchFailed("crowded", allowance.url, f"too many others are asking {ip}")
        allowance.turn.callback(self._turns.give_back, ip)
        waited = time.monotonic() - begun
        allowance.deadline += waited
        return waited

    def _checked_addresses(self, host: str, port: int, until: float, url: str) -> list[IPAddress]:
        if port not in self._allowed_ports:
            raise FetchFailed("bad_url", url, f"port {port} is not one of the web")
        try:
            addresses = [ip_address(host)]
        except ValueError:
            seconds = max(until - time.monotonic(), 0)
            addresses = [ip_address(text) for text in self._names.look_up(host, seconds, url)]
        for ip in addresses:
            if not self._allow(ip):
                raise FetchFailed("blocked_address", url, f"{ip} is not a public address")
        return addresses[:MAX_ADDRESSES]


def _connected(address: tuple[str, int], family: socket.AddressFamily, seconds: float) -> socket.socket:
    connection = _CountingSocket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect(address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def _redirect_target(url: str, location: str) -> str:
    location = location.encode("latin-1", "replace").decode("utf-8", "replace").strip()
    try:
        return urljoin(url, location.replace(" ", "%20"))
    except ValueError as error:
        raise FetchFailed("bad_url", location, str(error)) from error


@dataclass
class _Allowance:
    """What one request may still use; read by its socket before each receive."""

    deadline: float  # monotonic
    read_timeout: float
    limit: int  # bytes received
    url: str
    received: int = 0
    turn: contextlib.ExitStack = field(
        default_factory=contextlib.ExitStack
    )  # gives the turn at its address back

    def wait(self) -> float:
        """Return how long the next receive may wait; raises TimeoutError or FetchFailed when it may not begin."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("total time used up")
        if self.received >= self.limit:
            raise FetchFailed("too_large", self.url, "more bytes than any page needs")
        return min(left, self.read_timeout)


_allowance: ContextVar[_Allowance] = ContextVar("allowance")


class _CountingSocket(socket.socket):
    """A socket that keeps to the allowance of the request it is used for."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        allowance = _allowance.get()
        self.settimeout(allowance.wait())
        count = super().recv_into(*args, **kwargs)
        allowance.received += count
        return count

    def settimeout(self, value: float | None) -> None:
        # Setting it calls the system and lets go of the interpreter's lock, which a hundred threads are after.
        if value != self.gettimeout():
            super().settimeout(value)


class _CountingTLSSocket(_CountingSocket, ssl.SSLSocket):
    """The same for an encrypted connection."""


def _browser_like_context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # browsers open sites whose certificates miss a formality
    context.sslsocket_class = _CountingTLSSocket
    return context


Connect = Callable[[str, int], socket.socket]


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, connect: Connect, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connect_checked = connect

    def _new_conn(self) -> socket.socket:
        return self._connect_checked(self.host, self.port)


class _TLSConnection(HTTPSConnection):
    def __init__(self, *args: Any, connect: Connect, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connect_checked = connect

    def _new_conn(self) -> socket.socket:
        return self._connect_checked(self.host, self.port)


@contextlib.contextmanager
def _failures_of(url: str) -> Iterator[None]:
    """Turn what the connection raises into FetchFailed."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        kind: FailureKind = "tls" if error.verify_code in REFUSED_EVERYWHERE else "tls_chain"
        raise FetchFailed(kind, url, error.verify_message) from error
    except (urllib3_errors.TimeoutError, TimeoutError) as error:
        raise FetchFailed("timeout", url, "no answer in time") from error
    except (urllib3_errors.LocationValueError, InvalidURL) as error:
        raise FetchFailed("bad_url", url, str(error)) from error
    except (urllib3_errors.HTTPError, HTTPException, OSError, UnicodeError) as error:
        raise FetchFailed("protocol", url, str(error)) from error
