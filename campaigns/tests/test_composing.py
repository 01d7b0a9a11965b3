"""A letter becomes one complete mail, to one person, with nothing in it that nobody put there."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.composing import (
    HTML_LIMIT,
    Agency,
    MailLinks,
    Origin,
    UnsendableMessage,
    make_message_id,
)
from campaigns.tests.letters import (
    AGENCY,
    LINKS,
    MESSAGE_ID,
    ORIGIN,
    PITCH,
    RECIPIENT,
    SENDER,
    SENT,
    make_facts,
    make_mail,
)
from campaigns.tests.mail_server import MailServer
from campaigns.transports.base import check_wire_form
from campaigns.transports.smtp import SmtpServer, SmtpTransport
from campaigns.writers.embedded import EmbeddedWriter
from pipeline.errors import BadData

HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version",
    "Content-Type",
]  # fmt: skip


def parse(mail: bytes) -> EmailMessage:
    return message_from_bytes(mail, policy=default)


def part(mail: bytes, kind: str) -> str:
    body = parse(mail).get_body((kind,))
    assert body is not None
    return body.get_content()


def displayed(mail: bytes, header: str) -> str:
    """The header as RFC 2047 decodes it: email.policy.default loses its way in names of several encoded words."""
    return str(make_header(decode_header(message_from_bytes(mail)[header])))


def displayed_sender(mail: bytes) -> tuple[str, str]:
    name, address = parseaddr(message_from_bytes(mail)["From"])
    return str(make_header(decode_header(name))), address


class Page(HTMLParser):
    """The tags of an HTML part, and its visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, tag: str, attribute: str) -> list[str | None]:
        return [
            attributes[attribute] for name, attributes in self.tags if name == tag and attribute in attributes
        ]


def test_compose_same_input_gives_same_bytes():
    assert make_mail() == make_mail()


def test_compose_another_message_id_gives_another_boundary():
    first, second = make_mail(), make_mail(message_id=make_message_id("campaign-8", 1, "fernhill.example"))
    assert parse(first).get_boundary() != parse(second).get_boundary()


def test_compose_makes_the_headers_of_a_real_mail():
    message = parse(make_mail())
    assert message.keys() == HEADERS
    assert str(message["From"]) == "Mara Lind <hello@fernhill.example>"
    assert str(message["To"]) == RECIPIENT
    assert str(message["Subject"]) == PITCH.subject
    assert message["Date"].datetime == SENT
    assert message["Message-ID"] == MESSAGE_ID
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(not part.defects for part in message.walk())


