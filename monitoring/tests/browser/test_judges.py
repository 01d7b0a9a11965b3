"""Each judge of the pages sees the fault that is planted for it: one that finds nothing may be one that cannot."""

import pytest

from monitoring.tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PAGE = "/dashboard/reports/"
# A fault put into a page without one, and the words by which its judge names it.
FAULTS = {
    "a picture without words": (
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/webmagic/mark.svg\">')",
        "image-alt",
    ),
    "grey on grey": (
        "document.querySelector('h1').style.setProperty('color', '#777'), "
        "document.querySelector('h1').style.setProperty('background', '#888')",
        "color-contrast",
    ),
    "a box wider than the window": (
        "document.querySelector('main').style.setProperty('min-width', '3000px')",
        "px too wide",
    ),
    "a style in the markup": (
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')",
        "style-src-attr refused",
    ),
    "a script of another host": (
        "document.head.append(Object.assign(document.createElement('script'), {src: 'https://cdn.example/a.js'}))",
        "script-src-elem refused",
    ),
    "an error in a script": (
        "setTimeout(() => { throw new Error('planted') })",
        "an error was thrown: planted",
    ),
    "noise on the console": ("console.error('planted')", "the console says: planted"),
}


def test_page_is_healthy_before_a_fault_is_planted(visit: Open) -> None:
    assert visit(PAGE).findings() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found(visit: Open, fault: str) -> None:
    act, sign = FAULTS[fault]
    judged = visit(PAGE)
    judged.page.evaluate(f"() => {{ {act} }}")
    judged.page.wait_for_timeout(100)  # the browser tells of it in a task of its own
    assert any(sign in finding for finding in judged.findings())
