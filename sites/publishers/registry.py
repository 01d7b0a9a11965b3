"""Chooses the place that PUBLISH_TO names."""

from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from sites.publishers.base import Publisher
from sites.publishers.folder import FolderPublisher

_SHAPE = "PUBLISH_TO is empty (the folder SITES_ROOT) or s3://bucket/prefix?endpoint=https://..."


@cache
def publisher_from_url(publish_to: str, root: Path) -> Publisher:
    """Return the folder for an empty PUBLISH_TO, an S3-compatible bucket for s3://; raises ImproperlyConfigured.

    Keys of a bucket come from where its library looks for them: AWS_ACCESS_KEY_ID and its like.
    """
    if not publish_to:
        return FolderPublisher(root)
    parts = urlsplit(publish_to)
    options = dict(parse_qsl(parts.query))
    if parts.scheme != "s3" or not parts.netloc or set(options) - {"endpoint", "region"}:
        raise ImproperlyConfigured(_SHAPE)
    # Its library is loaded only where a bucket is used: it costs every process 30 MB.
    bucket: Publisher = import_string("sites.publishers.s3.S3Publisher")(
        parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=options.get("endpoint", ""),
        region=options.get("region", "us-east-1"),
    )
    return bucket
