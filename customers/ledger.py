"""The ledger of money: what came in is written once, what went back is marked on it."""

from datetime import datetime

from customers.models import Payment
from pipeline.errors import BadData


def refund(payment: Payment, *, now: datetime) -> None:
    """Book that a payment went back; raises BadData when it already had."""
    booked = Payment.objects.filter(pk=payment.pk, status=Payment.Status.RECEIVED).update(
        status=Payment.Status.REFUNDED, refunded_at=now
    )
    if not booked:
        raise BadData("It was refunded before")
