"""A mail server over SMTP. Every failure is judged by the phase it happens in.

Until the final dot has been written, the server cannot have accepted anything. From then on, only its answer tells.
"""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from businesses.contacts import clean_text
from campaigns.transports import connections
from campaigns.transports.base import (
    NEVER,
    Delivery,
    MessageRefused,
    Policy,
    RecipientRefused,
    check_wire_form,
)
from campaigns.transports.connections import Connection
from pipeline.errors import SourcePaused, StageError, Transient, Uncertain

Tls = Literal["none", "starttls", "ssl"]
Phase = Literal["session", "MAIL", "RCPT", "DATA", "final dot"]

DEFAULT_PORTS: Final[dict[Tls, int]] = {"none": 25, "starttls": 587, "ssl": 465}
TIMEOUT: Final = 300.0  # seconds for a whole mail; a server may take its time after the final dot
CONNECT_TIMEOUT: Final = 30.0  # seconds
THROTTLED_FOR: Final = 1_800.0  # seconds
SERVICE_CLOSING: Final = 421

# Refused for what we are, whoever the recipient is: SPF, DKIM, DMARC, reverse DNS, a missing login, no relaying.
_SENDER_FAULT: Final = re.compile(
    r"5\.7\.(0|2[0-9]|515|54)\b"
    r"|\brelay(ing)?( access)? (is )?(denied|not permitted|not allowed|prohibited)\b"
    r"|\b(unable|not permitted) to relay\b",
    re.IGNORECASE,
)
_POLICY_REFUSAL: Final = re.compile(r"^5\.7\.")
_THROTTLED: Final = re.compile(r"^4\.7\.")
_QUEUE_ID: Final = re.compile(r"\b(?:queued as|id=|mail id)\s*([A-Za-z0-9._-]{4,60})", re.IGNORECASE)
_LEADING_DOT: Final = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to send and how to log in; without a user nobody logs in."""

    host: str
    port: int
    tls: Tls = "none"
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class _Gone(Exception):
    """A kept connection turned out to be dead before this mail was begun."""


class SmtpTransport:
    """Sends mails over connections that are kept for a while; `timeout` (seconds) bounds the talk about one mail."""

    policy: Policy = "park"
    repeats_within = NEVER

    def __init__(self, server: SmtpServer, *, name: str = "smtp", timeout: float = TIMEOUT) -> None:
        self.server = server
        self.name = name
        self.timeout = timeout

    def deliver(
        self, message: bytes, *, sender: str, recipient: str, message_id: str, envelope_sender: str = ""
    ) -> Delivery:
        """Send these bytes to this recipient and return the server's answer to the final dot.

        Raises RecipientRefused, MessageRefused, BadData, SourcePaused, Transient, Uncertain: see base.py.
        """
        origin = envelope_sender or sender
        check_wire_form(
            message, sender=sender, envelope_sender=origin, recipient=recipient, message_id=message_id
        )
        key = (self.server, origin.rpartition("@")[2])
        reply = None
        if kept := connections.take(key):
            with contextlib.suppress(_Gone):
                reply = self._send(key, kept, message, origin, recipient, is_fresh=False)
        if reply is None:
            with self._nothing_accepted():
                fresh = self._connect(key[1])
            reply = self._send(key, fresh, message, origin, recipient, is_fresh=True)
        found = _QUEUE_ID.search(reply)
        return Delivery(reply=reply, ref=found[1] if found else "")

    def _send(
        self,
        key: Hashable,
        connection: Connection,
        message: bytes,
        origin: str,
        recipient: str,
        *,
        is_fresh: bool,
    ) -> str:
        """Send one mail over a connection, and keep that only if all went well."""
        smtp = connection.smtp
        try:
            with connections.watchman.watch(smtp.sock, self.timeout):
                with self._nothing_accepted():
                    self._begin(smtp, message, origin, recipient, is_fresh=is_fresh)
                    smtp.send(_LEADING_DOT.sub(b"..", message))
                reply = self._finish(smtp)
        except BaseException:
            connection.close()
            raise
        connections.keep(key, connection)
        return reply

    def find(self, message_id: str) -> bool | None:
        """SMTP cannot be asked what became of a mail."""
        return None

    def _connect(self, domain: str) -> Connection:
        """Connect and log in; `domain` is given so that no DNS question is asked about this machine's name."""
        host, port, timeout = self.server.host, self.server.port, min(CONNECT_TIMEOUT, self.timeout)
        if self.server.tls == "ssl":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, domain, timeout=timeout, context=context)
        else:
            smtp = smtplib.SMTP(host, port, domain, timeout)
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self.timeout)
                # The final dot is a packet of its own, which must not wait for the one before it to be acknowledged.
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connections.watchman.watch(smtp.sock, self.timeout):
                self._secure(smtp)
        except BaseException:
            smtp.close()
            raise
        return Connection(smtp)

    def _secure(self, smtp: smtplib.SMTP) -> None:
        try:
            if self.server.tls == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if self.server.user:
                smtp.login(self.server.user, self.server.password)
        except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
            raise
        except smtplib.SMTPException as error:  # no STARTTLS, no AUTH, or no way to log in that both know
            raise SourcePaused(self.name, f"{self.server}: {error}") from error

    def _begin(
        self, smtp: smtplib.SMTP, message: bytes, origin: str, recipient: str, *, is_fresh: bool
    ) -> None:
        """Announce a mail, in one packet where the server takes that (RFC 2920).

        Raises _Gone where a kept connection does not answer, or says that it is leaving. What was announced and not
        taken is never begun: the connection is left.
        """
        mail = " ".join([f"MAIL FROM:<{origin}>", *self._options(smtp, message)])
        commands: tuple[tuple[Phase, int, str], ...] = (
            ("MAIL", 250, mail),
            ("RCPT", 25, f"RCPT TO:<{recipient}>"),
            ("DATA", 354, "DATA"),
        )
        at_once = smtp.has_extn("pipelining")
        try:
            if at_once:
                smtp.send("".join(f"{line}\r\n" for _, _, line in commands))
            answer = smtp.getreply() if at_once else smtp.docmd(mail)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            if is_fresh:
                raise
            raise _Gone from error
        if answer[0] == SERVICE_CLOSING and not is_fresh:
            raise _Gone
        self._expect(250, "MAIL", answer)
        for phase, wanted, line in commands[1:]:
            self._expect(wanted, phase, smtp.getreply() if at_once else smtp.docmd(line))

    def _options(self, smtp: smtplib.SMTP, message: bytes) -> list[str]:
        options = [f"SIZE={len(message)}"] if smtp.has_extn("size") else []
        if not message.isascii():
            if not smtp.has_extn("8bitmime"):
                raise MessageRefused(f"{self.server} takes no 8-bit mail, and this mail is frozen as 8-bit")
            options.append("BODY=8BITMIME")
        return options

    def _finish(self, smtp: smtplib.SMTP) -> str:
        """Write the final dot and return the answer; without an answer nobody knows."""
        try:
            smtp.send(b".\r\n")
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Uncertain(f"{self.server} gave no answer to the final dot: {error}") from error
        if not 200 <= code < 600 or 300 <= code < 400:
            raise Uncertain(f"{self.server} answered the final dot with {_line(code, text)}")
        self._expect(2, "final dot", (code, text))
        return _line(code, text)

    def _expect(self, wanted: int, phase: Phase, answer: tuple[int, bytes]) -> None:
        """Raise unless the code begins with the digits of `wanted`."""
        code, text = answer
        if not str(code).startswith(str(wanted)):
            raise self._refusal(phase, code, text)

    def _refusal(self, phase: Phase, code: int, text: bytes) -> StageError:
        line = _line(code, text)
        said = f"{self.server} answered {phase} with {line}"
        enhanced = line.partition(" ")[2]
        if not 500 <= code < 600:
            throttled = code == SERVICE_CLOSING or _THROTTLED.match(enhanced)
            return Transient(said, retry_after=THROTTLED_FOR if throttled else None)
        if phase in {"session", "MAIL"} or code == 530 or _SENDER_FAULT.search(enhanced):
            return SourcePaused(self.name, said)
        if phase == "RCPT" and not _POLICY_REFUSAL.match(enhanced):
            return RecipientRefused(said)
        return MessageRefused(said)

    @contextlib.contextmanager
    def _nothing_accepted(self) -> Iterator[None]:
        """Translate what may fail before the final dot, when surely nothing was accepted."""
        try:
            yield
        except smtplib.SMTPResponseException as error:
            raw = error.smtp_error
            text = raw if isinstance(raw, bytes) else str(raw).encode()
            raise self._refusal("session", error.smtp_code, text) from error
        except ssl.SSLCertVerificationError as error:
            reason = f"{self.server} cannot prove who it is: {error.verify_message}"
            raise SourcePaused(self.name, reason) from error
        except (OSError, smtplib.SMTPException) as error:
            reason = str(error) or type(error).__name__
            raise Transient(f"{self.server} could not be used: {reason}") from error


def _line(code: int, text: bytes) -> str:
    return f"{code} {clean_text(text.decode('utf-8', 'replace'), limit=300)}"
