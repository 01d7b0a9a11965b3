"""manage.py first_run: prepares a fresh installation; safe to run at every start."""

from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from monitoring.first_run import prepare
from pipeline.clock import SYSTEM_CLOCK


class Command(BaseCommand):
    help = "Add the sample territory, an admin login and the schedules where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        done = prepare(now=SYSTEM_CLOCK.now())
        if done.territory:
            self.stdout.write(f"Added the sample territory {done.territory}.")
        changed = done.schedules.created + done.schedules.updated + done.schedules.deleted
        if changed:
            self.stdout.write(f"Set up {len(changed)} schedules.")
        if done.schedules.foreign:
            self.stderr.write(f"Schedules that are not ours: {', '.join(done.schedules.foreign)}")
        if done.password:
            self._show_login(done.username, done.password)

    def _show_login(self, username: str, password: str) -> None:
        lines = Text.assemble(
            (f"{settings.STAFF_BASE_URL}/\n\n", "bold"),
            f"Login     {username}\n",
            f"Password  {password}\n\n",
            "This password is shown once and stored nowhere. To set another:\n",
            f"python manage.py changepassword {username}",
        )
        Console(file=cast(IO[str], self.stdout)).print(
            Panel(lines, title="Your login", expand=False, padding=(1, 2))
        )
