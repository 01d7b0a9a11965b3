"""Judges the themes with a real browser and the tools of others; `make judges` runs it.

    judge_themes.py layouts      measure how different the layouts look, write sites/themes/layouts.json
    judge_themes.py pages        Nu checker, axe, overflow and targets over 48 pages; --few: 24, every layout once;
                                 --all: every combination

The Nu checker is found by VNU_JAR, axe by AXE_JS, both npm packages unpacked (vnu-jar, axe-core). A tool that is not
there is named and fails the run, unless --skip-absent is given.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmagic.settings_test")

import django  # noqa: E402

django.setup()

from PIL import Image  # noqa: E402
from playwright.sync_api import Page, Route, sync_playwright  # noqa: E402

from sites.engines.embedded import EmbeddedEngine  # noqa: E402
from sites.facts import build_fact_sheet  # noqa: E402
from sites.publishers.folder import CONTENT_TYPES  # noqa: E402
from sites.rendering import SiteFiles  # noqa: E402
from sites.tests.records import BASE_URL, SAMPLES, SIZES, bare, render  # noqa: E402
from sites.themes import THEMES  # noqa: E402
from sites.themes.variety import LAYOUTS_FILE, dress  # noqa: E402

WINDOW = (1280, 900)
HASH_SIDE = 16
WIDTHS = (320, 375, 768, 1280, 1920)
AXE_WIDTHS = (375, 1280)
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST, MAIN = 24, 44  # pixels
# What a finger or a mouse meets: links inside running text are exempt, as in WCAG 2.5.8.
TARGETS = """([smallest, main]) => [...document.querySelectorAll('a, summary')].flatMap(element => {
  const box = element.getBoundingClientRect();
  if (!box.width || element.matches('.skip') || getComputedStyle(element).display === 'inline') return [];
  const least = element.matches('.button, .dial, summary, .proposal-links a') ? main : smallest;
  return box.height < least - 0.5 || box.width < smallest - 0.5
    ? [`${element.outerHTML.slice(0, 60)} is ${Math.round(box.width)} x ${Math.round(box.height)}`] : [];
})"""


@dataclass(frozen=True)
class Sample:
    name: str
    files: SiteFiles


def layouts() -> list[tuple[str, str]]:
    return [(name, hero) for name, theme in THEMES.items() for hero in theme.heroes]


def sample(record: dict[str, Any], theme: str, hero: str, *, lang: str = "", proposal: bool = True) -> Sample:
    facts = build_fact_sheet(bare(**record))
    spec = dress(EmbeddedEngine().write(facts, seed=str(record["id"])), theme, hero)
    return Sample(
        f"{theme}.{hero} {record['name'][:20]!r} {spec.lang}{lang}",
        render(spec, facts) if proposal else render(spec, facts, links=None),
    )


class Browser:
    """Chromium that finds the files of one site at BASE_URL, and nothing else anywhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.files: SiteFiles = SiteFiles()
        self.refused: list[str] = []
        page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        url = route.request.url.partition("#")[0]
        path = url.removeprefix(BASE_URL) or "index.html"
        if not url.startswith(BASE_URL) or path not in self.files:
            self.refused.append(url)
            route.fulfill(status=404, body="")
            return
        route.fulfill(status=200, body=self.files[path], content_type=CONTENT_TYPES[Path(path).suffix])

    def open(self, files: SiteFiles, width: int, height: int, path: str = "") -> Page:
        self.files = files
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(BASE_URL + path)
        self.page.evaluate("document.fonts.ready")
        return self.page


def difference_hash(picture: bytes) -> int:
    """256 bits: whether each of 16 x 16 cells is brighter than the one to its right."""
    image = Image.open(BytesIO(picture)).convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    cells = list(image.tobytes())
    bits = 0
    for row, column in product(range(HASH_SIDE), range(HASH_SIDE)):
        at = row * (HASH_SIDE + 1) + column
        bits = bits << 1 | (cells[at] > cells[at + 1])
    return bits


def measure_layouts(browser: Browser) -> None:
    """Write the distance of each two layouts: the mean over the sample trades, on the first screen."""
    hashes = []
    for theme, hero in layouts():
        pictures = [sample(record, theme, hero, proposal=False) for record in SAMPLES]
        hashes.append([difference_hash(browser.open(one.files, *WINDOW).screenshot()) for one in pictures])
    table = [
        [
            round(sum((a ^ b).bit_count() for a, b in zip(first, second, strict=True)) / len(SAMPLES))
            for second in hashes
        ]
        for first in hashes
    ]
    names = [f"{theme}.{hero}" for theme, hero in layouts()]
    rows = ",\n    ".join(json.dumps(row) for row in table)
    LAYOUTS_FILE.write_text(f'{{\n  "layouts": {json.dumps(names)},\n  "distances": [\n    {rows}\n  ]\n}}\n')
    pairs = [table[i][j] for i in range(len(table)) for j in range(i)]
    near = sum(value < 60 for value in pairs)
    print(f"{len(names)} layouts, least distance {min(pairs)}, {near} of {len(pairs)} pairs under 60")


