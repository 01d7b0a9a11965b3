"""Finds a source by the name that the SOURCES setting gives it."""

from django.conf import settings
from django.utils.module_loading import import_string

from businesses.sources.base import Source


class UnknownSource(Exception):
    """No source has this name; the message lists those that do."""


def source_names() -> tuple[str, ...]:
    return tuple(sorted(settings.SOURCES))


def get_source(name: str) -> Source:
    """The source of that name, freshly made. Raises UnknownSource."""
    if name not in settings.SOURCES:
        known = ", ".join(source_names()) or "none is set up"
        raise UnknownSource(f"There is no source named {name!r}. Known sources: {known}")
    source: Source = import_string(settings.SOURCES[name])()
    return source
