"""manage.py rescore_leads: judges leads again by the rules of today, from what is stored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from businesses import rescoring
from pipeline.clock import SYSTEM_CLOCK


class Command(BaseCommand):
    help = (
        "Judge leads again that other rules decided. People's decisions stay; nothing is scraped or fetched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="those of today's rules too")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = rescoring.rescore_leads(
            now=SYSTEM_CLOCK.now(), by="rescore_leads", everything=options["all"]
        )
        told = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in sorted(counts.items()))
        self.stdout.write(told or "Every lead was decided by the rules of today.")
