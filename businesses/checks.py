"""System checks of businesses: a source that is set up wrongly is told at the start, not at the first cell."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

from businesses.sources.csv_file import read_columns
from pipeline.errors import BadData

_FILES: Final = ("OSM_FILE", "OVERTURE_FILE", "CSV_FILE")


@register(deploy=True)
def check_source_files(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A warning, and only where it is asked for: whoever uses the source is told by the source itself."""
    return [
        checks.Warning(
            f"{name} names {path}, which is no file.", hint="Put it there, or unset it.", id="businesses.W001"
        )
        for name in _FILES
        if (path := getattr(settings, name)) and not Path(path).is_file()
    ]


@register()
def check_csv_columns(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read CSV_COLUMNS as the source will."""
    try:
        read_columns(settings.CSV_COLUMNS)
    except BadData as error:
        return [checks.Error(str(error), id="businesses.E001")]
    return []
