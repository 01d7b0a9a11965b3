"""System checks of the roof: settings that would fail only when somebody is to be told of a failure."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


@register()
def check_staff_mail(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A mistyped address would lose every alert."""
    problems: list[CheckMessage] = []
    for name in ("MAIL_FROM", "STAFF_EMAIL"):
        address = getattr(settings, name)
        try:
            if address or name == "MAIL_FROM":
                validate_email(address)
        except ValidationError:
            problems.append(
                Error(
                    f"{name}={address!r} is no mail address.",
                    hint="One plain address, such as hello@agency.example.",
                    id="monitoring.E001",
                )
            )
    return problems


@register()
def check_alert_limits(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A limit outside 0 to 1 would alert always, or never."""
    problems: list[CheckMessage] = [
        Error(f"{name} must be a share from 0 to 1, such as 0.5.", id="monitoring.E002")
        for name in ("GENERATION_FAILURE_ALERT", "CAMPAIGN_FAILURE_ALERT")
        if not 0 <= getattr(settings, name) <= 1
    ]
    if settings.ALERT_MIN_SAMPLES < 1:
        problems.append(Error("ALERT_MIN_SAMPLES must be 1 or more.", id="monitoring.E003"))
    return problems
