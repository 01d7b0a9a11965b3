"""Judges in a real browser: what breaks a page for an eye, a finger or a screen reader, and what it loads."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Request

from scripts.judges.base import Sample, Verdict
from scripts.judges.server import SiteServer
from sites.gates.reading import LIX_LIMIT, lix

WIDTHS = (320, 375, 480, 640, 768, 1024, 1280, 1600, 1920)
AXE_WIDTHS = (375, 1280)
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST, MAIN = 24, 44  # pixels
HEIGHT = 900
# What a finger or a mouse meets: links inside running text are exempt, as in WCAG 2.5.8.
TARGETS = """([smallest, main]) => [...document.querySelectorAll('a, summary')].flatMap(element => {
  const box = element.getBoundingClientRect();
  if (!box.width || element.matches('.skip') || getComputedStyle(element).display === 'inline') return [];
  const least = element.matches('.button, .dial, summary, .proposal-links a') ? main : smallest;
  return box.height < least - 0.5 || box.width < smallest - 0.5
    ? [`${element.outerHTML.slice(0, 60)} is ${Math.round(box.width)} x ${Math.round(box.height)}`] : [];
})"""
# How wide the page is, in that direction of writing; without its own fonts as where they come too late.
WIDE = """([own, direction]) => {
  const root = document.documentElement;
  root.dir = direction;
  for (const face of ['--display', '--text']) {
    root.style.removeProperty(face);
    if (!own) root.style.setProperty(face, getComputedStyle(root).getPropertyValue(face).replace(/^[^,]*,/, ''));
  }
  return root.scrollWidth;
}"""

FIRST_LOAD_LIMIT, HTML_LIMIT = 60_000, 30_000  # bytes: on the wire, and as stored
REQUEST_LIMIT = 4
LCP_LIMIT = 1_500  # ms
SHIFT_LIMIT = 0  # a font that comes late is not used on that visit, so nothing has a reason to move
# A middling phone line, as Lighthouse's: 150 ms there and back, 1.6 Mbit/s down. The processor is not slowed.
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8,
    "uploadThroughput": 96_000,
}
PHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 1.75,
    "is_mobile": True,
}
# What Chromium noted while the page came: [largest contentful paint in ms, sum of layout shifts].
VITALS = """async () => {
  await document.fonts.ready;
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const noted = (type, patience) => new Promise(done => {
    setTimeout(() => done([]), patience);
    new PerformanceObserver(list => done(list.getEntries())).observe({type, buffered: true});
  });
  const [paints, shifts] = await Promise.all([noted('largest-contentful-paint', 5000), noted('layout-shift', 200)]);
  return [paints.at(-1)?.startTime ?? -1, shifts.reduce((sum, shift) => sum + shift.value, 0)];
}"""


def judge_looks(browser: Browser, server: SiteServer, samples: Iterable[Sample], axe: str) -> list[Verdict]:
    """axe at two widths (where there is one), overflow at all widths in both directions of writing, targets, and
    how hard the text is to read. Of each theme the side pages are judged too.
    """
    accessible, narrow, small, hard = (Verdict(name, 0) for name in ("axe", "overflow", "targets", "LIX"))
    hardest = 0.0
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    seen = set()
    for sample in samples:
        theme = sample.spec.look.theme
        paths = [""] if theme in seen else ["", "privacy.html", "404.html"]
        seen.add(theme)
        for path in paths:
            _open(page, server.address(sample.slug) + path, axe)
            if not path:
                value = lix(page.evaluate("document.querySelector('main').innerText").split("\n"))
                hard.judged, hardest = hard.judged + 1, max(hardest, value)
                hard.findings += [f"{sample.name}: LIX {value:.1f}"] if value > LIX_LIMIT else []
            _judge_widths(page, f"{sample.name} {path}".rstrip(), bool(axe), accessible, narrow, small)
    context.close()
    hard.worst = f"LIX {hardest:.1f}"
    return [accessible, narrow, small, hard] if axe else [narrow, small, hard]


def _open(page: Page, address: str, axe: str) -> None:
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    page.goto(address)
    page.reload()  # a second visit has the fonts, however busy the machine is
    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
    # The bar sticks to the window and passes over everything: what lies under it at this moment is no finding.
    page.add_style_tag(content=".proposal { position: static !important }")
    if axe:
        page.evaluate(axe)


def _judge_widths(
    page: Page, name: str, with_axe: bool, accessible: Verdict, narrow: Verdict, small: Verdict
) -> None:
    for verdict in (accessible, narrow, small):
        verdict.judged += 1
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for fonts, direction in product(("system fonts", "own fonts"), ("rtl", "ltr")):
            wide = page.evaluate(WIDE, [fonts == "own fonts", direction])
            if wide > width:
                narrow.findings.append(f"{name}: {direction} {width} px, {fonts}: {wide} px wide")
        found = page.evaluate(TARGETS, [SMALLEST, MAIN])
        small.findings += [f"{name}: {width} px: {finding}" for finding in found]
        if with_axe and width in AXE_WIDTHS:
            found = page.evaluate("rules => axe.run(document, {runOnly: rules})", AXE_RULES)
            for rule in found["violations"]:
                node = rule["nodes"][0]
                why = " ".join(node.get("failureSummary", "").split())[:200]
                accessible.findings.append(f"{name}: {width} px: {rule['id']}: {node['html'][:120]} {why}")


@dataclass
class Load:
    """One first visit, with nothing in any cache."""

    sent: int = 0  # bytes on the wire, headers included
    script: int = 0  # characters of scripts that the engine read
    requests: list[str] = field(default_factory=list)
    noises: list[str] = field(default_factory=list)
    cookies: int = 0
    lcp: float = 0  # ms
    shift: float = 0


def judge_loads(browser: Browser, server: SiteServer, samples: Iterable[Sample]) -> Verdict:
    """The first visit of a phone on a middling line, the content policy in force."""
    verdict = Verdict("first load", 0)
    heaviest, largest, slowest, widest = 0, 0, 0.0, 0.0
    for sample in samples:
        load = visit(browser, server.address(sample.slug))
        html = len(sample.files["index.html"])
        verdict.judged += 1
        verdict.findings += [
            f"{sample.name}: {finding}" for finding in _over_the_bar(load, html, server.origin)
        ]
        heaviest, largest = max(heaviest, load.sent), max(largest, html)
        slowest, widest = max(slowest, load.lcp), max(widest, load.shift)
    weights = f"{heaviest / 1000:.1f} kB sent, HTML {largest / 1000:.1f} kB"
    verdict.worst = f"{weights}, LCP {slowest / 1000:.2f} s, CLS {widest:.3f}"
    return verdict


def visit(browser: Browser, address: str) -> Load:
    load = Load()
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.on("request", lambda request: _note(load, request))
    page.on("console", lambda message: load.noises.append(message.text[:160]))
    page.on("pageerror", lambda error: load.noises.append(str(error)[:160]))
    chromium = context.new_cdp_session(page)
    _listen(chromium, load, address)
    page.goto(address, wait_until="load")
    load.lcp, load.shift = page.evaluate(VITALS)
    load.cookies = len(context.cookies())
    context.close()
    return load


def _note(load: Load, request: Request) -> None:
    if not request.url.startswith("data:"):
        load.requests.append(request.url)


def _listen(chromium: CDPSession, load: Load, address: str) -> None:
    def finished(event: dict[str, Any]) -> None:
        load.sent += int(event["encodedDataLength"])

    def parsed(event: dict[str, Any]) -> None:
        if event["url"]:  # what the judges themselves ask has none
            load.script += int(event["length"])

    chromium.on("Network.loadingFinished", finished)
    chromium.on("Debugger.scriptParsed", parsed)
    chromium.send("Network.enable")
    chromium.send("Network.emulateNetworkConditions", LINE)
    chromium.send("Debugger.enable")


def _over_the_bar(load: Load, html: int, origin: str) -> list[str]:
    strangers = [url for url in load.requests if not url.startswith(f"{origin}/")]
    findings = [f"asks another host: {url}" for url in strangers]
    findings += [f"the console says: {noise}" for noise in load.noises]
    bars = [
        (load.sent, FIRST_LOAD_LIMIT, "bytes sent"),
        (html, HTML_LIMIT, "bytes of HTML"),
        (len(load.requests), REQUEST_LIMIT, "requests"),
        (load.script, 0, "characters of script"),
        (load.cookies, 0, "cookies"),
        (round(load.lcp), LCP_LIMIT, "ms to the largest paint"),
        (round(load.shift, 4), SHIFT_LIMIT, "of layout shift"),
    ]
    findings += [f"{value} {what}, more than {bar}" for value, bar, what in bars if value > bar]
    return findings if load.lcp >= 0 else [*findings, "nothing was painted"]
