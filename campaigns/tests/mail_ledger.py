"""A mail server as a process of its own, with a ledger of its own: what a crash proof believes instead of us."""

import asyncio
import logging
import os
import re
import socket
from collections import Counter
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from pipeline.tests.processes import fork, kill, read_within

_ID = re.compile(rb"^Message-ID: (\S+)\r$", re.MULTILINE | re.IGNORECASE)


class _Ledger:
    """Writes a mail down once it is taken, with a gap before and after in which a client may die."""

    def __init__(self, path: Path, gap: float) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.gap = gap

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        found = _ID.search(envelope.content)
        assert found is not None
        await asyncio.sleep(self.gap)
        os.write(self.file, found[1] + b"\n")
        await asyncio.sleep(self.gap)
        return "250 2.0.0 Ok: queued as 4Zq7Vb1kXz"


class LedgerServer:
    """A real SMTP server that keeps what it took in the file `path`; `gap` is in seconds."""

    def __init__(self, path: Path, *, gap: float) -> None:
        self.path = path
        self.gap = gap

    def __enter__(self) -> "LedgerServer":
        door = socket.create_server(("127.0.0.1", 0))
        self.port = door.getsockname()[1]
        read, write = os.pipe()
        self.pid = fork(lambda: asyncio.run(self._serve(door, write)))
        os.close(write)
        assert read_within(read) == b"!"
        os.close(read)
        door.close()
        return self

    def __exit__(self, *problem: object) -> None:
        kill(self.pid)

    def taken(self) -> Counter[str]:
        """Return how often each mail was taken, by its Message-ID."""
        return Counter(self.path.read_text().split()) if self.path.exists() else Counter()

    async def _serve(self, door: socket.socket, write: int) -> None:
        logging.disable()  # a line for every word of every mail
        ledger = _Ledger(self.path, self.gap)
        loop = asyncio.get_running_loop()
        await loop.create_server(lambda: SMTP(ledger, hostname="mail.example", loop=loop), sock=door)
        os.write(write, b"!")
        await asyncio.Event().wait()
