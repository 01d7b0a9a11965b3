"""The territories' map: what it says is of the area that is seen, and is not covered by its own buttons."""

import pytest
from playwright.sync_api import Route, expect

from monitoring.tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
BOUNDS = {"south": "44.2", "west": "-73.0", "north": "44.3", "east": "-72.9"}
COVERED = """() => {
  const popup = document.querySelector('.leaflet-popup-content-wrapper');
  const box = popup.getBoundingClientRect();
  return [box.left + 4, box.right - 40].flatMap(x => [box.top + 12, box.bottom - 12].map(y => [x, y]))
    .map(([x, y]) => document.elementFromPoint(x, y)).filter(at => !popup.contains(at)).map(at => at.className);
}"""


def hold(route: Route) -> None:
    """Leave a request without its answer, until the route is taken away."""


def test_estimate_of_the_area_before_is_gone_while_the_new_one_is_counted(visit: Open) -> None:
    page = visit("/admin/territories/territory/add/").page
    told = page.locator("[data-estimate]")
    page.select_option("[name=source]", "sample")
    for side, degrees in BOUNDS.items():
        page.fill(f"[name={side}]", degrees)
    expect(told).to_contain_text("1 call")
    page.route("**/estimate/**", hold)
    with page.expect_request("**/estimate/**"):
        page.fill("[name=expected]", "500")
        expect(told).to_have_text("Counting…")
    expect(told).to_have_text("Counting…")
    page.unroute("**/estimate/**")  # the server answers
    expect(told).to_contain_text("About 500 businesses")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_covers_what_is_said_of_a_cell(visit: Open, theme: str) -> None:
    page = visit("/admin/territories/territory/", width=390, theme=theme).page
    page.get_by_role("link", name="Fernhill 1").click()
    page.locator(".map .map-cell").first.click()
    expect(page.locator(".leaflet-popup-content-wrapper")).to_be_visible()
    assert page.evaluate(COVERED) == []


def test_trades_are_chosen_by_their_names_with_the_keyboard(visit: Open) -> None:
    page = visit("/admin/territories/territory/add/").page
    page.locator("[name=expected]").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Plum")
    page.keyboard.press("Enter")
    chosen = page.evaluate(
        "() => [...document.querySelector('[name=categories]').selectedOptions].map(o => o.value)"
    )
    assert chosen == ["plumber"]
