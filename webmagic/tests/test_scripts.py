"""The scripts behind the Makefile, run as the Makefile runs them."""

import os
import runpy
import shlex
import signal
import socket
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import environ
import pytest
from django.conf import settings
from django.core.management import get_commands
from honcho.environ import parse_procfile

from pipeline.queue import QUEUES

ROOT = Path(settings.BASE_DIR)
SCRIPTS = ROOT / "scripts"
NEWEST = "/usr/local/bin/python3"  # looked at wherever PATH leads


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment of `variables` alone, with the machine's PATH unless they say otherwise."""
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def program(path: Path, text: str) -> Path:
    """Write a shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# ------------------------------------------------------------------------------------------- find_python.sh


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH whose python3 is too old, whose python3.13 is a shim that starts nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder / "python3.13", "echo 'command not found' >&2; exit 127")
    program(folder / "python3", "[ \"$1\" = -V ] && echo 'Python 3.11.2'")
    (folder / "cat").symlink_to("/bin/cat")
    return folder


def test_python_that_does_not_start_is_passed_over(path: Path) -> None:
    program(path / "python3.12", f'exec {shlex.quote(sys.executable)} "$@"')
    found = run("/bin/sh", SCRIPTS / "find_python.sh", PATH=str(path), HOME=str(path))
    assert (found.returncode, found.stdout, found.stderr) == (0, f"{sys.executable}\n", "")


def test_python_named_by_hand_wins(path: Path) -> None:
    program(path / "python3.12", "exit 1")
    found = run("/bin/sh", SCRIPTS / "find_python.sh", PATH=str(path), HOME=str(path), PYTHON=sys.executable)
    assert (found.returncode, found.stdout) == (0, f"{sys.executable}\n")


@pytest.mark.skipif(Path(NEWEST).exists(), reason=f"{NEWEST} is found on this machine whatever PATH says")
def test_no_new_python_says_what_to_install(path: Path) -> None:
    found = run("/bin/sh", SCRIPTS / "find_python.sh", PATH=str(path), HOME=str(path))
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith("WebMagic needs Python 3.12 or newer; this machine has Python 3.11.2.")
    assert "apt install python3 python3-venv" in found.stderr


# ----------------------------------------------------------------------------------------------- write_env.py


def test_env_is_written_once_and_for_its_owner_only(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    first = run(sys.executable, SCRIPTS / "write_env.py", target)
    written = target.read_text()
    second = run(sys.executable, SCRIPTS / "write_env.py", target)

    assert (first.stdout, second.stdout) == ("Wrote .env with new secrets.\n", "")
    assert target.read_text() == written
    assert target.stat().st_mode & 0o777 == 0o600


def test_env_holds_secrets_that_the_settings_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env = runpy.run_path(str(SCRIPTS / "write_env.py"))["write_env"]
    monkeypatch.setattr(environ.Env, "ENVIRON", {})
    keys = []
    for name in ("a", "b"):
        write_env(tmp_path / name)
        environ.Env.read_env(tmp_path / name, overwrite=True)
        keys += [environ.Env.ENVIRON["SECRET_KEY"], environ.Env.ENVIRON["SUPPRESSION_PEPPER"]]
    assert len(set(keys)) == 4
    assert min(map(len, keys)) >= 40
    assert environ.Env().bool("DEBUG") is False


# ---------------------------------------------------------------------------------------------- check_port.py


def test_taken_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(sys.executable, SCRIPTS / "check_port.py", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Port {port} of 127.0.0.1 cannot be used (Address already in use). "
        f"Stop what runs there, or choose another: make run PORT={port + 1}\n"
    )
    assert run(sys.executable, SCRIPTS / "check_port.py", str(port)).returncode == 0


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_what_is_no_port_is_told(port: str) -> None:
    done = run(sys.executable, SCRIPTS / "check_port.py", port)
    assert (done.returncode, done.stderr) == (1, f"PORT={port} is no port. Example: make run PORT=8001\n")


# ------------------------------------------------------------------------------------------- with_services.py

WITH_SERVICES = (sys.executable, SCRIPTS / "with_services.py")


def test_given_servers_are_used_as_they_are() -> None:
    done = run(
        *WITH_SERVICES,
        "--redis",
        "sh",
        "-c",
        "echo $TEST_DATABASE_URL $TEST_REDIS_URL; exit 7",
        TEST_DATABASE_URL="postgres://given",
        TEST_REDIS_URL="redis://given",
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, "postgres://given redis://given\n", "")


def test_services_without_a_command_are_wrong_use() -> None:
    done = run(*WITH_SERVICES)
    assert (done.returncode, done.stderr) == (2, "Usage: with_services.py [--redis] COMMAND ...\n")


def test_command_that_does_not_exist_is_one_line() -> None:
    done = run(*WITH_SERVICES, "no-such-program", TEST_DATABASE_URL="postgres://given")
    assert (done.returncode, done.stderr) == (2, "no-such-program cannot be run: No such file or directory\n")


ASK_BOTH = """
import environ, psycopg2, redis
database = environ.Env().db_url("TEST_DATABASE_URL")
connection = psycopg2.connect(dbname=database["NAME"], user=database["USER"], host=database["OPTIONS"]["host"])
cursor = connection.cursor()
cursor.execute("SHOW server_version_num")
print(int(cursor.fetchone()[0]) >= 150000)
print(redis.from_url(environ.Env().str("TEST_REDIS_URL")).ping())
print(database["OPTIONS"]["host"])
"""


def test_real_servers_run_beside_the_command_and_end_with_it() -> None:
    done = run(*WITH_SERVICES, "--redis", sys.executable, "-c", ASK_BOTH)
    assert (done.returncode, done.stderr) == (0, "")
    new_enough, pong, folder = done.stdout.splitlines()
    assert (new_enough, pong) == ("True", "True")
    assert not Path(folder).parent.exists()


def test_stop_signal_is_handed_on_and_leaves_no_server() -> None:
    command = "trap 'exit 9' TERM; echo $TEST_DATABASE_URL; while :; do sleep 0.1; done"
    with subprocess.Popen(
        [*WITH_SERVICES, "sh", "-c", command],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip().partition("host=")[2])
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 9
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


# ---------------------------------------------------------------------------------------- lock files, Procfiles


def test_lock_file_of_other_requirements_is_noticed(tmp_path: Path) -> None:
    script = runpy.run_path(str(SCRIPTS / "lock.py"))
    for name in [*script["SOURCES"], "requirements.in", "requirements-dev.in"]:
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    outdated = script["outdated"]
    outdated.__globals__["ROOT"] = tmp_path
    assert outdated() == []

    with (tmp_path / "requirements.in").open("a") as file:
        file.write("one-more\n")
    assert outdated() == ["requirements.txt", "requirements-dev.txt"]


def processes(name: str) -> dict[str, str]:
    return dict(parse_procfile((ROOT / name).read_text()).processes)


@pytest.mark.parametrize("name", ["Procfile", "Procfile.scaled"])
def test_procfile_runs_commands_that_exist(name: str) -> None:
    words = [word for command in processes(name).values() for word in shlex.split(command)]
    commands = {after for before, after in pairwise(words) if before == "manage.py"}
    assert commands == {"migrate", "collectstatic", "sync_roles", "sync_schedules", "qcluster", "conductor"}
    assert commands <= set(get_commands())


def test_procfiles_name_the_processes() -> None:
    plain, scaled = processes("Procfile"), processes("Procfile.scaled")
    assert list(plain) == ["release", "web", "worker", "conductor"]
    assert set(scaled) == {*plain, *QUEUES[1:]}
    for queue in QUEUES[1:]:
        assert scaled[queue] == f"env Q_CLUSTER_NAME={queue} {plain['worker']}"
