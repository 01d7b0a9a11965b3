"""Contacts from a page of the business's own: its poor website, its page on a social network, its entry somewhere.

At most the page and one contact page of the same site are read, each only where robots.txt lets us, and only where
the page shows that it is this business's. What guests, agencies and strangers left there is never taken, and a page
that carries reviews tells nothing.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from businesses.page_contacts import CONTACT_LINK, contacts_on
from businesses.pages import Page, Signs, is_html, match_page, read_page
from businesses.robots import Robots
from businesses.webhosts import (
    host_of,
    is_platform_host,
    registrable_domain,
    split_web_address,
)
from pipeline.http import Fetcher, FetchFailed

MOST_PAGES: Final = 3  # addresses of one business that are tried


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
    found = _contacts_on(at, page, signs, region)
    further = "" if is_platform_host(host_of(at)) else _contact_page(at, page)
    if not further or (found and found.email):
        return found
    at, page = _read(further, fetcher, robots)
    there = _contacts_on(at, page, signs, region) if page else None
    return there if there and (there.email or found is None) else found


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


def _contact_page(url: str, page: Page) -> str:
    domain = registrable_domain(host_of(url))
    for link in page.links[:500]:
        if not CONTACT_LINK.search(link[:300]):
            continue
        try:
            target = urljoin(url, link[:300])
        except ValueError:
            continue
        parts = split_web_address(target)
        if parts and parts.path != "/" and registrable_domain(parts.netloc) == domain:
            return parts.geturl()
    return ""


def _contacts_on(url: str, page: Page, signs: Signs, region: str) -> OwnContacts | None:
    email, phone = contacts_on(url, page, signs, region=region)
    return OwnContacts(url, email, phone) if email or phone else None
