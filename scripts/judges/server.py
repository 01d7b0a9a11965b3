"""Serves samples on loopback as a web server in production does: their own headers, text compressed."""

import gzip
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any

from scripts.judges.base import Sample
from sites.publishers.folder import CONTENT_TYPES
from sites.publishers.headers import HEADERS_FILE, headers_for
from sites.rendering import SiteFiles

FONT = ".woff2"  # compressed already


class SiteServer(ThreadingHTTPServer):
    """One host with many sites under /s/, and a page of the agency at every address under /claim/."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sites: dict[str, SiteFiles] = {}

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def address(self, slug: str) -> str:
        return f"{self.origin}/s/{slug}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a judge that had seen enough and left."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def show(self, samples: Iterable[Sample]) -> None:
        self.sites |= {sample.slug: sample.files for sample in samples}


@contextmanager
def serve() -> Iterator[SiteServer]:
    server = SiteServer()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def lay_out(samples: Iterable[Sample], folder: Path) -> None:
    """Write the samples where the host keeps them, for tools that read files."""
    for page in ("claim/token", "claim/token/remove"):
        (folder / page).mkdir(parents=True, exist_ok=True)
        (folder / page / "index.html").write_text("A page of the agency")
    for sample in samples:
        for path, content in sample.files.items():
            file = folder / "s" / sample.slug / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SiteServer

    def do_GET(self) -> None:
        slug, _, path = self.path.partition("?")[0].removeprefix("/s/").partition("/")
        files = self.server.sites.get(slug)
        if files is None:
            known = self.path.startswith("/claim/")
            self._send(200 if known else 404, b"A page of the agency", {"Content-Type": "text/plain"})
            return
        path = path or "index.html"
        status = 200 if path in files and path != HEADERS_FILE else 404
        if status == 404:
            path = "404.html"
        content, suffix = files[path], PurePosixPath(path).suffix
        headers = {"Content-Type": CONTENT_TYPES[suffix], **headers_for(files[HEADERS_FILE].decode(), path)}
        if suffix not in {FONT, ".png"} and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, 6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self._send(status, content, headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the judges speak."""
