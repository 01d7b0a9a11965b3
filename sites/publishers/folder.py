"""Publishes sites into a folder that any web server can serve.

    <root>/<slug>/current -> releases/<sha>     the only thing that ever changes
    <root>/<slug>/releases/<sha>/               files of a release, and its manifest
    <root>/<slug>/releases/gone/                what a removed site leaves behind
    <root>/<slug>/lock                          held while somebody publishes or removes

A release is written beside the others, brought to disk, renamed, and only then pointed at; so a crash at any
moment leaves the old site online and at most a folder that the next publication removes.
"""

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pipeline.errors import Transient
from sites.publishers.base import (
    AWAY_FILES,
    GONE_FILES,
    NOTICE,
    Files,
    Release,
    ServedFile,
    TakenDown,
    digest,
)
from sites.publishers.headers import HEADERS_FILE, headers_for
from sites.publishers.slugs import check_slug

KEEP = 5  # releases, the current one among them
GONE, AWAY = "gone", "away"
NOTICES = {GONE: GONE_FILES, AWAY: AWAY_FILES}
MANIFEST = "_release.json"
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RELEASE = re.compile(r"[0-9a-f]{16}|gone|away")
_UNFINISHED = ".new-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class FolderPublisher:
    name = "folder"

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root)

    def publish(self, slug: str, files: Files) -> Release:
        """Put `files` online as a whole; the same files again change nothing."""
        check_slug(slug)
        for path in files:
            check_path(path, private=path == HEADERS_FILE)
        if "index.html" not in files:
            raise ValueError("a site without index.html cannot be published")
        sha = digest(files)
        try:
            with self._locked(slug) as folder:
                if self._current_name(slug) == GONE:
                    raise TakenDown(slug)
                self._store(folder, sha[:16], files, {"sha": sha})
                _point(folder, sha[:16])
                _prune(folder / "releases", keep=sha[:16])
                _clear(folder)
        except OSError as error:
            raise Transient(f"{slug} could not be published: {error}") from error
        return Release(slug, sha, str(folder / "releases" / sha[:16]))

    def restore(self, slug: str, sha: str) -> Release | None:
        """Put an earlier release online as it was; None where it is not kept any more."""
        check_slug(slug)
        try:
            with self._locked(slug) as folder:
                if self._current_name(slug) == GONE:
                    raise TakenDown(slug)
                raw = self._read(slug, sha[:16], MANIFEST)
                if raw is None or json.loads(raw)["sha"] != sha:
                    return None
                _point(folder, sha[:16])
        except OSError as error:
            raise Transient(f"{slug} could not be put back: {error}") from error
        return Release(slug, sha, str(self._root / slug / "releases" / sha[:16]))

    def withdraw(self, slug: str) -> None:
        """Show a notice in place of the site until it is published again; its releases stay."""
        check_slug(slug)
        try:
            with self._locked(slug) as folder:
                if self._current_name(slug) != GONE:
                    self._show_notice(folder, AWAY)
        except OSError as error:
            raise Transient(f"{slug} could not be withdrawn: {error}") from error

    def take_down(self, slug: str) -> None:
        """Remove a site for good: its files go, and a notice stays that it is gone. Repeating it is harmless."""
        check_slug(slug)
        try:
            with self._locked(slug) as folder:
                self._show_notice(folder, GONE)
                _remove_all(folder / "releases", but=GONE)
        except OSError as error:
            raise Transient(f"{slug} could not be taken down: {error}") from error

    def current(self, slug: str) -> Release | None:
        """The release that is online, or None where nothing was ever published."""
        name = self._current_name(check_slug(slug))
        if name is None:
            return None
        raw = self._read(slug, name, MANIFEST)
        if raw is None:
            return None
        path = str(self._root / slug / "releases" / name)
        return Release(slug, json.loads(raw)["sha"], path, is_tombstone=name in NOTICES)

    def is_intact(self, slug: str) -> bool:
        """Whether the files that are online are, byte for byte, those that were published."""
        release = self.current(slug)
        if release is None:
            return False
        folder = Path(release.path)
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != MANIFEST
        }
        return digest(files) == release.sha

    def open_file(self, slug: str, path: str) -> ServedFile | None:
        """The file that a visitor asks for, or None where there is none; of a removed site always the notice.

        The release is looked up once, and no symbolic link inside it is followed.
        """
        try:
            check_slug(slug)
            check_path(path)
        except ValueError:
            return None
        name = self._current_name(slug)
        if name is None:
            return None
        if name in NOTICES:
            path = NOTICE
        content = self._read(slug, name, path)
        if content is None:
            return None
        rules = (self._read(slug, name, HEADERS_FILE) or b"").decode()
        content_type = CONTENT_TYPES[PurePosixPath(path).suffix]
        return ServedFile(
            content, content_type, headers_for(rules, path), status=410 if name in NOTICES else 200
        )

    @contextlib.contextmanager
    def _locked(self, slug: str) -> Iterator[Path]:
        """The folder of a site, while nobody else changes it; the system frees the lock of a process that dies."""
        folder = self._root / slug
        if folder.is_symlink():
            raise ValueError(f"{folder} is a symbolic link; a site is a folder")
        if not (folder / "releases").is_dir():
            is_first = not self._root.is_dir()
            (folder / "releases").mkdir(parents=True, exist_ok=True)
            if is_first:
                _sync_folder(self._root.parent)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(lock)

    def _show_notice(self, folder: Path, name: str) -> None:
        files = NOTICES[name]
        self._store(folder, name, files, {"sha": digest(files)})
        _point(folder, name)
        _clear(folder)

    def _store(self, folder: Path, name: str, files: Files, manifest: dict[str, object]) -> None:
        """Write a release and bring it to disk; where it is there already, only its name."""
        release = folder / "releases" / name
        if release.is_dir():
            os.utime(release)  # used again: the last to be pruned
        else:
            unfinished = release.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
            try:
                _write(unfinished, {**files, MANIFEST: json.dumps(manifest).encode()})
                _sync_folder(self._root)  # its other folders are brought to disk with what is renamed in them
                unfinished.rename(release)
            except OSError:
                _remove(unfinished)
                raise
        _sync_folder(release.parent)

    def _current_name(self, slug: str) -> str | None:
        """The name of the release that is online; None where there is none or the link is not ours."""
        try:
            target = (self._root / slug / "current").readlink().as_posix()
        except OSError:
            return None
        parent, _, name = target.rpartition("/")
        return name if parent == "releases" and _RELEASE.fullmatch(name) else None

    def _read(self, slug: str, release: str, path: str) -> bytes | None:
        """The content of a file of a release, walking down from the root without following a link."""
        way = [slug, "releases", release, *path.split("/")]
        opened: list[int] = []
        try:
            opened.append(os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            for folder in way[:-1]:
                opened.append(os.open(folder, _FOLDER, dir_fd=opened[-1]))
            file = os.open(way[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=opened[-1])
            with os.fdopen(file, "rb") as stream:
                return stream.read()
        except OSError:
            return None
        finally:
            for descriptor in opened:
                os.close(descriptor)


def check_path(path: str, *, private: bool = False) -> str:
    """Return `path`; raises ValueError where it could name anything but a plain file of a site."""
    parts = path.split("/")
    named = all(_NAME.fullmatch(part) for part in parts) and len(parts) <= 3 and len(path) <= 200
    if not private and (not named or PurePosixPath(path).suffix not in CONTENT_TYPES):
        raise ValueError(f"not the path of a file of a site: {path[:80]!r}")
    return path


def _write(release: Path, files: Files) -> None:
    """Write a new folder of files and bring it to disk.

    Everything is written before anything is waited for: so the disk takes it in one go, and not file by file.
    """
    folders = sorted({folder for path in files for folder in PurePosixPath(path).parents})
    for folder in folders:
        (release / folder).mkdir()
    with contextlib.ExitStack() as opened:
        streams = [opened.enter_context(_new_file(f"{release}/{path}")) for path in files]
        for stream, content in zip(streams, files.values(), strict=True):
            stream.write(content)
            stream.flush()
            _begin_storing(stream.fileno())
        for stream in streams:
            os.fsync(stream.fileno())
    for folder in folders:
        _sync_folder(release / folder)


def _new_file(path: str) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o644), "wb")


