"""Contacts from a page of the business's own: its poor website, its page on a social network, its entry somewhere.

At most the page and one contact page of the same site are read, each only where robots.txt lets us, and only where
the page shows that it is this business's. What guests wrote is never taken: an address counts as a link to write
to, or in the text where it belongs to the site's own domain; a page that carries reviews tells nothing.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from businesses.asking import host_of
from businesses.contacts import domain_of_email, is_blocked_role, normalise_email, parse_phones
from businesses.pages import Page, Signs, is_html, match_page, read_page
from businesses.robots import Robots
from businesses.webhosts import is_directory_host, is_social_host, registrable_domain, split_web_address
from pipeline.http import Fetcher, FetchFailed

MOST_PAGES: Final = 3  # addresses of one business that are tried
_CONTACT_LINK: Final = re.compile(
    r"contact|kontakt|impressum|imprint|contatt|contacto|yhteystiedot", re.IGNORECASE
)
_REVIEWS: Final = re.compile(
    r"\b(reviews?|testimonials?|rezension(en)?|bewertung(en)?|avis|recensioni)\b", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OwnContacts:
    """email and phone (E.164) as the page at url shows them; "" where it shows none, or several."""

    url: str
    email: str = ""
    phone: str = ""


def find_contacts(
    addresses: tuple[str, ...], signs: Signs, *, region: str, fetcher: Fetcher, robots: Robots
) -> OwnContacts | None:
    """Read the business's own pages until one tells an address or a number; region is its country (ISO2)."""
    for raw in addresses[:MOST_PAGES]:
        parts = split_web_address(raw)
        if parts is None:
            continue
        url = parts.geturl()
        if found := _from_site(url, signs, region, fetcher, robots):
            return found
    return None


def _from_site(url: str, signs: Signs, region: str, fetcher: Fetcher, robots: Robots) -> OwnContacts | None:
    at, page = _read(url, fetcher, robots)
    if page is None or not match_page(page, signs):
        return None
    if found := _contacts_on(at, page, region):
        return found
    further = "" if _is_on_a_platform(at) else _contact_page(at, page)
    if not further:
        return None
    at, page = _read(further, fetcher, robots)
    return _contacts_on(at, page, region) if page else None


def _read(url: str, fetcher: Fetcher, robots: Robots) -> tuple[str, Page | None]:
    """Return where the page was found, and the page, None where there is none or robots are kept out.

    A home page may be asked for by anybody, all others by leave of robots.txt, that of the host it was found on.
    """
    if not _may_read(url, robots):
        return url, None
    try:
        answer = fetcher.fetch(url)
    except FetchFailed as failure:
        if failure.kind == "tls" and url.startswith("https:"):
            return _read(f"http:{url.removeprefix('https:')}", fetcher, robots)
        return url, None
    if answer.status != 200 or not is_html(answer.headers):
        return url, None
    if answer.final_url != url and not _may_read(answer.final_url, robots):
        return url, None
    return answer.final_url, read_page(answer.body, answer.headers)


def _may_read(url: str, robots: Robots) -> bool:
    parts = urlsplit(url)
    return (parts.path in ("", "/") and not parts.query) or robots.may_read(url)


def _is_on_a_platform(url: str) -> bool:
    return is_social_host(host_of(url)) or is_directory_host(host_of(url))


def _contact_page(url: str, page: Page) -> str:
    domain = registrable_domain(host_of(url))
    for link in page.links[:500]:
        if not _CONTACT_LINK.search(link[:300]):
            continue
        try:
            target = urljoin(url, link[:300])
        except ValueError:
            continue
        parts = split_web_address(target)
        if parts and parts.path != "/" and registrable_domain(parts.netloc) == domain:
            return parts.geturl()
    return ""


def _contacts_on(url: str, page: Page, region: str) -> OwnContacts | None:
    if _REVIEWS.search(page.text) or _REVIEWS.search(page.source):
        return None
    domain = registrable_domain(host_of(url))
    emails = {
        address
        for link in page.links
        if link.lower().startswith("mailto:")
        and (address := normalise_email(unquote(link[7:300].partition("?")[0])))
    }
    emails |= {
        address
        for text in _ADDRESS.findall(page.text)
        if (address := normalise_email(text)) and registrable_domain(domain_of_email(address)) == domain
    }
    if _is_on_a_platform(url):
        emails = {address for address in emails if registrable_domain(domain_of_email(address)) != domain}
    emails = {address for address in emails if not is_blocked_role(address)}
    phones = {
        phone.e164
        for link in page.links
        if link.lower().startswith("tel:")
        for phone in parse_phones([unquote(link[4:60])], region=region)
        if phone.e164
    }
    # Several are as good as none: whose they are cannot be told.
    found = OwnContacts(url, _only(emails), _only(phones))
    return found if found.email or found.phone else None


def _only(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""
