"""How fast websites are checked, beside the least that a client without guards needs for the same pages.

A server of its own process answers on many loopback addresses after 200 ms; every connection is a new one with
a TLS handshake, as it is on the web.
"""

import asyncio
import multiprocessing
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

from businesses.websites import check_known_website
from pipeline.addresses import FetchFailed
from pipeline.http import Fetched, GuardedClient
from pipeline.measure import Figure, bench

CERTIFICATE: Final = Path(__file__).parent.parent / "pipeline" / "tests" / "data" / "self_signed.pem"
NAME: Final = "shop.example"
SITES: Final = 2_000
HANGING: Final = 20  # every twentieth
THREADS: Final = 128  # more of them only wait for each other on one core
THREADS_BESIDE_HANGING: Final = 256  # a hanging site keeps one for seconds
ADDRESSES: Final = 500
LATENCY: Final = 0.2
PAGE_BYTES: Final = 18_000
WANTED: Final = 0.8


@bench
def website_checks(folder: Path) -> list[Figure]:
    """Check 2,000 sites, then 2,000 of which 5 % never answer."""
    with _server() as port:
        names = [f"s{number:04}.{NAME}" for number in range(SITES)]
        _rate(_bare(port), range(200))  # the server warms up
        floor = _rate(_bare(port), range(SITES))
        checked = _rate(_guarded(port), names)
        mixed = [f"h{name[1:]}" if index % HANGING == 0 else name for index, name in enumerate(names)]
        beside_hanging = _rate(
            _guarded(port), mixed, threads=THREADS_BESIDE_HANGING, until=lambda name: name.startswith("s")
        )
    return [
        Figure(
            "websites checked, 200 ms away", checked, "/s", "one bare shared session", floor,
            f"at least {WANTED:.0%} of the bare session", checked >= WANTED * floor,
        ),
        Figure(
            "the same while 5 % hang", beside_hanging, "/s", "none hangs", checked,
            "as fast as without", beside_hanging >= WANTED * checked * (1 - 1 / HANGING),
        ),
    ]  # fmt: skip


def _rate[T](
    act: Callable[[T], object],
    each: Iterable[T],
    *,
    threads: int = THREADS,
    until: Callable[[T], bool] = lambda _: True,
) -> float:
    """How many of those that `until` names are done a second, until the last of them is."""
    done: list[float] = []

    def one(item: T) -> None:
        act(item)
        if until(item):
            done.append(time.perf_counter())

    with ThreadPoolExecutor(threads) as pool:
        begun = time.perf_counter()
        for _ in pool.map(one, each):
            pass
    return len(done) / (max(done) - begun)


def _address(number: int) -> str:
    return f"127.1.{number % ADDRESSES // 250}.{number % 250 + 1}"


# --- the two clients --------------------------------------------------------------------------------------


class _BareAdapter(HTTPAdapter):
    """One TLS context for all, and the name that the certificate is for."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        super().init_poolmanager(
            *args, ssl_context=context, server_hostname=NAME, assert_hostname=NAME, **kwargs
        )

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context does it."""


def _bare(port: int) -> Callable[[int], object]:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", _BareAdapter(pool_connections=ADDRESSES, pool_maxsize=1))

    def get(number: int) -> None:
        address = f"https://{_address(number)}:{port}/"
        got = len(session.get(address, headers={"Connection": "close"}, timeout=(3, 7)).content)
        if got != PAGE_BYTES:
            raise AssertionError(f"{got} bytes of a page came")

    return get


class _OnPort:
    """The guarded client, led to the port of the server."""

    def __init__(self, client: GuardedClient, port: int) -> None:
        self._client, self._port = client, port

    def fetch(self, url: str) -> Fetched:
        scheme, _, rest = url.partition("//")
        host, _, path = rest.partition("/")
        if scheme == "http:":
            raise FetchFailed("refused", url, "the server speaks TLS alone")
        return self._client.fetch(f"{scheme}//{host}:{self._port}/{path}")


def _guarded(port: int) -> Callable[[str], object]:
    client = GuardedClient(
        user_agent="WebMagicBot/1.0",
        resolver=lambda host: [_address(int(host.removeprefix("www.").partition(".")[0][1:]))],
        allow=lambda ip: ip.is_loopback,
        allowed_ports=frozenset({port}),
    )
    client.ssl_context.load_verify_locations(CERTIFICATE)
    fetcher = _OnPort(client, port)

    def check(name: str) -> None:
        verdict = check_known_website(f"https://{name}", fetcher=fetcher)
        if verdict.state != ("unknown" if name.startswith("h") else "ok"):
            raise AssertionError(verdict.reason)

    return check


# --- the server -------------------------------------------------------------------------------------------


@contextmanager
def _server() -> Iterator[int]:
    """A server in a process of its own; yields its port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(ready: Connection) -> None:
    asyncio.run(_answer_for_ever(ready))


async def _answer_for_ever(ready: Connection) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.num_tickets = 0
    first = await asyncio.start_server(_answer, _address(0), 0, ssl=context, backlog=1024)
    port: int = first.sockets[0].getsockname()[1]
    others = [
        await asyncio.start_server(_answer, _address(number), port, ssl=context, backlog=64)
        for number in range(1, ADDRESSES)
    ]
    ready.send(port)
    await asyncio.gather(first.serve_forever(), *(server.serve_forever() for server in others))


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        hangs = b"\nHost: h" in head
        await asyncio.sleep(3_600 if hangs else LATENCY)
        writer.write(_PAGE)
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass  # the client went
    finally:
        writer.close()


def _page() -> bytes:
    words = b"<p>Fresh bread, rolls and cakes, baked every morning on Church Street.</p>\n"
    start = (
        b'<!doctype html><html><head><meta name="viewport" content="width=device-width"><title>Bakery</title>'
    )
    body = start + b"".join(islice(iter(lambda: words, b""), PAGE_BYTES // len(words)))
    body = body.ljust(PAGE_BYTES)[:PAGE_BYTES]
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
        len(body), body,
    )  # fmt: skip


_PAGE: Final = _page()
