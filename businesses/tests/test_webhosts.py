"""What a host name says on its own."""

import pytest

from businesses.webhosts import (
    is_directory_host,
    is_parking_host,
    is_social_host,
    registrable_domain,
    split_web_address,
)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("shop.example", "shop.example"),
        ("www.shop.example", "shop.example"),
        ("a.b.shop.co.uk", "shop.co.uk"),
        ("shop.com.au", "shop.com.au"),
        ("me.shop.de", "shop.de"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_domain(host: str, domain: str):
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    "host",
    [
        "facebook.com",
        "www.facebook.com",
        "de-de.facebook.com",
        "m.me",
        "x.com",
        "pinterest.co.uk",
        "wa.me",
        "facebook.example",
    ],
)
def test_social_hosts(host: str):
    assert is_social_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "notfacebook.com",
        "facebook.com.evil.example",
        "max.com",
        "awesome.me",
        "exam.me",
        "twitterers.com",
        "linkedinn.com",
    ],
)
def test_hosts_that_only_look_social(host: str):
    assert not is_social_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "yelp.ca",
        "m.yelp.com",
        "tripadvisor.co.uk",
        "booking.com",
        "maps.google.com",
        "google.fr",
        "g.page",
        "linktr.ee",
    ],
)
def test_directory_hosts(host: str):
    assert is_directory_host(host)


@pytest.mark.parametrize(
    "host", ["helpyelp.com", "booking.example", "joes.wixsite.com", "joes.wordpress.com", "sites.google.com"]
)
def test_hosts_that_are_a_site_of_ones_own(host: str):
    assert not is_directory_host(host)


def test_parking_hosts():
    assert is_parking_host("www.sedoparking.com")
    assert not is_parking_host("jordan.com")
    assert not is_parking_host("dan.com.example")


@pytest.mark.parametrize(
    ("raw", "host", "path"),
    [
        ("shop.example", "shop.example", "/"),
        ("https://Shop.Example/About?x=1#top", "shop.example", "/About"),
        ("HTTP://www.shop.example", "www.shop.example", "/"),
        ("//shop.example/x", "shop.example", "/x"),
        ("http://shop.example:80/", "shop.example", "/"),
        ("https://bücher.example/", "xn--bcher-kva.example", "/"),
        ("shop.example.", "shop.example", "/"),
    ],
)
def test_web_addresses_are_put_in_form(raw: str, host: str, path: str):
    parts = split_web_address(raw)
    assert parts is not None
    assert (parts.netloc, parts.path) == (host, path)


@pytest.mark.parametrize(
    "raw",
    [
        "", "none", "n/a", "see facebook", "ftp://shop.example", "javascript:alert(1)", "mailto:a@b.example", "http://",
        "https://user:pw@shop.example/", "https://shop.example:8080/", "http://127.0.0.1/", "http://0x7f.1/", "http://[::1]/",
        "https://shop.example/<script>", "https://shop.example\\@evil.example/", "https://shop..example", "https://-shop.example",
        "https://shop.example/\nHost: evil", "x" * 600 + ".example", "https://[shop.example",
    ],
)  # fmt: skip
def test_texts_that_are_no_public_web_address(raw: str):
    assert split_web_address(raw) is None
