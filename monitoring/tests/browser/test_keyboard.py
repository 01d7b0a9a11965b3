"""The main actions with the keyboard alone: no mouse is used here, and what has the focus is seen to have it."""

import re

import pytest
from playwright.sync_api import Page, expect

from monitoring.tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
STOPS = 80  # presses of Tab that reach the end of any page's first part
RING = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return element === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
    || style.boxShadow !== 'none';
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


def test_letters_type_inside_a_field(visit: Open) -> None:
    page = visit("/dashboard/leads/").page
    tab_to(page, "main input[type='search'], main input[name='q']")
    page.keyboard.type("jack?")
    assert page.evaluate("() => document.activeElement.value") == "jack?"
    expect(page.locator("dialog#keys")).to_be_hidden()
