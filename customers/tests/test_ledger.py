"""The one ledger of money."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from businesses.tests.factories import make_business
from campaigns.tests.factories import make_campaign
from customers.ledger import add_customer, refund
from customers.models import Customer, Payment
from pipeline.errors import BadData
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db


def make_payment(**over: Any) -> Payment:
    customer = Customer.objects.first() or Customer.objects.create(business=make_business(), since=NOW)
    values = {"amount": Decimal("29.00"), "currency": "USD", "received_at": NOW, "reference": "invoice 1"}
    return Payment.objects.create(customer=customer, **(values | over))


def test_payment_is_refunded_once() -> None:
    payment = make_payment()
    refund(payment, now=NOW)
    with pytest.raises(BadData):
        refund(payment, now=NOW)
    payment.refresh_from_db()
    assert (payment.status, payment.refunded_at) == ("refunded", NOW)


def test_transfer_is_never_booked_twice() -> None:
    make_payment()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_payment()


@pytest.mark.parametrize("wrong", [{"amount": Decimal(0)}, {"amount": Decimal(-1)}, {"status": "lost"}])
def test_database_refuses_money_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_payment(**wrong)


def test_another_currency_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValidationError, match="The books are kept in USD"):
        make_payment(currency="EUR").full_clean()


def test_sale_ends_the_mails_to_the_business_and_its_company() -> None:
    bought = make_campaign(status="sent", sent_at=NOW, next_step_at=NOW, company_hash="a" * 64)
    other = make_campaign(status="draft", company_hash="a" * 64)
    stranger = make_campaign(status="draft", company_hash="b" * 64)
    add_customer(Customer(business=bought.business, since=NOW), now=NOW, by="staff")
    for campaign in (bought, other, stranger):
        campaign.refresh_from_db()
    assert (bought.status, bought.stop_reason, bought.next_step_at) == ("sent", "sold", None)
    assert (other.status, stranger.status) == ("cancelled", "draft")
