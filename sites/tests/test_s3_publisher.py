"""The bucket keeps the folder publisher's promises, on a real S3-compatible server on loopback."""

import os
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipeline.errors import SourcePaused, Transient
from sites.publishers.base import Publisher, Release, TakenDown, digest
from sites.publishers.folder import FolderPublisher
from sites.publishers.registry import publisher_from_url
from sites.publishers.s3 import S3Publisher

SLUG = "mill-lane-1"


def site(mark: str) -> dict[str, bytes]:
    return {
        "index.html": f"<p>{mark}</p>".encode(),
        "privacy.html": b"<p>privacy</p>",
        f"fonts/text-{mark}.woff2": mark.encode() * 10,
        "_headers": b"/fonts/*\n  Cache-Control: public, immutable\n",
    }


def online(publisher: Publisher) -> Release:
    release = publisher.current(SLUG)
    assert release is not None
    return release


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    name = f"sites-{os.urandom(6).hex()}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=name)
    yield name


@pytest.fixture(params=["folder", "s3"])
def publisher(request: pytest.FixtureRequest, tmp_path, endpoint: str, bucket: str) -> Publisher:
    """Every place to publish to; a new one is added here."""
    if request.param == "folder":
        return FolderPublisher(tmp_path)
    return S3Publisher(bucket, prefix="live", endpoint=endpoint, region="us-east-1")


def test_publication_is_told_and_whole(publisher: Publisher) -> None:
    assert publisher.current(SLUG) is None
    assert not publisher.is_intact(SLUG)
    release = publisher.publish(SLUG, site("a"))
    assert (release.sha, release.is_tombstone) == (digest(site("a")), False)
    assert publisher.current(SLUG) == release
    assert publisher.publish(SLUG, site("a")) == release
    assert publisher.is_intact(SLUG)


def test_newer_site_replaces_and_the_earlier_one_can_be_restored(publisher: Publisher) -> None:
    first = publisher.publish(SLUG, site("a"))
    publisher.publish(SLUG, site("b"))
    assert publisher.restore(SLUG, "0" * 64) is None
    assert online(publisher).sha == digest(site("b"))
    assert publisher.restore(SLUG, first.sha) == first
    assert publisher.current(SLUG) == first
    assert publisher.is_intact(SLUG)


def test_withdrawn_site_shows_a_notice_and_comes_back(publisher: Publisher) -> None:
    publisher.publish(SLUG, site("a"))
    publisher.withdraw(SLUG)
    publisher.withdraw(SLUG)
    assert online(publisher).is_tombstone
    assert publisher.is_intact(SLUG)
    publisher.publish(SLUG, site("a"))
    assert online(publisher).sha == digest(site("a"))


def test_removed_site_is_gone_for_good(publisher: Publisher) -> None:
    first = publisher.publish(SLUG, site("a"))
    publisher.take_down(SLUG)
    publisher.take_down(SLUG)
    publisher.withdraw(SLUG)
    gone = online(publisher)
    for act in (lambda: publisher.publish(SLUG, site("b")), lambda: publisher.restore(SLUG, first.sha)):
        with pytest.raises(TakenDown):
            act()
    assert publisher.current(SLUG) == gone
    assert gone.is_tombstone


@pytest.mark.parametrize("slug", ["../etc", "a/b", "", "A", "-a"])
def test_slug_that_is_not_ours_is_refused(publisher: Publisher, slug: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        publisher.publish(slug, site("a"))


@pytest.mark.parametrize("path", ["../x.html", "/x.html", "a\\b.html", "x.exe"])
def test_path_that_is_not_ours_is_refused(publisher: Publisher, path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        publisher.publish(SLUG, site("a") | {path: b""})
    assert publisher.current(SLUG) is None


def test_bucket_holds_only_what_is_online_with_types_and_ages(endpoint: str, bucket: str) -> None:
    publisher = S3Publisher(bucket, prefix="live", endpoint=endpoint, region="us-east-1")
    publisher.publish(SLUG, site("a"))
    publisher.publish(SLUG, site("b"))
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    found = [row["Key"] for row in client.list_objects_v2(Bucket=bucket, Prefix=f"live/{SLUG}/")["Contents"]]
    assert sorted(found) == [
        f"live/{SLUG}/{name}"
        for name in ("_headers", "_release.json", "fonts/text-b.woff2", "index.html", "privacy.html")
    ]
    font = client.head_object(Bucket=bucket, Key=f"live/{SLUG}/fonts/text-b.woff2")
    assert (font["ContentType"], font["CacheControl"]) == ("font/woff2", "public, immutable")
    publisher.take_down(SLUG)
    kept = client.list_objects_v2(Bucket=bucket, Prefix=f"live/_kept/{SLUG}/")
    assert kept["KeyCount"] == 0


def test_publication_that_was_cut_short_is_told_and_done_again(endpoint: str, bucket: str) -> None:
    publisher = S3Publisher(bucket, prefix="", endpoint=endpoint, region="us-east-1")
    publisher.publish(SLUG, site("a"))
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.put_object(Bucket=bucket, Key=f"{SLUG}/privacy.html", Body=b"half of the next one")
    assert not publisher.is_intact(SLUG)
    publisher.publish(SLUG, site("a"))
    assert publisher.is_intact(SLUG)


def test_bucket_that_is_not_there_or_not_reachable_is_a_failure_that_passes(
    endpoint: str, bucket: str
) -> None:
    missing = S3Publisher("no-such-bucket", prefix="", endpoint=endpoint, region="us-east-1")
    with pytest.raises(Transient, match="NoSuchBucket"):
        missing.publish(SLUG, site("a"))
    silent = S3Publisher(bucket, prefix="", endpoint="http://127.0.0.1:9", region="us-east-1")
    with pytest.raises(Transient, match="cannot be reached"):
        silent.publish(SLUG, site("a"))


def test_missing_keys_pause_the_place_and_name_it(
    endpoint: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    publisher = S3Publisher(bucket, prefix="", endpoint=endpoint, region="us-east-1")
    with pytest.raises(SourcePaused, match="AWS_ACCESS_KEY_ID"):
        publisher.publish(SLUG, site("a"))


def test_place_is_chosen_by_its_address(endpoint: str, bucket: str, tmp_path) -> None:
    assert isinstance(publisher_from_url("", tmp_path), FolderPublisher)
    chosen = publisher_from_url(f"s3://{bucket}/live/?endpoint={endpoint}", tmp_path)
    assert chosen.publish(SLUG, site("a")).path == f"s3://{bucket}/live/{SLUG}/"
