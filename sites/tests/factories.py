"""Stored sites for tests. Every field may be overridden by name; nothing else is made or changed."""

from typing import Any

from businesses.tests.factories import make_business
from sites.engines.embedded import EmbeddedEngine
from sites.facts import build_fact_sheet
from sites.generation import facts_of
from sites.models import Site, SiteVersion
from territories.tests.factories import NOW


def make_site(**over: Any) -> Site:
    """Return a stored site that counts as online, of a new business if none is given.

    Only the row: it has no version (see make_version) and no files.
    """
    business = over.pop("business", None) or make_business()
    fields: dict[str, Any] = {
        "slug": f"site-{business.pk}",
        "created_at": NOW,
        "generated_at": NOW,
        "published_at": NOW,
        "status": Site.Status.PUBLISHED,
        "next_attempt_at": NOW,
        "status_changed_at": NOW,
    }
    return Site.objects.create(business=business, **fields | over)


def make_version(site: Site, **over: Any) -> SiteVersion:
    """Give `site` the version that the built-in engine makes of its business, and return it."""
    facts = build_fact_sheet(facts_of(site.business))
    spec = EmbeddedEngine().write(facts, seed=str(site.business_id))
    fields: dict[str, Any] = {
        "number": site.versions.count() + 1,
        "engine": EmbeddedEngine.name,
        "theme": spec.look.theme,
        "spec": spec.model_dump(mode="json"),
        "spec_hash": spec.spec_hash,
        "facts": facts.model_dump(mode="json"),
        "created_at": NOW,
    }
    version = SiteVersion.objects.create(site=site, **fields | over)
    site.version = version
    site.save(update_fields=["version"])
    return version
