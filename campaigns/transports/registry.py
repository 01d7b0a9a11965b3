"""Chooses the transport that an address in MAIL_URL or MAIL_URL_NAME stands for."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from campaigns.transports.base import Transport
from campaigns.transports.outbox import OutboxTransport
from campaigns.transports.provider import PROVIDERS, ProviderAccount, ProviderTransport
from campaigns.transports.smtp import DEFAULT_PORTS, SmtpServer, SmtpTransport, Tls

DEFAULT = "default"  # the transport that MAIL_URL names
_SHAPE = "{} is empty, outbox:, smtp://user:password@host:port?tls=starttls or anymail+PROVIDER://KEY@"
_PROVIDER = "anymail+"
_TLS_WORDS: dict[str, Tls] = {"starttls": "starttls", "ssl": "ssl"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def variable_of(name: str) -> str:
    """Return the environment variable that holds the address of the transport `name`."""
    return "MAIL_URL" if name == DEFAULT else f"MAIL_URL_{name.upper()}"


def is_outbox(mail_url: str) -> bool:
    """Tell whether an address stands for the built-in outbox."""
    return mail_url.strip() in {"", "outbox:"}


def transport_from_url(mail_url: str, outbox_root: Path, *, name: str = DEFAULT) -> Transport:
    """Return the outbox for an empty address or "outbox:", a server for smtp:// and smtps://, else a provider.

    `name` says whose address it is: MAIL_URL or MAIL_URL_NAME; each is paused by itself.
    Raises ImproperlyConfigured with a message that never shows the password.
    """
    url = mail_url.strip()
    if is_outbox(url):
        return OutboxTransport(outbox_root)
    scheme = url.partition(":")[0].lower()
    shape = _SHAPE.format(variable_of(name))
    if scheme.startswith(_PROVIDER):
        account = _provider_account(url, scheme.removeprefix(_PROVIDER), variable_of(name))
        return ProviderTransport(account, name=source_of("anymail", name))
    if scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured(f"{shape}; {scheme[:20]!a} is not known")
    return SmtpTransport(_smtp_server(url, scheme, shape), name=source_of("smtp", name))


def source_of(kind: str, name: str) -> str:
    """Return the word under which a transport is paused and told: its kind, or its name where it has one."""
    return kind if name == DEFAULT else f"mail.{name}"


def _smtp_server(url: str, scheme: str, shape: str) -> SmtpServer:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # no name with an empty or endless label
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise ImproperlyConfigured(f"{shape}; its host, port or options cannot be read") from error
    if not host or not host.isascii() or parts.path not in {"", "/"} or parts.fragment:
        raise ImproperlyConfigured(f"{shape}; it names no host, or more than one")
    if unknown := sorted(set(options) - {"tls"}):
        raise ImproperlyConfigured(f"{shape}; its option {unknown[0][:20]!a} is not known")
    tls = _tls_of(scheme, options.get("tls"), shape)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not (user + password).isascii():
        raise ImproperlyConfigured(f"{shape}; it needs a user and a password in ASCII, or neither")
    if user and tls == "none" and host not in _LOOPBACK:
        variable = shape.partition(" ")[0]
        raise ImproperlyConfigured(
            f"{variable} would send its password in the clear; add ?tls=starttls or ?tls=ssl"
        )
    return SmtpServer(host=host, port=port or DEFAULT_PORTS[tls], tls=tls, user=user, password=password)


def _provider_account(url: str, provider: str, variable: str) -> ProviderAccount:
    """Read anymail+PROVIDER://KEY@ with, optionally, another address of its API: KEY@api.eu.provider.example/v3."""
    if provider not in PROVIDERS:
        raise ImproperlyConfigured(
            f"{variable} names the provider {provider[:20]!a}; known are {', '.join(sorted(PROVIDERS))}"
        )
    wanted = PROVIDERS[provider].keys
    shape = f"{variable} must look like {_PROVIDER}{provider}://{':'.join(key.upper() for key in wanted)}@"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{shape}; its host or port cannot be read") from error
    keys = tuple(unquote(key) for key in (parts.username, parts.password) if key)
    if len(keys) != len(wanted) or not all(key.isascii() and key.isprintable() for key in keys):
        raise ImproperlyConfigured(f"{shape}; it has no key, or one too many")
    if parts.query or parts.fragment or (parts.path.strip("/") and not host) or not host.isascii():
        raise ImproperlyConfigured(f"{shape}; after the @ comes nothing, or the host and path of its API")
    api_url = ""
    if host:
        scheme = "http" if host in _LOOPBACK else "https"
        place = f"[{host}]" if ":" in host else host
        api_url = f"{scheme}://{place}{f':{port}' if port else ''}{parts.path.rstrip('/')}/"
    return ProviderAccount(provider, keys, api_url)


def _tls_of(scheme: str, word: str | None, shape: str) -> Tls:
    if word is None:
        return "ssl" if scheme == "smtps" else "none"
    if word not in _TLS_WORDS or (scheme == "smtps" and word != "ssl"):
        raise ImproperlyConfigured(f"{shape}; tls is starttls or ssl, and smtps is always ssl")
    return _TLS_WORDS[word]
