"""The machinery in the back office: read, pause, resume, settle."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline import incidents, switches
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import (
    Budget,
    ClusterHeartbeat,
    Effect,
    InboundEvent,
    Incident,
    RoleLease,
    ScheduleSlot,
    Switch,
    TimelineEntry,
)
from webmagic.admin_base import RecordAdmin, action, run_verb


@admin.register(Switch)
class SwitchAdmin(RecordAdmin):
    """One row a scope: "everything", "stage:scraping", "source:osm_file"."""

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
        obj.pk = Switch.objects.get(scope=obj.scope).pk

    @action(description=_("Resume"))
    def resume(self, request: HttpRequest, queryset: models.QuerySet[Switch]) -> None:
        by = f"staff:{request.user}"
        run_verb(
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
    def resolve(self, request: HttpRequest, queryset: models.QuerySet[Incident]) -> None:
        by = f"staff:{request.user}"
        run_verb(
            request,
            queryset,
            lambda incident: incidents.resolve_incident(
                incident.kind, incident.key, now=SYSTEM_CLOCK.now(), resolution=f"Resolved by {by}"
            ),
            done=gettext("{n} are resolved"),
        )


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


@admin.register(ScheduleSlot)
class ScheduleSlotAdmin(RecordAdmin):
    list_display = ("task", "slot", "status_pill", "outcome", "started_at", "finished_at")
    list_filter = ("status", "task")


@admin.register(Budget)
class BudgetAdmin(RecordAdmin):
    list_display = ("name", "day", "used", "reserved", "limit")
    list_filter = ("name",)


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
