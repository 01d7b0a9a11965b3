"""The folder of the lists that staff brought: each file under a name of our own, for nobody but this product."""

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from businesses.sources.csv_rows import CsvRows
from pipeline.errors import BadData

_LEFT_ALONE: Final = timedelta(days=1)  # what nobody names may still be on its way
_MOST_COLUMNS: Final = 200
_LEAST_COLUMNS: Final = 3  # name, latitude, longitude
_OTHERS: Final = (  # how files of other kinds begin
    (b"pk\x03\x04", "This is a spreadsheet or an archive, not a CSV. Open it and save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "This is a spreadsheet, not a CSV. Open it and save it as CSV"),
    (b"%pdf", "This is a PDF, not a CSV"),
    *((tag, "This is a web page, not a CSV") for tag in (b"<!doctype", b"<html", b"<?xml")),
)


def keep(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Write a file piece by piece; returns the name that its content gives it, and its size in bytes.

    Raises BadData where there is no room for it.
    """
    digest, size = hashlib.sha256(), 0
    part: Path | None = None
    try:
        folder = Path(settings.LISTS_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:  # mode 0600
            part = Path(file.name)
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())  # a list that is cut off would look like a shorter one
        # A name of its own for each, so that none is deleted while another list begins to use it.
        name = f"{digest.hexdigest()[:32]}-{secrets.token_hex(4)}.csv"
        part.rename(folder / name)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise BadData(f"The file could not be stored on the server: {error.strerror}") from error
    return name, size


def path_of(name: str) -> Path:
    """Where a stored file lies."""
    return Path(settings.LISTS_DIR) / name


def remove(name: str) -> None:
    """Delete a stored file; one that is gone is no error."""
    with suppress(OSError):
        path_of(name).unlink(missing_ok=True)


def remove_unnamed(names: Collection[str], *, now: datetime) -> int:
    """Delete the files that are none of `names` and older than a day; returns how many."""
    old = (now - _LEFT_ALONE).timestamp()
    removed = 0
    for path in Path(settings.LISTS_DIR).glob("*"):
        with suppress(OSError):
            if path.name not in names and path.suffix in (".csv", ".part") and path.stat().st_mtime < old:
                path.unlink()
                removed += 1
    return removed


def header_of(name: str) -> tuple[str, ...]:
    """The columns of a stored file. Raises BadData, in words for whoever brought it, where it is no list."""
    path = path_of(name)
    try:
        with path.open("rb") as file:
            head = file.read(4096).lstrip().lower()
    except OSError as error:
        raise BadData("The file is gone from the server. Bring it once more") from error
    if not head:
        raise BadData("The file is empty")
    for beginning, said in _OTHERS:
        if head.startswith(beginning):
            raise BadData(said)
    try:
        header = CsvRows(path).header
    except BadData as error:
        raise BadData(in_words(error, name)) from error
    if any(re.search(r"[\x00-\x08\x0e-\x1f\ufffd]", column) for column in header):
        raise BadData("The file is no text. Save the list as CSV in UTF-8")
    if len(header) < _LEAST_COLUMNS:
        raise BadData(
            f"Its first line names {len(header)} column{'s' * (len(header) != 1)}. A list needs at least three: "
            "name, latitude and longitude"
        )
    if len(header) > _MOST_COLUMNS:
        raise BadData(f"It has {len(header):,} columns. At most {_MOST_COLUMNS} can be read")
    return header


def in_words(error: Exception, name: str) -> str:
    """What went wrong with a stored file, without the folders of the server."""
    return str(error).replace(str(path_of(name)), "The file")
