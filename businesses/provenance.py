"""Where the fields of a business are from. Kept by origin, as most businesses have one: it is told once a row."""

from collections.abc import Iterable, Mapping
from typing import Any


def field_origins(kept: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the origin of each field that `Business.provenance` keeps one of.

    An origin has source, licence and at (ISO time); record and also, or url, say more closely where it is from.
    """
    return {
        field: {name: value for name, value in each.items() if name != "fields"}
        for each in kept
        for field in each["fields"]
    }


def keep_origins(origins: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what `Business.provenance` keeps of these: each origin once, with the fields that are from there."""
    kept: list[tuple[Mapping[str, Any], list[str]]] = []
    for field, origin in origins.items():
        for known, fields in kept:
            if known is origin or known == origin:
                fields.append(field)
                break
        else:
            kept.append((origin, [field]))
    return [{**origin, "fields": fields} for origin, fields in kept]
