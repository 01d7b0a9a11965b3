"""manage.py sync_schedules: makes the schedule rows match the table of tasks."""

from typing import Any

from django.core.management.base import BaseCommand

from monitoring.schedules import sync_schedules
from pipeline.clock import SYSTEM_CLOCK


class Command(BaseCommand):
    help = "Make the schedules of the workers match the table of tasks; safe to run as often as you like."

    def handle(self, *args: Any, **options: Any) -> None:
        result = sync_schedules(now=SYSTEM_CLOCK.now())
        for word in ("created", "updated", "deleted"):
            names = getattr(result, word)
            if names:
                self.stdout.write(f"{word.capitalize()}: {', '.join(names)}")
        self.stdout.write(
            f"{len(result.created + result.updated + result.unchanged)} schedules are in place."
        )
        if result.foreign:
            self.stderr.write(f"Left alone, not ours: {', '.join(result.foreign)}")
