"""The approval desk: who may decide, that every decision is about the letter that was read, what each button does."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns import approving, drafting, rereading
from campaigns.models import Campaign, Message, Suppression
from campaigns.tests.test_drafting import publish
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import TimelineEntry
from pipeline.runner import Run

pytestmark = pytest.mark.django_db
DESK = "/dashboard/approvals/"
Status = Campaign.Status


@pytest.fixture(autouse=True)
def a_person_approves(settings: Any) -> None:
    settings.AUTOPILOT = False
    settings.SPAMASSASSIN = ""


@pytest.fixture
def staff(client: Client) -> Client:
    user = User.objects.create_superuser("mara")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def write(count: int) -> list[Campaign]:
    """Return written drafts, oldest first."""
    for _number in range(count):
        publish()
    drafting.create_campaigns(Run(by="test"), limit=count)
    drafts = list(Campaign.objects.order_by("written_at", "pk"))
    assert [draft.last_error for draft in drafts] == [""] * len(drafts)
    return drafts


def mail_of(campaign: Campaign) -> Message:
    return campaign.messages.get(step=campaign.step)


def decide(client: Client, campaign: Campaign, act: str, **more: Any) -> list[str]:
    """Press a button of the desk; returns what it says."""
    said = {"act": act, "read": mail_of(campaign).body_sha256, **more}
    answer = client.post(f"{DESK}{campaign.pk}/decide/", said, follow=True)
    assert answer.status_code == 200
    campaign.refresh_from_db()
    return [str(message) for message in answer.context["messages"]]


def test_only_staff_with_the_right_may_look_or_decide(client: Client):
    (draft,) = write(1)
    assert client.get(DESK).status_code == 302
    user = User.objects.create_user("sam", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(DESK).status_code == 403
    assert client.get(f"/dashboard/mails/{mail_of(draft).pk}/").status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_campaign"))
    page = client.get(DESK)
    assert page.status_code == 200
    assert 'data-key="a"' not in page.text
    for path in ("decide", "undo", "edit"):
        assert client.post(f"{DESK}{draft.pk}/{path}/", {"act": "approve"}).status_code == 403
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_nothing_happens_by_a_link(staff: Client):
    (draft,) = write(1)
    assert staff.get(f"{DESK}{draft.pk}/decide/?act=approve").status_code == 405


def test_every_key_is_on_its_button(staff: Client):
    first, second, third = write(3)
    page = staff.get(f"{DESK}?case={second.pk}").text
    for key in "asecnjk":
        assert f'data-key="{key}"' in page
    assert f'?case={third.pk}" data-key="j"' in page
    assert f'?case={first.pk}" data-key="k"' in page


def test_empty_desk_says_what_comes_by_itself(staff: Client):
    assert "No mail waits for approval" in staff.get(DESK).text


def test_approve_shows_the_next_and_can_be_taken_back(staff: Client):
    first, second = write(2)
    answer = staff.post(
        f"{DESK}{first.pk}/decide/", {"act": "approve", "read": mail_of(first).body_sha256}, follow=True
    )
    assert answer.context["case"] == second
    assert 'data-key="z"' in answer.text
    first.refresh_from_db()
    assert (first.status, first.approved_by) == (Status.PENDING, "staff:mara")
    staff.post(f"{DESK}{first.pk}/undo/")
    first.refresh_from_db()
    assert (first.status, first.approved_at) == (Status.DRAFT, None)
    assert first.review_reason  # the autopilot does not approve what a person took back


def test_what_went_on_cannot_be_taken_back(staff: Client):
    (draft,) = write(1)
    decide(staff, draft, "approve")
    Campaign.objects.filter(pk=draft.pk).update(
        claimed_by="worker", claimed_at=SYSTEM_CLOCK.now(), status="sending"
    )
    staff.post(f"{DESK}{draft.pk}/undo/")
    draft.refresh_from_db()
    assert draft.status == Status.SENDING


def test_approved_by_somebody_else_meanwhile_says_who(staff: Client):
    (draft,) = write(1)
    drafting.approve(draft, now=SYSTEM_CLOCK.now(), by="staff:sam")
    (said,) = decide(staff, draft, "approve")
    assert "approved by staff:sam meanwhile" in said
    assert draft.approved_by == "staff:sam"


def test_letter_that_changed_since_it_was_read_is_not_approved(staff: Client):
    (draft,) = write(1)
    (said,) = decide(staff, draft, "approve", read="0" * 64)
    assert "changed meanwhile" in said
    assert draft.status == Status.DRAFT


def test_letter_with_an_error_cannot_be_approved(staff: Client):
    (draft,) = write(1)
    error = {"code": "placeholder", "severity": "error", "text": "'{name}' was not filled in"}
    Message.objects.filter(campaign=draft).update(preflight={"findings": [error], "spam": None})
    page = staff.get(DESK).text
    assert 'data-key="a"' not in page
    assert "was not filled in" in page
    decide(staff, draft, "approve")
    assert draft.status == Status.DRAFT


def test_letter_without_the_proof_that_the_law_asks_for_cannot_be_approved(staff: Client):
    site = publish(country="GB")
    drafting.create_campaigns(Run(by="test"), limit=1, site_id=site.pk)
    draft = Campaign.objects.get()
    page = staff.get(DESK).text
    assert "Proof is missing for GB" in page
    assert 'data-key="a"' not in page
    assert "Note the proof under Legal bases first" in decide(staff, draft, "approve")[0]
    assert draft.status == Status.DRAFT


def test_skipped_comes_last_for_this_person(staff: Client):
    first, second = write(2)
    decide(staff, first, "skip")
    assert [item["campaign"] for item in staff.get(DESK).context["queue"]] == [second, first]
    assert first.status == Status.DRAFT


def test_call_off_wants_a_reason_and_keeps_it(staff: Client):
    (draft,) = write(1)
    (said,) = decide(staff, draft, "call_off", why="  ")
    assert "Say why" in said
    assert draft.status == Status.DRAFT
    decide(staff, draft, "call_off", why="They moved away")
    assert (draft.status, draft.stop_reason) == (Status.CANCELLED, "staff")
    assert TimelineEntry.objects.filter(row_id=draft.pk, reason="Called off: They moved away").exists()


def test_never_again_holds_for_the_address(staff: Client):
    (draft,) = write(1)
    decide(staff, draft, "never")
    draft.business.refresh_from_db()
    assert draft.business.suppressed
    assert draft.status == Status.CANCELLED
    assert Suppression.objects.count() == 1


def test_alike_approves_those_that_were_named_and_still_are_alike(staff: Client):
    drafts = write(4)
    Message.objects.update(variant="plain")
    found = approving.alike(drafts[0], mail_of(drafts[0]))
    assert [pk for pk, _read in found] == [draft.pk for draft in drafts[1:]]
    Message.objects.filter(campaign=drafts[2]).update(variant="short")  # after the page was shown
    pairs = [f"{pk}.{read}" for pk, read in found]
    (said,) = decide(staff, drafts[0], "alike", alike=pairs)
    assert "3 mails approved" in said
    assert "still waits" in said
    statuses = {draft.pk: Campaign.objects.get(pk=draft.pk).status for draft in drafts}
    assert [statuses[draft.pk] for draft in drafts] == ["pending", "pending", "draft", "pending"]


def test_nothing_is_alike_to_what_was_not_looked_at():
    first, _second = write(2)
    Message.objects.update(variant="plain", preflight={})
    assert approving.alike(first, mail_of(first)) == []


def test_edit_shows_the_words_and_gives_the_letter_new_ones(staff: Client):
    (draft,) = write(1)
    before = mail_of(draft)
    pitch = rereading.pitch_of(before)
    form = staff.get(f"{DESK}{draft.pk}/edit/").context["form"]
    assert form.initial["before"].split("\n\n") == list(pitch.paragraphs)
    said = dict(form.initial) | {"subject": "A page for you to look at"}
    staff.post(f"{DESK}{draft.pk}/edit/", said)
    after = mail_of(draft)
    assert after.subject == "A page for you to look at"
    assert after.body_sha256 != before.body_sha256
    assert rereading.pitch_of(after).paragraphs == pitch.paragraphs


def test_edit_says_beside_the_field_what_may_not_be_said(staff: Client):
    (draft,) = write(1)
    before = mail_of(draft)
    said = dict(staff.get(f"{DESK}{draft.pk}/edit/").context["form"].initial)
    answer = staff.post(f"{DESK}{draft.pk}/edit/", said | {"subject": "Re: your order"})
    assert answer.context["form"].errors["subject"]
    assert mail_of(draft).body_sha256 == before.body_sha256
    stale = staff.post(f"{DESK}{draft.pk}/edit/", said | {"read": "0" * 64})
    assert "changed meanwhile" in str(stale.context["form"].errors)


def test_letter_is_shown_without_a_trace_of_our_own_looking(staff: Client):
    (draft,) = write(1)
    framed = staff.get(f"/dashboard/mails/{mail_of(draft).pk}/")
    assert "<img" not in framed.text
    assert '<base target="_blank">' in framed.text
    assert framed["Content-Security-Policy"].endswith("sandbox")
    assert 'class="bench-frame' in staff.get(DESK).text
    assert "sandbox title=" in staff.get(DESK).text


@pytest.mark.parametrize("view", ["desktop", "phone", "text", "nonsense"])
def test_letter_is_shown_in_every_way(view: str, staff: Client):
    write(1)
    assert staff.get(DESK, {"view": view}).status_code == 200


def test_queries_do_not_grow_with_the_queue(staff: Client):
    def count() -> int:
        staff.get(DESK)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert staff.get(DESK).status_code == 200
        return len(queries)

    write(1)
    few = count()
    write(29)
    many = count()
    assert len(staff.get(DESK).context["queue"]) == 30
    assert (many, many <= 20) == (few, True)
