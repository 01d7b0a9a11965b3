"""Does the DNS of a domain tell the world that we may write from it? Checks as data, with what to do in plain words."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, Literal

from businesses.webhosts import registrable_domain
from campaigns.dns_lookups import Dns, LookupFailed

State = Literal["good", "warn", "bad", "unknown"]
Network = IPv4Network | IPv6Network

MOST_LOOKUPS: Final = 10  # RFC 7208; a receiver that counts more gives up
MOST_EMPTY: Final = 2
DKIM_LEAST: Final = 1024  # bits
DKIM_WANTED: Final = 2048
SHOWN: Final = 200  # characters of a record
_MECHANISM: Final = re.compile(
    r"(?P<sign>[+?~-]?)(?P<word>all|include|a|mx|ptr|exists|ip4|ip6)(?P<rest>[:/].*)?", re.IGNORECASE
)
_MODIFIER: Final = re.compile(r"(?P<word>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
_RSA: Final = bytes.fromhex("2a864886f70d010101")  # the name of RSA in a public key


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do ("" where nothing is)."""

    name: str
    title: str
    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """What is looked at: the domain of From, where its key lies, where bounces and answers go, who takes our mail.

    `server` is the host that mails are handed to, "" for a provider, which sends from hosts of its own.
    """

    domain: str
    selector: str
    bounce_domains: tuple[str, ...]
    reply_domains: tuple[str, ...]
    server: str = ""


@dataclass
class Spf:
    """A domain's SPF record with all that it includes."""

    record: str = ""
    lookups: int = 0
    empty: int = 0
    ends_with: str = ""  # the sign of its "all", or "" without one
    networks: list[Network] = field(default_factory=list)


class SpfBroken(Exception):
    """A receiver would throw this record away; the message says why, `advice` what to do."""

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(why)
        self.advice = advice


def check_sender(sender: Sender, dns: Dns) -> list[Check]:
    """Look at everything; never raises for what the DNS holds."""
    checks = [
        *[_checked("spf", f"SPF of {domain}", _check_spf, domain, dns) for domain in sender.bounce_domains],
        _checked("dkim", "DKIM key", _check_dkim, sender, dns),
        _checked("dmarc", "DMARC", _check_dmarc, sender.domain, dns),
        *[
            _checked("mx", f"MX of {domain}", _check_mx, domain, dns)
            for domain in dict.fromkeys((sender.domain, *sender.reply_domains, *sender.bounce_domains))
        ],
    ]
    checks.append(_check_alignment(sender, checks))
    if sender.server:
        checks.append(_checked("server", "Our mail server", _check_server, sender, dns))
    return checks


def verdict_of(checks: Sequence[Check]) -> bool | None:
    """Return whether all is well; None where something could not be looked up and nothing is wrong."""
    states = {check.state for check in checks}
    if "bad" in states:
        return False
    return None if "unknown" in states else True


type Finding = tuple[State, str, str]


def _checked[Subject](
    name: str, title: str, look: Callable[[Subject, Dns], Finding], subject: Subject, dns: Dns
) -> Check:
    try:
        state, found, advice = look(subject, dns)
    except LookupFailed as error:
        return Check(
            name, title, "unknown", f"The DNS did not answer ({error})", "It is asked again by itself."
        )
    return Check(name, title, state, found, advice)


def _check_spf(domain: str, dns: Dns) -> Finding:
    spf = Spf()
    try:
        _walk_spf(domain, dns, spf, seen=())
    except SpfBroken as error:
        return "bad", str(error), error.advice
    found = f"{spf.record[:SHOWN]} ({spf.lookups} of {MOST_LOOKUPS} look-ups)"
    if spf.ends_with == "+":
        return "bad", found, "It lets everybody send in your name: end it with -all or ~all."
    if spf.ends_with in ("", "?"):
        return "warn", found, "It says nothing about strangers: end it with -all or ~all."
    if spf.empty > MOST_EMPTY:
        return "warn", found, "More than two of its names lead nowhere: take them out."
    return "good", found, ""


