"""A web for tests: a few hosts with a few answers, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from businesses.mail_domains import DnsFailed
from pipeline.addresses import FailureKind
from pipeline.http import Fetched, FetchFailed


def page(text: str = "", *, title: str = "", head: str = "", body: str = "") -> bytes:
    """A page of today with this visible text."""
    return (
        f'<!doctype html><html><head><meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"{head}</head><body><p>{text}</p>{body}</body></html>"
    ).encode()


@dataclass
class Web:
    """answers: address -> a failure kind, a body, or (status, body, headers).

    A host that has an answer under one scheme refuses the other; other names do not exist.
    """

    answers: Mapping[str, Any]
    asked: list[str] = field(default_factory=list)

    @property
    def _hosts(self) -> set[str | None]:
        return {urlsplit(address).hostname for address in self.answers}

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        address = url
        for _ in range(6):
            if urlsplit(address).scheme not in {"http", "https"}:
                raise FetchFailed("bad_url", address, "recorded")
            answer = self.answers.get(
                address, "refused" if urlsplit(address).hostname in self._hosts else "nxdomain"
            )
            if isinstance(answer, str):
                kind: FailureKind = answer  # type: ignore[assignment]
                raise FetchFailed(kind, address, "recorded")
            status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
            if "location" not in headers:
                return Fetched(url, address, status, {"content-type": "text/html", **headers}, body, False)
            address = urljoin(address, headers["location"])
        raise FetchFailed("protocol", address, "redirects without end")


class NoDns:
    """A DNS that answers nothing."""

    def mail_hosts(self, domain: str) -> Sequence[str]:
        raise DnsFailed("there is no DNS here")

    def is_there(self, host: str) -> bool:
        raise DnsFailed("there is no DNS here")


def everywhere(host: str, answer: Any) -> dict[str, Any]:
    """The same answer whichever way one comes in."""
    return {f"{scheme}://{www}{host}/": answer for scheme in ("https", "http") for www in ("", "www.")}
