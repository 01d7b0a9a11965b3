"""manage.py as people start it: a process of its own, on a database and in folders of its own."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return the environment of an installation under `folder` that no .env reaches."""
    return {
        "PATH": os.environ["PATH"],
        "ENV_FILE": "",
        "SECRET_KEY": "a-key-for-tests-only-that-is-long-enough-to-pass-the-checks",
        "VAR_DIR": str(folder),
        **variables,
    }


def start(words: list[str], folder: Path, **variables: str) -> subprocess.Popen[str]:
    """Start manage.py with `words`; the caller ends it."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=environment(folder, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(words: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with `words` to its end."""
    with start(words, folder, **variables) as process:
        out, err = process.communicate(timeout=150)
    return subprocess.CompletedProcess(words, process.returncode, out, err)
