"""Counting many things in one question to the database."""

from collections.abc import Mapping
from typing import Any

from django.db.models import CharField, Count, F, QuerySet, Value
from django.db.models.functions import Cast


def count_groups(groups: Mapping[str, tuple[QuerySet[Any], str]]) -> dict[str, dict[str, int]]:
    """Return how many rows each group holds, by the value of its field as text.

    A group is (rows, field); the field may be an annotation, and "" counts all of them under "".
    """
    if not groups:
        return {}
    parts = [
        rows.order_by()
        .annotate(
            counted_as=Value(name, output_field=CharField()),
            counted_by=Cast(F(field), CharField()) if field else Value("", output_field=CharField()),
        )
        .values_list("counted_as", "counted_by")
        .annotate(counted=Count("*"))  # of no column: an index is enough
        for name, (rows, field) in groups.items()
    ]
    found: dict[str, dict[str, int]] = {name: {} for name in groups}
    for name, value, count in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        found[name][value] = count
    return found


def count_each(groups: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Return how many rows each group holds."""
    counted = count_groups({name: (rows, "") for name, rows in groups.items()})
    return {name: counts.get("", 0) for name, counts in counted.items()}
