"""Access and erasure: everything in one file, and afterwards nothing in any column of any table."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from businesses.models import Business
from businesses.tests.factories import make_business
from businesses.tests.listings import make_listing, store
from campaigns import erasing, legal_basis, suppression
from campaigns.models import Campaign, Event, InboundMail, Suppression
from campaigns.tests.factories import make_campaign, make_mailbox, make_message
from pipeline import incidents, states
from pipeline.doctor import examine
from pipeline.errors import BadData
from pipeline.models import Effect, InboundEvent
from sites.models import Site
from sites.tests.factories import make_site, make_version
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db

SECRETS = ("Rosa's Unlikely Bakery", "rosa@unlikely.example", "+18025550142", "Unlikely Lane")
BY: dict[str, Any] = {"now": NOW, "by": "staff:ann"}


def everything() -> str:
    """Every column of every table as one text."""
    rows: list[str] = []
    for model in apps.get_models():
        for row in model._default_manager.values():
            rows += [
                f"{model.__name__}: {bytes(v)!r}" if isinstance(v, memoryview) else f"{model.__name__}: {v!r}"
                for v in row.values()
            ]
    return "\n".join(rows)


@pytest.fixture
def business(db: None) -> Business:
    """A business of which something is kept in every place there is."""
    name, email, phone, street = SECRETS
    business = make_business(
        name=name, email=email, emails=[email], phone=phone, street=street, phones=[phone]
    )
    business.records.create(
        source="osm_file", source_id="node/4711", payload={"name": name, "email": email}, payload_hash="x",
        listing={"name": name, "email": email}, licence="ODbL-1.0", attribution="OpenStreetMap",
        first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip
    business.website_checks.create(
        checked_at=NOW, state="none_known", tries=[{"url": "https://rosa-unlikely.example", "q": name}]
    )
    site = make_site(business=business)
    make_version(site)
    campaign = make_campaign(site=site, status="sent", sent_at=NOW)
    mail = make_message(campaign=campaign, body=f"Hello {name}".encode(), subject=f"For {name}", sent_at=NOW)
    raw = InboundEvent.objects.create(
        source="imap", external_id="1", body=f"From: {email}", received_at=NOW, status="applied"
    )
    InboundMail.objects.create(
        mailbox=make_mailbox(),
        event=raw,
        sender=email,
        subject=name,
        text=phone,
        received_at=NOW,
        kind="reply",
        message=mail,
    )
    Event.objects.create(
        message=mail,
        kind="replied",
        at=NOW,
        detail={"text": phone},
        user_agent="Mail/7",
        network="192.0.2.0/24",
    )
    for row in (business, site, campaign):
        states.record(row, "new", "qualified", now=NOW, by="pipeline", reason=f"{name} at {street}")
        Effect.objects.create(
            kind="llm", key=f"llm:{states.label(row)}", subject=states.label(row),
            request={"prompt": f"Write about {name}"}, request_hash="x", planned_at=NOW, settled_at=NOW,
            status="done", response=f"{name}, {phone}",
        )  # fmt: skip
    Effect.objects.create(
        kind="scrape", key="cell", subject=states.label(business.grid), request={}, request_hash="y",
        planned_at=NOW, settled_at=NOW, status="done", response=json.dumps({"name": name, "street": street}),
    )  # fmt: skip
    incidents.open_incident("wants_site", str(site.pk), title=f"{name} wants its site", detail=phone, now=NOW)
    legal_basis.note_consent(business, who=name, how=f"from {email}", when=NOW, **BY)
    LogEntry.objects.create(
        user=User.objects.create(username="ann"), content_type=ContentType.objects.get_for_model(business),
        object_id=str(business.pk), object_repr=name, action_flag=2,
    )  # fmt: skip
    return business


def test_one_file_holds_everything(business: Business):
    with zipfile.ZipFile(io.BytesIO(erasing.export_business(business))) as archive:
        data = json.loads(archive.read("data.json"))
        mails = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".eml")]
    assert {key for key, rows in data.items() if not rows} == {"said_no"}
    assert all(secret in json.dumps(data, ensure_ascii=False) for secret in SECRETS)
    assert mails == [f"Hello {SECRETS[0]}"]


def test_nothing_of_an_erased_business_is_in_any_table(business: Business):
    other = make_campaign()
    make_message(campaign=other)
    before = everything()
    assert all(repr(secret)[1:-1] in before for secret in SECRETS)
    erasing.erase_business(business, reason="Its owner asked by phone", **BY)
    after = everything()
    assert [
        line
        for line in after.splitlines()
        for secret in SECRETS
        if secret in line or repr(secret)[1:-1] in line
    ] == []
    business.refresh_from_db()
    assert (business.name, business.status, business.suppressed) == ("Erased", "rejected", True)
    assert erasing.is_erased(business)
    assert Site.objects.get(business=business).status == "taken_down"
    assert suppression.is_suppressed(SECRETS[1])
    assert Suppression.objects.get().reason == "erased"
    assert Campaign.objects.get(business=business).stopped_at
    other.refresh_from_db()
    assert other.status == "pending"
    assert other.business.email in after


def test_erasing_twice_changes_nothing(business: Business):
    erasing.erase_business(business, reason="Its owner asked", **BY)
    before = everything()
    erasing.erase_business(Business.objects.get(pk=business.pk), reason="Its owner asked", **BY)
    assert everything() == before


def test_a_customer_and_a_mail_that_is_leaving_are_not_erased(business: Business):
    with pytest.raises(BadData, match="who asked"):
        erasing.erase_business(business, reason=" ", **BY)
    Campaign.objects.update(status="sending", claimed_by="w", claimed_at=NOW)
    before = everything()
    with pytest.raises(BadData, match="leaving"):
        erasing.erase_business(business, reason="Its owner asked", **BY)
    assert everything() == before


def test_a_later_scrape_or_import_does_not_bring_it_back(business: Business):
    cell = business.grid
    name, email = SECRETS[:2]
    erasing.erase_business(business, reason="Its owner asked", **BY)
    again = make_listing("node/4711", name=name, emails=(email,))
    moved = make_listing("way/1", name="Rosa's", emails=(email.upper(),))
    other = make_listing("node/4712", name="Brook Lane Bakery", emails=("info@brook.example",))
    told = store(cell, again, moved, other, source="osm_file")
    assert told.new == 1
    assert [each.name for each in Business.objects.order_by("pk")] == ["Erased", "Brook Lane Bakery"]
    assert [finding for finding in examine(now=NOW) if "erased" in str(finding)] == []
