"""The leads' pages and the map: who may see and do what, that they tell the truth, and that no stranger's text acts."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from businesses.models import Business, SourceRecord, WebsiteCheck
from businesses.presenting import ROWS, WEBSITE_WORDS
from businesses.sources.base import Rectangle
from businesses.sources.csv_file import CsvFile
from businesses.tests.factories import make_business
from businesses.websites import WebsiteState
from pipeline.models import TimelineEntry
from territories import maps
from territories.models import Territory
from territories.tests.factories import NOW, make_grid, make_territory

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "{{ 7|add:7 }}",
    "{% load static %}",
    "javascript:alert(1)",
    "' autofocus onfocus=alert(1) x='",
    "<!--<script>",
    "]]><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "</textarea></select></title><b>bold",
    "<a href='javascript:alert(1)'>x</a>",
    "\u2028alert(1)\u2029",
)


class Marks(HTMLParser):
    """Collects the start tags of a page: [(tag, attributes)]."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


@pytest.fixture
def reader() -> Client:
    """Somebody of staff who may look and decide nothing."""
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_business"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def nothing_cached(settings: Any) -> None:
    """Every request asks for all it shows, so that queries can be counted however long a request takes."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def add_record(business: Business, **over: Any) -> SourceRecord:
    fields: dict[str, Any] = {
        "source": "osm_file", "source_id": f"node/{business.pk}", "payload": {"name": business.name},
        "payload_hash": "x", "listing": {}, "licence": "ODbL-1.0",
        "attribution": "© OpenStreetMap contributors", "first_seen_at": NOW, "last_seen_at": NOW,
    }  # fmt: skip
    return SourceRecord.objects.create(business=business, **fields | over)


def add_look(business: Business, **over: Any) -> WebsiteCheck:
    tries = [{"url": "https://brook.example/", "outcome": "timeout", "status": None, "final_url": "",
              "detail": "brook.example did not answer in time"}]  # fmt: skip
    fields: dict[str, Any] = {"checked_at": NOW, "state": "unknown", "reason": "Not settled", "tries": tries}
    return WebsiteCheck.objects.create(business=business, **fields | over)


def pages_of(business: Business) -> list[str]:
    return [
        "/dashboard/leads/",
        f"/dashboard/leads/{business.pk}/",
        f"/dashboard/leads/review/?case={business.pk}",
    ]


# ------------------------------------------------------------------------------------------------- who may what


def test_pages_are_for_staff_who_may_see_leads(client: Client, reader: Client):
    business = make_business(status="review")
    for page in [*pages_of(business), "/dashboard/leads/export/"]:
        assert client.get(page).status_code == 302
        assert reader.get(page).status_code == 200
    nobody = Client()
    nobody.force_login(User.objects.create_user("clerk", is_staff=True))
    for page in [*pages_of(business), "/dashboard/leads/export/"]:
        assert nobody.get(page).status_code == 403


@pytest.mark.parametrize("act", ["decide", "undo", "merge", "part", "overrule", "look-again"])
def test_acts_need_the_permission_a_post_and_a_token(owner: Client, reader: Client, act: str):
    business = make_business(status="review")
    address = f"/dashboard/leads/{business.pk}/{act}/"
    assert owner.get(address).status_code == 405
    assert reader.post(address, {"status": "rejected"}).status_code == 403
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(User.objects.get(username="owner"))
    assert careful.post(address, {"status": "rejected"}).status_code == 403
    assert Business.objects.get(pk=business.pk).status == "review"


def test_who_may_only_look_is_offered_no_act(owner: Client, reader: Client):
    business = make_business(status="review")
    for page in pages_of(business)[1:]:
        assert 'name="status"' in owner.get(page).text
        assert 'name="status"' not in reader.get(page).text


def test_sidebar_leads_to_the_list_for_those_who_may_see_it(owner: Client, reader: Client):
    assert 'href="/dashboard/leads/"' in owner.get("/").text
    clerk = Client()
    clerk.force_login(User.objects.create_user("clerk", is_staff=True))
    assert 'href="/dashboard/leads/"' not in clerk.get("/").text


# ------------------------------------------------------------------------------------------------ the strangers


def test_no_stranger_s_text_acts_on_any_page(owner: Client):
    grid = make_grid(coverage_reason=HOSTILE[0], status="failed", last_error=HOSTILE[1])
    for hostile in HOSTILE:
        text = hostile[:40]
        business = make_business(
            grid=grid, name=hostile, name_key="same", status="review", category=text, street=text, city=text,
            email=text, websites=[hostile], socials={text: hostile}, opening_hours=hostile, brand=text,
            provenance=[{"source": hostile, "licence": hostile, "at": hostile, "also": [hostile], "fields": ["name"]}],
            reasons=[{"code": "x", "points": 3, "text": hostile}], decided_by=text, phone="",
        )  # fmt: skip
        add_record(
            business, source=text, source_id=hostile, attribution=hostile, licence=text, matched_by=hostile
        )
        add_look(
            business,
            url=hostile,
            reason=hostile,
            tries=[{"url": hostile, "outcome": text, "detail": hostile}],
        )
        TimelineEntry.objects.create(
            model="businesses.business", row_id=business.pk, from_status="new", to_status="review",
            at=NOW, by=text, reason=hostile,
        )  # fmt: skip
    shown = [make_business(grid=grid, name="Plain").pk, *Business.objects.values_list("pk", flat=True)]
    pages = [
        page for pk in shown for page in (f"/dashboard/leads/{pk}/", f"/dashboard/leads/review/?case={pk}")
    ]
    territory = f"/admin/territories/territory/{grid.territory_id}/change/"
    for page in [
        "/dashboard/leads/",
        *(f"/dashboard/leads/?q={hostile}" for hostile in HOSTILE),
        *pages,
        territory,
    ]:
        html = owner.get(page).text
        marks = Marks(html).tags
        assert not [each for each in marks if each[0] in ("b", "img") and each[1].get("src", "") == "x"]
        assert "alert(1)</script>" not in html
        attributes = [(name, value or "") for _, attrs in marks for name, value in attrs.items()]
        if not page.startswith("/admin/"):
            assert not [name for name, _ in attributes if name.startswith("on")]
        assert not [
            value for name, value in attributes if name in ("href", "src") and value.startswith("javascript:")
        ]
        assert "14" not in re.findall(r"<strong>([^<]*)</strong>", html)
    listed = unescape(owner.get("/dashboard/leads/").text)
    for hostile in HOSTILE:
        assert unescape(hostile).strip() in listed


def test_map_data_is_read_back_as_it_was(owner: Client):
    business = make_business(name="</script><script>alert(1)</script>")
    html = owner.get(f"/dashboard/leads/{business.pk}/").text
    data = re.search(r'<script id="place-data" type="application/json">(.*?)</script>', html)
    assert data is not None
    assert json.loads(data[1])["points"][0]["label"] == business.name


# --------------------------------------------------------------------------------------------------- the truth


def test_list_shows_state_reason_score_and_trade(owner: Client):
    make_business(
        name="Brook Lane", reasons=[{"code": "need_no_site", "points": 40, "text": "No website: two say so"}]
    )
    html = owner.get("/dashboard/leads/").text
    for words in ("Brook Lane", "Bakery", "Qualified", "No website: two say so", ">80<", "None known"):
        assert words in html


def test_single_evidence_is_marked_on_every_page_and_figure(owner: Client):
    single = make_business(status="review", evidence="single")
    confirmed = make_business(status="review", evidence="confirmed", name="Hill Florist", phone="")
    for page in pages_of(single):
        assert "Single evidence</span>" in owner.get(page).text
    for page in pages_of(confirmed)[1:]:
        assert "Single evidence</span>" not in owner.get(page).text
    assert "2, 1 on single evidence" in owner.get("/dashboard/leads/").text


def test_whose_data_it_is_stands_where_the_data_stands(owner: Client):
    business = make_business(status="review")
    add_record(business)
    add_record(business, source="list", source_id="7", attribution="The owner's own list", licence="own")
    for page in pages_of(business):
        html = owner.get(page).text
        assert "© OpenStreetMap contributors</a> (ODbL-1.0)" in html
        assert 'href="https://www.openstreetmap.org/copyright"' in html
        assert "The owner&#x27;s own list (own)" in html


def test_lead_shows_facts_with_their_source_looks_records_and_what_happened(owner: Client):
    business = make_business(websites=[], rating=4.5, review_count=12)
    add_record(business, is_current=False, matched_by="Matched by its phone number")
    add_record(business, missing_since=NOW)
    add_look(business)
    TimelineEntry.objects.create(
        model="businesses.business", row_id=business.pk, from_status="new", to_status="qualified", at=NOW,
        by="conductor", reason="Two sources agree",
    )  # fmt: skip
    html = unescape(owner.get(f"/dashboard/leads/{business.pk}/").text)
    for words in (
        "+18025550116", "openstreetmap, ODbL-1.0, 2026-03-02", "Not known", "https://brook.example/",
        "brook.example did not answer in time", "Matched by its phone number", "missing since", "Earlier", "Missing",
        "To check to Qualified", "Two sources agree (conductor)", "4.5",
    ):  # fmt: skip
        assert words in html


def test_score_lines_and_their_sum_are_shown(owner: Client):
    lines = [{"code": "a", "points": 40, "text": "Need"}, {"code": "b", "points": 25, "text": "Reach"}]
    business = make_business(reasons=lines, score=65)
    html = owner.get(f"/dashboard/leads/{business.pk}/").text
    table = html[html.index('<table class="score"') : html.index("</table>")]
    assert re.findall(r"<td>(.*?)</td>", table) == ["+40", "+25", "65"]


def test_every_verdict_on_a_website_has_its_words():
    assert set(WEBSITE_WORDS) == {"", *WebsiteState.__value__.__args__}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=qualified", {"one"}), ("evidence=single", {"two"}), ("website=parked", {"two"}),
        ("trade=florist", {"two"}), ("q=ON", {"one"}), ("q=%00ON", {"one"}), ("q=%2B18025550118", {"two"}),
        ("state=review&trade=bakery", set()),
        ("state=nonsense&trade=x&website=x&evidence=x&territory=x", {"one", "two"}),
        ("territory=99999999999999999999", {"one", "two"}), ("after=x&before=-1", {"one", "two"}),
    ],
)  # fmt: skip
def test_filters_leave_what_fits(owner: Client, query: str, found: set[str]):
    make_business(name="one", phone="+18025550117")
    make_business(
        name="two", status="review", evidence="single", website_state="parked", category="florist",
        phone="+18025550118",
    )  # fmt: skip
    html = owner.get(f"/dashboard/leads/?{query}").text
    assert set(re.findall(r'<a href="/dashboard/leads/\d+/">(\w+)</a>', html)) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("93502054", {"cafe"}), ("+377 93 50 20 54", {"cafe"}), ("00377 93.50.20.54", {"cafe"}),
        ("377 93502054", {"cafe"}), ("06 12 34 56 78", {"forge"}), ("(802) 555-0117", {"plain"}),
        ("93502055", set()), ("555", set()),
        ("cafe elan", {"cafe"}), ("CAFÉ ÉLAN", {"cafe"}), ("cafe\u0301", {"cafe"}), ("elan", {"cafe"}),
        ("Soren", {"forge"}), ("strasse", {"forge"}), ("l'œil", {"plain"}), ("l’oeil", {"plain"}),
        ("rue grimaldi", {"cafe"}), ("Rue Grimaldi 12", {"cafe"}), ("12 rue grimaldi", {"cafe"}),
        ("Rue Grimaldi 14", set()), ("INFO@elan.example", {"cafe"}),
        ("c.fé", set()), ("[", set()), ("(", set()), ("\\", set()), ("%", set()), ("?", set()),
    ],
)  # fmt: skip
def test_search_finds_what_people_type(owner: Client, typed: str, found: set[str]):
    monaco, france = (make_grid(territory=make_territory(country=country)) for country in ("MC", "FR"))
    names = {
        "cafe": make_business(
            grid=monaco, name="Café Élan", phone="+37793502054", street="Rue Grimaldi", housenumber="12",
            email="info@elan.example",
        ),
        "forge": make_business(
            grid=france, name="Søren & Æro", phone="+33612345678", street="Große Straße", housenumber="7",
        ),
        "plain": make_business(name="Plain", phone="+18025550117", street="Place de l'Oeil", country="US"),
    }  # fmt: skip
    html = owner.get("/dashboard/leads/", {"q": typed}).text
    shown = {int(pk) for pk in re.findall(r'<a href="/dashboard/leads/(\d+)/">', html)}
    assert {name for name, business in names.items() if business.pk in shown} == found


@pytest.mark.parametrize("query", ["", "state=qualified"])
def test_pager_walks_through_every_lead_once_and_back(owner: Client, query: str):
    grid = make_grid()
    made = [
        make_business(grid=grid, name=f"B{index}", score=60 + index % 7).pk for index in range(2 * ROWS + 7)
    ]
    seen: list[int] = []
    pages = [f"?{query}"]
    while pages[-1]:
        html = owner.get(f"/dashboard/leads/{pages[-1]}").text
        seen += map(int, re.findall(r'<a href="/dashboard/leads/(\d+)/">B', html))
        older = re.search(r'href="(\?[^"]*after=[^"]*)"', html)
        pages.append(unescape(older[1]) if older else "")
    assert sorted(seen) == sorted(made)
    assert len(pages) == 4
    newer = re.search(r'href="(\?[^"]*before=[^"]*)"', html)
    assert newer is not None
    back = owner.get(f"/dashboard/leads/{unescape(newer[1])}").text
    assert list(map(int, re.findall(r'<a href="/dashboard/leads/(\d+)/">B', back))) == seen[ROWS : 2 * ROWS]


@pytest.mark.parametrize("page", ["/dashboard/leads/", "/dashboard/leads/review/"])
def test_no_more_queries_for_thirty_rows_than_for_one(owner: Client, nothing_cached: None, page: str):
    grid = make_grid()

    def ask() -> int:
        owner.get(page)  # warms what is cached
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(page).status_code == 200
        return len(queries)

    add_record(make_business(grid=grid, status="review", phone=""))
    alone = ask()
    for _ in range(29):
        add_record(make_business(grid=grid, status="review", phone=""))
    assert ask() <= alone


def test_empty_pages_say_why(owner: Client):
    assert "No business found yet" in owner.get("/dashboard/leads/").text
    assert "No lead is doubtful" in owner.get("/dashboard/leads/review/").text
    assert "Nothing matches" in owner.get("/dashboard/leads/?q=nobody").text
    assert owner.get("/dashboard/leads/12345/").status_code == 404


# --------------------------------------------------------------------------------------------- deciding by keys


def test_every_key_is_printed_on_a_button_or_link_that_works_without_scripts(owner: Client):
    first = make_business(status="review", score=90)
    second = make_business(status="review", score=80)
    owner.post(
        f"/dashboard/leads/{make_business(status='review', score=99).pk}/decide/", {"status": "rejected"}
    )
    html = owner.get("/dashboard/leads/review/").text
    keyed = {attrs["data-key"]: (tag, attrs) for tag, attrs in Marks(html).tags if "data-key" in attrs}
    assert set(keyed) == {"q", "r", "c", "n", "u"}
    assert {key: keyed[key][1].get("value") for key in "qrc"} == {
        "q": "qualified",
        "r": "rejected",
        "c": "call_list",
    }
    assert keyed["n"][1]["href"] == f"/dashboard/leads/review/?case={second.pk}"
    assert f'action="/dashboard/leads/{first.pk}/decide/"' in html
    for key in keyed:
        assert f'<kbd aria-hidden="true">{str(key).upper()}</kbd>' in html


def test_review_asks_every_open_doubt(owner: Client):
    lines = [
        {"code": "probe_unknown", "points": 0, "text": "A person decides: the search settled nothing"},
        {"code": "operating_unknown", "points": 0, "text": "A person decides: nobody says it is open"},
        {"code": "reach_phone", "points": 10, "text": "A valid phone number"},
    ]
    make_business(status="review", reasons=lines)
    html = owner.get("/dashboard/leads/review/").text
    asked = re.findall(r'<p class="desk-question">(.*?)</p>', html)
    assert asked == [line["text"] for line in lines[:2]]


@pytest.mark.parametrize("status", ["qualified", "rejected", "call_list"])
def test_decision_is_kept_with_its_person_and_the_next_case_follows(owner: Client, status: str):
    first, second = (make_business(status="review", score=score) for score in (90, 80))
    answer = owner.post(f"/dashboard/leads/{first.pk}/decide/", {"status": status}, follow=True)
    stored = Business.objects.get(pk=first.pk)
    assert (stored.status, stored.decided_by) == (status, "staff:owner")
    assert answer.redirect_chain == [(f"/dashboard/leads/review/?case={second.pk}", 302)]
    assert f'<h2 class="desk-name"><a href="/dashboard/leads/{second.pk}/">' in answer.text
    undone = owner.post(f"/dashboard/leads/{first.pk}/undo/", follow=True)
    assert Business.objects.get(pk=first.pk).status == "review"
    assert f'action="/dashboard/leads/{first.pk}/decide/"' in undone.text


def test_decision_that_came_too_late_is_told_and_changes_nothing(owner: Client):
    business = make_business(status="review", claimed_by="worker", claimed_at=NOW)
    answer = owner.post(f"/dashboard/leads/{business.pk}/decide/", {"status": "qualified"}, follow=True)
    assert "Look at it again" in answer.text
    assert Business.objects.get(pk=business.pk).status == "review"


@pytest.mark.parametrize("page", ["/dashboard/leads/review/?case={}", "/dashboard/leads/{}/"])
def test_decision_on_a_page_that_was_overtaken_is_told_and_changes_nothing(owner: Client, page: str):
    business = make_business(status="review")
    form = dict(
        re.findall(
            r'<input type="hidden" name="(seen|back)" value="(\w+)">',
            owner.get(page.format(business.pk)).text,
        )
    )
    address = f"/dashboard/leads/{business.pk}/decide/"
    owner.post(address, form | {"status": "qualified"}, follow=True)
    answer = owner.post(address, form | {"status": "rejected"}, follow=True)
    assert "was decided already: Qualified. Nothing was changed" in answer.text
    assert Business.objects.get(pk=business.pk).status == "qualified"
    assert TimelineEntry.objects.filter(row_id=business.pk).count() == 1


@pytest.mark.parametrize("status", ["", "new", "nonsense", "review"])
def test_status_that_nobody_may_choose_is_refused(owner: Client, status: str):
    business = make_business(status="review")
    answer = owner.post(f"/dashboard/leads/{business.pk}/decide/", {"status": status}, follow=True)
    assert "Nothing was decided" in answer.text
    assert Business.objects.get(pk=business.pk).decided_by == ""


def test_two_records_of_one_business_are_made_one_and_parted_again(owner: Client):
    grid = make_grid()
    keep = make_business(grid=grid, phone="+18025550117")
    case = make_business(grid=grid, status="review", phone="+18025550117")
    for business in (keep, case):
        add_record(business, listing={"name": business.name, "lat": business.lat, "lon": business.lon})
    answer = owner.post(f"/dashboard/leads/{case.pk}/merge/", {"into": keep.pk}, follow=True)
    assert "is one business now" in answer.text
    assert Business.objects.get(pk=case.pk).merged_into == keep
    assert keep.records.count() == 2
    assert "Take the merge back" in owner.get(f"/dashboard/leads/{case.pk}/").text
    owner.post(f"/dashboard/leads/{case.pk}/part/")
    assert Business.objects.get(pk=case.pk).merged_into is None
    assert "cannot be merged with itself" in unescape(
        owner.post(f"/dashboard/leads/{keep.pk}/merge/", {"into": keep.pk}, follow=True).text
    )
    assert owner.post(f"/dashboard/leads/{keep.pk}/merge/", {"into": "x"}).status_code == 404


# ------------------------------------------------------------------------------------------------------- export


def exported(owner: Client, query: str = "") -> list[dict[str, str]]:
    answer = owner.get(f"/dashboard/leads/export/{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_export_holds_what_the_filters_leave_with_the_licence_of_each(owner: Client):
    business = make_business(name='Brook, "Lane"\nBakery')
    add_record(business)
    add_record(business, source_id="old", is_current=False, licence="older")
    make_business(status="review")
    rows = exported(owner, "?state=qualified")
    assert [row["name"] for row in rows] == ['Brook, "Lane"\nBakery']
    assert (rows[0]["licence"], rows[0]["attribution"]) == ("ODbL-1.0", "© OpenStreetMap contributors")
    assert (rows[0]["state"], rows[0]["lat"], rows[0]["score"]) == ("Qualified", "44.05", "80")
    assert len(exported(owner)) == 2


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("start", ["", "Normal;", "a,", "a\t", "a| ", "a\n", 'x;"'])
def test_no_cell_of_the_export_is_a_formula_in_any_country(owner: Client, start: str, separator: str):
    make_business(name=f"{start}=1+1", phone="+18025550116", lon=-72.95)
    text = b"".join(owner.get("/dashboard/leads/export/").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    read = [cell.lstrip('" ') for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
    assert not [cell for cell in read if cell.startswith(("=", "+", "@"))]
    row = exported(owner)[0]
    assert row["phone"] == "'+18025550116"
    assert row["lon"] == "-72.95"  # a number of our own is no formula


def test_exported_table_is_imported_as_it_was(owner: Client, tmp_path: Path):
    names = ["=1+1", "'=1", "Normal;=1+1;x", "Brook, @Lane", '"-1" Bar', "Plain"]
    for name in names:
        make_business(name=name, phone="+18025550116")
    content = b"".join(owner.get("/dashboard/leads/export/").streaming_content)  # type: ignore[attr-defined]
    (tmp_path / "leads.csv").write_bytes(content)
    source, world = CsvFile(tmp_path / "leads.csv"), Rectangle(44, -73, 45, -72)
    listings = source.parse(source.search(world, categories=()).body, world).listings
    assert [listing.name for listing in listings] == names
    assert {listing.phones for listing in listings} == {("+18025550116",)}


def test_list_filter_and_export_call_each_state_by_one_word(owner: Client):
    for status in Business.Status:
        make_business(status=status)
        page = owner.get(f"/dashboard/leads/?state={status}").text
        assert f'<option value="{status}" selected>{status.label}</option>' in page
        assert f"</svg>{status.label}</span>" in page
    assert {row["state"] for row in exported(owner)} == {str(status.label) for status in Business.Status}


def test_export_asks_as_often_for_thirty_as_for_one(owner: Client):
    grid = make_grid()
    add_record(make_business(grid=grid))
    with CaptureQueriesContext(connection) as one:
        exported(owner)
    for _ in range(29):
        add_record(make_business(grid=grid))
    with CaptureQueriesContext(connection) as thirty:
        assert len(exported(owner)) == 30
    assert len(thirty) == len(one)


# ------------------------------------------------------------------------------------------------------ the map


def map_data(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="map-data" type="application/json">(.*?)</script>', html)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def cell(territory: Territory, column: int, **over: Any) -> Any:
    west = territory.west + column * 0.01
    return make_grid(territory=territory, west=west, east=west + 0.01, depth=1, **over)


def test_territory_shows_its_cells_by_state_with_a_legend(owner: Client):
    land = make_territory()
    resting = {"status": "cooldown", "cooldown_until": NOW + timedelta(days=30)}
    cell(land, 0, **resting, coverage="complete", found=7)
    cell(land, 1, **resting, coverage="unresolved", coverage_reason="Cut at 60")
    cell(land, 2, **resting)
    cell(land, 3, status="failed", last_error="No answer")
    cell(land, 4, status="scraping", claimed_by="worker", claimed_at=NOW)
    cell(land, 5)
    cell(land, 6, status="split")
    html = owner.get(f"/admin/territories/territory/{land.pk}/change/").text
    data = map_data(html)
    assert [each["state"] for each in data["cells"]] == [
        "done",
        "incomplete",
        "incomplete",
        "failed",
        "running",
        "todo",
    ]
    assert data["cells"][0]["text"][0] == "7 found"
    legend = dict(re.findall(r"</svg>([A-Z][a-z ]+?) <b>(\d+)</b>", html))
    assert legend == {"Done": "1", "Incomplete": "2", "Failed": "1", "Running": "1", "To do": "1"}
    assert "Cut at 60" in html
    assert data["tiles"] is None


def test_rectangle_asked_for_by_groups_of_trades_shows_the_worst_of_them():
    land = make_territory()
    for trades, status in (("food", "failed"), ("beauty", "pending")):
        cell(land, 0, trades=trades, status=status)
    assert [each["state"] for each in maps.map_of(land)["cells"]] == ["failed"]


def test_map_takes_one_query_however_many_cells():
    land = make_territory()
    for column in range(9):
        cell(land, column)
    with CaptureQueriesContext(connection) as queries:
        assert len(maps.map_of(land)["cells"]) == 9
    assert len(queries) == 1


def test_list_of_territories_tells_how_far_each_is_in_one_query_for_all(owner: Client, nothing_cached: None):
    def ask() -> tuple[int, str]:
        owner.get("/admin/territories/territory/")
        with CaptureQueriesContext(connection) as queries:
            html = owner.get("/admin/territories/territory/").text
        return len(queries), html

    resting = {"status": "cooldown", "cooldown_until": NOW + timedelta(days=30), "coverage": "complete"}
    make_grid(territory=make_territory(expected=100), **resting, found=40, cost="1.25")
    alone, html = ask()
    assert "1 of 1 cell, 40%" in html
    assert "$1.25" in html
    for _ in range(29):
        make_grid(**resting)
    assert ask()[0] == alone


def test_form_offers_a_map_and_stays_usable_without_it(owner: Client):
    make_territory(name="Neighbour")
    html = owner.get("/admin/territories/territory/add/").text
    data = map_data(html)
    assert data["fields"] == {side: f"id_{side}" for side in ("south", "west", "north", "east")}
    assert [frame["label"] for frame in data["frames"]] == ["Neighbour"]
    for side in data["fields"].values():
        assert f'id="{side}"' in html
    assert not re.search(
        r"<script(?![^>]*\ssrc=)(?![^>]*application/json)(?![^>]*nonce)[^>]*>[^<]*L\.map", html
    )


BOUNDS = {"south": "44.0", "west": "-73.0", "north": "44.1", "east": "-72.9"}


def test_estimate_is_told_before_anything_is_added(owner: Client):
    address = "/admin/territories/territory/estimate/"
    told = owner.get(address, BOUNDS | {"source": "osm_file", "expected": "500"}).json()["text"]
    assert told.startswith("About 500 businesses (as staff expects)")
    assert "1 cell, 1 call, no cost" in told
    for wrong, words in (
        ({"south": ""}, "Draw the area"), ({"south": "50"}, "swapped"), ({"source": "x"}, "Choose a source"),
        ({"east": "nan"}, "plain numbers"), ({"west": "1e999"}, "plain numbers"),
    ):  # fmt: skip
        assert words in owner.get(address, BOUNDS | {"source": "osm_file"} | wrong).json()["text"]
    assert Territory.objects.count() == 0


def test_estimate_needs_no_script_and_keeps_what_was_typed(owner: Client):
    typed = BOUNDS | {"name": "Fernhill", "source": "osm_file", "expected": "500", "_estimate": "1"}
    answer = owner.post("/admin/territories/territory/add/", typed, follow=True)
    assert "About 500 businesses" in answer.text
    assert 'value="Fernhill"' in answer.text
    assert Territory.objects.count() == 0


def test_territory_is_added_with_what_is_expected_of_it(owner: Client):
    typed = BOUNDS | {
        "name": "Fernhill",
        "source": "sample",
        "expected": "500",
        "country": "us",
    }
    owner.post("/admin/territories/territory/add/", typed)
    added = Territory.objects.get()
    assert (added.name, added.expected, added.grids.count()) == ("Fernhill", 500, 1)
    assert (added.country, added.categories) == ("US", [])
    page = f"/admin/territories/territory/{added.pk}/change/"
    assert re.search(r'<div class="readonly [^"]*">All</div>', owner.get(page).text)


def test_estimate_is_for_those_who_may_add(reader: Client):
    assert reader.get("/admin/territories/territory/estimate/", BOUNDS).status_code == 403


def test_pages_ask_no_other_host(owner: Client):
    business = make_business()
    for page in (
        f"/dashboard/leads/{business.pk}/",
        f"/admin/territories/territory/{business.territory_id}/change/",
    ):
        answer = owner.get(page)
        assert "img-src 'self' data:;" in answer.headers["Content-Security-Policy"]
        loaded = [attrs.get("src") or "" for _, attrs in Marks(answer.text).tags]
        assert not [address for address in loaded if address.startswith(("http", "//"))]


def test_tiles_are_named_to_the_map_where_they_are_set(owner: Client, settings: Any):
    settings.MAP_TILES = "https://tiles.example/{z}/{x}/{y}.png"
    land = make_grid().territory
    data = map_data(owner.get(f"/admin/territories/territory/{land.pk}/change/").text)
    assert data["tiles"]["url"] == settings.MAP_TILES
