"""The folder publisher: whole sites or none, the same again is nothing, and no way out of the root."""

import errno
import os
import signal
import stat
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import Transient
from sites.publishers.base import TakenDown, digest
from sites.publishers.folder import KEEP, FolderPublisher, check_path
from sites.publishers.headers import headers_for
from sites.tests.records import build, business

SLUG = "mill-lane-1"
HEADERS = b"/*\n  X-Kind: page\n/fonts/*\n  X-Kind: font\n  Cache-Control: immutable\n"


def site(mark: str) -> dict[str, bytes]:
    return {
        "index.html": f"<p>{mark}</p>".encode(),
        "privacy.html": f"<p>privacy {mark}</p>".encode(),
        f"fonts/text-{mark}.woff2": mark.encode() * 100,
        "_headers": HEADERS,
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sites"


@pytest.fixture
def publisher(root: Path) -> FolderPublisher:
    return FolderPublisher(root)


def content(publisher: FolderPublisher, path: str = "index.html", slug: str = SLUG) -> bytes | None:
    served = publisher.open_file(slug, path)
    return served.content if served else None


def tree(folder: Path) -> dict[str, bytes | str]:
    return {
        str(path.relative_to(folder)): path.readlink().as_posix() if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_published_site_is_served_with_its_types_and_headers(publisher: FolderPublisher) -> None:
    files = site("a")
    release = publisher.publish(SLUG, files)
    assert release.sha == digest(files)
    assert publisher.current(SLUG) == release
    served = publisher.open_file(SLUG, "index.html")
    assert served is not None
    assert (served.status, served.content_type, served.headers) == (
        200,
        "text/html; charset=utf-8",
        {"X-Kind": "page"},
    )
    font = publisher.open_file(SLUG, "fonts/text-a.woff2")
    assert font is not None
    assert (font.content_type, font.headers) == (
        "font/woff2",
        {"X-Kind": "font", "Cache-Control": "immutable"},
    )
    assert publisher.is_intact(SLUG)


def test_real_site_goes_through_unchanged(publisher: FolderPublisher) -> None:
    _, _, files = build(business())
    assert publisher.publish(SLUG, files).sha == files.digest
    assert all(content(publisher, path) == data for path, data in files.items() if not path.startswith("_"))


def test_same_files_again_change_nothing(publisher: FolderPublisher, root: Path) -> None:
    first = publisher.publish(SLUG, site("a"))
    before = {path: path.stat().st_ino for path in root.rglob("*")}
    assert publisher.publish(SLUG, dict(reversed(site("a").items()))) == first
    assert {path: path.stat().st_ino for path in root.rglob("*")} == before


def test_newer_files_replace_the_site_and_older_ones_may_come_back(publisher: FolderPublisher) -> None:
    first = publisher.publish(SLUG, site("a"))
    publisher.publish(SLUG, site("b"))
    assert content(publisher) == b"<p>b</p>"
    assert content(publisher, "fonts/text-a.woff2") is None
    assert publisher.publish(SLUG, site("a")) == first
    assert content(publisher) == b"<p>a</p>"


def test_only_the_last_releases_are_kept_and_always_the_current(
    publisher: FolderPublisher, root: Path
) -> None:
    for number in range(KEEP + 3):
        publisher.publish(SLUG, site(f"n{number}"))
    publisher.publish(SLUG, site("n3"))
    releases = root / SLUG / "releases"
    assert len(list(releases.iterdir())) == KEEP
    assert content(publisher) == b"<p>n3</p>"


def test_nothing_is_served_before_publication_nor_what_is_private(publisher: FolderPublisher) -> None:
    assert publisher.current(SLUG) is None
    assert publisher.open_file(SLUG, "index.html") is None
    publisher.publish(SLUG, site("a"))
    for path in ("_headers", "_release.json", "nothing.html", "fonts", "fonts/", "index.html/x", ""):
        assert publisher.open_file(SLUG, path) is None


def test_site_without_a_home_page_is_refused(publisher: FolderPublisher, root: Path) -> None:
    with pytest.raises(ValueError, match=r"without index\.html"):
        publisher.publish(SLUG, {"a.html": b""})
    assert not root.exists()


def test_removed_site_leaves_only_the_notice(publisher: FolderPublisher, root: Path) -> None:
    publisher.publish(SLUG, site("a"))
    publisher.take_down(SLUG)
    publisher.take_down(SLUG)
    served = publisher.open_file(SLUG, "index.html")
    assert served is not None
    assert served.status == 410
    assert b"has been removed" in served.content
    assert "noindex" in served.headers["X-Robots-Tag"]
    release = publisher.current(SLUG)
    assert release is not None
    assert release.is_tombstone
    assert publisher.is_intact(SLUG)
    assert [path.name for path in (root / SLUG / "releases").iterdir()] == ["gone"]


def test_removed_site_never_comes_back(publisher: FolderPublisher) -> None:
    publisher.take_down(SLUG)
    with pytest.raises(TakenDown):
        publisher.publish(SLUG, site("a"))
    served = publisher.open_file(SLUG, "index.html")
    assert served is not None
    assert served.status == 410


def test_changed_file_on_disk_is_noticed(publisher: FolderPublisher) -> None:
    release = publisher.publish(SLUG, site("a"))
    (Path(release.path) / "index.html").write_bytes(b"changed")
    assert not publisher.is_intact(SLUG)


def test_place_that_cannot_be_written_is_a_passing_failure_and_the_old_site_stays(
    publisher: FolderPublisher, root: Path
) -> None:
    publisher.publish(SLUG, site("a"))
    (root / "file").write_bytes(b"")
    with pytest.raises(Transient):
        FolderPublisher(root / "file").publish(SLUG, site("a"))
    blocked = root / SLUG / "releases" / digest(site("b"))[:16]
    blocked.write_bytes(b"in the way")
    with pytest.raises(Transient):
        publisher.publish(SLUG, site("b"))
    assert content(publisher) == b"<p>a</p>"
    assert not list(root.rglob(".new-*"))


def test_everything_is_on_disk_before_it_is_shown(
    publisher: FolderPublisher, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: dict[int, int] = {}  # inode -> bytes at its last sync before the swap
    sync = os.fsync

    def watched(descriptor: int) -> None:
        sync(descriptor)
        if publisher.current(SLUG) is None:
            found = os.fstat(descriptor)
            stored[found.st_ino] = found.st_size

    monkeypatch.setattr(os, "fsync", watched)
    release = Path(publisher.publish(SLUG, site("a")).path)
    for path in (root.parent, root, release.parent, release, *release.rglob("*")):
        assert path.stat().st_ino in stored, path
        if path.is_file():
            assert stored[path.stat().st_ino] == path.stat().st_size


def test_disk_that_fills_up_at_any_moment_leaves_a_whole_site(
    publisher: FolderPublisher, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish(SLUG, site("a"))
    sync, steps, is_full, left = os.fsync, 0, True, 0

    def fill_up(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fill_up)
    while is_full:
        left, old, new = steps, content(publisher), site(f"b{steps}")
        try:
            publisher.publish(SLUG, new)
            is_full = False
        except Transient:
            assert content(publisher) in (old, new["index.html"])
        assert publisher.is_intact(SLUG)
        assert not list(root.rglob(".new-*"))
        steps += 1
    assert content(publisher) == new["index.html"]
    assert steps > 9  # five files, two folders, and those that they lie in


def test_visitor_sees_the_old_or_the_new_site_and_never_nothing(publisher: FolderPublisher) -> None:
    whole = [site("a"), site("b")]
    publisher.publish(SLUG, whole[0])
    seen: set[bytes | None] = set()
    done = threading.Event()

    def visit() -> None:
        while not done.is_set():
            seen.add(content(publisher))

    visitor = threading.Thread(target=visit)
    visitor.start()
    for number in range(30):
        publisher.publish(SLUG, whole[(number + 1) % 2])
    done.set()
    visitor.join()
    assert seen <= {b"<p>a</p>", b"<p>b</p>"}


WATCHED = (
    "open",
    "os.mkdir",
    "os.rename",
    "os.symlink",
    "os.remove",
    "os.rmdir",
    "os.utime",
    "fcntl.flock",
    "os.listdir",
    "os.scandir",
)


def killed_at(root: Path, step: int, work: str) -> bool:
    """Do `work` in a process that is killed before its n-th call to the file system; False if it ended first."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in WATCHED:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            publisher = FolderPublisher(root)
            if work == "remove":
                publisher.take_down(SLUG)
            else:
                publisher.publish(SLUG, site(work))
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def test_kill_at_any_moment_of_a_publication_leaves_a_whole_site(
    publisher: FolderPublisher, root: Path
) -> None:
    for number in range(KEEP + 1):  # so that pruning is part of what is interrupted
        publisher.publish(SLUG, site(f"old{number}"))
    old, step = site(f"old{KEEP}"), 1
    while killed_at(root, step, f"new{step}"):
        new = site(f"new{step}")
        online = content(publisher)
        assert online in (old["index.html"], new["index.html"]), step
        whole = old if online == old["index.html"] else new
        assert all(
            content(publisher, path) == data for path, data in whole.items() if not path.startswith("_")
        )
        assert publisher.is_intact(SLUG)
        publisher.publish(SLUG, new)
        assert publisher.is_intact(SLUG)
        assert not list(root.rglob(".new-*"))
        old, step = new, step + 1
    assert step > 30


def test_kill_at_any_moment_of_a_removal_can_be_finished(publisher: FolderPublisher, root: Path) -> None:
    step = 1
    while True:
        publisher = FolderPublisher(root / str(step))
        publisher.publish(SLUG, site("a"))
        publisher.publish(SLUG, site("b"))
        killed = killed_at(root / str(step), step, "remove")
        served = publisher.open_file(SLUG, "index.html")
        assert served is not None
        assert served.status == 410 or served.content == b"<p>b</p>"
        publisher.take_down(SLUG)
        served = publisher.open_file(SLUG, "index.html")
        assert served is not None
        assert served.status == 410
        assert [path.name for path in (root / str(step) / SLUG / "releases").iterdir()] == ["gone"]
        if not killed:
            break
        step += 1
    assert step > 15


def test_first_publication_that_is_killed_leaves_nothing_online(root: Path) -> None:
    assert killed_at(root, 12, "a")
    publisher = FolderPublisher(root)
    assert content(publisher) is None
    assert publisher.publish(SLUG, site("a")).sha == digest(site("a"))


@pytest.mark.parametrize(
    "path",
    [
        "../x.html",
        "a/../b.html",
        "/etc/passwd",
        "a\\b.html",
        "a\0.html",
        "x.php",
        "x",
        ".x.html",
        "a/b/c/d.html",
        "a//b.html",
        "%2e%2e/x.html",
        "x" * 300 + ".html",
        "ä.html",
    ],
)
def test_path_that_is_no_plain_file_is_refused(publisher: FolderPublisher, path: str) -> None:
    with pytest.raises(ValueError, match="not the path of a file"):
        publisher.publish(SLUG, {**site("a"), path: b""})
    assert publisher.open_file(SLUG, path) is None


PATHS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(["..", ".", "", "etc", "x.html", "current", "\0", "%2e"])).map("/".join),
)


@given(slug=PATHS, path=PATHS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_slug_and_no_path_leads_out_of_the_root(tmp_path: Path, slug: str, path: str) -> None:
    (tmp_path / "secret.html").write_bytes(b"secret")
    publisher = FolderPublisher(tmp_path / "sites")
    publisher.publish(SLUG, site("a"))
    for action in (
        lambda: publisher.publish(slug, {**site("a"), path: b"x"}),
        lambda: publisher.take_down(slug),
    ):
        try:
            action()
        except (ValueError, TakenDown):
            continue
        assert slug == SLUG or slug.isalnum() or "-" in slug
    assert {entry.name for entry in tmp_path.iterdir()} == {"secret.html", "sites"}
    assert (tmp_path / "secret.html").read_bytes() == b"secret"
    for where in (slug, SLUG):
        assert content(publisher, path, where) != b"secret"


def test_planted_links_are_not_followed(publisher: FolderPublisher, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "index.html").write_bytes(b"secret")
    release = Path(publisher.publish(SLUG, site("a")).path)
    (release / "secret.html").symlink_to(outside / "index.html")
    (release / "more").symlink_to(outside)
    assert content(publisher, "secret.html") is None
    assert content(publisher, "more/index.html") is None
    (root / SLUG / "current").unlink()
    (root / SLUG / "current").symlink_to(outside)
    assert content(publisher) is None
    (root / "linked").symlink_to(outside)
    assert content(publisher, slug="linked") is None
    with pytest.raises(ValueError, match="symbolic link"):
        publisher.publish("linked", site("a"))
    assert [path.name for path in outside.iterdir()] == ["index.html"]


def test_files_are_readable_by_the_web_server(publisher: FolderPublisher) -> None:
    release = publisher.publish(SLUG, site("a"))
    mode = stat.S_IMODE((Path(release.path) / "index.html").stat().st_mode)
    assert mode & 0o444
    assert not mode & 0o111


def test_path_check_accepts_the_files_of_a_site() -> None:
    _, _, files = build(business())
    assert [check_path(path) for path in files if path != "_headers"]


def test_later_header_rules_win_for_their_paths() -> None:
    assert headers_for("/*\n  A: 1\n  B: 2\n/x.html\n  B: 3: 4\n", "x.html") == {"A": "1", "B": "3: 4"}
    assert headers_for("/x/*\n  A: 1\n", "y.html") == {}
    assert headers_for("", "y.html") == {}
