"""Reads a box over IMAP 4rev1, with the standard library: what is asked for is seven commands and one partial fetch."""

import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from campaigns.mailreaders.base import MAIL_LIMIT, BoxUnreachable, Folder, RawMail

TIMEOUT: Final = 10.0  # seconds for each answer
_LIST_LINE: Final = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>.+)')
_UID: Final = re.compile(rb"\bUID (\d{1,10})\b")
_JUNK_NAMES: Final = frozenset(
    {"junk", "spam", "junk e-mail", "junk email", "bulk mail", "inbox.junk", "inbox.spam"}
)
_SENT_NAMES: Final = frozenset(
    {"sent", "sent items", "sent mail", "sent messages", "inbox.sent", "[gmail]/sent mail"}
)
_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# What breaks off on the way: the server's refusals, the network, an answer that makes no sense.
_TROUBLES: Final = (imaplib.IMAP4.error, OSError, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where a box lies and how it is opened; without TLS only on this machine."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: bool = True


def imap_server(url: str, *, name: str = "name") -> ImapServer:
    """Read imaps://user:password@host:993/. Raises ImproperlyConfigured with a message without the password."""
    shape = f"IMAP_URL_{name.upper()} must look like imaps://user:password@host:993/"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ImproperlyConfigured(shape) from error
    if parts.scheme not in ("imap", "imaps") or not (host and parts.username and parts.password) or port == 0:
        raise ImproperlyConfigured(shape)
    tls = parts.scheme == "imaps"
    if not tls and host not in _LOCAL_HOSTS:
        raise ImproperlyConfigured(f"{shape}: imap:// would send its password in the clear")
    user, password = unquote(parts.username), unquote(parts.password)
    return ImapServer(host, port or (993 if tls else 143), user, password, tls)


@dataclass(frozen=True, slots=True)
class ImapReader:
    """A box on an IMAP server."""

    server: ImapServer
    trust: ssl.SSLContext | None = None  # None: the authorities this machine trusts

    @contextlib.contextmanager
    def open_box(self) -> Iterator["_Box"]:
        """Log in for as long as the context lasts."""
        server = self.server
        with _told(f"{server.host} did not let us in"):
            client = self._connect()
            try:
                client.login(server.user, server.password)
            except _TROUBLES:
                _leave(client)
                raise
        try:
            yield _Box(client)
        finally:
            _leave(client)

    def _connect(self) -> imaplib.IMAP4:
        server = self.server
        if not server.tls:
            return imaplib.IMAP4(server.host, server.port, timeout=TIMEOUT)
        context = self.trust or ssl.create_default_context()
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=TIMEOUT)


class _Box:
    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client

    def folders(self) -> list[Folder]:
        junk = self._named(rb"\junk", _JUNK_NAMES)
        return [Folder("INBOX", is_junk=False), *(Folder(name, is_junk=True) for name in junk)]

    def has_sent(self, message_id: str) -> bool:
        for name in self._named(rb"\sent", _SENT_NAMES):
            with _told(f"The folder {name} cannot be searched"):
                _data(self._client.select(_quoted(name), readonly=True))
                found = _data(self._client.search(None, "HEADER", "Message-ID", _quoted(message_id)))
            if found and found[0]:
                return True
        return False

    def _named(self, flag: bytes, names: frozenset[str]) -> list[str]:
        """The folders that the server says are of a kind, or that are called so where it says nothing."""
        with _told("The folders cannot be listed"):
            lines = _data(self._client.list())
        found = []
        for line in lines:
            match = _LIST_LINE.fullmatch(line) if isinstance(line, bytes) else None
            if match is None:
                continue
            flags, name = match["flags"].lower().split(), _unquoted(match["name"])
            if rb"\noselect" not in flags and (flag in flags or name.lower() in names):
                found.append(name)
        return found

    def open_folder(self, name: str) -> "_Folder":
        with _told(f"The folder {name} cannot be opened"):
            _data(self._client.select(_quoted(name), readonly=True))
            _, numbering = self._client.response("UIDVALIDITY")
            return _Folder(self._client, int(numbering[0] or 0) if numbering else 0)


class _Folder:
    def __init__(self, client: imaplib.IMAP4, numbering: int) -> None:
        self._client = client
        self.numbering = numbering

    def mails(self, *, after: int, since: date, limit: int) -> Iterator[RawMail]:
        with _told("The mails cannot be listed"):
            asked = f"UID {after + 1}:* SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
            found = _data(self._client.uid("SEARCH", asked))
        # "n:*" names the last mail even where its uid is below n.
        uids = sorted(uid for uid in map(int, (found[0] or b"").split()) if uid > after)
        for uid in uids[:limit]:
            with _told(f"Mail {uid} cannot be read"):
                mail = self._fetch(uid)
            if mail is not None:
                yield mail

    def _fetch(self, uid: int) -> RawMail | None:
        """Return the beginning of a mail without marking it as seen; None when it is gone meanwhile."""
        asked = f"(UID INTERNALDATE BODY.PEEK[]<0.{MAIL_LIMIT}>)"
        parts = _data(self._client.uid("FETCH", str(uid), asked))
        bodies = [part[1] for part in parts if isinstance(part, tuple)]
        # A server may name the uid and the date before the mail or after it.
        said = b" ".join(part[0] if isinstance(part, tuple) else part for part in parts if part)
        named, at = _UID.search(said), imaplib.Internaldate2tuple(said)
        if not bodies or named is None or int(named[1]) != uid or at is None:
            return None
        return RawMail(uid, bytes(bodies[0]), datetime.fromtimestamp(time.mktime(at), UTC))


def _data(answer: tuple[str, list[Any]]) -> list[Any]:
    """Return what the server sent with its OK. Raises imaplib's error for a refusal."""
    word, data = answer
    if word != "OK":
        raise imaplib.IMAP4.error(_said(data))
    return data


def _said(data: list[Any]) -> str:
    return b" ".join(part for part in data if isinstance(part, bytes)).decode("ascii", "replace")


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except _TROUBLES as error:
        said = error.args[0] if error.args else ""
        words = said.decode("ascii", "replace") if isinstance(said, bytes) else str(error)
        raise BoxUnreachable(f"{what}: {words or type(error).__name__}"[:300]) from error


def _leave(client: imaplib.IMAP4) -> None:
    with contextlib.suppress(*_TROUBLES):
        client.logout()


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(name: bytes) -> str:
    text = name.decode("ascii", "replace")
    if text.startswith('"') and text.endswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