def choose_samples(much: str) -> Iterator[Sample]:
    """Each theme with each hero: once (few), each of both with each size of record (pairs), or everything (all)."""
    sizes = list(SIZES.values())
    for at, (theme, hero) in enumerate(layouts()):
        first, second = sizes[at % len(sizes)], sizes[(at + 1 + at // 8) % len(sizes)]
        for record in {"few": [first], "pairs": [first, second], "all": sizes}[much]:
            yield sample(record, theme, hero)


def judge_page(browser: Browser, one: Sample, axe: str) -> list[str]:
    findings = []
    browser.refused.clear()
    page = browser.open(one.files, WIDTHS[0], 900)
    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
    # The bar sticks to the window and passes over everything: what lies under it at this moment is no finding.
    page.add_style_tag(content=".proposal { position: static !important }")
    if axe:
        page.evaluate(axe)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => document.documentElement.dir = direction", direction)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                findings.append(f"{direction} {width} px: {wide} px wide")
        page.evaluate("document.documentElement.dir = 'ltr'")
        findings += [f"{width} px: {small}" for small in page.evaluate(TARGETS, [SMALLEST, MAIN])]
        if axe and width in AXE_WIDTHS:
            found = page.evaluate("rules => axe.run(document, {runOnly: rules})", AXE_RULES)
            for rule in found["violations"]:
                node = rule["nodes"][0]
                why = " ".join(node.get("failureSummary", "").split())[:200]
                findings.append(f"{width} px: axe {rule['id']}: {node['html'][:120]} {why}")
    return findings + [f"asked for {url}" for url in browser.refused]


def check_markup(samples: list[Sample], jar: str) -> list[str]:
    """Every page of every site through the Nu checker at once."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for at, one in enumerate(samples):
            for path, content in one.files.items():
                if path.endswith(".html"):
                    file = Path(folder) / f"{at}-{path}"
                    file.write_bytes(content)
                    names[file.as_uri()] = f"{one.name} {path}"
        command = [
            "java",
            "-jar",
            jar,
            "--format",
            "json",
            "--exit-zero-always",
            *(n.removeprefix("file://") for n in names),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        messages = json.loads(done.stderr)["messages"]
    # What is wrong in a sheet is wrong on every page that has it: told once a theme.
    found: dict[tuple[str, str], str] = {}
    for message in messages:
        name = names.get(message["url"].replace("file:/", "file:///", 1), message["url"])
        text = f"{message['message']} {message.get('extract', '')[:120]!r}"
        found.setdefault((name.partition(".")[0], text), f"{name}: {text}")
    return list(found.values())


def judge_pages(browser: Browser, *, much: str, jar: str, axe: str) -> int:
    samples = list(choose_samples(much))
    findings = check_markup(samples, jar) if jar else []
    print(*findings, sep="\n", end="\n" if findings else "", flush=True)
    for one in samples:
        found = [f"{one.name}: {finding}" for finding in judge_page(browser, one, axe)]
        print(*found, sep="\n", end="\n" if found else "", flush=True)
        findings += found
    print(f"{len(samples)} pages, {len(findings)} findings")
    return 1 if findings else 0


def find_tool(variable: str, skip: bool) -> str:
    """The file a variable names; "" where it is absent and may be skipped."""
    path = os.environ.get(variable, "")
    if path and Path(path).is_file():
        return path
    print(f"{variable} names no file: this judge does not run")
    if not skip:
        raise SystemExit(2)
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("layouts", "pages"))
    much = parser.add_mutually_exclusive_group()
    much.add_argument("--few", dest="much", action="store_const", const="few", help="every layout once")
    much.add_argument(
        "--all", dest="much", action="store_const", const="all", help="every theme, hero and size of record"
    )
    parser.add_argument("--skip-absent", action="store_true", help="go on without a tool that is not there")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.set_defaults(much="pairs")
    options = parser.parse_args()
    if not Path(options.chromium).is_file():
        print(f"There is no browser at {options.chromium}: nothing is judged. Install chromium, or name one.")
        return 0 if options.skip_absent else 2
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        browser = Browser(chromium.new_context(bypass_csp=True).new_page())
        if options.what == "layouts":
            measure_layouts(browser)
            return 0
        jar, axe = find_tool("VNU_JAR", options.skip_absent), find_tool("AXE_JS", options.skip_absent)
        return judge_pages(browser, much=options.much, jar=jar, axe=Path(axe).read_text() if axe else "")


if __name__ == "__main__":
    sys.exit(main())
