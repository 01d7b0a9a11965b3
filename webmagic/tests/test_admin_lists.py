"""The lists of the back office count and look for values only as far as it costs nothing."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from businesses.models import Business
from monitoring.tests.factories import make_business
from webmagic import admin_lists

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIST = "/admin/businesses/business/"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def filter_of(owner: Client, column: str, address: str = LIST) -> list[str]:
    """The choices of one filter of a list, as a person reads them."""
    changelist = owner.get(address).context["cl"]
    [spec] = [each for each in changelist.filter_specs if column in each.expected_parameters()]
    return [str(choice["display"]) for choice in spec.choices(changelist)]


def test_choices_are_counted_when_somebody_asks(owner: Client) -> None:
    make_business(NOW, evidence="single")
    make_business(NOW, evidence="")
    assert filter_of(owner, "evidence") == ["All", "not known", "single"]
    assert filter_of(owner, "evidence", f"{LIST}?_facets=True") == ["All", "not known (1)", "single (1)"]


@pytest.mark.parametrize(("rows", "may_be_counted"), [(2, True), (3, False)])
def test_large_table_is_never_counted(
    owner: Client, monkeypatch: Any, rows: int, *, may_be_counted: bool
) -> None:
    monkeypatch.setattr(admin_lists, "SMALL", 2)
    for _ in range(rows):
        make_business(NOW, evidence="single")
    changelist = owner.get(f"{LIST}?_facets=True").context["cl"]
    assert (changelist.is_facets_optional, changelist.add_facets) == (may_be_counted, may_be_counted)


@pytest.mark.parametrize(("rows", "sorts"), [(2, {"name", "found_at"}), (3, {"found_at"})])
def test_large_table_is_sorted_only_as_an_index_holds_it(
    owner: Client, monkeypatch: Any, rows: int, sorts: set[str]
) -> None:
    monkeypatch.setattr(admin_lists, "SMALL", 2)
    for name in ("b", "c", "a")[:rows]:
        make_business(NOW, name=name)
    page = owner.get(f"{LIST}?o=1")  # by name
    html = page.content.decode()
    assert {name for name in ("name", "why", "found_at") if f"sortable column-{name}" in html} == sorts
    newest_first = [row.pk for row in Business.objects.order_by("-pk")]
    by_name = [row.pk for row in Business.objects.order_by("name")]
    shown = [row.pk for row in page.context["cl"].result_list]
    assert shown == (by_name if "name" in sorts else newest_first)


def test_filter_offers_what_the_newest_rows_have(owner: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(admin_lists, "NEWEST", 2)
    for city, evidence in (("old", "single"), ("new", "confirmed"), ("newest", "")):
        make_business(NOW, city=city, evidence=evidence)
    assert filter_of(owner, "evidence") == ["All", "not known", "confirmed"]
    older = owner.get(f"{LIST}?evidence=single").context["cl"].queryset
    assert [row.city for row in older] == ["old"]  # whoever names another value still finds it
    assert Business.objects.count() == 3


class Links(HTMLParser):
    """The links of the parts of a page that have an id, with what marks them."""

    def __init__(self) -> None:
        super().__init__()
        self.marked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and "active" in (found.get("class") or "").split():
            self.marked.append(found.get("href") or "")


def test_sidebar_and_tabs_mark_the_open_list_alone(owner: Client) -> None:
    links = Links()
    links.feed(owner.get(LIST).content.decode())
    assert links.marked == [LIST, LIST]


def test_tabs_hold_the_lists_that_a_person_may_see(client: Client) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    client.force_login(viewer)
    from webmagic.navigation import admin_tabs

    request = client.get("/admin/").wsgi_request
    assert admin_tabs(request) == []
