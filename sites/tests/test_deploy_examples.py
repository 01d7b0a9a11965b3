"""The web server examples of the docs serve what is published, where such a server is installed."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings

from sites.publishers.folder import FolderPublisher

EXAMPLES = Path(settings.BASE_DIR) / "docs" / "deploy"
SLUG = "mill-lane-1"
HOST = f"{SLUG}.sites.agency.example"
FILES = {
    "index.html": b"<p>home</p>",
    "404.html": b"<p>no such page</p>",
    "fonts/text.woff2": b"font",
    "_headers": b"/*\n  X-Kind: page\n",
}
# As root each server would give up its rights, and then could not read the folder of this test.
NGINX = """
daemon off; {user} pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    types {{ text/html html; font/woff2 woff2; }}
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fast; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {example}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def nginx(folder: Path, root: Path, port: int) -> list[str]:
    example = (EXAMPLES / "nginx.conf").read_text().replace("/srv/webmagic/sites", str(root))
    example = example.replace("listen 80;", f"listen 127.0.0.1:{port};")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user, example=example))
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, root: Path, port: int) -> list[str]:
    example = (EXAMPLES / "Caddyfile").read_text().replace("/srv/webmagic/sites", str(root))
    example = re.sub(
        r"^((?:\*\.sites\.)?agency\.example) \{", rf"http://\1:{port} {{", example, flags=re.MULTILINE
    )
    example = "{\n\tadmin off\n\tauto_https off\n}\n" + example
    (folder / "Caddyfile").write_text(example)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[FolderPublisher, str]]:
    name = request.param.__name__
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed: its example is not tried")
    root, port = tmp_path / "sites", free_port()
    command = request.param(tmp_path, root, port)
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={"HOME": str(tmp_path), "PATH": "/usr/sbin:/usr/bin:/bin"}
        )
        try:
            _wait_for(port, process, tmp_path / "out")
            yield FolderPublisher(root), f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", out: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, out.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(out.read_text())


def get(base: str, path: str, host: str = HOST) -> requests.Response:
    return requests.get(base + path, headers={"Host": host}, timeout=10, allow_redirects=False)


def test_site_is_served_with_its_rules(server: tuple[FolderPublisher, str]) -> None:
    publisher, base = server
    publisher.publish(SLUG, FILES)
    home = get(base, "/")
    assert (home.status_code, home.content) == (200, FILES["index.html"])
    assert "default-src 'none'" in home.headers["Content-Security-Policy"]
    assert "script" not in home.headers["Content-Security-Policy"]
    font = get(base, "/fonts/text.woff2")
    assert font.status_code == 200
    assert "immutable" in font.headers["Cache-Control"]
    lost = get(base, "/nothing")
    assert (lost.status_code, lost.content) == (404, FILES["404.html"])
    assert "default-src 'none'" in lost.headers["Content-Security-Policy"]
    for private in ("/_headers", "/_release.json", "/..%2f..%2flock", "/fonts/../_headers"):
        assert get(base, private).status_code in (400, 404)
    assert get(base, "/", host="another-1.sites.agency.example").status_code == 404


def test_new_release_is_served_at_once_and_a_removed_site_is_gone(
    server: tuple[FolderPublisher, str],
) -> None:
    publisher, base = server
    publisher.publish(SLUG, FILES)
    assert get(base, "/").content == FILES["index.html"]
    publisher.publish(SLUG, FILES | {"index.html": b"<p>new</p>"})
    assert get(base, "/").content == b"<p>new</p>"
    publisher.withdraw(SLUG)
    away = get(base, "/")
    assert (away.status_code, b"expired" in away.content) == (410, True)
    publisher.publish(SLUG, FILES)
    assert get(base, "/").status_code == 200
    publisher.take_down(SLUG)
    gone = get(base, "/fonts/text.woff2")
    assert (gone.status_code, b"removed" in gone.content) == (410, True)
