"""What a claim costs, with all its rates, where a million mails wait and most of them may not go."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection

from businesses.models import Business
from campaigns.models import Campaign, Mailbox, RateBucket, SenderDomain
from campaigns.rates import mailbox_key
from campaigns.sending import SEND
from pipeline import claims
from pipeline.measure import Figure, bench
from sites.models import Site
from territories.coverage import add_territory
from territories.models import CoverageGrid

FEW, MANY = 10_000, 1_000_000
CLAIMS: Final = 200
BOXES: Final = 20  # every other one is closed, and its mails are due first
GOAL: Final = 50.0  # ms
NOW: Final = datetime(2026, 3, 3, 12, tzinfo=UTC)  # a Tuesday at noon: the window is open


@bench
def claim_at_a_million(folder: Path) -> list[Figure]:
    """Claim mails among ten thousand, then among a million: half wait for mailboxes that may not send."""
    if connection.vendor != "postgresql":
        return []
    boxes = _make_mailboxes()
    made = _make_first(boxes[0])
    _copy(made, boxes, first=2, last=FEW)
    few, few_closed = _p99(), _closed_p99(boxes)
    _copy(made, boxes, first=FEW + 1, last=MANY)
    many, many_closed = _p99(), _closed_p99(boxes)
    goal = f"p99 under {GOAL:.0f} ms"
    return [
        Figure("claim of a mail, p99", many, "ms", "among 10,000", few, goal, many < GOAL),
        Figure(
            "claim where none may go, p99",
            many_closed,
            "ms",
            "among 10,000",
            few_closed,
            goal,
            many_closed < GOAL,
        ),
    ]


def _p99() -> float:
    times = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        row = claims.claim(SEND, now=NOW, by="bench")
        times.append((time.perf_counter() - begun) * 1000)
        if row is None:
            raise AssertionError("There was nothing to claim")
    return sorted(times)[int(CLAIMS * 0.99) - 1]


def _closed_p99(boxes: list[Mailbox]) -> float:
    """Claim while every mailbox pauses; they are opened again after it."""
    keys = [mailbox_key(box) for box in boxes]
    buckets = RateBucket.objects.filter(key__in=keys)
    opened = dict(buckets.values_list("key", "open_at"))
    for key in keys:
        RateBucket.objects.update_or_create(key=key, defaults={"open_at": NOW + timedelta(days=1)})
    times = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        row = claims.claim(SEND, now=NOW, by="bench")
        times.append((time.perf_counter() - begun) * 1000)
        if row is not None:
            raise AssertionError("A mailbox that pauses sent a mail")
    for key in keys:
        buckets.filter(key=key).update(open_at=opened.get(key, NOW))
    return sorted(times)[int(CLAIMS * 0.99) - 1]


def _make_mailboxes() -> list[Mailbox]:
    domain = SenderDomain.objects.create(name="agency.example", dns_ok=True, dns_checked_at=NOW)
    return [
        Mailbox.objects.create(
            address=f"box{number}@agency.example",
            domain=domain,
            transport="bench",
            state=Mailbox.State.PAUSED if number % 2 else Mailbox.State.ACTIVE,
            active_since=NOW,
            daily_cap=1_000_000,
            ramp_start=1_000_000,
            gap_seconds=0,
            created_at=NOW,
        )
        for number in range(BOXES)
    ]


def _make_first(mailbox: Mailbox) -> Campaign:
    territory = add_territory(
        "Bench", south=0.0, west=0.0, north=0.01, east=0.01, source="sample", country="US", now=NOW
    )
    grid = CoverageGrid.objects.filter(territory=territory)[0]
    times = {"next_attempt_at": NOW, "status_changed_at": NOW}
    business = Business.objects.create(
        territory=territory, grid=grid, name="Bench", lat=0.0, lon=0.0, country="US", email="a@shop.example",
        status=Business.Status.QUALIFIED, found_at=NOW, seen_at=NOW, provenance={}, **times,
    )  # fmt: skip
    site = Site.objects.create(
        business=business, slug="bench-1", status=Site.Status.PUBLISHED, created_at=NOW, **times
    )
    return Campaign.objects.create(
        site=site, business=business, mailbox=mailbox, status=Campaign.Status.PENDING, time_zone="UTC",
        created_at=NOW, written_at=NOW, approved_at=NOW, recipient_hash="1", company_hash="1", provider="1", **times,
    )  # fmt: skip


def _copy(campaign: Campaign, boxes: list[Mailbox], *, first: int, last: int) -> None:
    """Write the rows `first` to `last` as copies that differ where a claim looks.

    Their sites do not exist, which the database is told to overlook: a claim reads none, and a million take long.
    """
    table = Campaign._meta.db_table
    due = f"next_attempt_at - interval '1 hour' * ((n %% {BOXES}) %% 2) - interval '1 ms' * n"  # the closed first
    changed = {
        "id": f"n + {campaign.pk} - 1",
        "site_id": f"n + {campaign.site_id} - 1",
        "mailbox_id": f"{boxes[0].pk} + n %% {BOXES}",
        "next_attempt_at": due,
        "recipient_hash": "md5('r' || n)",
        "company_hash": "md5('c' || n)",
        "provider": "'p' || n %% 1000",
    }
    columns = [field.column for field in Campaign._meta.concrete_fields]
    quoted = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changed.get(str(column), f'"{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table}, generate_series(%s, %s) AS n "  # noqa: S608
            "WHERE id = %s",
            [first, last, campaign.pk],
        )
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        cursor.execute(f"VACUUM ANALYZE {table}")
