"""The map in the back office: territories are added here, cells are looked at and asked for again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pipeline.clock import SYSTEM_CLOCK
from territories import coverage, gazetteer, maps, progress
from territories.models import CoverageGrid, Territory, check_bounds
from territories.splitting import Bounds
from territories.trades import check_trades, known_trades, named
from webmagic.admin_base import (
    Ask,
    GaveUpFilter,
    RecordAdmin,
    SelectManyWidget,
    SelectWidget,
    action,
    run_verb,
    why_of,
)
from webmagic.templatetags.look import draw_pill

SIDES = ("south", "west", "north", "east")
WORST_SHOWN = 20
# States of the map, with the filter of the list that shows the same cells.
LEGEND: tuple[tuple[maps.CellState, str], ...] = (
    ("done", "status__exact=cooldown&coverage__exact=complete"),
    ("incomplete", "status__exact=cooldown&coverage__exact=unresolved"),
    ("running", "status__exact=scraping"),
    ("failed", "status__exact=failed"),
    ("todo", "status__exact=pending"),
)


class TradesField(forms.MultipleChoiceField):
    """Trades by their slugs; what is none of them is refused as it is by the verb."""

    def validate(self, value: Any) -> None:
        check_trades(value)


class TerritoryForm(forms.ModelForm):  # type: ignore[type-arg]
    """Adding a territory; its source is chosen among those that are set up."""

    source = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(settings.SOURCES)], widget=SelectWidget
    )
    categories = TradesField(
        label=_("Trades"),
        choices=lambda: known_trades().items(),
        required=False,
        widget=SelectManyWidget,
        help_text=_("Empty: every trade."),
    )

    class Meta:
        model = Territory
        fields = ("name", "country", "south", "west", "north", "east", "source", "categories", "expected")

    def clean(self) -> dict[str, Any]:
        """Ask the source whether it can answer at all."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if source := cleaned.get("source"):
            coverage.check_source_ready(source)
        return cleaned

    def validate_constraints(self) -> None:
        """Leave the bounds to Territory.clean: the database's checks would say the same again, in no words."""


