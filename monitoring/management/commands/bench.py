"""manage.py bench: measures the product, prints a table, writes JSON."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from businesses.models import Business
from pipeline.measure import Figure, benches


class Command(BaseCommand):
    help = "Measure the product, in an empty installation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="only these measurements; none: all")
        parser.add_argument("--json", type=Path, help="write the figures to this file too")

    def handle(self, *args: Any, **options: Any) -> None:
        known = benches()
        if unknown := set(options["names"]) - set(known):
            raise CommandError(
                f"There is no measurement {', '.join(unknown)}. There are: {', '.join(known)}."
            )
        if Business.objects.exists():
            raise CommandError("This installation holds data. Measure in an empty one: make bench")
        figures: list[Figure] = []
        for name, measure in known.items():
            if not options["names"] or name in options["names"]:
                with tempfile.TemporaryDirectory() as folder:
                    figures += measure(Path(folder))
                # What one measurement leaves behind would be another's load.
                call_command("flush", interactive=False, verbosity=0)
        _print(figures)
        if options["json"]:
            rows = [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
            options["json"].write_text(json.dumps(rows, indent=2) + "\n")
        missed = [figure.name for figure in figures if figure.reached is False]
        if missed:
            raise CommandError(f"Not reached: {', '.join(missed)}")


def _print(figures: list[Figure]) -> None:
    table = Table("what", "value", "floor", "value of the floor", "times the floor", "wanted", box=None)
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:,.4g} {figure.unit}",
            figure.floor,
            "" if figure.floor_value is None else f"{figure.floor_value:,.4g} {figure.unit}",
            "" if figure.ratio is None else f"{figure.ratio:,.1f}",
            f"{figure.goal}: {'yes' if figure.reached else 'no'}" if figure.goal else "",
        )
    Console().print(table)
