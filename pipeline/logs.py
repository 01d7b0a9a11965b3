"""The log: one line an event, safe to read on a terminal or as JSON, in files that never grow without end."""

import json
import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from pipeline.errors import storable

MAX_BYTES = 5_000_000
KEEP = 5
# What scraped names could do to a terminal or a log: control, line and direction marks become visible.
_MARKS = [*range(32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
_VISIBLE = {code: f"\\x{code:02x}" for code in _MARKS if code != 9}
_VISIBLE_IN_TRACE = {code: seen for code, seen in _VISIBLE.items() if code != 10}


_about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)


@contextmanager
def about(**names: str) -> Iterator[None]:
    """Say in every line that is logged meanwhile what it is about: `request`, `stage`, `row` ..."""
    token = _about.set({**(_about.get() or {}), **names})
    try:
        yield
    finally:
        _about.reset(token)


class LineFormatter(logging.Formatter):
    """Formats like logging.Formatter, but a message can neither break its line nor send control codes.

    A traceback follows its line indented, so that nothing in it can pass for a line of its own.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = storable(record.message).translate(_VISIBLE)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        trace = storable(super().formatException(ei)).translate(_VISIBLE_IN_TRACE)
        return "\n".join(f"    {line}" for line in trace.split("\n"))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, what it is about, and the trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": storable(record.getMessage()),
            **(_about.get() or {}),
        }
        if record.exc_info:
            line["trace"] = storable(self.formatException(record.exc_info))
        return json.dumps(line)


def make_formatter() -> logging.Formatter:
    """Return the formatter that LOG_FORMAT names."""
    if settings.LOG_FORMAT == "json":
        return JsonFormatter()
    return LineFormatter("{asctime} {levelname} {name} {message}", style="{")


def log_to_file(name: str, *, one_process: bool) -> Path:
    """Send the log also to LOG_DIR/<name>.log, rotated at 5 MB, five files kept; returns the path.

    Several processes cannot rotate one file under each other: for them it is rotated at the start only.
    """
    folder = Path(settings.LOG_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    handler: logging.Handler
    rotating = logging.handlers.RotatingFileHandler(
        path, maxBytes=MAX_BYTES, backupCount=KEEP, encoding="utf-8", delay=True
    )
    if one_process:
        handler = rotating
    else:
        if path.exists() and path.stat().st_size > MAX_BYTES:
            rotating.doRollover()
        rotating.close()
        handler = logging.handlers.WatchedFileHandler(path, encoding="utf-8")
    handler.setFormatter(make_formatter())
    logging.getLogger().addHandler(handler)
    return path
