"""Leads in the back office: why each is one or not, and the few things a person may decide."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from businesses import exporting, leads
from businesses.models import Business, RefusedRecord, SourceRecord, WebsiteCheck
from businesses.presenting import origins_of
from pipeline.clock import SYSTEM_CLOCK
from webmagic.admin_base import Ask, RecordAdmin, action, run_verb


@admin.register(Business)
class BusinessAdmin(RecordAdmin):
    list_display = ("name", "status_pill", "why", "category", "city", "score", "evidence", "found_at")
    list_filter = ("status", "evidence", "website_state", "suppressed", "territory", "category")
    search_fields = ("name", "email", "phone", "city")
    list_select_related = ("territory",)
    actions = ("mark_qualified", "mark_to_call", "mark_rejected", "look_again")
    fields = (
        "status_pill",
        "decision",
        "score",
        "evidence",
        "rule_version",
        "decided_by",
        "decided_at",
        "name",
        "category",
        "raw_categories",
        "phone",
        "phone_raw",
        "email",
        "email_takes_mail",
        "websites",
        "website_state",
        "website_checked_at",
        "socials",
        "street",
        "housenumber",
        "postcode",
        "city",
        "region",
        "country",
        "lat",
        "lon",
        "opening_hours",
        "operating_status",
        "brand",
        "chain",
        "rating",
        "review_count",
        "alive_on",
        "merged_into",
        "suppressed",
        "found_at",
        "seen_at",
        "work",
        "timeline",
    )
    readonly_fields = ("decision",)
    also_exported = ("licence", "attribution")
    list_after_template = "businesses/admin_origins.html"

    def to_export(self, rows: models.QuerySet[Business]) -> models.QuerySet[Business]:
        """Each with the records that its licence and attribution stand in."""
        return exporting.with_records(rows)

    def licence(self, business: Business) -> str:
        """The licences that its facts are under."""
        return exporting.licences_of(business)

    def attribution(self, business: Business) -> str:
        """Whose data it is."""
        return exporting.attributions_of(business)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The list, with whose data its rows are."""
        answer = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            answer.context_data["origins"] = origins_of(answer.context_data["cl"].result_list)
        return answer

    @admin.display(description=_("Why"))
    def why(self, business: Business) -> str:
        """The first line of the decision."""
        return business.reasons[0]["text"] if business.reasons else gettext("Not looked at yet")

    @admin.display(description=_("Decision"))
    def decision(self, business: Business) -> str:
        """Every line of the decision with its points."""
        lines = (
            (f"{reason['points']:+d}" if reason["points"] else "", reason["text"])
            for reason in business.reasons
        )
        return format_html_join("", "<p>{} {}</p>", lines) or gettext("Not looked at yet")

    @action(description=_("Decide: a lead"))
    def mark_qualified(
        self, request: HttpRequest, queryset: models.QuerySet[Business]
    ) -> HttpResponse | None:
        return self._decide(request, queryset, Business.Status.QUALIFIED, gettext("{n} are leads now"))

    @action(description=_("Decide: to be called"))
    def mark_to_call(self, request: HttpRequest, queryset: models.QuerySet[Business]) -> HttpResponse | None:
        return self._decide(
            request, queryset, Business.Status.CALL_LIST, gettext("{n} are on the call list now")
        )

    @action(description=_("Decide: not a lead"))
    def mark_rejected(self, request: HttpRequest, queryset: models.QuerySet[Business]) -> HttpResponse | None:
        return self._decide(request, queryset, Business.Status.REJECTED, gettext("{n} are no leads now"))

    @action(description=_("Look at them again"))
    def look_again(self, request: HttpRequest, queryset: models.QuerySet[Business]) -> HttpResponse | None:
        return run_verb(
            request,
            queryset,
            lambda business: leads.requalify(business, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"),
            done=gettext("{n} are looked at again in the next run"),
            ask=Ask(
                _("Look at {n} again"),
                means=lambda rows: [(f"{rows.count():,}", gettext("websites are looked up again"))],
            ),
        )

    def _decide(
        self, request: HttpRequest, queryset: models.QuerySet[Business], status: str, done: str
    ) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset,
            lambda business: leads.decide(business, status, now=SYSTEM_CLOCK.now(), by=by),
            done=done,
        )


@admin.register(SourceRecord)
class SourceRecordAdmin(RecordAdmin):
    list_display = (
        "business",
        "source",
        "source_id",
        "is_current",
        "missing_since",
        "licence",
        "attribution",
        "first_seen_at",
        "last_seen_at",
    )
    list_filter = ("source", "is_current", "licence")
    search_fields = ("source_id", "business__name")
    list_select_related = ("business",)


@admin.register(WebsiteCheck)
class WebsiteCheckAdmin(RecordAdmin):
    list_display = ("business", "state", "reason", "checked_at")
    list_filter = ("state",)
    search_fields = ("business__name", "url")
    list_select_related = ("business",)


@admin.register(RefusedRecord)
class RefusedRecordAdmin(RecordAdmin):
    list_display = ("source", "place", "reason", "grid", "refused_at")
    list_filter = ("source",)
    list_select_related = ("grid__territory",)
