"""Composing: a letter becomes the complete mail, frozen as the bytes that go over the wire.

The same input gives the same bytes, so that a mail written again after a crash is the same mail.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

from campaigns.addresses import UnusableAddress, check_address
from campaigns.mail_words import MAIL_WORDS
from campaigns.transports.base import check_message_id
from campaigns.writers.base import Pitch, plain_date
from pipeline.errors import BadData

HTML_LIMIT: Final = 100_000  # bytes; larger mails are cut off by their readers
SUBJECT_LIMIT: Final = 120
LINE_LIMIT: Final = 300
PARAGRAPH_LIMIT: Final = 1_000
PARAGRAPHS: Final = 12
LINK_LIMIT: Final = 500

# They turn the direction of what follows, so that a name or a link reads as another one.
_BIDI: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LINK: Final = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+/[A-Za-z0-9\-._~/?&=%+]*")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DOMAIN: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.IGNORECASE)
_ANSWER: Final = re.compile(r"\s*(re|fwd?|aw|wg|tr)\s*:", re.IGNORECASE)


class UnsendableMessage(BadData):
    """This mail must not go out as it is; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Agency:
    """Who writes. `address` is the postal address on one line; a person's name, a Reply-To and what a country asks to
    be said besides are optional."""

    name: str
    address: str
    sender_name: str = ""
    reply_to: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the recipient's address was found, as it reads after "on", the credit that it asks for, and when."""

    data_source: str
    attribution: str
    found_on: date


@dataclass(frozen=True, slots=True)
class MailLinks:
    """The links of one mail, complete. An empty pixel means none; so do an empty address to unsubscribe by mail and an
    empty page about privacy."""

    site: str
    claim: str
    unsubscribe: str
    pixel: str = ""
    unsubscribe_address: str = ""
    privacy: str = ""


