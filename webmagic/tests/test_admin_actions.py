"""What staff ask for by actions: each calls its verb, moves its row, and leaves what it may not move."""

import csv
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client
from django.urls import reverse

from businesses.models import Business
from businesses.tests.factories import make_business
from campaigns import leaving
from campaigns.models import Campaign, Suppression
from campaigns.tests.factories import make_campaign, make_message
from customers.models import Customer, Payment
from pipeline import incidents, switches
from pipeline.clock import VirtualClock
from pipeline.errors import SwitchedOff
from pipeline.models import Effect, InboundEvent, Incident, Switch, TimelineEntry
from sites.models import Site
from sites.tests.factories import make_site
from territories.models import CoverageGrid
from territories.tests.factories import NOW, make_grid

pytestmark = pytest.mark.django_db
HELD_BY_A_WORKER = {"claimed_by": "worker-1", "claimed_at": NOW}
LEFT = "1 stayed as it was: somebody else changed it, or a worker holds it"


def ask(client: Client, action: str, *rows: models.Model) -> list[str]:
    """Post an action about `rows` from their list, bring them up to date, and return what staff are told."""
    name = f"admin:{rows[0]._meta.app_label}_{rows[0]._meta.model_name}_changelist"
    form = {"action": action, "_selected_action": [row.pk for row in rows]}
    form |= {"confirmed": "yes", "why": "a test"}
    answer = client.post(reverse(name), form, follow=True)
    assert answer.status_code == 200
    for row in rows:
        row.refresh_from_db()
    return [str(message) for message in answer.context["messages"]]


def last_move(row: models.Model) -> tuple[str, str, str]:
    entry = TimelineEntry.objects.filter(model=row._meta.label_lower, row_id=row.pk).latest("pk")
    return entry.from_status, entry.to_status, entry.by


def make_payment() -> Payment:
    customer = Customer.objects.create(business=make_business(), since=NOW)
    return Payment.objects.create(
        customer=customer, amount=Decimal("29.00"), currency="USD", received_at=NOW, reference="R-1"
    )


def make_held_campaign() -> Campaign:
    """Return a campaign whose mail may or may not have gone out, with the open question in the ledger."""
    campaign = make_campaign(status="held")
    message = make_message(campaign=campaign)
    Effect.objects.create(
        kind="mail.smtp", key=leaving.delivery_key(message), subject=f"campaigns.campaign:{campaign.pk}",
        status="unknown", calls=1, planned_at=NOW, called_at=NOW,
    )  # fmt: skip
    return campaign


def make_incident(key: str = "scrape") -> Incident:
    return incidents.open_incident("bug", key, title="Scraping broke", now=NOW)


def throw_switch(client: Client) -> Any:
    """Pause a stage through the form, and return the page that is shown after it."""
    form = {"scope": "stage:scraping", "why": "The map is wrong"}
    return client.post(reverse("admin:pipeline_switch_add"), form, follow=True)


# -------------------------------------------------------------------------------------------------- the stages
@pytest.mark.parametrize("status", ["cooldown", "failed"])
def test_cell_is_scraped_again(admin_client: Client, status: str) -> None:
    cell = make_grid(status=status, attempts=4, cooldown_until=NOW + timedelta(days=30))
    assert ask(admin_client, "scrape_again", cell) == ["1 cell is scraped in the next run"]
    assert (cell.status, cell.attempts, cell.cooldown_until) == ("pending", 0, None)
    assert last_move(cell) == (status, "pending", "staff:admin")


def test_cell_that_waits_is_made_due(admin_client: Client) -> None:
    later = NOW + timedelta(days=36500)
    cell = make_grid(next_attempt_at=later)
    ask(admin_client, "scrape_again", cell)
    assert (cell.status, cell.next_attempt_at < later) == ("pending", True)


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("mark_qualified", "review", "qualified"),
        ("mark_to_call", "new", "call_list"),
        ("mark_rejected", "qualified", "rejected"),
    ],
)
def test_business_is_decided_by_a_person(admin_client: Client, action: str, before: str, after: str) -> None:
    business = make_business(status=before)
    (said,) = ask(admin_client, action, business)
    assert said.startswith("1 are ")
    assert (business.status, business.decided_by) == (after, "staff:admin")
    assert last_move(business) == (before, after, "staff:admin")


def test_business_is_looked_at_again(admin_client: Client) -> None:
    business = make_business(status="rejected", decided_by="staff:admin", attempts=3)
    assert ask(admin_client, "look_again", business) == ["1 are looked at again in the next run"]
    assert (business.status, business.decided_by, business.attempts) == ("new", "", 0)


def test_site_is_built_again(admin_client: Client) -> None:
    site = make_site(status="failed", attempts=3, reopened_count=3)
    assert ask(admin_client, "build_again", site) == ["1 sites are built again in the next run"]
    assert (site.status, site.attempts, site.reopened_count) == ("pending", 0, 0)


