"""What strict CSP and strangers' text forbid in templates, and that nothing is named which is not there."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "webmagic/static"
SPRITE = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / "webmagic/icons/icons.svg").read_text()))
ROOMS = ("webmagic", "pipeline", "territories", "businesses", "sites", "campaigns", "customers", "monitoring")
FORBIDDEN = {
    "inline style": re.compile(r"""\sstyle\s*="""),
    "style element": re.compile(r"<style\b"),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>"),
    "inline handler": re.compile(r"""<[^>]*\son[a-z]+\s*=\s*["']"""),
    "javascript link": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped text": re.compile(r"\|\s*safe\b|\|\s*safeseq\b|\{%\s*autoescape\s+off"),
    "other host": re.compile(r"""(?:src|href)="(?:https?:)?//"""),
}
# Mails need inline styles, published sites have a policy of their own.
EXCLUDED = ("templates/sites/", "/emails/")


def staff_templates() -> list[Path]:
    return [
        path
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if not any(part in path.relative_to(ROOT).as_posix() for part in EXCLUDED)
    ]


def python_files() -> list[Path]:
    return [
        path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "tests" not in path.parts
    ]


def test_templates_hold_nothing_that_the_policy_forbids() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in staff_templates()
        for what, pattern in FORBIDDEN.items()
        if pattern.search(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ('<p style="color:red">', "inline style"),
        ("<script>alert(1)</script>", "inline script"),
        ('<a href="#" onclick="go()">', "inline handler"),
        ("{{ name|safe }}", "unescaped text"),
        ('<link href="//fonts.example/inter.css">', "other host"),
    ],
)
def test_forbidden_markup_is_found(markup: str, what: str) -> None:
    assert FORBIDDEN[what].search(markup)


def test_script_with_a_source_is_allowed() -> None:
    assert not FORBIDDEN["inline script"].search('<script src="/static/webmagic/app.js" defer></script>')


def test_admin_code_never_marks_text_as_safe() -> None:
    screens = [
        path for path in python_files() if "admin" in path.name or path.is_relative_to(ROOT / "webmagic")
    ]
    found = [
        path.relative_to(ROOT).as_posix() for path in screens if re.search(r"\bmark_safe\b", path.read_text())
    ]
    assert found == []


def test_icons_that_are_used_are_in_the_sprite() -> None:
    used: dict[str, str] = {}
    for path in staff_templates():
        text = path.read_text()
        names = re.findall(r'\{% icon "([^"]+)"', text) + re.findall(r'\{% pill \S+ \S+ "([^"]+)"', text)
        used |= dict.fromkeys(names, path.name)
    for path in python_files():
        names = re.findall(r'["\']icon["\']: ["\']([a-z0-9-]+)["\']', path.read_text())
        used |= dict.fromkeys(names, path.name)
    assert used
    assert {name: where for name, where in used.items() if name not in SPRITE} == {}


def test_vendored_files_are_the_ones_on_record() -> None:
    record = (STATIC / "vendor/VENDOR.md").read_text()
    rows = re.findall(r"\| ((?:vendor|webmagic)/\S+) \| ([0-9a-f]{64}) \|", record)
    assert {name for name, _ in rows} >= {"vendor/htmx/htmx.min.js", "webmagic/fonts/inter-latin.woff2"}
    for name, expected in rows:
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == expected, name


def test_stylesheets_and_scripts_load_nothing_from_elsewhere() -> None:
    own = [path for kind in ("*.css", "*.js") for path in (STATIC / "webmagic").rglob(kind)]
    assert own
    outside = re.compile(r"https?://|@import|//# sourceMappingURL|\beval\(|innerHTML")
    assert [path.name for path in own if outside.search(path.read_text())] == []
