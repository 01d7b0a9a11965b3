"""Every screen of the back office with a row on it: it opens, it is searched and filtered, it forbids what it must."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.sites import all_sites
from django.contrib.messages import get_messages
from django.db import models
from django.test import Client
from django.urls import reverse
from django_q.models import Schedule

from businesses.models import Business, RefusedRecord, SourceRecord, WebsiteCheck
from businesses.sources.sample import SampleTown
from businesses.tests.factories import make_business
from campaigns.models import (
    Campaign,
    CountryRule,
    Event,
    InboundMail,
    LegalBasis,
    RateBucket,
    Suppression,
)
from campaigns.suppression import address_hash
from campaigns.tests.factories import make_campaign, make_mailbox, make_message
from customers.models import Customer, Payment
from monitoring.models import CycleRun, DailyReport, DayFigures, StandingFigures
from pipeline.errors import BadData
from pipeline.models import (
    Budget,
    ClusterHeartbeat,
    Effect,
    InboundEvent,
    Incident,
    LimitChange,
    RoleLease,
    ScheduleSlot,
    Switch,
    TimelineEntry,
)
from sites.models import Site
from sites.tests.factories import make_site, make_version
from territories.models import CoverageGrid, Territory
from territories.tests.factories import NOW, make_grid, make_territory
from webmagic.admin_base import RecordAdmin

pytestmark = pytest.mark.django_db
ROOMS = ("pipeline", "territories", "businesses", "websites", "campaigns", "customers", "monitoring")
MACHINERY: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
    "switch": (Switch, {"scope": "everything", "at": NOW}),
    "incident": (
        Incident,
        {"kind": "bug", "key": "k", "title": "Broken", "opened_at": NOW, "last_seen_at": NOW},
    ),
    "effect": (Effect, {"kind": "mail", "key": "mail:1", "subject": "x:1", "planned_at": NOW}),
    "inboundevent": (InboundEvent, {"source": "bank", "external_id": "1", "body": "{}", "received_at": NOW}),
    "scheduleslot": (ScheduleSlot, {"task": "beat", "slot": NOW}),
    "budget": (Budget, {"name": "mails", "day": NOW.date(), "limit": 9}),
    "timelineentry": (
        TimelineEntry,
        {"model": "websites.site", "row_id": 1, "from_status": "pending", "to_status": "failed", "at": NOW},
    ),
    "limitchange": (LimitChange, {"name": "mails", "number": 1, "before": 3, "at": NOW}),
    "rolelease": (RoleLease, {"role": "conductor"}),
    "clusterheartbeat": (ClusterHeartbeat, {"queue": "scraping"}),
    "cyclerun": (CycleRun, {"started_at": NOW, "term": 1, "health": "healthy"}),
    "ratebucket": (RateBucket, {"key": "mailbox:1", "open_at": NOW}),
    "countryrule": (
        CountryRule,
        {
            "country": "US",
            "decision": "allow",
            "tracking": "none",
            "why": "A lawyer",
            "decided_by": "staff",
            "decided_at": NOW,
        },
    ),
    "dailyreport": (
        DailyReport,
        {"day": NOW.date(), "figures": {}, "subject": "S", "text": "T", "html": "H", "created_at": NOW},
    ),
    "dayfigures": (DayFigures, {"day": NOW.date(), "counts": {}, "waits": {}, "counted_at": NOW}),
    "standingfigures": (StandingFigures, {"figures": {}, "counted_at": NOW, "took": 0.5}),
}
TERRITORY = {
    "name": "Fernhill", "country": "us", "south": "44", "west": "-73", "north": "44.1", "east": "-72.9",
    "source": "sample", "categories": ["bakery", "florist"],
}  # fmt: skip


def make_record() -> SourceRecord:
    return SourceRecord.objects.create(
        source="sample", source_id="1", business=make_business(), payload={}, payload_hash="0",
        licence="ODbL-1.0", attribution="A map", first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip


def make_customer() -> Customer:
    return Customer.objects.create(business=make_business(), since=NOW)


def make_payment() -> Payment:
    return Payment.objects.create(
        customer=make_customer(), amount=Decimal("29.00"), currency="USD", received_at=NOW, reference="R-1"
    )


def make_machinery(name: str) -> models.Model:
    model, fields = MACHINERY[name]
    return model._default_manager.create(**fields)


MAKERS: dict[str, Callable[[], models.Model]] = {
    "territory": make_territory,
    "coveragegrid": make_grid,
    "business": make_business,
    "sourcerecord": make_record,
    "refusedrecord": lambda: RefusedRecord.objects.create(
        grid=make_grid(), source="sample", place="line 7", reason="It has no name", refused_at=NOW
    ),
    "websitecheck": lambda: WebsiteCheck.objects.create(business=make_business(), checked_at=NOW, state="ok"),
    "site": make_site,
    "siteversion": lambda: make_version(make_site()),
    "campaign": make_campaign,
    "message": make_message,
    "event": lambda: Event.objects.create(message=make_message(), kind="clicked", at=NOW),
    "suppression": lambda: Suppression.objects.create(address_hash="0", reason="staff", at=NOW),
    "mailbox": make_mailbox,
    "senderdomain": lambda: make_mailbox().domain,
    "inboundmail": lambda: InboundMail.objects.create(
        mailbox=make_mailbox(), kind="reply", received_at=NOW, message=make_message()
    ),
    "legalbasis": lambda: LegalBasis.objects.create(
        business=make_business(), legal_form="company", legal_form_proof="Its imprint", by="staff", at=NOW
    ),
    "customer": make_customer,
    "payment": make_payment,
}
SCREENS = sorted(
    (model._meta.model_name or "" for model in admin.site._registry if model._meta.app_label in ROOMS),
)
WITH_STATE = (CoverageGrid, Business, Site, Campaign, Payment, Effect, InboundEvent, ScheduleSlot)
MAY_ADD = {"territory", "switch", "suppression", "customer", "payment", "countryrule", "legalbasis"}
MAY_DELETE = {"countryrule"}  # then the table that ships holds again


def make_row(name: str) -> models.Model:
    """Return one stored row of the model `name`."""
    return MAKERS[name]() if name in MAKERS else make_machinery(name)


def screen_of(row: models.Model) -> RecordAdmin:
    screen = admin.site._registry[type(row)]
    assert isinstance(screen, RecordAdmin)
    return screen


def page_of(row: models.Model | type[models.Model], kind: str, *args: Any) -> str:
    """Return the address of a page of the back office: changelist, add, change, delete."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{kind}", args=args)


