"""Reading pages that strangers wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.pages import (
    Page,
    Signs,
    is_html,
    kind_of_page,
    match_page,
    names_somebody_else,
    plain_words,
    read_page,
    weaknesses_of_page,
)

SIGNS = Signs(
    name="Maple & Rye Bakery",
    phones=("+18025550116",),
    emails=("hello@mapleandrye.example",),
    street="Church Street",
    housenumber="12",
    city="Alder Falls",
)
LOREM = "We bake bread, rolls and cakes every morning from flour that is milled up the road. " * 10


def read(html: str | bytes) -> Page:
    return read_page(html.encode() if isinstance(html, str) else html, {"content-type": "text/html"})


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_page(body: bytes):
    page = read_page(body, {})
    assert kind_of_page(page)
    assert isinstance(match_page(page, SIGNS), str)


@given(st.text(alphabet="<>![]-/\"'= abtitle&;#?", max_size=300))
def test_broken_markup_is_a_page(source: str):
    assert kind_of_page(read(source))


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "<meta ", "</", "<![CDATA[", "&", "<a x='", "<title>", "1 ", "1("]
)
def test_a_page_made_to_be_slow_is_read_like_any_other(piece: str):
    page = read(piece * (65_536 // len(piece)))
    assert kind_of_page(page)
    assert match_page(page, SIGNS) == ""


def test_what_is_visible_is_read_and_what_is_not_is_left_out():
    page = read(
        "<title>Maple</title><script>var x='hidden';</script><style>p{}</style><p>Good &amp; fresh</p>"
        "<noscript>turn it on</noscript><a href='tel:+1'>call</a><meta name=Viewport content=x>"
    )
    assert page.title == "Maple"
    assert page.text == "Good & fresh call"
    assert page.links == ("tel:+1",)
    assert page.has_viewport
    assert page.has_script


def test_scripts_and_comments_that_hold_markup_are_left_out():
    page = read(
        "a<script>if (1 <b) { x = '<p>no</p>' }</script>b<!-- <p>no</p> --> c<SCRIPT SRC=x></SCRIPT>d"
    )
    assert page.text == "a b c d"


def test_titles_and_texts_are_kept_apart():
    page = read("<title>A &lt; B</title><body>3 < 4 &eacute; <svg><title>no</title></svg>")
    assert (page.title, page.text) == ("A < B", "3 < 4 é")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<p>Café".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        (b"<meta charset=windows-1252><p>Caf\xe9", "text/html"),
        ("<p>Café".encode(), ""),
        ("<p>Café".encode(), "text/html; charset=no-such-thing"),
    ],
)
def test_pages_say_how_they_are_encoded(body: bytes, content_type: str):
    assert "Café" in read_page(body, {"content-type": content_type}).text


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        (f"<p>{LOREM}", "site"),
        ("<p>Maple and Rye Bakery, 12 Church Street. Open today.", "site"),
        ("<frameset><frame src=main.html></frameset>", "site"),
        ("<img src=menu.jpg>", "site"),
        ("<h1>mapleandrye.example</h1>This domain is for sale", "parked"),
        ("<p>Welcome</p><script src='https://www.sedoparking.com/x.js'></script>", "parked"),
        ("<h1>Welcome to nginx!</h1>If you see this page", "placeholder"),
        ("<title>Apache2 Ubuntu Default Page: It works</title>", "placeholder"),
        ("<h1>Coming soon", "placeholder"),
        ("This is the future home of www.maplerye.com", "placeholder"),
        ("We are the future home of craft beer in Alder Falls, open daily.", "site"),
        ("Ana's Flowers, 12 Main Street. Call 555 0100. Our summer bouquets are coming soon!", "site"),
        ("<a href='mailto:ana@flowers.example'>Write</a> Under construction", "site"),
        (
            "<link rel=canonical href='https://www.acutabove.com/'><p>Cuts and colour from nine to six.",
            "site",
        ),
        ("<p>Coffee roasted by <a href='https://www.sheridan.com/'>them</a>, all day long.", "site"),
        ("<p>Welcome</p><iframe src='//www.above.com/park'></iframe>", "parked"),
        ('<script>window.location.href="/lander"</script>', "parked"),
        ("<svg><path d=x></svg>", "site"),
        ("<p>Ana, 802 555 0116", "site"),
        ("<iframe src='https://maple.builder.example/'></iframe>", "wrapper"),
        ("<style>body{background:url(flyer.jpg)}</style>", "wrapper"),
        ("<meta http-equiv=Refresh content='0; url=/en/'>", "forwarding"),
        ("<meta http-equiv=refresh content=30><p>Maple and Rye Bakery, 12 Church Street.", "site"),
        ("<meta http-equiv=refresh content='0;/.well-known/sgcaptcha/?r=1'>", "bot_wall"),
        ("<h1>This account has been suspended", "placeholder"),
        ("", "blank"),
        ("<html><body>  </body></html>", "blank"),
        ("<div id=root></div><script src=app.js></script>", "script_shell"),
        ("<title>Just a moment...</title><p>Checking your browser", "bot_wall"),
        (f"<p>{LOREM} Our spring menu is coming soon.", "site"),
        (f"<p>{LOREM} The house next door is for sale: buy this domain!", "site"),
    ],
)
def test_kind_of_page(html: str, kind: str):
    assert kind_of_page(read(html)) == kind


def test_answers_without_a_type_are_read_as_pages():
    assert is_html({})
    assert is_html({"content-type": "Text/HTML; charset=utf-8"})
    assert not is_html({"content-type": "application/pdf"})


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>Call (802) 555-0116", "phone"),
        ("<p>Call 1.802.555.0116 05699", "phone"),
        ("<a href='tel:8025550116'>call us</a>", "phone"),
        ("<a href='mailto:Hello@MapleAndRye.example'>write</a>", "address hello@"),
        ("<p>12 Church St., Alder Falls", "street address"),
        ("<p>Church Street 12, Alder Falls", "street address"),
        (
            "<title>Maple and Rye Bakery</title><p>Bread in Alder Falls",
            "names Maple & Rye Bakery and Alder Falls",
        ),
    ],
)
def test_a_page_of_their_own_is_known_by_one_of_its_signs(html: str, shown: str):
    assert shown in match_page(read(html), SIGNS)


@pytest.mark.parametrize(
    "html",
    [
        "<title>Maple and Rye Bakery</title><p>Bread in Sandy Creek. 503 555 0199",
        "<p>12 Church Street, Sandy Creek",
        "<p>112 Church Street, Alder Falls",
        "<p>Open 2010 - 2024, Alder Falls",
        "<p>Maple syrup and rye whiskey, Alder Falls",
        "",
    ],
)
def test_a_page_without_their_signs_is_not_theirs(html: str):
    assert match_page(read(html), SIGNS) == ""


def test_a_business_without_known_facts_matches_nothing():
    assert match_page(read(f"<p>{LOREM}"), Signs(name="")) == ""


def test_somebody_else_is_known_by_a_phone_number_and_another_town():
    other = read(
        "<title>Maple & Rye</title><p>Bread in Sandy Creek since 2010. Call (503) 555-0199 for orders."
    )
    assert names_somebody_else(other, SIGNS)
    assert not names_somebody_else(
        other, Signs(name="Maple & Rye Bakery")
    )  # town not known: nothing is clear
    same_town = read("<p>Bread in Alder Falls since 2010. Call (503) 555-0199 for orders.")
    assert not names_somebody_else(same_town, SIGNS)
    silent = read("<p>Bread, 2010 - 2024. All rights reserved by the bakery.")
    assert not names_somebody_else(silent, SIGNS)


def test_weaknesses_need_two_signs_of_age():
    modern = read("<meta name=viewport content=x><p>Hi")
    assert weaknesses_of_page(modern, is_https=True) == ()
    assert weaknesses_of_page(modern, is_https=False) == ()
    assert weaknesses_of_page(read("<p>Hi"), is_https=True) == ("not_mobile",)
    old = read("<meta name=generator content='Microsoft FrontPage 4.0'><font>Hi</font>")
    assert weaknesses_of_page(old, is_https=True) == ("not_mobile", "outdated")


def test_plain_words():
    assert plain_words("Spoke 'n' Chain  Bicycles") == "spoke n chain bicycles"
    assert plain_words("Café Élan & Söhne") == "cafe elan and sohne"


def test_left_alone_for_years_is_a_sign_of_age():
    today = {"date": "Mon, 02 Mar 2026 09:00:00 GMT"}
    old = today | {"last-modified": "Tue, 03 Mar 2015 09:00:00 GMT"}
    body = b"<meta name=viewport content=x><p>Bread. "
    notice = "© 2009-2012 Maple".encode()
    assert weaknesses_of_page(read_page(body + notice, old), is_https=True) == ("outdated",)
    assert weaknesses_of_page(read_page(body, old), is_https=True) == ()  # one sign is none
    assert weaknesses_of_page(read_page(body + b"Copyright 2009 - 2025", old), is_https=True) == ()
    assert (
        weaknesses_of_page(read_page(body + notice, {}), is_https=False) == ()
    )  # nobody says what year it is


@pytest.mark.parametrize(
    "sign",
    [
        "(c) 2009-2012 Maple", "(C) 2012", "COPYRIGHT 2012", "Copyright © 2012", "© 2009 – 2012",
        "<a href='/Intro.SWF'>Film</a>", "<script src='/jQuery-1.4.min.js'></script>",
        "<script src='/jquery.1.9.js'></script>", "<MARQUEE>Fresh</MARQUEE>", "<blink>", "<center>",
    ],
)  # fmt: skip
def test_each_sign_of_age_is_seen(sign: str):
    headers = {"date": "Mon, 02 Mar 2026 09:00:00 GMT"}
    page = read_page(f"<meta name=viewport content=x><p>Bread. {sign} Rye".encode(), headers)
    assert weaknesses_of_page(page, is_https=False) == ("outdated",)  # no encryption is the other sign
    assert weaknesses_of_page(page, is_https=True) == ()


@pytest.mark.parametrize(
    "no_sign",
    [
        "© 2009-2025",
        "2012",
        "All rights reserved 2012",
        "<script src='/jquery-3.1.js'></script>",
        "<centered>",
    ],
)
def test_what_is_no_sign_of_age(no_sign: str):
    headers = {"date": "Mon, 02 Mar 2026 09:00:00 GMT"}
    page = read_page(f"<meta name=viewport content=x><p>Bread. {no_sign} Rye".encode(), headers)
    assert weaknesses_of_page(page, is_https=False) == ()


FRAGMENTS = st.lists(
    st.sampled_from(
        [b"<", b">", b"<!--", b"-->", b"<a href=", b"<script>", b"</script", b"<title>", b"</title>", b"<meta name=",
         b"<svg/", b'"', b"&#xd800;", b"&#0;", b"&amp;" * 9, b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b" ", b"Bread",
         b"<frame src=x>", b"charset=utf-16", b"=" * 50, b"802-555-0116" * 4]
    ),
    max_size=60,
)  # fmt: skip


@given(
    FRAGMENTS.map(b"".join),
    st.sampled_from(["", "text/html; charset=utf-7", "text/html; charset=idna", "x; charset=undefined"]),
)
def test_any_bytes_are_a_page_of_some_kind(body: bytes, content_type: str):
    headers = {"content-type": content_type, "date": "NaN", "last-modified": body.decode("latin-1")}
    found = read_page(body, headers)
    kind_of_page(found)
    weaknesses_of_page(found, is_https=True)
    match_page(found, SIGNS)
    names_somebody_else(found, SIGNS)
    assert len(found.text) <= 6 * len(body) + 6
