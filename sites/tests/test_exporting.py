"""The zip of a site: everything in it, nothing outside it, and no trace of the proposal."""

import io
import re
import zipfile
from html import unescape
from typing import Any

import pytest

from pipeline.errors import BadData
from sites.exporting import export_site
from sites.models import Site
from sites.tests.factories import make_site, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["", "sites.agency.example"])
def files(request: pytest.FixtureRequest, settings: Any) -> dict[str, bytes]:
    settings.SITES_HOST = request.param
    site = make_site()
    make_version(site)
    packed = export_site(site)
    assert packed == export_site(Site.objects.get())
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        return {name.removeprefix(f"{site.slug}/"): archive.read(name) for name in archive.namelist()}


def test_every_local_address_leads_to_a_file_of_the_zip(files: dict[str, bytes]) -> None:
    followed = 0
    for name, content in files.items():
        if not name.endswith(".html"):
            continue
        page = content.decode()
        found = re.findall(r'(?:href|src)="([^"]*)"', page) + re.findall(r"url\(([^)]*)\)", page)
        for address in (unescape(each).strip("\"'") for each in found):
            if re.match(r"[a-z]+:|#", address):
                continue  # the telephone, a map, a place on the same page
            assert address.partition("#")[0] in files, (name, address)
            followed += 1
    assert followed > 5


def test_zip_holds_the_owners_site_and_no_proposal(files: dict[str, bytes]) -> None:
    assert {"index.html", "404.html", "privacy.html", "favicon.svg"} <= files.keys()
    assert not any(name.startswith("_") or ".." in name for name in files)
    assert b"/claim/" not in files["index.html"]
    assert b"noindex" not in files["index.html"]


def test_site_that_is_not_built_is_refused() -> None:
    with pytest.raises(BadData, match="not been built"):
        export_site(make_site(status=Site.Status.PENDING, published_at=None))
