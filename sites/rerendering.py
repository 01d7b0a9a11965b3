"""Rendering sites that are online anew: after a template was improved, what would change, and then that it does."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import BadData
from sites.models import Site
from sites.presenting import judge_version
from sites.publishers.base import digest
from sites.publishing import publisher


@dataclass(frozen=True)
class Change:
    """What rendering one site anew does. `refused` says why its gates would not let it out; then the old one stays.

    `files` are the paths whose content differs, `bytes_before` and `bytes_after` those of the home page.
    """

    site: Site
    files: tuple[str, ...] = ()
    bytes_before: int = 0
    bytes_after: int = 0
    refused: str = ""

    @property
    def is_any(self) -> bool:
        """Whether anything would be different for a visitor."""
        return bool(self.files)


def compare_sites(slugs: tuple[str, ...] = ()) -> Iterator[Change]:
    """Render every site that is online (or those of `slugs`) as it would be now, and compare it with what is online."""
    online = Site.objects.filter(status=Site.Status.PUBLISHED, version__isnull=False)
    if slugs:
        online = online.filter(slug__in=slugs)
    for site in online.select_related("version", "business").order_by("pk").iterator(chunk_size=200):
        yield compare_site(site)


def compare_site(site: Site) -> Change:
    """Compare one site; nothing is written."""
    version = site.version
    if version is None:
        raise BadData("The site has no version")
    try:
        files, _ = judge_version(site, version)
    except (BadData, ValueError) as error:
        return Change(site, refused=str(error))
    if digest(files) == version.release:
        return Change(site)
    target = publisher()
    changed = []
    for path, content in files.items():
        served = target.open_file(site.slug, path)
        if served is None or served.content != content:
            changed.append(path)
    before = target.open_file(site.slug, "index.html")
    return Change(
        site,
        files=tuple(sorted(path for path in changed if not path.startswith("_"))) or ("_headers",),
        bytes_before=len(before.content) if before else 0,
        bytes_after=len(files["index.html"]),
    )
