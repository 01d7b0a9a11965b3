"""Rows in the states that one good cycle of the sample town does not reach, so that no page is judged empty."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from businesses import lists
from businesses.models import Business
from businesses.scraping import scrape_grids
from campaigns.drafting import approve
from campaigns.models import Campaign, InboundMail, Mailbox, Message, Suppression
from campaigns.sending import send_campaigns
from campaigns.suppression import suppress
from campaigns.tests.factories import make_mailbox
from customers.models import Customer, Payment
from monitoring import reports
from monitoring.failures import failures
from monitoring.models import DailyReport
from monitoring.second_factor import begin, waiting
from monitoring.tests import factories
from pipeline import incidents, tokens
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import ScheduleSlot
from pipeline.runner import Run
from sites.models import Site
from sites.tests.factories import make_version

LONG_NAME = "Donaudampfschifffahrtsgesellschaft Müller & Söhne Bäckerei am Markt"
DOUBTFUL = 8  # cases, so that a key that acts too often finds some to act on
BACKEND = "django.contrib.auth.backends.ModelBackend"


def fill() -> None:
    """Add the rows and print, as one line of JSON, the sessions and what the addresses of the pages are made with."""
    now = SYSTEM_CLOCK.now()
    _add_outreach()
    _add_troubles()
    _add_answers()
    _add_german_site()
    reports.write_report(now.date(), Run(by="test"))
    owner = User.objects.get(is_superuser=True)
    clerk = User.objects.create_user("clerk", is_staff=True)
    begin(clerk)
    device = waiting(clerk)
    assert device is not None
    type(device).objects.filter(pk=device.pk).update(confirmed=True)
    told = {"session": _session(owner), "half_session": _session(clerk), "places": _places()}
    print(json.dumps(told))  # noqa: T201 -- the process that asked reads it


def fill_for_pictures() -> None:
    """Let the town's own mails be approved, sent, read and answered, and one site be sold, over the days before."""
    now, run = SYSTEM_CLOCK.now(), Run(by="test")
    drafts = list(Campaign.objects.filter(status="draft").order_by("pk"))
    for campaign in drafts[:-6]:
        approve(campaign, now=now, by="mara")
    send_campaigns(run, limit=100)
    box = make_mailbox("mara@fernhill.example", imap="sales", active_since=now, created_at=now)
    for number, message in enumerate(Message.objects.filter(sent_at__isnull=False).order_by("pk")):
        at = now - timedelta(hours=3 * number)
        seen = {"delivered_at": at}
        seen |= {"opened_at": at, "clicked_at": at} if number % 3 == 0 else {}
        seen |= {"engaged_at": at, "replied_at": at} if number % 6 == 0 else {}
        Message.objects.filter(pk=message.pk).update(**seen)
        if number % 6 == 0:
            InboundMail.objects.create(
                mailbox=box, header_id=f"<{number}@shop.example>", sender=message.recipient, kind="reply",
                subject="Re: A website for you", text="Yes please, what does it cost?", received_at=at,
                message=message,
            )  # fmt: skip
    sold = Site.objects.filter(status="published").order_by("pk")[1]
    customer = Customer.objects.create(business=sold.business, site=sold, since=now)
    for day in range(3):
        Payment.objects.create(
            customer=customer, amount="29.00", currency="USD", received_at=now - timedelta(days=2 * day),
            reference=f"R-{day}",
        )  # fmt: skip
    for number in range(20):
        at = now - timedelta(minutes=5 * number)
        ScheduleSlot.objects.create(
            task="health_check", slot=at, owner="worker", status="failed" if number == 7 else "done",
            outcome="done", started_at=at, finished_at=at + timedelta(seconds=1 + number % 4),
        )  # fmt: skip
    told = {"session": _session(User.objects.get(is_superuser=True)), "half_session": "", "places": {
        "sites:staff_site": [{"slug": sold.slug}],
    }}  # fmt: skip
    print(json.dumps(told))  # noqa: T201 -- the process that asked reads it


