"""Judge hits on pixel, links and pages anew by the rules of today."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns import judging
from campaigns.classifying import RULE_VERSION
from pipeline.clock import SYSTEM_CLOCK


class Command(BaseCommand):
    help = "Judge anew who was behind the hits of the last days; times that count follow, ended sequences stay ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=int, default=30, help="how far back (default 30; older visitors are forgotten)"
        )

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        if not 1 <= days <= 400:
            raise CommandError("--days must lie between 1 and 400")
        now = SYSTEM_CLOCK.now()
        judged = judging.reclassify(since=now - timedelta(days=days), now=now, by="reclassify_events")
        self.stdout.write(f"{judged} hits judged by version {RULE_VERSION} of the rules")
