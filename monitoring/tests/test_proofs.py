"""docs/proofs.md: each command that it gives can be given, and no measurement is forgotten."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from pipeline.measure import benches

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "proofs.md").read_text()
COMMANDS = re.findall(r"`([^`\n]*\b(?:pytest|make|python|manage\.py) [^`\n]*)`", PAGE)
MEASUREMENT = re.compile(r"\b[a-z]+\.[a-z_]+\b(?<!\.py)")
FILE = re.compile(r"[\w/]+\.py\b|(?<=pytest )[\w/ ]+")


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_names_is_there(command: str) -> None:
    if " bench " in command:
        assert set(MEASUREMENT.findall(command)) <= set(benches())
    for names in FILE.findall(command):
        assert [name for name in names.split() if not (ROOT / name).exists()] == []
    if target := re.match(r"make ([\w-]+)", command):
        assert re.search(rf"^{target[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_module_of_measurements_is_registered() -> None:
    rooms = [path.parent.name for path in ROOT.glob("*/benches.py")]
    written = {
        f"{room}.{name}"
        for room in rooms
        for path in (ROOT / room).glob("*benches.py")
        for name in re.findall(r"^@bench\ndef (\w+)", path.read_text(), re.MULTILINE)
    }
    assert written == set(benches())
