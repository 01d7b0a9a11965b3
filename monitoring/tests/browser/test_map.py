"""The map on which a territory is drawn: gone to a town by keyboard alone, with what it proposes, taken or not."""

import pytest
from playwright.sync_api import Locator, Page, expect

from monitoring.tests.browser.conftest import Open
from monitoring.tests.browser.test_keyboard import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
ADD = "/admin/territories/territory/add/"
SIDES = ("south", "west", "north", "east")
FIRST = 30_000  # milliseconds: the server reads the list of towns when it is first asked


def suggestions(page: Page) -> Locator:
    return page.locator("#map-places [role=option]")


def bounds(page: Page) -> list[str]:
    return [page.input_value(f"[name={side}]") for side in SIDES]


def go_to_burlington(page: Page) -> None:
    """Type the name, walk down to the one in Vermont, choose it."""
    page.locator("#map-place").press_sequentially("Burlington")
    vermont = suggestions(page).filter(has_text="Vermont, United States")
    expect(vermont).to_be_visible(timeout=FIRST)
    for _ in range(8):
        page.keyboard.press("ArrowDown")
        if vermont.get_attribute("aria-selected") == "true":
            break
    assert page.locator("#map-place").get_attribute("aria-activedescendant") == vermont.get_attribute("id")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_town_is_gone_to_by_keyboard_and_its_square_is_taken(visit: Open, width: int, theme: str) -> None:
    judged = visit(ADD, width, theme)
    page = judged.page
    expect(page.locator("[data-ground=drawn]")).to_be_visible()
    page.locator("#map-place").focus()
    go_to_burlington(page)
    proposal = page.locator("[data-map-proposal]")
    expect(proposal).to_contain_text("Proposed for Burlington: a square of 7 by 7 km")
    expect(page.locator("path.map-proposed")).to_be_visible()
    expect(page.locator(".map-town span").filter(has_text="Burlington").first).to_be_visible()
    assert bounds(page) == [""] * 4, "nothing is filled in before it is taken"
    expect(page.locator("[name=country]")).to_have_value("US")
    assert judged.findings() == []
    tab_to(page, "[data-larger]")
    page.keyboard.press("Enter")
    expect(proposal).to_contain_text("a square of 8.8 by 8.8 km")
    page.locator("[data-take]").focus()
    page.keyboard.press("Enter")
    south, west, north, east = map(float, bounds(page))
    assert south < 44.476 < north
    assert west < -73.212 < east
    expect(proposal).to_be_hidden()
    expect(page.locator("path.map-proposed")).to_have_count(0)
    expect(page.locator("path.map-drawn")).to_be_visible()
    assert judged.findings() == []


def test_country_that_was_typed_stays_and_one_that_was_filled_in_follows(visit: Open) -> None:
    page = visit(ADD).page
    country = page.locator("[name=country]")
    for place, code in (("Valletta, Malta", "MT"), ("Burlington, Vermont", "US")):
        page.locator("#map-place").fill(place)
        page.keyboard.press("Enter")  # before the list is there
        expect(country).to_have_value(code, timeout=FIRST)
    country.fill("CA")
    page.locator("#map-place").fill("Valletta")
    page.keyboard.press("Enter")
    expect(page.locator("[data-map-proposal]")).to_contain_text("Valletta")
    expect(country).to_have_value("CA")


def test_escape_closes_the_list_and_nothing_is_chosen(visit: Open) -> None:
    page = visit(ADD).page
    page.locator("#map-place").fill("Burl")
    expect(suggestions(page).first).to_be_visible(timeout=FIRST)
    page.keyboard.press("Escape")
    expect(page.locator("#map-places")).to_be_hidden()
    expect(page.locator("#map-place")).to_have_value("Burl")
    expect(page.locator("[data-map-proposal]")).to_be_hidden()
    page.locator("#map-place").fill("qqqqq")
    expect(page.locator(".map-status")).to_contain_text("No place of that name")
