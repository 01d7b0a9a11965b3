"""Write .env for one machine, with secrets of its own; an .env that exists is never touched."""

import os
import secrets
import sys
from pathlib import Path

LINES = """\
# Settings of this installation; .env.example explains every one.
SECRET_KEY={key}
# Outlives every change of SECRET_KEY: without it, nobody is known any more who asked for no more mail.
SUPPRESSION_PEPPER={pepper}
DEBUG=False
"""


def write_env(path: Path) -> bool:
    """Write `path`, readable by its owner only; False when it is there already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(LINES.format(key=secrets.token_urlsafe(50), pepper=secrets.token_urlsafe(32)))
    return True


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / ".env"
    if write_env(target):
        print(f"Wrote {target.name} with new secrets.")
