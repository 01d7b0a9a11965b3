"""The pages that change a site: who may, what comes back beside the field, the frames, the pictures of the gallery."""

import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pipeline.errors import BadData
from sites import thumbnails
from sites.models import Site
from sites.tests.factories import make_site, make_version

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
QUERIES = 25  # of one page, whatever it shows


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


@pytest.fixture
def site() -> Site:
    site = make_site()
    make_version(site)
    return site


def base(site: Site) -> str:
    return f"/dashboard/sites/{site.slug}"


def look_of(site: Site) -> str:
    look = site.version.spec["look"] if site.version else {}
    return f"{look['theme']}.{look['hero']}.{look['hue']}"


def test_only_those_who_may_change_sites_see_the_form(client: Client, site: Site) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_site"))
    pages = [f"{base(site)}/edit/", f"{base(site)}/looks/"]
    assert {client.get(page).status_code for page in pages} == {302}
    assert client.post(f"{base(site)}/draft/", {"version": "1"}).status_code == 302
    client.force_login(viewer)
    assert {client.get(page).status_code for page in pages} == {403}
    assert {client.post(page, {"version": "1"}).status_code for page in pages} == {403}
    assert client.post(f"{base(site)}/draft/", {"version": "1"}).status_code == 403
    assert f"{base(site)}/edit/" not in client.get(f"{base(site)}/").text


def test_form_holds_every_sentence_with_its_names_and_what_they_print(owner: Client, site: Site) -> None:
    page = owner.get(f"{base(site)}/edit/").text
    for name in ("text.seo.title", "text.hero.heading", "keep.hero.heading", "text.services.card.0.title"):
        assert page.count(f'name="{name}"') == 1
    assert page.count('name="card.services.card.0"') == 3
    assert "{phone_display}" in page


def test_saved_words_are_a_new_version(owner: Client, site: Site) -> None:
    posted = {"version": "1", "text.cta.heading": "Call us and ask."}
    answer = owner.post(f"{base(site)}/edit/", posted, follow=True)
    assert "Version 2 goes online with the next run" in answer.text
    assert "plain words, written by staff:owner" in answer.text
    assert Site.objects.get(pk=site.pk).status == Site.Status.COMPLETED


def test_refused_words_come_back_escaped_with_the_finding(owner: Client, site: Site) -> None:
    posted = {"version": "1", "text.cta.heading": HOSTILE, "text.hero.heading": "Call us and ask."}
    answer = owner.post(f"{base(site)}/edit/", posted)
    assert answer.status_code == 422
    assert "Nothing was stored." in answer.text
    assert 'id="cta-heading-finding"' in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in answer.text
    assert 'value="Call us and ask."' in answer.text
    assert site.versions.count() == 1


@pytest.mark.parametrize("version", ["", "9", "x", "9999999", "²"])
def test_form_of_no_version_is_not_known(owner: Client, site: Site, version: str) -> None:
    for page in ("edit", "draft", "looks"):
        posted = {"version": version, "look": look_of(site)}
        assert owner.post(f"{base(site)}/{page}/", posted).status_code == 404


def test_form_that_is_out_of_date_stores_nothing(owner: Client, site: Site) -> None:
    make_version(site)
    answer = owner.post(f"{base(site)}/edit/", {"version": "1", "text.cta.heading": "Call us and ask."})
    assert answer.status_code == 422
    assert "changed by somebody else" in answer.text
    assert site.versions.count() == 2


def test_draft_is_the_page_in_a_frame_of_ours_and_nothing_is_stored(owner: Client, site: Site) -> None:
    posted = {"version": "1", "text.cta.heading": "Call us and ask."}
    answer = owner.post(f"{base(site)}/draft/", posted)
    assert "Call us and ask." in answer.text
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Cache-Control"] == "no-store"
    assert f"{base(site)}/versions/1/fonts/" in answer.text
    assert site.versions.count() == 1


def test_draft_that_would_be_refused_says_why_in_the_frame(owner: Client, site: Site) -> None:
    answer = owner.post(f"{base(site)}/draft/", {"version": "1", "text.cta.heading": HOSTILE})
    assert answer.status_code == 422
    assert "Digits may enter" in answer.text
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_looks_are_shown_in_frames_and_one_is_chosen(owner: Client, site: Site) -> None:
    page = owner.get(f"{base(site)}/looks/").text
    assert page.count("<iframe") >= 10
    chosen = page.split('name="look" value="')[1].split('"')[0]
    frame = owner.get(f"{base(site)}/looks/{chosen}/")
    assert "frame-ancestors 'self'" in frame["Content-Security-Policy"]
    font = frame.text.split('url("')[1].split('"')[0]
    assert owner.get(font)["Content-Type"] == "font/woff2"
    answer = owner.post(f"{base(site)}/looks/", {"version": "1", "look": chosen}, follow=True)
    assert "It goes online in this look" in answer.text
    stored = Site.objects.get(pk=site.pk)
    assert look_of(stored) == chosen
    answer = owner.post(f"{base(site)}/looks/", {"version": "2", "look": chosen}, follow=True)
    assert "It looks like that already" in answer.text


