"""Whose address is it? The business's own is taken; a guest's, an agency's and a stranger's never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.page_contacts import contacts_on
from businesses.pages import Signs, read_page
from businesses.tests.recorded import page

SIGNS = Signs("Ana Flowers", ("+18028620116",), ("ana@oldname.example",), "Main Street", "12", "Barre")
HOME = "https://anasflowers.example/"
CONTACT = "https://anasflowers.example/contact"
SOCIAL = "https://www.facebook.com/anasflowers"
OURS = "<p>Ana Flowers, 12 Main Street, Barre. Call 802-862-0116.</p>"


def email_on(body: str, *, url: str = HOME, signs: Signs = SIGNS) -> str:
    return contacts_on(url, read_page(page(body=body), {}), signs, region="US")[0]


def mailto(address: str, words: str = "Write") -> str:
    return f'<a href="mailto:{address}">{words}</a>'


@pytest.mark.parametrize(
    ("url", "body", "address"),
    [
        (HOME, mailto("info@anasflowers.example"), "info@anasflowers.example"),
        (HOME, "Write to info@anasflowers.example.", "info@anasflowers.example"),
        (HOME, mailto("Info@AnasFlowers.example?subject=Hi"), "info@anasflowers.example"),
        ("https://www.anasflowers.example/", mailto("a@mail.anasflowers.example"), "a@mail.anasflowers.example"),
        (HOME, mailto("ana@oldname.example"), "ana@oldname.example"),  # its records tell it
        (HOME, mailto("hi@ana-flowers.example"), "hi@ana-flowers.example"),  # the name of the business
        (SOCIAL, mailto("hi@anaflowers.example"), "hi@anaflowers.example"),
        (HOME, f"<div>Call 802-862-0116 or {mailto('ana@gmail.com')}</div>", "ana@gmail.com"),
        (HOME, f"<p>12 Main Street, Barre<br>{mailto('ana@gmail.com')}</p>", "ana@gmail.com"),
        (HOME, f"<table><tr><td>(802) 862-0116<tr><td>{mailto('ana@gmail.com')}</table>", "ana@gmail.com"),
        (HOME, f"<div><h3>Us</h3><p>+1 802 862 0116</p><p>{mailto('ana@gmail.com')}</p></div>", "ana@gmail.com"),
        (SOCIAL, f"<ul><li>802-862-0116</li><li>{mailto('ana@gmail.com')}</li></ul>", "ana@gmail.com"),
        (CONTACT, f"<p>Write to us</p><p>{mailto('ana@gmail.com')}</p>", "ana@gmail.com"),
    ],
)  # fmt: skip
def test_address_of_the_business_is_taken(url: str, body: str, address: str):
    assert email_on(OURS + body, url=url) == address


@pytest.mark.parametrize(
    "heading",
    [
        "What our customers say", "Guestbook", "Guest book", "Customer feedback", "Reviewed by", "5 stars, wrote John",
        "Comments", "Kundenstimmen", "Was unsere Kunden sagen", "Gästebuch", "Ga\u0308stebuch", "Kommentare",
        "Bewertungen",
        "Opiniones", "Reseñas", "Opinioni", "Recensioni", "Témoignages", "Commentaires", "Livre d’or", "Arvostelut",
        "Vieraskirja", "Omdömen", "Beoordelingen", "Avaliações", "Отзывы", "口コミ", "Our happy people",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "entry",
    [
        "<blockquote>Great! Write me: {}</blockquote>",
        "<p>Great! Write me: {}</p>",
        "<div><p>I live near 12 Elm Street</p><p>Great! {}</p></div>",
    ],
)
@pytest.mark.parametrize("url", [HOME, SOCIAL])
def test_address_of_a_guest_is_not_taken(heading: str, entry: str, url: str):
    assert email_on(f"{OURS}<h2>{heading}</h2>{entry.format(mailto('john.guest@gmail.com'))}", url=url) == ""


GUEST = mailto("john.guest@gmail.com")


@pytest.mark.parametrize(
    "entry",
    [
        f"<blockquote>{GUEST}</blockquote>",
        f"<p>Lovely! <cite>{GUEST}</cite></p>",
        f'<div itemprop="review">{GUEST}</div>',
        f'<li id="comment-12" class="even">{GUEST}</li>',
        f'<div class="site-testimonial"><p><b>Lovely</b></p><p>{GUEST}</p></div>',
        f"<p>John wrote: lovely! {GUEST}</p>",
        f"<p>Kommentare</p><p>{GUEST}</p>",
        f"<blockquote><p>Lovely<p>As always<div>{GUEST}",  # never closed
    ],
)
@pytest.mark.parametrize("beside", ["", "802-862-0116 "])
def test_address_in_a_quote_or_a_comment_is_not_taken_even_on_the_contact_page(entry: str, beside: str):
    assert email_on(f"{OURS}<div>{beside}{entry}</div>", url=CONTACT) == ""


def test_address_of_the_business_stands_beside_a_quote():
    body = f"<blockquote>Lovely! {GUEST}</blockquote><div>802-862-0116 {mailto('ana@gmail.com')}</div>"
    assert email_on(OURS + body) == "ana@gmail.com"


@pytest.mark.parametrize(
    "body",
    [
        f"<footer>Site by {mailto('hello@webagency.example', 'agency')}</footer>",
        f"<footer>802-862-0116 {mailto('hello@webagency.example')}</footer>",
        f"<footer>802-862-0116. Site by {mailto('joe@gmail.com', 'Joe')}</footer>",
        f"<footer>802-862-0116 {mailto('joe@gmail.com', 'Webdesign: Joe')}</footer>",
        f"<footer>802-862-0116. Réalisation : {mailto('joe@gmail.com', 'Joe')}</footer>",
        f"<p>802-862-0116. Our grower: {mailto('roses@rosefarm.example')}</p>",
        f"<p>Lost a cat? {mailto('cat.owner@gmail.com')}</p>",
        f"<div>802-862-0116<h3>Friends</h3>{mailto('friend@gmail.com')}</div>",
        f"<div>802-862-0116 {'and much more text ' * 40} {mailto('friend@gmail.com')}</div>",
    ],
)
@pytest.mark.parametrize("url", [HOME, SOCIAL])
def test_address_of_somebody_else_is_not_taken(body: str, url: str):
    assert email_on(OURS + body, url=url) == ""


def test_agency_beside_the_address_of_the_business_is_no_second_one():
    body = f"{mailto('info@anasflowers.example')}<footer>Site by {mailto('hello@webagency.example')}</footer>"
    assert email_on(OURS + body) == "info@anasflowers.example"


def test_address_of_the_operator_of_a_place_for_sites_is_not_taken():
    assert email_on(OURS + mailto("help@sites.example"), url="https://ana.sites.example/") == ""
    assert email_on(OURS + mailto("help@facebook.com"), url=SOCIAL) == ""


@pytest.mark.parametrize(
    ("name", "domain", "is_theirs"),
    [
        ("Brook Lane Bakery", "brooklane.example", True),
        ("Brook Lane Bakery", "brook-lane-bakery.example", True),
        ("Brook Lane Bakery", "lanebakery.example", False),
        ("Brook Lane Bakery", "brooklanewebdesign.example", False),
        ("Bo & Al", "boandal.example", False),  # may be anybody's
        ("Extraordinary", "extraordinary.example", False),
    ],
)
def test_domain_that_bears_the_name_of_the_business_is_its_own(name: str, domain: str, is_theirs: bool):
    address = f"hi@{domain}"
    assert email_on(OURS + mailto(address), signs=Signs(name, city="Barre")) == (address if is_theirs else "")


def test_number_of_an_agency_or_a_guest_is_not_taken():
    call = '<a href="tel:802-862-0199">Call</a>'
    for body in (f"<p>Site by Joe {call}</p>", f"<blockquote>{call}</blockquote>"):
        assert contacts_on(HOME, read_page(page(body=body), {}), SIGNS, region="US") == ("", "")
    assert contacts_on(HOME, read_page(page(body=call), {}), SIGNS, region="US") == ("", "+18028620199")


PIECES = st.sampled_from(
    ["<div>", "</div>", "<p>", "<b", "<!--", "-->", "<blockquote>", "</blockquote>", "<h2>", "</x>", "<br/>",
     "802-862-0116 ",
     "<script>", "</script>", GUEST, '<a href="mailto:', "'", '"', "class=review", ">", "<", "&lt;", "\x00", "ä"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_page_gets_a_plain_answer(body: str):
    assert email_on(body) in ("", "john.guest@gmail.com")
