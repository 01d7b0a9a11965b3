"""Rows of every room for the tests of the roof, each with what its constraints ask for and nothing more."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from businesses.models import Business
from campaigns.models import Campaign, Message
from customers.models import Customer, Payment
from pipeline import states
from pipeline.models import WorkItem
from sites.models import Site
from territories.coverage import cover
from territories.models import CoverageGrid, Territory

_numbers = count(1)


def make_town(at: datetime, *, source: str = "sample") -> CoverageGrid:
    """A territory with its one cell."""
    town = Territory.objects.create(
        name=f"Town {next(_numbers)}", source=source, south=1, west=1, north=2, east=2, created_at=at
    )
    return cover(town, now=at)


def make_business(at: datetime, **fields: Any) -> Business:
    """A business in the first territory, which is made if need be."""
    grid = CoverageGrid.objects.first() or make_town(at)
    number = next(_numbers)
    values: dict[str, Any] = {
        "territory": grid.territory,
        "grid": grid,
        "name": f"Shop {number}",
        "email": f"shop{number}@shop.example",
        "lat": 1.5,
        "lon": 1.5,
        "found_at": at,
        "seen_at": at,
    }
    return Business.objects.create(**(values | fields))


def make_site(at: datetime, **fields: Any) -> Site:
    """A site of a new business."""
    business = fields.pop("business", None) or make_business(at)
    return Site.objects.create(
        business=business, slug=f"shop-{next(_numbers)}", created_at=at, status_changed_at=at, **fields
    )


def make_campaign(at: datetime, **fields: Any) -> Campaign:
    """The outreach about a new site; approved and sent as far as its status asks for it."""
    site = fields.pop("site", None) or make_site(at)
    done = fields.get("status") in ("pending", "sending", "sent", "failed", "held")
    values: dict[str, Any] = {"written_at": at} | ({"approved_at": at, "approved_by": "test"} if done else {})
    if fields.get("status") == "sent":
        values["sent_at"] = at
    return Campaign.objects.create(
        site=site, business=site.business, created_at=at, status_changed_at=at, **(values | fields)
    )


def make_message(campaign: Campaign, at: datetime, **fields: Any) -> Message:
    """The mail of a campaign."""
    number = next(_numbers)
    return Message.objects.create(
        campaign=campaign,
        recipient=campaign.business.email,
        recipient_hash=f"{number:064d}",
        sender="hello@agency.example",
        subject="Your site",
        message_id=f"<{number}@agency.example>",
        body=b"",
        body_sha256="",
        writer="embedded",
        created_at=at,
        **fields,
    )


def make_payment(at: datetime, amount: str, **fields: Any) -> Payment:
    """Money from a new customer."""
    customer = Customer.objects.create(business=make_business(at), since=at)
    return Payment.objects.create(
        customer=customer,
        amount=Decimal(amount),
        currency="USD",
        received_at=at,
        reference=f"R-{next(_numbers)}",
        **fields,
    )


def note_move(row: WorkItem, to: str, at: datetime, *, reason: str = "") -> None:
    """Write into the timeline that `row` became `to`."""
    states.record(row, "", to, now=at, by="test", reason=reason)
