"""The German bank as Switzerland and Liechtenstein write it: no sharp s, and their own quotation marks."""

from dataclasses import replace
from functools import cache

from sites.engines.bank.base import Line

_SIGNS = str.maketrans({"ß": "ss", "„": "«", "“": "»"})


@cache
def swiss(line: Line) -> Line:
    return replace(line, text=line.text.translate(_SIGNS))
