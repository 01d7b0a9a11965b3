"""Customers and money in the back office: entered by staff, the one ledger that every figure comes from."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from businesses.models import Business
from customers import ledger
from customers.models import Customer, Payment
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData
from webmagic.admin_base import Ask, RecordAdmin, action, run_verb


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who bought: only a business whose site can be handed over."""

    def clean_business(self) -> Business:
        business: Business = self.cleaned_data["business"]
        try:
            ledger.check_sale(business)
        except BadData as error:
            raise forms.ValidationError(str(error)) from error
        return business


@admin.register(Customer)
class CustomerAdmin(RecordAdmin):
    form = CustomerForm
    may_add = True
    editable = ("contact_name", "email", "ended_at", "note")
    list_display = ("business", "site", "contact_name", "email", "since", "ended_at")
    search_fields = ("business__name", "contact_name", "email")
    list_select_related = ("business", "site")
    raw_id_fields = ("business", "site")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Ask for who bought; the site is the one of that business."""
        if obj is None:
            return ["business", "contact_name", "email", "since", "note"]
        return super().get_fields(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"since": SYSTEM_CLOCK.now()}

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """A new customer's proposal becomes its own site with the next publication."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            ledger.add_customer(obj, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}")


def _money_back(payments: models.QuerySet[Payment]) -> list[tuple[str, str]]:
    sums = payments.order_by().values_list("currency").annotate(models.Sum("amount"))
    return [
        (f"{amount:,.2f}", gettext("%(currency)s leave the books") % {"currency": c}) for c, amount in sums
    ]


@admin.register(Payment)
class PaymentAdmin(RecordAdmin):
    may_add = True
    list_display = ("reference", "customer", "money", "status_pill", "received_at", "entered_by")
    list_filter = ("status", "currency")
    search_fields = ("reference", "customer__business__name")
    list_select_related = ("customer__business",)
    raw_id_fields = ("customer",)
    actions = ("refund",)

    @admin.display(description=_("Amount"), ordering="amount")
    def money(self, payment: Payment) -> str:
        return f"{payment.amount} {payment.currency}"

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Ask for what is on the statement; who entered it is known."""
        if obj is None:
            return ["customer", "amount", "currency", "received_at", "reference"]
        return super().get_fields(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"currency": settings.CURRENCY, "received_at": SYSTEM_CLOCK.now()}

    def save_model(self, request: HttpRequest, obj: Payment, form: Any, change: bool) -> None:
        if not change:
            obj.entered_by = f"staff:{request.user}"
            super().save_model(request, obj, form, change)

    @action(description=_("Refunded"))
    def refund(self, request: HttpRequest, queryset: models.QuerySet[Payment]) -> HttpResponse | None:
        return run_verb(
            request,
            queryset,
            lambda payment: ledger.refund(payment, now=SYSTEM_CLOCK.now()),
            done=gettext("{n} payments are booked as refunded"),
            ask=Ask(_("Book {n} payments as refunded"), means=_money_back),
        )
