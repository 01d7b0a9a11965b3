"""Websites in the back office: the evidence of each, and the few things a person may ask for."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline.clock import SYSTEM_CLOCK
from sites import generation, lifetime, publishing
from sites.models import Site, SiteVersion
from webmagic.admin_base import ActionVariant, GaveUpFilter, RecordAdmin, action, run_verb


@admin.register(Site)
class SiteAdmin(RecordAdmin):
    list_display = ("slug", "status_pill", "business", "address", "trouble", "generated_at", "published_at")
    list_filter = ("status", GaveUpFilter, ("wanted_at", admin.EmptyFieldListFilter))
    search_fields = ("slug", "business__name")
    list_select_related = ("business",)
    actions = ("build_again", "go_back", "revive", "take_down")

    @admin.display(description=_("Address"))
    def address(self, site: Site) -> str:
        """A link to the site while it is online."""
        if site.status != Site.Status.PUBLISHED:
            return "–"
        return format_html('<a href="{}">{}</a>', publishing.site_url(site), gettext("Open"))

    @action(description=_("Build again"))
    def build_again(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> None:
        run_verb(
            request,
            queryset,
            lambda site: generation.rebuild(site, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"),
            done=gettext("{n} sites are built again in the next run"),
        )

    @action(description=_("Back to the version before"))
    def go_back(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> None:
        run_verb(
            request,
            queryset,
            lambda site: lifetime.roll_back(site, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"),
            done=gettext("{n} sites show the version before"),
        )

    @action(description=_("Expired: put online again"))
    def revive(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> None:
        run_verb(
            request,
            queryset,
            lambda site: lifetime.revive(site, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"),
            done=gettext("{n} sites are online again with the next run"),
        )

    @action(description=_("Take down for good"), variant=ActionVariant.DANGER)
    def take_down(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> None:
        by = f"staff:{request.user}"
        run_verb(
            request,
            queryset,
            lambda site: publishing.take_down(
                site, now=SYSTEM_CLOCK.now(), by=by, reason="Taken down by staff"
            ),
            done=gettext("{n} sites are gone, and their businesses are never written to"),
        )


@admin.register(SiteVersion)
class SiteVersionAdmin(RecordAdmin):
    list_display = ("site", "number", "engine", "theme", "gates_passed", "created_at")
    list_filter = ("engine", "theme")
    search_fields = ("site__slug",)
    list_select_related = ("site",)

    @admin.display(description=_("Gates"))
    def gates_passed(self, version: SiteVersion) -> str:
        passed = sum(1 for gate in version.gates if gate["passed"])
        return f"{passed} of {len(version.gates)}"
