"""System checks of the websites: what would be paid wrongly, or never asked, is told at the start."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 -- as Django names it
from django.utils import timezone

from sites.engines.claude.prices import price_on


@register()
def check_claude(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Nothing is asked of those who have no key."""
    if not settings.ANTHROPIC_API_KEY:
        return []
    found: list[CheckMessage] = []
    today = timezone.now().date()
    for use, model in settings.ANTHROPIC_MODELS.items():
        if price_on(model, today) is None:
            found.append(
                Warning(
                    f"ANTHROPIC_MODEL_{use.upper()}={model} has no known price: each call counts at the most it "
                    "can cost.",
                    hint="Choose a model of sites/engines/claude/prices.py, or add its price there.",
                    id="websites.W001",
                )
            )
    if settings.DAY_BUDGETS["llm_usd"] < settings.ANTHROPIC_USD_PER_SITE:
        found.append(
            Error(
                "ANTHROPIC_USD_PER_SITE is more than ANTHROPIC_USD_PER_DAY.",
                hint="Let a day pay for one site at least.",
                id="websites.E001",
            )
        )
    return found
