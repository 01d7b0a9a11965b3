"""What the DNS says, asked for senders' domains. A lookup that failed proves nothing and is told apart from a no."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

from pipeline.names import CONTROL_NAME

SECONDS: Final = 5.0  # for one question


class LookupFailed(Exception):
    """The DNS gave no answer."""


class Dns(Protocol):
    """All four return () where there surely is nothing, and raise LookupFailed where that is not known."""

    def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name, each as one text."""
        ...

    def mail_hosts(self, domain: str) -> Sequence[str]:
        """Return the hosts of the MX records, the preferred first, without the last dot; "" is the null MX."""
        ...

    def addresses(self, host: str) -> Sequence[str]:
        """Return the IPv4 and IPv6 addresses of a host."""
        ...

    def names(self, address: str) -> Sequence[str]:
        """Return the names that an address leads back to."""
        ...


class LiveDns:
    """The DNS as this machine, or `resolver`, sees it.

    "No such name" is believed only while a name that always exists is found: a machine without a working DNS may be
    told of every name that it does not exist.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None, *, control: str = CONTROL_NAME) -> None:
        self._resolver = resolver
        self._control = control

    def texts(self, name: str) -> Sequence[str]:
        answer = self._sure(name, "TXT")
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

    def mail_hosts(self, domain: str) -> Sequence[str]:
        answer = sorted(
            self._sure(domain, "MX"), key=lambda record: (record.preference, str(record.exchange))
        )
        return [str(record.exchange).rstrip(".") for record in answer]

    def addresses(self, host: str) -> Sequence[str]:
        return [str(record) for kind in ("A", "AAAA") for record in self._sure(host, kind)]

    def names(self, address: str) -> Sequence[str]:
        back = dns.reversename.from_address(address).to_text()
        return [str(record.target).rstrip(".") for record in self._sure(back, "PTR")]

    def _sure(self, name: str, kind: str) -> Sequence[Any]:
        found = self._ask(name, kind)
        if not found and not self._ask(self._control, "A"):
            raise LookupFailed("the DNS of this machine finds no name at all")
        return found

    def _ask(self, name: str, kind: str) -> Sequence[Any]:
        resolver = self._resolver or dns.resolver.get_default_resolver()
        try:
            return list(resolver.resolve(name, kind, lifetime=SECONDS, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong, dns.name.EmptyLabel):
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise LookupFailed(f"{name} {kind}: {type(error).__name__}") from error
