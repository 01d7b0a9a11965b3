"""Adds many rows at once: with COPY where the database has it, which costs a fraction of what an INSERT does."""

import io
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from typing import Any, Final, Self

import orjson
from django.db import connection, models

# What stands between values, for nothing at all, and between rows: characters that no column of text can hold.
_NEXT_VALUE: Final = "\1"
_NOTHING: Final = "\2"
_NEXT_ROW: Final = "\0"
# How COPY reads what would end a row; the backslash first, for it is what the others are written with.
_WRITTEN: Final = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"))
_FORMAT: Final = r"(DELIMITER E'\x01', NULL E'\x02')"
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

    def add_keyed(
        self, model: type[models.Model], rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]
    ) -> list[int]:
        """Add rows as `add` does; returns their keys, in the order of the rows."""
        if not rows:
            return []
        if connection.vendor != "postgresql":
            made = model._base_manager.bulk_create(model(**same, **row) for row in rows)
            return [row.pk for row in made]
        self.reserve_keys(model, len(rows))
        keys = [self._keys[model].popleft() for _ in rows]
        self._send(model, rows, same, keys)
        return keys

    def add(
        self, model: type[models.Model], rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]
    ) -> None:
        """Add rows given by attribute ("business_id"), all with the same ones; `same` is what they have in common.

        What is told by neither gets the field's default. Raises ValueError for text with control characters in it.
        """
        if not rows:
            return
        if connection.vendor == "postgresql":
            self._send(model, rows, same)
        else:
            model._base_manager.bulk_create(model(**same, **row) for row in rows)

    def _send(
        self,
        model: type[models.Model],
        rows: Sequence[Mapping[str, Any]],
        same: Mapping[str, Any],
        keys: Sequence[int] = (),
    ) -> None:
        names, text = _table(model, rows, same, keys)
        columns = ", ".join(connection.ops.quote_name(name) for name in names)
        command = f"COPY {model._meta.db_table} ({columns}) FROM STDIN {_FORMAT}"
        # The driver's own cursor: Django's belong to the thread that opened them.
        connection.ensure_connection()
        self._wait_until(_MOST_ON_THEIR_WAY)
        self._sent.append(
            self._sender.submit(_copy, connection.connection.cursor(), command, io.StringIO(text))
        )


def _copy(cursor: Any, command: str, text: io.StringIO) -> None:
    with cursor:
        cursor.copy_expert(command, text, _CHUNK)


def _table(
    model: type[models.Model],
    rows: Sequence[Mapping[str, Any]],
    same: Mapping[str, Any],
    keys: Sequence[int],
) -> tuple[list[str], str]:
    """The names of the columns, and the rows as COPY reads them.

    Column by column: the loops over the rows are then the interpreter's own. What all rows have in common comes
    first and is spelled once; of that, nothing at all is what the database fills in by itself.
    """
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    own = [field for field in fields if field.attname in rows[0]]
    common = {
        field: text
        for field in fields
        if field not in own
        and (text := _texts(field, [same.get(field.attname, field.get_default())])[0]) != _NOTHING
    }
    columns: list[Iterable[str]] = [map(str, keys)] if keys else []
    columns.append(repeat(_NEXT_VALUE.join(common.values()), len(rows)))
    nothings = 0
    for field in own:
        texts = _texts(field, [row[field.attname] for row in rows])
        nothings += texts.count(_NOTHING) if field.null else 0
        columns.append(texts)
    named = [*([model._meta.pk] if keys else []), *common, *own]
    text = _NEXT_ROW.join(map(_NEXT_VALUE.join, zip(*columns, strict=True)))
    marks = ((len(named) - 1) * len(rows), nothings, len(rows) - 1)
    if (text.count(_NEXT_VALUE), text.count(_NOTHING), text.count(_NEXT_ROW)) != marks:
        raise ValueError("A text holds a control character that no column can hold")
    for plain, written in _WRITTEN:
        text = text.replace(plain, written)
    return [str(field.column) for field in named], text.replace(_NEXT_ROW, "\n") + "\n"


def _texts(field: Any, values: list[Any]) -> list[str]:
    if isinstance(field, models.JSONField):
        return list(map(_json_of, values))
    if field.null:
        return [_NOTHING if value is None else str(value) for value in values]
    return values if isinstance(field, models.CharField) else list(map(str, values))


def _json_of(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # whole numbers of more than 64 bits, which strangers send and the database takes
        return json.dumps(value)
