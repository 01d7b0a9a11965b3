"""The staff pages of sites: who may see them, what they show, and that a site's own page stays in its frame."""

import io
import re
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sites import evidence
from sites.evidence import preview_path
from sites.models import Site
from sites.tests.factories import make_site, make_version

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


@pytest.fixture
def site() -> Site:
    site = make_site(status=Site.Status.COMPLETED)
    for _ in range(2):
        make_version(site, gates=[{"gate": "weight", "passed": True, "findings": []}])
    return site


def addresses(site: Site) -> list[str]:
    base = f"/dashboard/sites/{site.slug}/"
    return [
        "/dashboard/sites/",
        base,
        f"{base}compare/?version=1&with=2",
        f"{base}versions/1/",
        f"{base}export/",
    ]


def test_strangers_and_staff_without_permission_see_nothing(client: Client, site: Site) -> None:
    clerk = Client()
    clerk.force_login(User.objects.create_user("clerk", is_staff=True))
    for address in addresses(site):
        assert client.get(address).status_code == 302
        assert clerk.get(address).status_code == 403


def test_pages_open_for_staff_who_may_see_sites(client: Client, site: Site) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_site"))
    client.force_login(viewer)
    for address in addresses(site):
        assert client.get(address).status_code == 200, address
    page = client.get(f"/dashboard/sites/{site.slug}/").text
    assert 'value="rebuild"' not in page
    assert client.post(f"/dashboard/sites/{site.slug}/act/", {"act": "rebuild"}).status_code == 403


def test_page_shows_facts_with_their_source_sentences_and_gates(owner: Client, site: Site) -> None:
    page = owner.get(f"/dashboard/sites/{site.slug}/").text
    assert site.business.name in page
    assert "ODbL-1.0" in page
    assert "Weight" in page
    assert "Since version 1" in page


def test_preview_can_be_framed_by_us_alone_and_runs_nothing(owner: Client, site: Site) -> None:
    answer = owner.get(preview_path(site, 1))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script" not in answer.text.replace('<script type="application/ld+json"', "")


@pytest.mark.parametrize("path", ["_headers", "nothing.html", "..%2f..%2fsettings.py", "fonts/"])
def test_preview_gives_out_nothing_but_the_files_of_the_version(owner: Client, site: Site, path: str) -> None:
    assert owner.get(f"/dashboard/sites/{site.slug}/versions/1/{path}").status_code == 404
    assert owner.get(f"/dashboard/sites/{site.slug}/versions/9/").status_code == 404


def test_names_of_strangers_are_escaped(owner: Client, site: Site) -> None:
    type(site.business).objects.filter(pk=site.business_id).update(name=HOSTILE[:80])
    for address in addresses(site)[:3]:
        page = owner.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_gallery_asks_the_same_questions_for_one_site_and_for_many(owner: Client, site: Site) -> None:
    cache.clear()
    with CaptureQueriesContext(connection) as one:
        owner.get("/dashboard/sites/")
    for _ in range(12):
        make_version(make_site())
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        page = owner.get("/dashboard/sites/")
    assert page.text.count("<iframe") == 13
    assert len(many) == len(one)


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=brook", 1), ("q=nobody", 0), ("q=%00bro%00ok", 1), ("status=completed", 1), ("status=nonsense", 1)],
)
def test_gallery_is_filtered(owner: Client, site: Site, query: str, found: int) -> None:
    assert owner.get(f"/dashboard/sites/?{query}").text.count("<iframe") == found


def test_gallery_is_paged_and_counted_no_further_than_it_says(
    owner: Client, site: Site, monkeypatch: Any
) -> None:
    monkeypatch.setattr(evidence, "GALLERY_PAGE", 2)
    monkeypatch.setattr(evidence, "COUNTED", 2)
    for _ in range(2):
        make_version(make_site())

    def page(query: str) -> tuple[int, list[str]]:
        text = owner.get(f"/dashboard/sites/{query}").text
        return text.count("<iframe"), re.findall(r"\?page=(\d+)", text)

    assert (
        page("")
        == page("?page=0")
        == page("?page=x")
        == page("?page=\u0661")
        == page("?page=9")
        == (2, ["2"])
    )
    assert page("?page=2") == (1, ["1"])
    assert "more than 10,000" in owner.get("/dashboard/sites/").text
    monkeypatch.setattr(evidence, "COUNTED", 3)
    assert "more than" not in owner.get("/dashboard/sites/").text


def test_zip_is_offered_under_the_name_of_the_site(owner: Client, site: Site) -> None:
    answer = owner.get(f"/dashboard/sites/{site.slug}/export/")
    assert answer["Content-Disposition"] == f'attachment; filename="{site.slug}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert f"{site.slug}/index.html" in archive.namelist()


def test_button_calls_its_verb_and_says_what_happened(owner: Client, site: Site) -> None:
    answer = owner.post(f"/dashboard/sites/{site.slug}/act/", {"act": "rebuild"}, follow=True)
    assert "It is built again in the next run" in answer.text
    site.refresh_from_db()
    assert site.status == Site.Status.PENDING
    answer = owner.post(f"/dashboard/sites/{site.slug}/act/", {"act": "go_back"}, follow=True)
    assert "Nothing was changed. There is no earlier version" in answer.text
    assert owner.post(f"/dashboard/sites/{site.slug}/act/", {"act": "nonsense"}).status_code == 404
    assert owner.get(f"/dashboard/sites/{site.slug}/act/").status_code == 405


def test_site_that_is_not_built_has_a_page_too(owner: Client, settings: Any) -> None:
    site = make_site(status=Site.Status.PENDING, published_at=None)
    assert "Not built yet" in owner.get(f"/dashboard/sites/{site.slug}/").text
    answer = owner.get(f"/dashboard/sites/{site.slug}/export/", follow=True)
    assert "The site has not been built yet" in answer.text
