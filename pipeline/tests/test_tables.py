"""Cells of tables: no reading of the file that holds them begins a formula, and the text comes back."""

import csv
import io
import json
import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.tables import read_cell, safe_cell

FORMULA = tuple("=+-@＝＋－＠")
SEPARATORS = ",;\t|"
TEXTS = st.text(alphabet=st.sampled_from([*FORMULA, *SEPARATORS, *"\r\n\x0b '\"a1"]), max_size=12)


def written(*texts: str) -> str:
    file = io.StringIO()
    csv.writer(file).writerow([1, *map(safe_cell, texts), "end"])
    return file.getvalue()


def cells(line: str, separator: str) -> list[str]:
    """The cells of a file as programs find them: by the rules of CSV, and by those that know of no quotes."""
    by_rule = [cell for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator) for cell in row]
    return by_rule + re.split(f"[{re.escape(separator)}\r\n]", line)


@given(TEXTS, TEXTS)
@example("Normal;=1+1;x", "")
@example('x;"=1+1"', "")
@example("Brook\n=1+1", "-1")
@example("x;", "=1")
@example('x|"', "\t@SUM(1)")
def test_no_reading_of_a_row_begins_a_formula(first: str, second: str) -> None:
    for separator in SEPARATORS:
        for cell in cells(written(first, second), separator):
            assert not cell.lstrip('" \t\r\n\x0b').startswith(FORMULA)


@given(TEXTS)
def test_text_comes_back_as_it_was(text: str) -> None:
    assert read_cell(safe_cell(text)) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-72.95, "-72.95"),
        (Decimal("-1.50"), "-1.50"),
        ("+18025550116", "'+18025550116"),
        ("info@brook.example", "info@brook.example"),
        ("802-555-0116", "802-555-0116"),
        ("Mo-Fr 09:00-18:00; Sa 10:00-14:00", "Mo-Fr 09:00-18:00; Sa 10:00-14:00"),
        ("Rue X, 12", "Rue X, 12"),
        ("'=1", "''=1"),
    ],
)
def test_what_is_no_formula_stays_readable(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_lists_and_dicts_are_json() -> None:
    said = [{"name": "Café", "also": ["a", None, True]}]
    assert json.loads(safe_cell(said)) == said
    assert safe_cell(["=1"]) == '["=1"]'
    assert safe_cell({"x": "a;=1"}) == '{"x": "a;\'=1"}'
