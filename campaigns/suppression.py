"""Who is never written to again: a keyed hash of the address, which outlives the erasure of everything else."""

import contextlib
from datetime import datetime

from django.conf import settings
from django.db import transaction

from businesses.models import Business
from campaigns import addresses
from campaigns.models import Campaign, Message, Suppression
from pipeline import states

# What can still be called off; a mail being sent is stopped by the gate right before it leaves.
OPEN = (Campaign.Status.DRAFT, Campaign.Status.PENDING, Campaign.Status.FAILED, Campaign.Status.HELD)


def address_hash(address: str) -> str:
    """Return the keyed hash under which an address is known."""
    return addresses.suppression_hash(address, settings.SUPPRESSION_PEPPER)


def is_suppressed(address: str) -> bool:
    """Tell whether an address said no."""
    return Suppression.objects.filter(address_hash=address_hash(address)).exists()


def suppress(address: str, *, reason: str, now: datetime, by: str) -> None:
    """Never write to `address` again, and call off what is on its way to it."""
    digest = address_hash(address)
    Suppression.objects.get_or_create(
        address_hash=digest, defaults={"reason": reason, "at": now, "by": by[:120]}
    )
    for message in Message.objects.filter(recipient_hash=digest).select_related("campaign"):
        call_off(message.campaign, now=now, by=by, reason="The address said no")
    Business.objects.filter(email__iexact=address.strip()).update(suppressed=True)


def suppress_business(business: Business, *, reason: str, now: datetime, by: str) -> None:
    """Never write to a business again, whatever address it has."""
    with transaction.atomic():
        Business.objects.filter(pk=business.pk).update(suppressed=True)
        # What is no address gets no mail, and must not keep a business from its no.
        with contextlib.suppress(addresses.UnusableAddress):
            suppress(business.email, reason=reason, now=now, by=by)
        for campaign in Campaign.objects.filter(business=business):
            call_off(campaign, now=now, by=by, reason="The business said no")


def call_off(campaign: Campaign, *, now: datetime, by: str, reason: str) -> bool:
    """Cancel a campaign that has not gone out; False when a worker has it in hand or it is over."""
    if campaign.status not in OPEN:
        return False
    try:
        states.move(campaign, Campaign.Status.CANCELLED, now=now, by=by, reason=reason)
    except states.StaleState:
        return False
    return True
