"""docs/promises.md: every promise is there, and each names a test that exists."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LINE = re.compile(r"^\| ([SA]\d+) \| ([^|]+) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)
NUMBERS = [*(f"S{n}" for n in range(1, 130)), *(f"A{n}" for n in range(1, 11))]
MOST = 8  # promises that one test may stand for
LINES = LINE.findall((ROOT / "docs" / "promises.md").read_text())


def names_of_tests(path: Path) -> set[str]:
    """Return the names of the test functions of a file; a parametrised one counts once."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def proofs() -> list[tuple[str, str]]:
    return [(number, proof.strip().strip("`")) for number, _, _, proof in LINES]


def test_every_promise_is_on_the_page_once() -> None:
    assert [number for number, *_ in LINES] == NUMBERS


@pytest.mark.parametrize(("number", "proof"), proofs(), ids=[number for number, _ in proofs()])
def test_promise_has_a_test_that_exists(number: str, proof: str) -> None:
    path, separator, name = proof.partition("::")
    assert separator, f"{number}: {proof} is no path::name"
    assert (ROOT / path).is_file(), f"{number}: there is no {path}"
    assert name in names_of_tests(ROOT / path), f"{number}: {path} has no {name}"


def test_no_test_stands_for_too_many_promises() -> None:
    often = Counter(proof for _, proof in proofs() if proof != "open")
    assert {proof: count for proof, count in often.items() if count > MOST} == {}
