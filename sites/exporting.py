"""A site as one zip that opens offline: its pages with addresses relative to the folder they lie in."""

import io
import re
import zipfile
from urllib.parse import urlsplit

from pipeline.errors import BadData
from sites.models import Site
from sites.presenting import base_url, judge_version
from sites.publishers.headers import HEADERS_FILE

# The same bytes every time: a zip keeps a date of each file, and this is the first it knows.
FIRST_DATE = (1980, 1, 1, 0, 0, 0)


def export_site(site: Site) -> bytes:
    """Return the site as it renders now, without the proposal bar; raises BadData where a gate refuses it."""
    if site.version is None:
        raise BadData("The site has not been built yet")
    site.is_proposal = False  # of this copy of the row; nothing is stored
    files, _ = judge_version(site, site.version)
    root = urlsplit(base_url(site)).path
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            if path != HEADERS_FILE:
                entry = zipfile.ZipInfo(f"{site.slug}/{path}", FIRST_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, _offline(path, content, root))
    return packed.getvalue()


def _offline(path: str, content: bytes, root: str) -> bytes:
    """Make the local addresses of a page relative. Every page lies at the top of its folder."""
    if not path.endswith(".html"):
        return content
    here = re.escape(root)
    page = re.sub(rf'((?:href|src)=")({here})(?=["#?])', r"\1index.html", content.decode())
    page = re.sub(rf'((?:href|src)=")({here})', r"\1", page)
    return re.sub(rf"""(url\(["']?){here}""", r"\1", page).encode()
