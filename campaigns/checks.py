"""System checks of campaigns: a mail server that cannot be used is told at the start, not at the first mail."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from campaigns import webhooks
from campaigns.mailreaders.imap import imap_server
from campaigns.transports.registry import DEFAULT, transport_from_url

# What a mailbox row can hold, and what can be part of a variable's name.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


@register()
def check_mail_urls(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read MAIL_URL and each MAIL_URL_NAME as sending will; nothing is connected to."""
    problems: list[CheckMessage] = []
    for name, url in [(DEFAULT, settings.MAIL_URL), *settings.MAIL_URLS.items()]:
        try:
            transport_from_url(url, settings.OUTBOX_DIR, name=name)
        except ImproperlyConfigured as error:
            problems.append(Error(str(error), id="campaigns.E001"))
    problems += [Error(text, id="campaigns.E001") for text in _bad_names("MAIL_URL_", settings.MAIL_URLS)]
    if DEFAULT in settings.MAIL_URLS:
        problems.append(Error("MAIL_URL_DEFAULT is called MAIL_URL", id="campaigns.E001"))
    return problems


@register()
def check_imap_urls(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read each IMAP_URL_NAME; nothing is connected to."""
    texts = [*_bad_names("IMAP_URL_", settings.IMAP_URLS)]
    texts += [text for name, url in settings.IMAP_URLS.items() if (text := _imap_problem(name, url))]
    return [Error(text, id="campaigns.E002") for text in texts]


@register()
def check_webhook_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Read each MAIL_WEBHOOK_KEY_NAME as the door of the providers will."""
    return [Error(text, id="campaigns.E003") for text in webhooks.setting_problems()]


def _bad_names(prefix: str, urls: dict[str, str]) -> Iterator[str]:
    for name in urls:
        if not _NAME.fullmatch(name):
            yield f"{prefix}{name.upper()[:40]}: the name must be letters, digits and _, at most 30"


def _imap_problem(name: str, url: str) -> str:
    """Return what is wrong with an address of a mailbox, without showing its password; "" where nothing is."""
    try:
        imap_server(url, name=name)
    except ImproperlyConfigured as error:
        return str(error)
    return ""
