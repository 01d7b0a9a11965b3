"""Publishes sites into an S3-compatible bucket that a web server or a CDN stands in front of.

    <prefix>/<slug>/...              the files that are online
    <prefix>/<slug>/_release.json    the sha of what is online, written last
    <prefix>/_kept/<slug>/<sha>/...  the releases, to go back to

A bucket has no swap of a whole folder. Pages refer only to files whose names say what is in them, so pictures and
fonts go first, pages after them, what is not used any more at the end: a visitor meets an old page or a new one, each
whole. A publication that is cut short is told by its manifest and done again.
"""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from pipeline.errors import SourcePaused, Transient
from sites.publishers.base import (
    AWAY_FILES,
    GONE_FILES,
    Files,
    Release,
    ServedFile,
    TakenDown,
    digest,
)
from sites.publishers.folder import CONTENT_TYPES, check_path
from sites.publishers.headers import HEADERS_FILE, headers_for
from sites.publishers.slugs import check_slug

MANIFEST = "_release.json"
HOME = "index.html"
KEPT = "_kept"
_REFUSED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AllAccessDisabled"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_NOTICES = {digest(GONE_FILES): "gone", digest(AWAY_FILES): "away"}


class S3Publisher:
    """One bucket; `endpoint` is empty for the vendor's own. Safe for one writer a site, which a claim guarantees."""

    name = "s3"

    def __init__(self, bucket: str, *, prefix: str, endpoint: str, region: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = boto3.Session().client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=region,
            config=Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 1}),
        )

    def publish(self, slug: str, files: Files) -> Release:
        """Put `files` online; the same files again are written again and change nothing."""
        check_slug(slug)
        for path in files:
            check_path(path, private=path == HEADERS_FILE)
        if HOME not in files:
            raise ValueError("a site without index.html cannot be published")
        self._check_alive(slug)
        self._write(f"{KEPT}/{slug}/{digest(files)}/", files)
        return self._show(slug, files)

    def restore(self, slug: str, sha: str) -> Release | None:
        """Put an earlier release online as it was; None where it is not kept any more."""
        check_slug(slug)
        self._check_alive(slug)
        place = f"{KEPT}/{slug}/{sha}/"
        files = {name: self._get(place + name) or b"" for name in self._names(place) if name != MANIFEST}
        return self._show(slug, files) if files and digest(files) == sha else None

    def withdraw(self, slug: str) -> None:
        """Show a notice in place of the site until something is published under the slug again."""
        release = self.current(check_slug(slug))
        if release is None or _NOTICES.get(release.sha) != "gone":
            self._show(slug, AWAY_FILES | {HOME: AWAY_FILES["410.html"]}, sha=digest(AWAY_FILES))

    def take_down(self, slug: str) -> None:
        """Remove a site for good: its files go, and a notice stays that it is gone."""
        check_slug(slug)
        self._show(slug, GONE_FILES | {HOME: GONE_FILES["410.html"]}, sha=digest(GONE_FILES))
        self._delete(f"{KEPT}/{slug}/", self._names(f"{KEPT}/{slug}/"))

    def current(self, slug: str) -> Release | None:
        """The release that is online, or None where nothing was ever published."""
        raw = self._get(f"{check_slug(slug)}/{MANIFEST}")
        if raw is None:
            return None
        sha = json.loads(raw)["sha"]
        return Release(slug, sha, f"s3://{self._bucket}/{self._prefix}{slug}/", is_tombstone=sha in _NOTICES)

    def is_intact(self, slug: str) -> bool:
        """Whether the files that are online are, byte for byte, those that were published."""
        release = self.current(slug)
        if release is None:
            return False
        names = [name for name in self._names(f"{slug}/") if name != MANIFEST]
        files = {name: self._get(f"{slug}/{name}") or b"" for name in names}
        if release.is_tombstone:
            files.pop(HOME, None)
        return digest(files) == release.sha

    def open_file(self, slug: str, path: str) -> ServedFile | None:
        """None always: visitors ask the server in front of the bucket."""
        return None

    def _check_alive(self, slug: str) -> None:
        release = self.current(slug)
        if release is not None and _NOTICES.get(release.sha) == "gone":
            raise TakenDown(slug)

    def _show(self, slug: str, files: Files, *, sha: str = "") -> Release:
        sha = sha or digest(files)
        self._write(f"{slug}/", files)
        stale = [name for name in self._names(f"{slug}/") if name not in files and name != MANIFEST]
        self._delete(f"{slug}/", stale)
        self._put(f"{slug}/{MANIFEST}", json.dumps({"sha": sha}).encode(), "application/json", "no-store")
        return Release(slug, sha, f"s3://{self._bucket}/{self._prefix}{slug}/", is_tombstone=sha in _NOTICES)

    def _write(self, place: str, files: Files) -> None:
        rules = files.get(HEADERS_FILE, b"").decode()
        for path in sorted(files, key=lambda path: (path.endswith((".html", ".xml")), path == HOME, path)):
            headers = headers_for(rules, path)
            kind = CONTENT_TYPES.get(PurePosixPath(path).suffix, "text/plain; charset=utf-8")
            self._put(place + path, files[path], kind, headers.get("Cache-Control", "public, max-age=60"))

    def _put(self, key: str, content: bytes, kind: str, cache: str) -> None:
        self._ask("put_object", Key=self._prefix + key, Body=content, ContentType=kind, CacheControl=cache)

    def _get(self, key: str) -> bytes | None:
        answer = self._ask("get_object", Key=self._prefix + key)
        return None if answer is None else bytes(answer["Body"].read())

    def _names(self, place: str) -> list[str]:
        """Every key under `place`, without it."""
        return list(self._walk(self._prefix + place))

    def _walk(self, start: str) -> Iterator[str]:
        token: dict[str, str] = {}
        while True:
            answer = self._ask("list_objects_v2", Prefix=start, **token) or {}
            yield from (found["Key"].removeprefix(start) for found in answer.get("Contents", ()))
            if not answer.get("IsTruncated"):
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    def _delete(self, place: str, names: list[str]) -> None:
        for begin in range(0, len(names), 1000):
            keys = [{"Key": f"{self._prefix}{place}{name}"} for name in names[begin : begin + 1000]]
            self._ask("delete_objects", Delete={"Objects": keys, "Quiet": True})

    def _ask(self, what: str, **words: Any) -> dict[str, Any] | None:
        """Ask the bucket; None where the key is not there. Raises Transient, or SourcePaused for a refused key."""
        try:
            answer: dict[str, Any] = getattr(self._client, what)(Bucket=self._bucket, **words)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _MISSING:
                return None
            if code in _REFUSED:
                raise SourcePaused("s3", f"The bucket refuses our key ({code})") from error
            raise Transient(f"The bucket answered {code or 'an error'}") from error
        except NoCredentialsError as error:
            raise SourcePaused(
                "s3", "There is no key. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            ) from error
        except BotoCoreError as error:
            raise Transient(f"The bucket cannot be reached: {type(error).__name__}") from error
        return answer