@admin.register(Territory)
class TerritoryAdmin(RecordAdmin):
    form = TerritoryForm
    may_add = True
    change_form_outer_before_template = "territories/map.html"
    change_form_after_template = "territories/estimate.html"
    list_display = (
        "name",
        "country",
        "source",
        "status_pill",
        "cells",
        "complete",
        "businesses_found",
        "spent",
        "created_at",
    )
    list_filter = ("source", "country")
    search_fields = ("name",)
    readonly_fields = ("created_at", "trades")

    class Media:
        css = {"all": ["vendor/leaflet/leaflet.css", "webmagic/map.css"]}
        js = [
            "vendor/leaflet/leaflet.js",
            "webmagic/map_ground.js",
            "webmagic/map_search.js",
            "webmagic/map.js",
            "webmagic/select_names.js",
        ]

    def get_urls(self) -> list[Any]:
        """Add what the map's scripts ask: what a rectangle would take, and where which towns are."""
        view = self.admin_site.admin_view
        return [
            path("estimate/", view(self.estimate_view), name="territories_territory_estimate"),
            path("places/", view(self.places_view), name="territories_territory_places"),
            path("names/", view(self.names_view), name="territories_territory_names"),
            *super().get_urls(),
        ]

    def estimate_view(self, request: HttpRequest) -> HttpResponse:
        """Say in one sentence what the rectangle in the query would take, for the map's script."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return JsonResponse({"text": estimate_of(request.GET)})

    @admin.display(description=_("State"))
    def status_pill(self, territory: Territory) -> SafeString:  # type: ignore[override]
        """The worst that is so of its cells."""
        return draw_pill(*_state_of(territory.progress))  # type: ignore[attr-defined]

    @admin.display(description=_("Trades"))
    def trades(self, territory: Territory) -> str:
        return named(territory.categories)

    def places_view(self, request: HttpRequest) -> HttpResponse:
        """Suggest the places whose name begins as `q` does, for the search above the map."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = gazetteer.search(request.GET.get("q", ""))
        return JsonResponse({"places": [maps.suggestion(place) for place in found]})

    def names_view(self, request: HttpRequest) -> HttpResponse:
        """Name the largest towns of the rectangle in the query, for the map."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            seen = Bounds(*(float(request.GET.get(side, "")) for side in SIDES))
        except ValueError:
            return JsonResponse({"error": gettext("The rectangle needs four numbers.")}, status=400)
        return JsonResponse({"names": [maps.name_on_map(town) for town in gazetteer.within(seen)]})

    @admin.display(description=_("Cells"))
    def cells(self, territory: Territory) -> int:
        return sum(territory.progress.cells.values())  # type: ignore[attr-defined]

    @admin.display(description=_("Businesses"))
    def businesses_found(self, territory: Territory) -> int:
        return territory.progress.found  # type: ignore[attr-defined,no-any-return]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Ask for the progress of all rows of the page at once."""
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        done = progress.progress_of(page.result_list)
        for territory in page.result_list:
            territory.progress = done[territory.pk]
        return page

    @admin.display(description=_("Complete"))
    def complete(self, territory: Territory) -> str:
        """The cells that are proved to be complete, and the share of what is expected that was found."""
        done: progress.Progress = territory.progress  # type: ignore[attr-defined]
        share = f", {done.share}" if done.share else ""
        cells = ngettext("%(done)d of %(all)d cell", "%(done)d of %(all)d cells", done.leaves)
        return cells % {"done": done.complete, "all": done.leaves} + share

    @admin.display(description=_("Cost so far"))
    def spent(self, territory: Territory) -> str:
        return f"${territory.progress.cost:,.2f}"  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Ask only for what a person can know when a territory is added."""
        return list(TerritoryForm.Meta.fields) if obj is None else super().get_fields(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Show the trades of a territory by their names."""
        if obj is None:
            return super().get_fieldsets(request, obj)
        fields = [{"categories": "trades"}.get(name, name) for name in self.get_fields(request, obj)]
        return [(None, {"fields": fields})]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take what the page was asked with, all of its trades too."""
        chosen = request.GET.getlist("categories")
        return {**super().get_changeform_initial_data(request), "categories": chosen}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the map with the page; ask again with the reason where the verb refuses what the form still took."""
        if object_id is None and "_estimate" in request.POST:
            asked = {name: request.POST.getlist(name) for name in TerritoryForm.Meta.fields}
            return redirect(f"{request.path}?{urlencode(asked, doseq=True)}")
        territory = self.get_object(request, object_id) if object_id else None
        shown = (
            _shown_of(territory) | _told_of_list(request, territory) if territory else _shown_to_draw(request)
        )
        try:
            return super().changeform_view(request, object_id, form_url, shown | (extra_context or {}))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: Territory, form: Any, change: bool) -> None:
        """Add the territory through the verb, which gives it its first cell."""
        if change:
            return
        obj.pk = coverage.add_territory(
            obj.name,
            south=obj.south,
            west=obj.west,
            north=obj.north,
            east=obj.east,
            source=obj.source,
            now=SYSTEM_CLOCK.now(),
            country=obj.country,
            categories=obj.categories,
            expected=obj.expected,
        ).pk


def estimate_of(asked: Mapping[str, Any]) -> str:
    """Return what a rectangle would take, or why that cannot be said yet."""
    try:
        sides = [float(asked.get(name, "")) for name in SIDES]
    except ValueError:
        return gettext("Draw the area, or type its four bounds, to see what it would take.")
    source, expected = asked.get("source", ""), asked.get("expected", "")
    if source not in settings.SOURCES:
        return gettext("Choose a source to see what it would take.")
    try:
        check_bounds(*sides)
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    known = int(expected) if expected.isdecimal() and len(expected) < 10 else None
    return str(progress.estimate(source, Bounds(*sides), expected=known))


