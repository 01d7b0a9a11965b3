#!/usr/bin/env python
"""Django's command line, with one clear line instead of a traceback when settings or database are at fault."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmagic.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- after the settings module is named
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import InterfaceError, OperationalError, ProgrammingError  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"WebMagic is not configured: {error}")
    except (InterfaceError, OperationalError, ProgrammingError) as error:
        if "--traceback" in sys.argv:
            raise
        said = " ".join(str(error).split())
        sys.exit(
            f"The database cannot be used ({said}). Check DATABASE_URL, and that manage.py migrate has run."
        )


if __name__ == "__main__":
    main()
