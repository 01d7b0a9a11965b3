"""Rendering sites anew after a template changed: told first, done on demand, and never past a gate."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pipeline.clock import SYSTEM_CLOCK, VirtualClock
from pipeline.runner import Run
from sites import presenting, rendering
from sites.models import Site
from sites.publishing import publish_sites, publisher
from sites.rendering import SiteFiles
from sites.tests.factories import make_site, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Site:
    """A site that is online."""
    settings.SITES_ROOT = tmp_path / "sites"
    site = make_site(status=Site.Status.COMPLETED, published_at=None)
    make_version(site, gates=[{"gate": "any", "passed": True}])
    publish()
    site.refresh_from_db()
    assert site.status == Site.Status.PUBLISHED, site.last_error
    return site


@pytest.fixture
def changed_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """The templates are not those that the site was rendered with."""
    render = rendering.render_site

    def as_now(*args: Any, **words: Any) -> SiteFiles:
        files = render(*args, **words)
        files["index.html"] = files["index.html"].replace(b"<main", b'<main data-edition="2"')
        return files

    monkeypatch.setattr(presenting, "render_site", as_now)


def publish() -> None:
    # The command goes by the system's clock: a day later everything that it asked for is due.
    publish_sites(Run(by="test", clock=VirtualClock(SYSTEM_CLOCK.now() + timedelta(days=1))), limit=5)


def home(site: Site) -> bytes:
    served = publisher().open_file(site.slug, "index.html")
    assert served is not None
    return served.content


def test_unchanged_templates_change_nothing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rerender_sites", "--apply")
    assert capsys.readouterr().out == "1 as before, 0 changed, 0 refused\n"
    site.refresh_from_db()
    assert site.status == Site.Status.PUBLISHED


def test_change_is_told_and_nothing_done_until_asked(
    site: Site, changed_template: None, capsys: pytest.CaptureFixture[str]
) -> None:
    before = home(site)
    call_command("rerender_sites")
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{site.slug}: index.html (")
    assert last == "0 as before, 1 changed, 0 refused"
    site.refresh_from_db()
    assert (site.status, home(site)) == ("published", before)


def test_applied_change_goes_online_with_the_next_publication(
    site: Site, changed_template: None, capsys: pytest.CaptureFixture[str]
) -> None:
    before = home(site)
    call_command("rerender_sites", "--apply")
    assert home(site) == before
    publish()
    site.refresh_from_db()
    assert (site.status, site.publications) == ("published", 2)
    assert b"data-edition" in home(site)


def test_site_that_a_gate_refuses_stays_as_it_was(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    render = rendering.render_site

    def broken(*args: Any, **words: Any) -> SiteFiles:
        files = render(*args, **words)
        files["index.html"] = files["index.html"].replace(b"</main>", b"<script>alert(1)</script></main>")
        return files

    monkeypatch.setattr(presenting, "render_site", broken)
    before = home(site)
    with pytest.raises(CommandError, match="stays online as it was"):
        call_command("rerender_sites", "--apply")
    site.refresh_from_db()
    assert (site.status, home(site)) == ("published", before)


def test_unknown_slug_is_one_clear_line(db: None) -> None:
    with pytest.raises(CommandError, match="There is no site nothing-1"):
        call_command("rerender_sites", "nothing-1")
