"""How many rows stand where: the counts over whole tables.

Small tables are counted whenever somebody asks. Where counting took long, its result is kept for a time in proportion,
so that counting never takes more than a hundredth of the machine, and for three beats at least: the beat counts anew
before that time is over, and nobody who asks waits for it.
"""

import time
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef

from businesses.models import Business
from campaigns.models import Campaign, Message
from customers.models import Customer
from monitoring.counting import count_groups
from monitoring.models import StandingFigures
from sites.models import Site
from territories.models import CoverageGrid, Territory

ASKED_ANEW: Final = 0.2  # seconds: what is counted quicker is never kept
KEPT_FOR: Final = 100  # times as long as counting took
KEPT_AT_LEAST: Final = timedelta(minutes=3)

Standing = dict[str, dict[str, int]]


def standing_figures(now: datetime) -> tuple[Standing, datetime]:
    """Return the counts by group, as in `pipeline_metrics`, and when they were counted."""
    kept = StandingFigures.objects.first()
    if kept and now - kept.counted_at < _kept_for(kept):
        return kept.figures, kept.counted_at
    return _count_and_keep(now, kept), now


def refresh_standing(now: datetime) -> bool:
    """Count anew what is kept and past half of its time, so that nobody who asks has to wait; tell whether."""
    kept = StandingFigures.objects.first()
    if kept is None or now - kept.counted_at < _kept_for(kept) / 2:
        return False
    _count_and_keep(now, kept)
    return True


def _kept_for(kept: StandingFigures) -> timedelta:
    return max(timedelta(seconds=kept.took * KEPT_FOR), KEPT_AT_LEAST)


def _count_and_keep(now: datetime, kept: StandingFigures | None) -> Standing:
    begun = time.perf_counter()
    figures = count_standing()
    took = time.perf_counter() - begun
    if took >= ASKED_ANEW:
        StandingFigures.objects.update_or_create(
            pk=1, defaults={"figures": figures, "counted_at": now, "took": took}
        )
    elif kept:
        kept.delete()
    return figures


def count_standing() -> Standing:
    """Count the rows of every room in one question."""
    pending = CoverageGrid.objects.filter(territory=OuterRef("pk"), status=CoverageGrid.Status.PENDING)
    leads = Business.objects.filter(status=Business.Status.QUALIFIED, evidence="single")
    found = count_groups(
        {
            "territories": (Territory.objects.all(), ""),
            "pending": (Territory.objects.filter(Exists(pending)), ""),
            "grids": (CoverageGrid.objects.all(), "status"),
            "businesses": (Business.objects.all(), "status"),
            "single": (leads, ""),
            "sites": (Site.objects.all(), "status"),
            "campaigns": (Campaign.objects.all(), "status"),
            "sent": (Campaign.objects.filter(sent_at__isnull=False), ""),
            "opened": (Message.objects.filter(opened_at__isnull=False), ""),
            "clicked": (Message.objects.filter(clicked_at__isnull=False), ""),
            "engaged": (Message.objects.filter(engaged_at__isnull=False), ""),
            "replied": (Message.objects.filter(replied_at__isnull=False), ""),
            "unsubscribed": (Message.objects.filter(unsubscribed_at__isnull=False), ""),
            "customers": (Customer.objects.all(), ""),
        }
    )

    def one(name: str) -> int:
        return found[name].get("", 0)

    def by_status(name: str, statuses: list[str]) -> dict[str, int]:
        return {status: found[name].get(status, 0) for status in statuses}

    businesses = by_status("businesses", Business.Status.values)
    # What we did is the status, what the world did is a time: a mail that was opened is still a mail that was sent,
    # and a campaign that writes its second mail was sent all the same.
    events = ("sent", "opened", "clicked", "engaged", "replied", "unsubscribed")
    return {
        "territories": {"total": one("territories"), "pending": one("pending")},
        "grids": by_status("grids", CoverageGrid.Status.values),
        "businesses": {
            "total": sum(businesses.values()),
            **businesses,
            "qualified_on_single_evidence": one("single"),
        },
        "sites": by_status("sites", Site.Status.values),
        "campaigns": by_status("campaigns", Campaign.Status.values) | {name: one(name) for name in events},
        "customers": {"total": one("customers")},
    }
