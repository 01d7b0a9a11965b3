"""Pictures of sites for the gallery, made by Chromium where it is installed; without it the gallery shows frames."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from django.conf import settings

from pipeline.errors import BadData
from sites.facts import FactSheet
from sites.models import Site, SiteVersion
from sites.presenting import agency
from sites.publishers.folder import CONTENT_TYPES
from sites.publishers.headers import HEADERS_FILE
from sites.rendering import SiteFiles, render_site
from sites.spec import SiteSpec

SECONDS = 30  # for one picture; a browser that takes longer is stopped
WINDOW = "1280,880"
SCALE = "0.5"  # 640 x 440 pixels
PNG = b"\x89PNG\r\n\x1a\n"


def picture_of(version: SiteVersion) -> Path:
    """Return where the picture of a version lies, or would lie."""
    return (
        Path(settings.VAR_DIR)
        / "thumbnails"
        / f"{version.site_id}-{version.number}-{version.spec_hash[:12]}.png"
    )


def is_made(version: SiteVersion | None) -> bool:
    """Whether there is a picture of this version."""
    return version is not None and picture_of(version).is_file()


def missing_pictures(limit: int) -> list[SiteVersion]:
    """Return up to `limit` present versions of sites that have no picture, the newest first."""
    found: list[SiteVersion] = []
    sites = (
        Site.objects.filter(version__isnull=False).select_related("version").order_by("-generated_at", "-pk")
    )
    for site in sites.iterator(chunk_size=200):
        if len(found) == limit:
            break
        if site.version is not None and not is_made(site.version):
            found.append(site.version)
    return found


def make_picture(version: SiteVersion) -> Path:
    """Make the picture of a version, without its proposal bar, and return where it lies.

    Raises BadData where no browser is installed, or it does not make one in time.
    """
    if not settings.CHROMIUM:
        raise BadData("No Chromium is installed. Install it, or set CHROMIUM to its path")
    target = picture_of(version)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="new-") as folder, _served(version) as address:
        made = Path(folder) / "picture.png"
        _photograph(address, made, Path(folder))
        if not made.is_file() or not made.read_bytes().startswith(PNG):
            raise BadData(f"{version}: the browser made no picture")
        made.replace(target)
    return target


def _photograph(address: str, made: Path, folder: Path) -> None:
    command = [
        settings.CHROMIUM,
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={WINDOW}",
        f"--force-device-scale-factor={SCALE}",
        f"--screenshot={made}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        address,
    ]
    try:
        subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603 -- our own words
    except subprocess.TimeoutExpired as error:
        raise BadData(f"The browser took more than {SECONDS} seconds") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise BadData(f"The browser could not be run: {error}") from error


@contextmanager
def _served(version: SiteVersion) -> Iterator[str]:
    """The address at which a version can be looked at from this machine while the picture is taken."""
    files: SiteFiles = SiteFiles()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as http.server calls it
            name = urlsplit(self.path).path.lstrip("/") or "index.html"
            content = None if name == HEADERS_FILE else files.get(name)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", CONTENT_TYPES.get(PurePosixPath(name).suffix, "text/plain"))
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as http.server calls it
            """Keep the requests of our own browser out of the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}/"
    try:
        spec, facts = SiteSpec.model_validate(version.spec), FactSheet.model_validate(version.facts)
        files |= render_site(spec, facts, agency=agency(), links=None, base_url=address)
        # A visitor does not wait for the fonts; a picture does.
        files["index.html"] = files["index.html"].replace(b"font-display:optional", b"font-display:block")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield address
        finally:
            server.shutdown()
            thread.join()
    except ValueError as error:
        raise BadData(f"{version} cannot be shown by the templates of today: {error}") from error
    finally:
        server.server_close()
