"""Workers that send over a real SMTP server are killed with -9 at random moments; the server's ledger is the judge's.

A strategy that sends an uncertain mail again runs under the same judge and must be convicted. With KILLS in the
environment (`make proofs`) it is the full proof; the figures are logged.
"""

import hashlib
import logging
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from businesses.tests.factories import make_business
from campaigns import leaving, mailboxes, sending
from campaigns.models import Campaign, Message
from campaigns.suppression import address_hash
from campaigns.tests.factories import make_campaign, make_message
from campaigns.tests.mail_ledger import LedgerServer
from pipeline import claims, doctor, effects
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import Effect
from pipeline.runner import Run
from pipeline.tests.processes import WAIT
from pipeline.tests.test_kills import Crew, longest_life, rows_hit
from sites.tests.factories import make_site
from territories.tests.factories import make_grid

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800), pytest.mark.usefixtures("forking")]
logger = logging.getLogger("proof")

KILLS = 200 if "KILLS" in os.environ else 40
SEED = int(os.environ.get("SEED", "20260302"))
GAP = 0.03  # seconds between the final dot and the ledger, and between the ledger and the answer
ENOUGH = 90  # mails for the next 50 kills
OPEN = (Campaign.Status.PENDING, Campaign.Status.SENDING)
_numbers = count(1)


@pytest.fixture
def forking(transactional_db: None) -> Iterator[None]:
    """For tests that fork: rows are really committed, and no connection is left open behind."""
    yield
    connections.close_all()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LedgerServer]:
    # As many tries as it takes: what is proved is not how often a killed row is tried.
    stage = replace(sending.SEND, retries=30_000, retry_delay=timedelta(milliseconds=10))
    monkeypatch.setattr(sending, "SEND", stage)
    monkeypatch.setattr(settings, "CLAIM_FREE_AFTER", 0.02)
    monkeypatch.setattr(settings, "DAY_BUDGETS", {"mails": 1_000_000})
    monkeypatch.setattr(settings, "MAIL_PACING", False)
    monkeypatch.setattr(settings, "AGENCY_ADDRESS", "2 Real Street, Realville")
    with LedgerServer(tmp_path / "ledger", gap=GAP) as running:
        monkeypatch.setattr(settings, "MAIL_URL", f"smtp://127.0.0.1:{running.port}")
        mailboxes.default_mailbox(now=SYSTEM_CLOCK.now())
        yield running


def make_mails(number: int) -> None:
    """Store so many campaigns whose frozen mails may go at once, each to a company of its own."""
    now = SYSTEM_CLOCK.now()
    grid = make_grid()
    for _ in range(number):
        name = next(_numbers)
        business = make_business(grid=grid, email=f"info@shop{name}.example", website_checked_at=now)
        campaign = make_campaign(
            site=make_site(business=business),
            company_hash=address_hash(f"company@shop{name}.example"),
            next_attempt_at=now,
        )
        message_id = f"<campaign-{campaign.pk}.1@fernhill.example>"
        body = f"Message-ID: {message_id}\r\nSubject: A website\r\n\r\nHello.\r\n".encode()
        digest = hashlib.sha256(body).hexdigest()
        make_message(campaign=campaign, message_id=message_id, body=body, body_sha256=digest)


def send_some() -> None:
    """What a worker of the product does: free the dead, send what is due, rest a little if that was nothing."""
    now = SYSTEM_CLOCK.now()
    claims.free_dead(sending.SEND, now=now, by="worker")
    effects.free_dead(now=now)
    if sending.send_campaigns(Run(clock=SYSTEM_CLOCK), limit=10).total == 0:
        time.sleep(0.001)


def send_again_what_is_uncertain() -> None:
    """The strategy of most senders: what was not confirmed is sent again."""
    for campaign in Campaign.objects.filter(status=Campaign.Status.HELD):
        sending.settle_held(campaign, went_out=False, now=SYSTEM_CLOCK.now(), by="a blind retry")
    send_some()


@dataclass(frozen=True)
class Verdict:
    mails: int
    lost: int
    doubled: int
    uncertain: int
    unseen: int

    def __str__(self) -> str:
        return (
            f"{self.mails} mails: {self.lost} lost, {self.doubled} doubled, {self.uncertain} uncertain,"
            f" {self.unseen} of them unseen"
        )


def judge(taken: Counter[str]) -> Verdict:
    """Compare what the database claims with what the server took; nothing may be waiting any more."""
    lost = doubled = uncertain = unseen = 0
    known = {effect.key: effect.status for effect in Effect.objects.all()}
    for message in Message.objects.select_related("campaign"):
        times = taken.pop(message.message_id, 0)
        status = message.campaign.status
        is_doubtful = known.get(leaving.delivery_key(message)) == Effect.Status.UNKNOWN
        is_seen = status == Campaign.Status.HELD and is_doubtful
        uncertain += is_doubtful
        unseen += is_doubtful and not is_seen
        doubled += times > 1
        # Told as sent and never taken, or taken (or never tried) with nobody who knows.
        lost += (status == Campaign.Status.SENT) != (times > 0) and not is_seen
    assert not taken, f"The server took what nobody asked it for: {taken}"
    return Verdict(Message.objects.count(), lost, doubled, uncertain, unseen)


def kill_workers(work: Callable[[], None], server: LedgerServer, unfinished: Sequence[str] = OPEN) -> Verdict:
    """Kill two workers at random, again and again, let the rest be sent unharmed, and return the verdict."""

    def top_up() -> None:
        if (missing := ENOUGH - Campaign.objects.filter(status=Campaign.Status.PENDING).count()) > 0:
            make_mails(missing)
        connections.close_all()

    top_up()
    Crew(work, 2, random.Random(SEED), longest_life(work) / 2).kill(KILLS, between=top_up)
    left, until = -1, 0.0
    while still_open := Campaign.objects.filter(status__in=unfinished).count():
        if still_open != left:
            left, until = still_open, time.monotonic() + WAIT
        assert time.monotonic() < until, f"{still_open} mails are never finished"
        work()
    return judge(server.taken())


def test_no_mail_is_lost_or_doubled_by_killing_senders(server: LedgerServer) -> None:
    begun = time.monotonic()
    verdict = kill_workers(send_some, server)
    seconds = time.monotonic() - begun
    logger.info(
        "%s, %d kills, %d hit a mail in hand: %s, %.0f s",
        connection.vendor,
        KILLS,
        rows_hit(),
        verdict,
        seconds,
    )
    assert (verdict.lost, verdict.doubled, verdict.unseen) == (0, 0, 0)
    assert verdict.uncertain <= KILLS
    findings = doctor.examine(now=SYSTEM_CLOCK.now())
    assert [each for each in findings if each.invariant.startswith(("campaigns.", "pipeline."))] == []
    assert rows_hit() > KILLS / 5, "Too few kills hit anything: this proves nothing"


def test_judge_convicts_a_blind_retry(server: LedgerServer) -> None:
    begun = time.monotonic()
    verdict = kill_workers(send_again_what_is_uncertain, server, (*OPEN, Campaign.Status.HELD))
    seconds = time.monotonic() - begun
    logger.info("%s, blind retry, %d kills: %s, %.0f s", connection.vendor, KILLS, verdict, seconds)
    assert verdict.doubled > 0
    assert verdict.lost == 0
