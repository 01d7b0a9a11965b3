"""The stand-in world: it does what it is asked to, and keeps a ledger of what really happened.

The ledger is a file to which lines are only ever added; the judge compares it with the database. The world runs in the
test's own process, or as a process of its own behind an HTTP server on loopback.
"""

import json
import os
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from pipeline.errors import Transient
from pipeline.tests.processes import fork, kill, read_within


class TooLate(Exception):
    """The request came through after its time; nothing was done."""


class World:
    """What happens outside: keyed, askable, unkeyed and idempotent acts, each with `gap` seconds either side.

    A `strict` world refuses a request after its time, as one does that ends its own slow requests.
    """

    def __init__(self, path: Path, *, gap: float = 0.0, strict: bool = False) -> None:
        self._path = path
        self._gap = gap
        self._strict = strict
        self._lock = threading.Lock()
        self._references: dict[str, str] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                key, reference = json.loads(line)
                self._references[key] = reference

    def act(self, policy: str, key: str, not_after: float) -> str:
        """Do it and return its reference; a keyed act is done once, whatever how often it is asked for."""
        time.sleep(self._gap)
        with self._lock:
            if self._strict and time.time() > not_after:
                raise TooLate(key)
            reference = self._references.get(key) if policy == "keyed" else None
            if reference is None:
                reference = f"ref-{os.urandom(4).hex()}"
                with self._path.open("a") as ledger:
                    ledger.write(json.dumps([key, reference]) + "\n")
                self._references[key] = reference
        time.sleep(self._gap)
        return reference

    def happened(self, key: str) -> str | None:
        """Tell whether it happened, by its reference."""
        with self._lock:
            return self._references.get(key)


class LedgerFile:
    """A world that lives in its ledger file alone: forked children of a test share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def act(self, policy: str, key: str, not_after: float) -> str:
        return World(self._path).act(policy, key, not_after)

    def happened(self, key: str) -> str | None:
        return World(self._path).happened(key)


def read_ledger(path: Path) -> Counter[str]:
    """Return how often each act really happened."""
    lines = path.read_text().splitlines() if path.exists() else []
    return Counter(json.loads(line)[0] for line in lines)


class WorldServer:
    """The world as a process of its own, until `stop`."""

    def __init__(self, path: Path, *, gap: float, strict: bool) -> None:
        read, write = os.pipe()
        self.pid = fork(lambda: _serve(World(path, gap=gap, strict=strict), write))
        os.close(write)
        self.port = int(read_within(read))
        os.close(read)

    def stop(self) -> None:
        kill(self.pid)


class WorldClient:
    """How a worker reaches the world, `latency` seconds away; each process has a connection of its own."""

    def __init__(self, port: int, *, latency: float) -> None:
        self._port = port
        self._latency = latency
        self._connection: HTTPConnection | None = None
        self._pid = 0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def act(self, policy: str, key: str, not_after: float) -> str:
        time.sleep(self._latency)
        body = json.dumps({"policy": policy, "key": key, "not_after": not_after})
        status, answer = self._ask("POST", "/acts", body)
        if status == 408:
            raise Transient("The world refused: too late")
        return str(answer["reference"])

    def happened(self, key: str) -> str | None:
        _, answer = self._ask("GET", f"/acts?key={quote(key)}", None)
        return answer["reference"]

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, dict[str, Any]]:
        if self._connection is None or self._pid != os.getpid():
            self._pid = os.getpid()
            self._connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        self._connection.request(method, path, body)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())


def _serve(world: World, port_out: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self._answer(200, world.act(**request))
            except TooLate:
                self._answer(408, None)

        def do_GET(self) -> None:
            self._answer(200, world.happened(parse_qs(urlsplit(self.path).query)["key"][0]))

        def _answer(self, status: int, reference: str | None) -> None:
            body = json.dumps({"reference": reference}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing: killed clients are what this server is for."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed in mid-answer is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    os.write(port_out, str(server.server_address[1]).encode())
    server.serve_forever()