def _add_outreach() -> None:
    now = SYSTEM_CLOCK.now()
    box = make_mailbox("mara@fernhill.example", imap="sales", active_since=now, created_at=now)
    make_mailbox("noor@fernhill.example", state=Mailbox.State.PAUSED, paused_why="The DNS is being set up")
    reasons = ("The business is large: a person reads it first", "First mail of a new wording")
    for number in range(3):
        site = factories.make_site(now, status="published", published_at=now)
        make_version(site)
        campaign = factories.make_campaign(
            now, site=site, status="draft", review_reason=reasons[number % 2], mailbox=box
        )
        factories.make_message(campaign, now, mailbox=box)
    sent = factories.make_message(
        factories.make_campaign(now, status="sent", mailbox=box),
        now,
        sent_at=now,
        delivered_at=now,
        mailbox=box,
    )
    Message.objects.filter(pk=sent.pk).update(clicked_at=now, opened_at=now)
    factories.make_payment(now, "29.00")
    suppress("no@thanks.example", reason=Suppression.Reason.UNSUBSCRIBED, now=now, by="the recipient")


def _add_troubles() -> None:
    now = SYSTEM_CLOCK.now()
    town = factories.make_town(now)
    failed: dict[str, Any] = {
        "status": "failed",
        "last_error": "The map source did not answer (504, 3 tries)",
    }
    type(town).objects.filter(pk=town.pk).update(**failed, error_kind="bad_data")
    factories.make_site(
        now,
        business=factories.make_business(now, name=LONG_NAME, city="Sankt Wolfgang"),
        **failed,
        error_kind="bug",
    )
    factories.make_campaign(now, **failed, error_kind="transient")
    factories.make_campaign(now, status="held", error_kind="uncertain", last_error="The server hung up")
    for _ in range(DOUBTFUL):
        factories.make_business(now, status="review", name=LONG_NAME)
    for number in range(12):
        ScheduleSlot.objects.create(
            task="health_check", slot=now - timedelta(minutes=5 * number), owner="worker",
            status="failed" if number == 4 else "done", outcome="done", started_at=now, finished_at=now,
        )  # fmt: skip
    incidents.open_incident(
        "bug",
        "sites",
        title="Sites fail: 6 of 10 in 24 h, limit 50 %",
        detail="Refused for one cause",
        now=now,
    )


def _add_answers() -> None:
    now = SYSTEM_CLOCK.now()
    box = Mailbox.objects.get(address="mara@fernhill.example")
    message = Message.objects.filter(campaign__status="sent").first()
    for number, kind in enumerate(InboundMail.Kind.values):
        InboundMail.objects.create(
            mailbox=box, header_id=f"<{number}@shop.example>", sender="kim@shop.example", kind=kind,
            subject="Re: A website for you", text="Yes please, call me.", received_at=now,
            message=message if number % 2 == 0 else None,
        )  # fmt: skip


def _add_german_site() -> None:
    now = SYSTEM_CLOCK.now()
    business = factories.make_business(
        now,
        name=LONG_NAME,
        country="DE",
        region="",
        city="Sankt Wolfgang",
        postcode="84427",
        phone="+493023125001",
    )
    site = factories.make_site(now, business=business, status="published", published_at=now)
    make_version(site)
    campaign = factories.make_campaign(now, site=site, status="sent")
    factories.make_message(campaign, now, sent_at=now, language="de")


def _session(person: User) -> str:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client.cookies["sessionid"].value


