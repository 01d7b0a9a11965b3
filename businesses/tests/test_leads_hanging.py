"""Websites that hang, real ones on loopback, while others are looked at by the same stage."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from businesses import leads
from businesses.models import Business
from businesses.sources.sample import SampleTown
from businesses.tests.loopback import Asked, Reply, Server, serving
from businesses.tests.recorded import page
from businesses.tests.test_leads import make_found
from pipeline.clock import VirtualClock
from pipeline.http import Fetched, FetchFailed, GuardedClient
from pipeline.runner import Run
from pipeline.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST = 30  # seconds that a site hangs at most
HANGING, OTHERS = 4, 6


class LoopbackWeb:
    """The guarded client, led to one server whatever the name; its sites speak no TLS, and all domains take mail."""

    def __init__(self, server: Server) -> None:
        port = urlsplit(server.url).port or 0
        self._port = port
        self._client = GuardedClient(
            user_agent="WebMagicBot/1.0", resolver=lambda host: ["127.0.0.1"], allow=lambda ip: ip.is_loopback,
            allowed_ports=frozenset({port}), read_timeout=LONGEST, total_timeout=LONGEST,
            max_per_address=HANGING + OTHERS,
        )  # fmt: skip

    def fetch(self, url: str) -> Fetched:
        parts = urlsplit(url)
        if parts.scheme == "https":
            raise FetchFailed("refused", url, "no TLS here")
        return self._client.fetch(f"http://{parts.netloc}:{self._port}{parts.path}")

    def mail_hosts(self, domain: str) -> Sequence[str]:
        return [f"mx.{domain}"]

    def is_there(self, host: str) -> bool:
        return True


class Sites:
    """Those named h... hang until all others are done with, then break off without a word."""

    def __init__(self, clock: VirtualClock) -> None:
        self.others_done = threading.Event()
        self._clock = clock

    def answer(self, asked: Asked) -> Reply:
        if not asked.headers["host"].removeprefix("www.").startswith("h"):
            return Reply(body=page("Fresh bread, baked on Church Street."), content_type="text/html")
        self._clock.advance(seconds=PATIENCE)
        if not self.others_done.wait(LONGEST):
            raise AssertionError("the others waited for those that hang")
        return Reply(status=0)


@pytest.fixture
def sites(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sites]:
    sites = Sites(clock)
    with serving(sites.answer) as server:
        web = LoopbackWeb(server)
        monkeypatch.setattr(SampleTown, "web", lambda self: web)
        yield sites
        sites.others_done.set()


def test_sites_that_hang_do_not_keep_the_others_waiting(
    sites: Sites, clock: VirtualClock, settings: Any
) -> None:
    """More hang than are looked at at once; every other one is decided on while all of them are still open."""
    settings.CHECK_THREADS = HANGING // 2
    hanging = [make_found(websites=[f"http://h{number}.example/"]) for number in range(HANGING)]
    others = [make_found(websites=[f"http://s{number}.example/"]) for number in range(OTHERS)]
    decided: list[set[int]] = []

    def watch(stage: str, row: str, word: str) -> None:
        decided.append(set(Business.objects.exclude(website_state="").values_list("pk", flat=True)))
        if len(decided) == OTHERS:
            sites.others_done.set()

    run = Run(by="test", clock=clock, threads=2, seconds=1e9, on_row=watch)
    assert leads.qualify_leads(run, limit=99).rows == {"done": HANGING + OTHERS}
    assert decided[OTHERS - 1] == {each.pk for each in others}
    for each in others:
        each.refresh_from_db()
        assert (each.status, each.website_state) == ("rejected", "ok")
    for each in hanging:
        each.refresh_from_db()
        assert (each.status, each.website_state, each.unsettled_looks) == ("new", "unknown", 1)
        assert {t["outcome"] for t in each.website_checks.get().tries} == {"refused", "unreachable"}
