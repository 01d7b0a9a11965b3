"""Reads settings from the environment; whatever is wrong with one is told in one line that names it."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BOOLEANS = {*environ.Env.BOOLEAN_TRUE_STRINGS, "false", "off", "no", "n", "f", "0", ""}


class Environment(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """Reads one variable; a value of the wrong kind is told in one line that names it."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **kwargs: Any) -> Any:
        if cast is bool and self.ENVIRON.get(var, "").strip().lower() not in BOOLEANS:
            raise ImproperlyConfigured(f"{var} must be True or False, not {self.ENVIRON[var]!r}")
        try:
            return super().get_value(var, cast, *args, **kwargs)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} must be a number, not {self.ENVIRON[var]!r}") from error

    def count(self, var: str, default: int, *, least: int = 0) -> int:
        """Read a whole number that is not below `least`."""
        number: int = self.int(var, default=default)
        if number < least:
            raise ImproperlyConfigured(f"{var} must be {least} or more, not {number}")
        return number

    def named(self, prefix: str) -> dict[str, str]:
        """Read every variable PREFIXNAME that is not empty, by NAME in lower case."""
        return {
            var.removeprefix(prefix).lower(): value
            for var, value in sorted(self.ENVIRON.items())
            if var.startswith(prefix) and var != prefix and value
        }

    def amount(self, var: str, default: str) -> Decimal:
        """Read a number of money or units that is not below 0."""
        text: str = self.str(var, default=default)
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise ImproperlyConfigured(f"{var} must be a number, such as 3 or 2.50, not {text!r}") from error
        if not (number.is_finite() and number >= 0):
            raise ImproperlyConfigured(f"{var} must be 0 or more, not {text!r}")
        return number

    def base_url(self, var: str, default: str) -> str:
        """Read the address that links begin with, without a slash at its end."""
        address: str = self.str(var, default=default).rstrip("/")
        try:
            parts = urlsplit(address)
            is_base = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_base = False
        if not is_base or parts.query or parts.fragment or parts.username:
            raise ImproperlyConfigured(
                f"{var} must be an address such as https://agency.example, not {address!r}"
            )
        return address