@pytest.mark.parametrize("claim", [{}, HELD_BY_A_WORKER])
def test_site_is_taken_down_whoever_works_on_it(admin_client: Client, claim: dict[str, Any]) -> None:
    site = make_site(**claim)
    (said,) = ask(admin_client, "take_down", site)
    assert said == "1 sites are gone, and their businesses are never written to"
    assert (site.status, site.claimed_by) == ("taken_down", "")
    assert site.taken_down_at is not None
    assert Business.objects.get(pk=site.business_id).suppressed
    assert last_move(site) == ("published", "taken_down", "staff:admin")


def test_campaign_is_approved(admin_client: Client) -> None:
    campaign = make_campaign(status="draft", approved_at=None, approved_by="")
    assert ask(admin_client, "approve", campaign) == ["1 mails go out in the next run"]
    assert (campaign.status, campaign.approved_by) == ("pending", "staff:admin")
    assert campaign.approved_at is not None


def test_campaign_without_its_mail_is_not_approved(admin_client: Client) -> None:
    campaign = make_campaign(status="draft", written_at=None, approved_at=None)
    assert ask(admin_client, "approve", campaign) == ["1 stayed as it was: This mail is not written yet"]
    assert campaign.status == "draft"


def test_campaign_is_called_off(admin_client: Client) -> None:
    campaign = make_campaign()
    assert ask(admin_client, "call_off", campaign) == ["1 mails are called off"]
    assert last_move(campaign) == ("pending", "cancelled", "staff:admin")


@pytest.mark.parametrize(
    ("action", "status", "effect", "sent"),
    [("went_out", "sent", "done", True), ("did_not_go_out", "pending", "planned", False)],
)
def test_uncertain_mail_is_settled(
    admin_client: Client, action: str, status: str, effect: str, sent: bool
) -> None:
    campaign = make_held_campaign()
    ask(admin_client, action, campaign)
    assert campaign.status == status
    assert Effect.objects.get().status == effect
    assert (campaign.sent_at is not None, campaign.messages.get().sent_at is not None) == (sent, sent)


@pytest.mark.parametrize("action", ["went_out", "did_not_go_out"])
def test_mail_that_went_out_is_not_settled_again(admin_client: Client, action: str) -> None:
    campaign = make_campaign(status="sent", sent_at=NOW)
    message = make_message(campaign=campaign, sent_at=NOW)
    assert ask(admin_client, action, campaign) == ["1 stayed as it was: “Sent” does not allow this"]
    message.refresh_from_db()
    assert (campaign.status, campaign.sent_at, message.sent_at) == ("sent", NOW, NOW)


def test_business_of_a_campaign_is_never_written_to_again(admin_client: Client) -> None:
    campaign = make_campaign()
    assert ask(admin_client, "suppress", campaign) == ["1 businesses are never written to again"]
    assert campaign.status == "cancelled"
    assert Business.objects.get(pk=campaign.business_id).suppressed
    assert Suppression.objects.get().by == "staff:admin"


# ------------------------------------------------------------------------------------------ what is left alone
@pytest.mark.parametrize(
    ("action", "make", "status"),
    [
        ("scrape_again", make_grid, "scraping"),
        ("mark_qualified", make_business, "new"),
        ("mark_to_call", make_business, "new"),
        ("mark_rejected", make_business, "new"),
        ("look_again", make_business, "review"),
        ("build_again", make_site, "completed"),
        ("approve", make_campaign, "draft"),
        ("call_off", make_campaign, "sending"),
        ("call_off", make_campaign, "draft"),
    ],
)
def test_row_that_a_worker_holds_is_left(admin_client: Client, action: str, make: Any, status: str) -> None:
    row = make(status=status, **HELD_BY_A_WORKER)
    (said,) = ask(admin_client, action, row)
    assert said == LEFT or (said, row.status) == (
        "1 stayed as it was: “Sending” does not allow this",
        "sending",
    )
    assert (row.status, row.claimed_by) == (status, "worker-1")
    assert not TimelineEntry.objects.exists()


@pytest.mark.parametrize("action", ["went_out", "did_not_go_out"])
def test_held_mail_that_a_worker_looks_at_is_left(admin_client: Client, action: str) -> None:
    campaign = make_held_campaign()
    Campaign.objects.filter(pk=campaign.pk).update(**HELD_BY_A_WORKER)
    assert ask(admin_client, action, campaign) == [LEFT]
    assert (campaign.status, campaign.messages.get().sent_at) == ("held", None)
    assert Effect.objects.get().status == "unknown"


