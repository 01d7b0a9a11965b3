"""manage.py sync_roles: gives the groups Viewer, Operator and Admin their rights."""

from typing import Any

from django.core.management.base import BaseCommand

from monitoring.staff_roles import sync_roles


class Command(BaseCommand):
    help = "Give the groups Viewer, Operator and Admin their rights; safe to run as often as you like."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = sync_roles()
        self.stdout.write(f"Changed: {', '.join(changed)}." if changed else "Every role has its rights.")