def _walk_spf(domain: str, dns: Dns, spf: Spf, *, seen: tuple[str, ...]) -> None:
    """Read the record of `domain` and of all it includes into `spf`; raises SpfBroken."""
    records = [text for text in dns.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if domain in seen:
        raise SpfBroken(f"The SPF record of {domain} includes itself", "Take the include out.")
    if not records and seen:
        raise SpfBroken(f"{seen[-1]} includes {domain}, which has no SPF record", "Take the include out.")
    if not records:
        raise SpfBroken(
            f"{domain} has no SPF record",
            f'Publish a TXT record at {domain}: "v=spf1 include:YOUR-MAIL-SERVICE -all".',
        )
    if len(records) > 1:
        raise SpfBroken(f"{domain} has {len(records)} SPF records", "Join them into one.")
    spf.record = spf.record or records[0]
    redirect = ""
    for term in records[0].split()[1:]:
        if (mechanism := _MECHANISM.fullmatch(term)) is not None:
            if mechanism["word"].lower() == "all":
                spf.ends_with = spf.ends_with if seen else mechanism["sign"] or "+"
                return
            _walk_mechanism(domain, mechanism, dns, spf, seen)
        elif (modifier := _MODIFIER.fullmatch(term)) is not None:
            redirect = modifier["value"] if modifier["word"].lower() == "redirect" else redirect
        else:
            raise SpfBroken(
                f"{domain} has an SPF record with {term[:60]!a} in it", "Mend or take out that word."
            )
    if redirect:
        _count(spf)
        _walk_spf(redirect.lower().rstrip("."), dns, spf, seen=(*seen, domain))
        spf.ends_with = spf.ends_with or ("-" if not seen else "")


def _walk_mechanism(domain: str, mechanism: re.Match[str], dns: Dns, spf: Spf, seen: tuple[str, ...]) -> None:
    word, rest = mechanism["word"].lower(), mechanism["rest"] or ""
    if word in ("ip4", "ip6"):
        try:
            spf.networks.append(ip_network(rest.removeprefix(":"), strict=False))
        except ValueError as error:
            raise SpfBroken(
                f"{rest[:60]!a} in the SPF record of {domain} is no address", "Mend it."
            ) from error
        return
    _count(spf)
    target = rest.removeprefix(":").partition("/")[0].lower().rstrip(".") or domain
    if "%" in target or word in ("ptr", "exists"):
        return  # depends on the mail: it cannot be looked up beforehand
    if word == "include":
        _walk_spf(target, dns, spf, seen=(*seen, domain))
        return
    hosts = dns.mail_hosts(target) if word == "mx" else [target]
    found = [address for host in hosts if host for address in dns.addresses(host)]
    spf.empty += not found
    spf.networks.extend(ip_network(address) for address in found)


def _count(spf: Spf) -> None:
    spf.lookups += 1
    if spf.lookups > MOST_LOOKUPS:
        raise SpfBroken(
            f"Its SPF record needs more than {MOST_LOOKUPS} look-ups, so receivers throw it away",
            "Take out includes that are not used any more.",
        )


def _check_dkim(sender: Sender, dns: Dns) -> Finding:
    if not sender.selector:
        return (
            "bad",
            "No selector is entered",
            "Enter the selector that your mail service signs with; it shows it beside its DKIM record.",
        )
    name = f"{sender.selector}._domainkey.{sender.domain}"
    records = [tags for text in dns.texts(name) if "p" in (tags := _tags(text))]
    if not records:
        return "bad", f"{name} holds no key", "Publish the DKIM record that your mail service shows."
    if len(records) > 1:
        return "bad", f"{name} holds {len(records)} keys", "Leave only the one that your mail service shows."
    tags = records[0]
    if not tags["p"]:
        return "bad", f"The key at {name} is withdrawn", "Publish the new key that your mail service shows."
    if tags.get("k", "rsa").lower() == "ed25519":
        return "warn", f"{name}: ed25519", "Many receivers read RSA keys only: sign with one of those too."
    bits = rsa_bits(tags["p"])
    if bits is None:
        return (
            "bad",
            f"The key at {name} cannot be read",
            "Publish it again, exactly as your mail service shows it.",
        )
    found = f"{name}: {bits} bits"
    if bits < DKIM_LEAST:
        return (
            "bad",
            found,
            f"Receivers refuse keys below {DKIM_LEAST} bits: make a new one of {DKIM_WANTED}.",
        )
    if "y" in tags.get("t", "").split(":"):
        return "warn", f"{found}, marked as a test", "Take out t=y once all is well."
    if bits < DKIM_WANTED:
        return "warn", found, f"It works; {DKIM_WANTED} bits are what is expected today."
    return "good", found, ""


def _check_dmarc(domain: str, dns: Dns) -> Finding:
    for place in dict.fromkeys((domain, registrable_domain(domain))):
        records = [text for text in dns.texts(f"_dmarc.{place}") if text.lower().startswith("v=dmarc1")]
        if len(records) > 1:
            return "bad", f"_dmarc.{place} has {len(records)} records", "Leave one."
        if records:
            policy = _tags(records[0]).get("p", "").lower()
            if policy not in ("none", "quarantine", "reject"):
                return "bad", records[0][:SHOWN], "Its policy must be p=none, p=quarantine or p=reject."
            return "good", records[0][:SHOWN], ""
    return (
        "bad",
        f"{domain} has no DMARC record",
        f'Publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none". Large providers ask for one.',
    )


def _check_mx(domain: str, dns: Dns) -> Finding:
    hosts = dns.mail_hosts(domain)
    if not hosts:
        return "bad", f"{domain} has no MX record", "Publish one: answers and bounces would be lost."
    if list(hosts) == [""]:
        return "bad", f"{domain} says that it takes no mail", "Replace its null MX: answers would be lost."
    if not any(dns.addresses(host) for host in hosts if host):
        return (
            "bad",
            f"{', '.join(hosts)[:SHOWN]} leads nowhere",
            "Mend the MX record: answers would be lost.",
        )
    return "good", ", ".join(hosts)[:SHOWN], ""


def _check_alignment(sender: Sender, checks: Sequence[Check]) -> Check:
    """A receiver asks that From fits the signature or the place that bounces go to; both is best."""
    name, title = "alignment", "From fits what vouches for it"
    states = {check.name: check.state for check in checks if check.name != "spf"}
    shared = registrable_domain(sender.domain)
    fits = all(registrable_domain(domain) == shared for domain in sender.bounce_domains)
    if fits:
        return Check(name, title, "good", f"Bounces go to {', '.join(sender.bounce_domains)}")
    found = f"From is at {sender.domain}, bounces go to {', '.join(sender.bounce_domains)}"
    if states["dkim"] == "unknown":
        return Check(name, title, "unknown", found, "It depends on the DKIM key, which could not be read.")
    if states["dkim"] == "bad":
        return Check(
            name, title, "bad", found, f"Let bounces go to an address at {shared}, or sign with its key."
        )
    advice = f"The signature alone vouches for us; an address for bounces at {shared} would be better."
    return Check(name, title, "warn", found, advice)


def _check_server(sender: Sender, dns: Dns) -> Finding:
    """For information: the server that we hand mails to need not be the one that sends them on."""
    addresses = [ip_address(address) for address in dns.addresses(sender.server)]
    if not addresses:
        return "warn", f"{sender.server} has no address", "See whether MAIL_URL names the right host."
    spf = Spf()
    try:
        _walk_spf(sender.bounce_domains[0], dns, spf, seen=())
    except SpfBroken:
        return "warn", f"{sender.server}", "Mend the SPF record first."
    names = [name for address in addresses for name in dns.names(str(address))]
    found = f"{sender.server}, which leads back to {', '.join(names)[:SHOWN] or 'no name'}"
    if not any(address in network for address in addresses for network in spf.networks):
        return "warn", found, "The SPF record does not name it: see that it names your mail service's hosts."
    return ("good", found, "") if names else ("warn", found, "Ask its operator for a PTR record.")


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a DKIM or DMARC record, without the spaces in their values."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): re.sub(r"\s+", "", value) for name, _, value in pairs if name.strip()}


def rsa_bits(key: str) -> int | None:
    """Return the length of an RSA key in base64 (its SubjectPublicKeyInfo, or the bare key); None for anything else."""
    try:
        raw = base64.b64decode(key, validate=True)
        outer = list(_der(raw))
        if len(outer) != 1 or outer[0][0] != 0x30:
            return None
        parts = list(_der(outer[0][1]))
        if parts[0][0] == 0x30:  # which algorithm, then the key as a string of bits
            if _RSA not in parts[0][1] or parts[1][0] != 0x03:
                return None
            [(_, inner)] = _der(parts[1][1][1:])
            parts = list(_der(inner))
        kind, modulus = parts[0]
        return int.from_bytes(modulus, "big").bit_length() if kind == 0x02 else None
    except (binascii.Error, ValueError, IndexError):
        return None


def _der(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the content of each DER value; raises IndexError or ValueError where there is none."""
    at = 0
    while at < len(raw):
        kind, length = raw[at], raw[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(raw[at : at + size], "big")
            at += size
        if at + length > len(raw):
            raise ValueError("The value is cut off")
        yield kind, raw[at : at + length]
        at += length
