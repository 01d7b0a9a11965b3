"""Mails that went out, for measurements of what their readers do, and the requests that readers make of them."""

from businesses.models import Business
from campaigns import suppression
from campaigns.bench_clients import Request
from campaigns.models import Campaign, Message
from pipeline import tokens
from pipeline.clock import SYSTEM_CLOCK
from sites.models import Site
from territories.coverage import add_territory
from territories.models import CoverageGrid


def make_mails(count: int) -> list[Message]:
    """Store mails that went out, each to a business of its own."""
    now = SYSTEM_CLOCK.now()
    territory = add_territory(
        "Benchtown", south=44.0, west=-73.0, north=44.1, east=-72.9, source="sample", country="US", now=now
    )
    grid = CoverageGrid.objects.filter(territory=territory)[0]
    businesses = Business.objects.bulk_create(
        Business(
            territory=territory, grid=grid, name=f"Shop {number}", category="bakery", lat=44.05, lon=-72.95,
            country="US", email=f"info@shop{number}.example", found_at=now, seen_at=now, status_changed_at=now,
        )
        for number in range(count)
    )  # fmt: skip
    sites = Site.objects.bulk_create(
        Site(business=business, slug=f"shop-{business.pk}", created_at=now, status=Site.Status.PUBLISHED)
        for business in businesses
    )
    campaigns = Campaign.objects.bulk_create(
        Campaign(
            site=site,
            business=site.business,
            created_at=now,
            written_at=now,
            approved_at=now,
            sent_at=now,
            next_attempt_at=now,
            status=Campaign.Status.SENT,
            recipient_hash=suppression.address_hash(site.business.email),
        )
        for site in sites
    )
    return Message.objects.bulk_create(
        Message(
            campaign=campaign, recipient=campaign.business.email, recipient_hash=campaign.recipient_hash,
            sender="hello@fernhill.example", subject="A website", message_id=f"<{campaign.pk}@fernhill.example>",
            body=b"", body_sha256="", links=["https://shop.example/"], writer="bench", created_at=now, sent_at=now,
        )
        for campaign in campaigns
    )  # fmt: skip


def requests_for(messages: list[Message]) -> list[Request]:
    """Return requests as readers make them: as many pictures as links, and one in fifty says no."""
    found = []
    for number, message in enumerate(messages):
        if number % 50 == 49:
            found.append(("POST", f"/u/{tokens.make_token('unsubscribe', message.pk)}"))
            continue
        found.append(("GET", f"/o/{tokens.make_token('open', message.pk)}.gif"))
        found.append(("GET", f"/c/{tokens.make_token('click', message.pk, 1)}"))
    return found
