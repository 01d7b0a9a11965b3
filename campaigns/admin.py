"""Outreach in the back office: what waits for approval, what went out, what came of it, who said no."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import drafting, policy, requeueing, sending, suppression
from campaigns.models import (
    Campaign,
    CountryRule,
    Event,
    InboundMail,
    LegalBasis,
    Mailbox,
    Message,
    RateBucket,
    SenderDomain,
    Suppression,
)
from pipeline.clock import SYSTEM_CLOCK
from webmagic.admin_base import ActionVariant, Ask, GaveUpFilter, RecordAdmin, action, run_verb, why_of


def _count(words: Any) -> Callable[[models.QuerySet[Campaign]], list[tuple[str, str]]]:
    return lambda campaigns: [(f"{campaigns.count():,}", str(words))]


@admin.register(Campaign)
class CampaignAdmin(RecordAdmin):
    list_display = (
        "business",
        "business__evidence",
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
    actions = ("approve", "call_off", "went_out", "did_not_go_out", "try_again", "suppress")

    @admin.display(description=_("Why a person"), ordering="review_reason", empty_value="–")
    def why_a_person(self, campaign: Campaign) -> str:
        """Why it waits for approval; nothing where the autopilot may approve it."""
        return campaign.review_reason

    @action(description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset,
            lambda campaign: drafting.approve(campaign, now=SYSTEM_CLOCK.now(), by=by),
            done=gettext("{n} mails go out in the next run"),
        )

    @action(description=_("Call off"), variant=ActionVariant.DANGER)
    def call_off(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset,
            lambda campaign: drafting.cancel(campaign, now=SYSTEM_CLOCK.now(), by=by),
            done=gettext("{n} mails are called off"),
            ask=Ask(_("Call {n} mails off"), means=_count(_("mails do not go out, nor do those after them"))),
        )

    @action(description=_("Uncertain: it went out"))
    def went_out(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> HttpResponse | None:
        return self._settle(request, queryset, went_out=True, done=gettext("{n} count as sent"))

    @action(description=_("Uncertain: it did not go out, send it"))
    def did_not_go_out(
        self, request: HttpRequest, queryset: models.QuerySet[Campaign]
    ) -> HttpResponse | None:
        return self._settle(
            request, queryset, went_out=False, done=gettext("{n} mails are sent in the next run")
        )

    @action(description=_("Failed: try again"))
    def try_again(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> HttpResponse | None:
        by, why = f"staff:{request.user}", why_of(request)
        return run_verb(
            request,
            queryset,
            lambda campaign: requeueing.requeue(campaign, now=SYSTEM_CLOCK.now(), by=by, why=why),
            done=gettext("{n} mails are tried again"),
            ask=Ask(
                _("Try {n} mails again"),
                means=_count(_("mails are tried again, after every check; none goes out twice")),
            ),
        )

    @action(description=_("Never write to them again"), variant=ActionVariant.DANGER)
    def suppress(self, request: HttpRequest, queryset: models.QuerySet[Campaign]) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset.select_related("business"),
            lambda campaign: suppression.suppress_business(
                campaign.business, reason=Suppression.Reason.STAFF, now=SYSTEM_CLOCK.now(), by=by
            ),
            done=gettext("{n} businesses are never written to again"),
            ask=Ask(
                _("Never write to {n} again"), means=_count(_("businesses get no mail of ours, for good"))
            ),
        )

    def _settle(
        self, request: HttpRequest, queryset: models.QuerySet[Campaign], *, went_out: bool, done: str
    ) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset,
            lambda campaign: sending.settle_held(campaign, went_out=went_out, now=SYSTEM_CLOCK.now(), by=by),
            done=done,
            ask=Ask(
                _("{n} went out") if went_out else _("Send {n} again"),
                means=_count(
                    _("count as sent and are never sent again")
                    if went_out
                    else _("are sent: whoever did get one gets it twice")
                ),
            ),
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

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The newest first: those of one kind by their time, for an index holds them so."""
        return ("-at", "-pk") if "kind__exact" in request.GET else self.ordering


class SuppressionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Entering an address that said no; only its hash is kept."""

    address = forms.EmailField(help_text=_("It is never written to again. Only a keyed hash of it is kept."))
    scope = forms.ChoiceField(choices=Suppression.Scope.choices)

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
        return ["address", "scope"] if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Suppression, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Suppress through the verb, which also calls off what is on its way."""
        if change:
            return
        obj.pk = suppression.suppress(
            form.cleaned_data["address"],
            scope=form.cleaned_data["scope"],
            reason=Suppression.Reason.STAFF,
            now=SYSTEM_CLOCK.now(),
            by=f"staff:{request.user}",
        ).pk
        obj.refresh_from_db()


class CountryRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What staff decide for a country, and why."""

    class Meta:
        model = CountryRule
        fields = ("country", "decision", "tracking", "opt_out_days", "footer", "why")

    def clean_country(self) -> str:
        """Return the code as it is stored."""
        return str(self.cleaned_data["country"]).strip().upper()

    def clean_why(self) -> str:
        """Refuse a reason that is none."""
        why = str(self.cleaned_data["why"]).strip()
        if len(why) < policy.LEAST_WHY:
            raise forms.ValidationError(_("Say on whose advice, or by which rule."))
        return why


@admin.register(CountryRule)
class CountryRuleAdmin(RecordAdmin):
    form = CountryRuleForm
    may_add = True
    may_delete = True  # then the table that ships holds again
    editable = ("decision", "tracking", "opt_out_days", "footer", "why")
    list_display = ("country", "decision", "tracking", "why", "decided_by", "decided_at")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return list(CountryRuleForm.Meta.fields) if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: CountryRule, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Decide through the verb, which keeps who decided and when."""
        rule = policy.decide_country(
            obj.country,
            decision=obj.decision,
            tracking=obj.tracking,
            why=obj.why,
            opt_out_days=obj.opt_out_days,
            footer=obj.footer,
            now=SYSTEM_CLOCK.now(),
            by=f"staff:{request.user}",
        )
        obj.pk = rule.pk


class LegalBasisForm(forms.ModelForm):  # type: ignore[type-arg]
    """A proof that somebody has: of the legal form, of the published address, of consent."""

    class Meta:
        model = LegalBasis
        fields = (
            "business",
            "legal_form",
            "legal_form_proof",
            "published_url",
            "refuses_mail",
            "consent_at",
            "consent_how",
        )


@admin.register(LegalBasis)
class LegalBasisAdmin(RecordAdmin):
    form = LegalBasisForm
    may_add = True
    editable = LegalBasisForm.Meta.fields[1:]
    list_display = ("business", "legal_form", "published_url", "refuses_mail", "consent_at", "by", "at")
    list_filter = ("legal_form", "refuses_mail")
    list_select_related = ("business",)
    raw_id_fields = ("business",)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return list(LegalBasisForm.Meta.fields) if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: LegalBasis, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Keep who noted it and when."""
        obj.by, obj.at = f"staff:{request.user}"[:120], SYSTEM_CLOCK.now()
        if obj.published_url and "published_url" in form.changed_data:
            obj.published_seen_at = obj.at
        obj.save()


@admin.register(Mailbox)
class MailboxAdmin(RecordAdmin):
    list_display = ("address", "state", "transport", "imap", "daily_cap", "active_since", "paused_why")
    list_filter = ("state",)
    search_fields = ("address",)
    editable = (
        "sender_name",
        "reply_to",
        "bounce_address",
        "daily_cap",
        "ramp_start",
        "ramp_step",
        "gap_seconds",
    )


@admin.register(SenderDomain)
class SenderDomainAdmin(RecordAdmin):
    list_display = ("name", "dkim_selector", "dns_ok", "dns_checked_at")
    list_filter = ("dns_ok",)
    search_fields = ("name",)
    editable = ("dkim_selector",)


@admin.register(InboundMail)
class InboundMailAdmin(RecordAdmin):
    list_display = ("sender", "kind", "subject", "mailbox", "received_at", "handled_at", "handled_by")
    list_filter = ("kind", ("handled_at", admin.EmptyFieldListFilter))
    list_select_related = ("mailbox",)
    search_fields = ("sender", "subject")


@admin.register(RateBucket)
class RateBucketAdmin(RecordAdmin):
    list_display = ("key", "day", "used", "open_at", "factor", "slowed_at")
    search_fields = ("key",)
