"""Slugs: readable, unique by the id, and harmless whatever the names are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.publishers.slugs import check_slug, make_slug


@pytest.mark.parametrize(
    ("name", "city", "slug"),
    [
        ("Café Müller", "Bonn", "cafe-muller-bonn-17"),
        ("Hartley & Sons", "Ashford", "hartley-and-sons-ashford-17"),
        ("Großmann's Brot", "Łódź", "grossmanns-brot-lodz-17"),
        ("Αρτοποιείο", "Αθήνα", "site-17"),
        ("../../etc/passwd", "..", "etc-passwd-17"),
        ("www", "", "www-17"),
        ("", "", "site-17"),
        ("x" * 300, "Bonn", "x" * 60 + "-17"),
    ],
)
def test_slug_is_readable(name: str, city: str, slug: str) -> None:
    assert make_slug(name, city, 17) == slug


@given(st.text(max_size=400), st.text(max_size=100), st.integers(min_value=0, max_value=10**12))
def test_slug_is_always_one(name: str, city: str, business_id: int) -> None:
    slug = make_slug(name, city, business_id)
    assert check_slug(slug) == slug
    assert 1 <= len(slug) <= 63
    assert slug.endswith(f"-{business_id}")


@given(st.text(max_size=50), st.text(max_size=50), st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_businesses_never_share_a_slug(name: str, city: str, first: int, second: int) -> None:
    assert (make_slug(name, city, first) == make_slug(name, city, second)) == (first == second)


@pytest.mark.parametrize(
    "slug",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "A",
        "-a",
        "a-",
        "a b",
        "a\0",
        "a\n",
        "x" * 64,
        "ä",
        "%2e%2e",
        "a.b",
        "_a",
    ],
)
def test_what_is_no_slug_is_refused(slug: str) -> None:
    with pytest.raises(ValueError, match="not the slug of a site"):
        check_slug(slug)
