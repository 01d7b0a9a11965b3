"""On single evidence, and whose data: said on every page that names a lead, in every figure that counts it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from businesses.models import Business, SourceRecord
from campaigns.models import Campaign
from campaigns.tests.test_desk_pages import write
from monitoring.flows import count_flows
from monitoring.kept_days import days_between
from monitoring.report_mail import compose_report
from monitoring.reports import report_figures
from pipeline import states
from pipeline.budgets import budget_day, day_bounds
from pipeline.clock import SYSTEM_CLOCK
from pipeline.runner import Run
from sites.models import Site
from sites.tests.factories import make_version

pytestmark = pytest.mark.django_db
SINGLE = "Single evidence</span>"
WORDS = "on single evidence"
OSM = 'href="https://www.openstreetmap.org/copyright"'
LICENCE = "© OpenStreetMap contributors</a> (ODbL-1.0)"
LISTS = (
    reverse("campaigns:desk"),
    reverse("campaigns:campaigns"),
    reverse("sites:gallery"),
    reverse("businesses:leads"),
    "/admin/businesses/business/",
)
# They tell one mail, and counts.
WITHOUT_ORIGINS = ("campaigns:desk_edit", "campaigns:privacy")


@pytest.fixture(autouse=True)
def a_person_approves(settings: Any) -> None:
    settings.AUTOPILOT = False
    settings.SPAMASSASSIN = ""


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(
        User.objects.create_superuser("mara"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def written(count: int, *, evidence: str) -> Campaign:
    """Write to so many leads, each made of a record of OpenStreetMap; returns the newest campaign."""
    known = set(Business.objects.values_list("pk", flat=True))
    campaign = write(count)[-1]
    new = Business.objects.exclude(pk__in=known)
    SourceRecord.objects.filter(business__in=new).update(
        source="overpass", licence="ODbL-1.0", attribution="© OpenStreetMap contributors"
    )
    for site in Site.objects.filter(business__in=new, version__isnull=True):
        Site.objects.filter(pk=site.pk).update(version=make_version(site))
    new.update(evidence=evidence)
    return campaign


def pages_of(campaign: Campaign) -> dict[str, str]:
    slug, business = campaign.site.slug, campaign.business_id
    named = {
        "campaigns:desk": (), "campaigns:campaigns": (), "sites:gallery": (), "businesses:leads": (),
        "campaigns:campaign": (campaign.pk,), "campaigns:desk_edit": (campaign.pk,),
        "campaigns:privacy": (business,), "monitoring:life": (business,), "businesses:lead": (business,),
        "sites:staff_site": (slug,), "sites:edit": (slug,),
    }  # fmt: skip
    return {name: reverse(name, args=args) for name, args in named.items()}


def test_single_evidence_is_marked_wherever_a_lead_is_named(owner: Client):
    pages = pages_of(written(1, evidence="single"))
    unmarked = [name for name, page in pages.items() if SINGLE not in owner.get(page).text]
    assert unmarked == []
    Business.objects.update(evidence="confirmed")
    assert [name for name, page in pages.items() if SINGLE in owner.get(page).text] == []


@pytest.mark.parametrize("room", ["businesses/business", "campaigns/campaign", "websites/site"])
def test_lists_of_the_back_office_tell_the_evidence(owner: Client, room: str):
    written(1, evidence="single")
    assert ">single<" in owner.get(f"/admin/{room}/").text.replace(" ", "").replace("\n", "")


def test_licence_and_attribution_stand_where_the_data_stands(owner: Client):
    pages = pages_of(written(1, evidence="confirmed")) | {"admin": "/admin/businesses/business/"}
    shown = {name: owner.get(page).text for name, page in pages.items() if name not in WITHOUT_ORIGINS}
    assert [name for name, html in shown.items() if OSM not in html or LICENCE not in html] == []


def test_pages_ask_the_same_few_questions_however_many_leads_they_name(owner: Client):
    def asked(page: str) -> int:
        owner.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(page).status_code == 200
        return len(queries)

    written(1, evidence="single")
    few = {page: asked(page) for page in LISTS}
    written(11, evidence="single")
    assert [page for page in LISTS if asked(page) > few[page]] == []
    assert max(few.values()) <= 20, few


def test_file_of_the_back_office_names_licence_and_attribution(owner: Client, django_assert_max_num_queries):
    written(3, evidence="confirmed")
    SourceRecord.objects.create(
        source="list", source_id="7", business=Business.objects.earliest("pk"), payload={}, payload_hash="0",
        licence="own", attribution="=HYPERLINK()", first_seen_at=SYSTEM_CLOCK.now(), last_seen_at=SYSTEM_CLOCK.now(),
    )  # fmt: skip
    chosen = list(Business.objects.order_by("pk").values_list("pk", flat=True))
    asked = {"action": "export_rows", "_selected_action": chosen}
    with django_assert_max_num_queries(20):
        answer = owner.post("/admin/businesses/business/", asked)
        head, *lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert head.endswith(",licence,attribution")
    assert lines[0].endswith("ODbL-1.0; own,© OpenStreetMap contributors; '=HYPERLINK()")
    assert [line.endswith("ODbL-1.0,© OpenStreetMap contributors") for line in lines] == [False, True, True]


def qualify(evidence: str, count: int) -> None:
    written(count, evidence=evidence)
    for business in Business.objects.order_by("-pk")[:count]:
        states.record(business, "new", "qualified", now=SYSTEM_CLOCK.now(), by="test", reason="")


def test_overview_tells_how_many_qualified_on_single_evidence(owner: Client):
    qualify("confirmed", 3)
    for period in ("all", "today"):
        assert WORDS not in owner.get(f"/?period={period}").text
    qualify("single", 2)
    for period in ("all", "today"):
        html = owner.get(f"/?period={period}").text
        assert f"(2 {WORDS})" in html


def test_daily_report_tells_how_many_qualified_on_single_evidence():
    qualify("confirmed", 3)
    today = budget_day(SYSTEM_CLOCK.now())
    mail = compose_report(today, report_figures(today, Run(by="test")))
    assert WORDS not in mail.text + mail.html
    qualify("single", 2)
    mail = compose_report(today, report_figures(today, Run(by="test")))
    for part in (mail.text, mail.html):
        assert part.count(f"(2 {WORDS})") == 2  # beside what was found, and in the funnel
        assert f"5 qualified (2 {WORDS})" in part
    flows = count_flows(*day_bounds(today))
    assert flows["qualified_on_single_evidence"] == 2
    assert days_between(today, today).total("qualified_on_single_evidence", [today]) == 2
