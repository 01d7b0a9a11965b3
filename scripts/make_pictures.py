"""The pictures of the README: the main pages over the sample town, into docs/pictures/. `make pictures` runs it.

    make_pictures.py [FOLDER]

Needs Chromium (CHROMIUM names another than the one on the path). The town is made anew in a folder of its own, so
nothing of the installation beside it is shown or touched.
"""

import os
import sys
import tempfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmagic.settings_test")

from django.conf import settings  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from monitoring.tests.browser.town import Town, sample_town  # noqa: E402

FOLDER = ROOT / "docs/pictures"
LARGEST = 150_000  # bytes of one picture
COLOURS = 128  # of one picture: flat pages need no more
DESK, PHONE = (1440, 900), (390, 844)
# Name, address, window, theme.
PICTURES: tuple[tuple[str, str, tuple[int, int], str], ...] = (
    ("overview", "/", DESK, "light"),
    ("overview-dark", "/", DESK, "dark"),
    ("overview-phone", "/", PHONE, "dark"),
    ("approvals", "/dashboard/approvals/", DESK, "light"),
    ("sites", "/dashboard/sites/", DESK, "light"),
    ("leads", "/dashboard/leads/", DESK, "dark"),
    ("inbox", "/dashboard/inbox/", DESK, "light"),
    ("tasks", "/dashboard/tasks/", DESK, "dark"),
)


def main(arguments: list[str]) -> int:
    """Make every picture; 1 where one is too large for a page that is read over a phone line."""
    if not settings.CHROMIUM:
        print("There is no Chromium. Install it, or set CHROMIUM to its path.")
        return 1
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as play:
        limits = {"GENERATE_LIMIT": "24", "PUBLISH_LIMIT": "24", "CREATE_CAMPAIGNS_LIMIT": "24"}
        with sample_town(Path(home), filling="fill_for_pictures", AUTOPILOT="0", **limits) as town:
            browser = play.chromium.launch(executable_path=settings.CHROMIUM, args=["--no-sandbox"])
            sizes = {
                name: photograph(browser, town, folder / f"{name}.png", address, window, theme)
                for name, address, window, theme in PICTURES
            }
            browser.close()
    for name, size in sizes.items():
        print(f"{name}.png {size / 1000:.0f} kB")
    return 1 if max(sizes.values()) > LARGEST else 0


def photograph(
    browser: Browser, town: Town, target: Path, address: str, window: tuple[int, int], theme: str
) -> int:
    """Open a page as the owner and keep its first screen; returns the bytes of the picture."""
    dark = theme == "dark"
    context = browser.new_context(
        viewport={"width": window[0], "height": window[1]}, color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )  # fmt: skip
    context.add_cookies([{"name": "sessionid", "value": town.session, "url": town.origin}])
    page = context.new_page()
    page.goto(town.origin + address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    with Image.open(BytesIO(page.screenshot())) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    context.close()
    return target.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
