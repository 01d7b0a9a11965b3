"""Reads a CSV file row by row in flat memory, whatever is in it: what cannot be read is told and passed over."""

import codecs
import csv
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from businesses.sources.base import Refusal
from pipeline.errors import BadData

_DELIMITERS: Final = (",", ";", "\t", "|")
_LONGEST_LINE: Final = 256 * 1024  # characters
_LONGEST_RECORD: Final = 1024 * 1024  # characters; csv itself bounds a field at 128 kB


@dataclass(frozen=True, slots=True)
class Row:
    """line: where it begins, from 1."""

    line: int
    values: list[str]


class CsvRows:
    """The rows after the header. `whole` is False once a part of the file could not be read at all.

    The text is UTF-8, UTF-16 with its mark, or Windows-1252, line by line. Raises BadData where there is no
    header or the file is no text.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.whole = True
        with _open(path) as file:
            first, self._skipped = _first_line(file)
        self._delimiter = first[4:5] if self._skipped else _guess_delimiter(first)
        rows = self._rows()
        header = next(rows, None)
        rows.close()
        if not isinstance(header, Row):
            raise BadData(f"{path} has no header: its first line must name the columns")
        self.header = tuple(name.strip() for name in header.values)

    def __iter__(self) -> Iterator[Row | Refusal]:
        rows = self._rows()
        next(rows, None)
        yield from rows

    def _rows(self) -> Generator[Row | Refusal, None, None]:
        with _open(self._path) as file:
            lines = _Lines(file)
            if self._skipped:
                next(lines, None)
            reader = csv.reader(lines, delimiter=self._delimiter)
            while True:
                start = lines.number + 1
                lines.begin_record()
                try:
                    values = next(reader)
                except StopIteration:
                    return
                except (csv.Error, _TooLong) as error:
                    closed = lines.skip_record()
                    yield self._refusal(start, lines, closed, str(error))
                    continue
                if lines.in_quotes and lines.ended and lines.number > start:
                    # The reader took the rest of the file for one field.
                    yield self._refusal(start, lines, False, "")
                elif any(values):
                    yield Row(start, values)

    def _refusal(self, start: int, lines: "_Lines", closed: bool, error: str) -> Refusal:
        place = f"line {start}" if lines.number <= start else f"lines {start}-{lines.number}"
        if closed:
            return Refusal(place, f"It cannot be read: {error}", lines.excerpt)
        self.whole = False
        return Refusal(
            place,
            "A quotation mark is opened here and never closed: the rest of the file was not read",
            lines.excerpt,
        )


class _TooLong(Exception):
    pass


class _Lines:
    """Lines of bounded length for csv.reader, which counts quotation marks to find the end of a bad record."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.number = 0
        self.ended = False
        self.begin_record()

    def begin_record(self) -> None:
        self.excerpt = ""
        self._quotes = 0
        self._size = 0

    @property
    def in_quotes(self) -> bool:
        return self._quotes % 2 == 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(_LONGEST_LINE)
        if not line:
            self.ended = True
            raise StopIteration
        self.number += 1
        if not line.isascii():
            line = _mend(line)
        self._quotes += line.count('"')
        self._size += len(line)
        if not self.excerpt:
            self.excerpt = line[:200].strip()
        if len(line) >= _LONGEST_LINE and line[-1] not in "\r\n":
            self._skip_line()
            raise _TooLong(f"a line of more than {_LONGEST_LINE // 1024} kB")
        if self._size > _LONGEST_RECORD:
            raise _TooLong(f"a row of more than {_LONGEST_RECORD // 1024} kB")
        return line

    def skip_record(self) -> bool:
        """Go to the end of the record that is being read; False where the file ends first."""
        while self.in_quotes:
            line = self._file.readline(_LONGEST_LINE)
            if not line:
                self.ended = True
                return False
            self._quotes += line.count('"')
            self.number += line[-1] in "\r\n"
        return True

    def _skip_line(self) -> None:
        while piece := self._file.readline(_LONGEST_LINE):
            self._quotes += piece.count('"')
            if piece[-1] in "\r\n":
                return


def _open(path: Path) -> TextIO:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise BadData(f"The file {path} cannot be read ({error.strerror})") from error
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return path.open(encoding="utf-16", errors="replace", newline="")
    if head.count(b"\0") > len(head) // 8:
        raise BadData(f"{path} is no text: save the list as CSV in UTF-8")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _first_line(file: TextIO) -> tuple[str, bool]:
    """The first line, and whether it is no header but the hint of a spreadsheet: sep=;"""
    line = file.readline(_LONGEST_LINE).strip("\r\n")
    return line, line.lower().startswith("sep=") and len(line) == 5


def _guess_delimiter(header: str) -> str:
    """The one that makes the most columns of the header."""

    def columns(delimiter: str) -> int:
        try:
            return len(next(csv.reader([header], delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=columns)


def _mend(line: str) -> str:
    """The line as it was meant: Windows-1252 where it is not UTF-8, without half characters."""
    try:
        line.encode()
    except UnicodeEncodeError:
        raw = line.encode("utf-8", "surrogateescape")
        try:
            return raw.decode("utf-8", "surrogatepass").encode("utf-8", "ignore").decode()
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")
    return line