def errors_of(answer: Any) -> list[str]:
    """Return every error of a form that was shown again."""
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    return [str(message) for messages in form.errors.values() for message in messages]


def add(client: Client, model: type[models.Model], **fields: Any) -> Any:
    return client.post(page_of(model, "add"), fields)


# ------------------------------------------------------------------------------------------------- every screen
def test_every_model_of_the_rooms_has_its_row_here() -> None:
    assert len(list(all_sites)) == 1
    assert set(SCREENS) == set(MAKERS) | set(MACHINERY)


@pytest.mark.parametrize("name", SCREENS)
def test_list_and_page_open_with_a_row(admin_client: Client, name: str) -> None:
    row = make_row(name)
    shown = admin_client.get(page_of(row, "changelist"))
    assert shown.status_code == 200
    assert row in list(shown.context["cl"].result_list)
    assert admin_client.get(page_of(row, "change", row.pk)).status_code == 200
    assert admin_client.get(page_of(row, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("name", SCREENS)
def test_list_is_searched_filtered_and_sorted(admin_client: Client, name: str) -> None:
    make_grid()  # with a second territory, there is one to choose
    row = make_row(name)
    address = page_of(row, "changelist")
    listed = admin_client.get(address).context["cl"]
    queries = [choice["query_string"] for spec in listed.filter_specs for choice in spec.choices(listed)]
    assert len(listed.filter_specs) == len(screen_of(row).list_filter)
    columns = range(1, len(screen_of(row).list_display) + 1)
    queries += ["?o=" + ".".join(map(str, columns)), "?o=" + ".".join(f"-{column}" for column in columns)]
    if screen_of(row).search_fields:
        queries += ["?q=bakery", "?q=%22%27%25%5C", "?q=%00"]
    refused = [query for query in queries if admin_client.get(address + query).status_code != 200]
    assert refused == []


@pytest.mark.parametrize("name", SCREENS)
def test_rows_are_added_and_deleted_only_where_they_may(admin_client: Client, name: str) -> None:
    row = make_row(name)
    assert admin_client.get(page_of(row, "add")).status_code == (200 if name in MAY_ADD else 403)
    may_delete = name in MAY_DELETE
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin_client.post(page_of(row, "changelist"), chosen)
    assert type(row)._default_manager.filter(pk=row.pk).exists() is not may_delete
    if not may_delete:
        assert admin_client.post(page_of(row, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", WITH_STATE)
def test_state_cannot_be_edited(admin_client: Client, model: type[models.Model]) -> None:
    row: Any = make_row(model._meta.model_name or "")
    other = next(status for status in row.Status.values if status != row.status)
    address = page_of(row, "change", row.pk)
    assert "status" not in admin_client.get(address).context["adminform"].form.fields
    admin_client.post(address, {"status": other, "claimed_by": "me", "refunded_at_0": "2026-01-01"})
    before = row.status
    row.refresh_from_db()
    assert row.status == before
    if model._meta.model_name in MAY_ADD:
        assert "status" not in admin_client.get(page_of(row, "add")).context["adminform"].form.fields


def test_schedule_of_the_queue_is_only_looked_at(admin_client: Client) -> None:
    row = Schedule.objects.create(name="beat", func="pipeline.queue.ring", schedule_type="I", minutes=1)
    assert admin_client.get(page_of(row, "changelist")).status_code == 200
    assert add(admin_client, Schedule, name="evil", func="os.system").status_code == 403
    admin_client.post(page_of(row, "change", row.pk), {"name": "evil", "func": "os.system"})
    assert admin_client.post(page_of(row, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert list(Schedule.objects.values_list("name", "func")) == [("beat", "pipeline.queue.ring")]


# ------------------------------------------------------------------------------------------------------ forms
def test_territory_is_added_with_one_cell(admin_client: Client) -> None:
    answer = add(admin_client, Territory, **TERRITORY)
    territory, cell = Territory.objects.get(), CoverageGrid.objects.get()
    assert answer.status_code == 302
    assert (territory.name, territory.country, territory.source) == ("Fernhill", "US", "sample")
    assert territory.categories == ["bakery", "florist"]
    assert (cell.territory, cell.status, cell.parent) == (territory, "pending", None)
    assert (cell.south, cell.west, cell.north, cell.east) == (44.0, -73.0, 44.1, -72.9)
    page = admin_client.get(page_of(territory, "history", territory.pk))
    assert "Fernhill" in page.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"south": "45"}, "The bounds are swapped: south must be below north and west must be left of east."),
        ({"east": "-73"}, "The bounds are swapped: south must be below north and west must be left of east."),
        ({"north": "91"}, "The bounds are not on earth: south and north must be within -90 to 90"),
        ({"west": "-181"}, "The bounds are not on earth: south and north must be within -90 to 90"),
        ({"name": "Old Town"}, "Territory with this Name already exists."),
        ({"name": " Old Town "}, "Territory with this Name already exists."),
        ({"source": "osm_file"}, "No map file is set. Put the path of an .osm.pbf file into OSM_FILE"),
    ],
)
def test_territory_that_cannot_be_is_refused_with_one_error(
    admin_client: Client, settings: Any, wrong: dict[str, str], said: str
) -> None:
    settings.OSM_FILE = ""
    make_territory(name="Old Town")
    errors = errors_of(add(admin_client, Territory, **TERRITORY | wrong))
    assert len(errors) == 1, errors
    assert errors[0].startswith(said)
    assert (Territory.objects.count(), CoverageGrid.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("source", "os.system", "Select a valid choice. os.system is not one of the available choices."),
        ("south", "nan", "Enter a number."),
        ("name", "", "This field is required."),
    ],
)
def test_territory_with_an_unreadable_field_says_which(
    admin_client: Client, field: str, value: str, said: str
) -> None:
    answer = add(admin_client, Territory, **TERRITORY | {field: value})
    assert said in errors_of(answer)
    assert answer.context["adminform"].form.errors[field] == [said]
    assert not Territory.objects.exists()


class FadingSource(SampleTown):
    """Can be asked once, and no more after that."""

    asked = 0

    def check_ready(self) -> None:
        FadingSource.asked += 1
        if FadingSource.asked > 1:
            raise BadData("The map is gone")


def test_territory_refused_after_its_form_was_taken_says_why(admin_client: Client, settings: Any) -> None:
    FadingSource.asked = 0
    settings.SOURCES = {"fading": f"{__name__}.FadingSource"}
    answer = add(admin_client, Territory, **TERRITORY | {"source": "fading"})
    assert (answer.status_code, answer["Location"]) == (302, page_of(Territory, "add"))
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["The map is gone"]
    assert not Territory.objects.exists()


def test_suppression_is_kept_as_a_hash_and_calls_off(admin_client: Client) -> None:
    message = make_message()
    address = message.recipient
    assert add(admin_client, Suppression, address=f" {address.upper()} ", scope="address").status_code == 302
    kept = Suppression.objects.get()
    assert (kept.address_hash, kept.reason, kept.by) == (address_hash(address), "staff", "staff:admin")
    message.campaign.refresh_from_db()
    assert message.campaign.status == "cancelled"
    assert Business.objects.get().suppressed
    page = admin_client.get(page_of(kept, "changelist")).text
    assert kept.address_hash in page
    assert address not in page.lower()


def test_suppression_of_the_same_address_twice_is_one(admin_client: Client) -> None:
    for _ in range(2):
        assert add(admin_client, Suppression, address="no@shop.example", scope="address").status_code == 302
    assert Suppression.objects.count() == 1


def test_suppression_of_no_address_is_refused(admin_client: Client) -> None:
    assert errors_of(add(admin_client, Suppression, address="nobody", scope="address")) == [
        "Enter a valid email address."
    ]
    assert not Suppression.objects.exists()


def payment_form(**over: Any) -> dict[str, Any]:
    return {
        "customer": make_customer().pk,
        "amount": "29.00",
        "currency": "USD",
        "received_at_0": "2026-03-02",
        "received_at_1": "09:00:00",
        "reference": "R-7",
    } | over


def test_payment_is_booked_by_who_entered_it(admin_client: Client, settings: Any) -> None:
    settings.CURRENCY = "USD"
    assert add(admin_client, Payment, **payment_form(entered_by="somebody else")).status_code == 302
    payment = Payment.objects.get()
    assert (payment.amount, payment.status, payment.entered_by) == (29, "received", "staff:admin")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"currency": "EUR"}, "The books are kept in USD. Enter the amount in it."),
        ({"reference": "R-1"}, "Payment with this Reference already exists."),
    ],
)
def test_payment_that_cannot_be_booked_is_refused(
    admin_client: Client, settings: Any, wrong: dict[str, str], said: str
) -> None:
    settings.CURRENCY = "USD"
    make_payment()
    assert errors_of(add(admin_client, Payment, **payment_form(**wrong))) == [said]
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "-5", "abc"])
def test_payment_of_no_amount_is_refused(admin_client: Client, settings: Any, amount: str) -> None:
    settings.CURRENCY = "USD"
    assert len(errors_of(add(admin_client, Payment, **payment_form(amount=amount)))) == 1
    assert not Payment.objects.exists()


def test_page_leaves_out_what_its_screen_leaves_out(admin_client: Client) -> None:
    mail = make_row("message")
    shown = admin_client.get(page_of(mail, "change", mail.pk)).content.decode()
    labels = set(re.findall(r"<label[^>]*>\s*([^<]+?)\s*</label>", shown))
    assert {"Subject", "Body sha256"} <= labels
    assert "Body" not in labels


def test_events_of_one_kind_come_by_their_time(admin_client: Client) -> None:
    mail: Any = make_row("message")
    for hours in (2, 3, 1):
        Event.objects.create(message=mail, kind="opened", at=NOW + timedelta(hours=hours))
    address = page_of(Event, "changelist")

    def shown(query: str) -> list[int]:
        return [
            event.at.hour - NOW.hour for event in admin_client.get(address + query).context["cl"].result_list
        ]

    assert shown("?kind__exact=opened") == [3, 2, 1]
    assert shown("") == [1, 3, 2]  # as they came
