"""What is wrong with a page that stands open in a browser: noise, policy, width, accessibility."""

from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WATCH_POLICY = """() => {
  window.refused = [];
  document.addEventListener('securitypolicyviolation', event =>
    window.refused.push(`${event.effectiveDirective} refused ${event.blockedURI} ${event.sample}`));
}"""
# The page itself, and whatever in it reaches past the window without scrolling in a box of its own.
WIDE = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide <= 0) return [];
  const names = [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 0.5)
    .slice(-3).map(element => element.outerHTML.slice(0, 90));
  return [`${wide} px too wide: ${names.join(' | ')}`];
}"""
# A frame is a document of its own, with a judge of its own.
AXE = """async rules => (await axe.run(document, {
    runOnly: rules, iframes: false, resultTypes: ['violations'],
  })).violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: `
    + (node.failureSummary ?? '').replace(/\\s+/g, ' ').slice(0, 220)))"""


@dataclass
class Judged:
    """An open page, how it was answered, and what was heard since it began to load."""

    page: Page
    response: Response | None
    noises: list[str] = field(default_factory=list)

    def findings(self) -> list[str]:
        """Everything that is wrong with it once its parts are there."""
        # A function to wait for would be evaluated, which the policy of our pages forbids.
        self.page.wait_for_selector(".htmx-request", state="detached")
        self.page.evaluate("document.fonts.ready")
        refused: list[str] = self.page.evaluate("window.refused")
        wide: list[str] = self.page.evaluate(WIDE)
        return [*self.noises, *refused, *wide, *accessibility(self.page)]


def is_page(context: BrowserContext, address: str) -> bool:
    """Whether a person is shown something of ours there: no action, no download, no picture, no content of a frame.

    Raises AssertionError where the answer is none that a page, or what is not one, gives.
    """
    answer = context.request.get(address, max_redirects=0)
    is_ours = "sandbox" not in answer.headers.get("content-security-policy", "")
    is_html = answer.headers.get("content-type", "").startswith("text/html")
    if answer.status in (301, 302, 405) or (answer.status == 403 and "/admin/" in address):
        return False  # nobody may do that with these records, not even the owner
    if answer.status == 400 and answer.headers.get("content-type", "") == "application/json":
        return False  # a page's script asks it, with a query
    assert answer.status in (200, 410), (
        f"{address} answers {answer.status}: filling.py must name a place for it"
    )
    return is_html and is_ours


def accessibility(page: Page) -> list[str]:
    """What axe has against the page, one line for each place."""
    found: list[str] = page.evaluate(AXE, RULES)
    return found


def judged_page(page: Page, address: str) -> Judged:
    """Open `address` and listen from the first byte on."""
    page.add_init_script(f"({WATCH_POLICY})()")
    judged = Judged(page, None)

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            judged.noises.append(f"the console says: {message.text[:300]}")

    def fail(error: Any) -> None:
        judged.noises.append(f"an error was thrown: {str(error)[:300]}")

    page.on("console", hear)
    page.on("pageerror", fail)
    judged.response = page.goto(address, wait_until="load")
    return judged
