"""Which addresses of the web may be fetched at all: the rules that need no connection."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Literal
from urllib.parse import urlsplit

import idna

FailureKind = Literal[
    "bad_url",
    "blocked_address",
    "nxdomain",
    "dns",
    "crowded",
    "refused",
    "timeout",
    "tls",
    "tls_chain",
    "too_large",
    "protocol",
]
IPAddress = IPv4Address | IPv6Address

MAX_URL = 2048
WEB_PORTS = frozenset({80, 443})
LOCAL_NAMES = re.compile(r"(^|\.)(localhost|local|internal|lan|home\.arpa)$")
HOST_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
)
LOOKS_NUMERIC = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)$")  # what a lenient parser reads as an IPv4 address
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
# A public address by its number, at which a cloud answers its own machines alone.
INSIDE_A_CLOUD = frozenset({IPv4Address("168.63.129.16")})


class FetchFailed(Exception):
    """There is no answer. `kind` says why, `url` is the address that failed (maybe one redirected to).

    - bad_url: not an http(s) address of a public host, or a form that is refused;
    - blocked_address: the name or its address is not a public one;
    - nxdomain: the name does not exist; dns: its address could not be learnt, which proves nothing;
    - crowded: too many others were asking the same address for it to get a turn, which proves nothing;
    - refused: the host is there and takes no connection; timeout: no answer in time, or no way to the host;
    - tls: a certificate that every browser refuses; tls_chain: one whose issuer is not known here, which a browser
      may fetch; too_large: more header bytes than any page needs; protocol: no valid TLS or HTTP.
    """

    def __init__(self, kind: FailureKind, url: str, detail: str) -> None:
        super().__init__(kind, url, detail)
        self.kind: FailureKind = kind
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.url[:200]!a}: {self.detail}"


def is_public(ip: IPAddress) -> bool:
    """Tell whether `ip` is an address of the public internet, also where it wraps an IPv4 address."""
    if isinstance(ip, IPv6Address):
        wrapped = (
            ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None)
        )
        if wrapped is not None:
            return is_public(wrapped)
        if ip not in GLOBAL_UNICAST:
            return False
    if ip in INSIDE_A_CLOUD:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def check_url(url: str, *, allowed_ports: frozenset[int] = WEB_PORTS) -> str:
    """Return `url` rebuilt from its checked parts, without fragment; raises FetchFailed.

    It may lead to a public host by name or by plain address: no user name, no other scheme or port, no name of a
    local network, and no second spelling of an address (octal, hexadecimal, short, full-width, percent-encoded).
    """
    if len(url) > MAX_URL:
        raise FetchFailed("bad_url", url, f"longer than {MAX_URL} characters")
    if "\\" in url or " " in url or not url.isprintable():  # the space is the only printable one of its kind
        raise FetchFailed("bad_url", url, "holds a space, a backslash or a control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchFailed("bad_url", url, str(error)) from error
    if parts.scheme not in ("http", "https"):
        raise FetchFailed("bad_url", url, "neither http nor https")
    if "@" in parts.netloc:
        raise FetchFailed("bad_url", url, "holds a user name")
    if port is not None and port not in allowed_ports:
        raise FetchFailed("bad_url", url, f"port {port} is not one of the web")
    host = _checked_host(url, parts.hostname or "")
    netloc = host if port is None else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{netloc}{parts.path or '/'}{query}"


def _checked_host(url: str, host: str) -> str:
    if ":" in host:
        try:
            ip = IPv6Address(host)
        except ValueError as error:
            raise FetchFailed("bad_url", url, "not an IPv6 address") from error
        if ip.scope_id:
            raise FetchFailed("bad_url", url, "an address of one link only")
        return f"[{ip}]"
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise FetchFailed("bad_url", url, f"not a host name: {error}") from error
    host = host.removesuffix(".").lower()
    if not HOST_NAME.fullmatch(host):
        raise FetchFailed("bad_url", url, "not a host name")
    if LOOKS_NUMERIC.search(host):
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise FetchFailed("bad_url", url, "an odd spelling of an IP address") from error
    if "." not in host or LOCAL_NAMES.search(host):
        raise FetchFailed("blocked_address", url, "a name of a local network")
    return host
