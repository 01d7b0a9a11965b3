"""The whole product on real input: the sample town, two real towns, a real mail server."""

import json
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client

from businesses.leads import qualify_leads
from businesses.models import Business, SourceRecord
from businesses.sources import sample
from campaigns import drafting, hits, judging, legal_basis, sending
from campaigns.models import Campaign, Message, Suppression
from campaigns.tests.mail_server import MailServer
from monitoring.conductor import Conductor, Exit
from monitoring.status import pipeline_status
from pipeline.clock import SYSTEM_CLOCK, VirtualClock
from pipeline.doctor import examine
from pipeline.runner import Run
from sites.models import Site
from territories.coverage import add_territory
from territories.models import CoverageGrid, Territory

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LABELS = Path(sample.__file__).parents[1] / "tests" / "data" / "sample_town_labels.json"

pytestmark = pytest.mark.django_db


def add_sample_town() -> Territory:
    box = sample.BOUNDS
    return add_territory(
        sample.TOWN,
        south=box.south,
        west=box.west,
        north=box.north,
        east=box.east,
        source="sample",
        country=sample.COUNTRY,
        now=SYSTEM_CLOCK.now(),
    )


def mails_in(folder: Path) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]


def test_sample_town_goes_from_map_to_sent_mail_in_one_cycle(settings: Any, client: Client) -> None:
    add_sample_town()

    report = Conductor().run_cycle()

    assert report.exit_code is Exit.DONE, [step.error for step in report.steps if step.error]
    assert list(CoverageGrid.objects.values_list("status", flat=True)) == ["cooldown"]
    published = Site.objects.filter(status=Site.Status.PUBLISHED)
    assert published.count() == 5
    assert Site.objects.count() == 5
    recipients = [str(mail["To"]) for mail in mails_in(settings.OUTBOX_DIR)]
    assert sorted(recipients) == sorted(site.business.email for site in published)
    for site in published:
        answer = client.get(f"/s/{site.slug}/")
        assert answer.status_code == 200
        assert "script-src" not in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "noindex" in answer["X-Robots-Tag"]
    assert examine(now=SYSTEM_CLOCK.now()) == []


def test_sample_town_only_true_leads_qualify() -> None:
    labels = json.loads(LABELS.read_text())
    add_sample_town()

    Conductor(phase="scraping").run_cycle()
    assert set(Business.objects.filter(status="new").values_list("name", "unsettled_looks")) == {
        ("Bella Luce Beauty", 1)
    }
    for days in (1, 2):  # a server that does not answer is asked again on other days, then a person decides
        clock = VirtualClock(SYSTEM_CLOCK.now() + timedelta(days=days, minutes=1))
        qualify_leads(Run(by="test", clock=clock), limit=100)

    records = SourceRecord.objects.select_related("business")
    found = {record.source_id: _decision(record.business) for record in records}
    expected = {source_id: label["confirmed"] for source_id, label in labels.items()}
    assert found == expected


def _decision(business: Business) -> str:
    code = business.reasons[0]["code"]
    return f"{business.status}:{code}" if business.status in ("rejected", "review") else business.status


