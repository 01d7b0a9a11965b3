"""Websites in the back office: the evidence of each, and the few things a person may ask for."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline.clock import SYSTEM_CLOCK
from sites import generation, lifetime, publishing
from sites.models import Site, SiteVersion
from webmagic.admin_base import ActionVariant, Ask, GaveUpFilter, RecordAdmin, action, run_verb, why_of


def _of_sites(words: Any) -> Callable[[models.QuerySet[Site]], list[tuple[str, str]]]:
    """Return what tells the number of the sites, and how many of them are online."""

    def means(sites: models.QuerySet[Site]) -> list[tuple[str, str]]:
        online = sites.filter(status=Site.Status.PUBLISHED).count()
        return [(f"{sites.count():,}", str(words)), (f"{online:,}", gettext("of them are online now"))]

    return means


@admin.register(Site)
class SiteAdmin(RecordAdmin):
    list_display = (
        "slug",
        "status_pill",
        "business",
        "business__evidence",
        "address",
        "trouble",
        "generated_at",
        "published_at",
    )
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
    def build_again(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> HttpResponse | None:
        return run_verb(
            request,
            queryset,
            lambda site: generation.rebuild(
                site, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}", why=why_of(request)
            ),
            done=gettext("{n} sites are built again in the next run"),
            ask=Ask(
                _("Build {n} sites again"),
                means=_of_sites(_("sites are written anew; what is online stays until then")),
                cost=lambda sites: generation.most_cost(sites.count()),
            ),
        )

    @action(description=_("Back to the version before"))
    def go_back(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> HttpResponse | None:
        return run_verb(
            request,
            queryset,
            lambda site: lifetime.roll_back(site, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"),
            done=gettext("{n} sites show the version before"),
            ask=Ask(_("Put {n} sites back"), means=_of_sites(_("sites show the version before at once"))),
        )

    @action(description=_("Expired: put online again"))
    def revive(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> HttpResponse | None:
        return run_verb(
            request,
            queryset,
            lambda site: lifetime.revive(site, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"),
            done=gettext("{n} sites are online again with the next run"),
        )

    @action(description=_("Take down for good"), variant=ActionVariant.DANGER)
    def take_down(self, request: HttpRequest, queryset: models.QuerySet[Site]) -> HttpResponse | None:
        by = f"staff:{request.user}"
        return run_verb(
            request,
            queryset,
            lambda site: publishing.take_down(
                site, now=SYSTEM_CLOCK.now(), by=by, reason=f"Taken down by staff: {why_of(request)}"
            ),
            done=gettext("{n} sites are gone, and their businesses are never written to"),
            ask=Ask(
                _("Take {n} sites down for good"),
                means=_of_sites(
                    _("sites go offline and never come back; their businesses are never written to")
                ),
            ),
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
