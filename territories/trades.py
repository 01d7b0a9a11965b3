"""The trades that a territory can be asked for, by the table that settings.TRADES names."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string

NEAR: Final = 3  # proposals for a trade that is not known


@cache
def known_trades() -> dict[str, str]:
    """Return the slug of each trade with its name, by name."""
    table: Mapping[str, Any] = import_string(settings.TRADES)
    return dict(sorted(((slug, trade.name) for slug, trade in table.items()), key=lambda pair: pair[1]))


def check_trades(slugs: Iterable[str]) -> list[str]:
    """Return the trades, each once; raises ValidationError that names those that are none, with what comes near."""
    wanted = list(dict.fromkeys(slugs))
    unknown = [slug for slug in wanted if slug not in known_trades()]
    if unknown:
        raise ValidationError(" ".join(_unknown(slug) for slug in unknown))
    return wanted


def named(slugs: Iterable[str]) -> str:
    """Return the names of the trades in one line, "All" where none is chosen; what is no trade says so."""
    known = known_trades()
    return ", ".join(known.get(slug, f"{slug} (no such trade)") for slug in slugs) or "All"


def _unknown(slug: str) -> str:
    by_name = {name.lower(): known for known, name in known_trades().items()}
    found = get_close_matches(slug.lower(), [*known_trades(), *by_name], n=NEAR)
    near = ", ".join(dict.fromkeys(by_name.get(word, word) for word in found))
    return f"There is no trade {slug!r}." + (f" Near it: {near}." if near else "")
