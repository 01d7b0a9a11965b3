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


class TakenDown(BadData):
    """The site was removed for good; nothing is published under its slug again."""


class Publisher(Protocol):
    """Publishing the same files again changes nothing; a visitor sees the old site or the new one, never a mix.

    Raises ValueError for a slug or path that is not ours, pipeline.errors.Transient where the place cannot be
    written to, and TakenDown where the site was removed.
    """

    def publish(self, slug: str, files: Files) -> Release: ...

    def take_down(self, slug: str) -> None: ...

    def current(self, slug: str) -> Release | None: ...


def digest(files: Files) -> str:
    """sha256 over paths and contents: equal files, equal digest, in any order."""
    whole = hashlib.sha256()
    for path, content in sorted(files.items()):
        whole.update(f"{path}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