def _begin_storing(descriptor: int) -> None:
    """Let the system begin to bring a file to disk, without waiting, where it takes such advice."""
    if hasattr(os, "posix_fadvise"):  # macOS has none; there the sync does it all
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _point(folder: Path, name: str) -> None:
    """Swap the `current` link in one step."""
    current, target = folder / "current", Path("releases") / name
    if current.is_symlink() and current.readlink() == target:
        return
    link = folder / f"{_UNFINISHED}{secrets.token_hex(8)}"
    link.symlink_to(target)
    link.replace(current)
    _sync_folder(folder)


def _prune(releases: Path, *, keep: str) -> None:
    """Remove all but the newest releases, and what unfinished publications left: the lock is ours."""
    kept = {keep, AWAY}
    found = [path for path in releases.iterdir() if _RELEASE.fullmatch(path.name) and path.name not in kept]
    oldest_last = sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    for path in [*oldest_last[KEEP - 1 :], *releases.glob(f"{_UNFINISHED}*")]:
        _remove(path)


def _remove_all(releases: Path, *, but: str) -> None:
    for path in releases.iterdir():
        if path.name != but:
            _remove(path)


def _remove(path: Path) -> None:
    """Remove a folder or file; one that is not there is fine. A half-removed release is never pointed at."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    elif path.is_dir():
        # Renamed first: a crash halfway must not leave a release that looks whole.
        doomed = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
        path.rename(doomed)
        shutil.rmtree(doomed)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Remove the pointers that crashes have left behind; the caller holds the lock."""
    for path in folder.glob(f"{_UNFINISHED}*"):
        _remove(path)
