"""Contacts from a page of the business's own, where robots may read it; nothing that a guest wrote."""

import time
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.own_pages import OwnContacts, find_contacts
from businesses.pages import Signs
from businesses.robots import Robots
from businesses.tests.recorded import Web, page
from pipeline.http import FetchFailed

SIGNS = Signs("Maple & Rye", phones=("+18025550116",), city="Alder Falls")
HOME = "https://rye.example/"
SOCIAL = "https://www.facebook.com/mapleandrye"
OURS = "Maple & Rye, Alder Falls. "
NO_FILE: tuple[int, bytes, dict[str, str]] = (404, b"", {})


def mailto(*addresses: str) -> str:
    return "".join(f'<a href="mailto:{address}?subject=Hi">Write</a>' for address in addresses)


def find(url: str, answers: dict[str, Any]) -> OwnContacts | None:
    web = Web(answers)
    return find_contacts((url,), SIGNS, region="US", fetcher=web, robots=Robots(web))


def robots(host: str, rules: str) -> dict[str, Any]:
    return {f"https://{host}/robots.txt": (200, rules.encode(), {"content-type": "text/plain"})}


def test_address_and_number_on_its_own_home_page():
    shown = page(OURS, body=mailto("bread@rye.example") + '<a href="tel:802-555-0117">Call</a>')
    assert find(HOME, {HOME: shown}) == OwnContacts(HOME, "bread@rye.example", "+18025550117")


def test_contact_page_of_the_same_site_is_read_where_robots_may():
    further = "https://rye.example/contact.html"
    answers = {
        HOME: page(OURS, body='<a href="/contact.html">Contact</a>'),
        further: page("Write to bread@rye.example"),
    }
    assert find(HOME, answers | robots("rye.example", "User-agent: *\nDisallow: /admin")) == OwnContacts(
        further, "bread@rye.example"
    )
    assert find(HOME, answers | robots("rye.example", "User-agent: *\nDisallow: /contact")) is None
    assert find(HOME, answers | robots("rye.example", "User-agent: WebMagicBot\nDisallow: /")) is None
    assert find(HOME, answers | {"https://rye.example/robots.txt": (503, b"", {})}) is None
    assert find(HOME, answers | {"https://rye.example/robots.txt": "timeout"}) is None


def test_contact_page_is_read_for_the_address_where_the_home_page_shows_a_number_alone():
    further = "https://rye.example/contact"
    home = page(OURS, body='<a href="/contact">Contact</a> <a href="tel:802-555-0117">Call</a>')
    leave = robots("rye.example", "User-agent: *\nDisallow: /admin")
    assert find(HOME, leave | {HOME: home, further: page(body=mailto("bread@gmail.com"))}) == OwnContacts(
        further, "bread@gmail.com"
    )
    assert find(HOME, leave | {HOME: home, further: page("Closed")}) == OwnContacts(HOME, "", "+18025550117")


def test_contact_page_of_somebody_else_is_not_read():
    web = Web({HOME: page(OURS, body='<a href="https://other.example/contact">Contact</a>')})
    assert find_contacts((HOME,), SIGNS, region="US", fetcher=web, robots=Robots(web)) is None
    assert web.asked == [HOME]


def test_page_on_a_social_network_is_read_where_robots_may():
    answers = {SOCIAL: page(OURS, body=f"<div>802-555-0116 {mailto('bread@gmail.com')}</div>")}
    assert find(SOCIAL, answers | {"https://www.facebook.com/robots.txt": NO_FILE}) == OwnContacts(
        SOCIAL, "bread@gmail.com"
    )
    assert find(SOCIAL, answers | robots("www.facebook.com", "User-agent: *\nDisallow: /")) is None


@pytest.mark.parametrize(
    "shown",
    [
        page("Some other bakery in Sandy Creek", body=mailto("bread@rye.example")),  # not theirs
        page(OURS + "Our guest ana@gmail.com wrote: lovely"),  # text with a stranger's address
        page(OURS, body=mailto("bread@rye.example") + '<div class="review">Lovely</div>'),
        page(OURS + "Testimonials", body=mailto("bread@rye.example")),
        page(OURS, body=mailto("ana@gmail.com", "ben@gmail.com")),  # whose is whose?
        page(OURS, body=mailto("webmaster@rye.example")),
        page(OURS, body=mailto("bread@rye.example,all@rye.example")),
        page(OURS, body=mailto("bread@rye.example%0aBcc:all@rye.example")),
    ],
)
def test_address_that_may_not_be_theirs_is_not_taken(shown: bytes):
    assert find(HOME, {HOME: shown}) is None


def test_address_of_the_platform_is_not_theirs():
    answers = {
        SOCIAL: page(OURS, body=mailto("help@facebook.com")),
        "https://www.facebook.com/robots.txt": NO_FILE,
    }
    assert find(SOCIAL, answers) is None


def test_site_with_a_broken_certificate_is_read_without():
    plain = "http://rye.example/"
    assert find(HOME, {HOME: "tls", plain: page(OURS, body=mailto("bread@rye.example"))}) == OwnContacts(
        plain, "bread@rye.example"
    )


