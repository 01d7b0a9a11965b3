"""The territories' pages: what may be chosen, and what each list and page says of how far a territory is."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from territories.models import Territory
from territories.tests.factories import NOW, make_grid, make_territory

pytestmark = pytest.mark.django_db
BOUNDS = {"south": "44.0", "west": "-73.0", "north": "44.1", "east": "-72.9"}


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def test_territory_is_asked_for_the_trades_that_were_chosen(owner: Client) -> None:
    address, typed = "/admin/territories/territory/add/", BOUNDS | {"name": "Fernhill", "source": "sample"}
    asked = owner.post(
        address, typed | {"categories": ["plumber", "bakery"], "_estimate": "1"}, follow=True
    ).text
    assert {"plumber", "bakery"} <= set(re.findall(r'<option value="(\w+)" selected', asked))
    owner.post(address, typed | {"categories": ["plumber", "bakery"]})
    added = Territory.objects.get()
    assert added.categories == ["plumber", "bakery"]
    html = owner.get(f"/admin/territories/territory/{added.pk}/change/").text
    assert ">Plumber, Bakery</div>" in html
    assert "[&quot;plumber" not in html


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("categories", "plumbers", "There is no trade 'plumbers'. Near it: plumber"),
        ("country", "ZZ", "There is no country 'ZZ'"),
        ("country", "uk", "There is no country 'uk'"),
    ],
)
def test_form_refuses_what_is_no_trade_and_no_country(
    owner: Client, field: str, value: str, words: str
) -> None:
    typed = BOUNDS | {"name": "Fernhill", "source": "sample", field: value}
    assert words in unescape(owner.post("/admin/territories/territory/add/", typed).text)
    assert Territory.objects.count() == 0


@pytest.mark.parametrize(
    ("cell_of", "word"),
    [
        ({"status": "failed"}, "1 cell failed"),
        ({"status": "cooldown", "cooldown_until": NOW, "coverage": "unresolved"}, "Incomplete"),
        ({"status": "cooldown", "cooldown_until": NOW, "coverage": "complete"}, "Complete"),
        ({"status": "scraping", "claimed_by": "worker", "claimed_at": NOW}, "Under way"),
        ({"status": "pending"}, "To do"),
    ],
)
def test_list_of_territories_tells_the_state_of_each(
    owner: Client, cell_of: dict[str, Any], word: str
) -> None:
    land = make_grid(**cell_of).territory
    assert f"</svg>{word}</span>" in owner.get("/admin/territories/territory/").text
    page = owner.get(f"/admin/territories/territory/{land.pk}/change/").text
    assert ("Scrape in the next run" in page) == (word == "1 cell failed")


def test_more_than_is_expected_is_said_in_words(owner: Client) -> None:
    land = make_territory(expected=2)
    make_grid(territory=land, status="cooldown", cooldown_until=NOW, coverage="complete", found=66)
    for page in ("", f"{land.pk}/change/"):
        html = owner.get(f"/admin/territories/territory/{page}").text
        assert "more than staff expects" in html
        assert "3300" not in html
        assert "3,300" not in html
