"""What every room's admin leans on: looking, doing one thing to many rows, and never overwriting a worker."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import modelform_factory
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django.fixtures import DjangoAssertNumQueries

from pipeline.errors import BadData
from pipeline.models import InboundEvent, Switch, TimelineEntry
from pipeline.states import IllegalTransition, StaleState, move
from webmagic.admin_base import ROWS_AN_ACTION, RecordAdmin, run_verb

pytestmark = [pytest.mark.django_db, pytest.mark.urls("webmagic.tests.urls")]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIST = "/admin/pipeline/inboundevent/"
HOSTILE = "<img src=x onerror=alert(1)>{{ 7|add:7 }}"


class ReasonAdmin(RecordAdmin):
    editable = ("why",)


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("owner")


@pytest.fixture
def page(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def event(number: int, status: str = "failed", **fields: Any) -> InboundEvent:
    return InboundEvent.objects.create(
        source="stripe", external_id=f"evt_{number}", body="{}", received_at=NOW, status=status, **fields
    )


def asked_by(user: User) -> HttpRequest:
    request = RequestFactory().post("/")
    request.user = user
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


def said(request: HttpRequest) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in get_messages(request)]


def requeue(row: InboundEvent) -> None:
    move(row, "received", now=NOW, by="owner")


# ------------------------------------------------------------------------------------------------ run_verb
def test_run_verb_reports_how_many_rows_moved(owner: User) -> None:
    request = asked_by(owner)
    event(1), event(2)
    assert run_verb(request, InboundEvent.objects.all(), requeue, done="Requeued {n}") is None
    assert said(request) == [("success", "Requeued 2")]
    assert set(InboundEvent.objects.values_list("status", flat=True)) == {"received"}


def test_run_verb_names_the_reason_of_rows_that_stayed(owner: User) -> None:
    request = asked_by(owner)
    event(1), event(2, "applied"), event(3, "applied")
    assert run_verb(request, InboundEvent.objects.all(), requeue, done="Requeued {n}") is None
    assert said(request) == [("warning", "Requeued 1. 2 stayed as they were: “Applied” does not allow this")]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StaleState("x"), "somebody else changed it, or a worker holds it"),
        (IllegalTransition("x"), "“Failed” does not allow this"),
        (BadData("The payment has no order"), "The payment has no order"),
        (ValidationError("The price ends before it starts"), "The price ends before it starts"),
    ],
)
def test_run_verb_turns_a_refusal_into_a_sentence(owner: User, error: Exception, reason: str) -> None:
    request = asked_by(owner)
    event(1)

    def refuse(row: InboundEvent) -> None:
        raise error

    assert run_verb(request, InboundEvent.objects.all(), refuse, done="Requeued {n}") is None
    assert said(request) == [("error", f"1 stayed as it was: {reason}")]


def test_run_verb_lets_a_bug_through(owner: User) -> None:
    event(1)

    def break_down(row: InboundEvent) -> None:
        raise KeyError("a bug is not a refusal")

    with pytest.raises(KeyError):
        run_verb(asked_by(owner), InboundEvent.objects.all(), break_down, done="Requeued {n}")


def test_run_verb_names_three_reasons_at_most(owner: User) -> None:
    request = asked_by(owner)
    for number in range(5):
        event(number)

    def refuse(row: InboundEvent) -> None:
        raise BadData(f"Reason {row.external_id}")

    run_verb(request, InboundEvent.objects.order_by("pk"), refuse, done="Requeued {n}")
    ((_, text),) = said(request)
    assert text == "5 stayed as they were: Reason evt_0; Reason evt_1; Reason evt_2; 2 more reasons"


def test_run_verb_does_nothing_for_more_rows_than_it_takes(owner: User) -> None:
    request = asked_by(owner)
    InboundEvent.objects.bulk_create(
        InboundEvent(source="s", external_id=str(number), body="", received_at=NOW, status="failed")
        for number in range(ROWS_AN_ACTION + 1)
    )
    assert run_verb(request, InboundEvent.objects.all(), requeue, done="Requeued {n}") is None
    assert said(request) == [("error", "Nothing was done. Choose at most 1000 rows at a time")]
    assert not InboundEvent.objects.exclude(status="failed").exists()


# ------------------------------------------------------------------------------------------------- screens
def test_list_shows_the_word_of_the_state_and_the_trouble(page: Client) -> None:
    event(1, last_error=HOSTILE)
    html = page.get(LIST).text
    assert 'class="pill pill-bad"' in html
    assert ">Failed</span>" in html
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7|add:7 }}" in html
    assert "<img src=x" not in html


def test_list_asks_the_same_questions_for_one_row_and_for_many(
    page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    event(0)
    cache.clear()  # the figures of the frame are made anew both times
    with django_assert_max_num_queries(100) as one:
        page.get(LIST)
    for number in range(1, 9):
        event(number)
    cache.clear()
    with django_assert_max_num_queries(100) as many:
        page.get(LIST)
    assert len(many) == len(one)
    assert not any("COUNT(" in query["sql"] and "inboundevent" in query["sql"] for query in many)


def test_page_shows_what_happened_and_offers_no_save(page: Client) -> None:
    row = event(1, attempts=2, last_error="No order", error_kind="bad_data")
    TimelineEntry.objects.create(
        model="pipeline.inboundevent", row_id=row.pk, from_status="applying", to_status="failed",
        at=NOW, by="worker-1", reason=HOSTILE,
    )  # fmt: skip
    html = page.get(f"{LIST}{row.pk}/change/").text
    assert "Applying to Failed" in html
    assert "Tried 2 times. The record cannot be worked on: No order" in html
    assert "<img src=x" not in html
    assert 'name="_save"' not in html


def test_work_says_who_holds_the_row_and_when_it_goes_on() -> None:
    screen = RecordAdmin(InboundEvent, admin.site)
    held = InboundEvent(claimed_by="worker-1", claimed_at=NOW, status_changed_at=NOW)
    waits = InboundEvent(next_attempt_at=NOW + timedelta(hours=1), status_changed_at=NOW, reopened_count=1)
    fresh = InboundEvent(next_attempt_at=NOW, status_changed_at=NOW)
    assert screen.work(held) == "At work since 23 Nov 2026, 09:00 (worker-1)"
    assert screen.work(waits) == "Not before 23 Nov 2026, 10:00. Reopened 1 time"
    assert screen.work(fresh) == "–"


@pytest.mark.parametrize("address", [f"{LIST}add/", "{page}delete/"])
def test_records_are_neither_added_nor_deleted_by_hand(page: Client, address: str) -> None:
    row = event(1)
    address = address.replace("{page}", f"{LIST}{row.pk}/")
    assert page.get(address).status_code == page.post(address, {"post": "yes"}).status_code == 403
    assert InboundEvent.objects.count() == 1


def test_posting_to_a_page_changes_nothing(page: Client) -> None:
    row = event(1)
    page.post(f"{LIST}{row.pk}/change/", {"status": "received", "body": "forged", "attempts": "0"})
    row.refresh_from_db()
    assert (row.status, row.body) == ("failed", "{}")


def test_saving_writes_only_the_columns_people_may_change(owner: User) -> None:
    switch = Switch.objects.create(scope="everything", why="old")
    shown = Switch.objects.get(pk=switch.pk)
    Switch.objects.filter(pk=switch.pk).update(paused=True)  # meanwhile, somebody else
    form = modelform_factory(Switch, fields=["why"])({"why": "new"}, instance=shown)
    assert form.is_valid()
    ReasonAdmin(Switch, admin.site).save_model(asked_by(owner), form.save(commit=False), form, change=True)
    switch.refresh_from_db()
    assert (switch.why, switch.paused) == ("new", True)


def test_fields_are_fixed_unless_they_are_named(owner: User) -> None:
    switch = Switch.objects.create(scope="everything")
    screen = ReasonAdmin(Switch, admin.site)
    request = asked_by(owner)
    assert set(screen.get_form(request, switch).base_fields) == {"why"}


def test_who_may_only_look_gets_no_actions(owner: User) -> None:
    class LoudAdmin(RecordAdmin):
        actions = ("shout",)

        def shout(self, request: HttpRequest, queryset: models.QuerySet[Switch]) -> None:
            """Would act."""

    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_switch"))
    screen = LoudAdmin(Switch, admin.site)
    assert set(screen.get_actions(asked_by(owner))) == {"shout", "export_rows"}
    assert screen.get_actions(asked_by(clerk)) == {}


def test_every_list_and_the_index_open(page: Client) -> None:
    """Every screen that is registered draws itself, whatever room it belongs to."""
    addresses = ["/admin/"] + [
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry
    ]
    assert {address: page.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
