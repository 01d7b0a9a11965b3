"""Stored campaigns and mails for tests. Every field may be overridden by name; nothing else is made or changed."""

import hashlib
from typing import Any

from campaigns import suppression
from campaigns.models import Campaign, Mailbox, Message, SenderDomain
from sites.presenting import claim_url
from sites.publishing import site_url
from sites.tests.factories import make_site
from territories.tests.factories import NOW

BODY = b"Subject: A website for you\r\n\r\nHello.\r\n"


def make_campaign(**over: Any) -> Campaign:
    """Return a stored campaign that is approved and waits for its turn, about a new site if none is given.

    Only the row: its mail is made with make_message.
    """
    site = over.pop("site", None) or make_site()
    fields: dict[str, Any] = {
        "business": site.business,
        "created_at": NOW,
        "written_at": NOW,
        "approved_at": NOW,
        "approved_by": "autopilot",
        "status": Campaign.Status.PENDING,
        "next_attempt_at": NOW,
        "status_changed_at": NOW,
    }
    return Campaign.objects.create(site=site, **fields | over)


def make_message(**over: Any) -> Message:
    """Return the stored first mail of a campaign (a new one, if none is given), which has not gone out.

    Its links are 1 the site and 2 the claim page, as in the mails that are written.
    """
    campaign = over.pop("campaign", None) or make_campaign()
    fields: dict[str, Any] = {
        "recipient": campaign.business.email,
        "sender": "hello@fernhill.example",
        "subject": "A website for you",
        "message_id": f"<campaign-{campaign.pk}.1@fernhill.example>",
        "body": BODY,
        "body_sha256": hashlib.sha256(BODY).hexdigest(),
        "links": [site_url(campaign.site), claim_url(campaign.site)],
        "writer": "embedded",
        "created_at": NOW,
    } | over
    fields.setdefault("recipient_hash", suppression.address_hash(fields["recipient"]))
    Campaign.objects.filter(pk=campaign.pk).update(recipient_hash=fields["recipient_hash"])
    campaign.recipient_hash = fields["recipient_hash"]
    return Message.objects.create(campaign=campaign, **fields)


def make_mailbox(address: str = "ann@fernhill.example", **over: Any) -> Mailbox:
    """Return a stored mailbox that is active since NOW and whose domain's DNS is known to be good."""
    domain, _ = SenderDomain.objects.get_or_create(
        name=address.rpartition("@")[2], defaults={"dns_ok": True, "dns_checked_at": NOW}
    )
    fields: dict[str, Any] = {
        "domain": domain,
        "state": Mailbox.State.ACTIVE,
        "active_since": NOW,
        "state_changed_by": "staff",
        "state_changed_at": NOW,
        "created_at": NOW,
    }
    return Mailbox.objects.create(address=address, **fields | over)
