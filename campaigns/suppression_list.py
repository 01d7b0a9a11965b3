"""A list of addresses that said no elsewhere, as a table from a spreadsheet or with one address a line."""

import csv
import io
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from campaigns import suppression
from campaigns.addresses import UnusableAddress
from campaigns.models import Suppression
from pipeline.errors import BadData
from pipeline.tables import safe_cell

MOST_BYTES: Final = 5_000_000
MOST_ROWS: Final = 100_000
SHOWN: Final = 100
_HEADS: Final = ("email", "e-mail", "address", "mail", "recipient", "adresse", "e-mail-adresse")


@dataclass
class Imported:
    """How many addresses were new and known; `refused`: (line, what stands there, why) of those that are none."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def import_addresses(
    content: bytes, *, now: datetime, by: str, scope: str = Suppression.Scope.ADDRESS
) -> Imported:
    """Suppress every address of a list; a row that is none is left out and named, the others hold.

    Raises BadData for what is no list at all; then nothing is changed.
    """
    if len(content) > MOST_BYTES:
        raise BadData(f"The list is larger than {MOST_BYTES // 1_000_000} MB. Split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData("The list is not in UTF-8. Save it as CSV UTF-8") from error
    if "\0" in text:
        raise BadData("This is no list of addresses but a file of another kind. Save it as CSV")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = [
            (at, row)
            for at, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1)
            if any(row)
        ]
    except csv.Error as error:
        raise BadData(f"The list cannot be read as CSV: {error}") from error
    if not rows:
        raise BadData("The list is empty")
    if len(rows) > MOST_ROWS:
        raise BadData(f"The list has more than {MOST_ROWS:,} rows. Split it")
    heads = [cell.strip().casefold() for cell in rows[0][1]]
    column = next((heads.index(name) for name in _HEADS if name in heads), None)
    if column is None and not any("@" in cell for cell in heads):
        raise BadData("No column is called email. Name the column of the addresses so")
    return _suppress_all(rows if column is None else rows[1:], column, now=now, by=by, scope=scope)


def _suppress_all(
    rows: list[tuple[int, list[str]]], column: int | None, *, now: datetime, by: str, scope: str
) -> Imported:
    done = Imported()
    for line, row in rows:
        cells = row if column is None else row[column : column + 1]
        address = next((cell.strip() for cell in cells if "@" in cell), "").removeprefix("'")
        try:
            stored = suppression.suppress(
                address, reason=Suppression.Reason.STAFF, now=now, by=by, scope=scope
            )
        except UnusableAddress as error:
            done.refused.append((line, safe_cell(" ".join(row)[:80]), str(error)))
            continue
        if stored.at == now:
            done.new += 1
        else:
            done.known += 1
    return done
