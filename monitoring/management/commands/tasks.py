"""manage.py tasks registered|scheduled|active|failed|events: what the tasks are and do."""

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitoring import activity
from monitoring.activity import Row
from pipeline.clock import SYSTEM_CLOCK

LOOKS: dict[str, Callable[[int], list[Row]]] = {
    "registered": lambda limit: activity.registered_tasks(),
    "scheduled": lambda limit: activity.scheduled_tasks(SYSTEM_CLOCK.now()),
    "active": lambda limit: activity.active_work(),
    "failed": lambda limit: activity.failed_work(limit=limit),
    "events": lambda limit: activity.latest_events(limit=limit),
}
EMPTY = {"active": "Nothing runs.", "failed": "Nothing failed.", "events": "Nothing happened yet."}
POLL = 2.0  # seconds
OVERLAP = timedelta(seconds=10)  # events may be committed a little after their own time


class Command(BaseCommand):
    help = "Show the tasks: registered, scheduled, active, failed, or their latest events."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("look", nargs="?", default="", help=", ".join(LOOKS))
        parser.add_argument("--limit", default="50", help="how many lines of failed and events (50)")
        parser.add_argument("--follow", action="store_true", help="keep showing new events until Ctrl-C")
        parser.add_argument("--json", action="store_true", help="print JSON; one object a line with --follow")

    def handle(self, *args: Any, **options: Any) -> None:
        look, limit = options["look"], options["limit"]
        if look not in LOOKS:
            raise CommandError(f"Say what to show: {', '.join(LOOKS)}.", returncode=2)
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 10_000):
            raise CommandError("--limit takes a number from 1 to 10000.", returncode=2)
        if options["follow"] and look != "events":
            raise CommandError("--follow goes with events only.", returncode=2)
        rows = LOOKS[look](int(limit))
        if options["follow"]:
            with contextlib.suppress(KeyboardInterrupt):
                self._follow(rows, as_json=options["json"])
        elif options["json"]:
            self.stdout.write(json.dumps(rows, cls=DjangoJSONEncoder, indent=2))
        else:
            self._print_table(rows, EMPTY.get(look, ""))

    def _print_table(self, rows: list[Row], empty: str) -> None:
        if not rows:
            self.stdout.write(empty)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        columns = [name for name in rows[0] if name != "id"]
        for name in columns:
            table.add_column(name.capitalize(), overflow="fold")
        for row in rows:
            table.add_row(*(Text(_cell(name, row[name])) for name in columns))
        console = Console(file=cast(IO[str], self.stdout))
        if not console.is_terminal:
            console.width = 200
        console.print(table)

    def _follow(self, rows: list[Row], *, as_json: bool) -> None:
        shown: deque[str] = deque(maxlen=20_000)
        while True:
            for row in rows:
                if row["id"] not in shown:
                    shown.append(row["id"])
                    line = json.dumps(row, cls=DjangoJSONEncoder) if as_json else _line(row)
                    self.stdout.write(line)
            self.stdout.flush()
            SYSTEM_CLOCK.wait(POLL, threading.Event())
            since = max((row["at"] for row in rows), default=SYSTEM_CLOCK.now()) - OVERLAP
            rows = activity.latest_events(limit=1000, since=since)


def _line(row: Row) -> str:
    parts = [_cell("at", row["at"]), row["what"], row["event"], f"by {row['by']}", row["why"]]
    return _shown("  ".join(part for part in parts if part))


def _cell(name: str, value: Any) -> str:
    if name == "alive":
        return {True: "yes", False: "no"}.get(value, "not known")
    if value is None:
        return "none"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d %b %H:%M:%S}"
    return _shown(", ".join(value) if isinstance(value, list) else str(value))


def _shown(text: str) -> str:
    """Return `text` with what could steer a terminal made visible: rows hold the words of strangers."""
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