@pytest.mark.parametrize(
    "name", ["x", "poster.wide", "poster.nothing.40", "a.b.c.d", "poster.wide.²", "a.b.1000"]
)
def test_look_that_is_none_is_not_found(owner: Client, site: Site, name: str) -> None:
    assert owner.get(f"{base(site)}/looks/{name}/").status_code == 404


def test_pages_ask_few_questions(owner: Client, site: Site) -> None:
    for page in ("edit", "looks"):
        with CaptureQueriesContext(connection) as asked:
            owner.get(f"{base(site)}/{page}/")
        assert len(asked) <= QUERIES, page


def test_site_that_is_not_built_has_nothing_to_change(owner: Client) -> None:
    site = make_site(status=Site.Status.PENDING)
    assert owner.get(f"{base(site)}/edit/").status_code == 404
    assert owner.get(f"{base(site)}/looks/").status_code == 404


def test_gallery_shows_the_picture_of_a_version_once_there_is_one(owner: Client, site: Site) -> None:
    assert site.version is not None
    address = f"{base(site)}/thumbnails/1.png"
    assert owner.get(address).status_code == 404
    assert "<iframe" in owner.get("/dashboard/sites/").text
    target = thumbnails.picture_of(site.version)
    target.parent.mkdir(parents=True)
    target.write_bytes(thumbnails.PNG)
    page = owner.get("/dashboard/sites/").text
    assert "<iframe" not in page
    assert address in page
    answer = owner.get(address)
    assert (answer["Content-Type"], answer.content) == ("image/png", thumbnails.PNG)
    assert "immutable" in answer["Cache-Control"]
    assert thumbnails.missing_pictures(5) == []
    assert Client().get(address).status_code == 302


def test_without_a_browser_there_are_no_pictures_and_it_says_so(site: Site, settings: Any) -> None:
    settings.CHROMIUM = ""
    with pytest.raises(CommandError, match="could not be made"):
        call_command("make_thumbnails")
    with pytest.raises(CommandError, match="1 or more"):
        call_command("make_thumbnails", limit=0)


@pytest.mark.parametrize(
    "program", ["/nowhere/chromium", shutil.which("false") or "false", shutil.which("true") or "true"]
)
def test_browser_that_does_not_work_leaves_nothing_behind(site: Site, settings: Any, program: str) -> None:
    settings.CHROMIUM = program
    assert site.version is not None
    with pytest.raises(BadData, match="browser"):
        thumbnails.make_picture(site.version)
    assert list(thumbnails.picture_of(site.version).parent.iterdir()) == []


def test_browser_that_hangs_is_stopped(site: Site, settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    program = tmp_path / "hangs"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    settings.CHROMIUM = str(program)
    monkeypatch.setattr(thumbnails, "SECONDS", 0.2)
    assert site.version is not None
    with pytest.raises(BadData, match="more than"):
        thumbnails.make_picture(site.version)


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")
def test_picture_is_taken_of_the_site_itself(site: Site, settings: Any) -> None:
    settings.CHROMIUM = shutil.which("chromium")
    call_command("make_thumbnails", limit=1)
    assert site.version is not None
    picture = thumbnails.picture_of(site.version).read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (640, 440)
    assert len(picture) > 5_000


def test_site_that_failed_its_gates_says_so_beside_the_place(owner: Client, site: Site) -> None:
    gates = [{"gate": "structure", "passed": False, "findings": ["the title has 70 characters"], "ms": 1}]
    site.versions.update(gates=gates)
    Site.objects.filter(pk=site.pk).update(status=Site.Status.FAILED)
    assert f'href="{base(site)}/edit/"' in owner.get(f"{base(site)}/").text
    page = owner.get(f"{base(site)}/edit/")
    assert page.status_code == 200
    assert "The gates refused this version." in page.text
    assert 'id="seo-title-finding"' in page.text


def test_any_card_may_be_removed(owner: Client, site: Site) -> None:
    page = owner.get(f"{base(site)}/edit/").text
    assert page.count('name="card.faq.card.0"') == 1
    owner.post(f"{base(site)}/edit/", {"version": "1", "card.faq.card.0": "no"})
    assert site.versions.count() == 2
