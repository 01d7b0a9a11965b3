"""The public doors on a real web server: under load while PostgreSQL falls down, and before strangers' requests."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.bench_clients import raw, read_answer
from campaigns.bench_server import Server, web_server
from campaigns.doors import PIXEL
from pipeline.tokens import make_token

ROOT = Path(__file__).resolve().parents[2]

GOOD = make_token("open", 1)
BAD = "A" * 28
# What is sent, and the first line's status that it may get; "": the connection may just be closed.
ODD = {
    "a picture": (f"GET /o/{GOOD}.gif HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "200"),
    "a guess": (f"GET /c/{BAD} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "404"),
    "a no by a guess": (
        f"POST /u/{BAD} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "404",
    ),
    "a body for a picture": (
        f"GET /o/{GOOD}.gif HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc",
        "200",
    ),
    "a long path": (f"GET /o/{'A' * 10_000}.gif HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "400 414"),
    "a long query": (f"GET /c/{BAD}?{'A' * 10_000} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "400 414"),
    "another host": (f"GET /o/{GOOD}.gif HTTP/1.1\r\nHost: evil.example\r\n\r\n", "400"),
    "no host": (f"GET /o/{GOOD}.gif HTTP/1.0\r\n\r\n", "200 400"),
    "two hosts": (f"GET /o/{GOOD}.gif HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", "400"),
    "an odd method": (f"BREW /o/{GOOD}.gif HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "405"),
    "a method of nobody": (f"get /o/{GOOD}.gif HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "400 405"),
    "a NUL in a header": (
        f"GET /o/{GOOD}.gif HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a\0b\r\n\r\n",
        "400",
    ),
    "a NUL in a path": ("GET /c/%00%ff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "404"),
    "a path out of the house": ("GET /o/../../etc/passwd.gif HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "404"),
    "no HTTP at all": ("\x16\x03\x01\x02\r\n\r\n", "400"),
    "a line without an end": ("A" * 100_000, "400 414 "),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The web server of the Procfile, with no table in its database: what asks for a row would fail."""
    with web_server(tmp_path_factory.mktemp("server"), {"HITS_EVERY": "0"}) as running:
        yield running


@pytest.mark.parametrize("what", ODD)
def test_odd_requests_are_refused_and_break_nothing(server: Server, what: str) -> None:
    sent, expected = ODD[what]
    try:
        with socket.create_connection(("127.0.0.1", server.port), 20) as channel:
            channel.sendall(sent.encode("latin-1"))
            channel.shutdown(socket.SHUT_WR)
            status = str(read_answer(channel)[0])
    except OSError:  # it closed the connection while we were still speaking
        status = ""
    assert status in expected.split(" ")
    with socket.create_connection(("127.0.0.1", server.port), 20) as channel:
        channel.sendall(raw("GET", "/o/none.gif"))
        assert read_answer(channel)[0] == 200


def test_head_gets_the_headers_of_the_picture_and_the_connection_stays(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 20) as channel:
        channel.sendall(raw("HEAD", f"/o/{GOOD}.gif"))
        status, stays_open, head = read_answer(channel, has_body=False)
        channel.sendall(raw("GET", f"/o/{GOOD}.gif"))
        _, _, whole = read_answer(channel)
    assert (status, stays_open) == (200, True)
    assert f"content-length: {len(PIXEL)}".encode() in head.lower()
    assert head.endswith(b"\r\n\r\n")
    assert whole.endswith(b"\r\n\r\n" + PIXEL)


@pytest.mark.proof
@pytest.mark.timeout(600)
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