def test_compose_offers_one_click_unsubscribe_by_web_and_mail():
    message = parse(make_mail())
    assert (
        message["List-Unsubscribe"]
        == f"<{LINKS.unsubscribe}>, <mailto:stop@fernhill.example?subject=unsubscribe>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_follow_up_is_in_the_thread_of_the_mails_before_it():
    ids = [make_message_id("campaign-7", step, "fernhill.example") for step in (1, 2)]
    raw = make_mail(message_id=make_message_id("campaign-7", 3, "fernhill.example"), earlier=ids)
    message = parse(raw)
    assert message["In-Reply-To"] == ids[1]
    assert message["References"].split() == ids
    assert f"\r\nReferences: {ids[0]}\r\n {ids[1]}\r\n".encode() in raw
    assert str(message["Subject"]) == PITCH.subject  # a Re: would say that somebody wrote to us


@pytest.mark.parametrize("earlier", ["<a@b.example>\r\nBcc: c@d.example", "plain", ""])
def test_compose_refuses_an_id_before_it_that_is_none(earlier: str):
    with pytest.raises(UnsendableMessage):
        make_mail(earlier=[earlier])


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_small_print_links_to_privacy_and_says_what_a_country_asks(kind: str):
    privacy = "https://sites.fernhill.example/s/brook-lane/privacy.html"
    mail = make_mail(
        links=replace(LINKS, privacy=privacy),
        agency=replace(AGENCY, notice="Registered in Vermont & elsewhere."),
    )
    body = part(mail, kind)
    assert privacy in body
    assert "Registered in Vermont & elsewhere." in (Page(body).text if kind == "html" else body)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_german_letter_is_german_all_round(kind: str):
    body = part(make_mail(replace(PITCH, language="de")), kind)
    text = Page(body).text if kind == "html" else body
    for german in (
        "Ja, ich möchte diese Website",
        "Nein, danke",
        "Angebot von Fernhill",
        "am 21. Februar 2026 gefunden",
    ):
        assert german in text
    for english in ("No, thank you", "published", "Unsubscribe", "Data:"):
        assert english not in text


def test_compose_without_an_address_offers_to_unsubscribe_by_web_alone():
    message = parse(make_mail(links=replace(LINKS, unsubscribe_address="")))
    assert message["List-Unsubscribe"] == f"<{LINKS.unsubscribe}>"


def test_compose_keeps_a_long_link_in_one_piece():
    link = f"{LINKS.unsubscribe}{'x' * 300}"
    raw = make_mail(links=replace(LINKS, unsubscribe=link))
    assert f"\r\nList-Unsubscribe: <{link}>".encode() in raw


def test_compose_sets_reply_to_when_there_is_one():
    message = parse(make_mail(agency=replace(AGENCY, reply_to="mara@fernhill.example")))
    assert str(message["Reply-To"]) == "mara@fernhill.example"


def test_compose_makes_wire_form():
    mail = make_mail(replace(PITCH, paragraphs=("Hello,", "é" * 900, "word " * 180 + "end")))
    check_wire_form(mail, sender=SENDER, recipient=RECIPIENT, message_id=MESSAGE_ID)
    assert mail.isascii()
    assert max(len(line) for line in mail.split(b"\r\n")) <= 500


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_both_parts_carry_what_the_law_and_decency_ask(kind: str):
    body = part(make_mail(), kind)
    text = Page(body).text if kind == "html" else " ".join(body.split())
    for needed in (
        *PITCH.paragraphs,
        *PITCH.closing,
        PITCH.call_to_action,
        PITCH.sign_off,
        "Mara Lind",
        "12 Mill Lane, Fernhill, VT 00000, USA",
        "business offer from Fernhill Web Studio",
        "info@brooklane.example is published on OpenStreetMap, where we found it on 21 February 2026",
        "© OpenStreetMap contributors, ODbL",
    ):
        assert needed in text
    for link in (LINKS.site, LINKS.claim, LINKS.unsubscribe):
        assert link in body


def test_html_links_only_where_it_says():
    page = Page(part(make_mail(), "html"))
    assert set(page.values("a", "href")) == {LINKS.site, LINKS.claim, LINKS.unsubscribe}


def test_pixel_is_the_only_picture_and_in_the_html_part_alone():
    mail = make_mail()
    page = Page(part(mail, "html"))
    assert page.values("img", "src") == [LINKS.pixel]
    assert LINKS.pixel not in part(mail, "plain")


def test_no_pixel_when_none_is_asked_for():
    assert "<img" not in part(make_mail(links=replace(LINKS, pixel="")), "html")


def test_html_loads_nothing_and_runs_nothing():
    html = part(make_mail(links=replace(LINKS, pixel="")), "html")
    page = Page(html)
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "p", "a", "br",
    }  # fmt: skip
    assert not re.search(r"url\(|@import|javascript:|src=", html)


def test_html_is_styled_inline_and_keeps_its_dark_colours():
    page = Page(html := part(make_mail(), "html"))
    paragraphs = [attributes for tag, attributes in page.tags if tag == "p"]
    assert all("color" in (attributes.get("style") or "") for attributes in paragraphs)
    assert "prefers-color-scheme: dark" in html
    assert len(html.encode()) < HTML_LIMIT


def test_html_shows_markup_as_text():
    name = "<img src=x onerror=alert(1)> & Söhne"
    html = part(make_mail(replace(PITCH, paragraphs=("Hello,", name))), "html")
    page = Page(html)
    assert page.values("img", "src") == [LINKS.pixel]
    assert name in page.text


def test_text_part_shows_characters_as_they_are():
    assert "Brook Lane Bakery & Café" in part(make_mail(), "plain")


def test_signature_does_not_say_the_same_name_twice():
    text = part(make_mail(agency=Agency("Fernhill Web Studio", "12 Mill Lane")), "plain")
    assert text.count("Fernhill Web Studio") == 2  # once to sign, once in the small print
    assert "Kind regards,\r\nFernhill Web Studio\r\n\r\n" in text


def test_another_language_of_the_process_changes_nothing(settings):
    plain = make_mail()
    settings.LANGUAGE_CODE = "de"
    assert make_mail() == plain


