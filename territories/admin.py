"""The map in the back office: territories are added here, cells are looked at and asked for again."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline.clock import SYSTEM_CLOCK
from territories import coverage
from territories.models import CoverageGrid, Territory
from webmagic.admin_base import GaveUpFilter, RecordAdmin, action, run_verb


class TerritoryForm(forms.ModelForm):  # type: ignore[type-arg]
    """Adding a territory; its source is chosen among those that are set up."""

    source = forms.ChoiceField(choices=lambda: [(name, name) for name in sorted(settings.SOURCES)])
    categories = forms.CharField(
        required=False, help_text=_("Trades, separated by commas. Empty: every trade.")
    )

    class Meta:
        model = Territory
        fields = ("name", "country", "south", "west", "north", "east", "source", "categories")

    def clean_categories(self) -> list[str]:
        """Return the trades as a list."""
        return [slug.strip() for slug in self.cleaned_data["categories"].split(",") if slug.strip()]

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
    list_display = ("name", "country", "source", "cells", "businesses_found", "created_at")
    list_filter = ("source", "country")
    search_fields = ("name",)
    readonly_fields = ("created_at",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Territory]:
        """Count cells and businesses with the list."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                cell_count=models.Count("grids", distinct=True),
                business_count=models.Count("businesses", distinct=True),
            )
        )

    @admin.display(description=_("Cells"), ordering="cell_count")
    def cells(self, territory: Territory) -> int:
        return territory.cell_count  # type: ignore[attr-defined,no-any-return]

    @admin.display(description=_("Businesses"), ordering="business_count")
    def businesses_found(self, territory: Territory) -> int:
        return territory.business_count  # type: ignore[attr-defined,no-any-return]

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Ask only for what a person can know when a territory is added."""
        return list(TerritoryForm.Meta.fields) if obj is None else super().get_fields(request, obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask again with the reason where the verb refuses what the form still took."""
        try:
            return super().changeform_view(request, *args, **kwargs)
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
        ).pk


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
    def scrape_again(self, request: HttpRequest, queryset: models.QuerySet[CoverageGrid]) -> None:
        """Make the chosen cells due; the workers do the rest."""
        run_verb(
            request,
            queryset,
            lambda cell: coverage.requeue_cell(cell, now=SYSTEM_CLOCK.now(), by=f"staff:{request.user}"),
            done=gettext("{n} cells are scraped in the next run"),
        )
