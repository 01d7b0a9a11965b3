"""Cells of tables that people open in a spreadsheet: text that strangers wrote is never computed."""

import json
import re
from decimal import Decimal
from typing import Final

# A spreadsheet may split a text where its own country writes a separator, at a tab, or at a line's end inside of it.
# What begins a formula there, in plain and in full width, may follow blanks and quotation marks.
_BEGINS: Final = r"""((?:^|[;,|\t\r\n])[\s"]*)"""
_FORMULA: Final = "[=+@\uff1d\uff0b\uff20\uff0d-]"
_BARE: Final = re.compile(f"{_BEGINS}('*)(?={_FORMULA})")
_QUOTED: Final = re.compile(f"{_BEGINS}'('*)(?={_FORMULA})")


def safe_cell(value: object) -> str:
    """Return the text of a cell; wherever a spreadsheet would begin a formula in it, an apostrophe comes first.

    Numbers stay numbers, lists and dicts are written as JSON. `read_cell` gives back the text.
    """
    if value is None or isinstance(value, int | float | Decimal):
        return "" if value is None else str(value)
    is_json = isinstance(value, dict | list)
    text = json.dumps(value, ensure_ascii=False, default=str) if is_json else str(value)
    return _BARE.sub(r"\1'\2", text)


def read_cell(text: str) -> str:
    """Return what `safe_cell` was given; a text that it would not have written is left as it is."""
    return _QUOTED.sub(r"\1\2", text)
