"""Cells of tables that people open in a spreadsheet: text that strangers wrote is never computed."""

from typing import Final

# What a spreadsheet takes for a formula, in plain and in full width, and what it skips before one.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """Return the text of a cell; one that a spreadsheet would compute is quoted with an apostrophe."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.startswith(_FORMULA) else text
