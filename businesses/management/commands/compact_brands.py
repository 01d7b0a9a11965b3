"""manage.py compact_brands PACKAGE: makes the index of chains anew from the package name-suggestion-index."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from businesses import brands


class Command(BaseCommand):
    help = "Make the index of chain names from name-suggestion-index (get it with: npm pack name-suggestion-index)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", type=Path, help="the unpacked folder, or the .tgz as npm brings it")
        parser.add_argument(
            "--to", type=Path, default=brands.INDEX, help="where to write; its licence goes beside"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["to"]
        try:
            index, licence, names = brands.compact_package(options["package"])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(index)
            target.with_name("brands.LICENSE.md").write_text(licence)
        except (brands.NotThePackage, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{names:,} names of chains in {target} ({len(index) / 1000:.0f} kB)")
