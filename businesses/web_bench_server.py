"""The server that the measurements of the web ask, in a process of its own; it loads nothing of the product."""

import asyncio
import multiprocessing
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

CERTIFICATE: Final = Path(__file__).parent.parent / "pipeline" / "tests" / "data" / "self_signed.pem"
ADDRESSES: Final = 500
LATENCY: Final = 0.2
PAGE_BYTES: Final = 18_000


def address_of(number: int) -> str:
    return f"127.1.{number % ADDRESSES // 250}.{number % 250 + 1}"


@contextmanager
def serving_far_away() -> Iterator[int]:
    """A server in a process of its own; yields its port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # so that one which cannot start is heard of
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
    first = await asyncio.start_server(_answer, address_of(0), 0, ssl=context, backlog=1024)
    port: int = first.sockets[0].getsockname()[1]
    others = [
        await asyncio.start_server(_answer, address_of(number), port, ssl=context, backlog=64)
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
