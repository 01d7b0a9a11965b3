"""Every page of the URL conf, at three widths and in both themes, before the judges."""

import os
from itertools import product

import pytest

from monitoring.page_map import HALF_LOGGED_IN, PARTS, STRANGERS, addresses, is_record_page, page_names
from monitoring.tests.browser.conftest import Ask, Open
from monitoring.tests.browser.town import Town
from webmagic.navigation import GROUPS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WINDOWS = list(product((390, 768, 1440), ("light", "dark")))
FEW = "BROWSER_FEW" in os.environ  # each page in one of the windows
CASES = [
    (name, *window)
    for number, name in enumerate(name for name in page_names() if name not in PARTS)
    # The pages of records share their look: each is seen once, in turn in another window.
    for window in ([WINDOWS[number % len(WINDOWS)]] if FEW or is_record_page(name) else WINDOWS)
    if not FEW or not is_record_page(name) or name.endswith(("_changelist", "_change"))
]


@pytest.mark.parametrize(("name", "width", "theme"), CASES)
def test_page_has_no_fault(
    visit: Open, shows_page: Ask, town: Town, name: str, width: int, theme: str
) -> None:
    person = "half" if name in HALF_LOGGED_IN else "" if name in STRANGERS else "owner"
    shown = [address for address in addresses(name, town.places) if shows_page(address, person)]
    found = [
        f"{address}: {finding}"
        for address in shown
        for finding in visit(address, width, theme, person).findings()
    ]
    assert found == []


def test_pages_of_the_navigation_are_among_them(shows_page: Ask, town: Town) -> None:
    """No fault of this suite may take a page for something that need not be judged."""
    linked = {
        next((name for name in page.addresses if ":" in name and name in page_names()), "")
        for group in GROUPS
        for page in group.pages
    } - {""}
    assert len(linked) > 8
    assert [name for name in linked if not shows_page(addresses(name, town.places)[0], "owner")] == []
