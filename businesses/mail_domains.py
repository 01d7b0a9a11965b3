"""Does a domain take mail? Asked of the DNS; whatever is not certain is None, which never becomes a no."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Final, Protocol, runtime_checkable

import dns.exception
import dns.resolver

from businesses.contacts import domain_of_email, is_freemail
from pipeline.addresses import is_public
from pipeline.names import CONTROL_NAME

SECONDS: Final = 5.0
MOST_HOSTS: Final = 3  # mail hosts that are looked up; what the others would have told is not known


class DnsFailed(Exception):
    """The DNS gave no answer, which proves nothing."""


@runtime_checkable
class MailDns(Protocol):
    """What the question needs of the DNS. Both raise DnsFailed; an empty answer and a no are certain."""

    def mail_hosts(self, domain: str) -> Sequence[str]:
        """Return the hosts of the domain's MX records, the preferred first; a null MX is "."."""
        ...

    def is_there(self, host: str) -> bool:
        """Tell whether a host name has an address of the public internet."""
        ...


def takes_mail(address: str, dns: MailDns) -> bool | None:
    """Tell whether the domain of a mail address takes mail; None where that is not known.

    It does where a host of its MX records has a public address, or, without MX records, where it has one itself.
    """
    domain = domain_of_email(address)
    if is_freemail(domain):
        return True
    try:
        hosts = [host.rstrip(".") for host in dns.mail_hosts(domain)] or [domain]
    except DnsFailed:
        return None
    if hosts == [""]:
        return False
    hosts = [host for host in hosts if host]
    is_certain = len(hosts) <= MOST_HOSTS
    for host in hosts[:MOST_HOSTS]:
        if is_there := _is_there(host, dns):
            return True
        is_certain &= is_there is not None
    return False if is_certain else None


def _is_there(host: str, dns: MailDns) -> bool | None:
    try:
        return dns.is_there(host)
    except DnsFailed:
        return None


class LiveMailDns:
    """The DNS as this machine sees it.

    "No such name" is believed only while a name that always exists is found: a machine without a working DNS
    may be told of every name that it does not exist.
    """

    def __init__(self, *, ask: Callable[[str, str], Sequence[str]] | None = None) -> None:
        self._ask = ask or _ask_system

    def mail_hosts(self, domain: str) -> Sequence[str]:
        return self._sure(domain, "MX")

    def is_there(self, host: str) -> bool:
        return any(
            is_public(ip_address(address)) for kind in ("A", "AAAA") for address in self._sure(host, kind)
        )

    def _sure(self, name: str, kind: str) -> Sequence[str]:
        found = self._ask(name, kind)
        if not found and not self._ask(CONTROL_NAME, "A"):
            raise DnsFailed("the DNS of this machine finds no name at all")
        return found


def _ask_system(name: str, kind: str) -> Sequence[str]:
    """Return the records as text, () where there are none; raises DnsFailed."""
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=SECONDS, search=False)
        if kind == "MX":
            return [str(record.exchange) for record in sorted(answer, key=lambda record: record.preference)]
        return [str(record) for record in answer]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise DnsFailed(str(error)) from error
