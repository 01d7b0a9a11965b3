"""Outreach in the back office: what waits for approval, what went out, what came of it, who said no."""

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import drafting, sending, suppression
from campaigns.models import Campaign, Event, Message, Suppression
from pipeline.clock import SYSTEM_CLOCK
from webmagic.admin_base import ActionVariant, GaveUpFilter, RecordAdmin, action, run_verb


@admin.register(Campaign)
class CampaignAdmin(RecordAdmin):
    list_display = (
        "business",
        "status_pill",
        "why_a_person",
        "trouble",
        "written_at",
        "approved_by",
        "sent_at",
    )
    list_filter = ("status", GaveUpFilter, ("review_reason", admin.EmptyFieldListFilter))
    search_fields = ("business__name", "messages__recipient", "messages__subject")
    list_select_related = ("business",)
    actions = ("approve", "call_off", "went_out", "did_not_go_out", "suppress")

    @admin.display(description=_("Why a person"), ordering="review_reason", empty_value="–")
    def why_a_person(self, campaign: Campaign) -> str:
        """Why it waits for approval; nothing where the autopilot may approve it."""
        return campaign.review_reason

    @action(description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> None:
        by = f"staff:{request.user}"
        run_verb(
            request,
            queryset,
            lambda campaign: drafting.approve(campaign, now=SYSTEM_CLOCK.now(), by=by),
            done=gettext("{n} mails go out in the next run"),
        )

    @action(description=_("Call off"), variant=ActionVariant.DANGER)
    def call_off(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> None:
        by = f"staff:{request.user}"
        run_verb(
            request,
            queryset,
            lambda campaign: drafting.cancel(campaign, now=SYSTEM_CLOCK.now(), by=by),
            done=gettext("{n} mails are called off"),
        )

    @action(description=_("Uncertain: it went out"))
    def went_out(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> None:
        self._settle(request, queryset, went_out=True, done=gettext("{n} count as sent"))

    @action(description=_("Uncertain: it did not go out, send it"))
    def did_not_go_out(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> None:
        self._settle(request, queryset, went_out=False, done=gettext("{n} mails are sent in the next run"))

    @action(description=_("Never write to them again"), variant=ActionVariant.DANGER)
    def suppress(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> None:
        by = f"staff:{request.user}"
        run_verb(
            request,
            queryset.select_related("business"),
            lambda campaign: suppression.suppress_business(
                campaign.business, reason=Suppression.Reason.STAFF, now=SYSTEM_CLOCK.now(), by=by
            ),
            done=gettext("{n} businesses are never written to again"),
        )

    def _settle(
        self, request: HttpRequest, queryset: models.QuerySet[Campaign], *, went_out: bool, done: str
    ) -> None:
        by = f"staff:{request.user}"
        run_verb(
            request,
            queryset,
            lambda campaign: sending.settle_held(campaign, went_out=went_out, now=SYSTEM_CLOCK.now(), by=by),
            done=done,
        )


@admin.register(Message)
class MessageAdmin(RecordAdmin):
    list_display = ("subject", "recipient", "sent_at", "opened_at", "clicked_at", "unsubscribed_at")
    list_filter = (
        ("sent_at", admin.EmptyFieldListFilter),
        ("clicked_at", admin.EmptyFieldListFilter),
        ("unsubscribed_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("subject", "recipient", "message_id")
    exclude = ("body",)


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ("kind", "message", "at", "user_agent", "network")
    list_filter = ("kind",)
    list_select_related = ("message",)


class SuppressionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Entering an address that said no; only its hash is kept."""

    address = forms.EmailField(help_text=_("It is never written to again. Only a keyed hash of it is kept."))

    class Meta:
        model = Suppression
        fields = ()


@admin.register(Suppression)
class SuppressionAdmin(RecordAdmin):
    form = SuppressionForm
    may_add = True
    list_display = ("address_hash", "reason", "at", "by")
    list_filter = ("reason",)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return ["address"] if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Suppression, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Suppress through the verb, which also calls off what is on its way."""
        if change:
            return
        address = form.cleaned_data["address"]
        suppression.suppress(
            address, reason=Suppression.Reason.STAFF, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"
        )
        stored = Suppression.objects.get(address_hash=suppression.address_hash(address))
        obj.pk, obj.address_hash, obj.reason, obj.at = (
            stored.pk,
            stored.address_hash,
            stored.reason,
            stored.at,
        )