@pytest.mark.parametrize(
    "name", ["Müller & Söhne, Web “Werkstatt”", 'Quote "Inc", (est. 1999); Co\\', "株式会社ウェブ" * 5]
)
def test_sender_name_survives_the_header(name: str):
    assert displayed_sender(make_mail(agency=replace(AGENCY, sender_name=name))) == (name, SENDER)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "a@b.example, c@d.example",
        "a@b.example; c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\n",
        "a@b.example ",
        "Ann <a@b.example>",
        "a@b.example>",
        '"a@evil.example"@b.example',
        "a@[127.0.0.1]",
        "a b@c.example",
        "a@b",
        "ann@bäckerei.example",
        f"{'a' * 1000}@b.example",
        "a\u202e@b.example",
        "mailto:a@b.example",
    ],
)
def test_compose_refuses_what_is_not_one_plain_recipient(recipient: str):
    with pytest.raises(UnsendableMessage):
        make_mail(recipient=recipient)


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "Mara <hello@fernhill.example>"},
        {"sender": "hello@fernhill.example\r\nBcc: c@d.example"},
        {"agency": replace(AGENCY, sender_name="bank@safe.example")},
        {"agency": replace(AGENCY, sender_name="Mara <x>")},
        {"agency": replace(AGENCY, sender_name="Mara\u202eLind")},
        {"agency": replace(AGENCY, sender_name="=?utf-8?q?Bank?=")},
        {"agency": replace(AGENCY, name="Fernhill\nBcc: c@d.example")},
        {"agency": replace(AGENCY, name="")},
        {"agency": replace(AGENCY, address=" ")},
        {"agency": replace(AGENCY, reply_to="a@b.example, c@d.example")},
        {"origin": replace(ORIGIN, data_source="")},
        {"origin": replace(ORIGIN, attribution="a\rb")},
        {"message_id": "<a@b.example>\r\nBcc: c@d.example"},
        {"message_id": "plain"},
        {"links": replace(LINKS, site="javascript:alert(1)")},
        {"links": replace(LINKS, claim="https://a.example/c/x\r\nBcc: c@d.example")},
        {"links": replace(LINKS, unsubscribe="https://a.example/u/x>, <mailto:c@d.example")},
        {"links": replace(LINKS, unsubscribe="")},
        {"links": replace(LINKS, pixel='https://a.example/"onload="x')},
        {"links": replace(LINKS, pixel="https://user@a.example/o/x.gif")},
        {"links": replace(LINKS, unsubscribe_address="a@b.example?bcc=c@d.example")},
    ],
)
def test_compose_refuses_settings_that_would_break_or_disguise_the_mail(changes: dict):
    with pytest.raises(UnsendableMessage):
        make_mail(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Re: your website"},
        {"subject": "FWD: your website"},
        {"subject": "A website\r\nBcc: c@d.example"},
        {"subject": "A website =?utf-8?q?=0D=0ABcc=3A_c=40d.example?="},
        {"subject": ""},
        {"subject": "x" * 200},
        {"paragraphs": ("Hello,", "See https://evil.example/ now")},
        {"paragraphs": ("Hello,", "See WWW.evil.example now")},
        {"paragraphs": ("Hello,", "one\ntwo")},
        {"paragraphs": (), "closing": ()},
        {"paragraphs": ("word",) * 50},
        {"closing": ("x" * 5_000,)},
        {"preheader": "\x00"},
        {"call_to_action": "\ud800"},
        {"sign_off": "\u2028"},
        {"language": 'en" onload="x'},
    ],
)
def test_compose_refuses_a_letter_that_lies_or_smuggles(changes: dict):
    with pytest.raises(UnsendableMessage) as caught:
        make_mail(replace(PITCH, **changes))
    assert isinstance(caught.value, BadData)
    assert str(caught.value).isascii()
    assert "\n" not in str(caught.value)


def test_compose_refuses_more_html_than_readers_show(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("campaigns.composing.HTML_LIMIT", 2_000)
    with pytest.raises(UnsendableMessage, match="bytes of HTML"):
        make_mail()


def test_compose_refuses_a_time_without_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        make_mail(sent_date=datetime(2026, 3, 2, 9))  # noqa: DTZ001 - it is what must be refused


SMUGGLED = st.sampled_from(
    [
        "\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\u202e", "\t", "Bcc: x@evil.example",
        "x@evil.example", ",", ";", "<", ">", '"', "\\", "(", ")", ":", "=?utf-8?q?=0A?=", "?=", " ", "  ", "é",
        "漢字", "🍞", "a", "Name", "%0d%0aBcc:", "\r\n\r\n<script>", "\r\n.\r\n", "&", "a" * 90,
    ]
)  # fmt: skip
HOSTILE = st.lists(SMUGGLED, max_size=6).map("".join) | st.text(max_size=60)
VISIBLE = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp"), exclude_characters="@<>"), min_size=1
)
FIELDS = ("name", "subject", "paragraph", "source", "postal")


