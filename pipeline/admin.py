"""The machinery in the back office: read, pause, resume, settle."""

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline import inbox, incidents, switches
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData
from pipeline.models import (
    Budget,
    ClusterHeartbeat,
    Effect,
    InboundEvent,
    Incident,
    LimitChange,
    RoleLease,
    ScheduleSlot,
    Switch,
    TimelineEntry,
)
from webmagic.admin_base import Ask, RecordAdmin, action, run_verb, why_of


class SwitchForm(forms.ModelForm):  # type: ignore[type-arg]
    """Pausing a scope, also one that was paused before and has its row."""

    scope = forms.ChoiceField(choices=lambda: [(scope, scope) for scope in switches.known_scopes()])

    def validate_unique(self) -> None:
        """Let a known scope through: the verb pauses the row that is there."""


@admin.register(Switch)
class SwitchAdmin(RecordAdmin):
    """One row a scope: "everything", "stage:scraping", "source:osm_file"."""

    form = SwitchForm
    may_add = True
    list_display = ("scope", "paused", "until", "by", "why", "at")
    list_filter = ("paused",)
    actions = ("resume",)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return ["scope", "why"] if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Switch, form: object, change: bool) -> None:
        """Adding a row pauses its scope at once."""
        if change:
            return
        switches.pause(obj.scope, by=f"staff:{request.user}", why=obj.why, now=SYSTEM_CLOCK.now())
        stored = Switch.objects.get(scope=obj.scope)
        obj.pk, obj.paused = stored.pk, stored.paused

    @action(description=_("Resume"))
    def resume(self, request: HttpRequest, queryset: models.QuerySet[Switch]) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset,
            lambda switch: switches.resume(switch.scope, by=by, now=SYSTEM_CLOCK.now()),
            done=gettext("{n} run again"),
        )


@admin.register(Incident)
class IncidentAdmin(RecordAdmin):
    list_display = ("title", "severity", "count", "opened_at", "last_seen_at", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "severity", "kind")
    search_fields = ("title", "detail")
    actions = ("resolve",)

    @action(description=_("Resolved"))
    def resolve(self, request: HttpRequest, queryset: models.QuerySet[Incident]) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset,
            lambda incident: _resolve(incident, by=by),
            done=gettext("{n} are resolved"),
        )


def _resolve(incident: Incident, *, by: str) -> None:
    """Close this incident; raises BadData for one that is over, whose later likeness may still be open."""
    if incident.resolved_at is not None or not incidents.resolve_incident(
        incident.kind, incident.key, now=SYSTEM_CLOCK.now(), resolution=f"Resolved by {by}"
    ):
        raise BadData("It is resolved already")


@admin.register(Effect)
class EffectAdmin(RecordAdmin):
    list_display = (
        "key",
        "status_pill",
        "kind",
        "subject",
        "calls",
        "cost",
        "error",
        "called_at",
        "settled_at",
    )
    list_filter = ("status", "kind")
    search_fields = ("key", "subject")


@admin.register(InboundEvent)
class InboundEventAdmin(RecordAdmin):
    list_display = ("source", "external_id", "status_pill", "trouble", "received_at")
    list_filter = ("status", "source")
    search_fields = ("external_id",)
    actions = ("apply_again",)

    @action(description=_("Failed: apply again"))
    def apply_again(
        self, request: HttpRequest, queryset: models.QuerySet[InboundEvent]
    ) -> HttpResponse | None:
        by, why = f"staff:{request.user}", why_of(request)
        return run_verb(
            request,
            queryset,
            lambda event: inbox.apply_again(event, now=SYSTEM_CLOCK.now(), by=by, why=why),
            done=gettext("{n} are applied again"),
            ask=Ask(_("Apply {n} again")),
        )


@admin.register(ScheduleSlot)
class ScheduleSlotAdmin(RecordAdmin):
    list_display = ("task", "slot", "status_pill", "outcome", "started_at", "finished_at")
    list_filter = ("status", "task")


@admin.register(Budget)
class BudgetAdmin(RecordAdmin):
    list_display = ("name", "day", "used", "reserved", "limit")
    list_filter = ("name",)


@admin.register(LimitChange)
class LimitChangeAdmin(RecordAdmin):
    """The history of the limits: a change is made on the steering page, and none is ever rewritten."""

    list_display = ("name", "value", "before", "by", "why", "at")
    list_filter = ("name",)
    empty_value_display = _("as the settings say")


@admin.register(TimelineEntry)
class TimelineEntryAdmin(RecordAdmin):
    list_display = ("model", "row_id", "from_status", "to_status", "by", "reason", "at")
    list_filter = ("model", "to_status")
    search_fields = ("row_id",)


@admin.register(RoleLease)
class RoleLeaseAdmin(RecordAdmin):
    list_display = ("role", "holder", "term", "taken_at", "expires_at")


@admin.register(ClusterHeartbeat)
class ClusterHeartbeatAdmin(RecordAdmin):
    list_display = ("queue", "started_at", "announced_at", "answered_at")
