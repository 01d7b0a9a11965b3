"""The ledger of money: what came in is written once, what went back is marked on it."""

from datetime import datetime

from django.db import transaction

from businesses.models import Business
from campaigns import sequences
from campaigns.models import Campaign
from customers.models import Customer, Payment
from pipeline.errors import BadData
from sites.lifetime import hand_over
from sites.models import Site


def check_sale(business: Business) -> None:
    """Raise BadData where the site of a business cannot be sold at this moment."""
    site = Site.objects.filter(business=business).first()
    if site is not None and site.status == Site.Status.TAKEN_DOWN:
        raise BadData("Its owner had the site removed. It cannot be sold")
    if site is not None and site.claimed_by:
        raise BadData("The site is being worked on at this moment. Try again in a minute")


def add_customer(customer: Customer, *, now: datetime, by: str) -> None:
    """Write down who bought, and make the proposal its owner's site.

    Raises what `hand_over` raises; then nothing is written.
    """
    with transaction.atomic():
        sequences.stop_business(customer.business, Campaign.StopReason.SOLD, now=now, by=by)
        site = Site.objects.filter(business_id=customer.business_id).first()
        customer.site = customer.site or site
        customer.save()
        if customer.site:
            hand_over(customer.site, now=now, by=by)


def refund(payment: Payment, *, now: datetime) -> None:
    """Book that a payment went back; raises BadData when it already had."""
    booked = Payment.objects.filter(pk=payment.pk, status=Payment.Status.RECEIVED).update(
        status=Payment.Status.REFUNDED, refunded_at=now
    )
    if not booked:
        raise BadData("It was refunded before")
