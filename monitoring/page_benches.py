"""What every page of the staff costs among ten thousand rows and among a million, the dearest first."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection, models
from django.test import Client

from businesses.leads import qualify_leads
from businesses.models import Business
from businesses.scraping import scrape_grids
from businesses.sources.sample import BOUNDS, COUNTRY, TOWN
from campaigns.drafting import create_campaigns
from campaigns.models import Campaign, InboundMail, Message
from campaigns.sending import send_campaigns
from monitoring.crowd import crowd
from monitoring.kept_days import keep_figures
from monitoring.models import DayFigures
from monitoring.page_map import addresses, is_record_page, page_names
from pipeline import tokens
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench
from pipeline.runner import Run
from sites.generation import generate_sites
from sites.publishing import publish_sites
from territories.coverage import add_territory

FEW: Final = 10_000
MANY: Final = int(os.environ.get("BENCH_BUSINESSES", "1000000"))
VISITS: Final = 20
P95, GROWTH, QUERIES = 150.0, 2.0, 20
GOAL: Final = f"p95 under {P95:.0f} ms, at most {GROWTH:.0f} times, at most {QUERIES} queries"
SMALL: Final = 40.0  # ms; growth below it is noise
PATIENCE: Final = 5_000.0  # ms for one question of the database, and for all visits of one page


@dataclass(frozen=True)
class Cost:
    """What one page costs: its 95th of a hundred visits and its first in ms, and how often that asks the database."""

    p95: float
    first: float
    queries: int


@bench
def pages(folder: Path) -> list[Figure]:
    """Open every page at both sizes: as many sites as a fifth of the businesses, 5 mails a site, 5 events a mail."""
    if connection.vendor != "postgresql":
        return []
    _make_town()
    client = Client(raise_request_exception=False)
    client.force_login(
        get_user_model()._default_manager.create_superuser("bench"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    logging.disable(logging.ERROR)  # what is no page, or takes too long, says so in the table
    onward = crowd(businesses=FEW, sites=FEW // 5)
    _keep_days()
    places = _places()
    few = _open_all(client, places)
    crowd(businesses=MANY, sites=MANY // 5, first_copy=onward)
    _keep_days()
    many = _open_all(client, places)
    figures = [_figure(address, many[address], few[address]) for address in many if address in few]
    return sorted(figures, key=lambda figure: -figure.value)


def _keep_days() -> None:
    """Count the days of a year, as the beat has done."""
    DayFigures.objects.all().delete()
    while keep_figures(SYSTEM_CLOCK.now()):
        pass


def _figure(address: str, many: Cost, few: Cost) -> Figure:
    is_flat = many.p95 <= SMALL or many.p95 <= GROWTH * few.p95
    reached = many.p95 < P95 and is_flat and many.queries <= QUERIES
    name = f"{address}, {many.queries} queries, first visit {many.first:.0f} ms"
    return Figure(name, many.p95, "ms", f"among {FEW:,}", few.p95, GOAL, reached)


def _make_town() -> None:
    """The sample town after one whole round of the pipeline."""
    run = Run(by="bench")
    add_territory(
        TOWN, south=BOUNDS.south, west=BOUNDS.west, north=BOUNDS.north, east=BOUNDS.east,
        source="sample", country=COUNTRY, now=SYSTEM_CLOCK.now(),
    )  # fmt: skip
    acts: list[tuple[Callable[..., Any], int]] = [
        (scrape_grids, 10), (qualify_leads, 1000), (generate_sites, 100), (publish_sites, 100),
        (create_campaigns, 100), (send_campaigns, 100),
    ]  # fmt: skip
    for act, limit in acts:
        act(run, limit=limit)


def _open_all(client: Client, places: dict[str, list[dict[str, Any]]]) -> dict[str, Cost]:
    costs = {}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [PATIENCE])
    for name in page_names():
        if is_record_page(name) and not name.endswith(("_changelist", "_change")):
            continue  # the other pages of a record read less than its form
        address = addresses(name, places)[0]
        if cost := _cost(client, address):
            costs[address] = cost
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    return costs


def _cost(client: Client, address: str) -> Cost | None:
    """The cost of an address; None where it is no page: it acts, leads on, or is not for anybody."""
    cache.clear()
    times: list[float] = []
    asked = 0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(*arguments)

    while len(times) < VISITS and sum(times) < PATIENCE:
        begun = time.perf_counter()
        with connection.execute_wrapper(count):
            answer = client.get(address, HTTP_HOST=_host())
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status_code == 500:  # the database was asked for longer than it may take
            return Cost(PATIENCE, times[0], asked)
        if answer.status_code != 200 or getattr(answer, "streaming", False):
            return None
        if len(times) == 1:
            queries = asked
    return Cost(sorted(times)[ceil(len(times) * 0.95) - 1], times[0], queries)


def _host() -> str:
    return str(next((host for host in settings.ALLOWED_HOSTS if "*" not in host), "127.0.0.1"))


def _places() -> dict[str, list[dict[str, Any]]]:
    """A row for every page of one row: one of the copies, for it has as much around it as any."""
    sent = Campaign.objects.filter(status="sent").order_by("-pk")[0]
    lead, site, mail = (
        Business.objects.get(pk=sent.business_id),
        sent.site,
        Message.objects.filter(campaign=sent)[0],
    )
    by_kind: dict[str, dict[str, Any]] = {
        "businesses:": {"pk": lead.pk},
        "sites:": {"slug": site.slug, "number": 1, "name": "file"},
        "campaigns:": {"pk": sent.pk, "token": tokens.make_token("claim", site.pk)},
        "monitoring:": {"pk": lead.pk},
    }
    special: dict[str, dict[str, Any]] = {
        "campaigns:letter": {"pk": mail.pk},
        "campaigns:privacy": {"pk": lead.pk},
        "campaigns:unsubscribe": {"token": tokens.make_token("unsubscribe", mail.pk)},
    }
    if first := InboundMail.objects.first():
        special["campaigns:inbox_mail"] = {"pk": first.pk}
    places = {
        name: [next((v for k, v in by_kind.items() if name.startswith(k)), {})] for name in page_names()
    }
    places |= {name: [place] for name, place in special.items()}
    for model in apps.get_models():
        row = _last(model)
        if row is not None:
            prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
            places |= {name: [{"object_id": str(row.pk)}] for name in page_names() if name.startswith(prefix)}
    return places


def _last(model: type[models.Model]) -> models.Model | None:
    return model._default_manager.order_by("-pk").first()
