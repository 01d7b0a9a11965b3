"""How fast websites are checked, beside the least that a client without guards needs for the same pages, and
whether those that hang slow the stage that looks at them.

A server of its own process answers on many loopback addresses after 200 ms; every connection is a new one with
a TLS handshake, as it is on the web.
"""

import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Final

import requests
from django.conf import settings
from django.test.utils import override_settings
from requests.adapters import HTTPAdapter

from businesses import leads
from businesses.models import Business, SourceRecord
from businesses.web_bench_server import ADDRESSES, CERTIFICATE, PAGE_BYTES, address_of, serving_far_away
from businesses.websites import check_known_website
from pipeline.addresses import FetchFailed
from pipeline.clock import SYSTEM_CLOCK
from pipeline.http import Fetched, GuardedClient
from pipeline.measure import Figure, bench
from pipeline.runner import Run
from pipeline.states import label
from territories.coverage import add_territory

NAME: Final = "shop.example"
SITES: Final = 2_000
HANGING: Final = 20  # every twentieth
THREADS: Final = 128  # more of them only wait for each other on one core
WANTED: Final = 0.8
NOT_SLOWED: Final = 0.9


@bench
def website_checks(folder: Path) -> list[Figure]:
    """Check 2,000 sites with the guarded client and with a bare one, each with the same threads."""
    with serving_far_away() as port:
        LoopbackClient.port = port
        names = [f"s{number:04}.{NAME}" for number in range(SITES)]
        _rate(_bare(port), range(200))  # the server warms up
        floor = _rate(_bare(port), range(SITES))
        checked = _rate(_guarded(), names)
    return [
        Figure(
            "websites checked, 200 ms away", checked, "/s", "one bare shared session", floor,
            f"at least {WANTED:.0%} of the bare session", checked >= WANTED * floor,
        ),
    ]  # fmt: skip


@bench
def qualifying_beside_hanging(folder: Path) -> list[Figure]:
    """Qualify 2,000 businesses with a site each, then 2,000 of which 5 % have one that never answers."""
    ours = {"WEB_FETCHER": f"{__name__}.LoopbackClient", "OVERPASS_URL": "https://map.example/api"}
    with serving_far_away() as port, override_settings(**ours):
        LoopbackClient.port = port
        alone = _qualified(hanging=0)
        beside = _qualified(hanging=SITES // HANGING)
    return [
        Figure(
            "businesses qualified while the sites of 5 % hang", beside, "/s", "none hangs", alone,
            f"at least {NOT_SLOWED:.0%} of as many", beside >= NOT_SLOWED * alone,
        ),
    ]  # fmt: skip


def _qualified(*, hanging: int) -> float:
    """Qualify SITES new businesses; returns how many of those whose site answers were decided on a second, until
    the last of them was."""
    every = SITES // hanging if hanging else SITES + 1
    answering = _store(
        [f"{'s' if (number + 1) % every else 'h'}{number:04}.{NAME}" for number in range(SITES)]
    )
    done: list[float] = []

    def watch(stage: str, row: str, word: str) -> None:
        if row in answering:
            done.append(time.perf_counter())

    begun = time.perf_counter()
    run = Run(by="bench", threads=settings.THREADS, on_row=watch)
    leads.qualify_leads(run, limit=SITES)
    rejected = Business.objects.filter(status="rejected", website_state="ok").count()
    unknown = Business.objects.filter(status="new", website_state="unknown").count()
    if (rejected, unknown) != (SITES - hanging, hanging):
        raise AssertionError(f"{rejected} sites work and {unknown} are open")
    Business.objects.all().delete()
    return len(done) / (max(done) - begun)


def _store(hosts: list[str]) -> set[str]:
    """Store one new business for each host; returns the labels of those whose site answers."""
    now = SYSTEM_CLOCK.now()
    territory = add_territory(
        f"Bench {hosts[-1]}",
        south=44.0,
        west=-73.0,
        north=45.0,
        east=-72.0,
        source="overpass",
        country="US",
        now=now,
    )
    cell = territory.grids.get()
    Business.objects.bulk_create(
        Business(
            territory=territory, grid=cell, name=f"Bakery number {number}", category="bakery", country="US",
            lat=44.0002 + number * 0.0004, lon=-72.5, phone="+18025550116", operating_status="open",
            websites=[f"https://{host}/"], found_at=now, seen_at=now, next_attempt_at=now, status_changed_at=now,
        )
        for number, host in enumerate(hosts)
    )  # fmt: skip
    stored = Business.objects.order_by("pk")
    SourceRecord.objects.bulk_create(
        SourceRecord(
            source="overpass", source_id=f"node/{each.pk}", business=each, payload={"name": each.name},
            payload_hash=str(each.pk), licence="ODbL-1.0", attribution="Bench", first_seen_at=now, last_seen_at=now,
        )
        for each in stored
    )  # fmt: skip
    return {label(each) for each in stored if each.websites[0].startswith("https://s")}


def _rate[T](act: Callable[[T], object], each: Sequence[T]) -> float:
    """How many are done a second by THREADS threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        begun = time.perf_counter()
        for _ in pool.map(act, each):
            pass
    return len(each) / (time.perf_counter() - begun)


# --- the two clients --------------------------------------------------------------------------------------


class _BareAdapter(HTTPAdapter):
    """One TLS context for all, and the name that the certificate is for."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        super().init_poolmanager(
            *args, ssl_context=context, server_hostname=NAME, assert_hostname=NAME, **kwargs
        )

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context does it."""


def _bare(port: int) -> Callable[[int], object]:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", _BareAdapter(pool_connections=ADDRESSES, pool_maxsize=1))

    def get(number: int) -> None:
        address = f"https://{address_of(number)}:{port}/"
        got = len(session.get(address, headers={"Connection": "close"}, timeout=(3, 7)).content)
        if got != PAGE_BYTES:
            raise AssertionError(f"{got} bytes of a page came")

    return get


class LoopbackClient:
    """The guarded client, led to the server on `port`, whose sites speak TLS alone."""

    port: ClassVar[int] = 0

    def __init__(self, *, user_agent: str) -> None:
        self._client = GuardedClient(
            user_agent=user_agent,
            resolver=lambda host: [address_of(int(host.removeprefix("www.").partition(".")[0][1:]))],
            allow=lambda ip: ip.is_loopback,
            allowed_ports=frozenset({self.port}),
        )
        self._client.ssl_context.load_verify_locations(CERTIFICATE)

    def fetch(self, url: str) -> Fetched:
        scheme, _, rest = url.partition("//")
        host, _, path = rest.partition("/")
        if scheme == "http:":
            raise FetchFailed("refused", url, "the server speaks TLS alone")
        return self._client.fetch(f"{scheme}//{host}:{self.port}/{path}")


def _guarded() -> Callable[[str], object]:
    fetcher = LoopbackClient(user_agent="WebMagicBot/1.0")

    def check(name: str) -> None:
        verdict = check_known_website(f"https://{name}", fetcher=fetcher)
        if verdict.state != "ok":
            raise AssertionError(verdict.reason)

    return check