def test_suppressing_leaves_the_mail_in_a_workers_hand_to_its_gate(admin_client: Client) -> None:
    campaign = make_campaign(status="sending", **HELD_BY_A_WORKER)
    assert ask(admin_client, "suppress", campaign) == ["1 businesses are never written to again"]
    assert (campaign.status, campaign.claimed_by) == ("sending", "worker-1")
    assert Business.objects.get(pk=campaign.business_id).suppressed


def test_rows_that_may_move_do_beside_one_that_may_not(admin_client: Client) -> None:
    free, held = make_site(), make_site(**HELD_BY_A_WORKER)
    assert ask(admin_client, "build_again", free, held) == [
        f"1 sites are built again in the next run. {LEFT}"
    ]
    assert (free.status, held.status) == ("pending", "published")


@pytest.mark.parametrize(
    ("action", "make", "status", "word"),
    [
        ("mark_to_call", make_business, "rejected", "Not a lead"),
        ("build_again", make_site, "taken_down", "Removed"),
        ("call_off", make_campaign, "cancelled", "Cancelled"),
    ],
)
def test_row_whose_state_does_not_allow_it_is_left(
    admin_client: Client, action: str, make: Any, status: str, word: str
) -> None:
    row = make(status=status)
    assert ask(admin_client, action, row) == [f"1 stayed as it was: “{word}” does not allow this"]
    assert row.status == status


# --------------------------------------------------------------------------------- money, switches, incidents
def test_payment_is_refunded_once(admin_client: Client) -> None:
    payment = make_payment()
    assert ask(admin_client, "refund", payment) == ["1 payments are booked as refunded"]
    first = payment.refunded_at
    assert (payment.status, first is not None) == ("refunded", True)
    assert ask(admin_client, "refund", payment) == ["1 stayed as it was: It was refunded before"]
    assert payment.refunded_at == first


def test_switch_is_thrown_and_back(admin_client: Client, clock: VirtualClock) -> None:
    answer = throw_switch(admin_client)
    assert "stage:scraping: paused" in answer.text
    switch = Switch.objects.get()
    assert (switch.paused, switch.by, switch.why) == (True, "staff:admin", "The map is wrong")
    with pytest.raises(SwitchedOff):
        switches.check_on("stage:scraping", now=clock.now())
    assert ask(admin_client, "resume", switch) == ["1 run again"]
    assert (switch.paused, switch.by) == (False, "staff:admin")
    switches.check_on("stage:scraping", now=clock.now())


def test_switch_that_was_thrown_before_is_thrown_again(admin_client: Client) -> None:
    switches.pause("stage:scraping", by="staff:admin", why="Then", now=NOW)
    switches.resume("stage:scraping", by="staff:admin", now=NOW)
    throw_switch(admin_client)
    switch = Switch.objects.get()
    assert (switch.paused, switch.why) == (True, "The map is wrong")


def test_incident_is_resolved_once(admin_client: Client) -> None:
    incident = make_incident()
    assert ask(admin_client, "resolve", incident) == ["1 are resolved"]
    first = incident.resolved_at
    assert (first is not None, incident.resolution) == (True, "Resolved by staff:admin")
    assert ask(admin_client, "resolve", incident) == ["1 stayed as it was: It is resolved already"]
    assert incident.resolved_at == first


def test_resolving_one_that_is_over_leaves_its_open_likeness(admin_client: Client) -> None:
    over = make_incident()
    incidents.resolve_incident("bug", "scrape", now=NOW, resolution="Mended")
    again = make_incident()
    assert ask(admin_client, "resolve", over) == ["1 stayed as it was: It is resolved already"]
    again.refresh_from_db()
    assert (again.pk != over.pk, again.resolved_at) == (True, None)


def test_action_of_somebody_who_may_only_look_does_nothing(client: Client, django_user_model: Any) -> None:
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["view_site", "view_coveragegrid"]))
    client.force_login(clerk)
    site, cell = make_site(), make_grid(status="failed")
    ask(client, "take_down", site)
    ask(client, "scrape_again", cell)
    assert (site.status, cell.status) == (Site.Status.PUBLISHED, CoverageGrid.Status.FAILED)


@pytest.mark.parametrize("action", ["went_out", "did_not_go_out"])
@pytest.mark.parametrize("status", ["draft", "failed", "pending"])
@pytest.mark.parametrize("written", [True, False])
def test_mail_that_is_not_uncertain_is_not_settled(
    admin_client: Client, action: str, status: str, written: bool
) -> None:
    campaign = make_campaign(status=status, approved_at=None if status == "draft" else NOW)
    if written:
        make_message(campaign=campaign)
    (said,) = ask(admin_client, action, campaign)
    assert said.startswith("1 stayed as it was: ")
    assert campaign.status == status


def test_waiting_cell_in_hand(admin_client: Client) -> None:
    cell = make_grid(**HELD_BY_A_WORKER)
    assert ask(admin_client, "scrape_again", cell) == [LEFT]


