"""System checks of campaigns: a mail server that cannot be used is told at the start, not at the first mail."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from campaigns.transports.registry import transport_from_url


@register()
def check_mail_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read MAIL_URL as sending will; nothing is connected to."""
    try:
        transport_from_url(settings.MAIL_URL, settings.OUTBOX_DIR)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="campaigns.E001")]
    return []
