"""manage.py bench: measures the stages on the sample town, prints a table, writes JSON."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from monitoring.bench import NotEmpty, measure


class Command(BaseCommand):
    help = "Measure the stages on the sample town, in an empty installation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", type=Path, help="write the figures to this file too")

    def handle(self, *args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                figures = measure(Path(folder))
            except NotEmpty as error:
                raise CommandError(str(error)) from error
        table = Table("what", "per second", "floor", "floor per second", "times the floor", box=None)
        for figure in figures:
            table.add_row(
                figure.name,
                f"{figure.per_second:,.1f}",
                figure.floor,
                f"{figure.floor_per_second:,.0f}",
                f"{figure.ratio:,.1f}",
            )
        Console().print(table)
        if options["json"]:
            rows = [asdict(figure) | {"ratio": round(figure.ratio, 2)} for figure in figures]
            options["json"].write_text(json.dumps(rows, indent=2) + "\n")
