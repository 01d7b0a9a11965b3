"""What a host name says before anything is fetched: a social page, a directory page, a parking place.

Hosts are compared by their registrable domain or by a dot suffix, never by a part of the text:
"davisautocare" holds "avis" and "notfacebook.com" ends with "facebook.com".
"""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna

# Second-level labels under which names are registered where the top level is a country.
_SECOND_LEVEL: Final = frozenset("ac co com edu gob gov gv ltd me ne net nom nt or org plc sch".split())

# Known everywhere under many top-level names: pinterest.at, yelp.ca, tripadvisor.co.uk.
_SOCIAL_NAMES: Final = frozenset(
    "facebook instagram twitter tiktok youtube linkedin whatsapp pinterest snapchat".split()
)
_SOCIAL_DOMAINS: Final = frozenset(
    "x.com fb.com fb.me fb.page m.me wa.me t.me youtu.be vk.com bsky.app threads.net threads.com".split()
)

_DIRECTORY_NAMES: Final = frozenset(
    "google yelp tripadvisor opentable thefork lafourchette doordash ubereats grubhub deliveroo justeat just-eat "
    "lieferando foodora postmates airbnb expedia hostelworld vrbo yellowpages pagesjaunes paginegialle gelbeseiten "
    "foursquare groupon treatwell booksy vagaro thumbtack homeadvisor healthgrades zocdoc doctolib mapquest "
    "nextdoor zomato linktree superpages citysearch etsy ebay amazon".split()
)
# Names that are plain words belong to one owner under one ending only.
_DIRECTORY_DOMAINS: Final = frozenset(
    "booking.com hotels.com agoda.com takeaway.com wolt.com fresha.com resy.com angi.com avvo.com bbb.org manta.com "
    "chamberofcommerce.com goo.gl g.page g.co business.site linktr.ee lnk.bio bio.link maps.apple.com".split()
)
# People have sites of their own under these; the path or the subdomain is theirs.
_OWN_PAGE_HOSTS: Final = frozenset({"sites.google.com"})

_PARKING_DOMAINS: Final = frozenset(
    "sedoparking.com sedo.com parkingcrew.net bodis.com afternic.com dan.com hugedomains.com above.com "
    "parklogic.com uniregistry.com undeveloped.com domainmarket.com buydomains.com namebright.com "
    "domainlander.com cashparking.com parked.com".split()
)

_NOT_OF_AN_ADDRESS: Final = re.compile(r"[\s<>\"\\]")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")


def registrable_domain(host: str) -> str:
    """ "shop.example.co.uk" -> "example.co.uk". A short rule in place of the public suffix list."""
    labels = host.lower().rstrip(".").split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])


def registrable_name(host: str) -> str:
    """ "shop.example.co.uk" -> "example"."""
    return registrable_domain(host).partition(".")[0]


def _is_under(host: str, domains: frozenset[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels) - 1))


def is_social_host(host: str) -> bool:
    return registrable_name(host) in _SOCIAL_NAMES or _is_under(host, _SOCIAL_DOMAINS)


def is_directory_host(host: str) -> bool:
    """A page that lists the business among others. A free site of its own (name.wixsite.com) is none."""
    if _is_under(host, _OWN_PAGE_HOSTS):
        return False
    return registrable_name(host) in _DIRECTORY_NAMES or _is_under(host, _DIRECTORY_DOMAINS)


def is_platform_host(host: str) -> bool:
    """A host where many businesses have a page or an entry, so that its name says nothing of any of them."""
    return is_social_host(host) or is_directory_host(host)


def is_parking_host(host: str) -> bool:
    return _is_under(host, _PARKING_DOMAINS)


def host_of(address: str) -> str:
    """The host of an address that has been checked, or that a page names without its scheme ("//host/path")."""
    return address.partition("//")[2].partition("/")[0].partition(":")[0].lower()


def _in_ascii(host: str) -> str:
    """The name as the DNS knows it, by the rules that browsers follow ("ß" stays itself); raises ValueError."""
    return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")


def split_web_address(raw: str) -> SplitResult | None:
    """A public web address in a normal form, or None where the text is not one.

    About a third of all addresses in open data lack a scheme; they get https. Refused: other schemes, user
    names, ports, hosts without a dot, bare IP addresses.
    """
    text = raw.strip()
    if not text or len(text) > 500 or _NOT_OF_AN_ADDRESS.search(text):
        return None
    if not _SCHEME.match(text):
        text = "https://" + text.removeprefix("//")
    try:
        parts = urlsplit(text)
        host = _in_ascii((parts.hostname or "").rstrip(".")).lower()
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or port not in {None, 80, 443} or "@" in parts.netloc:
        return None
    if not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
        return None
    return SplitResult(parts.scheme.lower(), host, parts.path or "/", parts.query, "")