@settings(max_examples=150, deadline=None)
@given(
    fields=st.fixed_dictionaries(dict.fromkeys(FIELDS, VISIBLE)),
    attacked=st.sampled_from(FIELDS),
    attack=HOSTILE,
)
def test_no_text_adds_a_header_a_recipient_or_a_part(fields: dict[str, str], attacked: str, attack: str):
    name, subject, paragraph, source, postal = (fields | {attacked: attack}).values()
    pitch = replace(PITCH, subject=subject, paragraphs=("Hello,", paragraph))
    try:
        raw = make_mail(
            pitch,
            agency=replace(AGENCY, sender_name=name, address=postal),
            origin=replace(ORIGIN, data_source=source),
        )
    except UnsendableMessage:
        return
    message = parse(raw)
    assert message.keys() == HEADERS
    assert [address.addr_spec for address in message["To"].addresses] == [RECIPIENT]
    assert displayed_sender(raw) == (name or AGENCY.name, SENDER)
    assert displayed(raw, "Subject") == subject
    assert len(list(message.iter_parts())) == 2
    page = Page(part(raw, "html"))
    assert set(page.values("a", "href")) == {LINKS.site, LINKS.claim, LINKS.unsubscribe}
    assert page.values("img", "src") == [LINKS.pixel]
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "iframe", "form", "link", "object"})


@settings(max_examples=60, deadline=None)
@given(
    recipient=HOSTILE | st.just(RECIPIENT), sender=HOSTILE | st.just(SENDER), name=HOSTILE | st.just("Mara")
)
def test_a_server_is_asked_for_exactly_one_recipient(mail_server: MailServer, recipient, sender, name):
    mail_server.recipients_asked.clear()
    mail_server.mails.clear()
    try:
        raw = make_mail(sender=sender, recipient=recipient, agency=replace(AGENCY, sender_name=name))
    except UnsendableMessage:
        raw = make_mail()
        with pytest.raises(BadData):  # what cannot be composed cannot be slipped in beside good bytes either
            transport(mail_server).deliver(
                raw, sender=sender if sender != SENDER else "", recipient=recipient, message_id=MESSAGE_ID
            )
        assert mail_server.recipients_asked == []
        return
    transport(mail_server).deliver(raw, sender=sender, recipient=recipient, message_id=MESSAGE_ID)
    assert mail_server.recipients_asked == [recipient]
    assert [mail.body for mail in mail_server.mails] == [raw]


@pytest.fixture(scope="module")
def mail_server():
    with MailServer() as server:
        yield server


def transport(server: MailServer) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", server.port))


def test_long_addresses_survive_the_headers():
    domain = ".".join(["d" * 60] * 3) + ".example"
    recipient = f"{'r' * 60}@{domain}"
    sender = f"{'s' * 60}@{domain}"
    message = parse(make_mail(sender=sender, recipient=recipient))
    assert message["To"].addresses[0].addr_spec == recipient
    assert message["From"].addresses[0].addr_spec == sender


def test_written_letter_goes_through_for_every_business():
    for business_id in range(60):
        pitch = EmbeddedWriter().write(make_facts(business_id=business_id))
        assert pitch.subject == str(parse(make_mail(pitch))["Subject"])


def test_make_message_id_is_deterministic_and_different_for_each_step():
    first = make_message_id("campaign-7", 1, "Fernhill.example")
    assert first == make_message_id("campaign-7", 1, "fernhill.example")
    assert re.fullmatch(r"<campaign-7\.1\.[0-9a-f]{16}@fernhill\.example>", first)
    others = [
        ("campaign-7", 2, "fernhill.example"),
        ("campaign-8", 1, "fernhill.example"),
        ("campaign-7", 1, "b.example"),
    ]
    assert len({first, *(make_message_id(*other) for other in others)}) == 4


@pytest.mark.parametrize(
    ("key", "step", "domain"),
    [("", 1, "a.example"), ("a b", 1, "a.example"), ("a\r\n", 1, "a.example"), ("a", -1, "a.example"),
     ("a", 1, ""), ("a", 1, "localhost"), ("a", 1, "a.example>"), ("a", 1, "a" * 101)],
)  # fmt: skip
def test_make_message_id_refuses_what_no_id_can_hold(key: str, step: int, domain: str):
    with pytest.raises(ValueError, match=r"is not a domain|A campaign key"):
        make_message_id(key, step, domain)


def test_origin_and_links_need_no_optional_parts():
    mail = make_mail(
        links=MailLinks(LINKS.site, LINKS.claim, LINKS.unsubscribe),
        origin=Origin("a map", "", date(2026, 1, 1)),
    )
    assert "published on a map, where we found it on 1 January 2026." in part(mail, "plain")
    assert "Data:" not in part(mail, "plain")
    assert parse(mail)["Date"].datetime == datetime(2026, 3, 2, 9, tzinfo=UTC)
