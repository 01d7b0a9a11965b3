"""The action of every list of the back office that gives out its chosen rows as a file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from pipeline.tables import safe_cell

EXPORTED_AT_ONCE = 500


@action(description=gettext_lazy("Save as CSV"), permissions=["view"])
def export_rows(screen: Any, request: HttpRequest, queryset: models.QuerySet[Any]) -> StreamingHttpResponse:
    """Return the chosen rows with the columns that their page shows, safe to open in a spreadsheet.

    After them come those of the screen's `also_exported`: methods of it that take a row and return its cell.
    """
    shown = {*screen.get_fields(request, queryset.first()), queryset.model._meta.pk.name}
    shown = (shown | {"status"} if "status_pill" in shown else shown) - set(screen.exclude or ())
    fields = [field for field in queryset.model._meta.fields if field.name in shown]
    lines = _csv_lines(screen, fields, screen.to_export(queryset.order_by("pk")))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{queryset.model._meta.model_name}.csv"'
    return answer


class _Line:
    """What csv writes into: it gives each line back."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(
    screen: Any, fields: "list[models.Field[Any, Any]]", queryset: models.QuerySet[Any]
) -> Iterator[str]:
    writer = csv.writer(_Line())
    also = [getattr(screen, name) for name in screen.also_exported]
    yield writer.writerow([*(field.attname for field in fields), *screen.also_exported])  # type: ignore[misc]
    for row in queryset.iterator(chunk_size=EXPORTED_AT_ONCE):
        cells = [*(getattr(row, field.attname) for field in fields), *(cell(row) for cell in also)]
        yield writer.writerow([safe_cell(cell) for cell in cells])  # type: ignore[misc]
