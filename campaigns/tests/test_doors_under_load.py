"""The public doors on a real web server: under load while PostgreSQL falls down, and before strangers' requests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]


def test_no_hit_is_lost_or_doubled_while_postgresql_falls_down_twice(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    # A server of its own: when it falls down, it takes every connection along.
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "webmagic.settings",
        "ENV_FILE": "",
        "SECRET_KEY": "for-this-test-only",
        "VAR_DIR": str(tmp_path),
        "REDIS_URL": "",
        "TEST_DATABASE_URL": "",
    }
    manage = f"{sys.executable} manage.py"
    done = subprocess.run(
        [
            sys.executable,
            "scripts/with_services.py",
            "sh",
            "-c",
            f'export DATABASE_URL="$TEST_DATABASE_URL" && {manage} migrate -v0 && '
            f"{manage} bench --json {figures} campaigns.hits_while_the_database_falls",
        ],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    measured = {figure["name"]: figure["value"] for figure in json.loads(figures.read_text())}
    assert measured["hits answered while PostgreSQL fell down twice"] > 100
    assert measured["the same, lost"] == measured["the same, doubled"] == 0
