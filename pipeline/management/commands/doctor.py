"""manage.py doctor: asks every invariant; exit code 1 when one is violated."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.clock import SYSTEM_CLOCK
from pipeline.doctor import examine, invariant_names


class Command(BaseCommand):
    help = "Check that every invariant of the stored data holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cheap", action="store_true", help="Only the checks that every cycle makes.")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(now=SYSTEM_CLOCK.now(), cheap_only=options["cheap"])
        for finding in findings:
            self.stdout.write(f"{finding.invariant}: {finding.text}")
        if findings:
            sys.exit(1)
        self.stdout.write(f"{len(invariant_names())} invariants hold.")
