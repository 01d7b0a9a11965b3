"""The main actions with the keyboard alone: no mouse is used here, and what has the focus is seen to have it."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from monitoring.tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
STOPS = 80  # presses of Tab that reach the end of any page's first part
RING = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return element === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
    || style.boxShadow !== 'none';
}"""
# Letters that come before the answer to the first of them can.
QUICKLY = """letters => {
  for (const key of letters) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
}"""
FOCUSED = "() => document.activeElement.outerHTML.slice(0, 120)"


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what the selector names has the focus."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{STOPS} presses of Tab do not reach {selector}")


@pytest.mark.parametrize(
    "address", ["/", "/dashboard/leads/", "/dashboard/approvals/", "/dashboard/campaigns/"]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_stop_shows_its_focus(visit: Open, address: str, theme: str) -> None:
    page = visit(address, theme=theme).page
    unseen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        if not page.evaluate(RING):
            unseen.append(page.evaluate(FOCUSED))
    assert unseen == []


def test_first_stop_skips_to_the_content(visit: Open) -> None:
    page = visit("/").page
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    box = skip.bounding_box()
    assert box is not None and box["y"] >= 0, "the link is not in sight"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.querySelector('main').contains(document.activeElement)")


def test_dialog_takes_the_focus_and_gives_it_back(visit: Open) -> None:
    page = visit("/").page
    tab_to(page, "header [data-dialog='pause']")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog#pause")
    expect(dialog).to_be_visible()
    for _ in range(12):  # the focus stays inside, or goes to the browser's own bar
        assert page.evaluate(
            "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("header [data-dialog='pause']")).to_be_focused()


def test_everything_is_paused_and_resumed(visit: Open) -> None:
    page = visit("/").page
    tab_to(page, "header [data-dialog='pause']")
    page.keyboard.press("Enter")
    tab_to(page, "dialog#pause [name='why']")
    page.keyboard.type("The keyboard is tried")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("The keyboard is tried")
    tab_to(page, "form[action='/dashboard/resume/'] button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).not_to_contain_text("The keyboard is tried")


def test_list_of_keys_opens_and_closes(visit: Open) -> None:
    page = visit("/").page
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_rows_are_walked_with_j_and_k(visit: Open) -> None:
    page = visit("/dashboard/leads/").page
    page.keyboard.press("j")
    first = page.evaluate(FOCUSED)
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) != first
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == first


def test_mail_is_approved_and_taken_back(visit: Open) -> None:
    page = visit("/dashboard/approvals/").page
    waiting = page.locator(".bench-item").count()
    assert waiting > 0
    page.keyboard.press("s")  # skips: the next letter opens, nothing is decided
    expect(page.locator(".bench-item")).to_have_count(waiting)
    page.keyboard.press("a")
    expect(page.locator(".bench-item")).to_have_count(waiting - 1)
    page.keyboard.press("z")
    expect(page.locator(".bench-item")).to_have_count(waiting)


def test_lead_is_decided_and_taken_back(visit: Open) -> None:
    page = visit("/dashboard/leads/review/").page
    before = page.url, page.locator("main").inner_text()
    page.keyboard.press("r")
    page.wait_for_load_state()
    undo = page.locator("[data-key='u']").first
    expect(undo).to_be_visible()
    page.keyboard.press("u")
    page.wait_for_load_state()
    assert re.search(r"review|leads", page.url) and before


def count_posts(page: Page, path: str) -> list[str]:
    """Collect the bodies of what the page posts to addresses that end so."""
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith(path):
            posted.append(request.post_data or "")

    page.on("request", note)
    return posted


@pytest.mark.parametrize(
    ("address", "letter", "path"),
    [("/dashboard/leads/review/", "r", "/decide/"), ("/dashboard/approvals/", "s", "/decide/")],
)
def test_key_that_is_held_decides_one_case(visit: Open, address: str, letter: str, path: str) -> None:
    page = visit(address).page
    posted = count_posts(page, path)
    with page.expect_event("load"):
        page.keyboard.down(letter)
    for _ in range(3):
        page.keyboard.down(letter)  # it repeats on the page that came
    page.keyboard.up(letter)
    with page.expect_event("load"):
        page.keyboard.press(letter)
    assert len(posted) == 2


@pytest.mark.parametrize("first", ["q", "n"])
def test_letter_typed_before_the_next_case_is_seen_decides_nothing(visit: Open, first: str) -> None:
    page = visit("/dashboard/leads/review/").page
    posted = count_posts(page, "/decide/")
    with page.expect_event("load"):
        page.evaluate(QUICKLY, [first, "r"])
    assert ["status=rejected" in body for body in posted] == ([False] if first == "q" else [])


def test_letters_type_inside_a_field(visit: Open) -> None:
    page = visit("/dashboard/leads/").page
    tab_to(page, "main input[type='search'], main input[name='q']")
    page.keyboard.type("jack?")
    assert page.evaluate("() => document.activeElement.value") == "jack?"
    expect(page.locator("dialog#keys")).to_be_hidden()
