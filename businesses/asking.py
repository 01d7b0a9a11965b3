"""Asks one address of the web and says in one word what came of it.

What cannot be told for certain has words of its own (blocked, busy, timeout, unreachable, unsettled): none of
them says anything about the site.
"""

from dataclasses import dataclass
from typing import Final, Literal

from businesses.pages import Page, PageKind, is_html, kind_of_page, read_page
from businesses.webhosts import is_directory_host, is_parking_host, is_social_host
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
    """One request. The page comes with it where the answer is one."""
    try:
        answer = fetcher.fetch(address)
    except FetchFailed as failure:
        host, outcome, words = host_of(failure.url), *_FAILURES[failure.kind]
        if outcome == "nxdomain" and host != host_of(address):
            # It leads its visitors to a name that is gone; its own name is not.
            return Try(
                address, "http_error", None, "", f"{host_of(address)} leads to {host}, which does not exist"
            ), None
        return Try(address, outcome, None, "", f"{host} {words}"), None
    return _judge(address, answer)


_FAILURES: Final[dict[FailureKind, tuple[Outcome, str]]] = {
    "nxdomain": ("nxdomain", "does not exist"),
    "refused": ("refused", "exists, but no web server listens"),
    "timeout": ("timeout", "did not answer in time"),
    "tls": ("tls", "has a certificate that browsers refuse"),
    "dns": ("unreachable", "could not be looked up"),
    "crowded": ("unreachable", "shares its server with others that were being asked"),
    "blocked_address": ("unsettled", "does not lead to a public address"),
    "too_large": ("unsettled", "sends more than is read"),
    "protocol": ("unreachable", "breaks off or redirects without end"),
    "bad_url": ("unsettled", "is not an address that can be asked"),
}


def _judge(address: str, answer: Fetched) -> tuple[Try, Page | None]:
    host, status = host_of(answer.final_url), answer.status
    page: Page | None = None
    outcome: Outcome
    if is_parking_host(host):
        outcome, detail = "parked", f"{host_of(address)} leads to the parking place {host}"
    elif is_social_host(host):
        outcome, detail = "social", f"{host_of(address)} leads to a page on {host}"
    elif is_directory_host(host):
        outcome, detail = "directory", f"{host_of(address)} leads to an entry on {host}"
    elif status in {401, 403, 407, 429, 451} or (status >= 500 and "cf-ray" in answer.headers):
        outcome, detail = "blocked", f"{host} keeps robots out ({status})"
    elif status in {502, 503, 504, 408, 425}:
        outcome, detail = "busy", f"{host} is busy or being repaired ({status})"
    elif status in {404, 410}:
        outcome, detail = "not_found", f"{host} answers that the page does not exist ({status})"
    elif status >= 400:
        outcome, detail = "http_error", f"{host} answers with an error ({status})"
    elif not 200 <= status < 300:
        outcome, detail = "unsettled", f"{host} answers with {status} and no page"
    elif not is_html(answer.headers):
        outcome, detail = "works", f"{host} sends a file"
    else:
        page = read_page(answer.body, answer.headers)
        outcome, words = _PAGES[kind_of_page(page)]
        detail = f"{host} {words}"
    return Try(address, outcome, status, answer.final_url, detail), page


_PAGES: Final[dict[PageKind, tuple[Outcome, str]]] = {
    "site": ("works", "shows a page"),
    "parked": ("parked", "is for sale or parked"),
    "placeholder": ("empty", "shows a placeholder instead of a site"),
    "blank": ("empty", "shows a blank page"),
    "script_shell": ("unsettled", "shows nothing without scripts"),
    "bot_wall": ("blocked", "keeps robots out"),
}


def host_of(address: str) -> str:
    return address.partition("//")[2].partition("/")[0].partition(":")[0].lower()
