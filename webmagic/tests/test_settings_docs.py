"""The settings and their documentation name the same variables."""

import ast
import re
from pathlib import Path

from django.conf import settings

EXAMPLE = Path(settings.BASE_DIR) / ".env.example"
SETTINGS = Path(settings.BASE_DIR) / "webmagic" / "settings.py"


def variables_read() -> set[str]:
    """Return the names that settings.py reads from the environment: env("X"), env.int("X"), os.environ.get("X")."""
    names = set()
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            if ast.unparse(owner) in ("env", "os", "os.environ"):
                names.add(str(node.args[0].value))
    return names - {"DJANGO_SETTINGS_MODULE"}  # Django's own; it decides which settings are read at all


def variables_documented() -> list[str]:
    """Return the names in the example; one of a family, such as MAIL_URL_SALES, stands for its prefix MAIL_URL_."""
    families = [name for name in variables_read() if name.endswith("_")]
    names = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", EXAMPLE.read_text(), re.MULTILINE)
    return [next((family for family in families if name.startswith(family)), name) for name in names]


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    assert sorted(variables_documented()) == sorted(variables_read())


def test_every_group_of_variables_is_explained() -> None:
    """No variable follows an empty line or a headline: a sentence stands above it or above its group."""
    lines = EXAMPLE.read_text().splitlines()
    starts = {
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if re.match(r"(# )?[A-Z][A-Z0-9_]*=", line) and (not before or before.startswith("# ---"))
    }
    assert starts == set()
