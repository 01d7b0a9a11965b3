"""Log files: one line an event, safe to read on a terminal, never growing without end."""

import logging
import logging.handlers
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
    handler.setFormatter(LineFormatter("{asctime} {levelname} {name} {message}", style="{"))
    logging.getLogger().addHandler(handler)
    return path
