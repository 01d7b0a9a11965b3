"""Reads values that strangers wrote into plain ones: never an error, always something a database takes."""

import json
from math import inf, isfinite, nan
from typing import Any

from pipeline.errors import BadData


def read_json(text: str) -> Any:
    """The value of a JSON text. A number of hundreds of digits is none, as an endless one is: the rest is read.

    Raises ValueError and RecursionError as json does.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python takes no number of thousands of digits
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 400 else nan)


def read_object(body: str, of: str) -> dict[str, Any]:
    """The JSON object in `body`, as `as_raw` leaves it. Raises BadData, naming `of`, where it holds no such."""
    try:
        value = read_json(body)
    except (ValueError, RecursionError) as error:
        raise BadData(f"The stored answer of {of} is no JSON: {body[:80]!r}") from error
    if not isinstance(value, dict):
        raise BadData(f"The stored answer of {of} is JSON of another kind: {body[:80]!r}")
    return as_object(as_raw(value))


def as_text(value: Any) -> str:
    """Text without NUL and half characters, which PostgreSQL refuses; "" for None and for what is no text."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return str(value).replace("\0", "").encode("utf-8", "ignore").decode().strip()


def as_texts(value: Any) -> tuple[str, ...]:
    """The texts of a list that are not empty, each once; () for anything else."""
    if not isinstance(value, list | tuple):
        return ()
    return tuple(dict.fromkeys(text for text in map(as_text, value) if text))


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_number(value: Any) -> float:
    """A finite number, or nan; a text may be one, with a decimal comma too."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return nan
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        number = float(text)
    except (ValueError, OverflowError):
        return nan
    return number if isfinite(number) else nan


def as_rating(value: Any) -> float | None:
    """0 to 5, or None for what is no such rating."""
    number = as_number(value)
    return number if 0 <= number <= 5 else None


def as_count(value: Any) -> int | None:
    number = as_number(value)
    return int(number) if 0 <= number < 2**31 and number == int(number) else None


def as_raw(value: Any, depth: int = 20) -> Any:
    """The same record, JSON-able as every database takes it: clean text, no endless numbers, no deep nests."""
    if isinstance(value, dict):
        return {as_text(key): as_raw(item, depth - 1) for key, item in value.items()} if depth else {}
    if isinstance(value, list | tuple):
        return [as_raw(item, depth - 1) for item in value] if depth else []
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "ignore").decode()
    if isinstance(value, float) and (value != value or value in (inf, -inf)):
        return None
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def why_not_on_map(lat: float, lon: float) -> str:
    """Why these are no coordinates of a place, "" where they are."""
    if lat != lat or lon != lon:
        return "It has no coordinates"
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        return f"Latitude {lat:g} is not on earth; latitude and longitude look swapped"
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return f"{lat:g},{lon:g} is not on earth"
    if lat == 0 and lon == 0:
        return "0,0 stands for coordinates that nobody knew"
    return ""
