"""Lists and filters of the admin that stay quick at any size of a table: nothing here reads a large one whole."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.admin import checkbox
from unfold.views import ChangeList

from pipeline.dead_letters import gave_up

SMALL: Final = 20_000  # rows: counting or sorting them takes a few milliseconds
NEWEST: Final = 1_000  # rows whose values a filter offers


@cache
def _checkbox_parts() -> tuple[str, str]:
    """Return the skin's box before and after its value: as a template, twenty of them took a quarter of a list."""
    before, after = checkbox.render(ACTION_CHECKBOX_NAME, "{}").split("{}")
    return before.replace("{", "{{").replace("}", "}}"), after.replace("{", "{{").replace("}", "}}")


def row_checkbox(pk: Any) -> SafeString:
    """Draw the box with which the row `pk` of a list is chosen for an action."""
    before, after = _checkbox_parts()
    return format_html(f"{before}{{}}{after}", pk)


class RecordList(ChangeList):  # type: ignore[misc]  # the skin has no types
    """A list that reads no large table whole: while the table is small, its filters tell on demand how many rows each
    choice has and every column sorts it; after that, only the columns do whose order an index holds."""

    def __init__(self, request: HttpRequest, model: type[models.Model], *args: Any, **options: Any) -> None:
        self.is_large = model._base_manager.order_by("pk").values("pk")[SMALL : SMALL + 1].exists()
        super().__init__(request, model, *args, **options)
        if self.is_large:
            self.is_facets_optional = self.add_facets = False
            self.sortable_by: list[str] = [n for n in self.list_display if self.get_ordering_field(n)]

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what a column sorts by; None where that would sort a large table anew."""
        field = super().get_ordering_field(field_name)
        return field if not self.is_large or _keeps_order(self.model, field) else None


class NewestValuesFilter(admin.AllValuesFieldListFilter):
    """The values that a column has among the newest rows; those of all rows would be looked for in every one."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        newest = model_admin.get_queryset(request).order_by("-pk").values_list(field_path, flat=True)[:NEWEST]
        self.lookup_choices: Any = sorted(set(newest), key=str)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield the choices; that of no value says so."""
        for choice in super().choices(changelist):
            words = str(choice["display"])
            yield (
                choice | {"display": f"{self.empty_value_display}{words}"}
                if words[:2] in ("", " (")
                else choice
            )


class GaveUpFilter(admin.SimpleListFilter):
    """Failed rows that no retry takes up again: the cause does not pass, or the rounds of tries are used up."""

    title = gettext_lazy("gave up")
    parameter_name = "gave_up"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("Waits for a person"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=gave_up(queryset.model).values("pk"))


def quick_filters(model: type[models.Model], filters: Any) -> list[Any]:
    """Return the filters of a list, with that of the newest values for each column whose values nobody has named."""
    return [
        (each, NewestValuesFilter) if isinstance(each, str) and _is_open(model, each) else each
        for each in filters
    ]


def _is_open(model: type[models.Model], name: str) -> bool:
    field = model._meta.get_field(name)
    return isinstance(field, models.CharField) and not field.choices


def _keeps_order(model: type[models.Model], name: Any) -> bool:
    """Whether an index over all rows holds the order of a column whose values are many."""
    whole = [index for index in model._meta.indexes if index.fields and index.condition is None]
    first = {index.fields[0].removeprefix("-") for index in whole}
    columns: list[Any] = [field for field in model._meta.fields if field.name == name]
    many = (models.DateField, models.ForeignKey)
    return any(
        each.unique or ((each.db_index or name in first) and isinstance(each, many)) for each in columns
    )
