"""Who is never written to again: a keyed hash of the address, which outlives the erasure of everything else."""

import contextlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from businesses.models import Business
from businesses.saying_no import mark_suppressed
from campaigns import addresses, sequences
from campaigns.models import Campaign, Suppression
from pipeline import states

Scope = Suppression.Scope
# What can still be called off; a mail being sent is stopped by the gate right before it leaves.
OPEN = (Campaign.Status.DRAFT, Campaign.Status.PENDING, Campaign.Status.FAILED, Campaign.Status.HELD)


def address_hash(address: str) -> str:
    """Return the keyed hash under which an address is known."""
    return addresses.suppression_hash(address, settings.SUPPRESSION_PEPPER)


def company_hash(address: str) -> str:
    """Return the keyed hash of what the addresses of one company share."""
    return addresses.company_hash(address, settings.SUPPRESSION_PEPPER)


def is_suppressed(address: str) -> bool:
    """Tell whether an address, or its whole company, said no."""
    company = Q(address_hash=company_hash(address), scope=Scope.COMPANY)
    return Suppression.objects.filter(Q(address_hash=address_hash(address)) | company).exists()


def suppress(
    address: str, *, reason: str, now: datetime, by: str, scope: str = Suppression.Scope.ADDRESS
) -> Suppression:
    """Never write to `address`, or to any address of its company, again, and call off what is on its way there.

    At a mail provider, where strangers share a domain, a company is its one address. Raises UnusableAddress.
    """
    digest = company_hash(address) if scope == Scope.COMPANY else address_hash(address)
    with transaction.atomic():
        stored, _ = Suppression.objects.get_or_create(
            address_hash=digest, defaults={"reason": reason, "scope": scope, "at": now, "by": by[:120]}
        )
        same_box = Q(email__iexact=address.strip())
        mails = Campaign.objects.filter(messages__recipient_hash=address_hash(address))
        if scope == Scope.COMPANY:
            mails = Campaign.objects.filter(company_hash=digest) | mails
            domain = addresses.company_key(address)
            if "@" not in domain:
                same_box |= Q(email__iendswith=f"@{domain}") | Q(email__iendswith=f".{domain}")
        for campaign in mails.distinct():
            call_off(campaign, now=now, by=by, reason="The address said no")
        mark_suppressed(Business.objects.filter(same_box), now=now)
    return stored


def suppress_business(business: Business, *, reason: str, now: datetime, by: str) -> None:
    """Never write to a business again, whatever address it has."""
    with transaction.atomic():
        mark_suppressed(Business.objects.filter(pk=business.pk), now=now)
        # What is no address gets no mail, and must not keep a business from its no.
        with contextlib.suppress(addresses.UnusableAddress):
            suppress(business.email, reason=reason, now=now, by=by)
        for campaign in Campaign.objects.filter(business=business):
            call_off(campaign, now=now, by=by, reason="The business said no")


def call_off(campaign: Campaign, *, now: datetime, by: str, reason: str) -> bool:
    """Cancel a campaign that has not gone out, or stop one that has; False when there is nothing to call off.

    What a worker has in hand is refused by the gate right before it leaves.
    """
    if campaign.sent_at is not None:
        return sequences.stop(campaign, Campaign.StopReason.OPTED_OUT, now=now, by=by)
    if campaign.status not in OPEN:
        return False
    try:
        states.move(campaign, Campaign.Status.CANCELLED, now=now, by=by, reason=reason)
    except states.StaleState:
        return False
    return True
