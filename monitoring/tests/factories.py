"""Rows of every room for the tests of the roof, made at a given time; the rooms' own factories do the rest."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from businesses.models import Business
from businesses.tests import factories as businesses
from campaigns.models import Campaign, Message
from campaigns.tests import factories as campaigns
from customers.models import Customer, Payment
from pipeline import states
from pipeline.models import WorkItem
from sites.models import Site
from sites.tests import factories as sites
from territories.models import CoverageGrid
from territories.tests import factories as territories

_numbers = count(1)


def make_town(at: datetime, *, source: str = "sample") -> CoverageGrid:
    """Return the one cell of a territory that was added at `at`."""
    town = territories.make_territory(created_at=at, source=source)
    return territories.make_grid(territory=town)


def make_business(at: datetime, **over: Any) -> Business:
    """Return a business that was found at `at`, in the first territory; that one is made if need be."""
    grid = CoverageGrid.objects.first() or make_town(at)
    return businesses.make_business(grid=grid, **{"found_at": at, "seen_at": at} | over)


def make_site(at: datetime, **over: Any) -> Site:
    """Return the site of a new business."""
    business = over.pop("business", None) or make_business(at)
    return sites.make_site(business=business, **{"created_at": at, "status_changed_at": at} | over)


def make_campaign(at: datetime, **over: Any) -> Campaign:
    """Return the outreach about a new site: a written draft, or approved and sent as far as its status asks."""
    site = over.pop("site", None) or make_site(at)
    status = over.get("status", "draft")
    times = {
        "created_at": at,
        "written_at": at,
        "approved_at": None if status == "draft" else at,
        "sent_at": at if status == "sent" else None,
    }
    return campaigns.make_campaign(site=site, **times | {"status": status} | over)


def make_message(campaign: Campaign, at: datetime, **over: Any) -> Message:
    """Return the mail of a campaign, written at `at`."""
    return campaigns.make_message(campaign=campaign, **{"created_at": at} | over)


def make_payment(at: datetime, amount: str) -> Payment:
    """Return money that came from a new customer at `at`."""
    customer = Customer.objects.create(business=make_business(at), since=at)
    return Payment.objects.create(
        customer=customer,
        amount=Decimal(amount),
        currency="USD",
        received_at=at,
        reference=f"R-{next(_numbers)}",
    )


def note_move(row: WorkItem, to: str, at: datetime, *, reason: str = "") -> None:
    """Write into the timeline that `row` became `to`."""
    states.record(row, "", to, now=at, by="test", reason=reason)
