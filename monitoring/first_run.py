"""The first run: a sample territory, a login, the roles and the schedules, each only where it is missing."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from businesses.sources.sample import BOUNDS, COUNTRY, TOWN, SampleTown
from monitoring.schedules import SyncResult, sync_schedules
from monitoring.staff_roles import sync_roles
from territories.coverage import add_territory
from territories.models import Territory

ADMIN: Final = "admin"


@dataclass(frozen=True)
class FirstRun:
    """What was made; empty where it was there before. The password is held nowhere else."""

    territory: str
    username: str
    password: str
    schedules: SyncResult


def prepare(*, now: datetime) -> FirstRun:
    """Make what a fresh installation lacks; doing it again changes nothing."""
    # Where real mails leave, nobody made up is to be written to.
    is_fresh = not settings.MAIL_URL and not Territory.objects.exists()
    territory = _add_sample_town(now) if is_fresh else ""
    username, password = _add_admin()
    sync_roles()
    return FirstRun(territory, username, password, sync_schedules(now=now))


def _add_sample_town(now: datetime) -> str:
    added = add_territory(
        TOWN,
        south=BOUNDS.south,
        west=BOUNDS.west,
        north=BOUNDS.north,
        east=BOUNDS.east,
        source=SampleTown.name,
        country=COUNTRY,
        now=now,
    )
    return added.name


def _add_admin() -> tuple[str, str]:
    """Return the login that was made, or two empty strings where a superuser exists."""
    users = get_user_model()._default_manager
    if users.filter(is_superuser=True).exists():
        return "", ""
    name = ADMIN if not users.filter(username=ADMIN).exists() else f"{ADMIN}-{secrets.token_hex(3)}"
    password = secrets.token_urlsafe(12)
    try:
        with transaction.atomic():
            users.create_superuser(username=name, email="", password=password)
    except IntegrityError:
        return "", ""  # another process made it
    return name, password