class _WirePolicy(EmailPolicy):
    """CRLF and folded lines, except where a fold would break a link or an id in two."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in {"Message-ID", "In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"}:
            return f"{name}: {value}\r\n".encode("ascii")
        if name == "References":
            return f"{name}: {'\r\n '.join(str(value).split())}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_POLICY: Final = _WirePolicy(linesep="\r\n", max_line_length=78, cte_type="7bit")
_INLINER: Final = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def make_message_id(campaign_key: str, step: int, domain: str) -> str:
    """ "<campaign.step.hash@domain>": the same campaign and step always get the same id. Raises ValueError.

    Nobody else can make it up: who names it in a bounce has seen the mail.
    """
    if not _KEY.fullmatch(campaign_key) or step < 0:
        raise ValueError(f"A campaign key is letters, digits, - and _, not {campaign_key!r}")
    if len(domain) > 100 or not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{domain!r} is not a domain that a Message-ID can carry")
    named = f"message id|{campaign_key}|{step}|{domain.lower()}".encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), named, hashlib.sha256).hex()[:16]
    return f"<{campaign_key}.{step}.{digest}@{domain.lower()}>"


def compose(
    pitch: Pitch,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    links: MailLinks,
    agency: Agency,
    origin: Origin,
    sent_date: datetime,
    earlier: Sequence[str] = (),
) -> bytes:
    """Return the mail as RFC 5322 bytes with CRLF: a text and an HTML part that say the same.

    `sender` and `recipient` are bare addresses, `message_id` comes with its angle brackets, `sent_date` knows its
    zone. `earlier` are the ids of the mails before this one, oldest first: with the first mail's subject they put it
    in the same thread, in readers that go by the ids and in those that want the subject too, and without a "Re:",
    which would say that somebody wrote to us. Raises UnsendableMessage for anything that could end up as another
    header, another recipient, another name or an unlawful mail.
    """
    _check_addresses(sender, recipient, (message_id, *earlier), agency, links)
    _check_names(agency, origin)
    _check_pitch(pitch)
    _check_links(links)
    if sent_date.tzinfo is None:
        raise ValueError("sent_date does not say its time zone")

    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(agency.sender_name or agency.name, addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    if agency.reply_to:
        message["Reply-To"] = Address(addr_spec=agency.reply_to)
    message["Subject"] = pitch.subject
    message["Date"] = format_datetime(sent_date)
    message["Message-ID"] = message_id
    if earlier:
        message["In-Reply-To"] = earlier[-1]
        message["References"] = " ".join(earlier)
    message["List-Unsubscribe"] = _list_unsubscribe(links)
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    words = {
        "pitch": pitch,
        "links": links,
        "words": MAIL_WORDS[pitch.language],
        "small_print": _small_print(pitch, recipient, agency, origin),
        "signature": [name for name in dict.fromkeys((agency.sender_name, agency.name)) if name],
    }
    text = render_to_string("campaigns/emails/pitch.txt", words)
    html = _INLINER.inline(render_to_string("campaigns/emails/pitch.html", words))
    if len(html.encode()) >= HTML_LIMIT:
        raise UnsendableMessage(f"The mail has {len(html.encode())} bytes of HTML, the limit is {HTML_LIMIT}")
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"part-{hashlib.sha256(message_id.encode()).hexdigest()[:32]}")
    return message.as_bytes()


def _small_print(pitch: Pitch, recipient: str, agency: Agency, origin: Origin) -> list[str]:
    """Return what the law asks for: who writes, why this recipient, whose data, what the country wants said."""
    known = {
        "agency": agency.name,
        "address": agency.address,
        "recipient": recipient,
        "source": origin.data_source,
        "found_on": plain_date(origin.found_on, pitch.language),
        "attribution": origin.attribution,
    }
    words = MAIL_WORDS[pitch.language]
    lines = [words["who"].format_map(known), words["why"].format_map(known)]
    if origin.attribution:
        lines.append(words["data"].format_map(known))
    return [*lines, agency.notice] if agency.notice else lines


def _list_unsubscribe(links: MailLinks) -> str:
    ways = [f"<{links.unsubscribe}>"]
    if links.unsubscribe_address:
        ways.append(f"<mailto:{links.unsubscribe_address}?subject=unsubscribe>")
    return ", ".join(ways)


def _check_addresses(
    sender: str, recipient: str, ids: Sequence[str], agency: Agency, links: MailLinks
) -> None:
    named = {"sender": sender, "recipient": recipient}
    optional = {"Reply-To": agency.reply_to, "address to unsubscribe by mail": links.unsubscribe_address}
    for label, address in (named | {label: value for label, value in optional.items() if value}).items():
        try:
            check_address(address)
        except UnusableAddress as error:
            raise UnsendableMessage(f"The {label} cannot be used: {error}") from error
    try:
        for each in ids:
            check_message_id(each)
    except BadData as error:
        raise UnsendableMessage(str(error)) from error


def _check_names(agency: Agency, origin: Origin) -> None:
    for label, name in (("agency's name", agency.name), ("sender's name", agency.sender_name or agency.name)):
        _check_line(label, name, 80)
        if "@" in name or "<" in name or ">" in name:
            raise UnsendableMessage(f"The {label} looks like a mail address: {name[:80]!a}")
    _check_line("agency's postal address", agency.address, LINE_LIMIT)
    _check_line("data source", origin.data_source, LINE_LIMIT)
    if origin.attribution:
        _check_line("data source's attribution", origin.attribution, LINE_LIMIT)
    if agency.notice:
        _check_line("notice of the country", agency.notice, LINE_LIMIT)


def _check_pitch(pitch: Pitch) -> None:
    _check_line("subject", pitch.subject, SUBJECT_LIMIT)
    if _ANSWER.match(pitch.subject):
        raise UnsendableMessage("The subject looks like an answer, and nobody has written to us")
    body = [*pitch.paragraphs, *pitch.closing]
    if not 2 <= len(body) <= PARAGRAPHS:
        raise UnsendableMessage(f"The letter has {len(body)} paragraphs; 2 to {PARAGRAPHS} are a letter")
    lines = {"preheader": pitch.preheader, "call to action": pitch.call_to_action, "sign-off": pitch.sign_off}
    lines |= {f"paragraph {number}": text for number, text in enumerate(body, start=1)}
    for label, text in lines.items():
        _check_line(label, text, PARAGRAPH_LIMIT)
        if "://" in text or "www." in text.lower():
            raise UnsendableMessage(f"The {label} brings a link of its own")
    if pitch.language not in MAIL_WORDS:
        raise UnsendableMessage(
            f"There are no mails in {pitch.language[:20]!a}, only in {', '.join(MAIL_WORDS)}"
        )


def _check_links(links: MailLinks) -> None:
    named = {"site": links.site, "claim": links.claim, "unsubscribe": links.unsubscribe}
    optional = {"pixel": links.pixel, "privacy": links.privacy}
    for label, link in (named | {label: link for label, link in optional.items() if link}).items():
        try:
            host = urlsplit(link).hostname
        except ValueError:
            host = None
        if len(link) > LINK_LIMIT or not host or not _LINK.fullmatch(link):
            raise UnsendableMessage(f"The {label} link is not a plain web address: {link[:80]!a}")


def _check_line(label: str, text: str, limit: int) -> None:
    """Raise UnsendableMessage unless `text` is one line of visible text that reads the same in every mail reader."""
    if not text.strip():
        raise UnsendableMessage(f"The {label} is empty")
    if text != text.strip():
        raise UnsendableMessage(f"The {label} begins or ends with a space: {text[:80]!a}")
    if len(text) > limit:
        raise UnsendableMessage(f"The {label} has {len(text)} characters, the limit is {limit}")
    for character in text:
        if unicodedata.category(character) in _CONTROL:
            raise UnsendableMessage(f"The {label} holds a line break or control character: {text[:80]!a}")
        if character in _BIDI:
            raise UnsendableMessage(f"The {label} holds a character that turns the text: {text[:80]!a}")
    if "=?" in text:
        raise UnsendableMessage(f"The {label} holds text that a mail reader would decode: {text[:80]!a}")
