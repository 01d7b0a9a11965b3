"""Adds many rows at once: with COPY where the database has it, which costs a fraction of what an INSERT does."""

import io
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from operator import is_, itemgetter
from typing import Any, Final, Self

import orjson
from django.db import connection, models

# No column of text can hold them, so that they may stand between values, between rows and for nothing at all.
_BETWEEN: Final = "\0"
_NOTHING: Final = "\1"
_NEXT_ROW: Final = "\2"
# As they are written in COPY's text format; the backslash first, for it is what the others are written with.
_WRITTEN: Final = (
    ("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), (_NOTHING, "\\N"), (_BETWEEN, "\t"), (_NEXT_ROW, "\n"),
)  # fmt: skip
_MOST_ON_THEIR_WAY: Final = 4  # lots of rows: a slow database must not fill the memory of the worker
_CHUNK: Final = (
    1 << 20
)  # characters handed to the driver at a time: between two, it may have to wait for its turn


class RowAdder:
    """Adds rows to the database while the caller works out the next ones; both have a core of their own then.

    On the connection of the thread that made it, in its transaction. That must not be used before `wait` has
    returned: the database is still reading.
    """

    def __init__(self) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # What the rows refer to is looked up as they come, and not for all of them at the end.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rows")
        self._sent: deque[Future[None]] = deque()
        self._keys: defaultdict[type[models.Model], deque[int]] = defaultdict(deque)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        self._sender.shutdown()
        if kind is None:
            self.wait()

    def wait(self) -> None:
        """Return when every row is in the database; raises what the database says against one."""
        self._wait_until(0)

    def _wait_until(self, most: int) -> None:
        """Return when at most so many lots of rows are still on their way."""
        with connection.wrap_database_errors:
            while len(self._sent) > most:
                self._sent.popleft().result()

    def reserve_keys(self, model: type[models.Model], count: int) -> None:
        """Have the keys of so many rows at hand, so that `add_keyed` need not wait for rows on their way."""
        missing = count - len(self._keys[model])
        if missing <= 0 or connection.vendor != "postgresql":
            return
        self.wait()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(keys.name) FROM generate_series(1, %s), "
                "(SELECT pg_get_serial_sequence(%s, %s)::regclass AS name OFFSET 0) AS keys",
                [missing, model._meta.db_table, model._meta.pk.column],
            )
            self._keys[model].extend(key for (key,) in cursor.fetchall())

    def add_keyed(self, model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add rows as `add` does; returns their keys, in the order of the rows."""
        if not rows:
            return []
        if connection.vendor != "postgresql":
            made = model._base_manager.bulk_create(model(**row) for row in rows)
            return [row.pk for row in made]
        self.reserve_keys(model, len(rows))
        keys = [self._keys[model].popleft() for _ in rows]
        key_name = model._meta.pk.attname
        self._send(model, [{key_name: key, **row} for key, row in zip(keys, rows, strict=True)])
        return keys

    def add(self, model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows given by attribute ("business_id"), all with the same ones; what they leave out gets the
        field's default. Raises ValueError for text with control characters in it."""
        if not rows:
            return
        if connection.vendor == "postgresql":
            self._send(model, rows)
        else:
            model._base_manager.bulk_create(model(**row) for row in rows)

    def _send(self, model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        if model._meta.pk.attname in rows[0]:
            fields.insert(0, model._meta.pk)
        columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
        text = io.StringIO(_lines(rows, fields))
        command = f"COPY {model._meta.db_table} ({columns}) FROM STDIN"
        # The driver's own cursor: Django's belong to the thread that opened them.
        connection.ensure_connection()
        self._wait_until(_MOST_ON_THEIR_WAY)
        self._sent.append(self._sender.submit(_copy, connection.connection.cursor(), command, text))


def _copy(cursor: Any, command: str, text: io.StringIO) -> None:
    with cursor:
        cursor.copy_expert(command, text, _CHUNK)


def _lines(rows: Sequence[Mapping[str, Any]], fields: Sequence[Any]) -> str:
    """The rows in COPY's text format. Column by column: the loops over the rows are then the interpreter's own."""
    columns: list[Iterable[str]] = []
    nothings = 0
    for field in fields:
        if field.attname not in rows[0]:
            texts = _texts(field, [field.get_default()])
            nothings += texts.count(_NOTHING) * len(rows)
            columns.append(repeat(texts[0], len(rows)))
            continue
        values = list(map(itemgetter(field.attname), rows))
        nothings += 0 if isinstance(field, models.JSONField) else values.count(None)
        columns.append(_texts(field, values))
    text = _NEXT_ROW.join(map(_BETWEEN.join, zip(*columns, strict=True)))
    marks = (text.count(_BETWEEN), text.count(_NOTHING), text.count(_NEXT_ROW))
    if marks != ((len(fields) - 1) * len(rows), nothings, len(rows) - 1):
        raise ValueError("A text holds a control character that no column can hold")
    for plain, written in _WRITTEN:
        text = text.replace(plain, written)
    return text + "\n"


def _texts(field: Any, values: Sequence[Any]) -> list[str]:
    # The time, the cell, the licence: spelled once instead of a thousand times.
    if len(values) > 1 and all(map(is_, values, repeat(values[0]))):
        return _texts(field, values[:1]) * len(values)
    if isinstance(field, models.JSONField):
        return list(map(_json_of, values))
    return [_NOTHING if value is None else str(value) for value in values]


def _json_of(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # whole numbers of more than 64 bits, which strangers send and the database takes
        return json.dumps(value)