def _add_lists() -> dict[str, list[dict[str, Any]]]:
    """One list that is imported and read, with rows refused, and drafts with their columns known and not known."""
    now = SYSTEM_CLOCK.now()
    rows = "".join(f"{LONG_NAME} {n},{52 + n / 100},{13 + n / 100},030 1234{n}\n" for n in range(8))
    known = f"name,lat,lon,phone\n{rows}Without a place,,,\n,52.05,13.05,030 1\n{'x' * 300},,,\n"
    unknown = "wer,wo,was\nAna,52.1 13.1,Blumen\n"
    drafts = [
        lists.add_draft([text.encode()], f"{name}.csv", name=name, country="DE", now=now, by="staff:mara")
        for name, text in (("Shops of Berlin", known), ("Unknown columns", unknown), (LONG_NAME, known))
    ]
    territory = lists.import_list(drafts[2], now=now, by="staff:mara")
    scrape_grids(Run(by="test"), limit=1, pk=territory.grids.get().pk)
    renewed = lists.add_draft(
        [known.encode()], "newer.csv", name=territory.name, country="DE", now=now, by="x", territory=territory
    )
    return {
        "businesses:list_columns": [{"pk": draft.pk} for draft in (*drafts[:2], renewed)],
        "businesses:list_renew": [{"pk": territory.pk}],
        "businesses:list_refused": [{"pk": territory.pk}],
    }


def _places() -> dict[str, list[dict[str, Any]]]:
    published = Site.objects.filter(version__isnull=False).order_by("pk")
    german = Site.objects.get(business__country="DE")
    slugs = [{"slug": published[0].slug}, {"slug": german.slug}]
    mails = Message.objects.filter(campaign__business__country__in=["US", "DE"]).order_by("pk")
    by_country = [mails.filter(campaign__business__country=country)[0] for country in ("US", "DE")]
    claims = [{"token": tokens.make_token("claim", site.pk)} for site in (published[0], german)]
    leads = [
        {"pk": Business.objects.filter(status=status).order_by("pk")[0].pk}
        for status in ("qualified", "review", "rejected")
    ]
    report = DailyReport.objects.latest("day")
    mail_files = [{"name": path.name} for path in sorted(Path(settings.OUTBOX_DIR).glob("*.eml"))]
    places: dict[str, list[dict[str, Any]]] = {
        "businesses:lead": leads,
        **_add_lists(),
        "campaigns:privacy": leads[:1],
        "campaigns:claim": claims,
        "campaigns:remove": claims,
        "campaigns:unsubscribe": [
            {"token": tokens.make_token("unsubscribe", mail.pk)} for mail in by_country
        ],
        "campaigns:campaign": [
            {"pk": Campaign.objects.filter(status=status)[0].pk}
            for status in ("sent", "held", "draft", "failed")
        ],
        "campaigns:inbox_mail": [{"pk": mail.pk} for mail in InboundMail.objects.all()[:2]],
        "campaigns:desk_edit": [{"pk": Campaign.objects.filter(status="draft", approved_at=None)[0].pk}],
        "campaigns:letter": [{"pk": mails[0].pk}],
        "monitoring:overview": [{}, {"?": "?period=all"}],
        "monitoring:limit": [{"name": "sites"}, {"name": "rows:generate_pending_sites"}],
        "monitoring:steering_pause": [{"?": "?scope=everything"}],
        "monitoring:letters_ask": [{"?": f"?kind=sites&verb={verb}"} for verb in ("again", "aside")],
        "monitoring:retry_ask": [
            {"kind": cause.kind, "fingerprint": cause.fingerprint} for cause in failures() if cause.can_retry
        ],
        "monitoring:report": [{"day": report.day.isoformat()}],
        "monitoring:report_mail": [{"day": report.day.isoformat()}],
        "monitoring:outbox_mail": mail_files[:2],
        "monitoring:outbox_html": mail_files[:1],
        "sites:staff_site": slugs,
        "sites:edit": slugs[:1],
        "sites:told": slugs[:1],
        "sites:looks": slugs[:1],
        "sites:compare": slugs[:1],
        "sites:export": slugs[:1],
    }
    for model in apps.get_models():
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            places[f"admin:{model._meta.app_label}_{model._meta.model_name}"] = [{"object_id": str(row.pk)}]
    return places
