"""The lists of the back office ask the database as often for thirty rows as for one, and never count a table."""

from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from webmagic.admin_lists import RecordList
from webmagic.tests.test_admin import SCREENS, make_row, page_of

pytestmark = pytest.mark.django_db
ROWS = 30
MOST = 20


def copies(row: models.Model) -> None:
    """Store the row thirty times more: its unique columns differ, what it points to is the same row."""
    unique: set[str] = {field.name for field in row._meta.fields if field.unique and not field.primary_key}
    for constraint in row._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            unique |= set(constraint.fields)
    for number in range(1, ROWS):
        fields: dict[str, Any] = {}
        for name in unique:
            fields[name] = _other(row, row._meta.get_field(name), number)
        copy = type(row)._default_manager.get(pk=row.pk)
        copy.pk = None
        copy._state.adding = True
        for name, value in fields.items():
            setattr(copy, name, value)
        models.Model.save(copy, force_insert=True)


def _other(row: models.Model, field: Any, number: int) -> Any:
    value = getattr(row, field.name)
    if field.is_relation:
        return value if value is None or not field.unique else make_row(field.related_model._meta.model_name)
    if isinstance(field, models.DateTimeField):
        return value.replace(year=2030 + number)
    if isinstance(field, models.DateField):
        return value.replace(year=2030 + number)
    if isinstance(field, models.IntegerField):
        return (value or 0) + number
    return f"{value}{number}"[-(field.max_length or 100) :] if value else value


@pytest.mark.parametrize("name", SCREENS)
def test_list_asks_no_more_often_for_thirty_rows(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    row = make_row(name)
    monkeypatch.setattr(admin.site._registry[type(row)], "list_per_page", ROWS + 1)
    address = page_of(row, "changelist")

    def asked() -> list[str]:
        cache.clear()  # what the frame of the page keeps for seconds is asked for each time, or never
        with CaptureQueriesContext(connection) as queries:
            shown = admin_client.get(address)
        assert shown.status_code == 200
        return [query["sql"] for query in queries]

    asked()  # fills the cache of content types
    few = asked()
    copies(row)
    many = asked()
    assert len(admin_client.get(address).context["cl"].result_list) >= ROWS
    assert len(many) <= len(few) <= MOST, [sql[:300] for sql in many]
    table = row._meta.db_table
    assert [sql for sql in many if f'COUNT(*) AS "__count" FROM "{table}"' in sql] == []


@pytest.mark.parametrize("name", SCREENS)
def test_page_of_one_row_asks_a_bounded_number(admin_client: Client, name: str) -> None:
    row = make_row(name)
    address = page_of(row, "change", row.pk)
    admin_client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert admin_client.get(address).status_code == 200
    assert len(queries) <= MOST


def test_no_list_counts_its_table_or_its_filters(rf: RequestFactory) -> None:
    for model, screen in admin.site._registry.items():
        if model._meta.app_label != "auth":
            assert screen.show_full_result_count is False, model
            # A list that may count does so on demand, and RecordList not in a large table.
            may_count = screen.show_facets is not admin.ShowFacets.NEVER
            assert not may_count or screen.get_changelist(rf.get("/")) is RecordList, model
            assert screen.show_facets is not admin.ShowFacets.ALWAYS, model
            assert screen.date_hierarchy is None or _is_indexed(model, screen.date_hierarchy), model


def _is_indexed(model: type[models.Model], name: str) -> bool:
    return bool(getattr(model._meta.get_field(name), "db_index", False)) or any(
        index.fields[0] == name for index in model._meta.indexes
    )
