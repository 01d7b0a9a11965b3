"""Reads a CSV file row by row in flat memory, whatever is in it: what cannot be read is told and passed over."""

import codecs
import csv
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from businesses.sources.base import Refusal
from pipeline.errors import BadData

_DELIMITERS: Final = (",", ";", "\t", "|")
_LONGEST_LINE: Final = 256 * 1024  # characters
_LONGEST_RECORD: Final = 1024 * 1024  # characters; csv itself bounds a field at 128 kB
_READ_AGAIN: Final = (
    16 * 1024 * 1024
)  # characters that are read a second time, besides as many as were read once
_END: Final = "\0end of the file\0"


@dataclass(frozen=True, slots=True)
class Row:
    """line: where it begins, from 1."""

    line: int
    values: list[str]


class CsvRows:
    """The rows after the header, as `Row` or, where one cannot be read, as `Refusal` with its line.

    A quotation mark that is not closed again costs its own line: the next one is read as if it had not been there.
    The text is UTF-8, UTF-16 with its mark, or Windows-1252, line by line. Raises BadData where there is no header
    or the file is no text.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
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
            lines = Lines(file)
            if self._skipped:
                next(lines, None)
            reader = csv.reader(lines, delimiter=self._delimiter)
            while True:
                lines.begin_record()
                try:
                    values = next(reader)
                except (csv.Error, _TooLong) as error:
                    yield lines.give_up(str(error))
                    continue
                if values == [_END]:
                    return
                # The rest of the file was taken for one field, or what lies between two that are opened.
                is_torn = bool(values) and values[-1].endswith(_END)
                if is_torn or (len(lines.record) > 1 and not self._is_well_quoted(lines.record)):
                    yield lines.give_up("")
                elif any(values):
                    yield Row(lines.start, values)

    def _is_well_quoted(self, record: list[str]) -> bool:
        """Whether each field of it that is opened is closed where it ends. Another field was opened otherwise, and
        what lies between was never meant to be one."""
        try:
            return bool(list(csv.reader(record, delimiter=self._delimiter, strict=True)))
        except csv.Error:
            return False


class _TooLong(Exception):
    pass


class _Long(str):
    """The beginning of a line that is longer than is read."""


class Lines:
    """Lines of bounded length for csv.reader, which can be given back where a record of them comes to nothing.

    However many records do: what is read again is bounded by what was read once. Where that is used up, no record
    may go on over a line that is read again. `read_again` counts these characters.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._given_back: deque[str] = deque()
        self._may_read_again = _READ_AGAIN
        self.read_again = 0
        self._number = 0
        self.begin_record()

    def begin_record(self) -> None:
        self.record: list[str] = []
        self._size = 0
        self._ended = False

    @property
    def start(self) -> int:
        """The line at which the record begins, from 1."""
        return self._number - len(self.record) + 1

    def give_up(self, error: str) -> Refusal:
        """Refuse the first line of the record; the others are read again."""
        first, *others = self.record
        start = self.start
        reason = f"It cannot be read: {error}"
        if others or not error:
            reason = "A quotation mark is opened here and not closed again: this line alone is left out"
        size = sum(map(len, others))
        self._may_read_again -= size
        self.read_again += size
        self._given_back.extendleft(reversed(others))
        self._number = start
        return Refusal(f"line {start}", reason, first[:200].strip())

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if not self._given_back:
            line = self._read()
        elif self.record and self._may_read_again <= 0:
            raise _TooLong
        else:
            line = self._given_back.popleft()
        if line is _END:
            return line
        self._number += 1
        self.record.append(line)
        self._size += len(line)
        if isinstance(line, _Long):
            raise _TooLong(f"a line of more than {_LONGEST_LINE // 1024} kB")
        if self._size > _LONGEST_RECORD:
            raise _TooLong(f"a row of more than {_LONGEST_RECORD // 1024} kB")
        return line

    def _read(self) -> str:
        """The next line of the file; at its end _END, and then no more."""
        line = self._file.readline(_LONGEST_LINE)
        if not line:
            if self._ended:
                raise StopIteration
            self._ended = True
            return _END
        self._may_read_again += len(line)
        if not line.isascii():
            line = _mend(line)
        if len(line) >= _LONGEST_LINE and line[-1] not in "\r\n":
            self._skip_line()
            return _Long(line[:200])
        return line

    def _skip_line(self) -> None:
        while piece := self._file.readline(_LONGEST_LINE):
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
