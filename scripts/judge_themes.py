"""Judges the sites with a real browser and the tools of others; `make looks` and `make judges` run it.

    judge_themes.py layouts       measure how different the layouts look, write sites/themes/layouts.json
    judge_themes.py self-check    plant a fault for each judge, and fail where one lets it pass
    judge_themes.py pages         48 made-up sites before every judge but Lighthouse; --few: 24, every layout once,
                                  without what takes long; --all: every layout, size of record and language
    judge_themes.py real          sites of real records from ../shared/data before every judge; Lighthouse sees one
                                  site of each layout; --sites says how many go into the browser

Several may be asked for at once. scripts/install_judges.sh installs the tools, variables name them: VNU_JAR, AXE_JS,
LYCHEE, SCHEMA_TYPES and TYPESCRIPT, LIGHTHOUSE. What is not there is named and left out. 1 where anything is found.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmagic.settings_test")

import django  # noqa: E402

django.setup()

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, ViewportSize, sync_playwright  # noqa: E402

from scripts.judges import tools  # noqa: E402
from scripts.judges.base import Sample, Verdict, find_tool  # noqa: E402
from scripts.judges.faults import plant  # noqa: E402
from scripts.judges.pages import judge_loads, judge_looks  # noqa: E402
from scripts.judges.samples import DATA, choose, layouts, made_up, picture_samples, real  # noqa: E402
from scripts.judges.server import SiteServer, serve  # noqa: E402
from sites.themes.variety import LAYOUTS_FILE  # noqa: E402

WINDOW: ViewportSize = {"width": 1280, "height": 900}
HASH_SIDE = 16
NEAR = 60  # of 256 bits

Judge = Callable[[Sequence[Sample]], list[Verdict]]


def summon(browser: Browser, server: SiteServer, chromium: str) -> dict[str, Judge]:
    """The judges that are here, the quick ones first."""
    judges: dict[str, Judge] = {}
    if jar := find_tool("the Nu checker", "VNU_JAR"):
        judges["markup"] = lambda samples: [tools.judge_markup(samples, jar)]
    if lychee := find_tool("lychee", "LYCHEE"):
        judges["links"] = lambda samples: [tools.judge_links(server, samples, lychee)]
    script = find_tool("axe", "AXE_JS")
    judges["looks"] = partial(judge_looks, browser, server, axe=script.read_text() if script else "")
    judges["gates"] = lambda samples: [tools.judge_gates(samples)]
    types, compiler = find_tool("schema.org", "SCHEMA_TYPES"), find_tool("schema.org", "TYPESCRIPT")
    if types and compiler:
        judges["data"] = lambda samples: [tools.judge_structured_data(samples, compiler, types)]
    judges["loads"] = lambda samples: [judge_loads(browser, server, samples)]
    if program := find_tool("Lighthouse", "LIGHTHOUSE"):
        judges["lighthouse"] = lambda samples: [tools.judge_by_lighthouse(server, samples, program, chromium)]
    return judges


def try_case(title: str, samples: Sequence[Sample], judges: Iterable[Judge], server: SiteServer) -> int:
    """Put the samples before each judge, say what each found, return how much that was."""
    server.show(samples)
    print(f"{title}: {len(samples)} sites", flush=True)
    found = 0
    for judge in judges:
        for verdict in judge(samples):
            print(
                *(f"  {finding}" for finding in verdict.findings), sep="\n", end="\n" * bool(verdict.findings)
            )
            print(
                f"  {verdict.judge:<12} {verdict.judged:>5} judged {len(verdict.findings):>4} findings  "
                f"{verdict.worst}".rstrip(),
                flush=True,
            )
            found += len(verdict.findings)
    return found


def check_judges(judges: dict[str, Judge], server: SiteServer) -> int:
    """Plant a fault for each judge in a site that all of them let pass; return how many were not seen."""
    healthy = picture_samples(server.address)[0]
    missed = try_case("a healthy site", [healthy], judges.values(), server)
    planted = []
    for fault, bad in plant(healthy, server.address):
        if fault.judge not in judges:
            continue
        server.show([bad])
        planted.append(fault.verdict)
        verdicts = judges[fault.judge]([bad])
        findings = [
            finding.removeprefix(bad.name)
            for verdict in verdicts
            if verdict.judge == fault.verdict
            for finding in verdict.findings
        ]
        if not any(fault.sign in finding for finding in findings):
            print(f"  {fault.verdict} let pass what was planted for it: {fault.sign}; it said {findings}")
            missed += 1
    print(f"{len(planted)} faults planted for {len(set(planted))} judges", flush=True)
    return missed


def judge_made_up(judges: dict[str, Judge], server: SiteServer, much: str) -> int:
    samples = list(made_up(much, server.address))
    kept = ("markup", "links", "looks") if much == "few" else judges.keys() - {"lighthouse"}
    return try_case("made-up records", samples, [judges[name] for name in judges if name in kept], server)


def judge_real(judges: dict[str, Judge], server: SiteServer, wanted: int) -> int:
    if not DATA.is_dir():
        print(f"NOT JUDGED: sites of real records; there is no {DATA}")
        return 0
    samples, none = real(server.address)
    print(f"real records: {len(samples)} have a site; not the others: {dict(none)}")
    everywhere = [judges[name] for name in ("gates", "markup", "links", "data") if name in judges]
    found = try_case("every real record with a site", samples, everywhere, server)
    chosen = choose(samples, wanted)
    found += try_case("real records, in the browser", chosen, [judges["looks"], judges["loads"]], server)
    if "lighthouse" in judges:
        each = list({sample.layout: sample for sample in reversed(chosen)}.values())
        found += try_case("real records, each layout once", each, [judges["lighthouse"]], server)
    return found


def difference_hash(picture: bytes) -> int:
    """256 bits: whether each of 16 x 16 cells is brighter than the one to its right."""
    image = Image.open(BytesIO(picture)).convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    cells = list(image.tobytes())
    bits = 0
    for row, column in product(range(HASH_SIDE), range(HASH_SIDE)):
        at = row * (HASH_SIDE + 1) + column
        bits = bits << 1 | (cells[at] > cells[at + 1])
    return bits


def measure_layouts(browser: Browser, server: SiteServer) -> None:
    """Write the distance of each two layouts: the mean over the sample trades, on the first screen."""
    page = browser.new_page(viewport=WINDOW)
    hashes = []
    for layout in layouts():
        samples = picture_samples(server.address, layout)
        server.show(samples)
        of_layout = []
        for sample in samples:
            page.goto(server.address(sample.slug))
            page.reload()  # the second visit has the fonts
            of_layout.append(difference_hash(page.screenshot()))
        hashes.append(of_layout)
    table = [
        [
            round(sum((a ^ b).bit_count() for a, b in zip(first, second, strict=True)) / len(first))
            for second in hashes
        ]
        for first in hashes
    ]
    names = [".".join(layout) for layout in layouts()]
    rows = ",\n    ".join(json.dumps(row) for row in table)
    LAYOUTS_FILE.write_text(f'{{\n  "layouts": {json.dumps(names)},\n  "distances": [\n    {rows}\n  ]\n}}\n')
    pairs = [table[i][j] for i in range(len(table)) for j in range(i)]
    near = sum(value < NEAR for value in pairs)
    print(f"{len(names)} layouts, least distance {min(pairs)}, {near} of {len(pairs)} pairs under {NEAR}")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="+", choices=("layouts", "self-check", "pages", "real"))
    much = parser.add_mutually_exclusive_group()
    much.add_argument("--few", dest="much", action="store_const", const="few", help="every layout once")
    much.add_argument("--all", dest="much", action="store_const", const="all", help="the full product")
    parser.add_argument("--sites", type=int, default=216, help="real sites that go into the browser (216)")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.set_defaults(much="pairs")
    return parser.parse_args()


def main() -> int:
    options = read_options()
    if not Path(options.chromium).is_file():
        print(f"NOT JUDGED: there is no browser at {options.chromium}. Install chromium, or name one.")
        return 0
    with serve() as server, sync_playwright() as play:
        # No name leads anywhere but home: a page that asks for another host is seen to ask, and gets nothing.
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        browser = play.chromium.launch(executable_path=options.chromium, args=arguments)
        if "layouts" in options.what:
            measure_layouts(browser, server)
        if options.what == ["layouts"]:
            return 0
        judges = summon(browser, server, options.chromium)
        found = 0
        if "self-check" in options.what:
            found += check_judges(judges, server)
        if "pages" in options.what:
            found += judge_made_up(judges, server, options.much)
        if "real" in options.what:
            found += judge_real(judges, server, options.sites)
    print(f"{found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
