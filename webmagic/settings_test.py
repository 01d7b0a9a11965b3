"""The settings under test: no .env, a database and folders of their own, fast hashing, no manifest."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "WEBMAGIC_TEST_DIR" not in os.environ:  # all processes of one run share the folder of the first
    os.environ["WEBMAGIC_TEST_DIR"] = tempfile.mkdtemp(prefix="webmagic-test-")
    atexit.register(shutil.rmtree, os.environ["WEBMAGIC_TEST_DIR"], ignore_errors=True)
_root = Path(os.environ["WEBMAGIC_TEST_DIR"])
os.environ.update(
    ENV_FILE="",
    SECRET_KEY="a-key-for-tests-only-that-is-long-enough-to-pass-the-checks",  # noqa: S106 -- tests only
    VAR_DIR=str(_root / os.environ.get("PYTEST_XDIST_WORKER", "main")),
    THREADS="1",
    SPAMASSASSIN="",  # its tests switch it on: a look takes seconds
)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", f"sqlite:///{_root / 'unused.sqlite3'}")
os.environ["REDIS_URL"] = ""

from webmagic.settings import *  # noqa: E402, F403
from webmagic.settings import DATABASES, INSTALLED_APPS, STORAGES  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "pipeline.tests.lab"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = _root / "static"  # empty: pages find their files by their folders
STATIC_ROOT.mkdir(exist_ok=True)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and forked processes must see the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(_root / "test.sqlite3")}
HITS_EVERY = 0  # no thread that takes hits in: each test does it where it wants them
MAIL_DNS = "businesses.tests.recorded.NoDns"  # no test asks the machine's own
SENDER_DNS = "campaigns.tests.dns_server.NoDns"
AXES_ENABLED = False
