"""The whole way of a list in a browser: brought, its columns said, looked through, imported, shown on its territory."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from monitoring.tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.parametrize("width", [390, 1440])
def test_list_goes_the_whole_way(visit: Open, tmp_path: Path, width: int) -> None:
    file = tmp_path / "shops.csv"
    file.write_text("Firma;Wo;Länge;Telefon\nAna;52,51;13,41;030 1\nBen;52,52;13,42;\nCem;;;\n")
    judged = visit("/dashboard/leads/", width)
    page = judged.page
    page.get_by_role("link", name="Import a list").click()
    page.get_by_label("Name of the list").fill(f"Shops at {width}")
    page.get_by_label("Country").fill("de")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()

    expect(page.get_by_label("Firma", exact=True)).to_have_value("name")
    expect(page.get_by_label("Länge", exact=True)).to_have_value("lon")
    expect(page.get_by_text("Not known yet")).to_be_visible()
    page.get_by_label("Wo", exact=True).select_option("Latitude")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("It has no coordinates")).to_be_visible()
    assert judged.findings() == []
    page.get_by_role("button", name="Import 2 rows").click()

    expect(page.get_by_role("heading", name="Cells")).to_be_visible()
    expect(page.get_by_text("Read from shops.csv")).to_be_visible()
    expect(page.get_by_role("link", name="Import a newer version")).to_be_visible()
