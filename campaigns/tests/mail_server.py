"""A real SMTP server on loopback that can be told to refuse, drop or stall at any phase."""

import asyncio
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

DROP = "drop the connection"
STALL = "never answer"


@dataclass
class Received:
    sender: str
    recipients: list[str]
    options: list[str]
    body: bytes


@dataclass
class MailServer:
    """`script` maps MAIL, RCPT, DATA (before 354), BODY (before the dot) and DOT (after it) to a reply or a fault."""

    script: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    tls_from_start: bool = False
    login: tuple[str, str] | None = None
    pipelining: ClassVar[bool] = False  # whether it takes the announcement of a mail in one packet
    mails: list[Received] = field(default_factory=list)
    recipients_asked: list[str] = field(default_factory=list)

    def __enter__(self) -> "MailServer":
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.sessions: list[SMTP] = []
        started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self.thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *problem: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(10)

    async def _serve(self, started: threading.Event) -> None:
        self.loop = asyncio.get_running_loop()
        self.stop = asyncio.Event()
        context = self.tls if self.tls_from_start else None
        server = await self.loop.create_server(self._session, sock=self.socket, ssl=context)
        started.set()
        await self.stop.wait()
        server.close()
        for session in self.sessions:
            if isinstance(session.transport, asyncio.Transport):
                session.transport.abort()
        while any(session.transport is not None for session in self.sessions):
            await asyncio.sleep(0)

    def _session(self) -> SMTP:
        session = _ScriptedSession(
            self,
            owner=self,
            hostname="mail.example",
            loop=self.loop,
            tls_context=None if self.tls_from_start else self.tls,
            auth_require_tls=False,
            authenticator=self._authenticate if self.login else None,
        )
        self.sessions.append(session)
        return session

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        if given == self.login:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=self.script.get("AUTH"))

    async def act(self, phase: str, session: SMTP) -> str | None:
        """Play the script's fault for this phase, or return its reply."""
        step = self.script.get(phase)
        if step == DROP and isinstance(session.transport, asyncio.Transport):
            session.transport.abort()
        if step in {DROP, STALL}:
            await asyncio.Event().wait()  # cancelled when the connection is gone
        return step

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.pipelining else []), responses[-1]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self.act("MAIL", server)
        if refusal:
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.recipients_asked.append(address)
        refusal = await self.act("RCPT", server)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        body = envelope.content
        assert isinstance(body, bytes)
        self.mails.append(Received(str(envelope.mail_from), envelope.rcpt_tos, envelope.mail_options, body))
        return await self.act("DOT", server) or "250 2.0.0 Ok: queued as 4Zq7Vb1kXz"


class _ScriptedSession(SMTP):
    def __init__(self, *args: Any, owner: MailServer, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner = owner

    async def smtp_DATA(self, arg: str) -> None:
        refusal = await self.owner.act("DATA", self)
        if refusal:
            await self.push(refusal)
            return
        if "BODY" in self.owner.script:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self.owner.act("BODY", self)
        await super().smtp_DATA(arg)


@pytest.fixture(autouse=True, params=[False, True], ids=["line by line", "pipelined"])
def pipelining(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Play each test twice, with servers of either kind: for the modules that import it."""
    monkeypatch.setattr(MailServer, "pipelining", request.param)
    return bool(request.param)
