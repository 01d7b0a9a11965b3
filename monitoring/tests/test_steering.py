"""The steering page: every act asks back, holds at once, is logged, and opens its door to whom it should."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from businesses.tests.factories import make_business
from campaigns.models import Campaign, Mailbox
from campaigns.tests.factories import make_campaign, make_mailbox
from monitoring import letters, steering
from monitoring.run_now import run_now
from monitoring.staff_roles import sync_roles
from pipeline import budgets, dead_letters, switches
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import BadData, SwitchedOff
from pipeline.models import (
    Budget,
    ClusterHeartbeat,
    InboundEvent,
    LimitChange,
    RoleLease,
    ScheduleSlot,
    Switch,
    TimelineEntry,
)
from sites.models import Site
from sites.tests.factories import make_site
from territories.tests.factories import NOW, make_grid

pytestmark = pytest.mark.django_db
GAVE_UP: dict[str, Any] = {"status": "failed", "error_kind": "bad_data", "last_error": "The theme refuses it"}
PAGE = "/dashboard/steering/"
POSTS = ("pause", "resume", "run_step", "letters")


def signed_in(role: str) -> Client:
    """A browser of somebody in that group."""
    sync_roles()
    user = User.objects.create_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def operator() -> Client:
    return signed_in("Operator")


@pytest.fixture
def owner() -> Client:
    return signed_in("Admin")


def post(client: Client, name: str, *args: str, **form: Any) -> list[str]:
    """Post to a page and return what the person is told."""
    form.setdefault("next", PAGE)
    answer = client.post(reverse(f"monitoring:{name}", args=args), form, follow=True)
    assert answer.status_code in (200, 422), answer.status_code
    return [str(message) for message in answer.context["messages"]]


def worker(queue: str = "monitoring", *, at: datetime | None = None) -> None:
    now = at or SYSTEM_CLOCK.now()
    ClusterHeartbeat.objects.create(queue=queue, started_at=now, announced_at=now, answered_at=now)


def logged() -> list[str]:
    return list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))


# ------------------------------------------------------------------------------------------------------ roles
@pytest.mark.parametrize(
    ("role", "page", "switch", "limit"),
    [("Viewer", 200, 403, 403), ("Operator", 200, 200, 403), ("Admin", 200, 200, 200)],
)
def test_each_door_opens_to_whom_it_should(role: str, page: int, switch: int, limit: int) -> None:
    client = signed_in(role)
    make_site(**GAVE_UP)
    assert client.get(PAGE).status_code == page
    assert client.get(reverse("monitoring:limit", args=["mails"])).status_code == page
    assert client.get(reverse("monitoring:steering_pause") + "?scope=everything").status_code == switch
    assert client.get(reverse("monitoring:letters_ask") + "?kind=sites&verb=again").status_code == switch
    for name in POSTS:
        form = {
            "scope": "everything",
            "why": "a test",
            "task": "beat",
            "kind": "sites",
            "verb": "aside",
            "upto": 1,
        }
        answer = client.post(reverse(f"monitoring:{name}"), form, follow=True)
        assert answer.status_code == switch, name
    change = {"value": "5", "why": "a test", "seen": "0", "confirmed": "yes"}
    answer = client.post(reverse("monitoring:limit_change", args=["mails"]), change, follow=True)
    assert answer.status_code == limit
    assert LimitChange.objects.count() == (limit == 200)


def test_doors_are_shut_to_whom_is_nobody(client: Client) -> None:
    for name in ("steering", "steering_pause", "letters_ask"):
        assert "/login/" in client.get(reverse(f"monitoring:{name}"))["Location"]
    for name in POSTS:
        assert "/login/" in client.post(reverse(f"monitoring:{name}"))["Location"]
    assert not Switch.objects.exists()


def test_viewer_is_offered_nothing_to_press() -> None:
    make_site(**GAVE_UP)
    text = signed_in("Viewer").get(PAGE).text
    assert "The theme refuses it" in text
    for button in ("Run now", ">Pause<", "Try 1 again", ">Change<"):
        assert button not in text


# ---------------------------------------------------------------------------------------------------- switches
def test_pause_is_asked_back_with_what_waits(operator: Client) -> None:
    make_campaign()
    make_campaign()
    shown = operator.get(reverse("monitoring:steering_pause") + "?scope=stage:campaigns").text
    assert "Pause: Writing and sending mails?" in shown
    assert "<b>2</b><span>mails wait to go out</span>" in shown


@pytest.mark.parametrize(
    "scope", ["everything", "stage:generation", "source:sample", "source:smtp", "source:claude"]
)
def test_pause_holds_before_the_next_act_and_until_it_is_resumed(operator: Client, scope: str) -> None:
    assert operator.get(reverse("monitoring:steering_pause") + f"?scope={scope}").status_code == 200
    (said,) = post(operator, "pause", scope=scope, why="a look round", span="")
    assert said.startswith("Paused: ")
    with pytest.raises(SwitchedOff, match="by staff:operator: a look round"):
        switches.check_on(scope, now=SYSTEM_CLOCK.now())
    assert "a look round" in operator.get(PAGE).text
    assert post(operator, "resume", scope=scope)[0].startswith("Runs again: ")
    switches.check_on(scope, now=SYSTEM_CLOCK.now())
    assert [entry.to_status for _, entry in switches.history(limit=9)] == ["on", "paused"]
    assert logged() == ["Paused: a look round", "Resumed"]


def test_pause_for_a_while_ends_by_itself(operator: Client) -> None:
    post(operator, "pause", scope="everything", why="lunch", span="1h")
    now = SYSTEM_CLOCK.now()
    with pytest.raises(SwitchedOff):
        switches.check_on(now=now + timedelta(minutes=59))
    switches.check_on(now=now + timedelta(minutes=61))
    (said,) = post(operator, "pause", scope="everything", why="longer", span="")
    assert said.startswith("Paused")
    (said,) = post(operator, "pause", scope="everything", why="shorter", span="1h")
    assert said == "Everything is paused for longer already. Nothing was changed"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"scope": "everything", "why": " "}, "Nothing was paused. Say why, so that others know"),
        ({"scope": "everything", "why": "x", "span": "9y"}, "Nothing was paused. Choose how long"),
        ({"scope": "stage:moon", "why": "x"}, "There is nothing of this name to pause"),
        ({"scope": "mailbox:x", "why": "x"}, "There is no such mailbox"),
        ({"scope": "mailbox:99999999999999999999", "why": "x"}, "There is no such mailbox"),
        ({"why": "x"}, "There is nothing of this name to pause"),
    ],
)
def test_pause_of_nothing_says_what_is_missing(operator: Client, form: dict[str, str], said: str) -> None:
    assert post(operator, "pause", **form) == [said]
    assert not Switch.objects.filter(paused=True).exists()
    assert logged() == []


def test_mailbox_is_paused_and_resumed(operator: Client) -> None:
    box = make_mailbox(active_since=NOW)
    make_campaign(mailbox=box)
    scope = f"mailbox:{box.pk}"
    shown = operator.get(reverse("monitoring:steering_pause") + f"?scope={scope}").text
    assert "<b>1</b><span>mails of this mailbox wait meanwhile</span>" in shown
    post(operator, "pause", scope=scope, why="holiday")
    box.refresh_from_db()
    assert (box.state, box.paused_why, box.state_changed_by) == ("paused", "holiday", "staff:operator")
    post(operator, "resume", scope=scope)
    assert Mailbox.objects.get().state == "active"
    assert logged() == ["Paused: holiday", "Resumed"]


def test_way_back_leads_nowhere_else(operator: Client) -> None:
    for back in ("https://evil.example/", "//evil.example/"):
        answer = operator.post("/dashboard/pause/", {"scope": "everything", "why": "x", "next": back})
        assert answer["Location"] == "/"


# ------------------------------------------------------------------------------------------------------ limits
def test_limit_is_changed_after_its_meaning_was_shown(owner: Client) -> None:
    budgets.take("mails", 10, now=SYSTEM_CLOCK.now())
    address = reverse("monitoring:limit_change", args=["mails"])
    asked = owner.post(address, {"value": "1,200", "why": "A fair"})
    assert "From 960 to 1,200: 1,190 are left today, 10 are used" in asked.text
    assert not LimitChange.objects.exists()
    said = post(owner, "limit_change", "mails", value="1,200", why="A fair", seen="0", confirmed="yes")
    assert said == ["Mails a day: 1,200 from now on"]
    assert budgets.limit_of("mails") == 1200
    assert "A fair (staff:admin)" in owner.get(reverse("monitoring:limit", args=["mails"])).text
    assert logged() == ["Changed the limit: A fair"]
    said = post(owner, "limit_change", "mails", reset="yes", why="Over", seen="1", confirmed="yes")
    assert (said, budgets.limit_of("mails")) == (["Mails a day: 960 from now on"], 960)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"value": "9601", "why": "x"}, "Mails a day must be from 0 to 9,600."),
        ({"value": "lots", "why": "x"}, "Type a number, such as 960"),
        ({"value": "5", "why": ""}, "Say why, so that others know"),
        ({"reset": "yes", "why": "x"}, "That is what holds already"),
        ({"value": "5", "why": "x", "seen": "3", "confirmed": "yes"}, "Somebody else changed this limit"),
        ({"value": "5", "why": "x", "seen": "x", "confirmed": "yes"}, "Somebody else changed this limit"),
    ],
)
def test_limit_that_may_not_be_says_so_beside_the_field(
    owner: Client, form: dict[str, str], said: str
) -> None:
    answer = owner.post(reverse("monitoring:limit_change", args=["mails"]), form)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert not LimitChange.objects.exists()


def test_limit_of_another_name_is_not_found(owner: Client) -> None:
    assert owner.get(reverse("monitoring:limit", args=["sms"])).status_code == 404
    assert owner.post(reverse("monitoring:limit_change", args=["sms"]), {"value": "1"}).status_code == 404


# ------------------------------------------------------------------------------------------------------- steps
def test_step_is_given_to_a_worker_once(operator: Client) -> None:
    worker()
    (said,) = post(operator, "run_step", task="publish_completed_sites")
    assert said == "“Put built sites online” was given to a worker"
    assert ScheduleSlot.objects.filter(task="publish_completed_sites", status="due").exists()
    (said,) = post(operator, "run_step", task="publish_completed_sites")
    assert said == "“Put built sites online” runs or is due already. It was not begun twice"
    assert logged() == ["Asked to run it now"]


def test_step_that_has_just_run_is_not_begun_in_the_same_minute(operator: Client) -> None:
    now = SYSTEM_CLOCK.now().replace(second=5)
    worker(at=now.replace(second=30))
    asked = run_now("publish_completed_sites", now=now)
    ScheduleSlot.objects.all().update(status="done")
    assert asked.slot is not None
    assert run_now("publish_completed_sites", now=now.replace(second=50)).slot is None


def test_step_waits_for_the_conductor_where_no_worker_answers(operator: Client) -> None:
    (said,) = post(operator, "run_step", task="publish_completed_sites")
    assert said.startswith("Nothing would run it: no worker answers and no conductor leads.")
    assert not ScheduleSlot.objects.exists()
    later = SYSTEM_CLOCK.now() + timedelta(minutes=2)
    RoleLease.objects.create(role="conductor", holder="me", expires_at=later)
    (said,) = post(operator, "run_step", task="publish_completed_sites")
    assert said == "“Put built sites online” is run by the conductor within half a minute"
    assert ScheduleSlot.objects.get().status == "due"


def test_paused_step_is_not_begun(operator: Client) -> None:
    worker()
    switches.pause("stage:generation", by="staff:ann", why="a look round", now=SYSTEM_CLOCK.now())
    (said,) = post(operator, "run_step", task="publish_completed_sites")
    assert said == "Paused (stage:generation) by staff:ann: a look round"
    assert not ScheduleSlot.objects.exists()


@pytest.mark.parametrize("task", ["", "os.system", "send_campaign"])
def test_step_of_no_schedule_is_refused(operator: Client, task: str) -> None:
    worker()
    (said,) = post(operator, "run_step", task=task)
    assert "There is no task" in said or "works on one row" in said


# ------------------------------------------------------------------------------------------------ dead letters
def settle(client: Client, kind: str, verb: str, **form: Any) -> list[str]:
    return post(client, "letters", kind=kind, verb=verb, **({"why": "mended", "upto": 10**9} | form))


def test_dead_letters_are_shown_by_cause(operator: Client) -> None:
    for _ in range(2):
        make_site(**GAVE_UP)
    make_site(**GAVE_UP | {"last_error": "It has <b>no</b> name"})
    text = operator.get(PAGE).text
    assert "Sites: 3" in text
    assert "Try 2 again" in text
    assert "It has &lt;b&gt;no&lt;/b&gt; name" in text


def test_price_of_another_try_is_asked_back_and_typed(operator: Client, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_USD_PER_SITE = "key", Decimal("0.10")
    sites = [make_site(**GAVE_UP) for _ in range(14)]
    shown = operator.get(reverse("monitoring:letters_ask") + "?kind=sites&verb=again").text
    assert "<b>14</b><span>sites are built again</span>" in shown
    assert "<b>$1.40</b><span>at most is paid for it</span>" in shown
    assert "<b>120</b><span>of today&#x27;s budget are left" in shown
    assert settle(operator, "sites", "again") == ["Nothing was done. Type the number 14 to go on"]
    assert Site.objects.filter(status="failed").count() == 14
    assert settle(operator, "sites", "again", confirm="14") == ["14 rows are done"]
    assert Site.objects.filter(status="pending", attempts=0).count() == 14
    entry = TimelineEntry.objects.filter(row_id=sites[0].pk, to_status="pending").get()
    assert (entry.by, entry.reason) == ("staff:operator", "mended")
    assert logged() == ["Tried again: mended"] * 14


def test_one_cause_is_settled_and_the_others_stay(operator: Client) -> None:
    one, other = make_site(**GAVE_UP), make_site(**GAVE_UP | {"last_error": "Another"})
    assert settle(operator, "sites", "aside", cause="Another") == ["1 row is done"]
    assert list(dead_letters.gave_up(Site)) == [one]
    assert TimelineEntry.objects.get(row_id=other.pk).to_status == "set_aside"
    assert "Set aside" in operator.get(reverse("admin:websites_site_change", args=[other.pk])).text


def test_second_press_finds_nothing_and_moves_nothing(operator: Client) -> None:
    make_site(**GAVE_UP)
    settle(operator, "sites", "again")
    assert settle(operator, "sites", "again") == ["0 rows are done"]
    assert settle(operator, "sites", "aside") == ["0 rows are done"]
    assert TimelineEntry.objects.count() == 1


def test_row_that_somebody_moved_meanwhile_is_left(operator: Client) -> None:
    site = make_site(**GAVE_UP)
    rows = letters.chosen(letters.KINDS["sites"], None)
    assert list(rows) == [site]  # they are read now
    Site.objects.filter(pk=site.pk).update(status="pending")
    done = letters.try_again(letters.KINDS["sites"], rows, by="staff:ann", why="x", now=NOW)
    assert str(done) == (
        "0 rows are done. 1 stayed as it was: somebody else changed it, or a worker holds it"
    )


def test_every_kind_is_tried_again(operator: Client) -> None:
    cell = make_grid(**GAVE_UP)
    written = make_campaign(**GAVE_UP, business=make_business(email="a@shop.example"))
    unwritten = make_campaign(**GAVE_UP, written_at=None, approved_at=None)
    event = InboundEvent.objects.create(source="bank", external_id="1", body="{}", received_at=NOW, **GAVE_UP)
    for kind in ("cells", "mails", "events"):
        assert operator.get(reverse("monitoring:letters_ask") + f"?kind={kind}&verb=again").status_code == 200
        settle(operator, kind, "again")
    for row in (cell, written, unwritten, event):
        row.refresh_from_db()
    assert (cell.status, unwritten.status, event.status) == ("pending", "draft", "received")
    assert written.status == "pending"


def test_mail_that_a_person_called_off_stays_so(operator: Client) -> None:
    campaign = make_campaign(status="cancelled", **{k: v for k, v in GAVE_UP.items() if k != "status"})
    assert settle(operator, "mails", "again") == ["0 rows are done"]
    assert Campaign.objects.get(pk=campaign.pk).status == "cancelled"


@pytest.mark.parametrize(
    "query", ["", "?kind=users&verb=again", "?kind=sites", "?kind=sites&verb=drop", "?kind=sites&verb=%00"]
)
def test_letters_of_no_kind_are_not_found(operator: Client, query: str) -> None:
    make_site(**GAVE_UP)
    assert operator.get(reverse("monitoring:letters_ask") + query).status_code == 404


def test_reason_is_asked_for(operator: Client) -> None:
    make_site(**GAVE_UP)
    assert settle(operator, "sites", "aside", why="") == ["Nothing was done. Say why, so that others know"]
    assert dead_letters.gave_up(Site).count() == 1


# ------------------------------------------------------------------------------------------------------- page
def test_page_asks_no_more_of_the_database_for_more_rows(owner: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert owner.get(PAGE).status_code == 200
        return len(asked)

    make_site(**GAVE_UP)
    make_mailbox()
    switches.pause("everything", by="staff:ann", why="first", now=NOW)
    owner.get(PAGE)
    few = queries()
    for number in range(9):
        make_site(**GAVE_UP | {"last_error": f"Cause {number}"})
        make_mailbox(f"box{number}@fernhill.example")
        switches.pause("everything", by="staff:ann", why=f"{number}", now=NOW)
        Budget.objects.create(name="mails", day=NOW.date() + timedelta(days=number), limit=9)
    assert queries() <= few <= 20


def test_every_scope_has_its_words_and_its_consequence() -> None:
    for scope in switches.known_scopes():
        assert steering.scope_words(scope)
        steering.waits_meanwhile(scope, now=NOW)
    with pytest.raises(BadData):
        steering.scope_words("source:moon")