def _state_of(done: progress.Progress) -> tuple[str, str, str]:
    """Return the tone, the icon and the word of a territory's pill."""
    if done.failed:
        words = ngettext("%(n)d cell failed", "%(n)d cells failed", done.failed)
        return "bad", "circle-x", words % {"n": done.failed}
    if done.unresolved:
        return "wait", "circle-help", gettext("Incomplete")
    if done.is_complete:
        return "ok", "circle-check", gettext("Complete")
    if done.complete or done.cells[CoverageGrid.Status.SPLIT] or done.cells[CoverageGrid.Status.SCRAPING]:
        return "run", "loader", gettext("Under way")
    return "off", "circle-dashed", gettext("To do")


def _shown_of(territory: Territory) -> dict[str, Any]:
    drawn = maps.map_of(territory)
    cells = reverse("admin:territories_coveragegrid_changelist")
    legend = [
        {
            "state": state,
            "word": maps.LABELS[state],
            "count": drawn["counts"][state],
            "url": f"{cells}?territory__id__exact={territory.pk}&{query}",
        }
        for state, query in LEGEND
    ]
    return {
        "map": drawn,
        "most_cells": maps.MOST_CELLS,
        "legend": [line for line in legend if line["count"]],
        "progress": progress.progress(territory),
        "worst": [cell for cell in drawn["cells"] if cell["state"] in ("failed", "incomplete")][:WORST_SHOWN],
        "cells_url": f"{cells}?territory__id__exact={territory.pk}",
    }


def _told_of_list(request: HttpRequest, territory: Territory) -> dict[str, Any]:
    """What the territory is read from, where that is a list of its own, and how many rows were refused."""
    may_look, may_add = (
        request.user.has_perm(name) for name in ("businesses.view_business", "territories.add_territory")
    )
    return {
        "list": territory.lists.filter(imported_at__isnull=False).first(),
        "refused_rows": progress.refused_rows(territory),
        "refused_url": reverse("businesses:list_refused", args=[territory.pk]) if may_look else "",
        "renew_url": reverse("businesses:list_renew", args=[territory.pk]) if may_add else "",
    }


def _shown_to_draw(request: HttpRequest) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    return {
        "map": maps.map_to_draw_on({side: f"id_{side}" for side in SIDES}),
        "draws": True,
        "estimate": estimate_of(asked),
        "estimate_url": reverse("admin:territories_territory_estimate"),
        "places_url": reverse("admin:territories_territory_places"),
    }


def _asked_at_once(cells: int) -> tuple[str, str]:
    return f"{cells:,}", ngettext("cell is asked for at once", "cells are asked for at once", cells)


@admin.register(CoverageGrid)
class CoverageGridAdmin(RecordAdmin):
    list_display = ("cell", "status_pill", "coverage", "found", "trouble", "scraped_at", "cooldown_until")
    list_filter = ("status", GaveUpFilter, "coverage", "territory")
    search_fields = ("territory__name",)
    list_select_related = ("territory",)
    actions = ("scrape_again",)

    @admin.display(description=_("Cell"))
    def cell(self, grid: CoverageGrid) -> str:
        return str(grid)

    @action(description=_("Scrape in the next run"))
    def scrape_again(
        self, request: HttpRequest, queryset: models.QuerySet[CoverageGrid]
    ) -> HttpResponse | None:
        """Make the chosen cells due; the workers do the rest."""
        return run_verb(
            request,
            queryset,
            lambda cell: coverage.requeue_cell(
                cell, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}", why=why_of(request)
            ),
            done=lambda n: ngettext(
                "{n} cell is scraped in the next run", "{n} cells are scraped in the next run", n
            ),
            ask=Ask(
                lambda n: ngettext("Scrape {n} cell", "Scrape {n} cells", n),
                means=lambda cells: [_asked_at_once(cells.count())],
                cost=progress.most_cost,
                is_harmless=True,
            ),
        )
