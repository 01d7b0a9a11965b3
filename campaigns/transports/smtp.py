"""A mail server over SMTP. Every failure is judged by the phase it happens in.

Until the final dot has been written, the server cannot have accepted anything. From then on, only its answer tells.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from businesses.contacts import clean_text
from campaigns.transports.base import Delivery, MessageRefused, Policy, RecipientRefused, check_wire_form
from pipeline.errors import SourcePaused, StageError, Transient, Uncertain

Tls = Literal["none", "starttls", "ssl"]
Phase = Literal["session", "MAIL", "RCPT", "DATA", "final dot"]

DEFAULT_PORTS: Final[dict[Tls, int]] = {"none": 25, "starttls": 587, "ssl": 465}
TIMEOUT: Final = 300.0  # seconds for a whole mail; a server may take its time after the final dot
CONNECT_TIMEOUT: Final = 30.0  # seconds
QUIT_TIMEOUT: Final = 2.0  # seconds; the mail is already accepted
THROTTLED_FOR: Final = 1_800.0  # seconds

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


class SmtpTransport:
    """Sends each mail over a connection of its own; `timeout` (seconds) bounds the whole conversation."""

    name = "smtp"
    policy: Policy = "park"

    def __init__(self, server: SmtpServer, *, timeout: float = TIMEOUT) -> None:
        self.server = server
        self.timeout = timeout

    def deliver(self, message: bytes, *, sender: str, recipient: str, message_id: str) -> Delivery:
        """Send these bytes to this recipient and return the server's answer to the final dot.

        Raises RecipientRefused, MessageRefused, BadData, SourcePaused, Transient, Uncertain: see base.py.
        """
        check_wire_form(message, sender=sender, recipient=recipient, message_id=message_id)
        with contextlib.ExitStack() as stack:
            with self._nothing_accepted():
                smtp = self._connect(sender)
                stack.callback(smtp.close)
                stack.enter_context(_deadline(smtp, self.timeout))
                self._secure(smtp)
                self._offer(smtp, message, sender, recipient)
                smtp.send(_LEADING_DOT.sub(b"..", message))
            reply = self._finish(smtp)
            _say_goodbye(smtp)
        found = _QUEUE_ID.search(reply)
        return Delivery(reply=reply, ref=found[1] if found else "")

    def find(self, message_id: str) -> bool | None:
        """SMTP cannot be asked what became of a mail."""
        return None

    def _connect(self, sender: str) -> smtplib.SMTP:
        host, port, timeout = self.server.host, self.server.port, min(CONNECT_TIMEOUT, self.timeout)
        domain = sender.rpartition("@")[
            2
        ]  # given, so that no DNS question is asked about this machine's name
        if self.server.tls == "ssl":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, domain, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(host, port, domain, timeout)
        if smtp.sock is not None:
            smtp.sock.settimeout(self.timeout)
        return smtp

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

    def _offer(self, smtp: smtplib.SMTP, message: bytes, sender: str, recipient: str) -> None:
        options = [f"SIZE={len(message)}"] if smtp.has_extn("size") else []
        if not message.isascii():
            if not smtp.has_extn("8bitmime"):
                raise MessageRefused(f"{self.server} takes no 8-bit mail, and this mail is frozen as 8-bit")
            options.append("BODY=8BITMIME")
        self._expect(250, "MAIL", smtp.mail(sender, options))
        self._expect(25, "RCPT", smtp.rcpt(recipient))
        self._expect(354, "DATA", smtp.docmd("DATA"))

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
            throttled = code == 421 or _THROTTLED.match(enhanced)
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


@contextlib.contextmanager
def _deadline(smtp: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Cut the connection after `seconds`, however busily the other side trickles bytes."""

    def cut() -> None:
        sock = smtp.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                # The plain shutdown: the one of a TLS socket would take the session from under its reader.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _say_goodbye(smtp: smtplib.SMTP) -> None:
    """Close politely; whatever goes wrong now, the mail is accepted."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        if smtp.sock is not None:
            smtp.sock.settimeout(QUIT_TIMEOUT)
        smtp.docmd("QUIT")


def _line(code: int, text: bytes) -> str:
    return f"{code} {clean_text(text.decode('utf-8', 'replace'), limit=300)}"
