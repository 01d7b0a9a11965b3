"""One installation, one browser and one window for each width and theme, for all tests of a run."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from monitoring.tests.browser.judges import Judged, is_page, judged_page
from monitoring.tests.browser.town import Town, sample_town

AXE = Path(os.environ.get("AXE_JS", settings.BASE_DIR / "var/judges/axe-core/axe.min.js"))
HEIGHTS = {390: 844, 768: 1024, 1440: 900}

Open = Callable[..., Judged]
Ask = Callable[[str, str], bool]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The sample town, served."""
    with sample_town(tmp_path_factory.mktemp("town")) as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; a machine without it says so aloud and judges nothing."""
    if not settings.CHROMIUM:
        pytest.skip("NOT JUDGED: no Chromium is installed. Install chromium, or set CHROMIUM to its path")
    if not AXE.is_file():
        pytest.skip(f"NOT JUDGED: there is no {AXE}. Run sh scripts/install_judges.sh")
    arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=settings.CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def windows(browser: Browser, town: Town) -> Iterator[Callable[[int, str, str], BrowserContext]]:
    """Give out the window of a width, a theme and a person: "owner", "half" (owes a code) or ""."""
    opened: dict[tuple[int, str, str], BrowserContext] = {}

    def window(width: int, theme: str, person: str) -> BrowserContext:
        key = (width, theme, person)
        if key not in opened:
            kind: Any = theme
            context = browser.new_context(
                viewport={"width": width, "height": HEIGHTS[width]},
                color_scheme=kind,
                reduced_motion="reduce",
            )
            session = {"owner": town.session, "half": town.half_session}.get(person)
            if session:
                context.add_cookies([{"name": "sessionid", "value": session, "url": town.origin}])
            context.add_init_script(AXE.read_text())
            opened[key] = context
        return opened[key]

    yield window
    for context in opened.values():
        context.close()


@pytest.fixture(scope="session")
def shows_page(windows: Callable[[int, str, str], BrowserContext], town: Town) -> Ask:
    """Tell whether an address shows a page to a person; each is asked once."""

    @cache
    def ask(address: str, person: str) -> bool:
        return is_page(windows(1440, "light", person), town.origin + address)

    return ask


@pytest.fixture
def visit(windows: Callable[[int, str, str], BrowserContext], town: Town) -> Iterator[Open]:
    """Open an address in a window; what the page did wrong by itself is on the returned page."""
    pages: list[Page] = []

    def open_page(address: str, width: int = 1440, theme: str = "light", person: str = "owner") -> Judged:
        page = windows(width, theme, person).new_page()
        pages.append(page)
        return judged_page(page, town.origin + address)

    yield open_page
    for page in pages:
        page.close()
