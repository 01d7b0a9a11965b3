"""How fast mails go out with the whole ledger, beside the bare act of handing the same bytes over."""

import os
import smtplib
import time
import traceback
from collections.abc import Callable
from itertools import batched
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.test.utils import override_settings

from businesses.models import Business
from campaigns import mailboxes, suppression, windows
from campaigns.mail_sink import mail_sink
from campaigns.models import Campaign, Message
from campaigns.sending import send_campaigns
from pipeline.clock import SYSTEM_CLOCK
from pipeline.measure import Figure, bench
from pipeline.runner import Run
from sites.models import Site
from territories.coverage import add_territory
from territories.models import CoverageGrid

MAILS = 2_000
WORKERS = 2
WANTED = 833  # mails a second: what the fastest open-source sender tells of itself, which keeps no ledger
SHARE = 0.3  # of the bare act, where the machine is slower
BODY = "".join(
    f"Line {number}: we made a website for you to look at, and it costs nothing.\r\n" for number in range(130)
)


@bench
def sending_rate(folder: Path) -> list[Figure]:
    """Send mails of 10 kB over SMTP with two workers; the goal is 833 a second or 30 % of the bare act."""
    with mail_sink() as port:
        own = {
            "MAIL_URL": f"smtp://127.0.0.1:{port}",
            "MAIL_PACING": False,
            "AGENCY_ADDRESS": "2 Real Street, Realville",
            "DAY_BUDGETS": {**settings.DAY_BUDGETS, "mails": MAILS * 10},
        }
        with override_settings(**own):
            _make_mails()
            windows.is_holiday("US", SYSTEM_CLOCK.now().date())  # what a worker loads once, before it forks
            floor = _per_second(lambda: _hand_over(port))
            rate = _per_second(_send)
    gone = Campaign.objects.filter(status=Campaign.Status.SENT).count()
    if gone != MAILS:
        raise AssertionError(f"{gone} of {MAILS} mails went out")
    reached = rate >= WANTED or rate >= SHARE * floor
    goal = f"{WANTED}/s or {SHARE:.0%} of the floor"
    return [Figure("mails sent, two workers", rate, "/s", "smtplib, two processes", floor, goal, reached)]


def _send() -> None:
    result = send_campaigns(Run(threads=1, clock=SYSTEM_CLOCK), limit=MAILS)
    if result.ended:
        raise AssertionError(result.ended)


def _hand_over(port: int) -> None:
    """Hand over a worker's share of the mails with the standard library alone, over one connection."""
    with smtplib.SMTP("127.0.0.1", port, "fernhill.example") as smtp:
        for number in range(MAILS // WORKERS):
            smtp.sendmail("hello@fernhill.example", [f"info@shop{number}.example"], _mail(number))


def _per_second(work: Callable[[], None]) -> float:
    """Return how many mails a second go out while `work` runs in each worker process."""
    connections.close_all()
    begun = time.perf_counter()
    children = [_fork(work) for _ in range(WORKERS)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    seconds = time.perf_counter() - begun
    if any(codes):
        raise AssertionError("A worker failed")
    return MAILS / seconds


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _mail(number: int) -> bytes:
    return f"Message-ID: {_message_id(number)}\r\nSubject: A website\r\n\r\n{BODY}".encode()


def _message_id(number: int) -> str:
    return f"<campaign-{number}.1.0123456789abcdef@fernhill.example>"


def _make_mails() -> None:
    """Store mails that may go at once, each to a company of its own."""
    now = SYSTEM_CLOCK.now()
    box = mailboxes.default_mailbox(now=now)
    territory = add_territory(
        "Benchtown", south=44.0, west=-73.0, north=44.1, east=-72.9, source="sample", country="US", now=now
    )
    grid = CoverageGrid.objects.filter(territory=territory)[0]
    for numbers in batched(range(MAILS), 500):
        businesses = Business.objects.bulk_create(
            Business(
                territory=territory, grid=grid, name=f"Shop {number}", category="bakery", lat=44.05, lon=-72.95,
                country="US", email=f"info@shop{number}.example", website_checked_at=now, found_at=now,
                seen_at=now, decided_at=now, status=Business.Status.QUALIFIED, status_changed_at=now,
            )
            for number in numbers
        )  # fmt: skip
        sites = Site.objects.bulk_create(
            Site(
                business=business, slug=f"shop-{number}", created_at=now, generated_at=now, published_at=now,
                status=Site.Status.PUBLISHED, status_changed_at=now,
            )
            for number, business in zip(numbers, businesses, strict=True)
        )  # fmt: skip
        hashes = [suppression.address_hash(business.email) for business in businesses]
        campaigns = Campaign.objects.bulk_create(
            Campaign(
                site=site, business=site.business, created_at=now, written_at=now, approved_at=now,
                approved_by="bench", status=Campaign.Status.PENDING, status_changed_at=now, next_attempt_at=now,
                recipient_hash=digest, company_hash=digest[::-1], mailbox=box,
            )
            for site, digest in zip(sites, hashes, strict=True)
        )  # fmt: skip
        Message.objects.bulk_create(
            Message(
                campaign=campaign, recipient=campaign.business.email, recipient_hash=campaign.recipient_hash,
                sender="hello@fernhill.example", subject="A website", message_id=_message_id(number),
                body=_mail(number), body_sha256=f"{number:064x}", writer="bench", created_at=now, mailbox=box,
            )
            for number, campaign in zip(numbers, campaigns, strict=True)
        )  # fmt: skip
