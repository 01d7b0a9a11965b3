"""The sample town as a running installation: one cycle, a few rows of every state, and a web server on loopback."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 180  # seconds for one command, on a busy machine

# By the name of an address: what to put into its path, once for each state in which the page looks different.
Places = dict[str, list[dict[str, str | int]]]


@dataclass(frozen=True)
class Town:
    """A served installation: where it is, the session of its owner, of one who owes a code, and what is in it."""

    origin: str
    session: str
    half_session: str
    places: Places


@contextmanager
def sample_town(folder: Path, *, filling: str = "fill", **settings: str) -> Iterator[Town]:
    """Make the installation under `folder` and serve it while the block runs.

    `filling`: the function of filling.py that adds what a first cycle does not leave behind.
    """
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "monitoring.tests.browser.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "ENV_FILE": "",
        "SECRET_KEY": secrets.token_hex(32),
        "VAR_DIR": str(folder),
        "SITES_BASE_URL": f"http://127.0.0.1:{port}",
        "GENERATE_LIMIT": "8",
        "CREATE_CAMPAIGNS_LIMIT": "8",
        **settings,
    }
    for words in (["migrate", "-v0"], ["first_run"], ["conductor", "--mode", "once"]):
        _manage(words, environment)
    code = f"from monitoring.tests.browser import filling; filling.{filling}()"
    told = json.loads(_manage(["shell", "--no-imports", "-v0", "-c", code], environment).splitlines()[-1])
    command = ["runserver", "--insecure", "--noreload", f"127.0.0.1:{port}"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", server)
            yield Town(f"http://127.0.0.1:{port}", told["session"], told["half_session"], told["places"])
        finally:
            server.terminate()
            server.wait(30)


def _manage(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(words[:2])}: {done.stdout[-500:]}{done.stderr[-3000:]}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with suppress(URLError, OSError), urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError("The web server of the sample town did not start")
