"""The settings under test: no .env, a database and folders of their own, fast hashing, no manifest."""

import os
import tempfile
from pathlib import Path

_root = Path(os.environ.setdefault("WEBMAGIC_TEST_DIR", tempfile.mkdtemp(prefix="webmagic-test-")))
os.environ.update(
    ENV_FILE="",
    SECRET_KEY="a-key-for-tests-only-that-is-long-enough-to-pass-the-checks",  # noqa: S106 -- tests only
    VAR_DIR=str(_root / os.environ.get("PYTEST_XDIST_WORKER", "main")),
    THREADS="1",
)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", f"sqlite:///{_root / 'unused.sqlite3'}")
os.environ["REDIS_URL"] = ""

from webmagic.settings import *  # noqa: E402, F403
from webmagic.settings import DATABASES, INSTALLED_APPS, STORAGES  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "pipeline.tests.lab"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and forked processes must see the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(_root / "test.sqlite3")}
AXES_ENABLED = False
