#!/usr/bin/env python
"""Django's command line, with one clear line instead of a traceback when the configuration is at fault."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmagic.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- after the settings module is named
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"WebMagic is not configured: {error}")


if __name__ == "__main__":
    main()
