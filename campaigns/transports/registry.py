"""Chooses the transport that MAIL_URL names."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from campaigns.transports.base import Transport
from campaigns.transports.outbox import OutboxTransport
from campaigns.transports.smtp import DEFAULT_PORTS, SmtpServer, SmtpTransport, Tls

_SHAPE = "MAIL_URL is empty, outbox: or smtp://user:password@host:port?tls=starttls"
_TLS_WORDS: dict[str, Tls] = {"starttls": "starttls", "ssl": "ssl"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def transport_from_url(mail_url: str, outbox_root: Path) -> Transport:
    """Return the outbox for an empty MAIL_URL or "outbox:", a mail server for smtp:// and smtps://.

    Raises ImproperlyConfigured with a message that never shows the password.
    """
    url = mail_url.strip()
    if url in {"", "outbox:"}:
        return OutboxTransport(outbox_root)
    scheme = url.partition(":")[0].lower()
    if scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured(f"{_SHAPE}; {scheme[:20]!a} is not known")
    return SmtpTransport(_smtp_server(url, scheme))


def _smtp_server(url: str, scheme: str) -> SmtpServer:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # no name with an empty or endless label
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise ImproperlyConfigured(f"{_SHAPE}; its host, port or options cannot be read") from error
    if not host or not host.isascii() or parts.path not in {"", "/"} or parts.fragment:
        raise ImproperlyConfigured(f"{_SHAPE}; it names no host, or more than one")
    if unknown := sorted(set(options) - {"tls"}):
        raise ImproperlyConfigured(f"{_SHAPE}; its option {unknown[0][:20]!a} is not known")
    tls = _tls_of(scheme, options.get("tls"))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not (user + password).isascii():
        raise ImproperlyConfigured(f"{_SHAPE}; it needs a user and a password in ASCII, or neither")
    if user and tls == "none" and host not in _LOOPBACK:
        raise ImproperlyConfigured(
            "MAIL_URL would send its password in the clear; add ?tls=starttls or ?tls=ssl"
        )
    return SmtpServer(host=host, port=port or DEFAULT_PORTS[tls], tls=tls, user=user, password=password)


def _tls_of(scheme: str, word: str | None) -> Tls:
    if word is None:
        return "ssl" if scheme == "smtps" else "none"
    if word not in _TLS_WORDS or (scheme == "smtps" and word != "ssl"):
        raise ImproperlyConfigured(f"{_SHAPE}; tls is starttls or ssl, and smtps is always ssl")
    return _TLS_WORDS[word]
