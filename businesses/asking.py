"""Asks one address of the web and says in one word what came of it.

What cannot be told for certain has words of its own (blocked, busy, timeout, unreachable, unsettled): none of
them says anything about the site.
"""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin

from businesses.pages import Page, PageKind, is_html, kind_of_page, read_page
from businesses.webhosts import host_of, is_directory_host, is_parking_host, is_social_host
from pipeline.addresses import FailureKind
from pipeline.http import Fetched, Fetcher, FetchFailed

type Outcome = Literal[
    "works", "social", "directory", "parked", "empty", "not_found", "http_error", "nxdomain", "refused", "tls",
    "blocked", "busy", "timeout", "unreachable", "unsettled", "own_site", "somebody_else",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Try:
    """One address that was asked: what came of it. status and final_url are None and "" without an answer."""

    url: str
    outcome: Outcome
    status: int | None
    final_url: str
    detail: str


def ask(address: str, *, fetcher: Fetcher) -> tuple[Try, Page | None]:
    """One request, and a second one where the page only sends its visitors on. The page comes with it where the
    answer is one."""
    try:
        answer = fetcher.fetch(address)
        page = _page_of(answer)
        if page and kind_of_page(page) == "forwarding":
            answer = fetcher.fetch(urljoin(answer.final_url, page.refresh))
            page = _page_of(answer)
    except FetchFailed as failure:
        return _failed(address, failure), None
    except ValueError:  # urljoin: it sends its visitors to something that is no address
        return Try(address, "unsettled", None, "", f"{host_of(address)} leads to no address"), None
    outcome, detail = _judge(address, answer, page)
    return Try(address, outcome, answer.status, answer.final_url, detail), page


def _page_of(answer: Fetched) -> Page | None:
    if answer.status not in _WITH_A_PAGE or not is_html(answer.headers):
        return None
    return read_page(answer.body, answer.headers, is_whole=not answer.truncated)


def _failed(address: str, failure: FetchFailed) -> Try:
    host, outcome, words = host_of(failure.url), *_FAILURES[failure.kind]
    if outcome == "nxdomain" and host != host_of(address):
        # It leads its visitors to a name that is gone; its own name is not.
        detail = f"{host_of(address)} leads to {host}, which does not exist"
        return Try(address, "http_error", None, "", detail)
    return Try(address, outcome, None, "", f"{host} {words}")


_FAILURES: Final[dict[FailureKind, tuple[Outcome, str]]] = {
    "nxdomain": ("nxdomain", "does not exist"),
    "refused": ("refused", "exists, but no web server listens"),
    "timeout": ("timeout", "did not answer in time"),
    "tls": ("tls", "has a certificate that browsers refuse"),
    "tls_chain": ("unsettled", "has a certificate that some browsers may refuse"),
    "dns": ("unreachable", "could not be looked up"),
    "crowded": ("unreachable", "shares its server with others that were being asked"),
    "blocked_address": ("unsettled", "does not lead to a public address"),
    "too_large": ("unsettled", "sends more than is read"),
    "protocol": ("unreachable", "breaks off or redirects without end"),
    "bad_url": ("unsettled", "is not an address that can be asked"),
}


def _judge(address: str, answer: Fetched, page: Page | None) -> tuple[Outcome, str]:
    """What came of an answer, and that in words.

    Certain is little: a page that is there, one that the server says is not, and a server that fails. Walls against
    robots answer with almost any other number.
    """
    host, status = host_of(answer.final_url), answer.status
    if is_parking_host(host):
        return "parked", f"{host_of(address)} leads to the parking place {host}"
    if is_social_host(host):
        return "social", f"{host_of(address)} leads to a page on {host}"
    if is_directory_host(host):
        return "directory", f"{host_of(address)} leads to an entry on {host}"
    if page:
        outcome, words = _PAGES[kind_of_page(page)]
        return outcome, f"{host} {words}"
    if status in _WITH_A_PAGE:
        return "works", f"{host} sends a file"
    if status in {404, 410}:
        return "not_found", f"{host} answers that the page does not exist ({status})"
    if not _WALLS.isdisjoint(answer.headers) or (400 <= status < 500 and status not in _BUSY):
        return "blocked", f"{host} keeps robots out ({status})"
    if status == 500:
        return "http_error", f"{host} answers with an error (500)"
    if status in _BUSY or status > 500:
        return "busy", f"{host} is busy or being repaired ({status})"
    return "unsettled", f"{host} answers with {status} and no page"


_WITH_A_PAGE: Final = frozenset({200, 203})
_BUSY: Final = frozenset({408, 425})
_WALLS: Final = frozenset({"cf-ray", "cf-mitigated", "x-amzn-waf-action"})


_PAGES: Final[dict[PageKind, tuple[Outcome, str]]] = {
    "site": ("works", "shows a page"),
    "parked": ("parked", "is for sale or parked"),
    "placeholder": ("empty", "shows a placeholder instead of a site"),
    "blank": ("empty", "shows a blank page"),
    "script_shell": ("unsettled", "shows nothing without scripts"),
    "wrapper": ("unsettled", "shows nothing but what it takes from elsewhere"),
    "forwarding": ("unsettled", "sends its visitors on and on"),
    "cut_off": ("unsettled", "is too long to be read to where its text begins, or breaks off"),
    "bot_wall": ("blocked", "keeps robots out"),
}