def test_robots_file_is_asked_for_once_a_host():
    web = Web({"https://rye.example/robots.txt": NO_FILE})
    rules = Robots(web)
    assert rules.may_read("https://rye.example/a")
    assert rules.may_read("https://rye.example/b")
    assert web.asked == ["https://rye.example/robots.txt"]


@given(st.one_of(st.binary(max_size=300), st.text(alphabet="Crawl-dey:Us-agnt*Dislow/²١9\n %5\ud800").map(
    lambda text: text.encode("utf-8", "surrogatepass"))))  # fmt: skip
def test_any_robots_file_gets_a_plain_answer(body: bytes):
    rules = Robots(Web({"https://rye.example/robots.txt": (200, body, {})}))
    assert rules.may_read("https://rye.example/contact") in (True, False)


CONTACT = "https://rye.example/contact.html"


def may_read(body: str | bytes, url: str = CONTACT, **headers: str) -> bool:
    body = body.encode() if isinstance(body, str) else body
    return Robots(Web({"https://rye.example/robots.txt": (200, body, headers)})).may_read(url)


@pytest.mark.parametrize(
    "rules",
    [
        "Disallow: /*",
        "Disallow: /*contact",
        "Disallow: /*.html$",
        "Disallow: *contact*",
        "Disallow: /c*t*.ht*l",
        "Allow: /\nDisallow: /contact",
        "Allow: /\nDisallow: /*contact",
        "Disallow: /%63ontact",
        "Crawl-delay: ²\nDisallow: /contact",
        "Nonsense\nDisallow: /contact",
    ],
)
def test_rule_that_keeps_robots_out_is_heeded(rules: str):
    assert not may_read(f"User-agent: *\n{rules}\n")
    assert not may_read(f"\ufeffUser-agent: *\n{rules}\n")
    assert not may_read(f"User-agent: Other\nUSER-AGENT : webmagicbot # ours\r\n{rules}\r\n")
    assert may_read(f"User-agent: Other\n{rules}\n")
    assert may_read(f"User-agent: *\n{rules}\n\nUser-agent: WebMagicBot\nDisallow: /private\n")


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "Disallow:",
        "Disallow: /contact$",
        "Disallow: /*.php$",
        "Disallow: /\nAllow: /contact",
        "Disallow: /contact.html\nAllow: /contact.html",
        "Disallow: /CONTACT",
        "Crawl-delay: ²",
    ],
)
def test_rule_that_lets_robots_in_is_heeded(rules: str):
    assert may_read(f"User-agent: *\n{rules}\n")


def test_file_that_is_no_text_keeps_us_out():
    assert not may_read(b"", **{"content-type": "application/octet-stream"})


AGENTS = "".join(f"User-agent:{n}\n" for n in range(2000)) + "user agent *\n"


@pytest.mark.parametrize(
    "body",
    [
        AGENTS + "allow:/index.html\n" * 1500,  # each rule for each of them
        AGENTS + "allow:$\n" * 4000,
        "User-agent: *\nDisallow: /" + "*a" * 30_000 + "b",
        "User-agent: *\n" + "Disallow: /*a*a*a*a*a*a*b\n" * 2500,
        "User-agent: *\nDisallow: /" + "$*" * 30_000,
        "User agent" + " " * 60_000,
    ],
)
def test_file_made_to_hang_us_does_not(body: str):
    assert len(body) < 64 * 1024
    begun = time.process_time()
    assert may_read(body, "https://rye.example/" + "a" * 1900)
    assert time.process_time() - begun < 5
    assert not may_read(body, "https://rye.example/" + "a" * 100_000)


@pytest.mark.parametrize(
    ("to", "rules"),
    [
        ("/private/c.html", robots("rye.example", "User-agent: *\nDisallow: /private")),
        ("/?page=private", robots("rye.example", "User-agent: *\nDisallow: /*?page")),
        ("https://www.rye.example/c.html", robots("www.rye.example", "User-agent: *\nDisallow: /c")),
    ],
)
def test_page_that_leads_to_where_robots_may_not_is_not_read(to: str, rules: dict[str, Any]):
    target = urljoin(CONTACT, to)
    answers = {
        HOME: page(OURS, body='<a href="/contact.html">Contact</a>'),
        CONTACT: (301, b"", {"location": to}),
        target: page("Write to bread@rye.example"),
        "https://rye.example/robots.txt": NO_FILE,
        "https://www.rye.example/robots.txt": NO_FILE,
    }
    assert find(HOME, answers) == OwnContacts(target, "bread@rye.example")
    assert find(HOME, answers | rules) is None


@given(st.binary(max_size=600))
def test_hostile_pages_never_raise(body: bytes):
    try:
        find(HOME, {HOME: page(OURS) + body + b'<a href="mailto:' + body + b'"><a href="//[contact">'})
    except FetchFailed as failure:
        raise AssertionError from failure
