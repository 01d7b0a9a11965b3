"""What every place that sites are published to can do."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.errors import BadData

Files = Mapping[str, bytes]  # path inside the site -> content


@dataclass(frozen=True)
class Release:
    """One immutable state of a site. `sha` is the digest of its files; a tombstone stands for a removed site."""

    slug: str
    sha: str
    path: str  # where it lies, in the publisher's own terms
    is_tombstone: bool = False


@dataclass(frozen=True)
class ServedFile:
    content: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200  # 410 for the notice of a removed site


NOTICE = "410.html"
HIDDEN = (
    b"/*\n  Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\n  X-Robots-Tag: noindex\n"
)


def _notice(title: str, words: str) -> dict[str, bytes]:
    page = (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="robots" content="noindex">'
        f"<title>{title}</title></head>\n<body><h1>{title}</h1><p>{words}</p></body>\n</html>\n"
    )
    return {NOTICE: page.encode(), "_headers": HIDDEN}


# What is left of a site that its owner had removed, and of a proposal that nobody answered.
GONE_FILES = _notice("This page has been removed", "It will not come back.")
AWAY_FILES = _notice("This proposal has expired", "Whoever got our mail about it can still ask for it.")


class TakenDown(BadData):
    """The site was removed for good; nothing is published under its slug again."""


class Publisher(Protocol):
    """Publishing the same files again changes nothing; a visitor sees the old site or the new one, never a mix.

    Raises ValueError for a slug or path that is not ours, pipeline.errors.Transient where the place cannot be
    written to, and TakenDown where the site was removed.
    """

    def publish(self, slug: str, files: Files) -> Release: ...

    def restore(self, slug: str, sha: str) -> Release | None:
        """Put an earlier release online as it was; None where it is not kept any more."""
        ...

    def withdraw(self, slug: str) -> None:
        """Show a notice in place of the site until something is published under the slug again."""
        ...

    def take_down(self, slug: str) -> None:
        """Remove a site for good: its files go, and a notice stays that it is gone."""
        ...

    def current(self, slug: str) -> Release | None:
        """The release that is online, or None where nothing was ever published."""
        ...

    def is_intact(self, slug: str) -> bool:
        """Whether the files that are online are, byte for byte, those that were published."""
        ...

    def open_file(self, slug: str, path: str) -> ServedFile | None:
        """The file that a visitor asks for, None where there is none; of a removed site always the notice."""
        ...


def digest(files: Files) -> str:
    """sha256 over paths and contents: equal files, equal digest, in any order."""
    whole = hashlib.sha256()
    for path, content in sorted(files.items()):
        whole.update(f"{path}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