# ------------------------------------------------------------------------------------- asked back, logged, saved
def press(client: Client, action: str, *rows: models.Model, **answers: str) -> Any:
    """Post an action and return the page that comes."""
    name = f"admin:{rows[0]._meta.app_label}_{rows[0]._meta.model_name}_changelist"
    form = {"action": action, "_selected_action": [row.pk for row in rows], **answers}
    return client.post(reverse(name), form, follow=True)


@pytest.mark.parametrize(
    ("action", "make", "fields"),
    [
        ("build_again", make_site, {"status": "failed"}),
        ("take_down", make_site, {}),
        ("go_back", make_site, {}),
        ("scrape_again", make_grid, {"status": "failed"}),
        ("look_again", make_business, {"status": "rejected"}),
        ("call_off", make_campaign, {}),
        ("suppress", make_campaign, {}),
        ("try_again", make_campaign, {"status": "failed"}),
        ("set_aside_action", make_site, {"status": "failed", "error_kind": "bad_data"}),
    ],
)
def test_nothing_is_done_before_it_was_asked_back(
    admin_client: Client, action: str, make: Any, fields: dict[str, Any]
) -> None:
    row = make(**fields)
    before = row.status
    for answers in ({}, {"confirmed": "yes"}, {"confirmed": "yes", "why": "  "}):
        shown = press(admin_client, action, row, **answers)
        row.refresh_from_db()
        assert (shown.status_code, row.status) == (200, before)
        assert 'name="why"' in shown.text
        assert f'name="_selected_action" value="{row.pk}"' in shown.text
    assert not TimelineEntry.objects.exists()
    assert not LogEntry.objects.exists()


def test_what_it_means_is_said_in_numbers_and_money_is_typed(admin_client: Client, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_USD_PER_SITE = "key", Decimal("0.10")
    sites = [make_site(status="failed") for _ in range(14)]
    shown = press(admin_client, "build_again", *sites)
    assert "Build 14 sites again?" in shown.text
    assert "<b>$1.40</b>" in shown.text
    press(admin_client, "build_again", *sites, confirmed="yes", why="new text", confirm="13")
    assert not Site.objects.filter(status="pending").exists()
    press(admin_client, "build_again", *sites, confirmed="yes", why="new text", confirm="14")
    assert Site.objects.filter(status="pending").count() == 14


def test_who_did_it_and_why_is_in_the_timeline_and_in_the_log(admin_client: Client) -> None:
    site = make_site(status="failed")
    press(admin_client, "build_again", site, confirmed="yes", why="The text was wrong")
    entry = TimelineEntry.objects.get()
    assert (entry.by, entry.reason) == ("staff:admin", "The text was wrong")
    log = LogEntry.objects.get()
    assert (log.user.get_username(), log.object_id) == ("admin", str(site.pk))
    assert log.change_message == "Build again: The text was wrong"
    assert (
        "The text was wrong" in admin_client.get(reverse("admin:websites_site_history", args=[site.pk])).text
    )


def test_second_press_moves_nothing(admin_client: Client) -> None:
    site = make_site(status="failed", error_kind="bad_data")
    for said in ("1 are set aside", "1 stayed as it was: It is set aside already"):
        shown = press(admin_client, "set_aside_action", site, confirmed="yes", why="closed")
        assert [str(message) for message in shown.context["messages"]] == [said]
    assert (TimelineEntry.objects.count(), LogEntry.objects.count()) == (1, 1)
    listed = admin_client.get(reverse("admin:websites_site_changelist") + "?gave_up=yes").context["cl"]
    assert list(listed.result_list) == []


def test_rows_are_saved_as_csv_without_formulas(admin_client: Client) -> None:
    rows = [
        make_business(name="=HYPERLINK(1)", socials={"facebook": "brook;=1"}),
        make_business(name="Löwen, Bäckerei"),
    ]
    answer = press(admin_client, "export_rows", *rows)
    assert answer["Content-Disposition"] == 'attachment; filename="business.csv"'
    lines = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert [line["name"] for line in lines] == ["'=HYPERLINK(1)", "Löwen, Bäckerei"]
    assert [line["id"] for line in lines] == [str(row.pk) for row in rows]
    assert lines[0]["status"] == rows[0].status
    assert "claimed_by" not in lines[0]
    assert json.loads(lines[0]["socials"]) == {"facebook": "brook;'=1"}


def test_what_was_taken_in_again_is_no_dead_letter(admin_client: Client) -> None:
    event = InboundEvent.objects.create(
        source="bank", external_id="1", body="{}", received_at=NOW, status="failed", error_kind="bad_data"
    )
    assert ask(admin_client, "apply_again", event) == ["1 are applied again"]
    assert (event.status, last_move(event)) == ("received", ("failed", "received", "staff:admin"))
