"""A name server on loopback that knows what a test tells it, and fails as told."""

import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from campaigns.dns_lookups import LiveDns, LookupFailed

CONTROL = "always.example"
SILENCE = "silence"
SERVFAIL = "servfail"
LONGEST_TEXT = 255  # characters of one string of a TXT record


class NoDns:
    """A DNS that never answers: no test asks the machine's own."""

    def texts(self, name: str) -> Sequence[str]:
        raise LookupFailed("no DNS in tests")

    mail_hosts = addresses = names = texts


class DnsServer:
    """`records` maps "name TYPE" to values, or to a fault; a name that nobody knows does not exist."""

    def __init__(self, records: Mapping[str, list[str] | str]) -> None:
        self.records: Mapping[str, list[str] | str] = {f"{CONTROL} A": ["192.0.2.1"], **records}
        self.asked: list[str] = []

    def __enter__(self) -> "DnsServer":
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.socket.getsockname())
        self.thread.join(10)
        self.socket.close()

    @property
    def view(self) -> LiveDns:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.socket.getsockname()[1]
        return LiveDns(resolver, control=CONTROL)

    def _serve(self) -> None:
        while True:
            wire, asker = self.socket.recvfrom(65_535)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            [question] = query.question
            name = question.name.to_text(omit_final_dot=True).lower()
            kind = dns.rdatatype.to_text(question.rdtype)
            self.asked.append(f"{name} {kind}")
            found = self.records.get(f"{name} {kind}")
            if found == SILENCE:
                continue
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if found == SERVFAIL:
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif found and isinstance(found, list):
                answer.answer.append(self._rrset(question, kind, found))
            elif not any(known.partition(" ")[0] == name for known in self.records):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(max_size=65_535), asker)

    def _rrset(self, question: Any, kind: str, values: list[str]) -> Any:
        texts = [_quoted(value) if kind == "TXT" else value for value in values]
        return dns.rrset.from_text(question.name, 60, "IN", kind, *texts)


def _quoted(text: str) -> str:
    parts = [text[at : at + LONGEST_TEXT] for at in range(0, len(text), LONGEST_TEXT)] or [""]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)