def test_further_cycles_bring_the_rest_and_then_nothing_more(settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {
        "generate_pending_sites": 20,
        "publish_completed_sites": 20,
        "create_campaigns_for_new_sites": 20,
    }
    add_sample_town()
    leads = None

    for _ in range(4):
        assert Conductor().run_cycle().exit_code is Exit.DONE
        leads = Business.objects.filter(status=Business.Status.QUALIFIED)

    assert leads is not None
    assert leads.count() > 20
    assert Counter(Site.objects.values_list("business_id", flat=True)) == Counter(
        leads.values_list("pk", flat=True)
    )
    recipients = Counter(str(mail["To"]) for mail in mails_in(settings.OUTBOX_DIR))
    assert recipients == Counter(lead.email for lead in leads)
    assert set(recipients.values()) == {1}


def test_status_page_and_command_agree(
    settings: Any, admin_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    add_sample_town()
    Conductor().run_cycle()
    capsys.readouterr()

    call_command("conductor", "--status", "--json")

    printed = json.loads(capsys.readouterr().out)
    status = pipeline_status(SYSTEM_CLOCK.now())
    for part in (
        "territories",
        "grids",
        "businesses",
        "sites",
        "campaigns",
        "customers",
        "revenue",
        "budgets",
    ):
        assert printed[part] == status[part], part
    page = admin_client.get("/").content.decode()
    assert f">{status['sites']['published']}</" in page
    assert f">{status['campaigns']['sent']}</" in page


TOWNS = [
    pytest.param("monaco-2023", "monaco2023-all", (43.72, 7.40, 43.76, 7.45), "MC", 384, id="monaco"),
    pytest.param(
        "helsinki-centre-2019", "helsinki-all", (60.164, 24.935, 60.180, 24.954), "FI", 1168, id="helsinki"
    ),
]


@pytest.mark.parametrize(("extract", "answer", "box", "country", "count"), TOWNS)
def test_real_town_goes_through_the_whole_pipeline(
    settings: Any, extract: str, answer: str, box: tuple[float, float, float, float], country: str, count: int
) -> None:
    path = DATA / "osm" / f"{extract}.osm.pbf"
    if not path.exists():
        pytest.skip(f"The real data is not here: {path}")
    settings.OSM_FILE = str(path)
    settings.LEAD_EVIDENCE = "single"
    settings.WEB_FETCHER = "pipeline.tests.lab.web.NoWeb"
    settings.LIMITS = settings.LIMITS | dict.fromkeys(settings.LIMITS, 2000)
    south, west, north, east = box
    add_territory(
        extract, south=south, west=west, north=north, east=east, source="osm_file", country=country,
        now=SYSTEM_CLOCK.now(),
    )  # fmt: skip

    for _ in range(2):
        report = Conductor().run_cycle()
        assert report.exit_code is Exit.DONE, [step.error for step in report.steps if step.error]

    elements = json.loads((DATA / "overpass" / f"{answer}.json").read_text())["elements"]
    # Overpass puts some relations with missing members at an impossible centre; their members place them in town.
    assert set(SourceRecord.objects.values_list("source_id", flat=True)) == {
        f"{element['type']}/{element['id']}" for element in elements
    }
    assert Business.objects.count() == count
    # Only those whose website cannot be looked at today wait for another day.
    waiting = Business.objects.filter(status=Business.Status.NEW)
    assert not waiting.exclude(website_state="unknown", unsettled_looks=1).exists()
    assert not waiting.filter(websites=[]).exists()
    leads = Business.objects.filter(status=Business.Status.QUALIFIED)
    assert leads.exists()
    assert set(leads.values_list("evidence", flat=True)) == {"single"}
    # A page on a social network is no website of one's own; what could not be checked is never a lead.
    assert set(leads.values_list("website_state", flat=True)) <= {"none_known", "social_only", "directory"}
    assert Site.objects.filter(status=Site.Status.PUBLISHED).count() == leads.count()
    # Neither country lets a machine write to anybody it does not know: one is blocked, one asks a person.
    statuses = set(Campaign.objects.values_list("status", flat=True))
    assert statuses == ({"cancelled"} if country == "MC" else {"draft"})
    for campaign in Campaign.objects.filter(status=Campaign.Status.DRAFT):
        assert campaign.review_reason
        now = SYSTEM_CLOCK.now()
        proof = "The trade register names a company of this name"
        legal_basis.note_legal_form(campaign.business, "company", proof=proof, now=now, by="staff")
        drafting.approve(campaign, now=now, by="staff")
    Conductor(phase="campaigns").run_cycle()
    assert len(mails_in(settings.OUTBOX_DIR)) == (0 if country == "MC" else leads.count())
    assert examine(now=SYSTEM_CLOCK.now()) == []


def test_mail_through_a_real_server_works_back_against_the_running_site(
    settings: Any, client: Client
) -> None:
    add_sample_town()
    settings.AUTOPILOT = False
    settings.AGENCY_ADDRESS = "2 Real Street, Realville, VT 05000, USA"
    settings.MAIL_PACING = False
    settings.LIMITS = settings.LIMITS | {"generate_pending_sites": 2}
    with MailServer() as server:
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"
        Conductor().run_cycle()
        assert server.mails == []  # a real transport waits for a person
        for campaign in Campaign.objects.filter(status=Campaign.Status.DRAFT):
            drafting.approve(campaign, now=SYSTEM_CLOCK.now(), by="staff")
        sending.send_campaigns(Run(by="test"), limit=10)
        received = [message_from_bytes(each.body, policy=default) for each in server.mails]

    assert len(received) == 2
    mail = received[0]
    message = Message.objects.get(message_id=mail["Message-ID"])
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    pixel = _path_in(html, "/o/")
    assert client.get(pixel)["Content-Type"] == "image/gif"
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
    Message.objects.filter(pk=message.pk).update(sent_at=F("sent_at") - timedelta(hours=1))
    assert client.get(pixel, headers=browser)["Content-Type"] == "image/gif"
    click = client.get(_path_in(text, "/c/"), headers=browser)
    assert click.status_code == 302
    assert client.get(urlsplit(click["Location"]).path).status_code == 200
    one_click = str(mail["List-Unsubscribe"]).split("<")[1].split(">")[0]
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert client.get(urlsplit(one_click).path).status_code == 200
    assert not Suppression.objects.exists()  # a look changes nothing
    hits.take_in()  # what waits when somebody says no is left out
    answer = client.post(urlsplit(one_click).path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    judging.judge_hits(Run(by="test", clock=VirtualClock(SYSTEM_CLOCK.now() + timedelta(minutes=2))))
    message.refresh_from_db()
    assert message.opened_at
    assert message.clicked_at
    assert message.unsubscribed_at
    assert message.campaign.status == Campaign.Status.SENT
    assert Suppression.objects.count() == 1


def _path_in(body: str, prefix: str) -> str:
    start = body.index(prefix)
    end = min(body.find(stop, start) % (len(body) + 1) for stop in ('"', " ", "\n", ">", "<", "\r"))
    return body[start:end]
